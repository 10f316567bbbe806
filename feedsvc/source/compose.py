"""A new entry, written as the file around it is written.

In: what the entry says, the bytes of a file, the names of a section's files. Out: the bytes with
the entry in them and its line; the file where it belongs. Pure; it must not know the time, nor who
asks.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from feedsvc.errors import Problem, SourceError
from feedsvc.source import edit, nodes
from feedsvc.source.edit import Splice
from feedsvc.source.nodes import List, Mapping, Node, Scalar
from feedsvc.source.written import Written

_WIDTH = 98
_LONG = 78  # a lead of more characters is folded
_YEAR = re.compile(r"(?<![0-9])([12][0-9]{3})(?![0-9])")
_RANGE = re.compile(r"([12][0-9]{3})-([12][0-9]{3})\Z")
_NAMED = re.compile(r"[^0-9]+[-_. ]([12][0-9]{3})\Z")
_UNSETTLED = "  # change it before it is public, or never"
_HOLD = "  # delete this line, and it is public from the date above"


class NoPlace(SourceError):
    """A file has no place for the entry: ``text`` is what a person may write into it."""

    def __init__(self, problems: Iterable[Problem], text: str) -> None:
        self.text = text
        super().__init__(problems)


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written.

    ``room``: also the keys that are still to be filled in. ``settled`` is False where the id is
    none that a person would choose.
    """

    id: str
    published: str
    title: str = ""
    lead: str = ""
    draft: bool = False
    room: bool = False
    settled: bool = True


class Added(msgspec.Struct, frozen=True):
    """A file with the new entry, which begins in ``line``."""

    data: bytes
    line: int


def candidates(folder: str, year: int, paths: Iterable[str]) -> list[str]:
    """The files directly in a section's folder where an entry of that year belongs, best first.

    Where no name tells a year, all of them in the order given; where names do and none is of this
    year, none.
    """
    stems = {path: _stem(path) for path in paths if path.rpartition("/")[0] == folder}
    exact = [path for path, stem in stems.items() if stem == str(year)]
    spans = [path for path, stem in stems.items() if stem != str(year) and _covers(stem, year)]
    if exact or spans or any(_YEAR.search(stem) for stem in stems.values()):
        return exact + sorted(spans, key=len)
    return list(stems)


def fresh(folder: str, year: int, entry_id: str, paths: Iterable[str]) -> str:
    """The name of a new file: the year's, or where that is taken, the entry's."""
    there = {path.lower() for path in paths}
    name = f"{folder}/{year}.yaml"
    taken = name in there or f"{folder}/{year}.yml" in there
    return f"{folder}/{year}-{entry_id.replace(':', '-')}.yaml" if taken else name


def falling(dates: Sequence[datetime]) -> bool | None:
    """Whether the newest comes first; None where that cannot be told."""
    return None if not dates or dates[0] == dates[-1] else dates[0] > dates[-1]


def open_to_more(file: str, data: bytes) -> bool:
    """Whether a file can take another entry: it is a list, or empty. Raises SourceError."""
    root = nodes.parse(file, data).root
    if root is None or not isinstance(root, List):
        return root is None or (isinstance(root, Scalar) and root.null)
    written = Written(data)
    return not root.items or written.text[written.offset(root)] == "-"


def add(file: str, data: bytes, new: NewEntry, *, on_top: bool) -> Added:
    """The file with one entry more.

    Raises SourceError where it cannot be read, NoPlace where it cannot be written safely.
    """
    root = nodes.parse(file, data).root
    items = root.items if isinstance(root, List) else []
    index = 0 if on_top else len(items)
    expected = List([*items[:index], _meant(new), *items[index:]], 0, 0)
    written = Written(data)
    splices = _splices(written, root, new, on_top=on_top)
    for splice in splices:
        if made := _tried(file, written, splice, expected):
            line = Written(made).place(splice.offset).line
            return Added(made, line + _leading_lines(splice.new))
    text = "".join(f"{line}\n" for line in _lines(new, "- ", 2))
    fix = "put it there in an editor, as it stands below"
    found, wanted = "no place where it can be written", "a file that can be changed safely"
    raise NoPlace([Problem(file, 0, 0, "file", found, wanted, fix)], text)


def _tried(file: str, written: Written, splice: Splice, expected: Node) -> bytes | None:
    try:
        return edit.checked(file, edit.spliced(written, [splice]), expected)
    except SourceError:
        return None


def _splices(
    written: Written, root: Node | None, new: NewEntry, *, on_top: bool
) -> Iterator[Splice]:
    """Where and how the entry could stand, best first: a blank line may belong to a text above."""
    end = edit.line_end(written.text)
    if not isinstance(root, List) or not root.items:
        yield _only(written, root, end.join((*_lines(new, "- ", 2), "")))
        return
    last = root.items[-1]
    indent = root.column - 1
    dash = " " * indent + "-" + " " * max(1, last.column - indent - 2)
    text = end.join((*_lines(new, dash, len(dash)), ""))
    gap = end if _spaced(written, root) else ""
    if on_top:
        yield Splice(_top(written, root), 0, text + gap)
        return
    bottom = len(written.text)
    before = "" if written.text.endswith(("\n", "\r")) else end
    blank = written.lines[-2:] == ["", ""]
    yield Splice(bottom, 0, before + ("" if blank else gap) + text)
    yield Splice(bottom, 0, before + text)


def _only(written: Written, root: Node | None, text: str) -> Splice:
    """The first entry of a file that holds none."""
    if isinstance(root, List):  # []
        start = written.offset(root)
        return Splice(start, written.text.index("]", start) + 1 - start, text.rstrip())
    gap = edit.line_end(written.text) if written.text.strip() else ""
    before = gap if written.text and not written.text.endswith("\n") else ""
    return Splice(len(written.text), 0, before + gap + text)


def _top(written: Written, root: List) -> int:
    """Before the first entry, and before the comment that belongs to it."""
    line = root.line
    while line > 1 and written.line(line - 1).lstrip().startswith("#"):
        line -= 1
    # A comment at the beginning of the file is about the file.
    return written.starts[(root.line if line == 1 else line) - 1]


def _spaced(written: Written, root: List) -> bool:
    """Whether entries are set apart by blank lines: as the last one is."""
    if not root.items[1:]:
        return True
    line = root.items[-1].line
    while line > 1 and not written.line(line).lstrip().startswith("-"):
        line -= 1
    while written.line(line - 1).lstrip().startswith("#"):
        line -= 1
    return not written.line(line - 1).strip()


def _leading_lines(text: str) -> int:
    """How many lines come before the entry itself."""
    return text[: text.index("-")].count("\n")


def _lines(new: NewEntry, dash: str, indent: int) -> list[str]:
    """The entry as it stands in the file."""
    inner = " " * indent
    hint = "" if new.settled else _UNSETTLED
    lines = [f"id: {edit.scalar(new.id)}{hint}", f"published: {new.published}"]
    if new.title:
        lines.append(f"title: {edit.scalar(new.title)}")
    if new.lead:
        lines += _lead(new.lead, _WIDTH - indent)
    elif new.room:
        lines.append("lead:")
    if new.draft:
        lines.append(f"draft: true{_HOLD}")
    if new.room:
        lines.append("body: |")
    return [dash + lines[0], *(inner + line for line in lines[1:])]


def _lead(lead: str, width: int) -> list[str]:
    rows = textwrap.wrap(
        lead, width, break_long_words=False, break_on_hyphens=False, expand_tabs=False
    )
    if len(lead) <= _LONG or " ".join(rows) != lead:
        return [f"lead: {edit.scalar(lead)}"]
    return ["lead: >-", *(f"  {row}" for row in rows)]


def _meant(new: NewEntry) -> Mapping:
    """The entry as nodes: what the file must say afterwards."""
    texts = {"id": new.id, "published": new.published, "title": new.title, "lead": new.lead}
    pairs = [(key, _text(value)) for key, value in texts.items() if value]
    if new.room and not new.lead:
        pairs.append(("lead", Scalar("", "", 0, 0)))
    if new.draft:
        pairs.append(("draft", _text("true")))
    if new.room:
        pairs.append(("body", _text("")))
    return Mapping([(_text(key), value) for key, value in pairs], 0, 0)


def _text(value: str) -> Scalar:
    return Scalar(value, "'", 0, 0)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _covers(stem: str, year: int) -> bool:
    """Whether a name stands for the year: 2025-2027 does for 2026, and news-2026 as well.

    2026-03-01-assembly does not, it stands for one entry; nor does what an import made.
    """
    if span := _RANGE.match(stem):
        return int(span[1]) <= year <= int(span[2])
    named = None if stem.startswith("imported-") else _NAMED.match(stem)
    return named is not None and named[1] == str(year)
