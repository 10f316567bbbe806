"""What Prometheus scrapes: what the workers counted, and what the store says of builder and hubs.

In: a store, a clock, the folder that the workers leave their counts in. Out: a registry. A store
that does not answer is itself a metric; what the workers counted is told all the same. Knows no
request. ``config/prometheus-alerts.yml`` and ``config/grafana-dashboard.json`` use these names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from feedsvc import __version__
from feedsvc.errors import StoreError
from feedsvc.snapshot import SnapshotInfo
from feedsvc.store import Store
from feedsvc.store.journal import Attempt
from feedsvc.web.health import failures, is_silent

Family = GaugeMetricFamily | CounterMetricFamily | InfoMetricFamily


def counted() -> CollectorRegistry:
    """What the workers of this server counted, summed up."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return prometheus_client.REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


class StoreCollector(Collector):
    """What the store says: read at each scrape, so never stale."""

    def __init__(self, store: Store, clock: Callable[[], datetime], workers: int) -> None:
        self._store = store
        self._clock = clock
        self._workers = workers

    def collect(self) -> Iterator[Family]:
        """Everything, or that the store does not answer."""
        yield InfoMetricFamily("feedsvc", "What runs here.", {"version": __version__})
        yield _gauge("feedsvc_workers", "Server processes that should run.", self._workers)
        try:
            found = [*self._site(), *self._builder(), *self._others()]
        except StoreError:
            yield _gauge("feedsvc_store_up", "Whether the store answers.", 0)
            return
        # A replica's own copy always answers: what counts is the store that it follows.
        link = self._store.links.link()
        cut_off = link is not None and bool(link.cut_off(self._clock()))
        yield _gauge("feedsvc_store_up", "Whether the store answers.", not cut_off)
        yield from found

    def _site(self) -> Iterator[Family]:
        yield _by_label(
            "feedsvc_problems",
            "What admins must mend.",
            "severity",
            self._problems(),
        )
        snapshot = self._store.current()
        held = self._store.past.hold() is not None
        yield _gauge("feedsvc_held", "Whether a rollback holds back what was built.", held)
        yield _gauge("feedsvc_published", "Whether there is a snapshot.", snapshot is not None)
        if snapshot:
            yield from _published(snapshot)

    def _problems(self) -> dict[str, float]:
        counts = {"error": 0.0, "warning": 0.0}
        for problem in self._store.problems():
            counts[problem.severity] += 1
        return counts

    def _builder(self) -> Iterator[Family]:
        attempts = self._store.journal.attempts()
        silent = is_silent(attempts, self._clock())
        yield _gauge("feedsvc_builder_silent", "Whether a build that was due has not come.", silent)
        failed = failures(attempts)
        yield _gauge("feedsvc_build_failures", "Builds that failed since one did not.", failed)
        if attempts:
            yield from _attempted(attempts[0])

    def _others(self) -> Iterator[Family]:
        agenda = self._store.journal.agenda()
        told = "Embargoes, expiries and withdrawals that are known to come, 20 at most."
        now = self._clock()
        yield _gauge("feedsvc_coming", told, sum(item.instant > now for item in agenda))
        hubs = self._store.outbox.hubs()
        failing = {hub.url: float(hub.failing) for hub in hubs}
        yield _by_label("feedsvc_hub_failing", "Whether it took no ping.", "hub", failing)
        waiting = {hub.url: float(hub.waiting) for hub in hubs}
        yield _by_label("feedsvc_hub_waiting_pings", "Pings not yet taken.", "hub", waiting)
        letters = len(self._store.notices.letters())
        yield _gauge("feedsvc_letters_waiting", "Notifications not delivered yet.", letters)
        servers = self._store.journal.servers()
        seen = {server.name: server.seen.timestamp() for server in servers}
        yield _by_label(
            "feedsvc_server_seen_timestamp_seconds", "When it last said so.", "server", seen
        )
        shown = {server.name: float(server.snapshot or 0) for server in servers}
        yield _by_label("feedsvc_server_snapshot", "What it serves.", "server", shown)


def registries(
    store: Store, clock: Callable[[], datetime], workers: int
) -> Iterator[CollectorRegistry]:
    """Everything that there is to scrape: the workers' counts, then the store."""
    yield counted()
    own = CollectorRegistry()
    own.register(StoreCollector(store, clock, workers))
    yield own


def _published(snapshot: SnapshotInfo) -> Iterator[Family]:
    facts: Mapping[str, tuple[str, float]] = {
        "snapshot": ("Newest snapshot in the store.", snapshot.id),
        "timestamp_seconds": ("When it was published.", snapshot.instant.timestamp()),
        "documents": ("Documents in it.", snapshot.documents),
        "changed_documents": ("Documents that it changed.", snapshot.changed),
        "build_seconds": ("How long its build took.", snapshot.duration),
    }
    for name, (told, value) in facts.items():
        yield _gauge(f"feedsvc_published_{name}", told, value)
    if snapshot.next_change:
        at = snapshot.next_change.timestamp()
        yield _gauge("feedsvc_next_change_timestamp_seconds", "Next known change.", at)


def _attempted(last: Attempt) -> Iterator[Family]:
    yield CounterMetricFamily("feedsvc_builds", "Builds, however they went.", value=last.number)
    at = last.instant.timestamp()
    yield _gauge("feedsvc_build_timestamp_seconds", "When the last build began.", at)
    yield _gauge("feedsvc_build_seconds", "How long it took.", last.seconds)
    yield _gauge("feedsvc_build_entries", "Entries that it read.", last.entries)
    if last.due:
        due = last.due.timestamp()
        yield _gauge("feedsvc_build_due_timestamp_seconds", "When the next one comes.", due)


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, value=float(value))


def _by_label(name: str, told: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, told, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
