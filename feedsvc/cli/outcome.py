"""What a build did, told to the person who asked for it.

In: an outcome and what it changed. Out: lines: problems first, then paths, the sum at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import rich_click as click

from feedsvc import report
from feedsvc.build import Outcome
from feedsvc.cli.past import called, pages_first
from feedsvc.ending import held_back
from feedsvc.store import Store
from feedsvc.store.past import Changes

#: How many paths are named; 'feedsvc snapshots' has them all.
MOST: Final = 20


def tell(store: Store, outcome: Outcome) -> None:
    """Say what must be mended, what changed, and what is held back."""
    tell_problems(outcome)
    if outcome.snapshot is None:
        click.echo(f"nothing changed, {_size(outcome)}")
        return
    number = outcome.snapshot.id
    changes = store.past.changes(number)
    tell_paths(changes, f": 'feedsvc snapshots {number}' lists all")
    counts = f"{summed(changes)}; {outcome.snapshot.documents} documents"
    click.echo(f"snapshot {number}: {counts}, {_size(outcome)}")


def tell_problems(outcome: Outcome) -> None:
    """Say what must be mended, and that nothing is published for a rollback."""
    if outcome.problems:
        click.echo(report.text(outcome.problems), err=True)
    if outcome.held:
        click.echo(held_back(outcome), err=True)


def tell_paths(changes: Changes, more: str = "") -> None:
    """A line for each path, pages of entries first, up to a number of them."""
    lines = list(_lines(changes))
    shown = lines if len(lines) <= MOST + 1 else lines[:MOST]  # "1 more" would take a line too
    for line in shown:
        click.echo(line)
    if rest := len(lines) - len(shown):
        click.echo(f"… and {rest} more{more}")


def summed(changes: Changes) -> str:
    """``1 added, 5 changed, 0 gone``."""
    return ", ".join(f"{len(paths)} {word}" for word, paths in _parts(changes).items())


def _parts(changes: Changes) -> dict[str, tuple[str, ...]]:
    return {"added": changes.added, "changed": changes.changed, "gone": changes.gone}


def _lines(changes: Changes) -> Iterator[str]:
    words = {path: word for word, paths in _parts(changes).items() for path in paths}
    for path in pages_first(words):
        yield f"{words[path]:<7} {called(path)}"


def _size(outcome: Outcome) -> str:
    entries = "1 entry" if outcome.entries == 1 else f"{outcome.entries} entries"
    return f"{entries}, {outcome.seconds:.2f} s"
