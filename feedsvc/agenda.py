"""What will change by itself: the next embargoes, expiries and withdrawals.

In: every entry of the source, an instant. Out: what is coming, soonest first. Pure. Knows no file,
no store and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import nsmallest
from typing import Literal

import msgspec

from feedsvc.model import Entry

#: How much of what is coming is worth telling.
LIMIT = 20

What = Literal["appears", "expires", "withdrawn"]


class Coming(msgspec.Struct, frozen=True, order=True):
    """One change that nobody need make: an entry appears, leaves the feeds, or is taken back."""

    instant: datetime
    id: str
    what: What
    title: str
    section: str


def coming(entries: Iterable[Entry], instant: datetime, limit: int = LIMIT) -> tuple[Coming, ...]:
    """The next changes after the instant, soonest first; drafts never change by themselves."""
    found = (
        Coming(at, entry.id, what, entry.title, entry.section)
        for entry in entries
        for at, what in _turns(entry)
        if at > instant
    )
    return tuple(nsmallest(limit, found))


def _turns(entry: Entry) -> Iterator[tuple[datetime, What]]:
    if entry.draft:
        return
    yield entry.published, "appears"
    if entry.expires and entry.expires > entry.published:
        yield entry.expires, "expires"
    if entry.withdrawn and entry.withdrawn.at > entry.published:
        yield entry.withdrawn.at, "withdrawn"
