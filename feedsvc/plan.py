"""What one build has to make: how the logs grow, and which documents a change may touch.

In: the register and what changed in it, what the chronicle knows. Out: a ``Plan``. It may name
documents that turn out the same, for their recipes tell; it must miss none that differs. The whole
plan names every document there is: for the first build, and after one that left other bytes. Knows
no file, no bytes and no clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from heapq import merge
from itertools import chain
from typing import Protocol

import msgspec

from feedsvc.archives import Event, Growth, Log, Noted, Page, edition, extend, live, seal, sealed
from feedsvc.model import Entry, Site
from feedsvc.register import Change, Register, Shelf
from feedsvc.render.catalogue import Catalogue
from feedsvc.render.orders import Article, Left, Order, Sealed, Withdrawn
from feedsvc.render.urls import FORMATS, page_path
from feedsvc.render.views import Beside
from feedsvc.sections import Stand, order

#: What a feed's size budget leaves for all that is not an entry, in bytes.
_HEAD = 6000
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Chronicle(Protocol):
    """What is known of the logs: the store's."""

    def of(self, section: str, iris: Collection[str], /) -> list[Noted]:
        """Every event of these entries in the section's log, in order."""

    def pages(self, section: str, numbers: Collection[int], /) -> dict[int, tuple[Event, ...]]:
        """The events that are sealed in these pages."""

    def at(self, paths: Collection[str], /) -> list[Event]:
        """The events of every entry whose page stood at one of these paths, in order."""

    def whole(self, section: str, /) -> list[Noted]:
        """The section's whole log."""


class Plan(msgspec.Struct, frozen=True):
    """What to make: ``lives`` by section, ``orders`` for what may differ.

    ``logs`` says how each log grows. ``paths`` are all at which something may stand no more; None
    means every path there is. ``expected`` is about how many documents that makes.
    """

    logs: dict[str, Growth]
    lives: dict[str, Page]
    orders: Iterable[Order]
    paths: frozenset[str] | None
    expected: int = 0


class Planner:
    """Plans the builds of one site."""

    def __init__(
        self, site: Site, catalogue: Catalogue, register: Register, chronicle: Chronicle
    ) -> None:
        self._catalogue = catalogue
        self._register = register
        self._chronicle = chronicle
        self._page_budget = site.max_bytes // 2 - _HEAD
        self._live_budget = site.max_bytes - _HEAD

    def lives(self, logs: Mapping[str, Log]) -> dict[str, Page]:
        """What each section's live feeds hold."""
        return {
            shelf.section.name: self._live(logs.get(shelf.section.name, Log()), shelf)
            for shelf in self._register.shelves
        }

    def changed(
        self,
        changes: Collection[Change],
        logs: Mapping[str, Log],
        lives: Mapping[str, Page],
        instant: datetime,
    ) -> Plan:
        """What these changes may touch, given that all else is as published."""
        grown: dict[str, Growth] = {}
        news = _news(instant)
        orders: list[Order] = []
        said: list[Noted] = []
        for shelf in self._register.shelves:
            name = shelf.section.name
            if not (mine := [change for change in changes if _concerns(change, name)]):
                continue
            noted = self._chronicle.of(name, [change.iri for change in mine])
            last = {note.event.iri: note.event for note in noted}
            grown[name] = growth = self._grow(shelf, logs, mine, last, news)
            lives = {**lives, name: self._live(growth.after, shelf)}
            orders += self._pages(shelf, growth, self._opened(name, mine, noted))
            said += noted if name == "all" else []
        touched = self._touched(changes, said)
        # Others may stand where an entry once stood: nothing became of their pages.
        paths = frozenset(path for path in touched if not self._register.at(path))
        orders += self._articles(changes)
        orders += self._vacant(paths, grown["all"].events if "all" in grown else ())
        return Plan(grown, dict(lives), orders, paths)

    def whole(self, logs: Mapping[str, Log], instant: datetime) -> Plan:
        """Everything there is."""
        present = {stand.entry.iri: stand for stand in self._register.everyone()}
        grown: dict[str, Growth] = {}
        news = _news(instant)
        pages: list[Iterable[tuple[datetime, Order]]] = []
        left: dict[str, str] = {}
        for shelf in self._register.shelves:
            name = shelf.section.name
            noted = self._chronicle.whole(name)
            last = {note.event.iri: note.event for note in noted}
            changes = [
                Change(iri, None, stand) for iri, stand in present.items() if name in stand.names
            ]
            changes += [
                Change(iri, None, present.get(iri))
                for iri in last
                if not (iri in present and name in present[iri].names)
            ]
            grown[name] = growth = self._grow(shelf, logs, changes, last, news)
            opened: dict[int, list[Event]] = defaultdict(list)
            for note in noted:
                if note.number:
                    opened[note.number].append(note.event)
            numbers = {note.event.iri: note.number for note in noted}
            pages.append(_dated(self._pages(shelf, growth, (opened, numbers))))
            if name == "all":
                events = (*(note.event for note in noted), *growth.events)
                left = {e.path: e.iri for e in events if e.path and not self._register.at(e.path)}
        vacant = (self._left(path, iri) for path, iri in left.items())
        others = (found for found in vacant if found)
        orders = (found for _, found in merge(everyone(self._register), *pages, key=_when))
        sheets = sum(growth.after.pages for growth in grown.values())
        expected = len(present) + len(left) + sheets * (1 + len(FORMATS))
        return Plan(grown, self.lives(_after(grown)), chain(orders, others), None, expected)

    def _grow(
        self,
        shelf: Shelf,
        logs: Mapping[str, Log],
        changes: Collection[Change],
        last: Mapping[str, Event],
        news: Callable[..., tuple[Event, ...]],
    ) -> Growth:
        name = shelf.section.name
        # A section's log needs no paths: those of ``all`` say where every page stood.
        path = page_path if name == "all" else _nowhere
        events = news(name, changes, last, path=path)
        growth = Growth(logs.get(name, Log()), events)
        counts = seal(growth.open, shelf, self._catalogue.sizes(shelf.section), self._page_budget)
        return msgspec.structs.replace(growth, sealed=counts)

    def _live(self, log: Log, shelf: Shelf) -> Page:
        return live(log, shelf, self._catalogue.sizes(shelf.section), self._live_budget)

    def _opened(
        self, name: str, changes: Iterable[Change], noted: Iterable[Noted]
    ) -> tuple[Mapping[int, Iterable[Event]], dict[str, int]]:
        """The sealed pages that hold an entry which came or went, and where their entries end."""
        flipped = {c.iri for c in changes if _lists(c.before, name) != _lists(c.after, name)}
        numbers = {note.number for note in noted if note.number and note.event.iri in flipped}
        if not numbers:
            return {}, {}
        opened = self._chronicle.pages(name, numbers)
        iris = {event.iri for events in opened.values() for event in events}
        return opened, {n.event.iri: n.number for n in self._chronicle.of(name, iris)}

    def _pages(
        self,
        shelf: Shelf,
        growth: Growth,
        opened: tuple[Mapping[int, Iterable[Event]], dict[str, int]],
    ) -> Iterator[Sealed]:
        """The sealed pages that must be looked at again, and those that are new."""
        old, last = opened
        new = list(growth.new_pages())
        last |= {event.iri: number for number, events in new for event in events}
        last |= {event.iri: 0 for event in growth.after.tail}
        for number, events in (*sorted(old.items()), *new):
            yield Sealed(shelf.section.name, sealed(number, tuple(events), last, shelf))

    def _touched(self, changes: Iterable[Change], said: Iterable[Noted]) -> Iterator[str]:
        """Every path at which a change may have put or left something."""
        for change in changes:
            for stand in (change.before, change.after):
                if stand:
                    yield page_path(stand.entry)
        yield from (note.event.path for note in said if note.event.path)

    def _articles(self, changes: Iterable[Change]) -> Iterator[Order]:
        """The pages of what changed, and of what stands beside it in its section."""
        found: dict[str, Stand | None] = {}
        for change in changes:
            for stand in (change.before, change.after):
                for entry in self._beside(stand) if stand else ():
                    found.setdefault(entry.iri, None)
            if change.after:
                found[change.iri] = change.after
        for iri, stand in found.items():
            at = stand or self._register.stand(iri)
            if at:
                yield _page(self._register, at)

    def _beside(self, stand: Stand) -> Iterator[Entry]:
        for name in stand.names[1:]:
            for entry in self._register.shelf(name).beside(stand.entry):
                if entry and entry.section == name:
                    yield entry

    def _vacant(self, paths: Collection[str], new: Iterable[Event]) -> Iterator[Order]:
        """What stands at these paths, where no entry has its page."""
        events = (*self._chronicle.at(paths), *new) if paths else ()
        last = {event.path: event.iri for event in events}
        found = (self._left(path, last[path]) for path in sorted(paths) if path in last)
        yield from (left for left in found if left)

    def _left(self, path: str, iri: str) -> Left | None:
        """What stands where the entry's page was last; None where something else does."""
        if self._register.at(path) or self._catalogue.is_move(path):
            return None
        return Left(path, self._register.page(iri))


def _news(instant: datetime) -> Callable[..., tuple[Event, ...]]:
    """``extend`` for every section at one instant.

    Each entry stands in two sections at least: its edition is named once.
    """
    known: dict[str, str] = {}

    def named(entry: Entry) -> str:
        if (name := known.get(entry.iri)) is None:
            name = known[entry.iri] = edition(entry)
        return name

    return partial(extend, instant=instant, edition=named)


def everyone(register: Register) -> Iterator[tuple[datetime, Order]]:
    """Every entry's page, in the order in which archives hold them: so fragments are shared."""
    stands = sorted(register.everyone(), key=lambda stand: order(stand.entry))
    return ((stand.entry.published, _page(register, stand)) for stand in stands)


def _page(register: Register, stand: Stand) -> Order:
    """What stands at an entry's own path."""
    entry = stand.entry
    if not stand.public:
        return Withdrawn(entry)
    shelf = register.shelf(entry.section)
    older, newer = shelf.beside(entry) if stand.standing == "listed" else (None, None)
    return Article(entry, Beside.of(older), Beside.of(newer))


def _after(grown: Mapping[str, Growth]) -> dict[str, Log]:
    return {name: growth.after for name, growth in grown.items()}


def _when(dated: tuple[datetime, Order]) -> datetime:
    return dated[0]


def _dated(pages: Iterable[Sealed]) -> Iterator[tuple[datetime, Order]]:
    """Each page with the instant of its newest entry, none earlier than the one before."""
    at: datetime | None = None
    for found in pages:
        entries = found.page.entries
        newest = entries[0].published if entries else at
        at = max(filter(None, (at, newest)), default=_BEGINNING)
        yield at, found


def _concerns(change: Change, name: str) -> bool:
    """Whether the section's log may have to say something.

    What is gone for good is also gone from sections that it had left before.
    """
    gone = not (change.after and change.after.public)
    stands = (change.before, change.after)
    return gone or any(stand and name in stand.names for stand in stands)


def _lists(stand: Stand | None, name: str) -> bool:
    return bool(stand and stand.standing == "listed" and name in stand.names)


def _nowhere(_entry: Entry) -> str:
    return ""
