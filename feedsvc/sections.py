"""Entries and an instant, to what each document shows: embargo, expiry, order, caps, tombstones.

In: every entry of the source, the site's config, an instant. Out: a ``Selection``. Pure: the same
input gives the same output, whatever the order of the entries. Knows no file, no format, no clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from feedsvc.model import Entry, Section, Site


class Shown(msgspec.Struct, frozen=True):
    """What a section shows: ``entries`` are all that are listed, ``feed`` those in its feeds.

    Both newest first. ``withdrawn`` are taken back for good and become tombstones.
    """

    section: Section
    entries: tuple[Entry, ...]
    feed: tuple[Entry, ...]
    withdrawn: tuple[Entry, ...] = ()

    @property
    def updated(self) -> datetime | None:
        """The newest significant revision among the entries of the feed; None without entries."""
        return max((entry.modified for entry in self.feed), default=None)


class Selection(msgspec.Struct, frozen=True):
    """What the whole site shows at one instant.

    ``everything`` is the ``all`` section, ``sections`` the others in menu order. ``pages`` are the
    entries that have an article page, newest first: an expired entry leaves feeds and
    listings, its page stays. ``next_change`` is the next embargo's end, expiry or withdrawal.
    """

    everything: Shown
    sections: tuple[Shown, ...]
    pages: tuple[Entry, ...]
    next_change: datetime | None


def order(entry: Entry) -> tuple[datetime, str]:
    """The key by which entries stand in every document, oldest first: published, then id."""
    return entry.published, entry.id


def is_public(entry: Entry, instant: datetime) -> bool:
    """Whether the entry has a page at the instant: no draft, not embargoed, not withdrawn."""
    return not entry.draft and entry.published <= instant and not is_withdrawn(entry, instant)


def is_withdrawn(entry: Entry, instant: datetime) -> bool:
    """Whether a public entry has been taken back by the instant."""
    return (
        entry.withdrawn is not None
        and not entry.draft
        and entry.published <= instant
        and entry.withdrawn.at <= instant
    )


def is_listed(entry: Entry, instant: datetime) -> bool:
    """Whether feeds and listings show the entry at the instant."""
    return is_public(entry, instant) and (entry.expires is None or entry.expires > instant)


def turning_points(entry: Entry) -> tuple[datetime, ...]:
    """The instants at which what is shown of the entry changes without an edit."""
    if entry.draft:
        return ()
    ends = (entry.expires, entry.withdrawn.at if entry.withdrawn else None)
    return (entry.published, *(end for end in ends if end is not None and end > entry.published))


def unveiled(entry: Entry) -> Entry:
    """The entry as it will be once it is no draft any more."""
    return replace(entry, draft=False) if entry.draft else entry


def select(
    site: Site, entries: Iterable[Entry], instant: datetime, *, unveil: bool = False
) -> Selection:
    """Decide what every document shows at the instant.

    With ``unveil``, for a preview, drafts count as finished and each embargo as just over.
    """
    listed: dict[str, list[Entry]] = defaultdict(list)
    withdrawn: dict[str, list[Entry]] = defaultdict(list)
    pages: list[Entry] = []
    coming: list[datetime] = []
    for written in entries:
        coming.extend(point for point in turning_points(written) if point > instant)
        entry = unveiled(written) if unveil else written
        at = max(instant, entry.published) if unveil else instant
        if is_public(entry, at):
            pages.append(entry)
        if is_listed(entry, at):
            _file(listed, entry)
        elif is_withdrawn(entry, at):
            _file(withdrawn, entry)

    def shown(section: Section) -> Shown:
        newest = tuple(sorted(listed[section.name], key=order, reverse=True))
        taken_back = tuple(sorted(withdrawn[section.name], key=order, reverse=True))
        return Shown(section, newest, newest[: section.entries], taken_back)

    return Selection(
        everything=shown(site.everything),
        sections=tuple(map(shown, site.sections)),
        pages=tuple(sorted(pages, key=order, reverse=True)),
        next_change=min(coming, default=None),
    )


def _file(shelves: dict[str, list[Entry]], entry: Entry) -> None:
    for name in ("all", entry.section, *entry.also):
        shelves[name].append(entry)
