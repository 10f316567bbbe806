"""The store: every published snapshot in a SQL database, the one place where both sides meet.

In: differences to publish, and questions about what is current. Out: documents, bodies, history.
SQLite on one machine, PostgreSQL for a fleet: the same tables, the same statements. The only
importer of SQLAlchemy. Knows no YAML, no format and no HTTP; instants are handed to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from feedsvc import tables as t
from feedsvc.errors import NoSnapshot, Problem, PublishConflict, StoreError
from feedsvc.snapshot import (
    Coding,
    Difference,
    Document,
    Published,
    SnapshotInfo,
    Span,
    StoredDocument,
    encode,
    fingerprint,
    last_modified,
)

#: Rows of one statement: below SQLite's limit of bound values for the widest table.
_BATCH = 500


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """All that one publish writes, in one transaction.

    ``base`` is the id of the snapshot that ``difference`` was computed against (0: none).
    ``records`` maps a source path to its bytes, or to None where the file is gone.
    ``duration`` is the build's, in seconds; ``effort`` brotli's quality.
    """

    base: int
    instant: datetime
    why: str
    base_path: str
    next_change: datetime | None
    total: int
    difference: Difference
    duration: float = 0.0
    records: Mapping[str, bytes | None] = {}
    problems: tuple[Problem, ...] | None = None


class Store:
    """Reads and writes one database. Every method may raise StoreError."""

    def __init__(self, url: str) -> None:
        self._engine = t.engine(url)

    def create(self) -> None:
        """Make the tables where they are missing."""
        with self._guard():
            t.metadata.create_all(self._engine)

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
        query = sa.select(
            d.path, d.media_type, d.digest, d.status, d.max_age, d.cache, d.headers, d.last_modified
        ).where(
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
            facts = {
                **row._mapping,  # noqa: SLF001
                "headers": tuple((name, value) for name, value in row.headers),
                "codings": tuple(sorted(codings.scalars())),
            }
            return StoredDocument(**facts)

    def body(self, name: str, coding: Coding) -> bytes:
        """The bytes of a body.

        Raises NoSnapshot where it was pruned or never stored in that coding.
        """
        query = sa.select(t.bodies.c.data).where(
            t.bodies.c.digest == name, t.bodies.c.coding == coding
        )
        with self._read() as connection:
            data = connection.execute(query).scalar()
        if data is None:
            raise NoSnapshot(f"no body {name} in {coding}")
        return bytes(data)

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

    def published(self) -> dict[str, Published]:
        """What is current, by path: all that a builder must know to compare."""
        d = t.documents.c
        query = sa.select(d.path, d.fingerprint, d.last_modified).where(d.valid_until.is_(None))
        with self._read() as connection:
            return {
                path: Published(print_, modified)
                for path, print_, modified in connection.execute(query)
            }

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
        ).order_by(p.file, p.line, p.column, p.position)
        with self._read() as connection:
            return tuple(Problem(*row) for row in connection.execute(query))

    def publish(self, publication: Publication) -> SnapshotInfo | None:
        """Write it all in one transaction: readers see the old snapshot or the new, whole.

        Gives the new snapshot, or None where nothing that is public differs.
        Raises PublishConflict where another builder has published since ``base``.
        """
        with self._guard(), self._engine.begin() as connection:
            _remember(connection, publication)
            current = _current(connection)
            if (current.id if current else 0) != publication.base:
                raise PublishConflict(f"snapshot {publication.base} is no longer the newest")
            same_outlook = current and current.next_change == publication.next_change
            if current and same_outlook and not publication.difference:
                return None
            return _write(connection, publication)

    def report(self, problems: Sequence[Problem]) -> None:
        """Replace what admins have to mend, where there was no build to publish."""
        with self._guard(), self._engine.begin() as connection:
            _report(connection, problems)

    def prune(self, keep: int) -> None:
        """Forget all but the newest ``keep`` snapshots, and the bodies that only they had."""
        d = t.documents.c
        with self._guard(), self._engine.begin() as connection:
            oldest = connection.execute(
                sa.select(t.snapshots.c.id).order_by(t.snapshots.c.id.desc()).offset(keep).limit(1)
            ).scalar()
            if oldest is None:
                return
            connection.execute(sa.delete(t.documents).where(d.valid_until <= oldest + 1))
            connection.execute(sa.delete(t.snapshots).where(t.snapshots.c.id <= oldest))
            for table in (t.bodies, t.feeds):
                connection.execute(
                    sa.delete(table).where(table.c.digest.not_in(sa.select(d.digest)))
                )

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with self._guard(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise PublishConflict(
                f"another builder wrote at the same time: {error.orig}"
            ) from error
        except SQLAlchemyError as error:
            raise StoreError(f"store: {getattr(error, 'orig', None) or error}") from error


def locate(url: str, root: Path) -> str:
    """A store URL with SQLite's relative path made absolute within the site; makes its folder."""
    place = sa.make_url(url)
    if place.get_backend_name() != "sqlite" or not place.database:
        return url
    file = root.absolute() / place.database
    file.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{file}"


def _current(connection: sa.Connection) -> SnapshotInfo | None:
    query = sa.select(t.snapshots).order_by(t.snapshots.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return SnapshotInfo(**row._mapping) if row else None  # noqa: SLF001


def _remember(connection: sa.Connection, publication: Publication) -> None:
    paths = list(publication.records)
    for some in _batches(paths):
        connection.execute(sa.delete(t.sources).where(t.sources.c.path.in_(some)))
    rows = [{"path": p, "record": r} for p, r in publication.records.items() if r is not None]
    if rows:
        connection.execute(sa.insert(t.sources), rows)
    if publication.problems is not None:
        _report(connection, publication.problems)


def _report(connection: sa.Connection, problems: Sequence[Problem]) -> None:
    connection.execute(sa.delete(t.problems))
    rows = [
        {"position": position, **msgspec.structs.asdict(problem)}
        for position, problem in enumerate(problems)
    ]
    if rows:
        connection.execute(sa.insert(t.problems), rows)


def _write(connection: sa.Connection, publication: Publication) -> SnapshotInfo:
    change = publication.difference
    info = SnapshotInfo(
        id=publication.base + 1,
        instant=publication.instant.astimezone(UTC),
        why=publication.why,
        base_path=publication.base_path,
        next_change=publication.next_change,
        documents=publication.total,
        changed=len(change.changed) + len(change.gone),
        duration=publication.duration,
    )
    connection.execute(sa.insert(t.snapshots), msgspec.structs.asdict(info))
    paths = [*(document.path for document in change.changed), *change.gone]
    before = _previous(connection, paths)
    _retire(connection, paths, info.id)
    rows = [_row(document, info, before.get(document.path)) for document in change.changed]
    if rows:
        connection.execute(sa.insert(t.documents), rows)
    _keep_bodies(connection, change.changed)
    return info


def _previous(connection: sa.Connection, paths: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """Digest and last change of what these paths have, or had last."""
    d = t.documents.c
    found: dict[str, tuple[str, datetime]] = {}
    for some in _batches(paths):
        query = (
            sa.select(d.path, d.digest, d.last_modified)
            .where(d.path.in_(some))
            .order_by(d.valid_from)
        )
        for path, name, modified in connection.execute(query):
            found[path] = (name, modified)
    return found


def _retire(connection: sa.Connection, paths: Sequence[str], snapshot: int) -> None:
    d = t.documents.c
    for some in _batches(paths):
        connection.execute(
            sa.update(t.documents)
            .where(d.path.in_(some), d.valid_until.is_(None))
            .values(valid_until=snapshot)
        )


def _row(
    document: Document, info: SnapshotInfo, before: tuple[str, datetime] | None
) -> dict[str, Any]:
    name = document.digest
    if before and before[0] == name:
        modified = before[1]  # other header fields, the same bytes
    else:
        modified = last_modified(before[1] if before else None, info.instant)
    return {
        "path": document.path,
        "valid_from": info.id,
        "media_type": document.media_type,
        "status": document.status,
        "digest": name,
        "max_age": document.max_age,
        "cache": document.cache,
        "headers": document.headers,
        "last_modified": modified,
        "fingerprint": fingerprint(document),
    }


def _keep_bodies(connection: sa.Connection, documents: Iterable[Document]) -> None:
    wanted = {document.digest: document for document in documents}
    for some in _batches(list(wanted)):
        query = sa.select(t.bodies.c.digest).where(t.bodies.c.digest.in_(some)).distinct()
        known = set(connection.execute(query).scalars())
        new = {name: wanted[name] for name in some if name not in known}
        bodies = [
            {"digest": name, "coding": coding, "data": data}
            for name, document in new.items()
            for coding, data in encode(document.body).items()
        ]
        if bodies:
            connection.execute(sa.insert(t.bodies), bodies)
        feeds = [
            {"digest": name, "spans": msgspec.to_builtins(document.spans)}
            for name, document in new.items()
            if document.spans
        ]
        if feeds:
            connection.execute(sa.insert(t.feeds), feeds)


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(paths), _BATCH):
        yield paths[start : start + _BATCH]
