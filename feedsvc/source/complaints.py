"""What libyaml complains of, and the lines that it is about.

In: the text and the parser's complaint. Out: answers about lines, for those who explain. It must
not know PyYAML (complaints come as plain strings) nor any mistake.
"""

from __future__ import annotations

import re

import msgspec

Place = tuple[int, int]

_LONGEST = 1000  # characters of a line that are looked at
_SHOWN = 60  # characters of a value that are repeated

_BREAK = re.compile(r"\r\n?|\n")
KEY = re.compile(r"(?P<before>\s*(?:- +)*)(?P<key>[^\s:#\"'][^:]*):\s+(?P<value>\S.*?)\s*$")
ANY_KEY = re.compile(r"(?P<before>\s*(?:- +)*)[A-Za-z_]\w*:(?:\s|$)")
_BARE_KEY = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_]\w*):\s*(#.*)?$")


class Complaint(msgspec.Struct, frozen=True):
    """libyaml's words and places: ``at`` is where it gave up, ``began`` where that part began."""

    problem: str
    context: str
    at: Place
    began: Place


class Advice(msgspec.Struct, frozen=True):
    """The parts of a ``Problem`` that a rule knows."""

    found: str
    expected: str
    fix: str
    place: Place


class Text:
    """The lines of a file with the complaint about it; lines count from 1."""

    def __init__(self, text: str, complaint: Complaint) -> None:
        self.lines = _BREAK.split(text)
        self.complaint = complaint
        self.at = complaint.at
        self.began = complaint.began if complaint.began[0] else complaint.at

    def line(self, number: int) -> str:
        """The beginning of the line of that number, empty beyond either end of the text."""
        return self.lines[number - 1][:_LONGEST] if 0 < number <= len(self.lines) else ""

    def char(self, place: Place) -> str:
        """The character at a place."""
        return self.line(place[0])[place[1] - 1 : place[1]]

    def above(self, number: int) -> int:
        """The last line above that holds more than blanks and comments, or 0."""
        written = (n for n in range(number - 1, 0, -1) if self.line(n).strip()[:1] not in ("", "#"))
        return next(written, 0)

    def parent(self, number: int) -> tuple[int, str]:
        """The line and name of the key with nothing behind it under which a line is indented."""
        line = self.line(number)
        indent = len(line) - len(line.lstrip())
        for above in range(number - 1, 0, -1):
            line = self.line(above)
            if line.strip() and len(line) - len(line.lstrip()) < indent:
                match = _BARE_KEY.match(line)
                return (above, match["key"]) if match else (0, "")
        return 0, ""

    def goes_on(self, number: int) -> bool:
        """Whether the next line is indented further than the key of this one."""
        below = self.line(number + 1)
        return bool(below.strip()) and len(below) - len(below.lstrip()) >= self.key_column(number)

    def key_column(self, number: int) -> int:
        """The column of the nearest key in or above the line, or 0."""
        keys = (ANY_KEY.match(self.line(n)) for n in range(number, 0, -1))
        return next((len(key["before"]) + 1 for key in keys if key), 0)


def quoted(value: str) -> str:
    """The value as it may stand in the file, cut where it is long."""
    if len(value) > _SHOWN:
        value = value[:_SHOWN].rstrip() + "…"
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'
