"""The one road from source to a published snapshot.

In: a site's folder, a store, an instant. Out: a snapshot in the store and an ``Outcome``. A builder
remembers what it read and rendered, so that the next build's work is proportional to the change;
whatever must survive a restart lies in the store. Knows no clock, no scheduler and no HTTP.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from feedsvc import config
from feedsvc.agenda import coming
from feedsvc.archives import Editions, Holding, Log, extend, live, seal, sealed
from feedsvc.errors import ConfigError, Problem
from feedsvc.memory import Memory
from feedsvc.model import Entry, Notify, Site
from feedsvc.render.catalogue import RENDERER, Catalogue, Recipe
from feedsvc.render.urls import base_path, feed_urls, page_path
from feedsvc.sections import Selection, select
from feedsvc.snapshot import (
    Difference,
    Published,
    SnapshotInfo,
    digest,
    fingerprint,
    last_modified,
)
from feedsvc.source import collect, tree
from feedsvc.sources import Sources
from feedsvc.store import Store
from feedsvc.store.journal import Bulletin
from feedsvc.store.origins import Hold
from feedsvc.store.publication import Announcement, Publication

#: How many snapshots are kept for rollback and deltas, and after how many publishes to look.
KEEP = 500
_PRUNE_EVERY = 50
#: Two changes of a document within one second: the second waits for the next, at most this long.
_PATIENCE = timedelta(seconds=1.5)
#: What a feed's size budget leaves for all that is not an entry, in bytes.
_HEAD = 6000


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did: ``snapshot`` is None where nothing public differs.

    ``new_problems`` are those that the builder's last build had not; ``refresh`` is the site's
    interval in seconds. ``held`` is the rollback that lasts: nothing was published for it.
    """

    snapshot: SnapshotInfo | None
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    problems: tuple[Problem, ...]
    new_problems: tuple[Problem, ...]
    entries: int
    refresh: int
    next_change: datetime | None
    seconds: float
    held: Hold | None = None


def _quiet(_done: int, _total: int) -> None:
    """Tell nobody how far a build has got."""


def _told(recipes: list[Recipe], progress: Callable[[int, int], None]) -> Iterator[Recipe]:
    """The recipes one by one, and word of how many documents are done."""
    for done, recipe in enumerate(recipes):
        progress(done, len(recipes))
        yield recipe
    progress(len(recipes), len(recipes))


class _Kitchen:
    """What renders one site, and what it remembers."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.catalogue = Catalogue(site)
        self.memory = Memory(f"{RENDERER} {digest(msgspec.json.encode(site))}")


class Builder:
    """Builds one site into one store. Not for several threads at once.

    ``notify`` is whom the config named when it could last be read.
    """

    def __init__(
        self,
        root: Path,
        store: Store,
        *,
        base_url: str | None = None,
        pause: Callable[[float], None] = time.sleep,
        progress: Callable[[int, int], None] = _quiet,
    ) -> None:
        self.notify: Notify | None = None
        self._root = root
        self._store = store
        self._base_url = base_url
        self._pause = pause
        self._progress = progress
        self._cooks: _Kitchen | None = None
        self._records: Mapping[str, collect.FileRecord] = {}
        self._published: dict[str, Published] = {}
        self._logs: Mapping[str, Log] = {}
        self._editions = Editions()
        self._sources = Sources()
        self._base: int | None = None
        self._reported: frozenset[Problem] = frozenset()

    def build(self, instant: datetime, why: str) -> Outcome:
        """Read what changed, render what shows it, publish the difference.

        Publishes nothing where a rollback holds back just this source: also what would change by
        itself waits then. Raises ConfigError (its problems are in the store then too),
        RenderError, StoreError, and PublishConflict where another builder came first; a later call
        starts afresh.
        """
        started = time.perf_counter()
        if self._base != self._newest():
            self._recall()
        site = self._configure()
        gathered = self._gather(site)
        source = self._sources(site, gathered.records)
        if (hold := self._store.past.hold()) and hold.source == source:
            return self._wait(site, gathered, hold, started)
        selection = select(site, gathered.entries, instant)
        logs, holdings = self._hold(site, selection, instant)
        kitchen = self._kitchen(site)
        recipes = list(kitchen.catalogue.recipes(selection, holdings))
        found = kitchen.memory.compare(_told(recipes, self._progress), self._published)
        kitchen.catalogue.finish()
        publication = Publication(
            base=self._base or 0,
            instant=self._in_time(found.difference, instant),
            why=why,
            base_path=base_path(site),
            next_change=selection.next_change,
            total=found.total,
            difference=found.difference,
            records=self._new_records(gathered),
            logs={name: log for name, log in logs.items() if log != self._logs.get(name)},
            recipes=found.recipes,
            problems=gathered.problems,
            announce=Announcement(feed_urls(site), site.hubs),
            bulletin=Bulletin(_facts(site), coming(gathered.entries, instant)),
            source=source,
            duration=time.perf_counter() - started,
        )
        snapshot = self._publish(publication)
        self._records, self._logs = gathered.records, logs
        return self._outcome(site, gathered, publication, snapshot, started)

    def _outcome(
        self,
        site: Site,
        gathered: collect.Gathered,
        publication: Publication,
        snapshot: SnapshotInfo | None,
        started: float,
    ) -> Outcome:
        change = publication.difference
        return Outcome(
            snapshot=snapshot,
            changed=tuple(document.path for document in change.changed),
            gone=change.gone,
            problems=gathered.problems,
            new_problems=self._news(gathered.problems),
            entries=len(gathered.entries),
            refresh=site.refresh,
            next_change=publication.next_change,
            seconds=time.perf_counter() - started,
        )

    def _wait(self, site: Site, gathered: collect.Gathered, hold: Hold, started: float) -> Outcome:
        """Say what admins must mend, and remember nothing: what is held back was never built."""
        self._store.report(gathered.problems)
        return Outcome(
            snapshot=None,
            changed=(),
            gone=(),
            problems=gathered.problems,
            new_problems=self._news(gathered.problems),
            entries=len(gathered.entries),
            refresh=site.refresh,
            next_change=None,
            seconds=time.perf_counter() - started,
            held=hold,
        )

    def _newest(self) -> int:
        current = self._store.current()
        return current.id if current else 0

    def _recall(self) -> None:
        """Continue from what the store knows: also on another machine, also after a conflict."""
        current = self._store.current()
        self._records = dict(_loaded(self._store.records()))
        self._published = self._store.published()
        self._logs = self._store.logs()
        self._base = current.id if current else 0

    def _configure(self) -> Site:
        try:
            site = config.load(self._root / "config" / "site.yaml")
            site = config.override(site, base_url=self._base_url)
        except ConfigError as error:
            self._store.report(error.problems)
            raise
        # Whom to tell is nothing that a document depends on.
        self.notify = site.notify
        return msgspec.structs.replace(site, notify=None)

    def _gather(self, site: Site) -> collect.Gathered:
        found = tree.scan(self._root / "feeds")
        return collect.gather(site, found, self._records, tree.read)

    def _hold(
        self, site: Site, selection: Selection, instant: datetime
    ) -> tuple[dict[str, Log], dict[str, Holding]]:
        """Each section's log as it is now, and what its feeds and archives hold."""
        public = {entry.iri for entry in selection.pages}
        logs: dict[str, Log] = {}
        holdings: dict[str, Holding] = {}
        for shown in (selection.everything, *selection.sections):
            name = shown.section.name
            sizes = self._kitchen(site).catalogue.sizes(shown.section)
            path = page_path if name == "all" else _nowhere
            log = self._logs.get(name, Log())
            log = extend(log, shown, public, self._editions, instant, path)
            log = seal(log, shown, sizes, site.max_bytes // 2 - _HEAD)
            live_page = live(log, shown, sizes, site.max_bytes - _HEAD)
            logs[name] = log
            holdings[name] = Holding(shown.section, live_page, tuple(sealed(log, shown)), log)
        return logs, holdings

    def _kitchen(self, site: Site) -> _Kitchen:
        """What renders this site; another config begins with an empty memory."""
        if self._cooks is None or self._cooks.site != site:
            self._cooks = _Kitchen(site)
        return self._cooks

    def _in_time(self, difference: Difference, instant: datetime) -> datetime:
        """The instant of publication: in a second of its own for each document that changes.

        RFC 9110 §8.8.2.1: Last-Modified must not lie in the future, and it must move.
        """
        before = [
            self._published[document.path].last_modified
            for document in difference.changed
            if document.path in self._published
        ]
        due = max(before, default=instant) + timedelta(seconds=1)
        if before and timedelta() < due - instant <= _PATIENCE:
            self._pause((due - instant).total_seconds())
            return due
        return instant

    def _new_records(self, gathered: collect.Gathered) -> dict[str, bytes | None]:
        """What the store must learn about source files: None for those that are gone."""
        new: dict[str, bytes | None] = {
            path: collect.dump(record)
            for path, record in gathered.records.items()
            if self._records.get(path) != record
        }
        return new | dict.fromkeys(self._records.keys() - gathered.records.keys())

    def _news(self, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        news = tuple(problem for problem in problems if problem not in self._reported)
        self._reported = frozenset(problems)
        return news

    def _publish(self, publication: Publication) -> SnapshotInfo | None:
        try:
            snapshot = self._store.publish(publication)
        except BaseException:
            self._base = None  # whatever happened, the store knows better
            raise
        if snapshot:
            self._accept(publication, snapshot)
        return snapshot

    def _accept(self, publication: Publication, snapshot: SnapshotInfo) -> None:
        self._base = snapshot.id
        for document in publication.difference.changed:
            before = self._published.get(document.path)
            modified = last_modified(before.last_modified if before else None, publication.instant)
            self._published[document.path] = Published(fingerprint(document), modified)
        for path in publication.difference.gone:
            del self._published[path]
        if snapshot.id % _PRUNE_EVERY == 0:
            self._store.prune(KEEP)


def _facts(site: Site) -> dict[str, str]:
    """What the status page calls the site, and the zone in which it tells the time."""
    return {"title": site.title, "base_url": site.base_url, "timezone": site.timezone}


def _nowhere(_entry: Entry) -> str:
    """A section's log needs no paths: those of ``all`` say where every page stood."""
    return ""


def _loaded(records: Mapping[str, bytes]) -> Iterator[tuple[str, collect.FileRecord]]:
    for path, record in records.items():
        # What cannot be read any more is read from its file again.
        with contextlib.suppress(ValueError):
            yield path, collect.load(record)
