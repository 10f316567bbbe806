"""Rows of figures: printed as a table, written as JSON, shown as Markdown."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

Kind = Literal["measured", "computed"]


@dataclass(frozen=True)
class Row:
    """One figure: the median of ``samples`` runs, with the least and the most of them.

    ``entries``: the size of the site, 0 where it does not matter. ``kind``: what is computed from
    measured figures says so. ``beside`` sets it against another figure, or says how it was taken.
    """

    group: str
    what: str
    entries: int
    value: float
    unit: str
    beside: str = ""
    low: float | None = None
    high: float | None = None
    samples: int = 1
    kind: Kind = "measured"

    @classmethod
    def of(  # noqa: PLR0917 - a row of the table, in its order
        cls,
        group: str,
        what: str,
        entries: int,
        taken: Sequence[float],
        unit: str,
        beside: str = "",
    ) -> Row:
        """The row of several measurements."""
        middle = statistics.median(taken)
        return cls(
            group, what, entries, middle, unit, beside, min(taken), max(taken), samples=len(taken)
        )


def show(row: Row) -> None:
    """Print one row as soon as it is known."""
    spread = ""
    if row.samples > 1 and row.low is not None and row.high is not None:
        spread = f"{number(row.low)} – {number(row.high)}"
    size = f"{row.entries:,}" if row.entries else ""
    beside = " ".join(filter(None, ("computed:" if row.kind == "computed" else "", row.beside)))
    print(
        f"{row.group:6} {size:>9} {row.what:46} {number(row.value):>12} {row.unit:6}"
        f" {spread:19} {beside}",
        flush=True,
    )


def skip(group: str, what: str, why: str) -> None:
    """Say that something was not measured."""
    print(f"{group:6} {'':9} {what:46} {'skipped':>12} {why}", flush=True)


def number(value: float) -> str:
    """With as many digits as mean something."""
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.{0 if value >= 1000 else 1 if value >= 100 else 3 if value < 10 else 2}f}"


def find(rows: Iterable[Row], group: str, what: str, entries: int | None = None) -> Row | None:
    """The row of that name, at that size where one is named."""
    for row in rows:
        if (row.group, row.what) == (group, what) and entries in (None, row.entries):
            return row
    return None


def write(rows: Iterable[Row], goals: Iterable[Any], seconds: float, file: Path) -> None:
    """Keep all rows, with what they were measured on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": machine(),
        "seconds": round(seconds),
        "goals": [asdict(goal) for goal in goals],
        "rows": [asdict(row) for row in rows],
    }
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(file: Path) -> list[Row]:
    """The rows of an earlier run."""
    return [Row(**row) for row in json.loads(file.read_text(encoding="utf-8"))["rows"]]


def machine() -> dict[str, Any]:
    """What a figure depends on; nothing that names the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "granian": version("granian"),
        "load_at_end": round(os.getloadavg()[0], 1),
    }
