"""YAML text to nodes that know their line and column: the only importer of PyYAML.

In: the bytes of one file and limits. Out: a ``Document`` of plain strings, lists and mappings, and
what is wrong with it. It must not know what an entry or a site is, and gives no string a meaning:
``no``, ``007`` and ``12:30`` come out as they were typed. It asks the parser for one event at a
time, so that a hostile file costs no more than what was read before the first limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec
import yaml

from feedsvc.errors import Problem, SourceError
from feedsvc.source import characters, syntax
from feedsvc.source.syntax import FIELD

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""What, without quotes, means that nothing was written."""
_NO_KEY = "?"  # the style of what stands for a key that is a list or mapping


class Limits(msgspec.Struct, frozen=True):
    """How much of a file is read: bytes, nesting, parts of its structure, characters of a value."""

    size: int = 8 * 1024 * 1024
    depth: int = 12
    events: int = 1_000_000
    scalar: int = 1024 * 1024


LIMITS = Limits()


class Scalar(msgspec.Struct, gc=False):
    """A single value, as typed; ``style`` is ``' " | >``, or empty for a value without quotes.

    ``line`` and ``column`` count from 1, columns in characters.
    """

    value: str
    style: str
    line: int
    column: int

    @property
    def null(self) -> bool:
        """Whether nothing was written: empty, ``~`` or ``null``, without quotes."""
        return not self.style and self.value in NULLS


class List(msgspec.Struct, gc=False):
    """Values in order."""

    items: list[Node]
    line: int
    column: int


class Mapping(msgspec.Struct, gc=False):
    """Keys, each with its value, in the order of the file, duplicates included."""

    pairs: list[tuple[Scalar, Node]]
    line: int
    column: int


Node = Scalar | List | Mapping


class Document(msgspec.Struct, frozen=True):
    """What a file holds; ``root`` is None where that is nothing but blank space and comments.

    ``problems`` leave the rest of the file readable: an error spoils the entry in which it stands,
    a warning tells of what was mended on the way.
    """

    root: Node | None
    problems: tuple[Problem, ...] = ()


def parse(file: str, data: bytes, limits: Limits = LIMITS) -> Document:
    """Read one file; ``file`` is its name in problems.

    Raises SourceError where the text is no YAML, not UTF-8, or beyond the limits.
    """
    if len(data) > limits.size:
        raise SourceError([oversize(file, len(data), limits.size)])
    characters.refuse_utf16(file, data)
    if characters.needs_cleaning(data):
        return _parse_cleaned(file, data, limits)
    try:
        return _Builder(file, limits).build(data)
    except yaml.MarkedYAMLError as error:
        raise SourceError([_explain(file, data, error)]) from None
    except yaml.YAMLError:  # a character that libyaml does not take
        return _parse_cleaned(file, data, limits)


def oversize(file: str, size: int, limit: int) -> Problem:
    """What is said of a file of ``size`` bytes where ``limit`` are allowed."""
    fix = "split it into several files"
    return Problem(file, 0, 0, FIELD, f"{size} bytes", f"at most {limit} bytes", fix)


def _parse_cleaned(file: str, data: bytes, limits: Limits) -> Document:
    text, problems = characters.clean(file, data)
    try:
        document = _Builder(file, limits, characters.RESTORE).build(text.encode())
    except yaml.MarkedYAMLError as error:
        raise SourceError([*problems, _explain(file, data, error)]) from None
    return Document(document.root, tuple(sorted((*problems, *document.problems))))


def _explain(file: str, data: bytes, error: yaml.MarkedYAMLError) -> Problem:
    words = str(error.problem), str(error.context)
    complaint = syntax.Complaint(*words, _place(error.problem_mark), _place(error.context_mark))
    return syntax.explain(file, data.decode("utf-8-sig", "replace"), complaint)


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


class _Builder:
    """Events to nodes with a stack of its own: no text nests deep enough to exhaust Python's."""

    def __init__(
        self, file: str, limits: Limits, restore: dict[int, int | str | None] | None = None
    ) -> None:
        self.file = file
        self.limits = limits
        self.restore = restore
        self.problems: list[Problem] = []
        # Of each list and mapping that is open: its start, what stands in it, whether it is a key.
        self.open: list[tuple[Any, list[Node], bool]] = []
        self.root: list[Node] = []

    def build(self, data: bytes) -> Document:
        """Read to the end. This loop is where a cold build spends its time."""
        next_event: Callable[[], Any] = yaml.CSafeLoader(data).get_event
        closer_look = self.restore is not None or len(data) > self.limits.scalar
        nodes = self.root
        for _ in range(self.limits.events):
            event = next_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value, style, mark = event.value, event.style, event.start_mark
                if closer_look or style == '"':
                    value = self.text(event)
                if event.tag or event.anchor:
                    self.refuse_extras(event)
                nodes.append(Scalar(value, style, mark.line + 1, mark.column + 1))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                nodes = self.enter(event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                nodes = self.leave(kind is yaml.MappingEndEvent)
            elif kind is yaml.StreamEndEvent:
                root = self.root[0] if self.root else None
                return Document(root, tuple(sorted(self.problems)))
            else:
                self.other(event, nodes)
        raise self.beyond(event, "parts", self.limits.events)

    def enter(self, event: Any) -> list[Node]:
        """A list or mapping begins: what follows stands in it."""
        if event.tag or event.anchor:
            self.refuse_extras(event)
        if is_key := self.awaits_key():
            fix = "write a word or a name as the key, or put quotes round the value"
            self.report(event, "a list or mapping as a key", "a key of plain text", fix)
        if len(self.open) == self.limits.depth:
            raise self.beyond(event, "levels of nesting", self.limits.depth)
        inside: list[Node] = []
        self.open.append((event, inside, is_key))
        return inside

    def leave(self, mapping: bool) -> list[Node]:  # noqa: FBT001  # called in the hot loop
        """A list or mapping ends: what follows stands beside it."""
        event, inside, is_key = self.open.pop()
        nodes = self.open[-1][1] if self.open else self.root
        mark = event.start_mark
        if is_key:
            nodes.append(Scalar("", _NO_KEY, mark.line + 1, mark.column + 1))
        elif mapping:
            nodes.append(Mapping(self.paired(inside), mark.line + 1, mark.column + 1))
        else:
            nodes.append(List(inside, mark.line + 1, mark.column + 1))
        return nodes

    def awaits_key(self) -> bool:
        """Whether the next node is a key of the innermost mapping."""
        if not self.open:
            return False
        event, inside, _ = self.open[-1]
        return len(inside) % 2 == 0 and type(event) is yaml.MappingStartEvent

    def paired(self, inside: list[Node]) -> list[tuple[Scalar, Node]]:
        """Keys with their values, without those that cannot be keys."""
        keys = cast("list[Scalar]", inside[::2])
        pairs = list(zip(keys, inside[1::2], strict=True))
        names = {key.value for key in keys}
        if len(names) < len(keys) or "<<" in names or "" in names:
            return self.checked(pairs)
        return pairs

    def checked(self, pairs: list[tuple[Scalar, Node]]) -> list[tuple[Scalar, Node]]:
        """Report merge keys and duplicates; a duplicate stays, for whoever wants to know it."""
        first: dict[str, Scalar] = {}
        doubles: list[Scalar] = []
        for key, _ in pairs:
            if key.value == "<<" and not key.style:
                fix = "write the keys out, here and wherever they are meant"
                self.report(key, "the merge key '<<'", "the keys themselves", fix)
            elif key.value in first and key.style != _NO_KEY:
                doubles.append(key)
            first.setdefault(key.value, key)
        if doubles:
            self.report_duplicates(doubles, first[doubles[0].value])
        return [pair for pair in pairs if pair[0].style != _NO_KEY and pair[0].value != "<<"]

    def report_duplicates(self, doubles: list[Scalar], first: Scalar) -> None:
        """The same key once more in one mapping; several of them are a mapping without its dash."""
        key = doubles[0]
        more = list({other.value: None for other in doubles if other.value != key.value})
        found = f"this key a second time (the first is in line {first.line})"
        fix = "remove one of the two, or begin the next entry with '- '"
        if more:
            found += f", and {', '.join(map(repr, more[:3]))} as well"
            fix = (
                f"if a new entry begins here, write '- {key.value}: …'; else remove one of the two"
            )
        self.report(key, found, "each key once", fix, field=key.value)

    def text(self, event: Any) -> str:
        """The value of a scalar that needs a closer look."""
        value: str = event.value
        if len(value) > self.limits.scalar:
            raise self.beyond(event, "characters in one value", self.limits.scalar)
        if self.restore is not None:
            value = value.translate(self.restore)
        if event.style == '"':
            place = _place(event.start_mark)
            value, problems = characters.without_unfit(self.file, *place, value)
            self.problems.extend(problems)
        return value

    def refuse_extras(self, event: Any) -> None:
        """Tags and anchors: the value is taken as if they were not there, and reported."""
        fix = "remove it; if it belongs to the text, put quotes round the value"
        if event.tag:
            self.report(event, f"the tag {event.tag!r}", "a value without a tag", fix)
        if event.anchor:
            self.report(event, f"the anchor '&{event.anchor}'", "a value without an anchor", fix)

    def other(self, event: Any, nodes: list[Node]) -> None:
        """Aliases are never followed; a second document may hold anything."""
        if isinstance(event, yaml.AliasEvent):
            found, expected = f"the alias '*{event.anchor}'", "the value itself"
            fix = "write the value out; if it is text that begins with '*', put quotes round it"
            self.report(event, found, expected, fix)
            style = _NO_KEY if self.awaits_key() else ""
            nodes.append(Scalar("", style, *_place(event.start_mark)))
        elif isinstance(event, yaml.DocumentStartEvent) and self.root:
            found, fix = "a second document", "remove the line '---', or split the file there"
            raise SourceError([self.problem(event, found, "one document in a file", fix)])

    def beyond(self, event: Any, what: str, limit: int) -> SourceError:
        """A limit is reached: nothing more of the file is read."""
        found, expected = f"more than {limit} {what}", f"at most {limit}"
        return SourceError([self.problem(event, found, expected, "make it smaller or simpler")])

    def report(self, at: Any, found: str, expected: str, fix: str, field: str = FIELD) -> None:
        """Take down a problem that leaves the rest of the file readable."""
        self.problems.append(self.problem(at, found, expected, fix, field))

    def problem(self, at: Any, found: str, expected: str, fix: str, field: str = FIELD) -> Problem:
        """A problem at the place of a node or event."""
        if isinstance(at, Scalar):
            return Problem(self.file, at.line, at.column, field, found, expected, fix)
        return Problem(self.file, *_place(at.start_mark), field, found, expected, fix)
