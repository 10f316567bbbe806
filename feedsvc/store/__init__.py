"""The store: every published snapshot in a SQL database, the one place where both sides meet.

In: differences to publish, and questions about what is current. Out: documents, bodies, history.
SQLite on one machine, PostgreSQL for a fleet: the same tables, the same statements. This package
is the only importer of SQLAlchemy. Knows no YAML, no format and no HTTP; instants are handed to it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from feedsvc.errors import NoSnapshot, Problem, StoreDamaged, StoreError
from feedsvc.snapshot import Coding, Prepared, Published, SnapshotInfo, Span, StoredDocument
from feedsvc.store import origins, salvage, schema
from feedsvc.store import tables as t
from feedsvc.store.bell import ring
from feedsvc.store.chronicle import Chronicle
from feedsvc.store.engine import engine, is_postgres, is_shared, parse, reading, shown, writing
from feedsvc.store.journal import Journal
from feedsvc.store.lease import Lease
from feedsvc.store.links import Links
from feedsvc.store.notices import Notices
from feedsvc.store.outbox import Outbox
from feedsvc.store.past import Past
from feedsvc.store.pruning import forget, sweep
from feedsvc.store.publication import Publication, keep, report, write
from feedsvc.store.replication import Replication
from feedsvc.store.salvage import put_aside
from feedsvc.store.verify import is_whole

__all__ = ["Publication", "Store", "is_shared", "locate", "put_aside", "shown"]


class Store:
    """Reads and writes one database. Every method may raise StoreError.

    ``outbox`` holds what hubs are still to be told, ``journal`` how builder and servers do,
    ``notices`` what people are still to be told, ``past`` what was published before, and a
    rollback's hold; ``chronicle`` what each section's feeds have shown; ``lease`` who may publish;
    ``links`` how a replica's copy does.
    """

    def __init__(self, url: str) -> None:
        self._engine = engine(url)
        self.lease = Lease(self._engine)
        self.links = Links(self._engine)
        self.outbox = Outbox(self._engine)
        self.journal = Journal(self._engine)
        self.notices = Notices(self._engine)
        self.past = Past(self._engine)
        self.chronicle = Chronicle(self._engine)

    @property
    def is_shared(self) -> bool:
        """Whether several machines use it."""
        return is_postgres(self._engine)

    def create(self) -> None:
        """Make the tables where they are missing, and bring older ones up to date.

        Raises StoreTooNew where a newer program has changed them.
        """
        schema.prepare(self._engine)

    def copy_of(self, shared: Store, progress: Callable[[], object] = lambda: None) -> Replication:
        """What makes this store a copy of the shared one; ``progress``: while that goes on."""
        return Replication(shared._engine, self._engine, progress)

    def damage(self) -> str:
        """What is wrong with the file of a store on this machine, "" for nothing."""
        return "" if self.is_shared else salvage.examine(self._engine)

    def begin_anew(self, *, remember: bool = True) -> tuple[Store, int]:
        """A new store beside a damaged one of this machine, and how many rows of it were saved.

        Without ``remember`` it is empty.

        Raises StoreError where it cannot be written, or this is no file.
        """
        if self.is_shared:
            raise StoreError("store: a shared store is mended by the database's own means")
        self._engine.dispose()
        url, saved = salvage.begin(str(self._engine.url), remember=remember)
        return Store(url), saved

    def give_way(self) -> None:
        """Let the new store take this one's place; that one must be closed. Raises StoreError."""
        self._engine.dispose()
        salvage.replace(str(self._engine.url))

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    # --- what servers ask ---

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

    def require(self, snapshot: int) -> None:
        """Raise NoSnapshot where that one is gone: then nobody can say what it lacked."""
        query = sa.select(t.snapshots.c.id).where(t.snapshots.c.id == snapshot)
        with self._read() as connection:
            if connection.execute(query).first() is None:
                raise NoSnapshot(f"store: snapshot {snapshot} is not there any more")

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

    # --- what builders ask ---

    def paths(self) -> set[str]:
        """Every path at which there is something at present."""
        d = t.documents.c
        with self._read() as connection:
            return set(
                connection.execute(sa.select(d.path).where(d.valid_until.is_(None))).scalars()
            )

    def published(self, paths: Collection[str]) -> dict[str, Published]:
        """What is current at these paths: all that a builder must know to compare."""
        d = t.documents.c
        query = sa.select(d.path, d.fingerprint, d.last_modified, d.recipe).where(
            d.valid_until.is_(None)
        )
        with self._read() as connection:
            return {
                path: Published(*facts)
                for some in t.batches(list(paths))
                for path, *facts in connection.execute(query.where(d.path.in_(some)))
            }

    def built(self) -> origins.Built | None:
        """What was built last, None before the first time."""
        with self._read() as connection:
            return origins.last_built(connection)

    def keep(self, documents: Sequence[Prepared]) -> list[Prepared]:
        """Write the bodies of documents that are to be published soon; gives them without.

        Bodies that nothing refers to harm nobody, and go when history is pruned.
        """
        with writing(self._engine) as connection:
            self.lease.check(connection)
            keep(connection, documents)
        return [msgspec.structs.replace(document, bodies={}) for document in documents]

    def records(self) -> dict[str, bytes]:
        """What the builder remembers of each source file."""
        query = sa.select(t.sources.c.path, t.sources.c.record)
        with self._read() as connection:
            return {path: bytes(record) for path, record in connection.execute(query)}

    def problems(self) -> tuple[Problem, ...]:
        """What admins had to mend at the last build."""
        p = t.problems.c
        query = sa.select(
            p.file, p.line, p.column, p.field, p.found, p.expected, p.fix, p.severity
        ).order_by(p.position)
        with self._read() as connection:
            found = [Problem(*row) for row in connection.execute(query)]
        return tuple(sorted(found, key=lambda one: (one.file, one.line, one.column)))

    def publish(self, publication: Publication) -> SnapshotInfo | None:
        """Write it all in one transaction: readers see the old snapshot or the new, whole.

        Gives the new snapshot, or None where nothing that is public differs.
        Raises PublishConflict where another builder has published since ``base``, LeaseLost where
        it has taken over. Replicas are told at once.
        """
        with writing(self._engine) as connection:
            self.lease.check(connection)
            info = write(connection, publication)
            if info:
                ring(connection, info.id)
        return info

    def report(self, problems: Sequence[Problem]) -> None:
        """Replace what admins have to mend, where there was no build to publish."""
        with writing(self._engine) as connection:
            self.lease.check(connection)
            report(connection, problems)

    def prune(self, keep: int, *, orphans: bool = False) -> None:
        """Forget all but the newest ``keep`` snapshots, and the bodies that only they had.

        With ``orphans``, also bodies that no snapshot ever had: of builds that were broken off.
        """
        with writing(self._engine) as connection:
            self.lease.check(connection)
            if orphans:
                sweep(connection)
            oldest = connection.execute(
                sa.select(t.snapshots.c.id).order_by(t.snapshots.c.id.desc()).offset(keep).limit(1)
            ).scalar()
            if oldest is not None:
                forget(connection, oldest + 1)

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


def locate(url: str, root: Path) -> str:
    """A store URL with SQLite's relative path made absolute within the site; makes its folder."""
    place = parse(url)
    if place.get_backend_name() != "sqlite" or not place.database:
        return url
    file = root.absolute() / place.database
    file.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{file}"
