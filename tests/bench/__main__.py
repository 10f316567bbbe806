"""``make bench``: every figure in one run, as a table, JSON and a plot; ``make bench SHORT=1``.

A full run writes docs/bench.json and docs/bench.svg, which the README shows, and ``--add`` adds to
them what other sizes cost; any other run writes into bench-results/, which git ignores.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from tests.bench import goals, markdown, plot
from tests.bench.run import PARTS, Plan, Run
from tests.bench.table import machine, read, write

FULL = Plan(sizes=(1_000, 10_000, 100_000, 1_000_000), main=100_000)
SHORT = Plan(
    sizes=(1_000, 10_000), main=10_000, edits=5, others=3, rounds=1, pairs=1, seconds=1, minutes=3
)
DOCS, SCRATCH = Path("docs"), Path("bench-results")


def main() -> None:
    """Measure, show and write."""
    asked = _asked()
    if asked.markdown:
        print(markdown.text(asked.markdown))
        return
    plan = _plan(asked)
    if (load := os.getloadavg()[0]) > 1:
        print(f"the machine is busy, load {load:.1f}: figures will scatter", flush=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        rows = Run(plan, asked.keep or Path(name), asked.only).rows()
    seconds = time.perf_counter() - started
    full = plan == FULL and not asked.only
    folder = DOCS if full or asked.add else SCRATCH
    if asked.add:
        before = read(folder / "bench.json")
        rows = [*(row for row in before if row.entries not in plan.sizes), *rows]
    judged = list(goals.judge(rows, FULL.main if asked.add else plan.main))
    goals.show(judged)
    write(rows, judged, seconds, folder / "bench.json")
    facts = machine()
    note = f"{facts['cores']} cores, Python {facts['python']}; medians of one run"
    print(f"{seconds:.0f} s; {folder}/bench.json", flush=True)
    if plot.draw(rows, note, folder / "bench.svg"):
        print(f"and {folder}/bench.svg")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes, few repeats")
    parser.add_argument("--sizes", type=int, nargs="+", help="entries; the largest is the main one")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="some parts alone")
    parser.add_argument("--edits", type=int, help="how many edits are timed")
    parser.add_argument("--seconds", type=int, help="for each load of wrk")
    parser.add_argument("--minutes", type=int, help="sizes that would take longer are skipped")
    parser.add_argument("--keep", type=Path, help="make the sites here and use them again")
    parser.add_argument("--add", action="store_true", help="to what a full run has found")
    parser.add_argument("--markdown", type=Path, help="show a written bench.json as Markdown")
    return parser.parse_args()


def _plan(asked: argparse.Namespace) -> Plan:
    plan = SHORT if asked.short else FULL
    changes = {name: getattr(asked, name) for name in ("edits", "seconds", "minutes")}
    if asked.sizes:
        changes |= {"sizes": tuple(sorted(asked.sizes)), "main": max(asked.sizes)}
    return plan.having(**{name: value for name, value in changes.items() if value})


if __name__ == "__main__":
    main()
