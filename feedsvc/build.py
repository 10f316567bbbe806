"""The one road from source to a published snapshot.

In: a site's folder, a store, an instant. Out: a snapshot in the store and an ``Outcome``. A builder
remembers what it read and rendered, so that the next build's work is proportional to the change;
whatever must survive a restart lies in the store. Knows no clock, no scheduler and no HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from feedsvc import config
from feedsvc.errors import ConfigError, Problem
from feedsvc.model import Site
from feedsvc.render.catalogue import Catalogue, Recipe
from feedsvc.render.urls import base_path
from feedsvc.sections import Selection, select
from feedsvc.snapshot import (
    Difference,
    Document,
    Published,
    SnapshotInfo,
    fingerprint,
    last_modified,
)
from feedsvc.source import collect, tree
from feedsvc.store import Publication, Store

#: How many snapshots are kept for rollback and deltas, and after how many publishes to look.
KEEP = 500
_PRUNE_EVERY = 50
#: Two changes of a document within one second: the second waits for the next, at most this long.
_PATIENCE = timedelta(seconds=1.5)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did: ``snapshot`` is None where nothing public differs.

    ``new_problems`` are those that the builder's last build had not; ``refresh`` is the site's
    interval in seconds.
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


class Builder:
    """Builds one site into one store. Not for several threads at once."""

    def __init__(
        self,
        root: Path,
        store: Store,
        *,
        base_url: str | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._root = root
        self._store = store
        self._base_url = base_url
        self._pause = pause
        self._site: Site | None = None
        self._catalogue: Catalogue | None = None
        self._records: Mapping[str, collect.FileRecord] = {}
        self._published: dict[str, Published] = {}
        self._base: int | None = None
        self._cooked: dict[str, tuple[tuple[Any, ...], str]] = {}
        self._reported: frozenset[Problem] = frozenset()

    def build(self, instant: datetime, why: str) -> Outcome:
        """Read what changed, render what shows it, publish the difference.

        Raises ConfigError (its problems are in the store then too), RenderError, StoreError, and
        PublishConflict where another builder came first; a later call starts afresh.
        """
        started = time.perf_counter()
        if self._base is None:
            self._recall()
        site = self._configure()
        gathered = self._gather(site)
        selection = select(site, gathered.entries, instant)
        difference, total = self._compare(site, selection)
        publication = Publication(
            base=self._base or 0,
            instant=self._in_time(difference, instant),
            why=why,
            base_path=base_path(site),
            next_change=selection.next_change,
            total=total,
            difference=difference,
            records=self._new_records(gathered),
            problems=gathered.problems,
            duration=time.perf_counter() - started,
        )
        snapshot = self._publish(publication)
        self._records = gathered.records
        return Outcome(
            snapshot=snapshot,
            changed=tuple(document.path for document in difference.changed),
            gone=difference.gone,
            problems=gathered.problems,
            new_problems=self._news(gathered.problems),
            entries=len(gathered.entries),
            refresh=site.refresh,
            next_change=selection.next_change,
            seconds=time.perf_counter() - started,
        )

    def _recall(self) -> None:
        """Continue from what the store knows: also on another machine, also after a conflict."""
        current = self._store.current()
        self._records = {
            path: collect.load(record) for path, record in self._store.records().items()
        }
        self._published = self._store.published()
        self._base = current.id if current else 0

    def _configure(self) -> Site:
        try:
            site = config.load(self._root / "config" / "site.yaml")
            site = config.override(site, base_url=self._base_url)
        except ConfigError as error:
            self._store.report(error.problems)
            raise
        if site != self._site:
            self._site, self._catalogue, self._cooked = site, Catalogue(site), {}
        return site

    def _gather(self, site: Site) -> collect.Gathered:
        found = tree.scan(self._root / "feeds")
        return collect.gather(site, found, self._records, tree.read)

    def _compare(self, site: Site, selection: Selection) -> tuple[Difference, int]:
        """Cook what must be cooked and keep what differs from what is published."""
        catalogue = self._catalogue = self._catalogue or Catalogue(site)
        cooked: dict[str, tuple[tuple[Any, ...], str]] = {}
        changed: list[Document] = []
        for recipe in catalogue.recipes(selection):
            if recipe.path in cooked:
                continue  # a redirect or retirement that a real document has overtaken
            known = self._known(recipe)
            if known is None:
                document = recipe.cook()
                known = fingerprint(document)
                if self._fingerprint(recipe.path) != known:
                    changed.append(document)
            cooked[recipe.path] = (recipe.inputs, known)
        catalogue.finish()
        self._cooked = cooked
        gone = tuple(sorted(self._published.keys() - cooked.keys()))
        return Difference(tuple(changed), gone), len(cooked)

    def _known(self, recipe: Recipe) -> str | None:
        """The fingerprint of a document that is published and need not be cooked again."""
        inputs, known = self._cooked.get(recipe.path, (None, None))
        return (
            known if inputs == recipe.inputs and known == self._fingerprint(recipe.path) else None
        )

    def _fingerprint(self, path: str) -> str | None:
        published = self._published.get(path)
        return published.fingerprint if published else None

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
