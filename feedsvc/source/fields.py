"""A table of fields reads a mapping: types come from here, never from YAML's own rules.

In: nodes and a ``Shape``, the declared keys of a mapping. Out: values by key, and every problem
found, with its place. The same table gives the JSON Schema for editors. It must not know what an
entry or a site is: ``entries`` and ``config`` declare that.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Names
from datetime import UTC, tzinfo
from typing import Any

import msgspec

from feedsvc.errors import Problem
from feedsvc.source.nodes import NULLS, List, Mapping, Node, Scalar
from feedsvc.source.written import Placed

_GUESSES = 200  # problems of a file up to which unknown keys are guessed at

Schema = dict[str, Any]

_SHOWN = 60  # characters of a value that a problem repeats


class Scope:
    """The reading of one file: what values are read against, and the problems so far.

    ``base_url`` (no trailing slash) completes addresses that begin with ``/``; ``zone`` is that of
    dates which name none; ``sections`` are the names that may be used; ``errors`` counts problems
    that are no mere warnings.
    """

    def __init__(
        self,
        file: str,
        *,
        base_url: str = "",
        zone: tzinfo = UTC,
        sections: Sequence[str] = (),
        section: str = "",
    ) -> None:
        self.file = file
        self.base_url = base_url
        self.zone = zone
        self.sections = sections
        self.section = section
        self.problems: list[Problem] = []
        self.errors = 0

    def fail(self, field: Field, node: Node, fix: str, found: str | None = None) -> None:
        """Take down an error at the node."""
        found = describe(node) if found is None else found
        self.report(node, field.label, found, field.expected, fix)

    def warn(self, field: Field, node: Node, fix: str, found: str | None = None) -> None:
        """Take down something that is published nevertheless."""
        found = describe(node) if found is None else found
        self.advise(node, field.label, found, field.expected, fix)

    def advise(self, at: Placed, label: str, found: str, expected: str, fix: str) -> None:
        """Take down a warning in all its words."""
        place = self.file, at.line, at.column
        self.problems.append(Problem(*place, label, found, expected, fix, "warning"))

    def report(self, node: Node, label: str, found: str, expected: str, fix: str) -> None:
        """Take down an error in all its words."""
        self.errors += 1
        problem = Problem(self.file, node.line, node.column, label, found, expected, fix)
        self.problems.append(problem)


class Unfit(Exception):
    """A text is not what it should be; the message is the fix."""


Reader = Callable[[Scope, "Field", Node], Any]
"""Reads a value, or reports why not and gives None. None without a report: as if absent."""


class Field(msgspec.Struct, frozen=True):
    """One key of a mapping: ``expected`` and ``label`` (``image.url``) are for problems.

    ``missing`` gives the fix for a required key that is not there.
    """

    name: str
    read: Reader
    expected: str
    schema: Schema
    doc: str
    required: bool = False
    missing: Callable[[Mapping], str] | None = None
    label: str = ""


class Shape:
    """The keys that a mapping may have. ``what`` names it in problems: ``an entry``.

    ``elsewhere`` are names that other programs have for these keys.
    """

    def __init__(
        self,
        what: str,
        fields: Iterable[Field],
        under: str = "",
        elsewhere: Names[str, str] | None = None,
    ) -> None:
        prefix = f"{under}." if under else ""
        labelled = (msgspec.structs.replace(field, label=prefix + field.name) for field in fields)
        self.what = what
        self.fields = {field.name: field for field in labelled}
        self.elsewhere = elsewhere or {}
        self.required = [field for field in self.fields.values() if field.required]

    def read(self, scope: Scope, node: Mapping) -> dict[str, Any]:
        """The good values by key; the others are reported. Of duplicate keys the first counts."""
        values: dict[str, Any] = {}
        spoiled: list[str | None] = []
        for key, part in node.pairs:
            name = key.value
            field = self.fields.get(name)
            if field is None:
                spoiled.append(self._report_unknown(scope, key))
                continue
            # The style first: the text of a body takes long to hash.
            if name in values or (type(part) is Scalar and not part.style and part.value in NULLS):
                continue
            errors = scope.errors
            if (value := field.read(scope, field, part)) is not None:
                values[name] = value
            elif scope.errors > errors:
                spoiled.append(name)
        for field in self.required:
            if field.name not in values and field.name not in spoiled:
                fix = field.missing(node) if field.missing else f"add '{field.name}: …'"
                scope.fail(field, place_of(node, field.name), fix, "nothing")
        return values

    def schema(self) -> Schema:
        """The mapping in JSON Schema."""
        properties = {field.name: _described(field) for field in self.fields.values()}
        required = [field.name for field in self.required]
        shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**shape, "required": required} if required else shape

    def meant(self, name: str) -> str | None:
        """The key that was probably meant by one that is unknown."""
        return self.elsewhere.get(name.lower()) or closest(name, self.fields)

    def _report_unknown(self, scope: Scope, key: Scalar) -> str | None:
        # A guess takes long, and nobody reads hundreds of them.
        close = self.meant(key.value) if len(scope.problems) < _GUESSES else None
        fix = f"write '{close}'" if close else f"remove it; the keys are {', '.join(self.fields)}"
        scope.report(key, shorten(key.value), "an unknown key", f"a key of {self.what}", fix)
        return close


def _described(field: Field) -> Schema:
    """A field in JSON Schema, with words for people where a pattern would be shown to them."""
    words = (
        {"patternErrorMessage": f"expected {field.expected}"} if "pattern" in field.schema else {}
    )
    return {"description": field.doc, **field.schema, **words}


def place_of(node: Mapping, name: str) -> Node:
    """Where the value of a key stands; the mapping itself where it has no such key."""
    for key, value in node.pairs:
        if key.value == name:
            return value
    return node


def many(read: Reader) -> Reader:
    """A reader of a list whose single value may stand without the list, as a tuple."""

    def read_many(scope: Scope, field: Field, node: Node) -> tuple[Any, ...] | None:
        errors = scope.errors
        nodes = node.items if type(node) is List else [node]
        values = [read(scope, field, item) for item in nodes]
        if scope.errors > errors:
            return None
        return tuple([value for value in values if value is not None])

    return read_many


def inside(shape: Shape) -> Reader:
    """A reader of a mapping of that shape, as a dict of its good values."""

    def read_inside(scope: Scope, field: Field, node: Node) -> dict[str, Any] | None:
        if not isinstance(node, Mapping):
            example = ", ".join([f"{needed.name}: …" for needed in shape.required] or shape.fields)
            scope.fail(field, node, f"write {field.label}: {{{example}}}")
            return None
        errors = scope.errors
        values = shape.read(scope, node)
        return None if scope.errors > errors else values

    return read_inside


def describe(node: Node) -> str:
    """What a problem says was found."""
    if isinstance(node, List):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    return "nothing" if node.null else repr(shorten(node.value))


def shorten(value: str) -> str:
    """A value as a problem repeats it: one line, not too long."""
    value = " ".join(value.split())
    return value if len(value) <= _SHOWN else value[:_SHOWN].rstrip() + "…"


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    matches = difflib.get_close_matches(word.lower()[:_SHOWN], list(known), 1)
    return matches[0] if matches else None
