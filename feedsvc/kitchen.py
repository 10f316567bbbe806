"""What need not be rendered again, and what renders the rest.

In: recipes and orders, and what is published where they lead. Out: documents ready to be published,
no more than must be. Each document is remembered by the digest of all that it was made from, in the
store; those of which there are few also by their inputs, as long as the process lives. The same
orders give the same bytes, in whatever process they are cooked. Knows no store, file or clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from feedsvc.model import Site
from feedsvc.render.catalogue import RENDERER, Catalogue, Recipe
from feedsvc.render.orders import Order
from feedsvc.snapshot import Prepared, Published, digest, fingerprint, prepare

#: Orders that a process cooks at a time: enough that neighbours in time share their fragments.
_BATCH = 500

#: Gives what is published at these paths; where nothing is, it need not even look at them.
Known = Callable[[Iterable[str]], Mapping[str, Published]]
Task = tuple[list[Order], dict[str, Published]]
"""Orders, and what is published where they lead."""


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
    def paths(self) -> set[str]:
        """Where the documents stand of which there are few."""
        return set(self._inputs)

    def few(self, recipes: Iterable[Recipe], known: Known) -> tuple[list[Cooked], set[str]]:
        """Cook what differs from the last time; and the paths that are there no more."""
        recipes = _first(recipes)
        due = [r for r in recipes if self._inputs.get(r.path) != r.inputs]
        before = self._inputs
        self._inputs = {recipe.path: recipe.inputs for recipe in recipes}
        cooked = self.compare(due, known(recipe.path for recipe in due))
        return list(cooked), before.keys() - self._inputs.keys()

    def tasks(self, orders: Iterable[Order], known: Known) -> Iterator[Task]:
        """What was ordered, in batches, each with what is published there."""
        waiting = iter(orders)
        for batch in iter(lambda: list(islice(waiting, _BATCH)), []):
            yield batch, dict(known(path for order in batch for path in order.paths))

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

    def _key(self, recipe: Recipe) -> str:
        facts = recipe.facts() if recipe.facts else recipe.inputs
        return digest(msgspec.msgpack.encode((self.seed, recipe.path, facts)))


def _first(recipes: Iterable[Recipe]) -> list[Recipe]:
    """Where a path comes twice, the first one counts."""
    found: dict[str, Recipe] = {}
    for recipe in recipes:
        found.setdefault(recipe.path, recipe)
    return list(found.values())
