"""Which of several claims to one id or one page counts.

In: the records of all files, and those of last time. Out: the records with only the entries that
win, and a problem for each that loses. Pure, and the same for every order of files; it must not
know how files are read.

One id: what a file says now beats what another said when it was last right, for then the entry has
moved; otherwise the file counts that had the entry before, then the first by path and line. One
slug in a section: the entry counts that had the page before, then likewise. Whoever loses its new
slug keeps its old page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property

import msgspec

from feedsvc.errors import Problem
from feedsvc.model import Entry
from feedsvc.source.entries import Takedown
from feedsvc.source.links import page_key
from feedsvc.source.records import FileRecord

_Claim = tuple[FileRecord, Entry]


def adopt(records: Iterable[FileRecord], previous: Iterable[FileRecord]) -> list[FileRecord]:
    """Give each file the last good state of the bad entries that it names and no file has.

    Those are entries that have moved from one file to another and were spoiled on the way.
    """
    records = list(records)
    if not any(record.held for record in records):
        return records
    present = {entry.id for record in records for entry in record.entries}
    lost = {
        entry.id: entry
        for record in previous
        for entry in record.entries
        if entry.id not in present
    }
    return [_with_adopted(record, lost) if lost else record for record in records]


def _with_adopted(record: FileRecord, lost: dict[str, Entry]) -> FileRecord:
    found = {name: lost.pop(name) for name in sorted(record.held) if name in lost}
    if not found:
        return record
    adopted = (taken_down(entry, record.held[name]) for name, entry in found.items())
    return msgspec.structs.replace(
        record,
        entries=(*record.entries, *adopted),
        essence="",
        kept=tuple(sorted((*record.kept, *found))),
    )


def taken_down(entry: Entry, takedown: Takedown | None) -> Entry:
    """The last good state with what the bad entry clearly says about being taken down."""
    if takedown is None:
        return entry
    return msgspec.structs.replace(
        entry,
        draft=takedown.draft or entry.draft,
        expires=takedown.expires or entry.expires,
        withdrawn=takedown.withdrawn or entry.withdrawn,
    )


def duplicate_id(file: str, place: tuple[int, int], entry_id: str, other: str) -> Problem:
    """The problem of the entry that does not count; ``other`` is where the one stands that does."""
    expected = f"an id that no other entry has (it is that of {other})"
    fix = "give this entry an id of its own, or remove one of the two"
    return Problem(file, *place, "id", repr(entry_id), expected, fix)


def settle(
    records: Iterable[FileRecord], previous: Mapping[str, FileRecord]
) -> tuple[list[FileRecord], list[Problem]]:
    """Leave one claim to each id and to each page."""
    settlement = _Settlement(records, previous)
    settlement.settle_ids()
    settlement.settle_slugs()
    return list(settlement.records.values()), settlement.problems


class Claims:
    """Who claims which id and which page, kept from one look to the next.

    It says quickly whether anything is contested at all, which is rare.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Entry, ...]] = {}
        self._counts: dict[str, int] = {}
        self._contested = 0

    def contested(self, records: Iterable[FileRecord]) -> bool:
        """Whether any id or page is claimed twice; only files that changed are looked into."""
        records = list(records)
        for path in self._seen.keys() - {record.path for record in records}:
            self._note(self._seen.pop(path), -1)
        return self.contested_now(records)

    def contested_now(self, records: Iterable[FileRecord]) -> bool:
        """The same, where all other files claim what they did."""
        for record in records:
            if (before := self._seen.get(record.path)) is not record.entries:
                self._note(before or (), -1)
                self._note(record.entries, 1)
                self._seen[record.path] = record.entries
        return self._contested > 0

    def _note(self, entries: Iterable[Entry], step: int) -> None:
        counts = self._counts
        for entry in entries:
            # No IRI is the name of a page: it has a colon before any slash.
            for key in (entry.iri, page_key(entry.section, entry.slug)):
                before = counts.get(key, 0)
                counts[key] = after = before + step
                self._contested += (after > 1) - (before > 1)
                if not after:
                    del counts[key]


class _Settlement:
    def __init__(self, records: Iterable[FileRecord], previous: Mapping[str, FileRecord]) -> None:
        self.records = {record.path: record for record in records}
        self.previous = previous
        self.problems: list[Problem] = []

    @cached_property
    def former(self) -> dict[str, Entry]:
        """What every identity stood for last time."""
        return {entry.iri: entry for record in self.previous.values() for entry in record.entries}

    def settle_ids(self) -> None:
        """RFC 4287 §4.2.6: an id belongs to one entry."""
        losers: list[tuple[_Claim, Entry | None]] = []
        for claims in self.contested(_identity):
            winner, *others = sorted(claims, key=self.precedence_of_id)
            losers.extend((claim, None) for claim in others)
            self.problems.extend(_same_id(*claim, *winner) for claim in others if _fresh(*claim))
        self.replace(losers)

    def settle_slugs(self) -> None:
        """One page, one entry. What takes the place of a loser may be contested in turn."""
        while contested := self.contested(_page):
            losers: list[tuple[_Claim, Entry | None]] = []
            for claims in contested:
                winner, *others = sorted(claims, key=self.precedence_of_page)
                losers.extend((claim, self.old_page(claim[1])) for claim in others)
                others = [claim for claim in others if _fresh(*claim)]
                self.problems.extend(_same_page(*claim, *winner) for claim in others)
            self.replace(losers)

    def contested(self, key: Callable[[Entry], Hashable]) -> list[list[_Claim]]:
        """The claims to whatever more than one entry claims."""
        keys = [key(entry) for record in self.records.values() for entry in record.entries]
        if len(set(keys)) == len(keys):  # by far the commonest case, and the cheapest
            return []
        claims: dict[Hashable, list[_Claim]] = defaultdict(list)
        for record in self.records.values():
            for entry in record.entries:
                claims[key(entry)].append((record, entry))
        return [several for several in claims.values() if len(several) > 1]

    def precedence_of_id(self, claim: _Claim) -> tuple[bool, bool, str, tuple[int, int]]:
        """Smallest first."""
        record, entry = claim
        old = self.previous.get(record.path)
        had_it = old is not None and any(former.id == entry.id for former in old.entries)
        return not _fresh(*claim), not had_it, *_place(*claim)

    def precedence_of_page(self, claim: _Claim) -> tuple[bool, bool, str, tuple[int, int]]:
        """Smallest first."""
        former = self.former.get(claim[1].iri)
        had_it = former is not None and _page(former) == _page(claim[1])
        return not had_it, not _fresh(*claim), *_place(*claim)

    def old_page(self, entry: Entry) -> Entry | None:
        """The entry as it was under another address."""
        former = self.former.get(entry.iri)
        return former if former and _page(former) != _page(entry) else None

    def replace(self, losers: Iterable[tuple[_Claim, Entry | None]]) -> None:
        """Take losers out of their files, or put their old state in; read those files again."""
        by_path: dict[str, dict[str, Entry | None]] = defaultdict(dict)
        for (record, entry), old in losers:
            by_path[record.path][entry.id] = old
        for path, instead in by_path.items():
            self.records[path] = _with(self.records[path], instead)


def _with(record: FileRecord, instead: Mapping[str, Entry | None]) -> FileRecord:
    olds = [old for _, old in sorted(instead.items()) if old]
    # What was kept and is good elsewhere has moved: a file that still names it gets it no more.
    moved = {name for name in record.kept if name in instead}
    return msgspec.structs.replace(
        record,
        entries=(*(entry for entry in record.entries if entry.id not in instead), *olds),
        essence="",
        kept=tuple(sorted({*record.kept} - moved | {old.id for old in olds})),
        held={name: takedown for name, takedown in record.held.items() if name not in moved},
        again=record.again or instead.keys() != moved,
    )


def _identity(entry: Entry) -> str:
    return entry.iri


def _page(entry: Entry) -> tuple[str, str]:
    return entry.section, entry.slug


def _fresh(record: FileRecord, entry: Entry) -> bool:
    return entry.id not in record.kept


def _place(record: FileRecord, entry: Entry) -> tuple[str, tuple[int, int]]:
    return record.path, record.places.get(entry.id, (0, 0))


def _same_id(record: FileRecord, entry: Entry, winner: FileRecord, kept: Entry) -> Problem:
    path, place = _place(record, entry)
    return duplicate_id(path, place, entry.id, f"'{kept.id}' in {winner.place(kept.id)}")


def _same_page(record: FileRecord, entry: Entry, winner: FileRecord, kept: Entry) -> Problem:
    path, place = _place(record, entry)
    expected = f"a slug of its own in this section (it is that of {winner.place(kept.id)})"
    fix = "write another 'slug: …'; an address that is in use should not change"
    return Problem(path, *place, "slug", repr(entry.slug), expected, fix)
