"""What libyaml complains of, said so that somebody who does not know YAML can mend it.

In: the text and the parser's complaint. Out: one ``Problem``. It must not know PyYAML (complaints
come as plain strings) nor what the file is about. Each rule looks at the words of the complaint and
at the line that it points to; the first rule that recognises its mistake speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from feedsvc.errors import Problem

FIELD = "yaml"
"""What problems of the notation itself name as their field."""

Place = tuple[int, int]

_LONGEST = 1000  # characters of a line that are looked at
_SHOWN = 60  # characters of a value that are repeated

_BREAK = re.compile(r"\r\n?|\n")
_CONFLICT = re.compile(r"(<{7}|={7}|>{7})(\s|$)")
_KEY = re.compile(r"(?P<before>\s*(?:- +)*)(?P<key>[^\s:#\"'][^:]*):\s+(?P<value>\S.*?)\s*$")
_GLUED = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_]\w*):(?P<value>[^\s/].*)$")
_DASH = re.compile(r"\s*-(?P<rest>[A-Za-z_]\w*:(?:\s|$).*)")
_ANY_KEY = re.compile(r"(?P<before>\s*(?:- +)*)[A-Za-z_]\w*:(?:\s|$)")
_BLOCK = re.compile(r"(?P<before>\s*(?:- +)*)(?P<key>[A-Za-z_]\w*):\s+[|>][-+0-9]*\s*(#.*)?$")


class Complaint(msgspec.Struct, frozen=True):
    """libyaml's words and places: ``at`` is where it gave up, ``began`` where that part began."""

    problem: str
    context: str
    at: Place
    began: Place


class _Advice(msgspec.Struct, frozen=True):
    found: str
    expected: str
    fix: str
    place: Place


class _Text:
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

    def key_column(self, number: int) -> int:
        """The column of the nearest key in or above the line, or 0."""
        keys = (_ANY_KEY.match(self.line(n)) for n in range(number, 0, -1))
        return next((len(key["before"]) + 1 for key in keys if key), 0)


def explain(file: str, text: str, complaint: Complaint) -> Problem:
    """Say what is wrong, at the place where it can be mended."""
    where = _Text(text, complaint)
    advice = next(found for rule in _RULES if (found := rule(where)))
    return Problem(file, *advice.place, FIELD, advice.found, advice.expected, advice.fix)


def _conflict(text: _Text) -> _Advice | None:
    for number in range(1, len(text.lines) + 1):
        if match := _CONFLICT.match(text.line(number)):
            found = f"the conflict mark '{match[1]}' that a merge left"
            fix = "keep one of the two versions and delete the marks"
            return _Advice(found, "one version of the text", fix, (number, 1))
    return None


def _tab(text: _Text) -> _Advice | None:
    for number in {text.at[0], text.began[0]}:
        line = text.line(number)
        blank = line[: len(line) - len(line.lstrip())]
        if "\t" in blank:
            place = number, blank.index("\t") + 1
            fix = "put spaces in place of the tab"
            return _Advice("a tab before the text", "spaces as indentation", fix, place)
    return None


def _colon_in_value(text: _Text) -> _Advice | None:
    number, column = text.at
    match = _KEY.match(text.line(number))
    if "mapping values" not in text.complaint.problem or not match:
        return None
    if match.start("value") > column:  # the colon behind the key itself: it stands in no good place
        return None
    found = f"': ' inside the value of '{match['key']}'"
    fix = f"put quotes round it: {match['key']}: {_quoted(match['value'])}"
    return _Advice(found, "quotes round a value with a colon in it", fix, text.at)


def _glued_key(text: _Text) -> _Advice | None:
    if not any(
        word in text.complaint.problem for word in ("mapping values", "expected ':'", "'-'")
    ):
        return None
    for number in dict.fromkeys((text.began[0], text.above(text.at[0]), text.at[0])):
        if match := _DASH.match(text.line(number)):
            fix = f"write '- {match['rest'].strip()}'"
            return _Advice("no space after the dash", "'- ' before an entry", fix, (number, 1))
        if match := _GLUED.match(text.line(number)):
            place = number, match.start("value") + 1
            fix = f"write '{match['key']}: {match['value'].strip()}'"
            return _Advice("no space after the colon", "'key: value'", fix, place)
    return None


def _outdented_block(text: _Text) -> _Advice | None:
    """Text under ``body: |`` that is not further in than its key."""
    for number in {text.began[0], text.at[0]}:
        for above in range(number - 1, max(number - 4, 0), -1):
            if match := _BLOCK.match(text.line(above)):
                place = above + 1, 1
                fix = f"begin each line of it with {len(match['before']) + 2} spaces"
                expected = f"text further in than the key '{match['key']}'"
                return _Advice("text that is not indented", expected, fix, place)
    return None


def _line_without_key(text: _Text) -> _Advice | None:
    if "expected ':'" not in text.complaint.problem:
        return None
    fix = "if it goes on with the text above, indent it further than the key of that text"
    return _Advice("a line without a key", "'key: value'", fix, text.began)


def _list_broken(text: _Text) -> _Advice | None:
    if "'-' indicator" not in text.complaint.problem:
        return None
    spaces = max(text.key_column(text.at[0] - 1) - 1, 2)
    fix = f"begin it with {spaces} spaces, or with '- ' if it is a new entry"
    return _Advice("a line out of its column", "'- ' or an indented key", fix, text.at)


def _misplaced_key(text: _Text) -> _Advice | None:
    problem = text.complaint.problem
    number, column = text.at
    starts = not text.line(number)[: column - 1].strip()
    if "mapping values" not in problem and not ("expected key" in problem and starts):
        return None
    if text.char(text.at) == "-":
        fix = "write the list's key in the line above, or begin the entry further left"
        return _Advice("a list among keys", "'key: value'", fix, text.at)
    keys = text.key_column(text.above(number)) or "of the keys above"
    fix = f"begin it in column {keys}; if it is text, put quotes round the whole value"
    return _Advice(
        "a line out of its column", "the keys of one entry below each other", fix, text.at
    )


def _after_quote(text: _Text) -> _Advice | None:
    if "expected key" not in text.complaint.problem:
        return None
    fix = "inside '…' write '' for one ', inside \"…\" write \\\"; or close the quotes further up"
    return _Advice("text after the end of the quotes", "one quoted value", fix, text.at)


def _open_quote(text: _Text) -> _Advice | None:
    if "quoted scalar" not in text.complaint.context:
        return None
    if "end of stream" in text.complaint.problem or "document indicator" in text.complaint.problem:
        quote = text.char(text.began)
        fix = f"end the value with {quote}, or write it without"
        return _Advice(f"a {quote} that is never closed", "quotes in pairs", fix, text.began)
    if "Unicode" in text.complaint.problem:
        fix = "write the character itself"
        return _Advice("an escape that is no character", "text", fix, text.at)
    fix = "put the value in '…' instead, where a \\ is just a \\, or write \\\\"
    return _Advice('a \\ inside "…" with no meaning', "an escape such as \\n", fix, text.at)


def _open_bracket(text: _Text) -> _Advice | None:
    match = re.search(r"expected ',' or '(.)'", text.complaint.problem)
    place = text.began if match else _last_bracket(text)
    if not place:
        return None
    bracket = text.char(place)
    end = "]" if bracket == "[" else "}"
    fix = f"end it with '{end}', or put quotes round the value if it is text"
    return _Advice(f"a '{bracket}' that is never closed", f"'{end}'", fix, place)


def _last_bracket(text: _Text) -> Place | None:
    """The bracket within which the text ends, if it does."""
    if "flow node" not in text.complaint.context or text.char(text.at):
        return None
    lines = ((number, text.line(number)) for number in range(text.at[0], 0, -1))
    places = ((number, max(line.rfind("["), line.rfind("{")) + 1) for number, line in lines)
    return next((place for place in places if place[1]), None)


def _text_after_bar(text: _Text) -> _Advice | None:
    if "block scalar" not in text.complaint.context:
        return None
    mark = text.char(text.began)
    fix = "begin the text in the next line, indented; or put quotes round the value"
    return _Advice(f"text behind '{mark}'", f"nothing behind '{mark}'", fix, text.at)


def _special_start(text: _Text) -> _Advice | None:
    """A value that begins with a character which YAML keeps for itself."""
    place = text.began if "alias" in text.complaint.context else text.at
    place = text.began if "anchor" in text.complaint.context else place
    char = text.char(place)
    if char not in "@`%*&!,[]{}?->|" or not char:
        return None
    rest = text.line(place[0])[place[1] - 1 :].strip()
    fix = f"put quotes round the value: {_quoted(rest)}"
    return _Advice(f"a value that begins with '{char}'", "quotes round it", fix, place)


def _anything(text: _Text) -> _Advice:
    fix = "look at the indentation, quotes and colons here and in the line above"
    return _Advice(f"no YAML ({text.complaint.problem})", "YAML", fix, text.at)


_RULES: tuple[Callable[[_Text], _Advice | None], ...] = (
    _conflict,
    _tab,
    _open_quote,
    _text_after_bar,
    _colon_in_value,
    _outdented_block,
    _glued_key,
    _line_without_key,
    _list_broken,
    _misplaced_key,
    _after_quote,
    _open_bracket,
    _special_start,
    _anything,
)


def _quoted(value: str) -> str:
    """The value as it may stand in the file, cut where it is long."""
    if len(value) > _SHOWN:
        value = value[:_SHOWN].rstrip() + "…"
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'
