"""The admin listener: the status page and the metrics. Loopback by default.

In: requests of the operator and of Prometheus. Out: pages rendered from what the store knows. Never
imports what builds. Knows nothing of the public listener but the metrics that it leaves behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, Response, render_template
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from feedsvc.errors import StoreError
from feedsvc.store import Store
from feedsvc.web.lifeline import die_with_parent

_HISTORY = 20
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


class _StoreCollector(Collector):
    """What the store says, as metrics: read at each scrape, so never stale."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> list[GaugeMetricFamily]:
        """Gauges of the newest snapshot and of the problems that admins must mend."""
        snapshot = self._store.current()
        problems = GaugeMetricFamily(
            "feedsvc_problems", "What admins must mend", labels=["severity"]
        )
        found = self._store.problems()
        for severity in ("error", "warning"):
            problems.add_metric([severity], sum(p.severity == severity for p in found))
        if snapshot is None:
            return [problems]
        facts = {
            "feedsvc_published_snapshot": ("Newest snapshot in the store", snapshot.id),
            "feedsvc_published_timestamp_seconds": ("Instant", snapshot.instant.timestamp()),
            "feedsvc_published_documents": ("Documents in it", snapshot.documents),
            "feedsvc_published_build_seconds": ("How long its build took", snapshot.duration),
        }
        return [problems, *(GaugeMetricFamily(n, h, value=v) for n, (h, v) in facts.items())]


def create_app(store: Store, clock: Callable[[], datetime]) -> Flask:
    """The admin listener's application."""
    app = Flask(__name__)
    app.after_request(_protect)

    @app.get("/")
    def status() -> str:
        snapshot = store.current()
        return render_template(
            "status.html",
            now=clock(),
            snapshot=snapshot,
            history=store.history(_HISTORY),
            problems=store.problems(),
        )

    @app.get("/metrics")
    def metrics() -> Response:
        registry = CollectorRegistry()
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(_StoreCollector(store))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(StoreError)
    def unavailable(error: StoreError) -> tuple[str, int]:
        return f"the store does not answer: {error}\n", 503

    return app


def _protect(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def application() -> Flask:
    """The application that a server process loads; the environment names the store."""
    die_with_parent()
    return create_app(
        Store(os.environ["FEEDSVC_STORE"]),
        lambda: datetime.now(UTC),  # noqa: TID251 - a process begins here
    )
