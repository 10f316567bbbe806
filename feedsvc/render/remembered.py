"""What need not be made twice, as much as is worth keeping.

In: a key and a way to make its value. Out: the value. What was used last stays longest.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from feedsvc.model import Site

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


def enough(site: Site) -> int:
    """How many entries are worth remembering: as many as all live feeds hold.

    An archive of one section, written beside those of all, goes no further back than that.
    """
    return sum(section.entries for section in (site.everything, *site.sections))


class Remembered(Generic[_Key, _Value]):
    """Two generations: when the young one has ``limit`` keys, the old one is forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._young: dict[_Key, _Value] = {}
        self._old: dict[_Key, _Value] = {}

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """The value of the key, made where it is not known; it is never false."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key) or make()
            if len(self._young) >= self._limit:
                self._old, self._young = self._young, {}
            self._young[key] = found
        return found
