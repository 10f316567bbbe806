"""Copies the shared store into a replica's own: what changed, in one local transaction.

In: two engines, that of the shared store and that of the copy, which is SQLite. Out: a copy that
shows the old snapshot or the new, whole, with the same bytes, validators and history; whoever still
reads the old one, where all was replaced, finds its snapshot gone and looks anew. Bodies come
first, a few at a time: nobody sees them until the snapshot that names them is there, and a copy
that was interrupted goes on where it was. So memory stays bounded, however far behind it is.
Knows no process, no clock and no waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

import sqlalchemy as sa

from feedsvc.errors import NoSnapshot
from feedsvc.store import reports, schema
from feedsvc.store import tables as t
from feedsvc.store.engine import reading, writing
from feedsvc.store.pruning import forget, sweep
from feedsvc.store.rights import MIRRORED

#: Rows of one statement, and bodies that are in memory at a time.
_ROWS: Final = 500
_BODIES: Final = 16

_Row = dict[str, Any]


class Replication:
    """Makes one store the copy of another, again and again. Every method may raise StoreError.

    ``progress`` is called while a long copy goes on.
    """

    def __init__(
        self, shared: sa.Engine, copy: sa.Engine, progress: Callable[[], object] = lambda: None
    ) -> None:
        self._shared = shared
        self._copy = copy
        self._progress = progress
        self._mirrored: object = None
        self._is_checked = False
        # What an interrupted copy left is looked for once, and after another history.
        self._is_swept = False
        self._swept = ""

    def pull(self) -> int | None:
        """Copy what is new; gives the snapshot that the copy shows now, None where it was there.

        A shared store without a snapshot changes nothing. One that does not know ours (restored
        from a backup, say, or gone on so far that it has forgotten it) replaces all. Raises
        StoreTooNew where this program would misread it.
        """
        with reading(self._shared) as source:
            if not self._is_checked:
                _check(source)
            self._is_checked = True
            newest = _newest(source)
            if newest is None:
                return None
            with reading(self._copy) as copy:
                ours = _newest(copy)
            if ours == newest:
                self._tidy(source)
                return None
            _check(source)
            step = _Step(source, self._copy, ours, self._progress)
            step.bodies()
            step.spans()
            step.snapshots()
            self._is_swept &= not step.is_other
        number: int = newest["id"]
        return number

    def mirror(self) -> None:
        """Copy the small tables of the status page, as far as they differ."""
        with reading(self._shared) as source:
            token = _token(source)
            _replace(self._copy, t.lease, _rows(source, sa.select(t.lease)))  # renewed all the time
            if token == self._mirrored:
                return
            _check(source)
            for table in MIRRORED:
                _replace(self._copy, table, _rows(source, sa.select(table)))
        self._mirrored = token

    def exchange(self, name: str) -> None:
        """Tell what this server counted, and copy what others did."""
        reports.exchange(self._shared, self._copy, name)

    def _tidy(self, source: sa.Connection) -> None:
        """Forget what the shared store has forgotten; long after workers have gone on from it."""
        oldest = _oldest(source)
        with reading(self._copy) as copy:
            if oldest is None or (_oldest(copy) or oldest) >= oldest:
                return
        with writing(self._copy) as copy:
            forget(copy, oldest)
            if not self._is_swept:
                self._swept = sweep(copy, self._swept)
        self._is_swept = not self._swept


class _Step:
    """One pull: from the snapshot that we have to the newest one."""

    def __init__(
        self,
        source: sa.Connection,
        engine: sa.Engine,
        ours: _Row | None,
        progress: Callable[[], object],
    ) -> None:
        self._source = source
        self._engine = engine
        self._progress = progress
        self.is_other = ours is not None and not _is_known(source, ours)
        #: Everything after this snapshot is copied.
        self._since = 0 if ours is None or self.is_other else int(ours["id"])

    def bodies(self) -> None:
        """The bodies that the newest snapshot needs and we lack."""
        d = t.documents.c
        wanted = sa.select(d.digest).where(d.valid_from > self._since, d.valid_until.is_(None))
        self._fetch(t.bodies, wanted.distinct())

    def spans(self) -> None:
        """Where entries stand in feeds, in those of the past too: RFC 3229 asks for them."""
        d = t.documents.c
        named = sa.exists().where(d.digest == t.feeds.c.digest, d.valid_from > self._since)
        self._fetch(t.feeds, sa.select(t.feeds.c.digest).where(named))

    def snapshots(self) -> None:
        """Documents and snapshots, in one transaction: that is the moment of the change."""
        d, s = t.documents.c, t.snapshots.c
        with writing(self._engine) as copy:
            if self.is_other:
                copy.execute(sa.delete(t.documents))
                copy.execute(sa.delete(t.snapshots))
            for table, news in (
                (t.documents, (d.valid_from <= self._since) & (d.valid_until > self._since)),
                (t.documents, d.valid_from > self._since),
                (t.snapshots, s.id > self._since),
            ):
                with self._stream(sa.select(table).where(news)) as stream:
                    for some in stream:
                        _put(copy, table, some)

    def _fetch(self, table: sa.Table, wanted: sa.Select[Any]) -> None:
        with closing(self._missing(table, wanted)) as parts:
            for missing in parts:
                self._add(table, missing)

    def _missing(
        self, table: sa.Table, wanted: sa.Select[Any]
    ) -> Generator[Sequence[str], None, None]:
        """The names that the table of the copy lacks, a few at a time."""
        with self._stream(wanted) as stream:
            for some in stream:
                names = [row["digest"] for row in some]
                known = sa.select(table.c.digest).where(table.c.digest.in_(names))
                with reading(self._engine) as copy:
                    there = set(copy.execute(known).scalars())
                lacking = [name for name in names if name not in there]
                for start in range(0, len(lacking), _BODIES):
                    yield lacking[start : start + _BODIES]

    def _add(self, table: sa.Table, names: Sequence[str]) -> None:
        """All that the names stand for, in one transaction: a body with each of its codings."""
        rows = _rows(self._source, sa.select(table).where(table.c.digest.in_(names)))
        self._progress()
        with writing(self._engine) as copy:
            _put(copy, table, rows)

    @contextmanager
    def _stream(self, query: sa.Select[Any]) -> Iterator[Iterator[list[_Row]]]:
        """The rows in parts, fetched as they are needed."""
        with self._source.execution_options(yield_per=_ROWS).execute(query) as found:
            yield (self._part(some) for some in found.mappings().partitions())

    def _part(self, rows: Iterable[Any]) -> list[_Row]:
        self._progress()
        return [dict(row) for row in rows]


def _check(source: sa.Connection) -> None:
    """Raise StoreError where the shared store's tables are not such as we know."""
    found = schema.check_readable(source)
    if found is None or found.number < schema.LATEST:
        raise NoSnapshot(
            f"store: found tables of version {found.number if found else 'none'}; expected "
            f"{schema.LATEST}; fix: a builder of this version brings them up to date at its start"
        )


def _newest(connection: sa.Connection) -> _Row | None:
    query = sa.select(t.snapshots).order_by(t.snapshots.c.id.desc()).limit(1)
    return next(iter(_rows(connection, query)), None)


def _oldest(connection: sa.Connection) -> int | None:
    return connection.execute(sa.select(sa.func.min(t.snapshots.c.id))).scalar()


def _is_known(source: sa.Connection, ours: _Row) -> bool:
    """Whether our snapshot is one of the shared store's: not only the number is the same."""
    query = sa.select(t.snapshots).where(t.snapshots.c.id == ours["id"])
    return _rows(source, query) == [ours]


def _token(source: sa.Connection) -> object:
    """Differs when a mirrored table may: each build ends with an attempt, each term has a fence."""
    facts = (
        sa.select(sa.func.max(t.snapshots.c.id)),
        sa.select(sa.func.max(t.attempts.c.number)),
        sa.select(sa.func.max(t.lease.c.fence)),
        sa.select(sa.func.count()).select_from(t.pings),
        sa.select(sa.func.max(t.origins.c.name)),
        sa.select(sa.func.max(t.hubs.c.last_success)),
        sa.select(sa.func.max(t.hubs.c.last_failure)),
    )
    return tuple(source.execute(fact).scalar() for fact in facts)


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[_Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _replace(engine: sa.Engine, table: sa.Table, rows: list[_Row]) -> None:
    with reading(engine) as copy:
        known = _rows(copy, sa.select(table))
    if _in_order(known) == _in_order(rows):
        return
    with writing(engine) as copy:
        copy.execute(sa.delete(table))
        _put(copy, table, rows)


def _in_order(rows: Iterable[_Row]) -> list[str]:
    return sorted(map(repr, rows))


def _put(copy: sa.Connection, table: sa.Table, rows: list[_Row]) -> None:
    """Write rows over those of the same key."""
    if rows:
        copy.execute(sa.insert(table).prefix_with("OR REPLACE", dialect="sqlite"), rows)
