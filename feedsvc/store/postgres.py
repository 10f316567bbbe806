"""What PostgreSQL alone must be told. Loaded where it is the store: psycopg loads for long.

In: the URL of a database. Out: an engine whose connections notice a far end that is gone, and keep
any text; and tables with the partial indexes that SQLite has.
"""

from __future__ import annotations

from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.types.string import StrDumper

from feedsvc.store.tables import metadata

#: How PostgreSQL notices that we are, and how long we wait for another writer. A client that says
#: nothing within a transaction is stopped or cut off: it must not keep others from writing.
_SESSION = """
SET lock_timeout = '15s';
SET idle_in_transaction_session_timeout = '30s';
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 3;
SET tcp_keepalives_count = 3;
SET tcp_user_timeout = 15000;
"""


def engine(place: sa.URL, settings: dict[str, str]) -> sa.Engine:
    """An engine by psycopg 3; ``settings`` are libpq's. Connects later."""
    _complete_indexes()
    made = sa.create_engine(
        place.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=settings,
    )
    sa.event.listen(made, "connect", _prepare)
    return made


def _complete_indexes() -> None:
    """Said here and not with the tables: who has SQLite would load SQLAlchemy's PostgreSQL too."""
    for table in metadata.tables.values():
        for index in table.indexes:
            where = index.dialect_kwargs.get("sqlite_where")
            if where is not None:
                index.dialect_kwargs["postgresql_where"] = where


class _Text(StrDumper):
    """Text as PostgreSQL can keep it: without NUL, and without halves of characters."""

    def dump(self, obj: str) -> bytes:
        """UTF-8, with U+FFFD or "?" for what cannot be written."""
        return obj.replace("\0", "\ufffd").encode("utf-8", "replace")


def _prepare(connection: psycopg.Connection[Any], _record: Any) -> None:
    connection.adapters.register_dumper(str, _Text)
    connection.autocommit = True
    connection.execute(_SESSION)
    connection.autocommit = False
