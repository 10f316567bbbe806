"""How a database is opened, read and written: what SQLite and PostgreSQL do differently.

In: a database URL. Out: an engine, and transactions: ``reading`` sees one state of the store from
beginning to end, ``writing`` is alone. Knows no table but the one that writers lock.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError

from feedsvc.errors import StoreError
from feedsvc.store.guard import guard

_POSTGRES = "postgresql"
#: To whom a publish speaks: whoever listens to this.
CHANNEL = "feedsvc"
#: One writer at a time, and none but those who may write here: this mode excludes itself alone, not
#: those who read the table or renew a lease in it.
_ALONE = "LOCK TABLE lease IN SHARE UPDATE EXCLUSIVE MODE"
#: How we notice, in seconds, that PostgreSQL is out of reach; a URL may say otherwise.
_REACH = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "application_name": "feedsvc",
}


def engine(url: str) -> sa.Engine:
    """An engine for ``sqlite:///…`` or ``postgresql://…`` (by psycopg 3). Connects later.

    Raises StoreError where the URL is neither; its text holds nothing of the URL but the scheme.
    """
    place = parse(url)
    if place.get_backend_name() == _POSTGRES:
        from feedsvc.store import postgres  # noqa: PLC0415 - psycopg loads for long

        return postgres.engine(place, reach(place))
    made = sa.create_engine(place, hide_parameters=True)
    sa.event.listen(made, "do_connect", _connect_sqlite)
    sa.event.listen(made, "connect", _prepare_sqlite)
    sa.event.listen(made, "checkout", _same_file)
    return made


def parse(url: str) -> sa.URL:
    """The parts of a store's URL. Raises StoreError."""
    expected = "expected sqlite:///var/feedsvc.db or postgresql://user@host/database"
    try:
        place = sa.make_url(url)
        name = place.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise StoreError(f"store: its URL cannot be read; {expected}") from None
    if name not in {"sqlite", _POSTGRES}:
        raise StoreError(f"store: found {name}; {expected}")
    return place


def is_shared(url: str) -> bool:
    """Whether the store is one that several machines use. Raises StoreError."""
    return parse(url).get_backend_name() == _POSTGRES


def shown(url: str) -> str:
    """Which store it is, for people: nothing secret is in it."""
    place = parse(url)
    port = f":{place.port}" if place.port else ""
    return f"{place.database or ''} on {place.host or 'this computer'}{port}"


def reach(place: sa.URL) -> dict[str, str]:
    """What libpq is to be told besides the URL."""
    return {name: value for name, value in _REACH.items() if name not in place.query}


def is_postgres(connection: sa.Connection | sa.Engine) -> bool:
    """Whether that is PostgreSQL; else it is SQLite."""
    return connection.dialect.name == _POSTGRES


def ring(connection: sa.Connection, snapshot: int) -> None:
    """Wake whoever listens to the store, when this transaction commits."""
    if is_postgres(connection):
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, str(snapshot))))


@contextmanager
def reading(made: sa.Engine) -> Iterator[sa.Connection]:
    """Several statements that see the same state of the store. Raises StoreError."""
    with guard(), made.connect() as connection:
        if is_postgres(made):
            connection = connection.execution_options(  # noqa: PLW2901 - the same one
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            connection.exec_driver_sql("BEGIN")
        yield connection


@contextmanager
def writing(made: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction of which there is one at a time: the next one sees all that this one wrote.

    Raises StoreError, also where another one takes too long.
    """
    with guard(), made.begin() as connection:
        if is_postgres(made):
            connection.exec_driver_sql(_ALONE)
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Very many rows, their values in the order of the table's columns.

    SQLAlchemy looks anew at each value of each row: for a first build that is a tenth of the time.
    """
    if not rows:
        return
    dialect = connection.dialect
    statement = sa.insert(table).compile(dialect=dialect)
    columns = zip(*rows, strict=True)
    made = zip(*map(partial(_bound, dialect), table.columns, columns), strict=True)
    if statement.positional:
        connection.exec_driver_sql(str(statement), list(made))
    else:
        names = table.columns.keys()
        named = [dict(zip(names, row, strict=True)) for row in made]
        connection.exec_driver_sql(str(statement), named)


def _bound(dialect: sa.Dialect, column: sa.Column[Any], values: Sequence[Any]) -> Iterable[Any]:
    """A column's values as the driver takes them: bytes as they are, what is alike made once."""
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    if convert is None or isinstance(column.type, sa.LargeBinary):
        return values
    made = {value: convert(value) for value in set(values)}
    return [made[value] for value in values]


def _connect_sqlite(_dialect: Any, record: Any, names: Any, options: Any) -> Any:
    """A file that was closed well, on a disk that has become read-only, is read as it is.

    In WAL mode SQLite would make two files beside it, and fail. None where that is not so.
    """
    file = Path(names[0]) if names and names[0] else None
    record.info["fixed"] = fixed = file is not None and _is_fixed(file)
    if not fixed or file is None:
        return None
    return sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", **options | {"uri": True})


def _is_fixed(file: Path) -> bool:
    beside = file.with_name(f"{file.name}-wal").exists() or os.access(file.parent, os.W_OK)
    return file.is_file() and not beside


def fetch(made: sa.Engine, query: sa.Select[Any]) -> list[dict[str, Any]]:
    """What the query finds, by column. Raises StoreError."""
    with reading(made) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def execute(made: sa.Engine, *statements: sa.Executable) -> int:
    """All of them in one transaction; gives the number of rows that the first one met.

    It begins with a write: so it waits its turn, and never fails for having read too early. It need
    not be alone. Raises StoreError.
    """
    if not statements:
        return 0
    with guard(), made.begin() as connection:
        met = [connection.execute(statement).rowcount for statement in statements]
    return int(met[0])


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Readers never wait for the writer (WAL), and a writer waits its turn."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    file = cursor.execute("PRAGMA database_list").fetchone()[2]
    cursor.close()
    record.info["file"] = file, _inode(file)


def _same_file(_connection: Any, record: Any, _proxy: Any) -> None:
    """A damaged copy may have been replaced by a new one: that one is meant from then on."""
    file, inode = record.info["file"]
    if file and inode != _inode(file):
        raise DisconnectionError("the database is another file now")
    if record.info["fixed"] and not _is_fixed(Path(file)):
        raise DisconnectionError("the disk can be written again")


def _inode(file: str) -> int:
    try:
        return Path(file).stat().st_ino if file else 0
    except OSError:
        return 0
