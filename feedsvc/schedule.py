"""When to build: at start, at each refresh interval, at the next known change, at each edit.

In: a ``build`` callable and the folders to watch. Out: calls of it, one at a time, never none. The
only importer of APScheduler and watchfiles. File events are a hint: where a file system tells
nothing, the refresh interval finds the edit. Knows nothing of what a build does.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog
import watchfiles
from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger(__name__)

#: How long file events are gathered before a build, in milliseconds, and how often looked for.
_SETTLE = 40
_STEP = 10
#: How often to look whether the folders themselves come, go or are replaced, in seconds.
_RETRY = 2.0
#: By how much the clock must have been set, in seconds, for all to be planned anew.
_JUMP = 2.0


class Outlook(msgspec.Struct, frozen=True):
    """What a build says about the next one: ``refresh`` in seconds."""

    refresh: int
    next_change: datetime | None

    def after(self, instant: datetime) -> datetime:
        """When the next build comes at the latest, seen from the end of one."""
        by_interval = instant + timedelta(seconds=self.refresh)
        coming = self.next_change and max(self.next_change, instant)
        return min(by_interval, coming) if coming else by_interval


#: The paths that were saved, as far as the file system told; None: anything may have been.
Told = frozenset[str] | None
#: Builds and says when to build again. Gets why: "start", "refresh", "edit", "embargo", "clock"
#: after that was set, or what ``soon`` was given; and where to look.
Build = Callable[[str, Told], Outlook]


class Schedule:
    """Calls ``build`` whenever it should be called, in one thread of its own."""

    def __init__(self, build: Build, folders: tuple[Path, ...]) -> None:
        self._build = build
        self._folders = folders
        self._stop = threading.Event()
        self._building = threading.Lock()
        self._told: Told = frozenset()
        self._telling = threading.Lock()
        self._outlook = Outlook(refresh=300, next_change=None)
        # One worker: builds never overlap. One may run and one wait: that one sees later edits too.
        # No grace time: a late build is better than none.
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        self._scheduler.add_listener(_report, EVENT_JOB_ERROR)

    def run(self) -> None:
        """Build until ``stop`` is called."""
        watcher = threading.Thread(target=self._watch, name="watch", daemon=True)
        self.soon("start")
        self._scheduler.start()
        watcher.start()
        self._stop.wait()
        # shutdown takes no care of the thread that hands out jobs: let that one finish first.
        self._scheduler.pause()
        with self._scheduler._jobstores_lock:  # noqa: SLF001
            pass
        # Not wait=True: it holds the lock that a running job needs to plan the next one.
        self._scheduler.shutdown(wait=False)
        with self._building:
            watcher.join(timeout=1)

    def stop(self) -> None:
        """Finish the build that is running, begin no other. Safe in a signal handler."""
        self._stop.set()

    def soon(self, why: str) -> None:
        """Build once more, as soon as no build runs. From any thread."""
        self._scheduler.add_job(self._once, id=why, args=[why], replace_existing=True)

    def _tell(self, told: Told) -> None:
        """Where the next build after an edit must look, besides what it knows already."""
        with self._telling:
            known = self._told
            self._told = None if told is None or known is None else known | told

    def _taken(self) -> Told:
        """Where to look for edits, once."""
        with self._telling:
            told, self._told = self._told, frozenset()
        return told

    def _once(self, why: str) -> None:
        with self._building:
            if self._stop.is_set():
                return
            told = self._taken() if why == "edit" else None
            try:
                self._outlook = self._build(why, told)
            finally:
                self._plan()

    def _plan(self) -> None:
        self._scheduler.add_job(
            self._once,
            "interval",
            seconds=self._outlook.refresh,
            id="refresh",
            args=["refresh"],
            replace_existing=True,
        )
        if self._outlook.next_change:
            self._scheduler.add_job(
                self._once,
                "date",
                run_date=self._outlook.next_change,
                id="embargo",
                args=["embargo"],
                replace_existing=True,
            )

    def _watch(self) -> None:
        """Ask for a build when a file changes; folders that come, go or are replaced count too."""
        watched, clock = _identities(self._folders), _Clock()
        while not self._stop.is_set():
            if watched:
                self._follow(watched, clock)
            else:
                self._stop.wait(_RETRY)
            if clock.was_set():
                self.soon("clock")  # the scheduler waits for an hour that is over, or far off now
            present = _identities(self._folders)
            if present != watched:
                watched = present
                self._tell(None)
                self.soon("edit")

    def _follow(self, watched: dict[Path, int], clock: _Clock) -> None:
        """Watch these folders for as long as they are the same, and nobody sets the clock."""
        self._tell(None)  # what was saved before, nobody told
        try:
            for changes in watchfiles.watch(
                *watched,
                stop_event=self._stop,
                debounce=_SETTLE,
                step=_STEP,
                rust_timeout=int(_RETRY * 1000),
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                if changes:
                    self._tell(frozenset(path for _, path in changes))
                    self.soon("edit")
                if clock.has_jumped() or _identities(self._folders) != watched:
                    return
        except (OSError, RuntimeError) as error:
            log.warning("cannot watch for edits", error=str(error), retry_seconds=_RETRY)
            self._stop.wait(_RETRY)


class _Clock:
    """Notices that the clock was set: then it has gone on otherwise than the one nobody sets."""

    def __init__(self) -> None:
        self._apart = _distance()

    def has_jumped(self) -> bool:
        """Whether it was set since ``was_set`` said so last."""
        return abs(_distance() - self._apart) > _JUMP

    def was_set(self) -> bool:
        """The same; from then on, later jumps count."""
        jumped = self.has_jumped()
        self._apart = _distance() if jumped else self._apart
        return jumped


def _distance() -> float:
    now = time.time()  # noqa: TID251 - the clock by which the scheduler plans
    return now - time.monotonic()


def _identities(folders: tuple[Path, ...]) -> dict[Path, int]:
    """The folders that are there, with their inodes: a folder that was replaced is another."""
    found = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            found[folder] = folder.stat().st_ino
    return found


def _report(event: Any) -> None:
    """A build must say itself what went wrong: what arrives here is a fault of the program."""
    log.error("build failed", error=repr(event.exception), traceback=event.traceback)
