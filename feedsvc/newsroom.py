"""One site's build, between its entries and the store: what changed, what to make of it, made.

In: what every source file gives, an instant, a store to compare with. Out: ``Made``, all that is to
be published but the words around it. Bodies are given to the store as they come, so that a large
site never stands in memory whole. Knows no file, no YAML and no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from sys import intern
from typing import Any

import msgspec

from feedsvc.archives import Growth, Log, Page
from feedsvc.hands import Hands
from feedsvc.kitchen import Cooked, Kitchen, Known
from feedsvc.model import Entry, Site
from feedsvc.plan import Plan, Planner
from feedsvc.register import Register
from feedsvc.render.catalogue import Recipe
from feedsvc.render.urls import page_path
from feedsvc.snapshot import Coding, Prepared
from feedsvc.store import Store

#: How many documents' bodies are written at a time.
_BATCH = 500


class Made(msgspec.Struct):
    """What a build makes: documents, without the bodies that the store has; paths that are gone.

    ``recipes`` are those of documents that stay as they are. ``before``: when those that change
    changed last. ``whole``: every document there is was looked at.
    """

    whole: bool
    logs: dict[str, Growth]
    documents: list[Prepared] = []
    recipes: dict[str, str] = {}
    before: list[datetime] = []
    paths: set[str] = set()
    gone: tuple[str, ...] = ()

    def take(self, cooked: Iterable[Cooked]) -> list[Prepared]:
        """Note what was cooked; gives what is to be published."""
        found = []
        for one in cooked:
            # The same text as the document's, where there is one: there are very many.
            self.paths.add(one.document.path if one.document else one.path)
            if one.document:
                found.append(one.document)
                if one.before:
                    self.before.append(one.before)
            elif one.recipe:
                self.recipes[one.path] = one.recipe
        return found

    def total(self, before: int) -> int:
        """How many documents there are, where there were so many before."""
        if self.whole:
            return len(self.paths)
        return before + len(self.documents) - len(self.before) - len(self.gone)


class Newsroom:
    """Makes one site, under one config; what it remembers is what the store has."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site = site
        self.register = Register(site, page_path)
        self._store = store
        self._kitchen = Kitchen(site)
        self._planner = Planner(site, self._kitchen.catalogue, self.register, store.chronicle)
        self._logs: Mapping[str, Log] = store.chronicle.logs()
        self._lives: Mapping[str, Page] = {}
        self._whole = True

    @property
    def seed(self) -> str:
        """The name of all that documents depend on besides entries: config and renderer."""
        return self._kitchen.seed

    def resume(self, files: Mapping[str, tuple[Entry, ...]], instant: datetime) -> None:
        """The store shows just what these files gave at that instant."""
        self.register.update(files, instant)
        self._lives = self._planner.lives(self._logs)
        self._kitchen.remember(self._front(self._lives))
        self._whole = False

    def make(
        self,
        files: Mapping[str, tuple[Entry, ...]],
        touched: Collection[str] | None,
        instant: datetime,
        hands: Hands,
        progress: Callable[[int, int], None],
    ) -> Made:
        """Make what differs from what is published. Raises RenderError, StoreError.

        ``touched`` are the only files that can differ from the last ones, None: any. ``progress``
        is told how many documents of about how many were looked at.
        After an error, or where the result is not published, this newsroom knows too much.
        """
        changes = self.register.update(files, instant, touched)
        if self._whole:
            plan = self._planner.whole(self._logs, instant)
        else:
            plan = self._planner.changed(changes, self._logs, self._lives, instant)
        self._lives = plan.lives
        made = Made(self._whole, {n: g for n, g in plan.logs.items() if g.events or g.sealed})
        few, lost = self._kitchen.few(self._front(plan.lives), self._store.published)
        waiting = made.take(few)
        tasks = self._kitchen.tasks(plan.orders, self._published())
        for cooked in hands.cook(tasks, self._kitchen):
            waiting += made.take(cooked)
            progress(min(len(made.paths), plan.expected), plan.expected)
            while len(waiting) >= _BATCH:
                made.documents += self._keep(waiting[:_BATCH])
                del waiting[:_BATCH]
        made.documents += self._keep(waiting) if waiting else []
        progress(plan.expected, plan.expected)
        made.gone = tuple(sorted(self._gone(plan, lost, made.paths)))
        return made

    def _keep(self, documents: list[Prepared]) -> Iterator[Prepared]:
        """Give bodies to the store; what most documents say alike stands in memory once."""
        self._store.keep(documents)
        same: dict[object, Any] = {}
        nothing: dict[Coding, bytes] = {}
        for kept in documents:
            yield msgspec.structs.replace(
                kept,
                media_type=intern(kept.media_type),
                cache=intern(kept.cache),
                headers=same.setdefault(kept.headers, kept.headers),
                bodies=nothing,
            )

    def accept(self, made: Made) -> None:
        """What was made is published."""
        self._logs = {**self._logs, **{name: growth.after for name, growth in made.logs.items()}}
        self._whole = False

    def _published(self) -> Known:
        """What is published, to compare with; before the first snapshot, nothing."""
        return self._store.published if self._store.current() else lambda _paths: {}

    def _front(self, lives: Mapping[str, Page]) -> list[Recipe]:
        catalogue, register = self._kitchen.catalogue, self.register
        moves = catalogue.moves(lambda path: register.at(path) is not None)
        return [*catalogue.front(register.selection, lives), *moves]

    def _gone(self, plan: Plan, lost: set[str], made: set[str]) -> set[str]:
        """The paths that are published and must not be any more."""
        if plan.paths is None:
            return self._store.paths() - made
        candidates = {*plan.paths, *lost} - made - self._kitchen.paths
        return set(self._store.published(candidates)) if candidates else set()
