"""Signs of life: a process that is stopped or hangs as a whole is ended, and so started again.

In: the supervisor's folder. Out: a file there for each process, touched every second; and, for the
supervisor, the processes that have stopped doing so. An edge. No clock matters but the one that
nobody sets. Knows nothing of what the processes do; a build that hangs is its own watchdog's.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from feedsvc.process import is_gone, this_process
from feedsvc.web.scratch import VARIABLE

log = structlog.get_logger(__name__)

#: Seconds between two signs of life.
_EVERY: Final = 1.0
#: Where a look comes so many seconds after the one before, the supervisor itself was held up, and
#: with it perhaps everybody: all get their time anew.
_HELD_UP: Final = 3.0


def start_pulse() -> None:
    """Give a sign of life every second, if a supervisor started this process."""
    if folder := os.environ.get(VARIABLE):
        mark = Path(folder) / "pulse" / str(os.getpid())
        threading.Thread(target=_beat, args=[mark], name="pulse", daemon=True).start()


def _beat(mark: Path) -> None:
    with suppress(OSError):
        mark.write_text(this_process(), encoding="utf-8")
    while True:
        with suppress(OSError):
            os.utime(mark)
        time.sleep(_EVERY)


class Pulses:
    """What the supervisor hears. ``silence``: seconds after which a process counts as hung."""

    def __init__(self, folder: Path, silence: float) -> None:
        self._folder = folder / "pulse"
        self._silence = silence
        self._heard: dict[str, tuple[int, float]] = {}
        self._looked = time.monotonic()

    def look(self) -> None:
        """End every process that has been silent for too long; about once a second."""
        now = time.monotonic()
        if now - self._looked < _EVERY:
            return
        if now - self._looked > _HELD_UP:
            self._heard.clear()
        self._looked = now
        for mark in self._folder.iterdir():
            with suppress(OSError):
                self._judge(mark, now)

    def _judge(self, mark: Path, now: float) -> None:
        name, touched = mark.read_text(encoding="utf-8"), mark.stat().st_mtime_ns
        if is_gone(name):
            mark.unlink()
            self._heard.pop(mark.name, None)
            return
        known, since = self._heard.get(mark.name, (0, 0.0))
        if known != touched:
            self._heard[mark.name] = touched, now
        elif now - since > self._silence:
            log.error("process hangs; ending it", pid=int(mark.name), seconds=round(now - since))
            os.kill(int(mark.name), signal.SIGKILL)
