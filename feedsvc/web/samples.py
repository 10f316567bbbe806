"""What a server has answered, in spans of time: taken from its metrics, added up, side by side.

In: metrics as Prometheus would scrape them, and samples that were kept. Out: samples to keep, and
rows of numbers for charts. Pure. Knows no store, no thread and no clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from prometheus_client import Metric

#: Seconds of a span, and how many of them are kept: two days closely, a year and more by the day.
SPANS: Final[Mapping[int, int]] = {600: 288, 86400: 400}
SHORT, LONG = SPANS


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Requests by status, bytes sent, bytes saved by what saved them.

    ``subscribers`` holds the latest claims: by feed (``news/atom``), then by aggregator.
    """

    requests: dict[str, float] = {}
    sent: float = 0
    saved: dict[str, float] = {}
    subscribers: dict[str, dict[str, float]] = {}


class Counted(msgspec.Struct, frozen=True):
    """A sample of everything so far, and the snapshot that is being served."""

    sample: Sample
    snapshot: int | None


def read(metrics: Iterable[Metric]) -> Counted:
    """What the metrics of a server say."""
    requests: dict[str, float] = defaultdict(float)
    saved: dict[str, float] = {}
    subscribers: dict[str, dict[str, float]] = defaultdict(dict)
    alone: dict[str, float] = {}
    for name, labels, value in _values(metrics):
        if name == "feedsvc_requests_total":
            requests[labels["status"]] += value
        elif name == "feedsvc_saved_bytes_total":
            saved[labels["by"]] = value
        elif name == "feedsvc_subscribers":
            subscribers[f"{labels['section']}/{labels['format']}"][labels["aggregator"]] = value
        elif not labels:
            alone[name] = value
    sample = Sample(
        requests=dict(requests),
        sent=alone.get("feedsvc_response_bytes_total", 0.0),
        saved=saved,
        subscribers=dict(subscribers),
    )
    return Counted(sample, int(alone.get("feedsvc_snapshot_id", 0)) or None)


def _values(metrics: Iterable[Metric]) -> Iterable[tuple[str, dict[str, str], float]]:
    return (
        (sample.name, sample.labels, sample.value)
        for metric in metrics
        for sample in metric.samples
    )


def since(now: Sample, before: Sample) -> Sample:
    """What came between two readings; a counter that fell back had begun anew."""
    return Sample(
        requests={k: _grown(v, before.requests.get(k, 0)) for k, v in now.requests.items()},
        sent=_grown(now.sent, before.sent),
        saved={k: _grown(v, before.saved.get(k, 0)) for k, v in now.saved.items()},
        subscribers=now.subscribers,
    )


def added(one: Sample, other: Sample) -> Sample:
    """Both together; of two claims about the same subscribers the later counts."""
    feeds = one.subscribers.keys() | other.subscribers.keys()
    return Sample(
        requests=_sum(one.requests, other.requests),
        sent=one.sent + other.sent,
        saved=_sum(one.saved, other.saved),
        subscribers={
            feed: one.subscribers.get(feed, {}) | other.subscribers.get(feed, {}) for feed in feeds
        },
    )


def beginning(instant: datetime, span: int) -> datetime:
    """When the span began in which the instant lies."""
    return datetime.fromtimestamp(instant.timestamp() // span * span, UTC)


def beside(
    kept: Iterable[tuple[datetime, Sample]], until: datetime, span: int, count: int
) -> list[tuple[datetime, Sample]]:
    """``count`` spans in a row, the last one that of ``until``; those without a sample are empty.

    Samples of several servers, and of shorter spans, are added up.
    """
    last = beginning(until, span)
    row = {last - timedelta(seconds=span * back): Sample() for back in reversed(range(count))}
    for start, sample in kept:
        place = beginning(start, span)
        if place in row:
            row[place] = added(row[place], sample)
    return list(row.items())


def by_aggregator(sample: Sample) -> dict[str, float]:
    """Subscribers of all feeds, by aggregator."""
    counted: dict[str, float] = defaultdict(float)
    for claims in sample.subscribers.values():
        for aggregator, number in claims.items():
            counted[aggregator] += number
    return dict(counted)


def by_section(sample: Sample) -> dict[str, float]:
    """Subscribers of all aggregators, by section."""
    counted: dict[str, float] = defaultdict(float)
    for feed, claims in sample.subscribers.items():
        counted[feed.partition("/")[0]] += sum(claims.values())
    return dict(counted)


def leading(rows: Sequence[Mapping[str, float]], most: int) -> dict[str, tuple[float, ...]]:
    """The ``most`` largest of many, by their last value, and the others as one."""
    last = rows[-1] if rows else {}
    names = sorted({name for row in rows for name in row}, key=lambda n: (-last.get(n, 0), n))
    series = {name: tuple(row.get(name, 0) for row in rows) for name in names[:most]}
    if rest := names[most:]:
        series["others"] = tuple(sum(row.get(name, 0) for name in rest) for row in rows)
    return series


def _grown(now: float, before: float) -> float:
    return now - before if now >= before else now


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in one.keys() | other.keys()}
