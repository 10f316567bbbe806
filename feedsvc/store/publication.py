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

from feedsvc.archives import Log
from feedsvc.errors import Problem, PublishConflict
from feedsvc.snapshot import (
    Difference,
    Document,
    SnapshotInfo,
    encode,
    fingerprint,
    last_modified,
)
from feedsvc.store import journal, origins, outbox
from feedsvc.store import tables as t

#: Rows of one statement: below SQLite's limit of bound values for the widest table.
_BATCH = 500


class Announcement(msgspec.Struct, frozen=True):
    """Whom to tell about what: ``topics`` maps the path of each feed to its absolute URL."""

    topics: Mapping[str, str]
    hubs: tuple[str, ...]


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """All that one publish writes, in one transaction.

    ``base`` is the id of the snapshot that ``difference`` was computed against (0: none).
    ``records`` maps a source path to its bytes, or to None where the file is gone.
    ``announce`` says which documents are topics of which hubs; None leaves hubs as they are.
    ``logs`` maps a section to its log as it is now, where it has grown. ``recipes`` maps a path to
    the digest of all that its document was made from, where that is another than before.
    ``bulletin`` is for the status page; None leaves what it says as it is.
    ``source`` is the digest of what it was all made from. ``duration`` is the build's, in seconds.
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
    logs: Mapping[str, Log] = {}
    recipes: Mapping[str, str] = {}
    problems: tuple[Problem, ...] | None = None
    announce: Announcement | None = None
    bulletin: journal.Bulletin | None = None
    source: str = ""


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
    origins.built(connection, publication.source, shown, publication.instant)
    return info


def newest(connection: sa.Connection) -> SnapshotInfo | None:
    """The facts of the current snapshot, None before the first."""
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
    for section, log in publication.logs.items():
        _keep_log(connection, section, log)
    if publication.problems is not None:
        report(connection, publication.problems)
    if publication.bulletin is not None:
        journal.announce(connection, publication.bulletin)


def _keep_log(connection: sa.Connection, section: str, log: Log) -> None:
    """Sealed pages are added and never touched again; the tail is replaced."""
    a = t.archives.c
    last = sa.select(sa.func.max(a.number)).where(a.section == section)
    known = connection.execute(last).scalar() or 0
    connection.execute(sa.delete(t.archives).where(a.section == section, a.number == 0))
    rows = [
        {"section": section, "number": number, "events": msgspec.to_builtins(events)}
        for number, events in ((0, log.tail), *enumerate(log.pages[known:], start=known + 1))
    ]
    connection.execute(sa.insert(t.archives), rows)


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
    before = previous(connection, paths)
    retire(connection, paths, info.id)
    rows = [_row(document, info, before.get(document.path)) for document in change.changed]
    if rows:
        connection.execute(sa.insert(t.documents), rows)
    _keep_bodies(connection, change.changed)
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
    changed: Iterable[Document], before: Mapping[str, tuple[str, datetime]]
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
    for some in _batches(paths):
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
    for some in _batches(paths):
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
        "recipe": "",
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
            for coding, data in encode(document.body, hot=bool(document.spans)).items()
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
