"""What the status page shows: the facts of the store, put in order for a person.

In: what was read of the store, and the instant. Out: what the template needs, charts included.
Pure. Knows no store, no request and no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from feedsvc.agenda import Coming
from feedsvc.snapshot import SnapshotInfo
from feedsvc.store.journal import Attempt
from feedsvc.web import samples
from feedsvc.web.charts import Chart, Series
from feedsvc.web.health import State, judge
from feedsvc.web.samples import LONG, SHORT, Sample
from feedsvc.web.telling import moment

#: How many builds the plot shows, and how many paths of each are named.
BUILDS: Final = 40
PATHS: Final = 12
_ENTRY: Final = re.compile(r"/[^/]+/[^/.]+\Z")
_HALF_HOUR: Final = 1800
_A_DAY: Final = 48
#: Days of subscribers, once there are enough of them; until then, spans of ten minutes.
_DAYS: Final = 60
_ENOUGH_DAYS: Final = 3
_LINES: Final = 5
#: Statuses by what they mean: a name, the class of its colour, and whether a status is one.
_STATUSES: Final[tuple[tuple[str, str, Callable[[str], bool]], ...]] = (
    ("200 whole", "s0", "200".__eq__),
    ("226 only what is new", "s1", "226".__eq__),
    ("304 not modified", "s2", "304".__eq__),
    ("other 2xx and 3xx", "s3", lambda s: s[0] in "23" and s not in {"200", "226", "304"}),
    ("4xx refused", "s4", lambda s: s[0] == "4"),
    ("5xx failed", "s5", lambda s: s[0] == "5"),
)
_SAVERS: Final = (
    ("304", "saved by 304", "s2"),
    ("226", "saved by 226", "s1"),
    ("br", "saved by Brotli", "s3"),
    ("gzip", "saved by gzip", "s4"),
)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of the store. ``changes`` are paths by snapshot; ``samples`` by span."""

    state: State
    facts: Mapping[str, str]
    history: Sequence[SnapshotInfo]
    changes: Mapping[int, Sequence[str]]
    agenda: Sequence[Coming]
    samples: Mapping[int, Sequence[tuple[datetime, Sample]]]


class Build(msgspec.Struct, frozen=True):
    """A snapshot with the paths that it changed, of which some may not be named."""

    info: SnapshotInfo
    paths: Sequence[str]
    unnamed: int


def zone(facts: Mapping[str, str]) -> tzinfo:
    """The site's zone; UTC where the store does not say."""
    try:
        return ZoneInfo(facts.get("timezone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def view(known: Known) -> dict[str, Any]:
    """Everything that the template shows."""
    state = known.state
    return {
        "health": judge(state),
        "facts": known.facts,
        "now": state.now,
        "moment": partial(moment, now=state.now, zone=state.zone),
        "problems": sorted(state.problems, key=lambda p: (p.severity != "error", p)),
        "agenda": [item for item in known.agenda if item.instant > state.now],
        "builds": [_build(info, known.changes.get(info.id)) for info in known.history[:PATHS]],
        "failed": _last_failures(state.attempts),
        "hubs": state.hubs,
        "servers": state.servers,
        "build_charts": _build_charts(known.history, state.zone),
        "request_charts": _request_charts(known),
        "subscriber_charts": _subscriber_charts(known),
    }


def _build(info: SnapshotInfo, paths: Sequence[str] | None) -> Build:
    shown = sorted(paths or (), key=_newsworthiness)[:PATHS]
    return Build(info, shown, info.changed - len(shown))


def _newsworthiness(path: str) -> tuple[bool, str]:
    """Pages of entries first: they say most of what happened."""
    return not _ENTRY.match(path), path


def _last_failures(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The newest failures, one for each reason."""
    newest: dict[str, Attempt] = {}
    for attempt in attempts:
        if attempt.result == "failed":
            newest.setdefault(attempt.reason, attempt)
    return list(newest.values())[:5]


def _build_charts(history: Sequence[SnapshotInfo], where: tzinfo) -> list[Chart]:
    oldest_first = history[:BUILDS][::-1]
    labels = tuple(f"{info.instant.astimezone(where):%d %b %H:%M}" for info in oldest_first)
    seconds = Series("took", tuple(info.duration for info in oldest_first), "s0")
    changed = Series("documents", tuple(float(info.changed) for info in oldest_first), "s1")
    return [
        Chart("How long builds took", labels, (seconds,), "seconds"),
        Chart("Documents that builds changed", labels, (changed,)),
    ]


def _request_charts(known: Known) -> list[Chart]:
    state = known.state
    row = samples.beside(known.samples.get(SHORT, ()), state.now, _HALF_HOUR, _A_DAY)
    labels = tuple(f"{start.astimezone(state.zone):%H:%M}" for start, _ in row)
    counted = [sample for _, sample in row]
    sent = Series("sent", tuple(sample.sent for sample in counted), "s0")
    return [
        Chart("Requests by status, last 24 hours", labels, tuple(_by_status(counted))),
        Chart("Bytes sent and spared, last 24 hours", labels, (sent, *_by_saver(counted)), "bytes"),
    ]


def _by_status(counted: Sequence[Sample]) -> Iterator[Series]:
    for name, style, belongs in _STATUSES:
        values = tuple(
            sum(number for status, number in sample.requests.items() if belongs(status))
            for sample in counted
        )
        if any(values):
            yield Series(name, values, style)


def _by_saver(counted: Sequence[Sample]) -> Iterator[Series]:
    for key, name, style in _SAVERS:
        values = tuple(sample.saved.get(key, 0.0) for sample in counted)
        if any(values):
            yield Series(name, values, style)


def _subscriber_charts(known: Known) -> list[Chart]:
    row, form = _subscriber_row(known)
    labels = tuple(f"{start.astimezone(known.state.zone):{form}}" for start, _ in row)
    counted = [sample for _, sample in row]
    split = {
        "Subscribers by aggregator": [samples.by_aggregator(sample) for sample in counted],
        "Subscribers by section": [samples.by_section(sample) for sample in counted],
    }
    return [Chart(title, labels, _leading(rows)) for title, rows in split.items()]


def _subscriber_row(known: Known) -> tuple[list[tuple[datetime, Sample]], str]:
    """Days as far as there are some, else spans of ten minutes; gaps hold what was last known."""
    days = known.samples.get(LONG, ())
    first = min((start for start, _ in days), default=known.state.now)
    count = (known.state.now - first) // timedelta(seconds=LONG) + 1
    if count >= _ENOUGH_DAYS:
        row = samples.beside(days, known.state.now, LONG, min(count, _DAYS))
        return list(_filled(row)), "%d %b"
    row = samples.beside(known.samples.get(SHORT, ()), known.state.now, SHORT, 144)
    filled = list(_filled(row))
    begun = next((place for place, (_, s) in enumerate(filled) if s.subscribers), len(filled) - 1)
    return filled[begun:], "%H:%M"


def _filled(row: Sequence[tuple[datetime, Sample]]) -> Iterator[tuple[datetime, Sample]]:
    """An aggregator that did not ask within a span still has its subscribers."""
    before = Sample()
    for start, sample in row:
        before = samples.added(Sample(subscribers=before.subscribers), sample)
        yield start, before


def _leading(rows: Sequence[Mapping[str, float]]) -> tuple[Series, ...]:
    found = samples.leading(rows, _LINES)
    return tuple(
        Series(name, values, f"s{place}" if place < _LINES else "others")
        for place, (name, values) in enumerate(found.items())
    )
