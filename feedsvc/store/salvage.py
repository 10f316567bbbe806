"""A damaged SQLite file is put aside, and what can still be read of it begins a new one.

In: the store's URL, or an engine to look into. Out: whether it is damaged; a store in its place.
What is rendered comes from the source again; what is worth saving is memory: when each document
last changed, what feeds have shown, the last good state of entries. Knows no source and no clock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from feedsvc.errors import StoreDamaged, StoreError
from feedsvc.store import schema
from feedsvc.store import tables as t
from feedsvc.store.engine import engine, reading
from feedsvc.store.guard import guard
from feedsvc.store.verify import is_whole

#: Tables of the schema itself, and those whose rows are of use only where none of them is missing.
_LEFT = frozenset({"schema", "origins", "bodies", "feeds"})
#: Of documents, when the current ones changed last; of snapshots, where to go on counting.
_MEMORY = (
    "DELETE FROM documents WHERE valid_until IS NOT NULL",
    "DELETE FROM snapshots WHERE id < (SELECT max(id) FROM snapshots)",
    "UPDATE documents SET fingerprint = '', recipe = ''",
)


def put_aside(url: str) -> None:
    """Rename the file, with what belongs to it: a person may want to look at the last one."""
    file = _file(url)
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        with suppress(FileNotFoundError):
            part.replace(part.with_name(f"{file.name}.damaged{suffix}"))


def begin(url: str, *, remember: bool) -> tuple[str, int]:
    """Begin a new store beside a damaged one; gives its URL and the number of rows saved.

    Where it is not to ``remember`` anything, it is empty.

    Every document counts as changed, so that the next build writes all of them anew; one whose
    bytes are as they were keeps its Last-Modified. Raises StoreError.
    """
    file = _file(url)
    new = file.with_name(f"{file.name}.new")
    beside = f"sqlite:///{new}"
    with _said():
        _remove(new)
        _prepare(beside)
        saved = _saved(file, new) if remember else 0
        if not saved:  # a part would be worse than nothing
            _remove(new)
            _prepare(beside)
    return beside, saved


def replace(url: str) -> None:
    """Put the store that was begun in the place of the damaged one. Raises StoreError."""
    file = _file(url)
    new = file.with_name(f"{file.name}.new")
    # In one file: what is renamed must not leave a part behind.
    with _said(), guard(), closing(sqlite3.connect(new)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with _said():
        put_aside(url)
        new.replace(file)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"store: it is damaged, and a new one cannot be made: {error}") from error


def _prepare(url: str) -> None:
    fresh = engine(url)
    try:
        schema.prepare(fresh)
    finally:
        fresh.dispose()


def examine(made: sa.Engine) -> str:
    """What is wrong with a SQLite store, "" for nothing: its structure, its tables, every body.

    Raises StoreError where it cannot be read for another reason.
    """
    try:
        return _examined(made)
    except StoreDamaged as error:
        return str(error)


def _examined(made: sa.Engine) -> str:
    with reading(made) as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            return str(found)
        if schema.version(connection) is None:
            return "its tables are gone"
        b = t.bodies.c
        for name, coding, data in connection.execute(sa.select(b.digest, b.coding, b.data)):
            if not is_whole(name, coding, bytes(data)):
                return f"body {name} in {coding} is not what it was"
    return ""


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _saved(damaged: Path, new: Path) -> int:
    """Copy every row that can be read; 0 where they do not make a store."""
    rows = 0
    try:
        with (
            closing(sqlite3.connect(f"{damaged.absolute().as_uri()}", uri=True)) as old,
            closing(sqlite3.connect(new)) as target,
        ):
            for table in t.metadata.sorted_tables:
                if table.name not in _LEFT:
                    rows += _copy(old, target, table)
            whole = _is_history(target)
            for statement in _MEMORY:
                target.execute(statement)
            target.commit()
    except (sqlite3.Error, ValueError):
        return 0
    return rows if whole else 0


def _copy(old: sqlite3.Connection, new: sqlite3.Connection, table: sa.Table) -> int:
    columns = [column.name for column in table.columns]
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    statement = f'INSERT OR IGNORE INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608
    count = 0
    for row in _legible(old, table.name, names):
        with suppress(sqlite3.Error):
            new.execute(statement, row)
            count += 1
    return count


def _legible(old: sqlite3.Connection, table: str, names: str) -> Iterator[tuple[object, ...]]:
    """The rows that can be read: from the first on, and from the last back, up to the damage."""
    for order in ("", "DESC"):
        query = f'SELECT {names} FROM "{table}" ORDER BY rowid {order}'  # noqa: S608
        try:
            yield from old.execute(query)
        except (sqlite3.Error, OverflowError):
            continue
        return


def _is_history(new: sqlite3.Connection) -> bool:
    """Whether there is a newest snapshot, and no document that came after it."""
    newest = new.execute("SELECT max(id) FROM snapshots").fetchone()[0]
    last = new.execute("SELECT max(valid_from) FROM documents").fetchone()[0]
    return newest is not None and last is not None and int(last) <= int(newest)
