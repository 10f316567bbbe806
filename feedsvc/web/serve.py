"""The supervisor: a builder, the public listener and the admin listener, each a process of its own.

In: ``Settings``. Out: an exit status. Each process is replaceable: whatever dies is started again,
and none of them can stop another. Knows how to start things, not what they do.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from feedsvc.web.gate import NAMES
from feedsvc.web.gate import VARIABLE as DIGEST
from feedsvc.web.lifeline import on_stop
from feedsvc.web.pulse import Pulses
from feedsvc.web.scratch import VARIABLE as SCRATCH
from feedsvc.web.scratch import scratch

log = structlog.get_logger(__name__)

#: Seconds that children have to stop by themselves; the contract gives five in all.
_GRACE = 3.5
#: Seconds between looks at the children.
_LOOK = 0.1
#: Seconds before the first, the second, … start after a death.
_BACKOFF = (0.0, 0.5, 1.0, 2.0, 5.0)
#: A child that has lived this long, in seconds, is healthy: its next death counts as the first.
_HEALTHY = 30.0
#: Readers come first: nice(2) of the builder; those who work for it are nicer still.
_MANNERS = 5
#: The secrets of an environment: the admin listener's token, the mail account's password.
_TOKEN, _PASSWORD = "FEEDSVC_SERVE_ADMIN_TOKEN", "FEEDSVC_SMTP_PASSWORD"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is started with; addresses are (host, port).

    ``store`` is what is served from. ``shared`` is the fleet's, where ``store`` is a copy of it.
    ``preview``: the preview alone, in place of everything else. ``admin_digest``: that of the admin
    listener's token, ``""`` where none is demanded. ``admin_names``: what that listener is called.
    ``silence``: seconds without a sign of life after which a process is ended and started again.
    """

    root: Path
    store: str
    bind: tuple[str, int]
    admin_bind: tuple[str, int]
    workers: int
    shared: str = ""
    build: bool = True
    preview: bool = False
    admin_digest: str = ""
    admin_names: tuple[str, ...] = ()
    silence: float = 30.0


class _Child:
    """A process that is started again when it dies, later each time if it dies at once."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: dict[str, str], nice: int = 0
    ) -> None:
        self._name = name
        self._nice = nice
        self._command = [sys.executable, "-m", *arguments]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._started = 0.0
        self._due = 0.0

    def ensure(self) -> None:
        """Start the process if it should run and does not."""
        now = time.monotonic()
        if self._process and self._process.poll() is not None:
            self._mourn(self._process, now)
        if self._process is None and now >= self._due:
            # A group of its own: Ctrl-C reaches the supervisor, which stops all in order. But no
            # session of its own: Linux shares processors among sessions, whatever is nice in them.
            self._process = subprocess.Popen(  # noqa: S603 - our own modules
                self._command, env=self._environment, process_group=0
            )
            self._give_way(self._process.pid)
            self._started = now

    def _give_way(self, pid: int) -> None:
        if self._nice:
            ours = os.getpriority(os.PRIO_PROCESS, 0)
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, pid, ours + self._nice)

    def stop(self) -> None:
        """Ask the process to stop."""
        if self._process:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait until it has stopped; kill it at the deadline."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("process did not stop in time", process=self._name)
            self._kill_group(self._process.pid)
            self._process.wait()

    def _mourn(self, process: subprocess.Popen[bytes], now: float) -> None:
        log.error("process died; starting it again", process=self._name, exit=process.returncode)
        self._kill_group(process.pid)
        self._deaths = 0 if now - self._started > _HEALTHY else self._deaths
        self._due = now + _BACKOFF[min(self._deaths, len(_BACKOFF) - 1)]
        self._deaths += 1
        self._process = None

    @staticmethod
    def _kill_group(leader: int) -> None:
        """End what it has started, too: a process that is stopped would not notice by itself."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)


def supervise(settings: Settings) -> int:
    """Run everything until SIGTERM or SIGINT; gives the exit status, 0 for a clean stop."""
    stop = threading.Event()
    on_stop(stop.set)
    with scratch() as folder:
        _run(_children(settings, folder), Pulses(folder, settings.silence), stop)
    return 0


def _run(children: Sequence[_Child], pulses: Pulses, stop: threading.Event) -> None:
    while not stop.is_set():
        for child in children:
            child.ensure()
        pulses.look()
        stop.wait(_LOOK)
    for child in children:
        child.stop()
    deadline = time.monotonic() + _GRACE
    for child in children:
        child.wait(deadline)


def _previewer(settings: Settings) -> _Child:
    """Nothing but the preview: no store, no metrics, no builder."""
    host, port = settings.bind
    environment = {
        **os.environ,
        "FEEDSVC_ROOT": str(settings.root),
        "FEEDSVC_PREVIEW": url(settings.bind),
    }
    return _Child("preview", ("feedsvc.web.server", "preview", host, str(port), "1"), environment)


def url(bind: tuple[str, int]) -> str:
    """Where a browser on this computer reaches a listener."""
    host, port = bind
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - where others choose to listen
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _children(settings: Settings, folder: Path) -> list[_Child]:
    if settings.preview:
        return [_previewer(settings)]
    environment = {
        **os.environ,
        "FEEDSVC_STORE": settings.store,
        "FEEDSVC_ROOT": str(settings.root),
        "FEEDSVC_PREVIEW": f"{url(settings.admin_bind)}/preview",
        "FEEDSVC_SERVER": f"{platform.node()}:{settings.bind[1]}",
        "FEEDSVC_ROLE": "builder" if settings.build else "replica",
        "FEEDSVC_WORKERS": str(settings.workers),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        SCRATCH: str(folder),
    }
    known = _without(environment, _TOKEN, _PASSWORD)
    # libpq's own variables say how to reach PostgreSQL: listeners have no need of it.
    served = {name: value for name, value in known.items() if not name.startswith("PG")}
    children = _listeners(settings, served if settings.shared else known)
    if settings.shared:
        following = known | {"FEEDSVC_STORE": settings.shared, "FEEDSVC_COPY": settings.store}
        children.append(_Child("replicator", ("feedsvc.replica",), following))
    if settings.build:
        build = ("feedsvc", "build", "--watch", "--site", str(settings.root))
        attended = _without(environment, _TOKEN) | {
            "FEEDSVC_BUILD_ATTENDED": "1",
            "FEEDSVC_STORE": settings.shared or settings.store,
        }
        children.append(_Child("builder", build, attended, nice=_MANNERS))
    return children


def _listeners(settings: Settings, environment: dict[str, str]) -> list[_Child]:
    gate = {DIGEST: settings.admin_digest, NAMES: " ".join(settings.admin_names)}
    listeners = (
        ("public", settings.bind, settings.workers, environment),
        ("admin", settings.admin_bind, 1, environment | gate),
    )
    return [
        _Child(name, ("feedsvc.web.server", name, host, str(port), str(workers)), known)
        for name, (host, port), workers, known in listeners
    ]


def _without(environment: dict[str, str], *secrets: str) -> dict[str, str]:
    """The environment of a process that has no need of these."""
    return {name: value for name, value in environment.items() if name not in secrets}


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
