"""The processes: a supervisor, and below it a builder, the public server and the admin listener.

In: ``Settings``. Out: an exit status. Each process is replaceable: whatever dies is started again,
and none of them can stop another. An edge: it reads the clock and handles signals. Knows how to
start things, not what they do.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType

import msgspec
import structlog
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from feedsvc import log as logs
from feedsvc.build import Builder, Outcome
from feedsvc.errors import ConfigError, FeedsvcError, PublishConflict
from feedsvc.schedule import Outlook, Schedule
from feedsvc.store import Store

log = structlog.get_logger(__name__)

_SPAWN = multiprocessing.get_context("spawn")
#: Seconds that children have to stop by themselves; the contract gives five in all.
_GRACE = 3.5
_BACKOFF = (0.1, 0.5, 1.0, 2.0, 5.0)
#: A child that has lived this long, in seconds, is healthy: its next death counts as the first.
_HEALTHY = 30.0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is started with; addresses are (host, port)."""

    root: Path
    store: str
    base_url: str | None
    bind: tuple[str, int]
    admin_bind: tuple[str, int]
    workers: int
    build: bool = True


def now() -> datetime:
    """The clock of every process below the supervisor."""
    return datetime.now(UTC)  # noqa: TID251 - processes begin here


# --- the builder process ---


def run_builder(root: Path, store_url: str, base_url: str | None) -> None:
    """Build now, at each edit, at each interval and at each known change, until SIGTERM."""
    logs.configure()
    store = Store(store_url)
    builder = Builder(root, store, base_url=base_url)
    outlook = Outlook(refresh=60, next_change=None)

    def build(why: str) -> Outlook:
        nonlocal outlook
        outcome = _attempt(builder, why)
        if outcome:
            outlook = Outlook(refresh=outcome.refresh, next_change=outcome.next_change)
        return outlook

    schedule = Schedule(build, (root / "feeds", root / "config"))
    _on_stop(schedule.stop)
    schedule.run()
    store.close()


def _attempt(builder: Builder, why: str) -> Outcome | None:
    """Build and say how it went; nothing that an admin wrote may end the process."""
    try:
        outcome = builder.build(now(), why)
    except ConfigError as error:
        for problem in error.problems:
            log.error("config cannot be used; the last snapshot stays", problem=str(problem))
    except PublishConflict as error:
        log.warning("another builder was first", detail=str(error))
    except FeedsvcError as error:
        log.error("build failed; the last snapshot stays", error=str(error))  # noqa: TRY400
    else:
        _say(outcome, why)
        return outcome
    return None


def _say(outcome: Outcome, why: str) -> None:
    for problem in outcome.new_problems:
        say = log.error if problem.severity == "error" else log.warning
        say("problem", problem=str(problem))
    if outcome.snapshot:
        log.info(
            "published",
            why=why,
            snapshot=outcome.snapshot.id,
            entries=outcome.entries,
            changed=len(outcome.changed),
            gone=len(outcome.gone),
            seconds=round(outcome.seconds, 3),
        )


# --- the server processes ---


def run_public(settings: Settings) -> None:
    """Serve the public listener until SIGTERM."""
    _run_server(settings, "feedsvc.web.public:application", settings.bind, settings.workers)


def run_admin(settings: Settings) -> None:
    """Serve the admin listener until SIGTERM."""
    _run_server(settings, "feedsvc.web.admin:application", settings.admin_bind, 1)


def _run_server(settings: Settings, target: str, bind: tuple[str, int], workers: int) -> None:
    logs.configure()
    _die_with_parent()
    os.environ["FEEDSVC_STORE"] = settings.store
    os.environ["FEEDSVC_SITE"] = str(settings.root)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics_dir(settings.root))
    Server(
        target,
        address=bind[0],
        port=bind[1],
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=2,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


def _metrics_dir(root: Path) -> Path:
    return root / "var" / "metrics"


# --- the supervisor ---


class _Child:
    """A process that is started again when it dies, later each time if it dies at once."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self.name = name
        self._run = run
        self._deaths = 0
        self._start_at = 0.0
        self._started = 0.0
        self.process: multiprocessing.context.SpawnProcess | None = None

    def ensure(self) -> None:
        """Start the process if it should run and does not."""
        if self.process and not self.process.is_alive():
            self._mourn()
        if self.process is None and time.monotonic() >= self._start_at:
            self.process = _SPAWN.Process(target=self._run, name=f"feedsvc {self.name}")
            self.process.start()
            self._started = time.monotonic()

    def _mourn(self) -> None:
        assert self.process  # noqa: S101 - called for a dead process
        if time.monotonic() - self._started > _HEALTHY:
            self._deaths = 0
        delay = _BACKOFF[min(self._deaths, len(_BACKOFF) - 1)]
        log.error("process died; starting it again", process=self.name, exit=self.process.exitcode)
        self._deaths += 1
        self._start_at = time.monotonic() + delay
        self.process.close()
        self.process = None


def supervise(settings: Settings) -> int:
    """Run everything until SIGTERM or SIGINT; gives the exit status, 0 for a clean stop."""
    shutil.rmtree(_metrics_dir(settings.root), ignore_errors=True)
    _metrics_dir(settings.root).mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    _on_stop(stop.set)
    children = [
        _Child("public", _Task(run_public, settings)),
        _Child("admin", _Task(run_admin, settings)),
    ]
    if settings.build:
        children.insert(0, _Child("builder", _Task(_builder_below, settings)))
    while not stop.is_set():
        for child in children:
            child.ensure()
        wait([child.process.sentinel for child in children if child.process], timeout=0.1)
    return _stop_all(children)


class _Task:
    """A target that can be sent to a spawned process."""

    def __init__(self, run: Callable[[Settings], None], settings: Settings) -> None:
        self._run = run
        self._settings = settings

    def __call__(self) -> None:
        self._run(self._settings)


def _builder_below(settings: Settings) -> None:
    _die_with_parent()
    run_builder(settings.root, settings.store, settings.base_url)


def _stop_all(children: list[_Child]) -> int:
    processes = [child.process for child in children if child.process]
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _GRACE
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
    for process in processes:
        if process.is_alive():
            log.warning("process did not stop in time", process=process.name)
            process.kill()
    return 0


def _on_stop(stop: Callable[[], None]) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def _die_with_parent() -> None:
    """Stop when the supervisor is gone, however it went: no process is left behind."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def free(bind: tuple[str, int]) -> bool:
    """Whether a server can listen there: so that a taken port is said in plain words."""
    family = socket.AF_INET6 if ":" in bind[0] else socket.AF_INET
    with contextlib.closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(bind)
        except OSError:
            return False
    return True
