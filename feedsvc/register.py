"""What the whole site shows, section by section, kept in order from one build to the next.

In: what every source file gives, and an instant. Out: what changed since the last look, and every
section's entries in order. The same files and the same instant give the same register, whatever it
held before and in whatever order they come; the work is proportional to what changed. Knows no
file format, no document and no clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

import msgspec

from feedsvc.model import Entry, Section, Site
from feedsvc.sections import (
    Selection,
    Shown,
    Stand,
    names,
    order,
    standing,
    turning_points,
    unveiled,
)

#: From so many changes on, sorting everything anew is quicker than moving each one.
_MANY = 100


class Change(msgspec.Struct, frozen=True, gc=False):
    """An entry that stands otherwise than before; None where it is hidden or not there at all."""

    iri: str
    before: Stand | None
    after: Stand | None


class Ordered:
    """Entries in order, oldest first."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._fixed: tuple[Entry, ...] | None = None

    @property
    def fixed(self) -> tuple[Entry, ...]:
        """The entries: the same object for as long as they are the same."""
        if self._fixed is None:
            self._fixed = tuple(self.entries)
        return self._fixed

    def change(self, removed: Collection[Entry], added: Collection[Entry]) -> None:
        """Take entries out and put entries in."""
        self._fixed = None
        if len(removed) + len(added) < _MANY:
            for entry in removed:
                del self.entries[self.position(entry)]
            for entry in added:
                self.entries.insert(self.position(entry), entry)
            return
        out = {entry.iri for entry in removed}
        self.entries = [entry for entry in self.entries if entry.iri not in out]
        self.entries.extend(added)
        self.entries.sort(key=order)

    def position(self, entry: Entry) -> int:
        """Where the entry stands, or would stand."""
        return bisect_left(self.entries, order(entry), key=order)


class Shelf(Ordered):
    """What one section lists."""

    def __init__(self, section: Section, stands: Mapping[str, Stand]) -> None:
        super().__init__()
        self.section = section
        self._stands = stands

    @property
    def shown(self) -> Shown:
        """What its listing shows."""
        return Shown(self.section, tuple(islice(self.newest(), self.section.entries)))

    def newest(self) -> Iterator[Entry]:
        """Its entries, newest first."""
        return reversed(self.entries)

    def listed(self, iri: str) -> Entry | None:
        """The entry of that identity, None where the section does not list it."""
        stand = self._stands.get(iri)
        here = stand and stand.standing == "listed" and self.section.name in stand.names
        return stand.entry if stand and here else None

    def reason(self, iri: str) -> str | None:
        """Why an entry was withdrawn, where somebody said so."""
        stand = self._stands.get(iri)
        withdrawn = stand.entry.withdrawn if stand and stand.standing == "withdrawn" else None
        return withdrawn.reason if withdrawn else None

    def beside(self, entry: Entry) -> tuple[Entry | None, Entry | None]:
        """The next older and the next newer entry of those that it lists."""
        at = self.position(entry)
        here = self.entries[at : at + 1]
        after = at + 1 if here and here[0].iri == entry.iri else at
        older = self.entries[at - 1] if at else None
        return older, self.entries[after] if after < len(self.entries) else None


class _File(msgspec.Struct, frozen=True):
    """What one file gave, and until when that stands as it did."""

    entries: tuple[Entry, ...]
    stands: tuple[Stand, ...]
    until: datetime | None


class Register:
    """What one site shows. ``path`` says where an entry's page is.

    With ``unveil``, for a preview, drafts count as finished and each embargo as just over.
    """

    def __init__(self, site: Site, path: Callable[[Entry], str], *, unveil: bool = False) -> None:
        self._unveil = unveil
        self._path = path
        self._names = {section.name for section in site.sections}
        self._files: dict[str, _File] = {}
        self._until: dict[str, datetime] = {}
        self._at: datetime | None = None
        self._stands: dict[str, Stand] = {}
        self._pages: dict[str, Stand] = {}
        self._years: dict[int, Ordered] = defaultdict(Ordered)
        self.everything = Shelf(site.everything, self._stands)
        self.sections = tuple(Shelf(section, self._stands) for section in site.sections)
        self._shelves = {shelf.section.name: shelf for shelf in self.shelves}
        self._listings: dict[tuple[str, ...], tuple[Ordered, ...]] = {}

    @property
    def shelves(self) -> tuple[Shelf, ...]:
        """What every section lists, ``all`` first, then in the order of the menu."""
        return self.everything, *self.sections

    @property
    def next_change(self) -> datetime | None:
        """The next embargo's end, expiry or withdrawal."""
        return min(self._until.values(), default=None)

    @property
    def selection(self) -> Selection:
        """What lists and listings show.

        A page that names another one as its canonical address asks search engines not to find it.
        """
        years = sorted(self._years.items())
        return Selection(
            everything=self.everything.shown,
            sections=tuple(shelf.shown for shelf in self.sections),
            years=tuple((year, found.fixed) for year, found in years if found.entries),
        )

    def everyone(self) -> Iterator[Stand]:
        """Everything that is not hidden, in no order."""
        return iter(self._stands.values())

    def turning(self) -> Iterator[Entry]:
        """The entries of those files in which something will change by itself."""
        return (entry for path in self._until for entry in self._files[path].entries)

    def stand(self, iri: str) -> Stand | None:
        """How the entry of that identity stands, None where it is hidden or unknown."""
        return self._stands.get(iri)

    def at(self, path: str) -> Stand | None:
        """What stands at the path of an entry's page."""
        return self._pages.get(path)

    def page(self, iri: str) -> str | None:
        """The path at which an entry has its page now, None where it has none."""
        stand = self._stands.get(iri)
        return self._path(stand.entry) if stand and stand.public else None

    def shelf(self, name: str) -> Shelf:
        """What a section lists; ``all`` where there is no such section."""
        return self._shelves.get(name, self.everything)

    def update(
        self,
        files: Mapping[str, tuple[Entry, ...]],
        instant: datetime,
        touched: Collection[str] | None = None,
    ) -> tuple[Change, ...]:
        """See what every file gives now; only files that changed are looked into.

        ``touched``: no others can have changed since the last look, but by time.
        """
        before: dict[str, Stand] = {}
        after: dict[str, Stand] = {}
        gone = self._files.keys() - files.keys() if touched is None else ()
        for path in gone:
            before |= _named(self._files.pop(path).stands)
            self._until.pop(path, None)
        for path in self._due(files, instant, touched):
            if known := self._files.get(path):
                before |= _named(known.stands)
            self._files[path] = found = self._look(files[path], instant)
            after |= _named(found.stands)
            self._until.pop(path, None)
            if found.until:
                self._until[path] = found.until
        self._at = instant
        changes = tuple(_differences(before, after))
        self._apply(changes)
        return changes

    def _due(
        self,
        files: Mapping[str, tuple[Entry, ...]],
        instant: datetime,
        touched: Collection[str] | None,
    ) -> list[str]:
        """The files that must be looked into; after a clock went back, all of them."""
        if self._at is None or self._at > instant:
            return list(files)
        late = [path for path, until in self._until.items() if until <= instant]
        paths = files.keys() if touched is None else touched
        known = self._files
        new = (p for p in paths if p not in known or known[p].entries is not files[p])
        return list(dict.fromkeys((*late, *new)))

    def _look(self, entries: tuple[Entry, ...], instant: datetime) -> _File:
        stands: list[Stand] = []
        coming: list[datetime] = []
        for written in entries:
            if written.published > instant or written.expires or written.withdrawn:
                coming += [point for point in turning_points(written) if point > instant]
            entry = unveiled(written) if self._unveil else written
            at = max(instant, entry.published) if self._unveil else instant
            if (found := standing(entry, at)) != "hidden":
                stands.append(Stand(entry, found, names(entry.section, entry.also)))
        return _File(entries, tuple(stands), min(coming, default=None))

    def _apply(self, changes: Iterable[Change]) -> None:
        """First take out, then put in: one entry may take another's place."""
        removed: dict[Ordered, list[Entry]] = defaultdict(list)
        added: dict[Ordered, list[Entry]] = defaultdict(list)
        changes = tuple(changes)
        for change in changes:
            if before := change.before:
                del self._stands[change.iri], self._pages[self._path(before.entry)]
                for ordered in self._places(before):
                    removed[ordered].append(before.entry)
        for change in changes:
            if after := change.after:
                self._stands[change.iri] = self._pages[self._path(after.entry)] = after
                for ordered in self._places(after):
                    added[ordered].append(after.entry)
        for ordered in {**removed, **added}:
            ordered.change(removed[ordered], added[ordered])

    def _places(self, stand: Stand) -> tuple[Ordered, ...]:
        """Every list in which an entry stands."""
        entry = stand.entry
        listing = self._listing(stand.names) if stand.standing == "listed" else ()
        if stand.public and not entry.link and entry.section in self._names:
            return (*listing, self._years[entry.published.year])
        return listing

    def _listing(self, names: tuple[str, ...]) -> tuple[Ordered, ...]:
        """What lists the entries that these sections show."""
        if (found := self._listings.get(names)) is None:
            found = tuple(self._shelves[name] for name in names if name in self._shelves)
            self._listings[names] = found
        return found


def _named(stands: Iterable[Stand]) -> dict[str, Stand]:
    return {stand.entry.iri: stand for stand in stands}


def _differences(before: Mapping[str, Stand], after: Mapping[str, Stand]) -> Iterator[Change]:
    for iri in {**before, **after}:
        old, new = before.get(iri), after.get(iri)
        if old != new:
            yield Change(iri, old, new)
