"""One entry and an instant, to where it stands: embargo, expiry, withdrawal, sections, order.

In: an entry, an instant. Out: its standing, and the order in which entries are shown. Pure. What
all entries together make is ``register``'s business. Knows no file, no format, no clock.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Literal

import msgspec
from msgspec.structs import replace

from feedsvc.model import Entry, Section

Standing = Literal["listed", "expired", "withdrawn", "hidden"]
"""Listed: in feeds, listings and on its page. Expired: on its page alone. Withdrawn: a tombstone.
Hidden: a draft, or under embargo."""


class Stand(msgspec.Struct, frozen=True, gc=False):
    """An entry that is not hidden, and how it stands.

    ``names`` are the sections that show it, ``all`` among them, each once.
    """

    entry: Entry
    standing: Standing
    names: tuple[str, ...]

    @property
    def public(self) -> bool:
        """Whether the entry has a page: an expired entry leaves feeds, its page stays."""
        return self.standing != "withdrawn"


@lru_cache(maxsize=4096)
def names(section: str, also: tuple[str, ...]) -> tuple[str, ...]:
    """The sections that show an entry of that section which names those others."""
    return tuple(dict.fromkeys(("all", section, *also)))


class Shown(msgspec.Struct, frozen=True):
    """What a section shows on its listing: its newest entries, as many as its feeds may have."""

    section: Section
    feed: tuple[Entry, ...]

    @property
    def updated(self) -> datetime | None:
        """The newest significant revision among the entries; None without entries."""
        return max((entry.modified for entry in self.feed), default=None)


class Selection(msgspec.Struct, frozen=True):
    """What the whole site shows at one instant, as far as its lists and listings do.

    ``everything`` is the ``all`` section, ``sections`` the others in menu order. ``years`` holds
    the entries that search engines may find, year by year and oldest first.
    """

    everything: Shown
    sections: tuple[Shown, ...]
    years: tuple[tuple[int, tuple[Entry, ...]], ...] = ()


def order(entry: Entry) -> tuple[datetime, str]:
    """The key by which entries stand in every document, oldest first: published, then id."""
    return entry.published, entry.id


def standing(entry: Entry, instant: datetime) -> Standing:
    """How the entry stands at the instant."""
    if entry.draft or entry.published > instant:
        return "hidden"
    if entry.withdrawn and entry.withdrawn.at <= instant:
        return "withdrawn"
    return "expired" if entry.expires and entry.expires <= instant else "listed"


def turning_points(entry: Entry) -> tuple[datetime, ...]:
    """The instants at which what is shown of the entry changes without an edit."""
    if entry.draft:
        return ()
    ends = (entry.expires, entry.withdrawn.at if entry.withdrawn else None)
    return (entry.published, *(end for end in ends if end is not None and end > entry.published))


def unveiled(entry: Entry) -> Entry:
    """The entry as it will be once it is no draft any more."""
    return replace(entry, draft=False) if entry.draft else entry
