"""One run: the sites of each size in turn, the parts measured on them, and the time left."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.bench import builds, crowd, deltas, http, pressure, process, rivals, saves, serving
from tests.bench import site as sites
from tests.bench.live import Live, running
from tests.bench.table import Row, find, show, skip

PARTS = ("build", "hugo", "edit", "serve", "bytes", "memory", "http", "wait", "crowd")
_ROOM = 60e-6
"""GB of disk that an entry may take, with all that is made of it."""


@dataclass(frozen=True)
class Plan:
    """``others``: edits of kinds other than a new title; ``seconds`` and ``rounds`` of wrk."""

    sizes: tuple[int, ...]
    main: int
    edits: int = 7
    others: int = 7
    repeats: int = 3
    rounds: int = 3
    pairs: int = 2
    seconds: int = 2
    minutes: int = 28

    def having(self, **changes: Any) -> Plan:
        """The same with some changes."""
        return replace(self, **changes)


class Run:
    """Measures by a plan in a folder; ``only`` names the parts, None all of them."""

    def __init__(self, plan: Plan, folder: Path, only: Sequence[str] | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._plan = plan
        self._folder = folder
        self._only = only or PARTS
        self._rows: list[Row] = []
        self._end = time.monotonic() + plan.minutes * 60

    def rows(self) -> list[Row]:
        """Every row, shown as soon as it is known."""
        for entries in self._plan.sizes:
            began = time.monotonic()
            if reason := self._too_much(entries):
                skip("size", f"{entries:,} entries", reason)
                continue
            for row in self._size(entries):
                show(row)
                self._rows.append(row)
            print(f"       {entries:,} entries took {time.monotonic() - began:.0f} s", flush=True)
        return self._rows

    def _too_much(self, entries: int) -> str:
        """Why a size is left out: disk; memory and time, by what the last size took."""
        free, needed = shutil.disk_usage(self._folder).free / 1e9, entries * _ROOM
        if free < needed:
            return f"may need {needed:.0f} GB of disk, {free:.0f} are free"
        memory = self._grown("memory", "builder, cold", entries) / 1000
        if memory > (available := process.available() / 1000) * 0.8:
            return f"would need {memory:.0f} GB of memory, {available:.0f} are available"
        # A cold build, restarts and starts of a third of one altogether, and a minute of edits.
        expected, left = 1.4 * self._grown("build", "cold, everything", entries) + 60, self._left()
        if entries != self._plan.main and expected > left:
            return f"would take {expected:.0f} s, {left:.0f} are left"
        return ""

    def _grown(self, group: str, what: str, entries: int) -> float:
        """What the last size took, for so many more entries; 0 for the first size."""
        rows = [row for row in self._rows if (row.group, row.what) == (group, what)]
        return rows[-1].value * entries / rows[-1].entries if rows else 0

    def _left(self) -> float:
        return self._end - time.monotonic()

    def _size(self, entries: int) -> Iterator[Row]:
        root, main = self._folder / f"site-{entries}", self._plan.main
        yield from self._built(root, entries)
        if self._asks("build"):
            yield from builds.warm(root, entries, self._plan.repeats)
        if self._asks("hugo"):
            folder = self._folder / f"hugo-{entries}"
            repeats = min(2, self._plan.repeats) if entries == main else 1
            left = math.inf if entries == main else self._left()
            yield from rivals.measure(folder, root / "feeds", entries, repeats, left)
        if self._asks("serve") and entries >= main:
            yield from serving.start(root, entries, self._plan.repeats)
        if set(self._only) - {"build", "serve", "hugo"}:
            yield from self._served(root, entries)

    def _built(self, root: Path, entries: int) -> Iterator[Row]:
        """The site, with its first build where it has none yet."""
        if root.exists():
            return
        sites.write(root, entries, 8000)
        if self._asks("build") and entries <= self._plan.main:
            yield from builds.feeds_alone(root, entries, self._plan.repeats)
        yield from builds.cold(root, entries)

    def _served(self, root: Path, entries: int) -> Iterator[Row]:
        """What is measured on a running server; most of it at the main size alone."""
        plan, main = self._plan, entries == self._plan.main
        with running(root) as live:
            live.quiet()
            if self._asks("edit"):
                yield from saves.measure(live, entries, plan.edits, plan.others if main else 0)
            if self._asks("bytes") and entries >= plan.main:
                yield from saves.bytes_written(live, entries, plan.repeats)
            if self._asks("memory") and entries >= plan.main:
                yield from serving.memory(live, entries)
            if main:
                yield from self._in_full(live, entries)

    def _in_full(self, live: Live, entries: int) -> Iterator[Row]:
        plan = self._plan
        if self._asks("build"):
            yield from saves.unchanged(live, entries, plan.repeats)
        if self._asks("bytes"):
            yield from deltas.measure(live, entries)
        if self._asks("http"):
            yield from http.measure(live, entries, plan.seconds, plan.rounds)
        if self._asks("wait"):
            yield from pressure.measure(live, entries, self._cold(entries), plan.pairs)
        if self._asks("crowd"):
            yield from crowd.measure(live, entries, plan.seconds * 4, min(plan.others, 5))

    def _cold(self, entries: int) -> float:
        row = find(self._rows, "build", "cold, everything", entries)
        return row.value if row else 10.0

    def _asks(self, part: str) -> bool:
        return part in self._only
