"""Origins: which source the newest snapshot was made from, and which one a rollback holds back.

In: digests of sources, ids of snapshots, a connection within a transaction. Out: the same again. A
helper of ``store.publication`` and ``store.past``; it must not know what a source is, and no clock.

What was built last is on record at each build. A rollback holds back that very source: the builder
publishes nothing while what it reads has the same digest, for it would publish again what somebody
has just taken back. Any other source is published, and that ends the hold.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from feedsvc.snapshot import SnapshotInfo
from feedsvc.store import tables as t

_BUILT, _HELD, _RESUMED = "built", "held", "resumed"


class Hold(msgspec.Struct, frozen=True):
    """A rollback that lasts: ``source`` is held back, ``snapshot`` is shown, since ``instant``."""

    source: str
    snapshot: int
    instant: datetime


class Built(msgspec.Struct, frozen=True):
    """The last build: of which ``source``, when, into which ``snapshot``.

    ``seed`` names all else that its documents depend on: config and renderer.
    """

    source: str
    snapshot: int
    instant: datetime
    seed: str = ""


def built(connection: sa.Connection, build: Built) -> None:
    """The snapshot shows what this source gives. Ends a hold."""
    connection.execute(sa.delete(t.origins))
    _set(connection, _BUILT, build)


def last_built(connection: sa.Connection) -> Built | None:
    """What was built last, None before the first time."""
    return _get(connection, _BUILT)


def hold(connection: sa.Connection, target: SnapshotInfo, info: SnapshotInfo) -> None:
    """The snapshot ``info`` has the content of ``target`` again: hold back what was built last.

    Nothing is to be held back where the target shows just that.
    """
    last = _get(connection, _BUILT)
    if last and is_built(connection, target.id):
        connection.execute(sa.delete(t.origins))
        _set(connection, _BUILT, msgspec.structs.replace(last, snapshot=info.id))
    else:
        _set(connection, _HELD, Built(last.source if last else "", info.id, info.instant))


def is_built(connection: sa.Connection, snapshot: int) -> bool:
    """Whether the snapshot shows what the last build gave."""
    last = _get(connection, _BUILT)
    return last is not None and last.snapshot == snapshot


def held(connection: sa.Connection) -> Hold | None:
    """What is held back, None for nothing."""
    found = _get(connection, _HELD)
    return Hold(found.source, found.snapshot, found.instant) if found else None


def release(connection: sa.Connection) -> bool:
    """End a hold; whether there was one."""
    connection.execute(sa.delete(t.origins).where(t.origins.c.name == _RESUMED))
    done = connection.execute(sa.delete(t.origins).where(t.origins.c.name == _HELD))
    return done.rowcount > 0


def resume(connection: sa.Connection) -> bool:
    """End a hold, and ask whoever builds to do so at once; whether there was one."""
    last = _get(connection, _HELD)
    release(connection)
    if last is not None:
        _set(connection, _RESUMED, last)
    return last is not None


def resumed(connection: sa.Connection) -> int | None:
    """The snapshot whose hold was ended since the last build, None for none."""
    last = _get(connection, _RESUMED)
    return last.snapshot if last else None


def _get(connection: sa.Connection, name: str) -> Built | None:
    row = connection.execute(sa.select(t.origins).where(t.origins.c.name == name)).first()
    return Built(row.source, row.snapshot, row.instant, row.seed) if row else None


def _set(connection: sa.Connection, name: str, origin: Built) -> None:
    row = {"name": name, **msgspec.structs.asdict(origin)}
    connection.execute(sa.insert(t.origins), row)
