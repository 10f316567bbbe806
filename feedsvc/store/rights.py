"""Who may do what in PostgreSQL: the rights of builders and replicas, table by table.

In: a connection of a role that may make tables. Out: grants to the two group roles, where they
exist; ``config/fleet/roles.sql`` makes them. Knows no row.

Replicas stand where the public reaches: they read what is public and what their status page shows,
but neither sources (drafts, what is under embargo) nor letters (addresses of people), and write
nothing but that they are there and what they counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from feedsvc.store import tables as t
from feedsvc.store.engine import is_postgres

BUILDERS: Final = "feedsvc_builders"
REPLICAS: Final = "feedsvc_replicas"

#: What a replica copies: the documents with their history.
COPIED: Final = (t.snapshots, t.documents, t.bodies, t.feeds)
#: What its status page shows besides, small tables that are replaced as a whole.
MIRRORED: Final = (
    t.attempts,
    t.agenda,
    t.facts,
    t.problems,
    t.hubs,
    t.pings,
    t.origins,
    t.lease,
)
#: What it says of itself.
REPORTED: Final = (t.servers, t.samples)


@contextmanager
def as_owner(connection: sa.Connection) -> Iterator[None]:
    """Act for the schema's owner, where this role may: tables that are made are the owner's."""
    owner = _owner(connection) if is_postgres(connection) else None
    if owner is None:
        yield
        return
    connection.exec_driver_sql(f"SET LOCAL ROLE {_quoted(connection, owner)}")
    yield
    connection.exec_driver_sql("RESET ROLE")


def grant(connection: sa.Connection) -> None:
    """Give builders and replicas their rights, where there are such roles. To be asked as owner."""
    if not is_postgres(connection):
        return
    query = sa.text("SELECT rolname FROM pg_roles WHERE rolname = :a OR rolname = :b")
    known = set(connection.execute(query, {"a": BUILDERS, "b": REPLICAS}).scalars())
    tables = t.metadata.sorted_tables
    if BUILDERS in known:
        _grant(connection, "SELECT, INSERT, UPDATE, DELETE", tables, BUILDERS)
        connection.exec_driver_sql(
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {_schema(connection)} TO {BUILDERS}"
        )
    if REPLICAS in known:
        readable = (t.metadata.tables["schema"], *COPIED, *MIRRORED)
        _grant(connection, "SELECT", readable, REPLICAS)
        _grant(connection, "SELECT, INSERT, DELETE", REPORTED, REPLICAS)


def _grant(
    connection: sa.Connection,
    rights: str,
    tables: Iterable[sa.Table],
    role: str,
) -> None:
    names = ", ".join(connection.dialect.identifier_preparer.format_table(one) for one in tables)
    connection.exec_driver_sql(f"GRANT {rights} ON {names} TO {role}")


def _schema(connection: sa.Connection) -> str:
    name: str = connection.execute(sa.select(sa.func.current_schema())).scalar_one()
    return _quoted(connection, name)


def _owner(connection: sa.Connection) -> str | None:
    """The schema's owner, where that is another role, which this one may act for."""
    query = sa.text(
        "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = current_schema() "
        "AND pg_get_userbyid(nspowner) <> current_user "
        "AND nspowner <> 'pg_database_owner'::regrole "
        "AND pg_has_role(current_user, nspowner, 'MEMBER')"
    )
    owner: str | None = connection.execute(query).scalar()
    return owner


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
