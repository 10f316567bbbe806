"""What each section's feeds have shown, in order: the logs that archives are made of, RFC 5005.

In: names of sections, identities of entries, paths. Out: events, and the state of each log. Only
what is asked for is read, for a log has at least one event for every entry there ever was. Knows no
document; what is added to a log is written with the publication that it belongs to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from feedsvc.archives import Event, Growth, Log, Noted
from feedsvc.store import tables as t
from feedsvc.store.engine import insert, reading

_EVENT = (t.events.c.iri, t.events.c.state, t.events.c.path)


class Chronicle:
    """The logs of all sections. Every method may raise StoreError."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def logs(self) -> dict[str, Log]:
        """The log of each section: what is not sealed, and how much is."""
        e = t.events.c
        sums = sa.select(
            e.section,
            sa.func.max(e.number),
            sa.func.count().filter(e.number > 0),
        ).group_by(e.section)
        tails: dict[str, list[Event]] = defaultdict(list)
        query = sa.select(e.section, *_EVENT).where(e.number == 0)
        with reading(self._engine) as connection:
            for section, *event in connection.execute(query.order_by(e.section, e.position)):
                tails[section].append(Event(*event))
            return {
                section: Log(pages, start, tuple(tails[section]))
                for section, pages, start in connection.execute(sums)
            }

    def of(self, section: str, iris: Iterable[str]) -> list[Noted]:
        """Every event of these entries in the section's log, in order."""
        e = t.events.c
        return _in_order(
            self._rows(e.section == section, e.iri, iris, e.position, e.number, *_EVENT)
        )

    def pages(self, section: str, numbers: Iterable[int]) -> dict[int, tuple[Event, ...]]:
        """The events that are sealed in these pages."""
        e = t.events.c
        found: dict[int, list[Event]] = defaultdict(list)
        rows = self._rows(e.section == section, e.number, numbers, e.position, e.number, *_EVENT)
        for noted in _in_order(rows):
            found[noted.number].append(noted.event)
        return {number: tuple(events) for number, events in found.items()}

    def at(self, paths: Iterable[str]) -> list[Event]:
        """The events of every entry whose page stood at one of these paths, in order."""
        e = t.events.c
        rows = self._rows(e.path != "", e.path, paths, e.position, e.number, *_EVENT)
        return [noted.event for noted in _in_order(rows)]

    def whole(self, section: str) -> list[Noted]:
        """The section's whole log."""
        e = t.events.c
        query = sa.select(e.number, *_EVENT).where(e.section == section).order_by(e.position)
        with reading(self._engine) as connection:
            return [Noted(n, Event(*event)) for n, *event in connection.execute(query)]

    def copy(self) -> dict[str, Growth]:
        """Every log, as what an empty one must gain to be the same."""
        return {section: _growth(self.whole(section)) for section in self.logs()}

    def _rows(
        self,
        where: sa.ColumnElement[bool],
        column: sa.ColumnElement[Any],
        values: Iterable[Any],
        *wanted: sa.ColumnElement[Any],
    ) -> Iterator[sa.Row[Any]]:
        with reading(self._engine) as connection:
            for some in t.batches(list(values)):
                yield from connection.execute(sa.select(*wanted).where(where, column.in_(some)))


def _in_order(rows: Iterable[sa.Row[Any]]) -> list[Noted]:
    """Rows of position, number and event, in order of position."""
    return [Noted(number, Event(*event)) for _, number, *event in sorted(map(tuple, rows))]


def _growth(noted: list[Noted]) -> Growth:
    counts = Counter(note.number for note in noted if note.number)
    return Growth(
        Log(),
        tuple(note.event for note in noted),
        tuple(counts[number] for number in sorted(counts)),
    )


def grow(connection: sa.Connection, logs: Mapping[str, Growth]) -> None:
    """Write down what the logs gain: events are added and never changed, only sealed."""
    for section, growth in logs.items():
        numbers = [number for number, page in growth.new_pages() for _ in page]
        known = len(growth.before.tail)
        first = growth.before.start
        _seal(connection, section, first, numbers[:known])
        positions = range(first + known, first + known + len(growth.events))
        for some in t.batches(positions):
            rows = [
                (
                    section,
                    position,
                    numbers[position - first] if position - first < len(numbers) else 0,
                    *msgspec.structs.astuple(growth.events[position - first - known]),
                )
                for position in some
            ]
            insert(connection, t.events, rows)


def _seal(connection: sa.Connection, section: str, first: int, numbers: list[int]) -> None:
    """Note for each event from position ``first`` on in which page it is sealed."""
    e = t.events.c
    for number in dict.fromkeys(numbers):
        start = first + numbers.index(number)
        end = start + numbers.count(number)
        connection.execute(
            sa.update(t.events)
            .where(e.section == section, e.position >= start, e.position < end)
            .values(number=number)
        )
