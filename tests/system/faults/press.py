"""Builders that are killed at random moments, hundreds of them: run as a process of its own.

``python -m tests.system.faults.press ROOT STORE KILLS SEED``. Each builder is forked from this
process, so that it need not load anything, takes the lease, and publishes one generation after the
other until it is killed. What it was told to be published it writes down, a line a snapshot.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from feedsvc.build import Builder
from feedsvc.errors import StoreError
from feedsvc.keeper import Pace, candidate
from feedsvc.process import is_gone
from feedsvc.store import Store
from tests.system.faults.newsroom import FILE, generation, generations
from tests.system.servers import SampleSite


def main(root: Path, url: str, kills: int, seed: int) -> None:
    rolls = random.Random(seed)
    _warm_up(root)
    for _ in range(kills):
        work = partial(_publish, SampleSite(root), url, root.parent / "published")
        kill(work, rolls.randrange(4), rolls.uniform(0, 0.06))


def kill(work: Callable[[int], None], steps: int, seconds: float) -> None:
    """Do the work in a process of its own, and kill that so long after so many steps of it.

    The work writes an octet into a pipe at each step: 0 is before the first one.
    """
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work(told)
        finally:
            os._exit(1)
    for _ in range(steps):
        os.read(heard, 1)
    time.sleep(seconds)
    os.close(heard)
    os.close(told)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        sys.exit("a process ended by itself")


def _warm_up(root: Path) -> None:
    """Load all that a build needs: nothing of it is in the store that matters."""
    store = Store("sqlite://")
    store.create()
    Builder(root, store).build(_now(), "start")
    store.close()


def _publish(site: SampleSite, url: str, note: Path, told: int) -> None:
    store = Store(url)
    store.create()
    while True:
        try:
            store.lease.take(candidate(Pace()), _now(), is_gone)
            break
        except StoreError:  # the lock of the one before may take a moment to go
            time.sleep(0.01)
    os.write(told, b".")
    builder = Builder(site.root, store, base_url=None, pause=lambda _seconds: None)
    with note.open("a", buffering=1, encoding="utf-8") as published:
        while True:
            number = max(generations(site.read(FILE).encode()))
            site.write(FILE, generation(number + 1))
            outcome = builder.build(_now(), "edit")
            if outcome.snapshot:
                published.write(f"{outcome.snapshot.id}\n")
                os.write(told, b".")


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a process begins here


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
