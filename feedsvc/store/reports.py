"""What replicas say of themselves: that they are there, and what they counted.

In: the shared store, a replica's copy, the replica's name. Out: its rows in the shared store, and
everybody's in the copy, so that each status page shows the whole fleet. Only what is new travels.
A helper of ``replication``; knows no clock.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feedsvc.store import tables as t
from feedsvc.store.engine import reading
from feedsvc.store.guard import guard

_Row = dict[str, Any]


def exchange(shared: sa.Engine, copy: sa.Engine, name: str) -> None:
    """Send our rows, fetch those of others. Raises StoreError."""
    _send(copy, shared, ours=True, name=name)
    _send(shared, copy, ours=False, name=name)


def _send(giver: sa.Engine, taker: sa.Engine, *, ours: bool, name: str) -> None:
    """Make the taker's rows of these servers those of the giver."""
    servers = _whose(t.servers.c.name, name, ours=ours)
    with reading(giver) as source:
        heard = _rows(source, sa.select(t.servers).where(servers))
        samples = t.samples.c
        mine = _whose(samples.server, name, ours=ours)
        with reading(taker) as target:
            since = _latest(target, mine)
        new = _new(source, mine, since)
        begun = _earliest(source, mine)
    with guard(), taker.begin() as target:
        target.execute(sa.delete(t.servers).where(servers))
        _insert(target, t.servers, heard)
        for row in new:
            target.execute(sa.delete(t.samples).where(*_key(row)))
        _insert(target, t.samples, new)
        for span, start in begun.items():
            old = sa.and_(mine, samples.span == span, samples.start < start)
            target.execute(sa.delete(t.samples).where(old))


def _whose(column: sa.Column[str], name: str, *, ours: bool) -> sa.ColumnElement[bool]:
    return column == name if ours else column != name


def _latest(connection: sa.Connection, mine: sa.ColumnElement[bool]) -> dict[tuple[str, int], Any]:
    """The last start of each server and span: what was counted since may be new."""
    c = t.samples.c
    query = sa.select(c.server, c.span, sa.func.max(c.start)).where(mine).group_by(c.server, c.span)
    return {(server, span): start for server, span, start in connection.execute(query)}


def _earliest(connection: sa.Connection, mine: sa.ColumnElement[bool]) -> dict[int, Any]:
    c = t.samples.c
    query = sa.select(c.span, sa.func.min(c.start)).where(mine).group_by(c.span)
    return {row[0]: row[1] for row in connection.execute(query)}


def _new(
    connection: sa.Connection, mine: sa.ColumnElement[bool], since: dict[tuple[str, int], Any]
) -> list[_Row]:
    c = t.samples.c
    servers = connection.execute(sa.select(c.server, c.span).where(mine).distinct()).all()
    found: list[_Row] = []
    for server, span in servers:
        query = sa.select(t.samples).where(c.server == server, c.span == span)
        if start := since.get((server, span)):
            query = query.where(c.start >= start)
        found += _rows(connection, query)
    return found


def _key(row: _Row) -> tuple[sa.ColumnElement[bool], ...]:
    c = t.samples.c
    return c.server == row["server"], c.span == row["span"], c.start == row["start"]


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[_Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _insert(connection: sa.Connection, table: sa.Table, rows: list[_Row]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)
