"""What a build costs, as whole processes: cold, on a warm cache, and where nothing changed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from feedsvc.errors import FeedsvcError
from feedsvc.store import Store, locate
from tests.bench import site
from tests.bench.process import timed
from tests.bench.table import Row

FEEDS_ALONE: tuple[str, ...] = ()
"""Options of ``feedsvc build`` that make the feeds and nothing else, once it has such options."""
DATABASE = "sqlite:///var/feedsvc.db"


def command(root: Path, *options: str) -> list[str]:
    """``feedsvc build`` as an operator types it."""
    return [sys.executable, "-m", "feedsvc", "build", "--site", str(root), *options]


def cold(root: Path, entries: int) -> Iterator[Row]:
    """The first build, everything in it; and when the live feeds could be read."""
    first = FirstFeeds(root)
    took = timed(command(root))
    first.join()
    note = f"{took.cpu:.1f} s of processors"
    yield Row("build", "cold, everything", entries, took.seconds, "s", note)
    if not FEEDS_ALONE:
        note = "of the same build: a snapshot with all 33 live feeds is in the store"
        yield Row("build", "cold, until the feeds can be read", entries, first.seconds, "s", note)
    yield Row("memory", "builder, cold", entries, took.memory, "MB", "children included")
    size = sum(path.stat().st_size for path in (root / "var").rglob("*") if path.is_file())
    yield Row("bytes", "all that is in var/", entries, size / 1e6, "MB")


def feeds_alone(root: Path, entries: int) -> Iterator[Row]:
    """The feeds and nothing else, on a site that was never built."""
    took = timed(command(root, *FEEDS_ALONE))
    note = f"{took.cpu:.1f} s of processors, {took.memory:.0f} MB"
    yield Row("build", "cold, the feeds alone", entries, took.seconds, "s", note)


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


class FirstFeeds:
    """Looks into the store, as a server would, for the first snapshot that has the live feeds."""

    def __init__(self, root: Path) -> None:
        self.seconds = 0.0
        self._file = root / "var" / "feedsvc.db"
        self._url = locate(DATABASE, root)
        self._over = threading.Event()
        self._started = time.perf_counter()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for the look that finds them: the build has ended, so they are there."""
        self._thread.join(timeout=30)
        if not self.seconds:
            raise RuntimeError("the live feeds never came")

    def _look(self) -> None:
        while not self._file.exists():
            time.sleep(0.02)
        store = Store(self._url)
        while not self._present(store):
            time.sleep(0.02)
        self.seconds = time.perf_counter() - self._started
        store.close()

    def _present(self, store: Store) -> bool:
        try:
            current = store.current()
            return current is not None and all(
                store.document(path, current.id) for path in live_feeds()
            )
        except FeedsvcError:
            return False  # no tables yet


def live_feeds() -> list[str]:
    """Every section's, and those of all sections together."""
    sections = ["all", *(f"s{number}" for number in range(site.SECTIONS))]
    return [f"/{name}/{file}" for name in sections for file in ("rss.xml", "atom.xml", "feed.json")]
