"""What a one-entry edit costs a subscriber: the whole feed in each coding, a delta, a 304."""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.build import Builder
from feedsvc.snapshot import Coding
from feedsvc.store import Store, locate
from feedsvc.web.delta import make
from tests.bench import site
from tests.bench.table import Row

ENTRIES = 1000
FEED = "/s0/atom.xml"
POLLS = 24_000_000
"""A day of a million subscribers that ask each hour."""
_FIELDS = 600
"""Bytes of header fields of an answer, about."""


def measure() -> Iterator[Row]:
    """Rows of bytes, measured; and a day's bytes, computed from them."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        site.write(root, ENTRIES, 8000)
        store = Store(locate("sqlite:///var/feedsvc.db", root))
        store.create()
        builder = Builder(root, store, pause=time.sleep)
        old = _published(builder, store)
        site.edit(root, 1)
        new = _published(builder, store)
        yield from _sizes(store, old, new)
        store.close()


def _published(builder: Builder, store: Store) -> str:
    builder.build(datetime.now(UTC), "bench")  # noqa: TID251 - a bench is an edge
    current = store.current()
    found = store.document(FEED, current.id) if current else None
    if found is None:
        raise RuntimeError(f"{FEED} was not published")
    return found.digest


def _sizes(store: Store, old: str, new: str) -> Iterator[Row]:
    body = store.body(new, "identity")
    before, after = store.spans(FEED, old), store.spans(FEED, new)
    if before is None or after is None:
        raise RuntimeError("the store knows no spans of the feed")
    sizes: dict[str, int] = {}
    codings: tuple[Coding, ...] = ("identity", "gzip", "br")
    for coding in codings:
        sizes[f"200 {coding}"] = len(store.body(new, coding))
    for coding in codings:
        sizes[f"226 {coding}"] = len(make(body, before, after, coding, full=len(body)))
    sizes["304"] = 0
    for name, size in sizes.items():
        day = POLLS * (size + _FIELDS) / 1e9
        beside = f"1 M hourly subscribers, all of them so: {day:,.0f} GB a day (computed)"
        yield Row("bytes", f"one-entry edit: {name}", size, "bytes", beside)
