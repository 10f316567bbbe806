"""Nodes to entries: every problem of every entry found, none thrown away.

In: the bytes of one file and the site. Out: ``Parsed``: the good entries, what is known of the bad
ones, and all problems. Pure; it must not know what the file gave before (``collect`` does), nor the
time, so that a future date is as good as any.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from feedsvc.errors import Problem, SourceError
from feedsvc.model import Entry, Site, Withdrawal
from feedsvc.source import identity, nodes
from feedsvc.source.entryfields import ENTRY
from feedsvc.source.fields import Schema, Scope, describe, place_of
from feedsvc.source.links import Link
from feedsvc.source.nodes import List, Mapping, Node, Scalar
from feedsvc.source.review import review, review_dates
from feedsvc.source.written import Written

VERSION = 2
"""Of what this package makes of a file: to be raised with every change of that."""

_FIELD = "entries"
_LONGEST_TITLE = 200
_DERIVED_TITLE = 80
_ID_LINE = re.compile(
    r"""(?:^[ \t]*(?:-[ \t]+)*|[{,][ \t]*)["']?id["']?[ \t]*:[ \t]*["']?([^\s"'}]+)""", re.MULTILINE
)


_encode = msgspec.json.Encoder().encode


class Takedown(msgspec.Struct, frozen=True, gc=False):
    """What a bad entry says clearly, all the same, about being taken down."""

    draft: bool = False
    expires: datetime | None = None
    withdrawn: Withdrawal | None = None


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """All that one file gives.

    ``places[i]`` is the line and column of ``entries[i]``; ids may occur twice. ``held`` are the
    ids of bad entries (and of all entries that an unreadable file seems to name);
    ``unidentified`` says that there is a bad entry besides whose id nobody can tell. ``links`` are
    those to pages of the site itself. ``essence`` is that of all entries.
    """

    entries: tuple[Entry, ...] = ()
    places: tuple[tuple[int, int], ...] = ()
    held: dict[str, Takedown] = {}
    unidentified: bool = False
    problems: tuple[Problem, ...] = ()
    links: tuple[Link, ...] = ()
    readable: bool = True
    essence: str = ""


def essence(entries: Iterable[Entry]) -> str:
    """The name of entries whatever their order: the sum of their digests, in hexadecimal."""
    return f"{sum(_number(entry.spelled()) for entry in entries):x}"


def _number(spelled: Entry) -> int:
    """The digest of an entry whose body is text."""
    return int.from_bytes(blake2b(_encode(spelled), digest_size=18).digest(), "big")


def parse(file: str, section: str, data: bytes, site: Site) -> Parsed:
    """Read one entry file. Never raises: whatever is wrong with the file is among the problems.

    ``file`` is its name in problems, ``section`` its home section.
    """
    try:
        document = nodes.parse(file, data)
        items = _items(file, document.root)
    except SourceError as error:
        return Parsed(readable=False, held=_named(data), problems=error.problems)
    scope = Scope(
        file,
        base_url=site.base_url,
        zone=ZoneInfo(site.timezone),
        sections=tuple(known.name for known in site.sections),
        section=section,
    )
    return _Reading(scope, site.tag, Written(data)).read(items, document.problems)


def entry_schema() -> Schema:
    """The JSON Schema (2020-12) of an entry file, from the table that also reads it."""
    entry = {**ENTRY.schema(), "anyOf": [{"required": ["title"]}, {"required": ["lead"]}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "feedsvc entry file",
        "description": "A list of entries, or one entry",
        "anyOf": [{"type": "array", "items": {"$ref": "#/$defs/entry"}}, {"$ref": "#/$defs/entry"}],
        "$defs": {"entry": entry},
    }


def _items(file: str, root: Node | None) -> list[Node]:
    """The entries of a file. Raises SourceError where it holds none at all."""
    if root is None or (isinstance(root, Scalar) and root.null):
        fix = "delete the file, or write [] into it if it is to hold no entries"
        problem = Problem(file, 0, 0, _FIELD, "an empty file", _EXPECTED, fix)
        raise SourceError([problem])
    if isinstance(root, Scalar):
        fix = "begin each entry with '- id: …'"
        place = file, root.line, root.column
        raise SourceError([Problem(*place, _FIELD, describe(root), _EXPECTED, fix)])
    return root.items if isinstance(root, List) else [root]


def _named(data: bytes) -> dict[str, Takedown]:
    """The ids that a file seems to name which cannot be parsed."""
    text = data[: nodes.LIMITS.size].decode("utf-8", "replace")
    names = (match[1].rstrip(",") for match in _ID_LINE.finditer(text))
    return {name: Takedown() for name in names if identity.is_id(name)}


class _Reading:
    """One file on its way from nodes to entries."""

    def __init__(self, scope: Scope, tag: str, written: Written) -> None:
        self.scope = scope
        self.tag = tag
        self.written = written
        self.entries: list[Entry] = []
        self.sum = 0
        self.places: list[tuple[int, int]] = []
        self.held: dict[str, Takedown] = {}
        self.unidentified = False
        self.links: list[Link] = []
        self.dates: list[tuple[datetime, Node]] = []

    def read(self, items: list[Node], problems: Sequence[Problem]) -> Parsed:
        """Every entry; ``problems`` of the notation spoil the entry in which they stand."""
        spoiled = _spoiled(items, problems)
        for index, node in enumerate(items):
            if isinstance(node, Mapping):
                self.entry(node, good=index not in spoiled)
            else:
                fix = "begin each entry with '- id: …'"
                self.scope.report(node, _FIELD, describe(node), "an entry", fix)
                self.unidentified = True
        review_dates(self.scope, self.dates)
        return Parsed(
            tuple(self.entries),
            tuple(self.places),
            self.held,
            self.unidentified,
            tuple(sorted((*problems, *self.scope.problems))),
            tuple(self.links),
            essence=f"{self.sum:x}",
        )

    def entry(self, node: Mapping, *, good: bool) -> None:
        """One entry: taken where nothing is wrong with it, held back otherwise."""
        errors = self.scope.errors
        values = ENTRY.read(self.scope, node)
        for rule in _RULES:
            rule(self.scope, node, values)
        self.links.extend(review(self.scope, self.written, node, values))
        if "published" in values:
            self.dates.append((values["published"], place_of(node, "published")))
        if good and self.scope.errors == errors:
            self.entries.append(self.made(values))
            self.places.append((node.line, node.column))
        else:
            self.hold(node, values)

    def made(self, values: dict[str, Any]) -> Entry:
        """The entry with all that was left out filled in."""
        entry_id = values["id"]
        if "title" not in values:
            values["title"] = _derived_title(values["lead"])
            values["title_derived"] = True
        values.setdefault("slug", identity.default_slug(entry_id))
        values["also"] = values.pop("sections", ())
        iri = identity.iri(entry_id, self.tag)
        spelled = Entry(iri=iri, section=self.scope.section, **values)
        self.sum += _number(spelled)  # now, for its body need not be decoded again
        if "body" not in values:
            return spelled
        body = values["body"].encode("utf-8", "surrogatepass")
        return msgspec.structs.replace(spelled, body=body)

    def hold(self, node: Mapping, values: dict[str, Any]) -> None:
        """Remember which entry is bad, and whether it is clearly meant to go all the same."""
        ids = _ids(node)
        if not ids:
            self.unidentified = True
        elif ids[1:]:  # two entries grown into one: nobody knows whose the other keys are
            self.held.update(dict.fromkeys(ids, Takedown()))
        else:
            takedown = {name: values[name] for name in _TAKEDOWN if name in values}
            self.held[ids[0]] = Takedown(**takedown)


def _spoiled(items: list[Node], problems: Sequence[Problem]) -> frozenset[int]:
    """Which items have an error of the notation in them."""
    places = [(problem.line, problem.column) for problem in problems if problem.severity == "error"]
    if not places:
        return frozenset()
    starts = [(item.line, item.column) for item in items]
    return frozenset(bisect_right(starts, place) - 1 for place in places)


def _ids(node: Mapping) -> list[str]:
    values = (value for key, value in node.pairs if key.value == "id")
    texts = (value.value.strip() for value in values if isinstance(value, Scalar))
    return [text for text in dict.fromkeys(texts) if identity.is_id(text)]


def _check_words(scope: Scope, node: Mapping, values: dict[str, Any]) -> None:
    title = values.get("title")
    if title is None and "lead" not in values:
        given = (value for key, value in node.pairs if key.value in _WORDS)
        unknown = (key.value for key, _ in node.pairs if key.value not in ENTRY.fields)
        # What is no text, or stands under a wrong key, has been reported.
        if all(isinstance(value, Scalar) for value in given) and not any(
            ENTRY.meant(name) in _WORDS for name in unknown
        ):
            fix = "add 'title: …', or 'lead: …' of which a title can be made"
            place = place_of(node, "title")
            scope.fail(ENTRY.fields["title"], place, fix, "neither title nor lead")
    elif title and len(title) > _LONGEST_TITLE:
        fix = f"shorten it to {_LONGEST_TITLE} characters and put the rest into the lead"
        scope.warn(ENTRY.fields["title"], place_of(node, "title"), fix, f"{len(title)} characters")


def _check_dates(scope: Scope, node: Mapping, values: dict[str, Any]) -> None:
    published = values.get("published")
    if published is None:
        return
    if (updated := values.get("updated")) and updated < published:
        fix = "write a later date (with the time, on the same day), or leave it out"
        _refuse(scope, node, "updated", fix)
    if (expires := values.get("expires")) and expires <= published:
        fix = "write a date after 'published', or leave it out"
        _refuse(scope, node, "expires", fix)
        del values["expires"]  # a slip, not a wish to take the entry down


def _refuse(scope: Scope, node: Mapping, name: str, fix: str) -> None:
    place = place_of(node, name)
    expected = f"a date after 'published' ({describe(place_of(node, 'published'))})"
    scope.report(place, name, describe(place), expected, fix)


def _check_slug(scope: Scope, node: Mapping, values: dict[str, Any]) -> None:
    if "slug" not in values and values.get("id") in identity.RESERVED_SLUGS:
        fix = "add 'slug: …': that id is an address of the section itself"
        scope.fail(ENTRY.fields["slug"], place_of(node, "id"), fix)


_RULES = (_check_words, _check_dates, _check_slug)
_TAKEDOWN = ("draft", "expires", "withdrawn")
_WORDS = ("title", "lead")
_EXPECTED = "a list of entries, or one entry"


def _derived_title(lead: str) -> str:
    """The beginning of the lead, cut at a word, at most 80 characters with the ellipsis."""
    text = " ".join(lead.split())
    if len(text) <= _DERIVED_TITLE:
        return text
    words = text[:_DERIVED_TITLE].rpartition(" ")[0].rstrip(" ,;:-–—(")
    return f"{words or _cut(text)}…"


def _cut(text: str) -> str:
    """A text without blanks, cut between two characters as readers see them."""
    end = _DERIVED_TITLE - 1
    while end > 1 and (
        unicodedata.category(text[end])[0] == "M" or "\u200d" in text[end - 1 : end + 1]
    ):
        end -= 1
    return text[:end]
