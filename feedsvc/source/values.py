"""Readers of the values that entries and the site's config share, with their JSON Schema.

In: nodes. Out: text, flags, numbers, addresses, people; or a problem. They must not know in which
mapping they stand.
"""

from __future__ import annotations

import re
from typing import Any

from feedsvc.model import Person
from feedsvc.source.fields import Field, Schema, Scope, Shape, Unfit, inside
from feedsvc.source.nodes import Mapping, Node, Scalar
from feedsvc.source.urls import absolute

# Whatever an editor's YAML makes of 2024, no or 12:30, it is the text that counts here.
TEXT: Schema = {"type": ["string", "number", "boolean", "null"]}
FLAG: Schema = {"enum": [True, False, None, "true", "false", "yes", "no", "on", "off"]}
COUNT: Schema = {"type": ["integer", "string", "null"], "minimum": 0, "pattern": "^[0-9]+$"}
URL: Schema = {"type": ["string", "null"], "pattern": "^([Hh][Tt][Tt][Pp][Ss]?://|/)"}
LANGUAGE: Schema = {
    "type": ["string", "boolean", "null"],
    "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
}

WEB_ADDRESS = "an address that begins with https://"

_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
_FOLD = re.compile(r"\s*[\r\n\x85\u2028\u2029]\s*")
_BLANK_LINES = re.compile(r"\A(?:[ \t]*[\r\n])+")
_MAIL = re.compile(r"[^\s@<>(),;:\"\\]+@[^\s@<>(),;:\"\\]+\.[^\s@<>(),;:\"\\]+\Z")
# RFC 5646 §2.1: language, extlang, script, region, variants, extensions, private use.
_LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?"
    r"(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[A-WYZa-wyz0-9](-[A-Za-z0-9]{2,8})+)*"
    r"(-[xX](-[A-Za-z0-9]{1,8})+)?\Z"
)


def words(scope: Scope, field: Field, node: Node) -> str | None:
    """A single value as typed, without blanks around it; None where that leaves nothing."""
    if type(node) is not Scalar:
        scope.fail(field, node, "write one value; put quotes round it if it is text")
        return None
    return node.value.strip() or None


def line(scope: Scope, field: Field, node: Node) -> str | None:
    """Text of one line: line breaks become spaces."""
    text = words(scope, field, node)
    return text if text is None or text.isprintable() else _FOLD.sub(" ", text)


def prose(scope: Scope, field: Field, node: Node) -> str | None:
    """Text of many lines, without blank lines around it: the first line's indentation stays."""
    if type(node) is not Scalar:
        scope.fail(field, node, f"write '{field.name}: |' and the text below it, indented")
        return None
    text = node.value.rstrip()
    return _BLANK_LINES.sub("", text) or None


def flag(scope: Scope, field: Field, node: Node) -> bool | None:
    """True or false, yes or no, on or off."""
    text = words(scope, field, node)
    if text is None:
        return None
    if text.lower() in _TRUE:
        return True
    if text.lower() not in _FALSE:
        scope.fail(field, node, "write true or false")
        return None
    return False


def count(scope: Scope, field: Field, node: Node) -> int | None:
    """A whole number, not negative."""
    text = words(scope, field, node)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
        scope.fail(field, node, "write digits only")
        return None
    return int(text)


def url(scope: Scope, field: Field, node: Node) -> str | None:
    """An absolute http or https address."""
    return _url(scope, field, node, "")


def url_or_path(scope: Scope, field: Field, node: Node) -> str | None:
    """The same, or a path beginning with ``/`` on the site's own host, written out in full."""
    return _url(scope, field, node, scope.base_url)


def _url(scope: Scope, field: Field, node: Node, base_url: str) -> str | None:
    text = words(scope, field, node)
    if text is None:
        return None
    try:
        address = absolute(text, base_url)
    except Unfit as unfit:
        scope.fail(field, node, str(unfit))
        return None
    if text[:5].lower() == "http:":
        fix = f"write https{text[4:]} if the other side answers to that"
        scope.warn(field, node, fix)
    return address


def language(scope: Scope, field: Field, node: Node) -> str | None:
    """A language tag of the shape of BCP 47; ``no`` is Norwegian."""
    text = words(scope, field, node)
    if text is None or _LANGUAGE.match(text):
        return text
    dashed = text.replace("_", "-").partition(".")[0]
    good = _LANGUAGE.match(dashed)
    scope.fail(
        field, node, f"write {dashed}" if good else "write a tag such as en, de-AT or zh-Hant"
    )
    return None


def mail(scope: Scope, field: Field, node: Node) -> str | None:
    """A bare address, without a name around it."""
    text = words(scope, field, node)
    if text is None or _MAIL.match(text):
        return text
    bare = re.search(r"[^\s<>()]+@[^\s<>()]+\.[^\s<>()]+", text.removeprefix("mailto:"))
    likely = bare and _MAIL.match(bare[0])
    scope.fail(field, node, f"write {likely[0]}" if likely else "write one address, name@host.tld")
    return None


def person(scope: Scope, field: Field, node: Node) -> Person | None:
    """A name, or a mapping with a name, a mail address and a home page: RFC 4287 §3.2."""
    if type(node) is Scalar:
        name = line(scope, field, node)
        if name and (mail_ := re.search(r"\s*<?([^\s<>()]+@[^\s<>()]+)>?", name)):
            who = name[: mail_.start()].strip(" \"'") or "…"
            scope.warn(field, node, f"write {{name: {who}, email: {mail_[1]}}}")
        return Person(name) if name else None
    if not isinstance(node, Mapping):
        scope.fail(field, node, "write one name, or {name: …, email: …, uri: …}")
        return None
    values: dict[str, Any] | None = _read_person(scope, field, node)
    return Person(**values) if values else None


_PERSON = Shape(
    "an author",
    (
        Field("name", line, "a name", TEXT, "Who, as readers see it.", required=True),
        Field(
            "email",
            mail,
            "a mail address such as press@example.org",
            {"type": ["string", "null"], "pattern": "@"},
            "A mail address that everybody may see.",
        ),
        Field("uri", url, WEB_ADDRESS, URL, "A page about the author."),
    ),
    under="author",
)
_read_person = inside(_PERSON)
PERSON: Schema = {"anyOf": [TEXT, _PERSON.schema()]}


def listed(schema: Schema) -> Schema:
    """A list of such values, or one of them alone."""
    return {"anyOf": [{"type": "array", "items": schema}, schema]}
