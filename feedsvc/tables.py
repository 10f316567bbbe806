"""The store's tables, and how to open the database that holds them.

In: a database URL. Out: an engine. Every statement about these tables stands in ``store``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware instant as ISO 8601 text in UTC: readable in the shell, sortable, portable."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:  # noqa: ARG002
        """Write microseconds always, so that text sorts as time does."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Read it back."""
        return None if value is None else datetime.fromisoformat(value)


#: What was published when, and why.
snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("instant", Instant, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("base_path", sa.Text, nullable=False),
    sa.Column("next_change", Instant),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("duration", sa.Float, nullable=False),
)

#: A path's document from one snapshot until another; until NULL: still.
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("valid_from", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("valid_until", sa.Integer),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("max_age", sa.Integer, nullable=False),
    sa.Column("cache", sa.Text, nullable=False),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("last_modified", Instant, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Index("documents_since", "valid_from"),
    sa.Index("documents_until", "valid_until"),
    sa.Index("documents_digest", "digest"),
)

#: The bytes of each body in each coding, named by the digest of the identity bytes.
bodies = sa.Table(
    "bodies",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("coding", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

#: Where each entry stands in a feed's identity bytes: what deltas are cut by.
feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("spans", sa.JSON, nullable=False),
)

#: What the builder remembers of each source file: the entries that it gives or last gave.
sources = sa.Table(
    "sources",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
)

#: What admins had to mend at the last build.
problems = sa.Table(
    "problems",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("column", sa.Integer, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("found", sa.Text, nullable=False),
    sa.Column("expected", sa.Text, nullable=False),
    sa.Column("fix", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
)


def engine(url: str) -> sa.Engine:
    """An engine for ``sqlite:///…`` or ``postgresql://…`` (by psycopg 3)."""
    place = sa.make_url(url)
    if place.get_backend_name() == "postgresql":
        return sa.create_engine(place.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    made = sa.create_engine(place)
    sa.event.listen(made, "connect", _prepare_sqlite)
    return made


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Readers never wait for the writer (WAL), and a writer waits its turn."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
