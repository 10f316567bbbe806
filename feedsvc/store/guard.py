"""What a database that fails is taken to say: a conflict, damage, or that it does not answer.

In: what SQLAlchemy raises. Out: PublishConflict, StoreDamaged or StoreError, in one line. Knows no
table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from feedsvc.errors import PublishConflict, StoreDamaged, StoreError

#: SQLite's result codes for a file that is damaged, or none of its own. One without tables has
#: been emptied: whoever makes a store makes its tables first.
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def guard() -> Iterator[None]:
    """Say what the database says in one line: PublishConflict or StoreError."""
    try:
        yield
    except IntegrityError as error:
        said = _line(error.orig)
        raise PublishConflict(f"another builder wrote at the same time: {said}") from error
    except SQLAlchemyError as error:
        orig = getattr(error, "orig", None)
        # The rest of SQLAlchemy's text is a statement; its values might be anything.
        said = _line(orig or str(error).partition("\n")[0])
        damaged = getattr(orig, "sqlite_errorcode", 0) & 0xFF in _DAMAGED or (
            isinstance(orig, sqlite3.Error) and said.startswith("no such table")
        )
        raise (StoreDamaged if damaged else StoreError)(f"store: {said}") from error


def _line(said: object) -> str:
    return " ".join(str(said).split())
