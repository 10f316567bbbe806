"""How much is said about one file: enough to mend it, however much is wrong with it.

In: the problems of a file. Out: the first of them, errors before warnings, and a word on the rest.
It must not know what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest
from typing import Final

from feedsvc.errors import Problem

MOST: Final = 200
"""Problems told of one file: a hostile file has one for every few bytes of it."""


def bounded(file: str, problems: Iterable[Problem], most: int = MOST) -> tuple[Problem, ...]:
    """The problems in order, ``most`` of them; where there are more, one says how many."""
    found = tuple(problems)
    if len(found) <= most:
        return tuple(sorted(found))
    told = nsmallest(most, found, key=lambda problem: (problem.severity != "error", problem))
    return tuple(sorted((*told, _rest(file, told[0].severity, len(found) - most))))


def _rest(file: str, severity: str, count: int) -> Problem:
    found, expected = f"{count} more problems in this file", "none"
    return Problem(file, 0, 0, "file", found, expected, "mend those that are named first", severity)
