"""What a worker has answered, counted cheaply and handed to Prometheus once a second.

In: one addition per request, on a plain object. Out: metrics with few and fixed labels, summed over
the workers where PROMETHEUS_MULTIPROC_DIR was set before the first import. Knows no path, no
document and no client.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import prometheus_client

Kind = Literal["feed", "page", "asset", "other"]
#: What spared the bytes: nothing sent, less sent, or sent coded.
Saver = Literal["", "304", "226", "gzip", "br"]

REQUESTS = prometheus_client.Counter("feedsvc_requests", "Requests answered.", ("status", "kind"))
RESPONSE_BYTES = prometheus_client.Counter("feedsvc_response_bytes", "Bytes of content sent.")
SAVED_BYTES = prometheus_client.Counter(
    "feedsvc_saved_bytes", "Bytes of content that did not have to be sent.", ("by",)
)
STARTS = prometheus_client.Counter(
    "feedsvc_process_starts", "Server processes started since the supervisor was.", ("process",)
)
SNAPSHOT = prometheus_client.Gauge(
    "feedsvc_snapshot_id", "The snapshot being served.", multiprocess_mode="mostrecent"
)
SUBSCRIBERS = prometheus_client.Gauge(
    "feedsvc_subscribers",
    "Subscribers that an aggregator says it has.",
    ("aggregator", "section", "format"),
    multiprocess_mode="mostrecent",
)


class Tally:
    """A running count of answers of one sort. Only ever grows; the flusher keeps its own mark.

    Two threads may lose an addition to each other: metrics, not accounts.
    """

    __slots__ = ("flushed", "requests", "saved", "sent")

    def __init__(self) -> None:
        self.requests = 0
        self.sent = 0
        self.saved = 0
        self.flushed = (0, 0, 0)

    def add(self, sent: int, saved: int) -> None:
        """Count one answer."""
        self.requests += 1
        self.sent += sent
        self.saved += saved

    def take(self) -> tuple[int, int, int]:
        """Requests, bytes sent and bytes saved since the last call."""
        now, before = (self.requests, self.sent, self.saved), self.flushed
        self.flushed = now
        return now[0] - before[0], now[1] - before[1], now[2] - before[2]


@cache
def tally(status: int, kind: Kind, by: Saver = "") -> Tally:
    """The one tally of this sort in this process."""
    made = Tally()
    _TALLIES[status, kind, by] = made
    return made


_TALLIES: dict[tuple[int, Kind, Saver], Tally] = {}


def kind(media_type: str) -> Kind:
    """The sort of document by its media type."""
    bare = media_type.partition(";")[0].strip().lower()
    if bare in {"application/rss+xml", "application/atom+xml", "application/feed+json"}:
        return "feed"
    return "page" if bare == "text/html" else "asset"


def flush() -> None:
    """Hand over what was counted since the last call."""
    for (status, sort, by), counted in list(_TALLIES.items()):
        requests, sent, saved = counted.take()
        if requests:
            REQUESTS.labels(str(status), sort).inc(requests)
            RESPONSE_BYTES.inc(sent)
        if saved:
            SAVED_BYTES.labels(by).inc(saved)
