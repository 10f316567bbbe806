"""The outbox: which hub is still to be told of which topic, until it has taken the ping.

In: topics at a publish, in its transaction; instants and outcomes from the pinger. Out: pings, the
state of each hub. What is written here survives a crash and a restart. A helper of ``store``; knows
no HTTP and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from feedsvc.store import tables as t
from feedsvc.store.engine import execute, fetch


class Ping(msgspec.Struct, frozen=True, kw_only=True):
    """One hub to be told of one topic.

    ``snapshot`` is the one with the newest bytes of the topic: what was sent for an older one does
    not count. ``since`` and ``due`` are None until ``admit``.
    """

    topic: str
    hub: str
    snapshot: int
    attempts: int = 0
    since: datetime | None = None
    due: datetime | None = None
    last_error: str | None = None


class HubState(msgspec.Struct, frozen=True, kw_only=True):
    """How a hub of the config does: for the status page.

    ``waiting`` counts its pings, ``next_try`` is when the first of them is due.
    """

    url: str
    waiting: int
    next_try: datetime | None
    last_success: datetime | None
    last_failure: datetime | None
    last_error: str | None

    @property
    def failing(self) -> bool:
        """Whether the last thing that it was told was not taken."""
        return self.last_failure is not None and (
            self.last_success is None or self.last_success < self.last_failure
        )


def enqueue(
    connection: sa.Connection, topics: Sequence[str], hubs: Sequence[str], snapshot: int
) -> None:
    """Write a ping for each topic and hub, within the transaction that publishes the topics.

    A ping that still waits is replaced: hubs fetch what is newest, so one is enough. Hubs that
    the config no longer names are forgotten.
    """
    connection.execute(sa.delete(t.pings).where(t.pings.c.hub.not_in(hubs)))
    connection.execute(sa.delete(t.hubs).where(t.hubs.c.url.not_in(hubs)))
    known = set(connection.execute(sa.select(t.hubs.c.url)).scalars())
    wanted = dict.fromkeys(hubs)
    _insert(connection, t.hubs, [{"url": hub} for hub in wanted if hub not in known])
    for topic in topics:
        connection.execute(sa.delete(t.pings).where(t.pings.c.topic == topic))
    rows = [
        {"topic": topic, "hub": hub, "snapshot": snapshot, "attempts": 0}
        for topic in topics
        for hub in wanted
    ]
    _insert(connection, t.pings, rows)


class Outbox:
    """Pings that wait, and what became of them. Every method may raise StoreError."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def waiting(self) -> list[Ping]:
        """Every ping that no hub has taken yet, the one that is due first at the front."""
        p = t.pings.c
        query = sa.select(t.pings).order_by(sa.func.coalesce(p.due, ""), p.hub, p.topic)
        return [Ping(**row) for row in fetch(self._engine, query)]

    def admit(self, now: datetime, due: datetime) -> None:
        """Plan the pings that were written since: their patience begins now."""
        new = sa.update(t.pings).where(t.pings.c.due.is_(None))
        execute(self._engine, new.values(since=now, due=due))

    def claim(self, ping: Ping, until: datetime) -> bool:
        """Take a ping for oneself until then: False where somebody else has, or it is outdated.

        A pinger that dies before it says what came of it leaves the ping to the next one.
        """
        mine = _same(ping).where(t.pings.c.due == ping.due)
        return execute(self._engine, mine.values(due=until)) == 1

    def taken(self, ping: Ping, now: datetime) -> None:
        """The hub has taken it: forget it, unless the topic has changed again meanwhile."""
        done = sa.delete(t.pings).where(*_key(ping))
        good = sa.update(t.hubs).where(t.hubs.c.url == ping.hub).values(last_success=now)
        execute(self._engine, done, good)

    def postpone(self, ping: Ping, error: str, now: datetime, due: datetime) -> None:
        """The hub has not taken it: try again then."""
        later = _same(ping).values(due=due, attempts=ping.attempts + 1, last_error=error)
        execute(self._engine, later, _failure(ping, error, now))

    def give_up(self, ping: Ping, error: str, now: datetime) -> None:
        """The hub will not be told of this any more; its last error is remembered."""
        execute(self._engine, sa.delete(t.pings).where(*_key(ping)), _failure(ping, error, now))

    def hubs(self) -> list[HubState]:
        """The state of each hub of the config as it was last published."""
        h, p = t.hubs.c, t.pings.c
        query = (
            sa.select(
                t.hubs,
                sa.func.count(p.topic).label("waiting"),
                sa.type_coerce(sa.func.min(p.due), t.Instant).label("next_try"),
            )
            .join_from(t.hubs, t.pings, p.hub == h.url, isouter=True)
            .group_by(*h)
            .order_by(h.url)
        )
        return [HubState(**row) for row in fetch(self._engine, query)]


def _key(ping: Ping) -> tuple[sa.ColumnElement[bool], ...]:
    p = t.pings.c
    return p.topic == ping.topic, p.hub == ping.hub, p.snapshot == ping.snapshot


def _same(ping: Ping) -> sa.Update:
    return sa.update(t.pings).where(*_key(ping))


def _failure(ping: Ping, error: str, now: datetime) -> sa.Update:
    return (
        sa.update(t.hubs).where(t.hubs.c.url == ping.hub).values(last_failure=now, last_error=error)
    )


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    if rows := list(rows):
        connection.execute(sa.insert(table), rows)
