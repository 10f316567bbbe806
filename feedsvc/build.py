"""The one road from source to a published snapshot.

In: a site's folder, a store, an instant. Out: a snapshot in the store and an ``Outcome``. A builder
remembers what it read and rendered, so that the next build's work is proportional to the change;
whatever must survive a restart lies in the store. Knows no clock, no scheduler and no HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from feedsvc import config, sources
from feedsvc.agenda import coming
from feedsvc.errors import ConfigError, Problem
from feedsvc.hands import Hands
from feedsvc.model import Notify, Site
from feedsvc.newsroom import Made, Newsroom
from feedsvc.render.urls import base_path, feed_urls
from feedsvc.snapshot import Difference, SnapshotInfo
from feedsvc.source import collect
from feedsvc.source.reader import Reader
from feedsvc.source.records import Dumped, loaded
from feedsvc.store import Store
from feedsvc.store.journal import Bulletin
from feedsvc.store.origins import Built, Hold
from feedsvc.store.publication import Announcement, Publication

#: How many snapshots are kept for rollback and deltas, and after how many publishes to look.
KEEP = 500
_PRUNE_EVERY = 50
#: Two changes of a document within one second: the second waits for the next, at most this long.
_PATIENCE = timedelta(seconds=1.5)
#: What two publications that say the same may differ in.
_UNSAID: Mapping[str, Any] = {
    "base": 0,
    "instant": datetime.max.replace(tzinfo=UTC),
    "as_of": None,
    "why": "",
    "duration": 0.0,
}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did: ``snapshot`` is None where nothing public differs.

    ``new_problems`` are those that the builder's last build had not; ``refresh`` is the site's
    interval in seconds. ``waiting``: a file may be half written, look again when it is at rest.
    ``held`` is the rollback that lasts: nothing was published for it. ``anew``: the builder had
    nothing in mind of the site yet, or of another config.
    """

    problems: tuple[Problem, ...]
    new_problems: tuple[Problem, ...]
    entries: int
    refresh: int
    seconds: float
    waiting: bool
    snapshot: SnapshotInfo | None = None
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    next_change: datetime | None = None
    held: Hold | None = None
    anew: bool = False


def _quiet(_done: int, _total: int) -> None:
    """Tell nobody how far a build has got."""


class Builder:
    """Builds one site into one store. Not for several threads at once.

    ``notify`` is whom the config named when it could last be read. A file that has lost entries, or
    is gone, must have been at ``rest`` for so long before they are.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        root: Path,
        store: Store,
        *,
        base_url: str | None = None,
        pause: Callable[[float], None] = time.sleep,
        progress: Callable[[int, int], None] = _quiet,
        rest: timedelta = timedelta(),
    ) -> None:
        self.notify: Notify | None = None
        self._root = root
        self._store = store
        self._base_url = base_url
        self._pause = pause
        self._progress = progress
        self._source = Reader(root / "feeds", rest)
        self._records: Mapping[str, collect.FileRecord] = {}
        self._room: Newsroom | None = None
        self._built: Built | None = None
        self._base: SnapshotInfo | None = None
        self._said: Publication | None = None
        self._current = False
        self._reported: frozenset[Problem] = frozenset()

    def build(self, instant: datetime, why: str, told: Collection[str] | None = None) -> Outcome:
        """Read what changed, render what shows it, publish the difference.

        ``told``: only these paths were saved since the last call; None where nobody knows.
        Publishes nothing where a rollback holds back just this source: also what would change by
        itself waits then. Raises ConfigError (its problems are in the store then too),
        RenderError, StoreError, and PublishConflict where another builder came first; a later call
        starts afresh.
        """
        started = time.perf_counter()
        look = self._source.look(told)
        if not self._current or self._is_outdated():
            self._recall()
        site = self._configure()
        with Hands(site) as hands:
            gathered = self._source.gather(site, look, self._records, hands.parse, instant)
            return self._road(site, gathered, instant, why, hands, started)

    def _road(  # noqa: PLR0913, PLR0917 - what a build is about
        self,
        site: Site,
        gathered: collect.Gathered,
        instant: datetime,
        why: str,
        hands: Hands,
        started: float,
    ) -> Outcome:
        known = self._room
        room = self._open(site)
        source = sources.name(site, gathered.essence)
        if (hold := self._store.past.hold()) and hold.source == source:
            # Say what admins must mend, and remember nothing: what is held back was never built.
            self._report(gathered.problems)
            return self._outcome(site, gathered, started, held=hold)
        self._current = False  # until it is published, the store knows better
        made = room.make(gathered.files, gathered.touched, instant, hands, self._progress)
        publication = Publication(
            base=self._base.id if self._base else 0,
            instant=self._in_time(made, instant),
            as_of=instant,
            why=why,
            base_path=base_path(site),
            next_change=room.register.next_change,
            total=made.total(self._base.documents if self._base else 0),
            difference=Difference(tuple(made.documents), made.gone),
            records=self._new_records(gathered),
            logs=made.logs,
            recipes=made.recipes,
            problems=gathered.problems,
            announce=Announcement(feed_urls(site), site.hubs),
            bulletin=Bulletin(_facts(site), coming(room.register.turning(), instant)),
            source=source,
            seed=room.seed,
            duration=time.perf_counter() - started,
        )
        snapshot = None if self._is_known(publication) else self._store.publish(publication)
        self._accept(room, made, gathered, snapshot)
        return self._outcome(
            site,
            gathered,
            started,
            snapshot=snapshot,
            changed=tuple(document.path for document in made.documents),
            gone=made.gone,
            next_change=publication.next_change,
            anew=room is not known,
        )

    def _outcome(
        self, site: Site, gathered: collect.Gathered, started: float, **what: Any
    ) -> Outcome:
        """What is the same of every build, and ``what`` is this one's."""
        return Outcome(
            problems=gathered.problems,
            new_problems=self._news(gathered.problems),
            entries=gathered.count,
            refresh=site.refresh,
            seconds=time.perf_counter() - started,
            waiting=self._source.waiting,
            **what,
        )

    def _report(self, problems: tuple[Problem, ...]) -> None:
        self._said = None
        self._store.report(problems)

    def _is_outdated(self) -> bool:
        """Whether another builder was here since: maybe it published nothing, but remembers."""
        return (self._base, self._built) != (self._store.current(), self._store.built())

    def _recall(self) -> None:
        """Continue from what the store knows: also on another machine, also after a conflict."""
        self._base = self._store.current()
        self._built = self._store.built()
        self._records = dict(loaded(self._store.records()))
        self._room = None
        self._said = None
        self._current = True

    def _configure(self) -> Site:
        try:
            site = config.load(self._root / "config" / "site.yaml")
            site = config.override(site, base_url=self._base_url)
        except ConfigError as error:
            self._report(error.problems)
            raise
        # Whom to tell is nothing that a document depends on.
        self.notify = site.notify
        return msgspec.structs.replace(site, notify=None)

    def _open(self, site: Site) -> Newsroom:
        """What makes this site; another config begins anew.

        Where the store shows just what these records gave, nothing need be compared with it.
        """
        if self._room is None or self._room.site != site:
            room = Newsroom(site, self._store)
            built = self._built
            if built and self._base and (built.snapshot, built.seed) == (self._base.id, room.seed):
                room.resume(collect.given(site, self._records), built.instant)
            self._room = room
        return self._room

    def _in_time(self, made: Made, instant: datetime) -> datetime:
        """The instant of publication: in a second of its own for each document that changes.

        RFC 9110 §8.8.2.1: Last-Modified must not lie in the future, and it must move.
        """
        due = max(made.before, default=instant) + timedelta(seconds=1)
        if made.before and timedelta() < due - instant <= _PATIENCE:
            self._pause((due - instant).total_seconds())
            return due
        return instant

    def _is_known(self, publication: Publication) -> bool:
        """Whether the store has it all already, so that nothing need be written."""
        news = publication.difference or publication.recipes or publication.logs
        known, self._said = (
            self._said,
            msgspec.structs.replace(
                publication,
                **_UNSAID,
                difference=Difference((), ()),
                recipes={},
                logs={},
                records={},
            ),
        )
        return not news and not publication.records and known == self._said

    def _new_records(self, gathered: collect.Gathered) -> Mapping[str, bytes | None]:
        """What the store must learn about source files: None for those that are gone."""
        before, now = self._records, gathered.records
        paths = now if gathered.touched is None else gathered.touched
        new: dict[str, collect.FileRecord | None] = {
            path: now[path] for path in paths if before.get(path) is not now[path]
        }
        gone = before.keys() - now.keys() if gathered.touched is None else ()
        return Dumped(new | dict.fromkeys(gone))

    def _accept(
        self,
        room: Newsroom,
        made: Made,
        gathered: collect.Gathered,
        snapshot: SnapshotInfo | None,
    ) -> None:
        """Remember that the store has it all."""
        room.accept(made)
        self._built = self._store.built()
        self._records = gathered.records
        self._base = snapshot or self._base
        self._current = True
        if snapshot and snapshot.id % _PRUNE_EVERY == 0:
            self._store.prune(KEEP)

    def _news(self, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        news = tuple(problem for problem in problems if problem not in self._reported)
        self._reported = frozenset(problems)
        return news


def _facts(site: Site) -> dict[str, str]:
    """What the status page calls the site, and the zone in which it tells the time."""
    return {"title": site.title, "base_url": site.base_url, "timezone": site.timezone}
