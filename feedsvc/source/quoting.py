"""Quotes and brackets that are not where they should be: what is said of them.

In: the lines of a file with a complaint about them. Out: ``Advice``, or None where the mistake is
another one. It must not know what the file is about.
"""

from __future__ import annotations

import re

from feedsvc.source.complaints import KEY, Advice, Place, Text, quoted

_LAST_PART = re.compile(r"(?:^|[{,])\s*(?P<key>[A-Za-z_]\w*):\s+(?P<value>[^{},\s\"'][^{},]*)\Z")


def after_quote(text: Text) -> Advice | None:
    """Something stands behind the closing quote or bracket of a value."""
    if "expected key" not in text.complaint.problem:
        return None
    if advice := _other_quotes(text) or _bracket_first(text) or _open_above(text):
        return advice
    fix = "inside '…' write '' for one ', inside \"…\" write \\\"; or close the quotes further up"
    return Advice("text after the end of the quotes", "one quoted value", fix, text.at)


def _other_quotes(text: Text) -> Advice | None:
    """``'It's late'`` and ``"Sharing" is sense``: the quotes belong to the text."""
    match = KEY.match(text.line(text.at[0]))
    if not match or match["value"][0] not in "'\"" or _closed(match["value"]):
        return None
    value, quote = match["value"], match["value"][0]
    inner = value[1:-1] if _around(value, quote) else value
    fix = f"put other quotes round the whole value: {match['key']}: {quoted(inner)}"
    found = f"a {quote} that ends the value too early"
    return Advice(found, "quotes round the whole value", fix, text.at)


def _around(value: str, quote: str) -> bool:
    """Whether the quotes at both ends were meant for YAML, and those between for readers."""
    second = value.find(quote, 1)
    ends_a_word = not value[second - 1].isspace() and not value[second + 1 : second + 2].isalnum()
    return value.endswith(quote) and 0 < second < len(value) - 1 and not ends_a_word


def _closed(value: str) -> bool:
    """Whether a value is right in itself: one pair of quotes with nothing behind it."""
    return bool(re.fullmatch(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"", value))


def _bracket_first(text: Text) -> Advice | None:
    match = KEY.match(text.line(text.at[0]))
    if not match or match["value"][0] not in "[{":
        return None
    bracket = "]" if match["value"][0] == "[" else "}"
    fix = f"put quotes round the value: {match['key']}: {quoted(match['value'])}"
    return Advice(f"text behind the '{bracket}'", "quotes round the value", fix, text.at)


def _open_above(text: Text) -> Advice | None:
    """Quotes that were never closed end where the next ones begin."""
    for number in range(text.at[0] - 1, 0, -1):
        match = KEY.match(text.line(number))
        if match and match["value"][0] in "'\"" and not match["value"].endswith(match["value"][0]):
            quote = match["value"][0]
            place = number, match.start("value") + 1
            fix = f"end the value with {quote}, or write it without"
            return Advice(f"a {quote} that is never closed", "quotes in pairs", fix, place)
    return None


def open_quote(text: Text) -> Advice | None:
    """Quotes that are not closed, or hold a backslash with no meaning."""
    if "quoted scalar" not in text.complaint.context:
        return None
    if "end of stream" in text.complaint.problem or "document indicator" in text.complaint.problem:
        quote = text.char(text.began)
        fix = f"end the value with {quote}, or write it without"
        return Advice(f"a {quote} that is never closed", "quotes in pairs", fix, text.began)
    if "Unicode" in text.complaint.problem:
        fix = "write the character itself"
        return Advice("an escape that is no character", "text", fix, text.at)
    fix = "put the value in '…' instead, where a \\ is just a \\, or write \\\\"
    return Advice('a \\ inside "…" with no meaning', "an escape such as \\n", fix, text.at)


def colon_in_brackets(text: Text) -> Advice | None:
    """A colon in a value within ``{…}``."""
    if "expected ',' or '}'" not in text.complaint.problem or text.char(text.at) != ":":
        return None
    line, column = text.line(text.at[0]), text.at[1]
    before = _LAST_PART.search(line[: column - 1])
    if not before:
        return None
    value = before["value"] + re.split("[,}]", line[column - 1 :])[0].rstrip()
    found = f"': ' inside the value of '{before['key']}'"
    fix = f"put quotes round it: {before['key']}: {quoted(value)}"
    return Advice(found, "quotes round a value with a colon in it", fix, text.at)


def open_bracket(text: Text) -> Advice | None:
    """A list or mapping in brackets that is not closed."""
    match = re.search(r"expected ',' or '(.)'", text.complaint.problem)
    place = text.began if match else _last_bracket(text)
    if not place:
        return None
    bracket = text.char(place)
    end = "]" if bracket == "[" else "}"
    fix = f"end it with '{end}', or put quotes round the value if it is text"
    return Advice(f"a '{bracket}' that is never closed", f"'{end}'", fix, place)


def _last_bracket(text: Text) -> Place | None:
    """The bracket within which the text ends, if it does."""
    if "flow node" not in text.complaint.context or text.char(text.at):
        return None
    lines = ((number, text.line(number)) for number in range(text.at[0], 0, -1))
    places = ((number, max(line.rfind("["), line.rfind("{")) + 1) for number, line in lines)
    return next((place for place in places if place[1]), None)


def text_after_bar(text: Text) -> Advice | None:
    """Text in the line of the bar that should be below it."""
    if "block scalar" not in text.complaint.context:
        return None
    mark = text.char(text.began)
    fix = "begin the text in the next line, indented; or put quotes round the value"
    return Advice(f"text behind '{mark}'", f"nothing behind '{mark}'", fix, text.at)


def special_start(text: Text) -> Advice | None:
    """A value that begins with a character which YAML keeps for itself."""
    place = text.began if "alias" in text.complaint.context else text.at
    place = text.began if "anchor" in text.complaint.context else place
    char = text.char(place)
    if char not in "@`%*&!,[]{}?->|" or not char:
        return None
    rest = text.line(place[0])[place[1] - 1 :].strip()
    fix = f"put quotes round the value: {quoted(rest)}"
    return Advice(f"a value that begins with '{char}'", "quotes round it", fix, place)
