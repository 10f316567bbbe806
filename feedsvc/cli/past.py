"""What the commands about the past share: how they tell times and paths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

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
    """A few, and how many more there are; pages of entries first: they say what happened."""
    more = len(paths) - _FEW
    few = sorted(paths, key=lambda path: (not _ENTRY.match(path), path))[:_FEW]
    return ", ".join(few) + (f" and {more} more" if more > 0 else "")
