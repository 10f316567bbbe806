"""Whole processes: how long they take and how much memory they and their children hold at most."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, cast

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK = 0.1
"""Seconds between two looks at the memory: a look costs some milliseconds for each process."""


@dataclass(frozen=True)
class Took:
    """``seconds`` from start to end, those of processors, MB at most (shared pages once)."""

    seconds: float
    cpu: float
    memory: float
    output: str


def timed(command: Sequence[str], cwd: Path | None = None, patience: float = 1200) -> Took:
    """Run it to its end; raises where that is no success."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    guard = threading.Timer(patience, process.kill)
    guard.start()
    stream = cast("IO[str]", process.stdout)
    with Watcher(process.pid) as watcher, stream:
        output = stream.read()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    guard.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}:\n{output[-2000:]}")
    return Took(
        seconds, used.ru_utime + used.ru_stime, max(watcher.peak, used.ru_maxrss / 1024), output
    )


class Beside:
    """Something that goes on in another thread for as long as a block lasts."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._thread = threading.Thread(target=self.go_on, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._thread.join()

    def go_on(self) -> None:
        """Until it is ``over``."""
        raise NotImplementedError


class Watcher(Beside):
    """Looks at a process and its children again and again; ``peak`` is in MB.

    The larger of two figures: the sum of all, each page that several share counted once (PSS), as
    it was seen; and what the kernel itself noted as the peak of one of them (VmHWM).
    """

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.peak = 0.0
        self._pid = pid

    def go_on(self) -> None:
        while True:
            pids = tree(self._pid)
            together = sum(_field(pid, "smaps_rollup", "Pss:") for pid in pids)
            self.peak = max(self.peak, together, *map(highest, pids))
            if self.over.wait(_LOOK):
                return


def available() -> float:
    """MB of memory that could be had now."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]) / 1024


def highest(pid: int) -> float:
    """The most memory that a process ever held, in MB: what the kernel noted."""
    return _field(pid, "status", "VmHWM:")


def held(pid: int) -> float:
    """MB that the process alone holds and has written; 0 where it is gone."""
    return _field(pid, "smaps_rollup", "Private_Dirty:")


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    return [pid, *(below for child in children(pid) for below in tree(child))]


def children(pid: int) -> Iterator[int]:
    """The processes that a process has started, by any of its threads."""
    with suppress(OSError):  # it may end meanwhile
        for tasks in list(Path(f"/proc/{pid}/task").glob("*/children")):
            yield from map(int, tasks.read_text().split())


def named(pid: int, word: str) -> list[int]:
    """Those of the process's children whose command line has the word."""
    return [child for child in tree(pid)[1:] if word in command_line(child)]


def command_line(pid: int) -> str:
    """As it was typed, or nothing where the process is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _field(pid: int, file: str, name: str) -> float:
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024
    return 0.0


def busy(pids: Sequence[int]) -> float:
    """Seconds of processor time that these have used so far."""
    return sum(int(part) for pid in pids for part in _stat(pid)[11:13]) / _TICKS


def age(pid: int) -> float:
    """Seconds since the process was started, to a hundredth."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(_stat(pid)[19]) / _TICKS


def written(pids: Sequence[int]) -> int:
    """Bytes that these have handed to write() so far: to files, pipes and sockets."""
    return sum(round(_field(pid, "io", "wchar:") * 1024) for pid in pids)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; the first is the state."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return ["0"] * 40
