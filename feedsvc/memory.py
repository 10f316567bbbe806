"""What need not be rendered again: recipes whose inputs are the same as when they were cooked.

In: recipes, and what is published. Out: the difference, cooking no more than must be. Each document
is remembered twice: by its inputs, as long as the process lives, and by their digest, in the store,
so that a new builder need not render everything anew and sealed pages keep their bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from feedsvc.render.catalogue import Recipe
from feedsvc.snapshot import Difference, Document, Published, digest, fingerprint


class Comparison(msgspec.Struct, frozen=True):
    """``total`` counts the documents; ``recipes`` are digests of inputs that the store lacks."""

    difference: Difference
    total: int
    recipes: dict[str, str]


class Memory:
    """What was cooked from what, under one config and one renderer, which ``seed`` names."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._cooked: dict[str, tuple[tuple[Any, ...], str]] = {}

    def compare(self, recipes: Iterable[Recipe], published: Mapping[str, Published]) -> Comparison:
        """Cook what must be cooked and keep what differs from what is published."""
        cooked: dict[str, tuple[tuple[Any, ...], str]] = {}
        changed: list[Document] = []
        new: dict[str, str] = {}
        for recipe in recipes:
            path = recipe.path
            if path in cooked:
                continue  # a redirect or retirement that a real document has overtaken
            current = published.get(path)
            known = self._known(recipe, current)
            if known is None:
                document = recipe.cook()
                known = fingerprint(document)
                new[path] = self._key(recipe)
                if current is None or current.fingerprint != known:
                    changed.append(document)
            cooked[path] = (recipe.inputs, known)
        self._cooked = cooked
        gone = tuple(sorted(published.keys() - cooked.keys()))
        return Comparison(Difference(tuple(changed), gone), len(cooked), new)

    def _known(self, recipe: Recipe, current: Published | None) -> str | None:
        """The fingerprint of a document that is published and need not be cooked again."""
        if current is None:
            return None
        inputs, known = self._cooked.get(recipe.path, (None, None))
        if known is None:
            return current.fingerprint if current.recipe == self._key(recipe) else None
        return known if inputs == recipe.inputs and known == current.fingerprint else None

    def _key(self, recipe: Recipe) -> str:
        return digest(msgspec.json.encode((self._seed, recipe.path, recipe.inputs)))
