"""Bytes that need not be made twice, as many as are worth keeping.

In: a key and a way to make its bytes. Out: the bytes. What was used last stays longest.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)


class Remembered(Generic[_Key]):
    """Two generations: when the young one has ``limit`` keys, the old one is forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._young: dict[_Key, bytes] = {}
        self._old: dict[_Key, bytes] = {}

    def get(self, key: _Key, make: Callable[[], bytes]) -> bytes:
        """The bytes of the key, made where they are not known."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key) or make()
            if len(self._young) >= self._limit:
                self._old, self._young = self._young, {}
            self._young[key] = found
        return found
