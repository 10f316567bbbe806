"""What a build costs, as whole processes: cold, on a warm cache, and where nothing changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.process import timed
from tests.bench.table import Row

DATABASE = "sqlite:///var/feedsvc.db"


def command(root: Path, *options: str) -> list[str]:
    """``feedsvc build`` as an operator types it."""
    return [sys.executable, "-m", "feedsvc", "build", "--site", str(root), *options]


def cold(root: Path, entries: int) -> Iterator[Row]:
    """The first build, everything in it."""
    took = timed(command(root))
    note = f"{took.cpu:.1f} s of processors"
    yield Row("build", "cold, everything", entries, took.seconds, "s", note)
    yield Row("memory", "builder, cold", entries, took.memory, "MB", "children included")
    size = sum(path.stat().st_size for path in (root / "var").rglob("*") if path.is_file())
    yield Row("bytes", "all that is in var/", entries, size / 1e6, "MB")


def feeds_alone(root: Path, entries: int, repeats: int) -> Iterator[Row]:
    """The live feeds and nothing else, on a site that was never built."""
    seconds, cpu = [], []
    for _ in range(repeats):
        took = timed([sys.executable, "-m", "tests.bench.feeds", str(root)])
        shutil.rmtree(root / "var")
        seconds.append(took.seconds)
        cpu.append(took.cpu)
    note = f"{sum(cpu) / repeats:.1f} s of processors"
    yield Row.of("build", "cold, the feeds alone", entries, seconds, "s", note)


def warm(root: Path, entries: int, repeats: int) -> Iterator[Row]:
    """A new process that finds nothing changed; a running builder that finds the same."""
    again = [timed(command(root)) for _ in range(repeats)]
    if not all("nothing changed" in took.output for took in again):
        raise RuntimeError(f"a rebuild changed something:\n{again[-1].output}")
    seconds = [took.seconds for took in again]
    yield Row.of("build", "restart, nothing changed", entries, seconds, "s")
    memory = [took.memory for took in again]
    yield Row.of("memory", "builder, restarted", entries, memory, "MB", "children included")
    child = [sys.executable, "-m", "tests.bench.again", str(root)]
    done = subprocess.run(child, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    yield Row.of("build", "no change, running builder", entries, found["seconds"], "s")
    note = "commits seen: " + ("none" if found["untouched"] else "some")
    yield Row.of("bytes", "written where nothing changed", entries, found["written"], "bytes", note)
