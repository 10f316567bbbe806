"""The journal: how the builder and the servers do, for the operator and the status page.

In: what was tried, who serves, what was counted; instants with each. Out: the same, newest first.
Everything in it is bounded and may be lost without a byte of a document changing. A helper of
``store``; knows no HTTP and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from feedsvc.agenda import Coming
from feedsvc.store import tables as t
from feedsvc.store.engine import execute, fetch

#: How many attempts are remembered.
KEPT_ATTEMPTS = 200
#: A server that has not been heard of for this long is forgotten.
_FORGOTTEN = timedelta(days=7)

#: ``yielded``: another builder was first, which is nobody's fault.
Result = Literal["published", "unchanged", "yielded", "failed"]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One build, however it went: ``reason`` is why it failed, in one line.

    ``number`` counts all attempts ever. ``entries`` and ``changed`` are 0 where it failed. ``due``
    is when the next one comes at the latest, None where nobody plans one.
    """

    instant: datetime
    why: str
    builder: str
    result: Result
    seconds: float
    reason: str = ""
    snapshot: int | None = None
    entries: int = 0
    changed: int = 0
    due: datetime | None = None
    number: int = 0


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A machine that serves or builds: ``role`` is builder, standby or replica.

    ``snapshot`` is what it shows, or knows to be the newest.
    """

    name: str
    role: str
    version: str
    snapshot: int | None
    seen: datetime


class Bulletin(msgspec.Struct, frozen=True):
    """What a build says of the site: ``facts`` about it, and what will change by itself."""

    facts: Mapping[str, str]
    agenda: tuple[Coming, ...]


def announce(connection: sa.Connection, bulletin: Bulletin) -> None:
    """Replace what is known of the site, within the transaction of a publish."""
    facts = [{"name": name, "value": value} for name, value in bulletin.facts.items()]
    coming = [msgspec.structs.asdict(item) for item in bulletin.agenda]
    for table, rows in ((t.facts, facts), (t.agenda, coming)):
        connection.execute(sa.delete(table))
        if rows:
            connection.execute(sa.insert(table), rows)


class Journal:
    """What the operator may want to know. Every method may raise StoreError."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note(self, attempt: Attempt) -> None:
        """Remember a build, and forget the oldest."""
        facts = msgspec.structs.asdict(attempt)
        del facts["number"]
        number = t.attempts.c.number
        oldest = sa.select(number).order_by(number.desc()).offset(KEPT_ATTEMPTS).limit(1)
        execute(
            self._engine,
            sa.insert(t.attempts).values(facts),
            sa.delete(t.attempts).where(number <= oldest.scalar_subquery()),
        )

    def attempts(self, limit: int = KEPT_ATTEMPTS) -> list[Attempt]:
        """The last builds, newest first."""
        query = sa.select(t.attempts).order_by(t.attempts.c.number.desc()).limit(limit)
        return [Attempt(**row) for row in fetch(self._engine, query)]

    def agenda(self) -> list[Coming]:
        """What will change by itself, as of the last build, soonest first."""
        a = t.agenda.c
        return [
            Coming(**row)
            for row in fetch(self._engine, sa.select(t.agenda).order_by(a.instant, a.id))
        ]

    def facts(self) -> dict[str, str]:
        """What the site is called and where it is, as of the last build."""
        return {row["name"]: row["value"] for row in fetch(self._engine, sa.select(t.facts))}

    def heard(self, server: Server) -> None:
        """A server says that it is there; those that have long said nothing are forgotten."""
        s = t.servers.c
        gone = sa.or_(s.name == server.name, s.seen < server.seen - _FORGOTTEN)
        execute(
            self._engine,
            sa.delete(t.servers).where(gone),
            sa.insert(t.servers).values(msgspec.structs.asdict(server)),
        )

    def left(self, name: str) -> None:
        """A server is there no longer, and said so."""
        execute(self._engine, sa.delete(t.servers).where(t.servers.c.name == name))

    def servers(self) -> list[Server]:
        """Every server that was heard of lately, by name."""
        return [Server(**row) for row in fetch(self._engine, sa.select(t.servers).order_by("name"))]

    def keep(
        self, server: str, span: int, start: datetime, counted: Mapping[str, Any], since: datetime
    ) -> None:
        """Replace what a server counted in the span that began then; forget those before since."""
        s = t.samples.c
        mine = sa.and_(s.server == server, s.span == span, s.start == start)
        old = sa.and_(s.span == span, s.start < since)
        row = {"server": server, "span": span, "start": start, "counted": dict(counted)}
        execute(
            self._engine,
            sa.delete(t.samples).where(sa.or_(mine, old)),
            sa.insert(t.samples).values(row),
        )

    def samples(self, span: int) -> list[tuple[str, datetime, dict[str, Any]]]:
        """Every server's counts of that span: server, start and what was counted, oldest first."""
        s = t.samples.c
        query = sa.select(t.samples).where(s.span == span).order_by(s.start, s.server)
        return [(row["server"], row["start"], row["counted"]) for row in fetch(self._engine, query)]
