"""A written bench.json as Markdown, for the README: the goals, then what was measured."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.goals import Goal
from tests.bench.table import number, read

_SHOWN = ("build", "hugo", "edit", "serve", "memory", "wait")


def text(file: Path) -> str:
    """Two tables."""
    content = json.loads(file.read_text(encoding="utf-8"))
    lines = ["| goal | found | limit | |", "| --- | --- | --- | --- |"]
    for goal in (Goal(**each) for each in content["goals"]):
        sign = "≥" if goal.least else "≤"
        limit = f"{sign} {number(goal.limit)} {goal.unit}"
        word = "met" if goal.met else "missed"
        lines.append(f"| {goal.what} | {number(goal.found)} {goal.unit} | {limit} | {word} |")
    rows = [row for row in read(file) if row.group in _SHOWN]
    sizes = sorted({row.entries for row in rows})
    lines += ["", f"| what | {' | '.join(f'{size:,}' for size in sizes)} |"]
    lines.append("| --- |" + " --- |" * len(sizes))
    found = {(row.group, row.what, row.entries): f"{number(row.value)} {row.unit}" for row in rows}
    for group, what in dict.fromkeys((row.group, row.what) for row in rows):
        cells = [found.get((group, what, size), "") for size in sizes]
        lines.append(f"| {group}: {what} | {' | '.join(cells)} |")
    return "\n".join(lines)
