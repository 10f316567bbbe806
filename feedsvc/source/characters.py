"""Which characters a file may hold, and what becomes of the others.

In: the bytes of one file. Out: text that libyaml reads line by line as an editor shows it, and a
warning for every character that was taken out. It must not know YAML's syntax.

libyaml stops at a character that it does not take, which would cost the whole file for one stray
byte out of a word processor. So that lines and columns stay true, such a character is first
replaced by a placeholder, and ``RESTORE`` takes that out of the values afterwards. The three line
separators that only YAML 1.1 knows travel the same way and come back: they are text.
"""

from __future__ import annotations

import re
from itertools import islice

from feedsvc.errors import Problem, SourceError

FIELD = "text"

_MOST = 100
"""Problems reported for one file: beyond that it is no text but rubbish."""

# XML 1.0 §2.2 forbids C0 and U+FFFE/F; DEL, C1 and a stray byte order mark show nothing.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_BREAK = re.compile("\r\n?|\n")

_REMOVED = "\ufdd0"  # noncharacters: no text for interchange holds them (Unicode §23.7)
_SEPARATORS = {"\x85": "\ufdd1", "\u2028": "\ufdd2", "\u2029": "\ufdd3"}
_MISTAKEN = tuple(mark.encode() for mark in (*_SEPARATORS, "\ufeff"))
RESTORE: dict[int, int | str | None] = {
    ord(_REMOVED): None,
    **{ord(hidden): separator for separator, hidden in _SEPARATORS.items()},
}


def refuse_utf16(file: str, data: bytes) -> None:
    """Raise SourceError where the file is UTF-16 or UTF-32, which the parser would take."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))
    if marked or (b"\x00" in data[:2] and data[:4].strip(b"\x00")):
        fix = "save the file as UTF-8 (in Windows' Notepad: Save as, Encoding)"
        raise SourceError([Problem(file, 1, 1, FIELD, "UTF-16 or UTF-32", "UTF-8", fix)])


def needs_cleaning(data: bytes) -> bool:
    """Whether there is something in it that libyaml would take, and take for something else."""
    # The last byte alone is looked for first: that is several times faster.
    return any(mark[-1:] in data and data.find(mark, 1) >= 0 for mark in _MISTAKEN)


def clean(file: str, data: bytes) -> tuple[str, list[Problem]]:
    """The text with placeholders, and a warning for each character that is taken out.

    Raises SourceError where the bytes are not UTF-8.
    """
    text = _decode(file, data)
    problems = (
        _removed(file, line, match.start() + 1, match[0])
        for line, words in enumerate(_BREAK.split(text), 1)
        for match in _UNFIT.finditer(words)
    )
    hidden = _UNFIT.sub(_REMOVED, text)
    for separator, mark in _SEPARATORS.items():  # several times faster than translate()
        hidden = hidden.replace(separator, mark)
    return hidden, list(islice(problems, _MOST))


def without_unfit(file: str, line: int, column: int, value: str) -> tuple[str, list[Problem]]:
    """A value without the unfit characters that came into it by escapes (a backslash and x00)."""
    unfit = dict.fromkeys(_UNFIT.findall(value))
    return _UNFIT.sub("", value), [_removed(file, line, column, char) for char in unfit]


def _decode(file: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = _BREAK.split(data[: error.start].decode("utf-8-sig"))
        byte = data[error.start]
        found = f"the byte 0x{byte:02X} ({bytes([byte]).decode('cp1252', 'replace')!r} elsewhere)"
        fix = "save the file as UTF-8: it looks like Windows-1252 or ISO 8859-1"
        raise SourceError([_at(file, before, found, fix)]) from None


def _at(file: str, before: list[str], found: str, fix: str) -> Problem:
    return Problem(file, len(before), len(before[-1]) + 1, FIELD, found, "UTF-8", fix)


def _removed(file: str, line: int, column: int, char: str) -> Problem:
    found = f"the character U+{ord(char):04X}, which shows nothing"
    fix = "delete it; until then it is left out"
    return Problem(file, line, column, FIELD, found, "text that XML can carry", fix, "warning")
