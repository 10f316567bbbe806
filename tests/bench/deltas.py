"""What a one-entry edit costs a subscriber of the feed, on the wire; and a day of a million.

Measured: whole answers, header fields included, in each coding, as deltas and as 304. Computed: a
day of subscribers that ask each hour, where so many of the hours bring an edit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.bench import edits
from tests.bench.live import SETTLE, Client, Live, wire
from tests.bench.table import Row

SUBSCRIBERS, POLLS, EDITS = 1_000_000, 24, 10
"""Subscribers, polls of each in a day, and edits of a day, each in an hour of its own."""
_FEED = "/s0/atom.xml"
_CODINGS = {"plain": "identity", "gzip": "gzip", "br": "br"}


def measure(live: Live, entries: int) -> Iterator[Row]:
    """Rows of bytes, measured; and a day's bytes, computed from them."""
    live.quiet()
    time.sleep(SETTLE)
    tags = {name: _tag(live, coding) for name, coding in _CODINGS.items()}
    edit = edits.retitle(live.root, edits.newest(entries, 0), f"delta {time.monotonic_ns()}")
    live.served(edit)
    sizes = dict(_sizes(live, tags))
    for name, size in sizes.items():
        yield Row("bytes", f"one-entry edit: {name}", entries, size, "bytes", "with header fields")
    for name, (fresh, same) in _DAYS.items():
        polls = (EDITS * sizes[fresh] + (POLLS - EDITS) * sizes[same]) * SUBSCRIBERS
        note = f"1 M subscribers, {POLLS} polls a day, {EDITS} edits: {fresh}, else {same}"
        yield Row("bytes", f"a day: {name}", entries, polls / 1e9, "GB", note, kind="computed")


_DAYS = {
    "no validators, plain": ("200 plain", "200 plain"),
    "no validators, gzip": ("200 gzip", "200 gzip"),
    "plain or 304": ("200 plain", "304"),
    "gzip or 304": ("200 gzip", "304"),
    "br or 304": ("200 br", "304"),
    "226 gzip or 304": ("226 gzip", "304"),
    "226 br or 304": ("226 br", "304"),
}


def _sizes(live: Live, tags: dict[str, str]) -> Iterator[tuple[str, int]]:
    for name, coding in _CODINGS.items():
        yield f"200 {name}", _size(live, 200, Accept_Encoding=coding)
    for name, coding in _CODINGS.items():
        asked = {"Accept_Encoding": coding, "A_IM": "feed", "If_None_Match": tags[name]}
        yield f"226 {name}", _size(live, 226, **asked)
    tag = _tag(live, "gzip")
    yield "304", _size(live, 304, Accept_Encoding="gzip", If_None_Match=tag)


def _tag(live: Live, coding: str) -> str:
    return Client(live.port).get(_FEED, Accept_Encoding=coding)[1]["etag"]


def _size(live: Live, expected: int, **headers: str) -> int:
    status, size = wire(live.port, _FEED, **headers)
    if status != expected:
        raise RuntimeError(f"{_FEED} answers {status} where {expected} was to be measured")
    return size
