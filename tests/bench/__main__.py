"""``make bench``: every figure in one run, printed as a table, kept in bench-results/."""

import argparse
from pathlib import Path

from tests.bench import builds, deltas, http
from tests.bench.table import Row, show, write

RESULTS = Path("bench-results") / "bench.json"


def main() -> None:
    """Measure, show and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000, help="size of the site to build")
    parser.add_argument("--seconds", type=int, default=2, help="for each load, five times")
    parser.add_argument("--edits", type=int, default=7, help="how many edits are timed")
    parser.add_argument("--only", choices=["build", "bytes", "http"], help="one part alone")
    asked = parser.parse_args()
    rows: list[Row] = []
    parts = {
        "build": lambda: builds.measure(asked.entries, asked.edits),
        "bytes": deltas.measure,
        "http": lambda: http.measure(asked.seconds),
    }
    for name, part in parts.items():
        if asked.only in (None, name):
            for row in part():
                show(row)
                rows.append(row)
    write(rows, RESULTS)


if __name__ == "__main__":
    main()
