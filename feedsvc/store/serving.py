"""What servers ask of a store: which snapshot is current, its documents, their bodies.

In: paths, names of bodies, numbers of snapshots. Out: documents and bytes. Writes nothing.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import sqlalchemy as sa

from feedsvc.errors import NoSnapshot, StoreDamaged
from feedsvc.snapshot import Coding, SnapshotInfo, Span, StoredDocument
from feedsvc.store import tables as t
from feedsvc.store.engine import reading
from feedsvc.store.verify import is_whole


class Serving:
    """The reading side of a store. Every method may raise StoreError."""

    def __init__(self, made: sa.Engine) -> None:
        self._engine = made

    def current(self) -> SnapshotInfo | None:
        """The newest snapshot, or None before the first publish."""
        found = self.history(1)
        return found[0] if found else None

    def history(self, limit: int) -> list[SnapshotInfo]:
        """The newest snapshots, newest first."""
        query = sa.select(t.snapshots).order_by(t.snapshots.c.id.desc()).limit(limit)
        with self._read() as connection:
            return [SnapshotInfo(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001

    def document(self, path: str, snapshot: int) -> StoredDocument | None:
        """The document that the snapshot has at the path, without its bodies."""
        d = t.documents.c
        query = sa.select(*_STORED).where(
            d.path == path,
            d.valid_from <= snapshot,
            sa.or_(d.valid_until.is_(None), d.valid_until > snapshot),
        )
        with self._read() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            codings = connection.execute(
                sa.select(t.bodies.c.coding).where(t.bodies.c.digest == row.digest)
            )
            return _stored(row, codings.scalars())

    def require(self, snapshot: SnapshotInfo) -> None:
        """Raise NoSnapshot where that one is gone, or another has its number.

        So it is in a store that was begun anew or restored: what was read there before this is
        called may be of another history.
        """
        query = sa.select(t.snapshots).where(t.snapshots.c.id == snapshot.id)
        with self._read() as connection:
            found = connection.execute(query).first()
        if found is None or SnapshotInfo(**found._mapping) != snapshot:  # noqa: SLF001
            raise NoSnapshot(f"store: snapshot {snapshot.id} is not there any more")

    def documents(self, snapshot: int) -> list[StoredDocument]:
        """Every document that the snapshot has, by path, without its bodies."""
        d, b = t.documents.c, t.bodies.c
        valid = sa.and_(
            d.valid_from <= snapshot, sa.or_(d.valid_until.is_(None), d.valid_until > snapshot)
        )
        codings: dict[str, set[Coding]] = {}
        with self._read() as connection:
            kept = sa.select(b.digest, b.coding).where(
                b.digest.in_(sa.select(d.digest).where(valid))
            )
            for name, coding in connection.execute(kept):
                codings.setdefault(name, set()).add(coding)
            rows = connection.execute(sa.select(*_STORED).where(valid)).all()
        # Ordered here: each database has an order of its own for text.
        rows = sorted(rows, key=lambda row: row.path)
        return [_stored(row, codings.get(row.digest, ())) for row in rows]

    def body(self, name: str, coding: Coding) -> bytes:
        """The bytes of a body.

        Raises NoSnapshot where it was pruned or never stored in that coding, StoreDamaged where
        the disk gives other bytes than it was given.
        """
        b = t.bodies.c
        wanted = [coding, "gzip"] if coding == "identity" else [coding]
        query = sa.select(b.coding, b.data).where(b.digest == name, b.coding.in_(wanted))
        with self._read() as connection:
            found = {kept: bytes(data) for kept, data in connection.execute(query)}
        if not found:
            raise NoSnapshot(f"no body {name} in {coding}")
        kept: Coding = coding if coding in found else "gzip"
        if not is_whole(name, kept, found[kept]):
            raise StoreDamaged(f"store: body {name} in {kept} is not what it was")
        return found[kept] if coding in found else gzip.decompress(found[kept])

    def spans(self, path: str, name: str) -> tuple[Span, ...] | None:
        """Where the entries stand in a body that the feed at ``path`` has or had.

        None where the store does not know that body, or it was no feed's.
        """
        d = t.documents.c
        query = (
            sa.select(t.feeds.c.spans)
            .join(t.documents, d.digest == t.feeds.c.digest)
            .where(d.path == path, d.digest == name)
            .limit(1)
        )
        with self._read() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else msgspec.convert(found, tuple[Span, ...])

    def changed_paths(self, since: int, until: int) -> frozenset[str]:
        """The paths whose document is another in snapshot ``until`` than in ``since``."""
        d = t.documents.c
        query = sa.select(d.path).where(
            sa.or_(d.valid_from.between(since + 1, until), d.valid_until.between(since + 1, until))
        )
        with self._read() as connection:
            return frozenset(connection.execute(query).scalars())

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with reading(self._engine) as connection:
            yield connection


_STORED = [
    t.documents.c[name]
    for name in (
        "path",
        "media_type",
        "digest",
        "status",
        "max_age",
        "cache",
        "headers",
        "last_modified",
    )
]


def _stored(row: sa.Row[Any], codings: Iterable[Coding]) -> StoredDocument:
    facts = {
        **row._mapping,  # noqa: SLF001
        "headers": tuple((name, value) for name, value in row.headers),
        "codings": tuple(sorted({"identity", *codings})),
    }
    return StoredDocument(**facts)
