"""The past: what changed in each snapshot, and how an older one becomes current again.

In: ids of snapshots; instants are handed in. Out: what changed, a new snapshot with older content,
and the hold that keeps the builder from publishing over it. A helper of ``store``; knows no source,
no format and no clock.

RFC 9110 §8.8.2: validators move forward, never back. So a rollback is a new snapshot: its documents
have the entity-tags of the bytes that they have, and a Last-Modified of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from feedsvc.errors import NoSnapshot
from feedsvc.snapshot import SnapshotInfo, last_modified
from feedsvc.store import origins, outbox, publication
from feedsvc.store import tables as t
from feedsvc.store.engine import reading, ring, writing
from feedsvc.store.origins import Hold

#: A live feed says of itself which topic it is and that hubs are told: WebSub §4.
_TOPIC = re.compile(r'<([^>]*)>; rel="self".*; rel="hub"')


class Changes(msgspec.Struct, frozen=True):
    """Paths by what becomes of them from one snapshot to another, each in order."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.gone)


class Past:
    """What was published before. Every method may raise StoreError."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def snapshot(self, number: int) -> SnapshotInfo:
        """The facts of a snapshot. Raises NoSnapshot where there is none, or no longer."""
        with reading(self._engine) as connection:
            return _snapshot(connection, number)

    def changes(self, number: int) -> Changes:
        """What the snapshot changed. Raises NoSnapshot."""
        d = t.documents.c
        with reading(self._engine) as connection:
            _snapshot(connection, number)
            began = set(
                connection.execute(sa.select(d.path).where(d.valid_from == number)).scalars()
            )
            ended = set(
                connection.execute(sa.select(d.path).where(d.valid_until == number)).scalars()
            )
        return _sorted(began - ended, began & ended, ended - began)

    def difference(self, number: int) -> Changes:
        """What a rollback to the snapshot would change. Raises NoSnapshot."""
        with reading(self._engine) as connection:
            _snapshot(connection, number)
            return _Difference(connection, number).changes

    def previous(self) -> SnapshotInfo:
        """The newest snapshot that shows something else than the current one.

        Raises NoSnapshot where there is none.
        """
        s = t.snapshots.c
        with reading(self._engine) as connection:
            numbers = connection.execute(sa.select(s.id).order_by(s.id.desc()).offset(1)).scalars()
            for number in numbers.all():
                if _Difference(connection, number).changes:
                    return _snapshot(connection, number)
        raise NoSnapshot("no earlier snapshot shows anything else than the current one")

    def rollback(self, number: int, instant: datetime) -> SnapshotInfo:
        """Publish the content of an older snapshot again, and hold back what the source gives.

        A snapshot that shows what the last build gave needs no hold: it ends one. Hubs are told.
        Raises NoSnapshot, and PublishConflict where a builder publishes at the same moment.
        """
        with writing(self._engine) as connection:
            origins.release(connection)
            target = _snapshot(connection, number)
            info = _write(connection, target, instant.astimezone(UTC))
            origins.hold(connection, target, info)
            ring(connection, info.id)
        return info

    def hold(self) -> Hold | None:
        """What a rollback holds back; None where the builder publishes what the source gives."""
        with reading(self._engine) as connection:
            return origins.held(connection)

    def is_built(self, number: int) -> bool:
        """Whether the snapshot shows what the last build gave: a rollback to it holds nothing."""
        with reading(self._engine) as connection:
            return origins.is_built(connection, number)

    def resume(self) -> bool:
        """Hold nothing back any more; whether anything was held. Whoever builds sees it at once."""
        with writing(self._engine) as connection:
            return origins.resume(connection)

    def resumed(self) -> int | None:
        """The snapshot whose hold was ended since the last build, None for none."""
        with reading(self._engine) as connection:
            return origins.resumed(connection)


class _Difference:
    """How the documents of an older snapshot differ from the current ones."""

    def __init__(self, connection: sa.Connection, number: int) -> None:
        d = t.documents.c
        older = sa.and_(d.valid_from <= number, d.valid_until > number)
        newer = sa.and_(d.valid_from > number, d.valid_until.is_(None))
        self.then = {row["path"]: row for row in _rows(connection, older)}
        self.now = {row["path"]: row for row in _rows(connection, newer)}

    @property
    def restored(self) -> list[Mapping[str, Any]]:
        """The older documents that are to be current again."""
        return [row for path, row in sorted(self.then.items()) if not self._same(path)]

    @property
    def changes(self) -> Changes:
        """The paths, from now to then."""
        then, now = self.then.keys(), self.now.keys()
        changed = (path for path in then & now if not self._same(path))
        return _sorted(then - now, changed, now - then)

    def _same(self, path: str) -> bool:
        then, now = self.then.get(path), self.now.get(path)
        return bool(then and now and then["fingerprint"] == now["fingerprint"])


def _rows(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(sa.select(t.documents).where(where)).mappings()]


def _snapshot(connection: sa.Connection, number: int) -> SnapshotInfo:
    query = sa.select(t.snapshots).where(t.snapshots.c.id == number)
    row = connection.execute(query).first()
    if row is None:
        raise NoSnapshot(f"there is no snapshot {number}; 'feedsvc snapshots' lists those that are")
    return SnapshotInfo(**row._mapping)  # noqa: SLF001


def _sorted(added: Iterable[str], changed: Iterable[str], gone: Iterable[str]) -> Changes:
    return Changes(tuple(sorted(added)), tuple(sorted(changed)), tuple(sorted(gone)))


def _write(connection: sa.Connection, target: SnapshotInfo, instant: datetime) -> SnapshotInfo:
    """The rows of the new snapshot."""
    current = publication.newest(connection)
    difference = _Difference(connection, target.id)
    changes = difference.changes
    paths = [*changes.added, *changes.changed, *changes.gone]
    info = SnapshotInfo(
        id=(current.id if current else 0) + 1,
        instant=instant,
        why=f"rollback to {target.id}",
        base_path=target.base_path,
        next_change=None,  # what was to change by itself waits, as edits do
        documents=target.documents,
        changed=len(paths),
        duration=0.0,
    )
    connection.execute(sa.insert(t.snapshots), msgspec.structs.asdict(info))
    before = publication.previous(connection, paths)
    publication.retire(connection, paths, info.id)
    rows = [_again(row, info, before[row["path"]]) for row in difference.restored]
    if rows:
        connection.execute(sa.insert(t.documents), rows)
    topics = list(_topics(rows, before))
    hubs = connection.execute(sa.select(t.hubs.c.url)).scalars().all()
    outbox.enqueue(connection, topics, hubs, info.id)
    return info


def _again(
    row: Mapping[str, Any], info: SnapshotInfo, before: tuple[str, datetime]
) -> dict[str, Any]:
    """A document's row in the new snapshot. Its recipe is forgotten: the next build cooks it."""
    digest, modified = before
    if digest != row["digest"]:
        modified = last_modified(modified, info.instant)
    validity = {"valid_from": info.id, "valid_until": None}
    return {**row, **validity, "last_modified": modified, "recipe": ""}


def _topics(
    rows: Iterable[Mapping[str, Any]], before: Mapping[str, tuple[str, datetime]]
) -> Iterator[str]:
    """WebSub §6: the addresses of the feeds whose bytes are other than before, as they say it."""
    for row in rows:
        links = next((value for name, value in row["headers"] if name == "Link"), "")
        topic = _TOPIC.search(links)
        if topic and before[row["path"]][0] != row["digest"]:
            yield topic[1]
