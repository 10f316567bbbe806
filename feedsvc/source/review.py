"""What is no mistake of form and probably one all the same: warnings about a good entry's words.

In: what was read of an entry, its node, the text of its file. Out: warnings, and the links that
stay within the site. It must not know other files (``links`` looks at them all together), nor the
time. It runs over every text of a site, so each rule first asks something that costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from feedsvc.source.fields import Scope, describe, place_of
from feedsvc.source.links import Link, below, insecure, whole, within
from feedsvc.source.nodes import Mapping, Node, Scalar
from feedsvc.source.written import Placed, Written

_OLDEST = 1990
_APART = timedelta(days=5 * 365)
_SHOWN = 40  # characters of a text that are repeated
_YEARS = re.compile(r"(?:.*/)?([12][0-9]{3})(?:-[12][0-9]{3})?\.ya?ml\Z", re.IGNORECASE)
_HASH = re.compile(r"\s+(#[^\s#].*)")
_MARKUP = re.compile(r"</?(?:a|b|br|em|i|p|strong|u)\b[^>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|[a-z]{1,2}dash|#x?[0-9a-f]+);", re.IGNORECASE)
_LINK = re.compile(r"\[[^\[\]]+\]\((?:https?://|/|mailto:)[^)]*\)")
_BLIND = re.compile(r"!\[\s*\]\(")
_JOINED = (" - ", " * ", " + ", " 2. ", " 2) ", " | ")
_LIST_LINE = re.compile(r"\s*(?:[-*+]|[0-9]{1,2}[.)]|\|)\s")
_LOCAL = re.compile(r"http://(?:localhost|127\.|\[::1\])")

Texts = tuple[tuple[str, str], ...]
"""Keys and what stands behind them."""


class Looked:
    """One entry under review; ``body`` and the texts of ``plain`` are empty where it has none."""

    def __init__(
        self, scope: Scope, written: Written, node: Mapping, values: dict[str, Any]
    ) -> None:
        self.scope = scope
        self.written = written
        self.node = node
        self.published: datetime | None = values.get("published")
        self.body: str = values.get("body", "")
        self.lead: str = values.get("lead", "")
        self.plain: Texts = ("title", values.get("title", "")), ("lead", self.lead)

    def place(self, name: str) -> Scalar:
        """Where a text that is there stands."""
        return cast("Scalar", place_of(self.node, name))

    def link(self, name: str, typed: str, path: str) -> Link:
        """A link in a text that is there."""
        at = self.written.find(typed, self.place(name))
        return Link(at.line, at.column, name, typed, path)

    def warn(self, at: Placed, name: str, found: str, expected: str, fix: str) -> None:
        """Take down a warning."""
        self.scope.advise(at, name, found, expected, fix)


def review(scope: Scope, written: Written, node: Mapping, values: dict[str, Any]) -> list[Link]:
    """Warn of what looks wrong in one entry; its links within the site, to be looked at later."""
    looked = Looked(scope, written, node, values)
    for rule in _RULES:
        rule(looked)
    return _links(looked)


def review_dates(scope: Scope, dates: Sequence[tuple[datetime, Node]]) -> None:
    """Warn of dates that are years before those of the entries around them.

    Not of dates that are years behind: embargoes may be long.
    """
    for (before, first), (date, node), (after, last) in zip(
        dates, dates[1:], dates[2:], strict=False
    ):
        if date < before and date < after and min(before, after) - date > _APART:
            expected = f"a date near those around it ({describe(first)} and {describe(last)})"
            fix = "look at the year again; if it is right, leave it"
            scope.advise(node, "published", describe(node), expected, fix)


def _date(looked: Looked) -> None:
    published = looked.published
    if published is None:
        return
    named = _named_year(looked.scope.file)
    if _OLDEST < published.year > named:  # in whatever zone
        return
    node = place_of(looked.node, "published")
    year = published.astimezone(looked.scope.zone).year
    fix = "look at the year again; if it is right, leave it"
    if year < named:
        name = looked.scope.file.rpartition("/")[2]
        expected = f"a date of the year in the name of the file ({name})"
        looked.warn(node, "published", describe(node), expected, fix)
    elif year < _OLDEST:
        expected = f"a date from {_OLDEST} on"
        looked.warn(node, "published", describe(node), expected, fix)


@lru_cache(maxsize=8)
def _named_year(file: str) -> int:
    """The year in the name of a file, or 0."""
    named = _YEARS.match(file)
    return int(named[1]) if named else 0


def _hash(looked: Looked) -> None:
    """YAML takes all behind `` #`` for a comment: "Notice #5" would lose its number."""
    if not looked.written.hashed:
        return
    for name, text in looked.plain:
        if not text or (node := looked.place(name)).style:
            continue
        rest = looked.written.line(node.line)[node.column - 1 + len(node.value) :]
        if cut := _HASH.match(rest):
            comment = cut[1].strip()
            whole = f"{text} {comment}"
            found = f"'{_short(comment)}' behind it, which counts as a comment"
            fix = f"put quotes round the value: {_quoted(whole)}"
            looked.warn(node, name, found, "quotes round a value with a # in it", fix)


def _plain(looked: Looked) -> None:
    """Titles and leads are plain text in every feed: markup would be shown as typed."""
    for name, text in looked.plain:
        if not ("<" in text or "&" in text or "]" in text):
            continue
        for form, fix in (
            (_MARKUP, "remove it: it would be shown as typed"),
            (_ENTITY, "write the character itself: this would be shown as typed"),
            (_LINK, "put the link into the body: this would be shown as typed"),
        ):
            if match := form.search(text):
                at = looked.written.find(match[0], looked.place(name))
                looked.warn(at, name, f"'{_short(match[0])}'", "plain text", fix)


def _lines(looked: Looked) -> None:
    """Without the bar, YAML joins the lines: a list would become one paragraph."""
    text = looked.body
    if not text or (node := looked.place("body")).style == "|":
        return
    if not any(sign in text for sign in _JOINED):
        return
    for number in range(node.line + 1, len(looked.written.lines) + 1):
        line = looked.written.line(number)
        if line.strip() and len(line) - len(line.lstrip()) < looked.node.column:
            return
        if _LIST_LINE.match(line) and line.strip() not in map(str.strip, text.splitlines()):
            fix = "write 'body: |' and the text below it, indented"
            expected = "a bar behind 'body:', which keeps lines as they are"
            found = "lines that YAML joins to one"
            looked.warn(Scalar("", "", number, 1), "body", found, expected, fix)
            return


def _pictures(looked: Looked) -> None:
    text = looked.body
    if "!" in text and (match := _BLIND.search(text)):
        at = looked.written.find(match[0], looked.place("body"))
        fix = "write between the brackets what it shows, for those who do not see it"
        looked.warn(at, "body", f"'{match[0]}…)'", "a picture with words: ![words](…)", fix)


def _insecure(looked: Looked) -> None:
    base = looked.scope.base_url
    for typed in insecure(looked.body):
        if not _LOCAL.match(typed) and below(typed, base) is None:
            fix = f"write https{typed[4:]} if the other side answers to that"
            at = looked.written.find(typed, looked.place("body"))
            looked.warn(at, "body", repr(typed), "an address that begins with https://", fix)


_RULES: tuple[Callable[[Looked], None], ...] = (
    _date,
    _hash,
    _plain,
    _lines,
    _pictures,
    _insecure,
)


def _links(looked: Looked) -> list[Link]:
    base = looked.scope.base_url
    links = [looked.link("body", *link) for link in within(looked.body, base).items()]
    links += [looked.link("lead", *link) for link in whole(looked.lead, base).items()]
    return links


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN].rstrip() + "…"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if '"' in text else f'"{text}"'
