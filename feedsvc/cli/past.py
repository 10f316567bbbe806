"""What the commands about the past share: how they tell times and paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from feedsvc.snapshot import NOT_FOUND
from feedsvc.store import Store

#: How many paths are named where there is no room for all.
_FEW = 4
_ENTRY = re.compile(r"/[^/]+/[^/.]+\Z")


class Zone(msgspec.Struct, frozen=True):
    """The zone in which times are told: the site's, as the store knows it from the last build."""

    name: str

    @classmethod
    def of(cls, store: Store) -> Zone:
        """The site's zone; UTC before the first build."""
        return cls(store.journal.facts().get("timezone", "UTC"))

    def tell(self, instant: datetime) -> str:
        """An instant to the second, with its zone."""
        return f"{instant.astimezone(ZoneInfo(self.name)):%Y-%m-%d %H:%M:%S %Z}"


def in_short(paths: Sequence[str]) -> str:
    """A few, and how many more there are."""
    more = len(paths) - _FEW
    few = ", ".join(map(called, pages_first(paths)[:_FEW]))
    return f"{few} and {more} more" if more > 0 else few


def called(path: str) -> str:
    """A path as admins know it."""
    return "the page for addresses that are missing" if path == NOT_FOUND else path


def pages_first(paths: Iterable[str]) -> list[str]:
    """In order, but pages of entries first: they say what happened."""
    return sorted(paths, key=lambda path: (not _ENTRY.match(path), path))
