"""The schema's versions: how tables of an older program become those of this one, while it serves.

In: an engine. Out: tables as ``tables`` has them, and the number of their version. Knows no row.

Changes are additive: a table or column that is missing is added, so a program of the version before
goes on reading and writing meanwhile. A new column that may not be NULL begins with its type's zero
(0, "" or an empty list); where that is not what it should say, a step in ``STEPS`` fills it.
``READERS`` moves only when an older program would misread what is there: it refuses the store then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from feedsvc.errors import StoreError, StoreTooNew
from feedsvc.store import tables as t
from feedsvc.store.engine import is_postgres, reading
from feedsvc.store.guard import guard
from feedsvc.store.rights import as_owner, grant
from feedsvc.store.steps import logs_by_event

#: The version of the tables as they are in ``tables``. Version 0 had no number.
LATEST = 1
#: The oldest program that reads them rightly.
READERS = 1
#: What is to be done besides adding what is missing, by the version that it leads to.
STEPS: Mapping[int, Callable[[sa.Connection], None]] = {1: logs_by_event}

#: Names the lock that one migration has at a time, together with PostgreSQL's schema.
_LOCK = 0x666565

versions = sa.Table(
    "schema",
    t.metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("readers", sa.Integer, nullable=False),
)


class Version(msgspec.Struct, frozen=True):
    """What a store says of itself: its version, and the oldest program that reads it rightly."""

    number: int
    readers: int


def version(connection: sa.Connection) -> Version | None:
    """The store's version; None where there are no tables yet."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(versions.name):
        return Version(0, 0) if inspector.has_table(t.snapshots.name) else None
    row = connection.execute(sa.select(versions)).first()
    return Version(row.version, row.readers) if row else Version(0, 0)


def check_readable(connection: sa.Connection) -> Version | None:
    """The store's version. Raises StoreTooNew where this program would misread it."""
    found = version(connection)
    if found and found.readers > LATEST:
        raise StoreTooNew(_refusal(found, "read"))
    return found


def prepare(
    engine: sa.Engine,
    latest: int = LATEST,
    steps: Mapping[int, Callable[[sa.Connection], None]] = STEPS,
) -> None:
    """Make the tables, or bring them up to ``latest``, in one transaction.

    Programs that start at the same time wait for each other. Raises StoreTooNew where a newer
    program has changed them, and StoreError where the role of the URL may not make or change them.
    """
    with reading(engine) as connection:
        if _is_ready(version(connection), latest):
            return
    with guard(), engine.begin() as connection:
        _alone(connection)
        found = version(connection)
        if not _is_ready(found, latest):
            _migrate(connection, found.number if found else None, latest, steps)


def _is_ready(found: Version | None, latest: int) -> bool:
    if found and found.number > latest:
        raise StoreTooNew(_refusal(found, "write"))
    return found is not None and found.number == latest


def _refusal(found: Version, verb: str) -> str:
    return (
        f"store: found tables of version {found.number}, made by a newer feedsvc; expected at most "
        f"{LATEST}; fix: bring this feedsvc up to date: it cannot {verb} them rightly"
    )


def _alone(connection: sa.Connection) -> None:
    if is_postgres(connection):
        schema = sa.func.hashtext(sa.func.current_schema())
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, schema)))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(
    connection: sa.Connection,
    number: int | None,
    latest: int,
    steps: Mapping[int, Callable[[sa.Connection], None]],
) -> None:
    try:
        with as_owner(connection):
            _complete(connection)
            # Tables that were just made need no filling.
            for step in range((latest if number is None else number) + 1, latest + 1):
                steps.get(step, _nothing)(connection)
            connection.execute(sa.delete(versions))
            connection.execute(sa.insert(versions).values(version=latest, readers=READERS))
            grant(connection)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient_privilege
            raise
        raise StoreError(
            f"store: found tables of version {number or 'none'}; expected {latest}; fix: let a "
            "builder whose role may change them start first, as config/fleet/roles.sql sets it up"
        ) from error


def _nothing(_connection: sa.Connection) -> None:
    """No step: what was missing has been added."""


def _complete(connection: sa.Connection) -> None:
    """Add every table, column and index that is missing."""
    inspector = sa.inspect(connection)
    known = set(inspector.get_table_names())
    for table in t.metadata.sorted_tables:
        if table.name not in known:
            table.create(connection)
            continue
        there = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                _add(connection, table, column)
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in indexes:
                index.create(connection)


def _add(connection: sa.Connection, table: sa.Table, column: sa.Column[object]) -> None:
    """Add a column; where it may not be NULL, old rows hold the zero of its type."""
    preparer = connection.dialect.identifier_preparer
    kind = column.type.compile(connection.dialect)
    rule = "" if column.nullable else f" NOT NULL DEFAULT {_zero(column.type)}"
    connection.exec_driver_sql(
        f"ALTER TABLE {preparer.format_table(table)} "
        f"ADD COLUMN {preparer.format_column(column)} {kind}{rule}"
    )


def _zero(kind: sa.types.TypeEngine[object]) -> str:
    if isinstance(kind, sa.JSON):
        return "'[]'"
    if isinstance(kind, sa.Integer | sa.Float):
        return "0"
    return "''"
