"""What a new version of the tables needs besides the tables and columns that it adds.

In: a connection within the migration's transaction. Out: rows of today made of those of yesterday.
A step runs once for a store, by the first program that knows it; it must not assume that today's
version is the one that it was written for.
"""

from __future__ import annotations

import json

import sqlalchemy as sa

from feedsvc.store import tables as t

#: Logs as they were kept first: a row for each archive page, its events as JSON.
_ARCHIVES = sa.table("archives", sa.column("section"), sa.column("number"), sa.column("events"))


def logs_by_event(connection: sa.Connection) -> None:
    """Version 1: a row for each event, so that a build reads no more of a log than it must."""
    # The index of what ended also held all that is current, and answered for that slowly.
    connection.exec_driver_sql("DROP INDEX IF EXISTS documents_until")
    next(index for index in t.documents.indexes if index.name == "documents_until").create(
        connection
    )
    if not sa.inspect(connection).has_table("archives"):
        return
    a = _ARCHIVES.c
    # Number 0 was the tail: first by number, last in time.
    last = sa.case((a.number == 0, 1), else_=0)
    query = sa.select(a.section, a.number, a.events).order_by(a.section, last, a.number)
    position: dict[str, int] = {}
    for section, number, events in connection.execute(query).all():
        for event in json.loads(events) if isinstance(events, str) else events:
            at = position.get(section, 0)
            position[section] = at + 1
            iri, state, *path = event
            row = {"section": section, "position": at, "number": number, "iri": iri}
            row |= {"state": state, "path": path[0] if path else ""}
            connection.execute(sa.insert(t.events), row)
    connection.exec_driver_sql("DROP TABLE archives")
