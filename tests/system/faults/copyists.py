"""Processes that copy a shared store, killed at random moments: run as a process of its own.

``python -m tests.system.faults.copyists ROOT SHARED COPY KILLS SEED``. Before every second one
another generation of the site in ROOT is published in the shared store.
"""

from __future__ import annotations

import os
import random
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from feedsvc.build import Builder
from feedsvc.store import Store
from tests.system.faults.newsroom import FILE, generation
from tests.system.faults.press import kill
from tests.system.servers import SampleSite


def main(root: Path, shared: str, copy: str, kills: int, seed: int) -> None:
    rolls, site, store = random.Random(seed), SampleSite(root), Store(shared)
    builder = Builder(root, store, pause=lambda _seconds: None)
    for number in range(kills):
        if number % 2 == 0:  # the next one goes on where this one was killed
            site.write(FILE, generation(number // 2 + 1))
            builder.build(datetime.now(UTC), "edit")  # noqa: TID251 - a process begins here
        # At any moment: while it connects, copies bodies, copies documents, has nothing to do.
        kill(partial(_copy, shared, copy), rolls.randrange(12), rolls.uniform(0, 0.02))


def _copy(shared: str, copy: str, told: int) -> None:
    replication = Store(copy).copy_of(Store(shared), lambda: os.write(told, b"."))
    while True:
        replication.pull()
        replication.mirror()
        os.write(told, b".")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:4], *map(int, sys.argv[4:]))
