"""What a run is measured against: each goal, what was found, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.bench.table import Row, find, number

LARGE = 10
"""How many times the main size the largest one is."""


@dataclass(frozen=True)
class Goal:
    """``found`` must be under ``limit``, or over it where ``least``."""

    what: str
    found: float
    limit: float
    unit: str
    entries: int
    least: bool = False

    @property
    def met(self) -> bool:
        return self.found >= self.limit if self.least else self.found <= self.limit


_LIMITS = (
    ("one-entry edit, saved to served", "edit", "saved to served: new title", 0.25),
    ("rebuild with no change", "build", "no change, running builder", 0.1),
    ("bytes written by a rebuild with no change", "bytes", "written where nothing changed", 0),
    ("restart on a warm cache, first build done", "build", "restart, nothing changed", 2),
    ("builder, peak memory, cold", "memory", "builder, cold", 600),
    ("builder, peak memory, while serving", "memory", "builder, while serving", 600),
    ("server worker, peak memory", "memory", "server worker", 120),
    ("server worker, start to ready", "serve", "worker, start to ready", 0.5),
    (
        "rows written for an edit, beside its own documents",
        "bytes",
        "those rows, beside its own documents",
        20,
    ),
    (
        "p99 during a full rebuild beside idle, paced",
        "wait",
        "p99 rebuild beside idle: paced, 200 a second",
        2,
    ),
    (
        "p99 during a full rebuild beside idle, wrk",
        "wait",
        "p99 rebuild beside idle: wrk, 32 connections",
        2,
    ),
)
#: Requests a second of a worker, beside those of a peer.
_BESIDE = {"nginx, gzip_static": 0.4, "Caddy, precompressed": 1, "granian, a constant": 0.85}
_SAVED = ("edit", "saved to served: new title")
_FEEDS = ("build", "cold, the feeds alone")


def judge(rows: Iterable[Row], main: int) -> Iterator[Goal]:
    """The goals of which both sides were measured, at the main size."""
    known = list(rows)
    yield from _plain(known, main)
    yield from _edit(known, main)
    yield from _cold(known, main)
    yield from _requests(known, main)


def _plain(known: list[Row], main: int) -> Iterator[Goal]:
    for what, group, name, limit in _LIMITS:
        if row := find(known, group, name, main):
            yield Goal(what, row.value, limit, row.unit, main)


def _edit(known: list[Row], main: int) -> Iterator[Goal]:
    """Beside Hugo's rebuild, and beside the same edit of a site ten times as large."""
    if not (edit := find(known, *_SAVED, main)):
        return
    kinds = ("feeds alone, YAML data", "feeds alone, Markdown", "feeds and pages, Markdown")
    for name in (f"{kind}: one edit" for kind in kinds):
        if slow := find(known, "hugo", name, main):
            what = f"edit: times faster than Hugo, {name.partition(':')[0]}"
            yield Goal(what, slow.value / edit.value, 40, "×", main, least=True)
    if large := find(known, *_SAVED, main * LARGE):
        what = f"edit at {main * LARGE:,} entries beside {main:,}"
        yield Goal(what, large.value / edit.value, 1.5, "×", main * LARGE)


def _cold(known: list[Row], main: int) -> Iterator[Goal]:
    mine = find(known, "build", "cold, everything", main)
    if mine and (theirs := find(known, "hugo", "feeds and pages, Markdown: cold", main)):
        yield Goal("cold build beside Hugo with pages", mine.value / theirs.value, 1, "×", main)
    if row := find(known, *_FEEDS, main):
        yield Goal("cold build of the feeds alone", row.value, 4.6, "s", main)
        if theirs := find(known, "hugo", "feeds alone, YAML data: cold", main):
            what = "cold build of the feeds alone beside Hugo from YAML data"
            yield Goal(what, row.value / theirs.value, 1, "×", main)


def _requests(known: list[Row], main: int) -> Iterator[Goal]:
    for name, limit in _BESIDE.items():
        for kind in ("304", "200 gzip"):
            if row := find(known, "http", f"{kind}, kept: beside {name}", main):
                yield Goal(f"{kind}, requests beside {name}", row.value, limit, "×", main, True)


def show(goals: Iterable[Goal]) -> None:
    """The table of goals."""
    for goal in goals:
        sign = "≥" if goal.least else "≤"
        word = "met" if goal.met else "MISSED"
        limit = f"{sign} {number(goal.limit)} {goal.unit}"
        print(
            f"goal   {goal.entries:>9,} {goal.what:56} {number(goal.found):>10} {limit:14} {word}"
        )
