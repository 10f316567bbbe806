"""What people are told: each problem once, its end once, and letters until they have arrived.

In: what is wrong at present, instants, letters. Out: what is still to be told, and letters that
wait. What is written here survives a crash and a restart. A helper of ``store``; knows no mail, no
HTTP and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from feedsvc.store import tables as t
from feedsvc.store.engine import execute, fetch
from feedsvc.store.guard import guard


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong: since when, when people were told, since when it is over.

    ``key`` stays the same while it moves within its file; ``text`` is the line that people read.
    """

    key: str
    text: str
    since: datetime
    told: datetime | None = None
    over: datetime | None = None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent over a channel; ``facts`` are for programs. ``number`` names it."""

    channel: str
    subject: str
    text: str
    facts: dict[str, Any]
    since: datetime
    due: datetime
    attempts: int = 0
    last_error: str | None = None
    number: int = 0


class Notices:
    """Notices and letters. Every method may raise StoreError."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def report(self, wrong: Mapping[str, str], now: datetime, *, whole: bool = True) -> None:
        """Note what is wrong now, a text by key.

        ``whole``: what is not among it is over. What is over before anybody was told never was.
        """
        n = t.notices.c
        known = {notice.key: notice for notice in self.all()}
        new = [{"key": k, "text": v, "since": now} for k, v in wrong.items() if k not in known]
        back = [key for key in wrong if key in known and known[key].over]
        gone = [k for k, notice in known.items() if whole and k not in wrong and not notice.over]
        one = n.key == sa.bindparam("one")
        # Row by row: a statement takes only so many values.
        with guard(), self._engine.begin() as connection:
            for statement, rows in (
                (sa.insert(t.notices), new),
                (sa.update(t.notices).where(one).values(over=None), _each(back)),
                (sa.delete(t.notices).where(one, n.told.is_(None)), _each(gone)),
                (sa.update(t.notices).where(one).values(over=now), _each(gone)),
            ):
                if rows:
                    connection.execute(statement, rows)

    def all(self) -> list[Notice]:
        """Everything that is wrong, or over and not yet told so, oldest first."""
        n = t.notices.c
        return [
            Notice(**row)
            for row in fetch(self._engine, sa.select(t.notices).order_by(n.since, n.key))
        ]

    def tell(
        self,
        new: Iterable[Notice],
        over: Iterable[Notice],
        letters: Sequence[Letter],
        now: datetime,
    ) -> None:
        """Write the letters that tell of these, in the transaction that marks them as told."""
        n = t.notices.c
        told = (sa.update(t.notices).where(n.key == one.key).values(told=now) for one in new)
        done = (sa.delete(t.notices).where(n.key == one.key) for one in over)
        rows = [{**msgspec.structs.asdict(letter)} for letter in letters]
        for row in rows:
            del row["number"]
        written = [sa.insert(t.letters).values(row) for row in rows]
        execute(self._engine, *written, *told, *done)

    def letters(self) -> list[Letter]:
        """Every letter that has not arrived, the one that is due first at the front."""
        c = t.letters.c
        query = sa.select(t.letters).order_by(c.due, c.number)
        return [Letter(**row) for row in fetch(self._engine, query)]

    def claim(self, letter: Letter, until: datetime) -> bool:
        """Take a letter for oneself until then: False where somebody else has."""
        mine = _same(letter).where(t.letters.c.due == letter.due)
        return execute(self._engine, mine.values(due=until)) == 1

    def postpone(self, letter: Letter, error: str, due: datetime) -> None:
        """It has not arrived: try again then."""
        later = _same(letter).values(due=due, attempts=letter.attempts + 1, last_error=error)
        execute(self._engine, later)

    def forget(self, letter: Letter) -> None:
        """It has arrived, or is given up."""
        execute(self._engine, sa.delete(t.letters).where(t.letters.c.number == letter.number))


def _each(keys: Iterable[str]) -> list[dict[str, Any]]:
    return [{"one": key} for key in keys]


def _same(letter: Letter) -> sa.Update:
    return sa.update(t.letters).where(t.letters.c.number == letter.number)
