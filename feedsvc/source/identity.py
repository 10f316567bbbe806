"""Ids, and what is made of them: the identity of an entry and the name of its page.

In: ids and slugs as typed. Out: the same, checked; IRIs and default slugs. It must not know titles,
dates, sections, files or addresses: an identity never depends on them (RFC 4287 §4.2.6).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container
from datetime import date
from itertools import chain, count
from urllib.parse import unquote

from feedsvc.source.fields import Field, Schema, Scope, place_of
from feedsvc.source.nodes import Mapping, Node, Scalar
from feedsvc.source.spelling import spelled
from feedsvc.source.values import words

RESERVED_SLUGS = frozenset({"archive", "rss.xml", "atom.xml", "feed.json"})
"""What stands beside the articles of a section and can therefore be no article."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]{1,1000}\Z")  # RFC 3987 §2.2
_LONGEST_SLUG = 60
_LATIN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d"}
)

_APOSTROPHES = str.maketrans("", "", "'\u2018\u2019\u02bc")
_IDEOGRAPH = re.compile("([\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_DOT = re.compile(r"(?<![0-9])\.|\.(?![0-9])")

ID: Schema = {
    "type": ["string", "number", "boolean"],
    "pattern": r"^\s*([A-Za-z0-9][A-Za-z0-9._-]{0,199}|[A-Za-z][A-Za-z0-9+.-]*:\S+)\s*$",
}
SLUG: Schema = {
    "type": ["string", "number", "boolean", "null"],
    "pattern": r"^\s*[A-Za-z0-9][A-Za-z0-9._-]{0,199}\s*$",
    "not": {"enum": sorted(RESERVED_SLUGS)},
}


def read_id(scope: Scope, field: Field, node: Node) -> str | None:
    """An id: a word of letters, digits and ``. _ -``, or a full IRI."""
    text = words(scope, field, node)
    if text is None or is_id(text):
        return text
    scope.fail(field, node, f"write {_suggestion(text)}; an id that is in use must not change")
    return None


def read_slug(scope: Scope, field: Field, node: Node) -> str | None:
    """The name of a page: a word of letters, digits and ``. _ -``."""
    text = words(scope, field, node)
    if text is None:
        return None
    if not _PLAIN.match(text):
        scope.fail(field, node, f"write {_suggestion(text)}")
        return None
    if text in RESERVED_SLUGS:
        scope.fail(field, node, f"write another name: '{text}' is an address of the section itself")
        return None
    return text


def is_id(text: str) -> bool:
    """Whether the text may be an id."""
    return bool(_PLAIN.match(text) or _IRI.match(text))


def iri(entry_id: str, tag: str) -> str:
    """The identity in feeds: the id where that is an IRI, otherwise a tag URI (RFC 4151)."""
    return entry_id if ":" in entry_id else f"tag:{tag}:{entry_id}"


def default_slug(entry_id: str) -> str:
    """The page's name where none is given: the id, or what is readable in an IRI and a digest."""
    if ":" not in entry_id:
        return entry_id
    path = unquote(entry_id.partition(":")[2]).partition("#")[0]
    parts = [
        slugify(re.sub(r"\.(?:html?|php|aspx?)$", "", part)) for part in re.split("[/?&=:]", path)
    ]
    readable = next((part for part in reversed(parts) if part), "entry")
    digest = hashlib.sha256(entry_id.encode()).hexdigest()[:8]
    return f"{readable}-{digest}"


def slugify(text: str) -> str:
    """A readable word of the letters that ids may have; empty where none is left."""
    latin = unicodedata.normalize("NFKD", text.lower().translate(_LATIN))
    word = re.sub(r"[^a-z0-9._]+", "-", latin.encode("ascii", "ignore").decode())
    return word.strip("-._")[:_LONGEST_SLUG].rstrip("-._")


def word_of(text: str) -> str:
    """An id made of words in any script, cut between two of them; empty where there are none.

    For suggestions alone: another version of anyascii may write another word.
    """
    from anyascii import anyascii  # noqa: PLC0415 - read by few, at the cost of half a check

    text = unicodedata.normalize("NFC", text).lower().translate(_LATIN).translate(_APOSTROPHES)
    latin = anyascii(_IDEOGRAPH.sub(r" \1 ", spelled(text))).lower().translate(_APOSTROPHES)
    word = re.sub(r"[^a-z0-9._]+", "-", _DOT.sub(" ", latin)).strip("-._")
    if len(word) > _LONGEST_SLUG:
        word = word[: _LONGEST_SLUG + 1].rpartition("-")[0] or word[:_LONGEST_SLUG]
    return word.rstrip("-._")


def word_for(node: Mapping) -> str:
    """An id made of what an entry says; empty where it says nothing."""
    places = (place_of(node, name) for name in ("slug", "title", "lead"))
    words_ = (word_of(place.value) for place in places if isinstance(place, Scalar))
    return next(filter(None, words_), "")


def unused(word: str, taken: Container[str], day: date | None = None) -> str:
    """The word, or where others have it, with the year, the day or a number behind it."""
    dated = (f"{word}-{day:%Y}", f"{word}-{day}") if day else ()
    numbered = (f"{word}-{number}" for number in count(2))
    names = chain((word,), dated, numbered)
    return next(name for name in names if name not in taken and name not in RESERVED_SLUGS)


def missing_id(node: Mapping) -> str:
    """The fix for an entry without an id."""
    if word := word_for(node):
        return f"add 'id: {word}', or let 'feedsvc fix' do so"
    return "add 'id: …', a word that no other entry has and that never changes"


def _suggestion(text: str) -> str:
    return f"'{word}'" if (word := word_of(text)) else "a word such as 'harbour-pilot-2024'"
