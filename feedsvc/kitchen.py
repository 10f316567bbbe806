"""What need not be rendered again, and what renders the rest, on every core where that pays.

In: recipes and orders, and what is published where they lead. Out: documents ready to be published,
no more than must be. Each document is remembered by the digest of all that it was made from, in the
store; those of which there are few also by their inputs, as long as the process lives. The same
orders give the same bytes, in whatever process they are cooked. Knows no store, file or clock.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from itertools import chain, islice
from multiprocessing import connection, get_context, parent_process
from typing import Any

import msgspec

from feedsvc.errors import RenderError
from feedsvc.model import Site
from feedsvc.render.catalogue import RENDERER, Catalogue, Order, Recipe
from feedsvc.snapshot import Prepared, Published, digest, fingerprint, prepare

#: Orders that a process cooks at a time: enough that neighbours in time share their fragments.
_BATCH = 2000
#: From so many orders on, starting other processes costs less than it saves.
_WORTH_SHARING = 4000
#: A full build must not slow the serving beside it: nice(2).
_MANNERS = 10

#: Gives what is published at these paths.
Known = Callable[[Collection[str]], Mapping[str, Published]]


class Cooked(msgspec.Struct, frozen=True):
    """What became of a recipe.

    ``document`` is None where the bytes are as published; ``recipe`` is "" where not even the
    inputs are others. ``before`` is when the published document changed last, None without one.
    """

    path: str
    recipe: str = ""
    document: Prepared | None = None
    before: datetime | None = None


class Kitchen:
    """Cooks for one site; ``seed`` names config and renderer."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.catalogue = Catalogue(site)
        self.seed = digest(f"{RENDERER} ".encode() + msgspec.json.encode(site))
        self._inputs: dict[str, tuple[Any, ...]] = {}

    def remember(self, recipes: Iterable[Recipe]) -> None:
        """These recipes are what is published: so says the store."""
        self._inputs = {recipe.path: recipe.inputs for recipe in _first(recipes)}

    @property
    def paths(self) -> Collection[str]:
        """Where the documents stand of which there are few."""
        return self._inputs.keys()

    def few(self, recipes: Iterable[Recipe], known: Known) -> tuple[list[Cooked], set[str]]:
        """Cook what differs from the last time; and the paths that are there no more."""
        recipes = _first(recipes)
        due = [r for r in recipes if self._inputs.get(r.path) != r.inputs]
        before = self._inputs
        self._inputs = {recipe.path: recipe.inputs for recipe in recipes}
        cooked = self.compare(due, known([recipe.path for recipe in due]))
        return list(cooked), before.keys() - self._inputs.keys()

    def many(self, orders: Iterable[Order], known: Known) -> Iterator[list[Cooked]]:
        """Cook what was ordered, in batches; by several processes where there is much of it."""
        waiting = iter(orders)
        batches = iter(lambda: list(islice(waiting, _BATCH)), [])
        first = list(islice(batches, _WORTH_SHARING // _BATCH))
        cores = os.cpu_count() or 1
        if cores > 1 and sum(map(len, first)) >= _WORTH_SHARING:
            with _pool(self.site, cores) as pool:
                yield from _shared(pool, cores + 1, self._tasks(chain(first, batches), known))
            return
        for batch in chain(first, batches):
            yield self.prepare(batch, known(self._paths(batch)))

    def prepare(self, orders: Iterable[Order], known: Mapping[str, Published]) -> list[Cooked]:
        """Cook what was ordered, given what is published there."""
        recipes = (recipe for order in orders for recipe in self.catalogue.ordered(order))
        return list(self.compare(recipes, known))

    def compare(
        self, recipes: Iterable[Recipe], known: Mapping[str, Published]
    ) -> Iterator[Cooked]:
        """Cook what must be cooked, and keep what differs from what is published."""
        for recipe in recipes:
            key = self._key(recipe)
            current = known.get(recipe.path)
            if current and current.recipe == key:
                yield Cooked(recipe.path)
                continue
            document = recipe.cook()
            before = current.last_modified if current else None
            if current and current.fingerprint == fingerprint(document):
                yield Cooked(recipe.path, key, None, before)
            else:
                yield Cooked(recipe.path, key, prepare(document, key), before)

    def _paths(self, orders: Iterable[Order]) -> list[str]:
        return [recipe.path for order in orders for recipe in self.catalogue.ordered(order)]

    def _tasks(self, batches: Iterable[list[Order]], known: Known) -> Iterator[bytes]:
        return (msgspec.msgpack.encode((b, known(self._paths(b)))) for b in batches)

    def _key(self, recipe: Recipe) -> str:
        facts = recipe.facts() if recipe.facts else recipe.inputs
        return digest(msgspec.json.encode((self.seed, recipe.path, facts)))


def _first(recipes: Iterable[Recipe]) -> list[Recipe]:
    """Where a path comes twice, the first one counts."""
    found: dict[str, Recipe] = {}
    for recipe in recipes:
        found.setdefault(recipe.path, recipe)
    return list(found.values())


_TASK = msgspec.msgpack.Decoder(tuple[list[Order], dict[str, Published]])
_DONE = msgspec.msgpack.Decoder(list[Cooked])


def _pool(site: Site, cores: int) -> ProcessPoolExecutor:
    """Processes that are started anew, not forked: the builder has threads."""
    return ProcessPoolExecutor(
        cores,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(msgspec.msgpack.encode(site),),
    )


def _shared(pool: ProcessPoolExecutor, most: int, tasks: Iterable[bytes]) -> Iterator[list[Cooked]]:
    """The results in order, with no more tasks under way than ``most``."""
    under_way: deque[Future[bytes]] = deque()
    try:
        for task in tasks:
            under_way.append(pool.submit(_cook, task))
            if len(under_way) >= most:
                yield _DONE.decode(under_way.popleft().result())
        while under_way:
            yield _DONE.decode(under_way.popleft().result())
    except BrokenProcessPool as error:
        raise RenderError(
            "a process that renders was killed; the next build tries again"
        ) from error


# --- in the other processes ---

_kitchens: list[Kitchen] = []


def _begin(site: bytes) -> None:
    os.nice(_MANNERS)
    threading.Thread(target=_follow_parent, daemon=True).start()
    _kitchens[:] = [Kitchen(msgspec.msgpack.decode(site, type=Site))]


def _follow_parent() -> None:
    """Nobody is left to cook for when the builder was killed."""
    if parent := parent_process():
        connection.wait([parent.sentinel])
        os._exit(1)


def _cook(task: bytes) -> bytes:
    return msgspec.msgpack.encode(_kitchens[0].prepare(*_TASK.decode(task)))
