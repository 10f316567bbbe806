"""Archived feeds: which entries the live feed holds and which sealed pages hold the rest.

In: what changed in a section, and what its log knows of that. Out: what the log gains, and what
each document holds. Pure. Knows no format, no store and no clock.

RFC 5005 §4 asks that an archive document never changes and that live feed and archives together
lose nothing, whatever is edited, added late or taken back. So a section has a log of events: an
entry appeared or changed, or it was taken back. Events are only ever appended. Every so many of
them are sealed as a page; the live feed holds all that is not sealed yet, and the newest entries
besides, for readers that follow no archives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from feedsvc.model import Entry, Section
from feedsvc.register import Change
from feedsvc.sections import order
from feedsvc.snapshot import digest

#: How an event's state begins where the entry was taken back; the instant follows.
_GONE = "gone "


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry as it came to be: ``state`` is its edition, or ``gone`` and when.

    ``path`` is where its page stood then; "" in the logs of single sections.
    """

    iri: str
    state: str
    path: str = ""

    @property
    def removed_at(self) -> datetime | None:
        """When the entry was taken back, None where the event is about its text."""
        if not self.state.startswith(_GONE):
            return None
        return datetime.fromisoformat(self.state.removeprefix(_GONE))


class Noted(msgspec.Struct, frozen=True, gc=False):
    """An event and the number of the page that it is sealed in, 0 where it is in none yet."""

    number: int
    event: Event


class Log(msgspec.Struct, frozen=True):
    """A section's events, as far as each build must know them.

    ``pages`` are sealed, 1 is the oldest; ``tail`` is not sealed yet, and its first event is
    number ``start`` of all.
    """

    pages: int = 0
    start: int = 0
    tail: tuple[Event, ...] = ()


class Growth(msgspec.Struct, frozen=True):
    """What one build adds to a log: events, and how many events each newly sealed page takes."""

    before: Log
    events: tuple[Event, ...] = ()
    sealed: tuple[int, ...] = ()

    @property
    def open(self) -> tuple[Event, ...]:
        """What was not sealed before."""
        return (*self.before.tail, *self.events)

    @property
    def after(self) -> Log:
        """The log as it is then."""
        taken = sum(self.sealed)
        rest = self.open[taken:]
        return Log(self.before.pages + len(self.sealed), self.before.start + taken, rest)

    def new_pages(self) -> Iterator[tuple[int, tuple[Event, ...]]]:
        """The number and the events of each page that is new."""
        events = self.open
        start = 0
        for number, count in enumerate(self.sealed, start=self.before.pages + 1):
            yield number, events[start : start + count]
            start += count


class Tombstone(msgspec.Struct, frozen=True):
    """RFC 6721: an entry that was taken back, when, and why where somebody said so."""

    iri: str
    at: datetime
    reason: str | None = None


class Page(msgspec.Struct, frozen=True):
    """What a live feed or a sealed page holds; ``number`` is 0 for the live feed.

    ``entries`` stand newest first. ``older`` is the number of the next older page, 0 for none.
    ``key`` changes when a sealed page must be rendered anew, and only then: not when an entry in
    it is edited, for the edited one is an event of its own, in the live feed or a later page.
    """

    number: int
    entries: tuple[Entry, ...]
    tombstones: tuple[Tombstone, ...]
    older: int
    key: tuple[Event, ...] = ()

    @property
    def updated(self) -> datetime | None:
        """The newest significant revision among the entries; None without entries."""
        return max((entry.modified for entry in self.entries), default=None)


class Listed(Protocol):
    """What a section lists at present: a ``Shelf`` of the register."""

    @property
    def section(self) -> Section:
        """The section, with the caps that hold for it."""

    def newest(self) -> Iterator[Entry]:
        """Its entries, newest first."""

    def listed(self, iri: str, /) -> Entry | None:
        """The entry of that identity, None where the section does not list it."""

    def reason(self, iri: str, /) -> str | None:
        """Why an entry was withdrawn, where somebody said so."""


class Sizes(Protocol):
    """How many bytes an entry takes in a feed, in its largest format."""

    def bound(self, entry: Entry, /) -> int:
        """No less than it takes, found quickly."""

    def exact(self, entry: Entry, /) -> int:
        """What it takes."""


def edition(entry: Entry) -> str:
    """The name of what readers see of an entry: other text, other edition.

    Other sections or another expiry are the same edition.
    """
    plain = entry.spelled(also=(), expires=None, withdrawn=None)
    return digest(msgspec.json.encode(plain))[:12]


def extend(  # noqa: PLR0913, PLR0917 - the facts of one step, all of them needed
    name: str,
    changes: Iterable[Change],
    last: Mapping[str, Event],
    instant: datetime,
    path: Callable[[Entry], str] = lambda _: "",
    edition: Callable[[Entry], str] = edition,
) -> tuple[Event, ...]:
    """What happened in the section since: entries that are new or edited, then those that are gone.

    ``last`` is the last event of each of these entries that the section's log knows. An entry that
    expired or moved to another section leaves this one without a word.
    """
    appeared: list[Entry] = []
    said: dict[str, datetime] = {}
    lost: dict[str, datetime] = {}
    for change in changes:
        after = change.after if change.after and name in change.after.names else None
        if after and after.standing == "listed":
            appeared.append(after.entry)
        elif after and after.entry.withdrawn and not after.public:
            said[change.iri] = after.entry.withdrawn.at
        elif change.iri in last and not (change.after and change.after.public):
            lost[change.iri] = instant
    events = [
        Event(entry.iri, state, path(entry))
        for entry in sorted(appeared, key=order)
        if (state := edition(entry)) != last.get(entry.iri, _NONE).state
    ]
    return (*events, *_removals(said, lost, last))


_NONE = Event("", "")


def _removals(
    said: Mapping[str, datetime], lost: Mapping[str, datetime], last: Mapping[str, Event]
) -> Iterator[Event]:
    for iri, at in sorted({**lost, **said}.items()):
        before = last.get(iri, _NONE)
        # A date that somebody wrote counts also where it was corrected.
        if not before.removed_at or (iri in said and before.removed_at != at):
            yield Event(iri, f"{_GONE}{at.isoformat()}", before.path)


def seal(events: Sequence[Event], shelf: Listed, sizes: Sizes, budget: int) -> tuple[int, ...]:
    """Seal the oldest as pages, until the rest leaves room in the live feed: how many go in each.

    A page has four fifths of the live feed's cap, or as many events as ``budget`` bytes hold.
    """
    most = max(1, shelf.section.entries - max(1, shelf.section.entries // 5))
    counts: list[int] = []
    start = 0
    while start < len(events):
        room = _room(events[start : start + most + 1], most, shelf, sizes, budget)
        if start + room >= len(events):
            break
        counts.append(room)
        start += room
    return tuple(counts)


def _room(events: Sequence[Event], most: int, shelf: Listed, sizes: Sizes, budget: int) -> int:
    """How many of these events a page takes; at least one."""
    entries = [shelf.listed(event.iri) for event in events[:most]]
    if sum(sizes.bound(entry) for entry in entries if entry) <= budget:
        return len(entries)
    taken = 0
    for count, entry in enumerate(entries):
        taken += sizes.exact(entry) if entry else 0
        if taken > budget:
            return max(1, count)
    return len(entries)


def live(log: Log, shelf: Listed, sizes: Sizes, budget: int) -> Page:
    """The live feed: what is not sealed, then the newest, as far as cap and budget allow."""
    found = {event.iri: shelf.listed(event.iri) for event in log.tail}
    chosen = {iri: entry for iri, entry in found.items() if entry}
    tail = list(chosen.values())
    room = max(0, shelf.section.entries - len(tail))
    others = (entry for entry in shelf.newest() if entry.iri not in chosen)
    candidates = [entry for entry, _ in zip(others, range(room), strict=False)]
    for entry in _within(tail, candidates, sizes, budget):
        chosen[entry.iri] = entry
    entries = sorted(chosen.values(), key=order, reverse=True)
    return Page(0, tuple(entries), _tombstones(log.tail, shelf), log.pages)


def _within(
    tail: list[Entry], candidates: list[Entry], sizes: Sizes, budget: int
) -> Iterator[Entry]:
    """As many of the candidates as fit beside the tail; one if nothing else is there."""
    if sum(map(sizes.bound, (*tail, *candidates))) <= budget:
        yield from candidates
        return
    spent = sum(map(sizes.exact, tail))
    for number, entry in enumerate(candidates):
        spent += sizes.exact(entry)
        if spent > budget and (tail or number):
            return
        yield entry


def sealed(number: int, events: Sequence[Event], last: Mapping[str, int], shelf: Listed) -> Page:
    """A sealed page. ``last`` says in which page each of its entries has its last event.

    An entry stands where its last event is; one that is gone by now stands in no page.
    """
    key = tuple(e for e in events if e.removed_at or shelf.listed(e.iri))
    found = {e.iri: shelf.listed(e.iri) for e in key if last.get(e.iri, number) == number}
    here = [entry for entry in found.values() if entry]
    entries = tuple(sorted(here, key=order, reverse=True))
    return Page(number, entries, _tombstones(events, shelf), number - 1, key)


def _tombstones(events: Iterable[Event], shelf: Listed) -> tuple[Tombstone, ...]:
    # An entry that left and came back and left again has the last of its tombstones.
    left = {e.iri: at for e in events if (at := e.removed_at) and not shelf.listed(e.iri)}
    return tuple(Tombstone(iri, at, shelf.reason(iri)) for iri, at in left.items())
