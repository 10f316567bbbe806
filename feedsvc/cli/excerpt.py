"""A line of a file with a caret under one column, for a terminal of some width.

In: a line as it stands in the file, a column, a width. Out: two lines that fit, the caret under the
character. It must not know what is wrong there.
"""

from __future__ import annotations

import unicodedata
from itertools import accumulate

_TAB = 4
_LEAST = 40  # cells, however narrow the terminal is
_REACH = 8  # characters on either side that are looked at, for each cell: marks take none
_BEFORE = 3  # a quarter of a long line is shown before the caret's place, and three behind


def excerpt(number: int, line: str, column: int, width: int) -> str:
    """The line and the caret, with the number of the line before them."""
    gutter = f"{number:>6} | "
    shown, caret = cut(line, max(column, 1), max(width - len(gutter), _LEAST))
    return f"{gutter}{shown}\n{' ' * (len(gutter) - 2)}| {' ' * caret}^"


def cut(line: str, column: int, width: int) -> tuple[str, int]:
    """What is shown of a line in so many cells, and the cells before the caret."""
    start, end = max(0, column - 1 - _REACH * width), column - 1 + _REACH * width
    more_before, more_after = start > 0, end < len(line)
    line, column = line[start:end], min(column - start, end - start)
    cells = [_cells(char) for char in line]
    texts = [_visible(char) for char in line]
    ends = list(accumulate(cells, initial=0))
    at = min(column - 1, len(line))
    first, last = 0, len(line)
    if ends[-1] > width:
        room = width - 2  # for an ellipsis at either end
        first = next(n for n in range(at + 1) if ends[at] - ends[n] <= room // (_BEFORE + 1))
        last = max(n for n in range(first, len(line) + 1) if ends[n] - ends[first] <= room)
    before = "…" if first or more_before else ""
    after = "…" if last < len(line) or more_after else ""
    shown = f"{before}{''.join(texts[first:last])}{after}"
    return shown.rstrip(), len(before) + ends[at] - ends[first]


def _visible(char: str) -> str:
    """A character as a terminal may have it: nothing that moves the cursor or turns the text."""
    if char == "\t":
        return " " * _TAB
    return char if char.isprintable() else "\ufffd"


def _cells(char: str) -> int:
    """How many cells of a terminal a character takes."""
    if char == "\t":
        return _TAB
    if unicodedata.category(char) in {"Mn", "Me"} or char == "\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
