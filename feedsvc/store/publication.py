"""One publish: what it consists of, and the statements that write it.

In: a ``Publication`` and a connection within a transaction that ``store`` has begun. Out: the new
snapshot's rows. Knows nothing of connections and their errors; instants are handed to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from feedsvc.archives import Growth
from feedsvc.errors import Problem, PublishConflict
from feedsvc.snapshot import Difference, Prepared, SnapshotInfo, last_modified
from feedsvc.store import chronicle, journal, origins, outbox
from feedsvc.store import tables as t
from feedsvc.store.engine import insert


class Announcement(msgspec.Struct, frozen=True):
    """Whom to tell about what: ``topics`` maps the path of each feed to its absolute URL."""

    topics: Mapping[str, str]
    hubs: tuple[str, ...]


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """All that one publish writes, in one transaction.

    ``base`` is the id of the snapshot that ``difference`` was computed against (0: none). Documents
    without bodies are those whose bodies the store was given before.
    ``records`` maps a source path to its bytes, or to None where the file is gone.
    ``announce`` says which documents are topics of which hubs; None leaves hubs as they are.
    ``logs`` maps a section to what its log gains. ``recipes`` maps the path of a document that
    stays to the digest of all that it was made from, where that is another than before.
    ``bulletin`` is for the status page; None leaves what it says as it is.
    ``source`` is the digest of what it was all made from, ``seed`` that of config and renderer.
    ``as_of`` is the instant that the documents show, where it is not that of publication.
    ``duration`` is the build's, in seconds.
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
    logs: Mapping[str, Growth] = {}
    recipes: Mapping[str, str] = {}
    problems: tuple[Problem, ...] | None = None
    announce: Announcement | None = None
    bulletin: journal.Bulletin | None = None
    source: str = ""
    seed: str = ""
    as_of: datetime | None = None


def write(connection: sa.Connection, publication: Publication) -> SnapshotInfo | None:
    """Write it all; None where nothing that is public differs.

    Raises PublishConflict where another builder has published since ``base``.
    """
    _remember(connection, publication)
    current = newest(connection)
    if (current.id if current else 0) != publication.base:
        raise PublishConflict(f"snapshot {publication.base} is no longer the newest")
    same_outlook = current and current.next_change == publication.next_change
    changed = not (current and same_outlook) or publication.difference
    info = _snapshot(connection, publication) if changed else None
    _note(connection, publication.recipes)
    shown = info.id if info else publication.base
    origins.built(
        connection,
        origins.Built(
            publication.source, shown, publication.as_of or publication.instant, publication.seed
        ),
    )
    return info


def newest(connection: sa.Connection) -> SnapshotInfo | None:
    """The facts of the current snapshot, None before the first."""
    query = sa.select(t.snapshots).order_by(t.snapshots.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return SnapshotInfo(**row._mapping) if row else None  # noqa: SLF001


def _remember(connection: sa.Connection, publication: Publication) -> None:
    for some in t.batches(list(publication.records)):
        connection.execute(sa.delete(t.sources).where(t.sources.c.path.in_(some)))
        found = ((path, publication.records[path]) for path in some)
        rows = [{"path": path, "record": record} for path, record in found if record is not None]
        if rows:
            connection.execute(sa.insert(t.sources), rows)
    chronicle.grow(connection, publication.logs)
    if publication.problems is not None:
        report(connection, publication.problems)
    if publication.bulletin is not None:
        journal.announce(connection, publication.bulletin)


def report(connection: sa.Connection, problems: Sequence[Problem]) -> None:
    """Replace what admins have to mend."""
    connection.execute(sa.delete(t.problems))
    rows = [
        {"position": position, **msgspec.structs.asdict(problem)}
        for position, problem in enumerate(problems)
    ]
    if rows:
        connection.execute(sa.insert(t.problems), rows)


def _snapshot(connection: sa.Connection, publication: Publication) -> SnapshotInfo:
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
    before: dict[str, tuple[str, datetime]] = {}
    if publication.base:
        before = previous(connection, paths)
        retire(connection, paths, info.id)
    for some in t.batches(change.changed):
        rows = [_row(document, info, before.get(document.path)) for document in some]
        insert(connection, t.documents, rows)
    keep(connection, [document for document in change.changed if document.bodies])
    _require_bodies(connection, info.id)
    if publication.announce:
        _announce(connection, publication.announce, info.id, _renewed(change.changed, before))
    return info


def _announce(
    connection: sa.Connection, announce: Announcement, snapshot: int, renewed: Iterable[str]
) -> None:
    """WebSub §6: hubs are told of every topic whose bytes are new, in this same transaction."""
    topics = [announce.topics[path] for path in renewed if path in announce.topics]
    outbox.enqueue(connection, topics, announce.hubs, snapshot)


def _renewed(
    changed: Iterable[Prepared], before: Mapping[str, tuple[str, datetime]]
) -> Iterator[str]:
    """The paths whose bytes, not only header fields, are other than before."""
    for document in changed:
        name, _ = before.get(document.path, ("", None))
        if name != document.digest:
            yield document.path


def previous(connection: sa.Connection, paths: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """Digest and last change of what these paths have, or had last."""
    d = t.documents.c
    found: dict[str, tuple[str, datetime]] = {}
    for some in t.batches(paths):
        query = (
            sa.select(d.path, d.digest, d.last_modified)
            .where(d.path.in_(some))
            .order_by(d.valid_from)
        )
        for path, name, modified in connection.execute(query):
            found[path] = (name, modified)
    return found


def retire(connection: sa.Connection, paths: Sequence[str], snapshot: int) -> None:
    """From this snapshot on, nothing that was current stands at these paths."""
    d = t.documents.c
    for some in t.batches(paths):
        connection.execute(
            sa.update(t.documents)
            .where(d.path.in_(some), d.valid_until.is_(None))
            .values(valid_until=snapshot)
        )


def _note(connection: sa.Connection, recipes: Mapping[str, str]) -> None:
    """Remember what current documents were made from."""
    if recipes:
        d = t.documents.c
        connection.execute(
            sa.update(t.documents)
            .where(d.path == sa.bindparam("at"), d.valid_until.is_(None))
            .values(recipe=sa.bindparam("made_from")),
            [{"at": path, "made_from": recipe} for path, recipe in recipes.items()],
        )


def _row(
    document: Prepared, info: SnapshotInfo, before: tuple[str, datetime] | None
) -> tuple[Any, ...]:
    """A row of ``documents``, its values in the order of the table's columns."""
    name = document.digest
    if before and before[0] == name:
        modified = before[1]  # other header fields, the same bytes
    else:
        modified = last_modified(before[1] if before else None, info.instant)
    return (
        document.path,
        info.id,
        None,
        document.media_type,
        document.status,
        name,
        document.max_age,
        document.cache,
        document.headers,
        modified,
        document.fingerprint,
        document.recipe,
    )


def keep(connection: sa.Connection, documents: Sequence[Prepared]) -> None:
    """Write the bodies of these documents, and where entries stand in them, if they are new."""
    wanted = {document.digest: document for document in documents}
    known = _kept(connection, list(wanted))
    new = [document for name, document in wanted.items() if name not in known]
    bodies = [
        (document.digest, coding, data)
        for document in new
        for coding, data in document.bodies.items()
    ]
    insert(connection, t.bodies, bodies)
    feeds = [
        {"digest": document.digest, "spans": msgspec.to_builtins(document.spans)}
        for document in new
        if document.spans
    ]
    if feeds:
        connection.execute(sa.insert(t.feeds), feeds)


def _kept(connection: sa.Connection, names: Sequence[str]) -> set[str]:
    """Which of these bodies are there."""
    b = t.bodies.c
    return {
        name
        for some in t.batches(names)
        for name in connection.execute(sa.select(b.digest).where(b.digest.in_(some))).scalars()
    }


def _require_bodies(connection: sa.Connection, snapshot: int) -> None:
    """Raises PublishConflict where a body that was kept before is no longer there."""
    d = t.documents.c
    there = sa.exists().where(t.bodies.c.digest == d.digest)
    lost = sa.select(sa.func.count(d.digest.distinct())).where(d.valid_from == snapshot, ~there)
    if count := connection.execute(lost).scalar():
        raise PublishConflict(f"{count} bodies are no longer in the store; build again")
