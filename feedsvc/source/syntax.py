"""What libyaml complains of, said so that somebody who does not know YAML can mend it.

In: the text and the parser's complaint. Out: one ``Problem``. It must not know PyYAML (complaints
come as plain strings) nor what the file is about. Each rule looks at the words of the complaint and
at the line that it points to; the first rule that recognises its mistake speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from feedsvc.errors import Problem
from feedsvc.source import quoting
from feedsvc.source.complaints import ANY_KEY, KEY, Advice, Complaint, Place, Text, quoted

__all__ = ["FIELD", "Complaint", "explain"]

FIELD = "yaml"
"""What problems of the notation itself name as their field."""


_CONFLICT = re.compile(r"(<{7}|={7}|>{7})(\s|$)")
_GLUED = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_]\w*):(?P<value>[^\s/].*)$")
_DASH = re.compile(r"\s*-(?P<rest>[A-Za-z_]\w*:(?:\s|$).*)")
_BLOCK = re.compile(r"(?P<before>\s*(?:- +)*)(?P<key>[A-Za-z_]\w*):\s+[|>][-+0-9]*\s*(#.*)?$")


def explain(file: str, text: str, complaint: Complaint) -> Problem:
    """Say what is wrong, at the place where it can be mended."""
    where = Text(text, complaint)
    advice = next(found for rule in _RULES if (found := rule(where)))
    return Problem(file, *advice.place, FIELD, advice.found, advice.expected, advice.fix)


def _conflict(text: Text) -> Advice | None:
    for number in range(1, len(text.lines) + 1):
        if match := _CONFLICT.match(text.line(number)):
            found = f"the conflict mark '{match[1]}' that a merge left"
            fix = "keep one of the two versions and delete the marks"
            return Advice(found, "one version of the text", fix, (number, 1))
    return None


def _tab(text: Text) -> Advice | None:
    for number in {text.at[0], text.began[0]}:
        line = text.line(number)
        blank = line[: len(line) - len(line.lstrip())]
        for char, name in (("\t", "tab"), ("\u00a0", "no-break space")):
            if char in blank:
                place = number, blank.index(char) + 1
                fix = f"put spaces in place of the {name}"
                return Advice(f"a {name} before the text", "spaces as indentation", fix, place)
    return None


def _colon_in_value(text: Text) -> Advice | None:
    number, column = text.at
    match = KEY.match(text.line(number))
    if "mapping values" not in text.complaint.problem or not match:
        return None
    if match.start("value") > column:  # the colon behind the key itself: it stands in no good place
        return None
    if text.goes_on(number):
        return _no_bar(match["key"], number, text.at)
    found = f"': ' inside the value of '{match['key']}'"
    fix = f"put quotes round it: {match['key']}: {quoted(match['value'])}"
    return Advice(found, "quotes round a value with a colon in it", fix, text.at)


def _text_without_bar(text: Text) -> Advice | None:
    """A text of several lines below ``body:`` that lacks the bar behind it."""
    number, key = text.parent(text.at[0])
    if "mapping values" not in text.complaint.problem or not key:
        return None
    if ANY_KEY.match(text.line(number + 1)):  # keys below keys, one of them out of its column
        return None
    return _no_bar(key, number, text.at)


def _no_bar(key: str, number: int, place: Place) -> Advice:
    fix = f"write '{key}: |' in line {number}, and all of the text in the lines below, indented"
    expected = f"a bar behind '{key}:', which makes text of all that is below"
    return Advice("a colon in a text of several lines", expected, fix, place)


def _glued_key(text: Text) -> Advice | None:
    if not any(
        word in text.complaint.problem for word in ("mapping values", "expected ':'", "'-'")
    ):
        return None
    for number in dict.fromkeys((text.began[0], text.above(text.at[0]), text.at[0])):
        if match := _DASH.match(text.line(number)):
            fix = f"write '- {match['rest'].strip()}'"
            return Advice("no space after the dash", "'- ' before an entry", fix, (number, 1))
        if match := _GLUED.match(text.line(number)):
            place = number, match.start("value") + 1
            fix = f"write '{match['key']}: {match['value'].strip()}'"
            return Advice("no space after the colon", "'key: value'", fix, place)
    return None


def _outdented_block(text: Text) -> Advice | None:
    """Text under ``body: |`` that is not further in than its key."""
    for number in {text.began[0], text.at[0]}:
        for above in range(number - 1, max(number - 4, 0), -1):
            if match := _BLOCK.match(text.line(above)):
                place = above + 1, 1
                fix = f"begin each line of it with {len(match['before']) + 2} spaces"
                expected = f"text further in than the key '{match['key']}'"
                return Advice("text that is not indented", expected, fix, place)
    return None


def _line_without_key(text: Text) -> Advice | None:
    if "expected ':'" not in text.complaint.problem:
        return None
    number, key = text.parent(text.began[0])
    fix = "if it goes on with the text above, indent it further than the key of that text"
    if key:
        fix = f"if it is the text of '{key}', write '{key}: |' in line {number}"
    return Advice("a line without a key", "'key: value'", fix, text.began)


def _list_broken(text: Text) -> Advice | None:
    if "'-' indicator" not in text.complaint.problem:
        return None
    spaces = max(text.key_column(text.at[0] - 1) - 1, 2)
    fix = f"begin it with {spaces} spaces, or with '- ' if it is a new entry"
    return Advice("a line out of its column", "'- ' or an indented key", fix, text.at)


def _misplaced_key(text: Text) -> Advice | None:
    problem = text.complaint.problem
    number, column = text.at
    starts = not text.line(number)[: column - 1].strip()
    if "mapping values" not in problem and not ("expected key" in problem and starts):
        return None
    if text.char(text.at) == "-":
        fix = "write the list's key in the line above, or begin the entry further left"
        return Advice("a list among keys", "'key: value'", fix, text.at)
    column = text.key_column(text.above(number))
    where = f"in column {column}" if column else "below the keys above"
    fix = f"begin it {where}; if it is text, put quotes round the whole value"
    place = number, len(text.line(number)) - len(text.line(number).lstrip()) + 1
    return Advice("a line out of its column", "the keys of one entry below each other", fix, place)


def _anything(text: Text) -> Advice:
    fix = "look at the indentation, quotes and colons here and in the line above"
    return Advice(f"no YAML ({text.complaint.problem})", "YAML", fix, text.at)


_RULES: tuple[Callable[[Text], Advice | None], ...] = (
    _conflict,
    _tab,
    quoting.open_quote,
    quoting.text_after_bar,
    _colon_in_value,
    _text_without_bar,
    _outdented_block,
    _glued_key,
    _line_without_key,
    _list_broken,
    _misplaced_key,
    quoting.after_quote,
    quoting.colon_in_brackets,
    quoting.open_bracket,
    quoting.special_start,
    _anything,
)
