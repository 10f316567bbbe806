"""Rows of figures, printed as a table and written as JSON."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure; ``beside`` sets it against another one of the same run."""

    group: str
    what: str
    value: float
    unit: str
    beside: str = ""


def show(row: Row) -> None:
    """Print one row as soon as it is known."""
    digits = 0 if row.value >= 1000 else 1 if row.value >= 100 else 3
    print(
        f"{row.group:6} {row.what:58} {row.value:>12,.{digits}f} {row.unit:6} {row.beside}",
        flush=True,
    )


def write(rows: Iterable[Row], file: Path) -> None:
    """Keep all rows, with what they were measured on."""
    machine = {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "granian": version("granian"),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "rows": [asdict(row) for row in rows]}
    file.write_text(json.dumps(content, indent=2) + "\n")
