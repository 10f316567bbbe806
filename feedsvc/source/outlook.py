"""Dates so far ahead that they are probably slips of the pen: 2062 for 2026.

In: what entry files give, the present. Out: warnings; the entries stay embargoed as they say. It
must not know how files are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from feedsvc.errors import Problem
from feedsvc.model import Entry, Site
from feedsvc.source.records import FileRecord

_FAR: Final = timedelta(days=5 * 365 + 1)


def far(records: Iterable[FileRecord], now: datetime, site: Site) -> Iterator[Problem]:
    """A warning for each entry that becomes public in more than five years."""
    latest, zone = now + _FAR, ZoneInfo(site.timezone)
    for record in records:
        for entry in record.entries:
            if entry.published > latest and not entry.draft and not entry.withdrawn:
                yield _warning(record, entry, zone)


def _warning(record: FileRecord, entry: Entry, zone: ZoneInfo) -> Problem:
    line, column = record.places.get(entry.id, (0, 0))
    found = f"'{entry.published.astimezone(zone):%Y-%m-%d}', more than five years from now"
    expected = "a date that readers of today can wait for"
    fix = "look at the year again; if it is right, leave it: the entry becomes public then"
    return Problem(record.path, line, column, "published", found, expected, fix, "warning")
