"""When to build: at start, at each refresh interval, at the next known change, at each edit.

In: a ``build`` callable and the folders to watch. Out: calls of it, one at a time, never none. The
only importer of APScheduler and watchfiles. File events are a hint: where a file system tells
nothing, the refresh interval finds the edit. Knows nothing of what a build does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
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
_SETTLE = 60
_STEP = 20
#: How long to wait before a folder that cannot be watched is tried again, in seconds.
_RETRY = 5.0


class Outlook(msgspec.Struct, frozen=True):
    """What a build says about the next one: ``refresh`` in seconds."""

    refresh: int
    next_change: datetime | None


#: Builds and says when to build again. Gets why: "start", "refresh", "edit" or "embargo".
Build = Callable[[str], Outlook]


class Schedule:
    """Calls ``build`` whenever it should be called, in one thread of its own."""

    def __init__(self, build: Build, folders: tuple[Path, ...]) -> None:
        self._build = build
        self._folders = folders
        self._stop = threading.Event()
        self._outlook = Outlook(refresh=300, next_change=None)
        # One worker: builds never overlap. One may run and one wait, which sees all later edits too.
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
        self._soon("start")
        self._scheduler.start()
        watcher.start()
        self._stop.wait()
        self._scheduler.shutdown(wait=True)
        watcher.join(timeout=1)

    def stop(self) -> None:
        """Finish the build that is running, begin no other. Safe in a signal handler."""
        self._stop.set()

    def _soon(self, why: str) -> None:
        self._scheduler.add_job(self._once, id=why, args=[why], replace_existing=True)

    def _once(self, why: str) -> None:
        if self._stop.is_set():
            return
        try:
            self._outlook = self._build(why)
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
        """Ask for a build when a file changes; a folder that comes and goes is tried again."""
        while not self._stop.is_set():
            folders = [folder for folder in self._folders if folder.is_dir()]
            try:
                for _ in watchfiles.watch(
                    *folders,
                    stop_event=self._stop,
                    debounce=_SETTLE,
                    step=_STEP,
                    rust_timeout=1000,
                    raise_interrupt=False,
                ):
                    self._soon("edit")
                    if not all(folder.is_dir() for folder in folders):
                        break
            except (OSError, RuntimeError) as error:
                log.warning("cannot watch for edits", error=str(error), retry_seconds=_RETRY)
            self._stop.wait(_RETRY)


def _report(event: Any) -> None:
    """A build must say itself what went wrong: what arrives here is a fault of the program."""
    log.error("build failed", error=repr(event.exception), traceback=event.traceback)
