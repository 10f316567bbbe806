"""A server worker: how soon it is ready, and what it holds after many different pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench import live as lives
from tests.bench import process, site
from tests.bench.live import Client, Live
from tests.bench.table import Row

PAGES = 20_000


def start(root: Path, entries: int, repeats: int) -> Iterator[Row]:
    """From the start of the listener's process, and from the typed command, to /readyz 200."""
    ages, typed = [], []
    for _ in range(repeats):
        with lives.running(root, "--no-build") as live:
            ages.append(process.age(live.workers()[0]))
            typed.append(live.ready - live.started)
    yield Row.of("serve", "worker, start to ready", entries, ages, "s")
    yield Row.of("serve", "feedsvc serve, typed to ready", entries, typed, "s")


def memory(live: Live, entries: int) -> Iterator[Row]:
    """The largest process of the public listener, after many different pages; and the builder."""
    asked = min(PAGES, entries)
    client = Client(live.port)
    for turn in range(asked):
        number = turn * entries // asked
        path = f"/s{number // site.PER_FILE % site.SECTIONS}/e{number:07}"
        status = client.get(path, Accept_Encoding="gzip")[0]
        if status != 200:
            raise RuntimeError(f"{path} answers {status}")
    most = max(map(process.highest, live.workers()))
    note = f"after {asked:,} different pages"
    yield Row("memory", "server worker", entries, most, "MB", note)
    most = max(map(process.highest, live.builder()))
    yield Row("memory", "builder, while serving", entries, most, "MB", "after the edits")
