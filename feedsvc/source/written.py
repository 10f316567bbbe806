"""A file as an editor shows it: lines, and where in them something stands.

In: the bytes of one file. Out: lines, and places that count from 1 as problems do. It must not know
YAML beyond that a value begins at its node. Nothing is decoded before somebody asks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from io import StringIO
from itertools import accumulate
from typing import NamedTuple, Protocol

_HASHED = re.compile(rb"#[^\s#](?<=[ \t]#.)")  # begins with a fixed letter, for speed
_BREAK = re.compile(r"\r\n?|\n")


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class Placed(Protocol):
    """A node, or whatever else has a place."""

    @property
    def line(self) -> int: ...  # noqa: D102
    @property
    def column(self) -> int: ...  # noqa: D102


class Written:
    """The text of one file."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def hashed(self) -> bool:
        """Whether a word in it begins with ``#``, and may be meant as text."""
        return b"#" in self.data and _HASHED.search(self.data) is not None

    @cached_property
    def text(self) -> str:
        """The text without a byte order mark."""
        return self.data.decode("utf-8-sig", "replace")

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, without their ends."""
        return _BREAK.split(self.text) if "\r" in self.text else self.text.split("\n")

    @cached_property
    def starts(self) -> list[int]:
        """The offset in the text at which each line begins."""
        whole = StringIO(self.text, newline="")  # knows the three line breaks that YAML knows
        starts = list(accumulate(map(len, whole), initial=0))
        return starts if self.text.endswith(("\r", "\n")) else starts[:-1] or [0]

    def offset(self, at: Placed) -> int:
        """The offset of a place in the text."""
        return self.starts[at.line - 1] + at.column - 1

    def line(self, number: int) -> str:
        """The line of that number; empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def find(self, words: str, node: Placed) -> Place:
        """Where the words first stand in the value that begins at the node, else the node."""
        found = self.text.find(words, self.offset(node))
        return self.place(found) if found >= 0 else Place(node.line, node.column)

    def place(self, offset: int) -> Place:
        """The place of an offset in the text."""
        line = bisect_right(self.starts, offset)
        return Place(line, offset - self.starts[line - 1] + 1)
