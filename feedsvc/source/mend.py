"""What can be mended in an entry file without guessing, and how.

In: the bytes of one file, the ids that are taken, the zone. Out: the new bytes and what was done.
Mended are: a missing id (made of the entry's own words; nobody can know an entry that has none),
a date that can mean one day only in a form that is not accepted, a key in capitals, and
``withdrawn: DATE``. All else has more than one answer, and is left to a person. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, tzinfo
from typing import NamedTuple

import msgspec

from feedsvc.errors import SourceError
from feedsvc.source import dates, edit, identity, nodes, wrongdates
from feedsvc.source.edit import Splice
from feedsvc.source.entryfields import ENTRY
from feedsvc.source.fields import Unfit, place_of
from feedsvc.source.nodes import List, Mapping, Node, Scalar
from feedsvc.source.written import Written

_INSTANTS = ("published", "updated", "expires")


class Done(msgspec.Struct, frozen=True, order=True):
    """One thing that was mended, and where it stands now."""

    file: str
    line: int
    column: int
    field: str
    words: str

    def __str__(self) -> str:
        """In the form of a problem."""
        return f"{self.file}:{self.line}:{self.column}: {self.field}: {self.words}"


class Mended(msgspec.Struct, frozen=True):
    """A file with all that could be mended."""

    data: bytes
    done: tuple[Done, ...] = ()


def mend(file: str, data: bytes, zone: tzinfo, taken: set[str]) -> Mended:
    """Mend one file; its new ids join those that are ``taken``.

    A file that does not parse stays as it is. Raises SourceError where a change cannot be written
    without changing something else.
    """
    try:
        root = nodes.parse(file, data).root
    except SourceError:
        return Mended(data)
    mending = _Mending(Written(data), zone, taken)
    for item in root.items if isinstance(root, List) else [root]:
        if isinstance(item, Mapping):
            mending.entry(item)
    if not mending.changes:
        return Mended(data)
    # The nodes were changed as well: in the end both must say the same.
    new = edit.checked(file, edit.spliced(mending.written, mending.splices()), root)
    return Mended(new, mending.done(file, Written(new)))


class _Change(NamedTuple):
    splice: Splice
    field: str
    words: str


class _Mending:
    """One file on its way: every change is made in the text and in the nodes."""

    def __init__(self, written: Written, zone: tzinfo, taken: set[str]) -> None:
        self.written = written
        self.zone = zone
        self.taken = taken
        self.changes: list[_Change] = []

    def splices(self) -> list[Splice]:
        """All changes of the text, in order."""
        return sorted(change.splice for change in self.changes)

    def done(self, file: str, new: Written) -> tuple[Done, ...]:
        """What was done, at its place in the new text."""
        found, grown = [], 0
        for change in sorted(self.changes):
            place = new.place(change.splice.offset + grown)
            found.append(Done(file, *place, change.field, change.words))
            grown += len(change.splice.new) - change.splice.length
        return tuple(found)

    def entry(self, node: Mapping) -> None:
        """Mend what can be mended in one entry."""
        self.keys(node)
        for name in _INSTANTS:
            self.moment(name, place_of(node, name), self.instant)
        self.moment("event_date", place_of(node, "event_date"), _day)
        self.withdrawn(node)
        self.id(node)

    def keys(self, node: Mapping) -> None:
        """Keys in capitals, as tablets write them."""
        there = {key.value for key, _ in node.pairs}
        for key, _ in node.pairs:
            small = key.value.lower()
            if key.value not in ENTRY.fields and small in ENTRY.fields and small not in there:
                self.replace(key, small, "key")

    def moment(self, name: str, node: Node, valid: Callable[[str], bool]) -> None:
        """A date in another form that can mean one thing only."""
        if isinstance(node, Scalar) and (good := _certain(node.value, valid)):
            self.replace(node, good, name)

    def withdrawn(self, node: Mapping) -> None:
        """``withdrawn: DATE`` means ``withdrawn: {at: DATE}``."""
        for index, (key, value) in enumerate(node.pairs):
            if key.value != "withdrawn":
                continue
            if isinstance(value, Mapping):
                self.moment("withdrawn.at", place_of(value, "at"), self.instant)
            elif isinstance(value, Scalar) and (place := edit.raw(self.written, value)):
                date = _certain(value.value, self.instant) or value.value.strip()
                if self.instant(date):
                    self.change(place, f"{{at: {date}}}", "withdrawn", value.value)
                    at = Scalar("at", "", 0, 0), Scalar(date, "", 0, 0)
                    node.pairs[index] = key, Mapping([at], 0, 0)

    def id(self, node: Mapping) -> None:
        """An id for an entry that has none, as ``check`` suggests it."""
        place = place_of(node, "id")
        empty = isinstance(place, Scalar) and (place.null or not place.value.strip())
        if not (place is node or empty) or any(_meant_as_id(key) for key, _ in node.pairs):
            return
        if word := identity.word_for(node):
            name = identity.unused(word, self.taken, _published(node))
            self.taken.add(name)
            if isinstance(place, Scalar):
                self.replace(place, name, "id")
            else:
                self.insert(node, name)

    def insert(self, node: Mapping, name: str) -> None:
        """An id before the first key."""
        first = node.pairs[0][0]
        offset = self.written.offset(node)
        if self.written.text[offset] == "{":
            offset, end = self.written.offset(first), ", "
        else:
            end = edit.line_end(self.written.text) + " " * (node.column - 1)
        self.changes.append(_Change(Splice(offset, 0, f"id: {name}{end}"), "id", f"wrote '{name}'"))
        node.pairs.insert(0, (Scalar("id", "", 0, 0), Scalar(name, "", 0, 0)))

    def replace(self, node: Scalar, new: str, field: str) -> None:
        """Another value in the same quotes."""
        if node.null or not node.value:
            self.fill(node, new, field)
        elif place := edit.raw(self.written, node):
            self.change(place, f"{node.style}{new}{node.style}", field, node.value)
            node.value = new

    def fill(self, node: Scalar, new: str, field: str) -> None:
        """A value where there was none, or ``~`` or an empty pair of quotes."""
        offset = self.written.offset(node)
        length = len(node.value) + 2 * len(node.style)
        glued = self.written.text[offset - 1 : offset] == ":"
        splice = Splice(offset, length, f" {new}" if glued else new)
        self.changes.append(_Change(splice, field, f"wrote '{new}'"))
        node.value, node.style = new, ""

    def change(self, place: tuple[int, int], new: str, field: str, old: str) -> None:
        """Something new in place of something old."""
        words = f"wrote {new} in place of '{old}'"
        self.changes.append(_Change(Splice(*place, new), field, words))

    def instant(self, text: str) -> bool:
        """Whether the text is a good date in the site's zone."""
        with suppress(Unfit):
            dates.instant(text, self.zone)
            return True
        return False


def _published(node: Mapping) -> date | None:
    """The day of publication as it stands there."""
    published = place_of(node, "published")
    with suppress(Unfit):
        if isinstance(published, Scalar):
            return dates.parse(published.value.strip()).reading.date()
    return None


def _certain(text: str, valid: Callable[[str], bool]) -> str | None:
    """The date in an accepted form, if it is in none and can mean but one day."""
    text = text.strip()
    if not text or valid(text):
        return None
    good = wrongdates.mended(text)
    return good if good and valid(good) else None


def _day(text: str) -> bool:
    with suppress(Unfit):
        return not dates.parse(text).clock
    return False


def _meant_as_id(key: Scalar) -> bool:
    return key.value not in ENTRY.fields and ENTRY.meant(key.value) == "id"
