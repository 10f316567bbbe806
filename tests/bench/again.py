"""A builder that builds again and again where nothing changes: ``python -m tests.bench.again DIR``.

A process of its own, so that its memory and its bytes are its own. Prints JSON: seconds and bytes
written for each build after the first, and whether the database saw no commit meanwhile.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.build import Builder
from feedsvc.store import Store, locate
from tests.bench.process import written

REPEATS = 7


def main(root: Path) -> None:
    """Build, and say what each build after the first one cost."""
    store = Store(locate("sqlite:///var/feedsvc.db", root))
    builder = Builder(root, store)
    builder.build(_now(), "bench")
    seconds, sizes = [], []
    with sqlite3.connect(root / "var" / "feedsvc.db") as database:
        before = _version(database)
        for _ in range(REPEATS):
            bytes_before, started = written([os.getpid()]), time.perf_counter()
            outcome = builder.build(_now(), "bench")
            seconds.append(time.perf_counter() - started)
            sizes.append(written([os.getpid()]) - bytes_before)
            if outcome.snapshot is not None:
                raise RuntimeError("something changed")
        untouched = _version(database) == before
    store.close()
    print(json.dumps({"seconds": seconds, "written": sizes, "untouched": untouched}))


def _version(database: sqlite3.Connection) -> int:
    """Another number whenever another connection has committed."""
    found: int = database.execute("PRAGMA data_version").fetchone()[0]
    return found


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a bench is an edge


if __name__ == "__main__":
    main(Path(sys.argv[1]))
