"""The store: every published snapshot in a SQL database, the one place where both sides meet.

In: differences to publish, and questions about what is current. Out: documents, bodies, history.
SQLite on one machine, PostgreSQL for a fleet: the same tables, the same statements. This package
is the only importer of SQLAlchemy. Knows no YAML, no format and no HTTP; instants are handed to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa

from feedsvc.errors import Problem, StoreError
from feedsvc.snapshot import Prepared, Published, SnapshotInfo
from feedsvc.store import origins, salvage, schema
from feedsvc.store import tables as t
from feedsvc.store.chronicle import Chronicle
from feedsvc.store.engine import engine, is_postgres, is_shared, parse, ring, shown, writing
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
from feedsvc.store.serving import Serving

__all__ = ["Publication", "Store", "is_shared", "locate", "put_aside", "shown"]


class Store(Serving):
    """Reads and writes one database. Every method may raise StoreError.

    ``outbox`` holds what hubs are still to be told, ``journal`` how builder and servers do,
    ``notices`` what people are still to be told, ``past`` what was published before, and a
    rollback's hold; ``chronicle`` what each section's feeds have shown; ``lease`` who may publish;
    ``links`` how a replica's copy does.
    """

    def __init__(self, url: str) -> None:
        super().__init__(engine(url))
        self.lease = Lease(self._engine)
        self.links = Links(self._engine)
        self.outbox = Outbox(self._engine)
        self.journal = Journal(self._engine)
        self.notices = Notices(self._engine)
        self.past = Past(self._engine)
        self.chronicle = Chronicle(self._engine)
        self._swept = ""

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

    def paths(self) -> set[str]:
        """Every path at which there is something at present."""
        d = t.documents.c
        with self._read() as connection:
            return set(
                connection.execute(sa.select(d.path).where(d.valid_until.is_(None))).scalars()
            )

    def published(self, paths: Iterable[str]) -> dict[str, Published]:
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

    def keep(self, documents: Sequence[Prepared]) -> None:
        """Write the bodies of documents that are to be published soon, then without them.

        Bodies that nothing refers to harm nobody, and go when history is pruned.
        """
        with writing(self._engine) as connection:
            self.lease.check(connection)
            keep(connection, documents)

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

    def prune(self, keep: int) -> None:
        """Forget all but the newest ``keep`` snapshots, and the bodies that only they had.

        Also, some thousands at each call, bodies of builds that were broken off.
        """
        with writing(self._engine) as connection:
            self.lease.check(connection)
            self._swept = sweep(connection, self._swept)
            oldest = connection.execute(
                sa.select(t.snapshots.c.id).order_by(t.snapshots.c.id.desc()).offset(keep).limit(1)
            ).scalar()
            if oldest is not None:
                forget(connection, oldest + 1)


def locate(url: str, root: Path) -> str:
    """A store URL with SQLite's relative path made absolute within the site; makes its folder."""
    place = parse(url)
    if place.get_backend_name() != "sqlite" or not place.database:
        return url
    file = root.absolute() / place.database
    file.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{file}"
