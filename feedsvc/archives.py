"""Archived feeds: which entries the live feed holds and which sealed pages hold the rest.

In: what a section shows, and its log so far. Out: the log, grown, and what each document holds.
Pure. Knows no format, no store and no clock.

RFC 5005 §4 asks that an archive document never changes and that live feed and archives together
lose nothing, whatever is edited, added late or taken back. So a section has a log of events: an
entry appeared or changed, or it was taken back. Events are only ever appended. Every so many of
them are sealed as a page; the live feed holds all that is not sealed yet, and the newest entries
besides, for readers that follow no archives.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from feedsvc.model import Entry, Section
from feedsvc.sections import Shown, order
from feedsvc.snapshot import digest

#: How an event's state begins where the entry was taken back; the instant follows.
_GONE = "gone "


class Event(msgspec.Struct, frozen=True, array_like=True):
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


class Log(msgspec.Struct, frozen=True):
    """A section's events: ``pages`` are sealed, oldest first; ``tail`` is not sealed yet."""

    pages: tuple[tuple[Event, ...], ...] = ()
    tail: tuple[Event, ...] = ()

    def last(self) -> dict[str, Event]:
        """The last event of every entry that the log knows."""
        return {event.iri: event for event in self.events()}

    def events(self) -> Iterator[Event]:
        """Every event, oldest first."""
        for page in (*self.pages, self.tail):
            yield from page


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


class Holding(msgspec.Struct, frozen=True):
    """What all of a section's feeds hold: the live one and the sealed pages, oldest first."""

    section: Section
    live: Page
    sealed: tuple[Page, ...]
    log: Log


class Sizes(Protocol):
    """How many bytes an entry takes in a feed, in its largest format."""

    def bound(self, entry: Entry, /) -> int:
        """No less than it takes, found quickly."""

    def exact(self, entry: Entry, /) -> int:
        """What it takes."""


class Editions:
    """The name of what readers see of an entry, remembered as long as the entry is the same."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Entry, str]] = {}

    def __call__(self, entry: Entry) -> str:
        """The entry's edition: other text, other edition; other sections or expiry, the same."""
        known = self._known.get(entry.iri)
        if known is None or (known[0] is not entry and known[0] != entry):
            plain = msgspec.structs.replace(entry, also=(), expires=None, withdrawn=None)
            known = (entry, digest(msgspec.json.encode(plain))[:12])
            self._known[entry.iri] = known
        return known[1]


def extend(  # noqa: PLR0913, PLR0917 - the facts of one step, all of them needed
    log: Log,
    shown: Shown,
    public: Collection[str],
    edition: Callable[[Entry], str],
    instant: datetime,
    path: Callable[[Entry], str] = lambda _: "",
) -> Log:
    """Append what happened since: entries that are new or edited, then those that are gone.

    ``public`` are the identities that still have a page: an entry that expired or moved to another
    section leaves this one without a word.
    """
    last = log.last()
    events = [
        Event(entry.iri, edition(entry), path(entry))
        for entry in sorted(shown.entries, key=order)
        if entry.iri not in last or last[entry.iri].state != edition(entry)
    ]
    events += _removals(shown, last, public, instant)
    return msgspec.structs.replace(log, tail=(*log.tail, *events)) if events else log


def _removals(
    shown: Shown, last: dict[str, Event], public: Collection[str], instant: datetime
) -> Iterator[Event]:
    said = {entry.iri: entry.withdrawn.at for entry in shown.withdrawn if entry.withdrawn}
    gone = {iri: instant for iri in last if iri not in public} | said
    for iri, at in sorted(gone.items()):
        before = last.get(iri, Event(iri, ""))
        # A date that somebody wrote counts also where it was corrected.
        if not before.removed_at or (iri in said and before.removed_at != at):
            yield Event(iri, f"{_GONE}{at.isoformat()}", before.path)


def seal(log: Log, shown: Shown, sizes: Sizes, budget: int) -> Log:
    """Seal the oldest of the tail as pages, until the rest leaves room in the live feed.

    A page has four fifths of the live feed's cap, or as many events as ``budget`` bytes hold.
    """
    most = max(1, shown.section.entries - max(1, shown.section.entries // 5))
    by_iri = {entry.iri: entry for entry in shown.entries}
    pages, tail = list(log.pages), log.tail
    while (room := _room(tail[: most + 1], most, by_iri, sizes, budget)) < len(tail):
        pages.append(tail[:room])
        tail = tail[room:]
    return Log(tuple(pages), tail)


def _room(
    events: Sequence[Event], most: int, by_iri: dict[str, Entry], sizes: Sizes, budget: int
) -> int:
    """How many of these events a page takes; at least one."""
    entries = [by_iri.get(event.iri) for event in events[:most]]
    if sum(sizes.bound(entry) for entry in entries if entry) <= budget:
        return len(entries)
    taken = 0
    for count, entry in enumerate(entries):
        taken += sizes.exact(entry) if entry else 0
        if taken > budget:
            return max(1, count)
    return len(entries)


def live(log: Log, shown: Shown, sizes: Sizes, budget: int) -> Page:
    """The live feed: what is not sealed, then the newest, as far as cap and budget allow."""
    by_iri = {entry.iri: entry for entry in shown.entries}
    tail = [by_iri[iri] for iri in dict.fromkeys(e.iri for e in log.tail) if iri in by_iri]
    chosen = {entry.iri: entry for entry in tail}
    others = (entry for entry in shown.entries if entry.iri not in chosen)
    room = max(0, shown.section.entries - len(tail))
    candidates = [entry for entry, _ in zip(others, range(room), strict=False)]
    for entry in _within(tail, candidates, sizes, budget):
        chosen[entry.iri] = entry
    entries = sorted(chosen.values(), key=order, reverse=True)
    return Page(0, tuple(entries), _tombstones(log.tail, shown, by_iri), len(log.pages))


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


def sealed(log: Log, shown: Shown) -> Iterator[Page]:
    """Every sealed page, oldest first.

    An entry stands where its last event is; one that is gone by now stands in no page.
    """
    by_iri = {entry.iri: entry for entry in shown.entries}
    last = {event.iri: number for number, page in enumerate(log.pages, 1) for event in page}
    last |= {event.iri: 0 for event in log.tail}
    for number, events in enumerate(log.pages, start=1):
        key = tuple(e for e in events if e.iri in by_iri or e.removed_at)
        here = dict.fromkeys(e.iri for e in key if e.iri in by_iri and last[e.iri] == number)
        entries = sorted((by_iri[iri] for iri in here), key=order, reverse=True)
        yield Page(number, tuple(entries), _tombstones(events, shown, by_iri), number - 1, key)


def _tombstones(
    events: Iterable[Event], shown: Shown, listed: Collection[str]
) -> tuple[Tombstone, ...]:
    reasons = {e.iri: e.withdrawn.reason for e in shown.withdrawn if e.withdrawn}
    # An entry that left and came back and left again has the last of its tombstones.
    left = {e.iri: at for e in events if (at := e.removed_at) and e.iri not in listed}
    return tuple(Tombstone(iri, at, reasons.get(iri)) for iri, at in left.items())
