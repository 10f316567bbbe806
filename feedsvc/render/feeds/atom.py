"""One entry as Atom: RFC 4287 §4.1.2, and as a tombstone: RFC 6721 §3."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from feedsvc.archives import Tombstone
from feedsvc.model import Enclosure, Entry, Person
from feedsvc.render.content import dates
from feedsvc.render.feeds.common import Facts
from feedsvc.render.feeds.markup import attribute, element, fragment, leaf

#: How deep an entry stands in its feed.
_DEPTH = 1


def entry(facts: Facts, source: Entry, page: str) -> bytes:
    """The atom:entry element; ``page`` is the URL of the entry's own page.

    Raises ValueError where a text cannot stand in XML.
    """
    spoken = {"xml:lang": facts.language}
    return fragment(element("entry", spoken, _said(facts, source, page), _DEPTH), _DEPTH)


def tombstone(stone: Tombstone) -> bytes:
    """RFC 6721 §3: at:deleted-entry with ref and when, a comment where there is a reason.

    Raises ValueError where a text cannot stand in XML.
    """
    known = {"ref": stone.iri, "when": stone.at.isoformat()}
    comment = [leaf("at:comment", stone.reason)] if stone.reason else []
    return fragment(element("at:deleted-entry", known, comment, _DEPTH), _DEPTH)


def _said(facts: Facts, source: Entry, page: str) -> Iterator[str]:
    published, updated = dates(source)
    yield leaf("id", source.iri)
    yield facts.title
    yield leaf("updated", updated)  # §4.2.15: significant changes alone
    yield from map(_author, facts.authors)
    if facts.content:
        yield f'<content type="html">{facts.content}</content>'
    yield from _links(facts, source, page)
    yield leaf("summary", facts.summary)
    yield from (f'<category term="{attribute(tag)}"/>' for tag in source.tags)
    yield leaf("published", published)
    yield from facts.media


@lru_cache(maxsize=256)
def _author(person: Person) -> str:
    """RFC 4287 §3.2."""
    known = {"name": person.name, "email": person.email, "uri": person.uri}
    within = [leaf(name, value) for name, value in known.items() if value]
    return element("author", {}, within, _DEPTH + 1)


def _links(facts: Facts, source: Entry, page: str) -> Iterator[str]:
    if source.link:
        # A page elsewhere may be of any type; this site's own page is related to it.
        yield f'<link href="{attribute(facts.link)}" rel="alternate"/>'
    rel = "related" if source.link else "alternate"
    yield f'<link href="{attribute(page)}" rel="{rel}" type="text/html"/>'
    yield from map(_enclosure, source.enclosures)


def _enclosure(enclosure: Enclosure) -> str:
    """RFC 4287 §4.2.7: rel, type, length and title belong to a link."""
    return element(
        "link",
        {
            "href": enclosure.url,
            "rel": "enclosure",
            "type": enclosure.type,
            # §4.2.7.6: a hint, so nothing where nobody knows it.
            "length": str(enclosure.length) if enclosure.length else None,
            "title": enclosure.title or None,
        },
    )
