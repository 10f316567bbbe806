"""What an RSS item and an Atom entry have in common."""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry

from feedsvc.model import Entry, Person, Section, Site


def fill(item: FeedEntry, entry: Entry) -> None:
    """Set identity, title, tags and image."""
    item.load_extension("dc")
    item.load_extension("media")
    item.id(entry.iri)
    item.title(entry.title)
    for tag in entry.tags:
        item.category(term=tag)
    if entry.image:
        item.media.content(_media(entry), group=None)


def authors(site: Site, entry: Entry) -> tuple[Person, ...]:
    """RFC 4287 §4.1.2: an author can always be resolved, also out of the feed's context."""
    return entry.authors or (_home(site, entry).author,)


def language(site: Site, entry: Entry) -> str:
    """The language of the entry's text."""
    return entry.language or _home(site, entry).language


def _home(site: Site, entry: Entry) -> Section:
    return site.section(entry.section) or site.everything


def _media(entry: Entry) -> dict[str, Any]:
    """Media RSS §media:content; ``fileSize`` in bytes."""
    image = entry.image
    assert image  # noqa: S101 - the caller asks for an entry's image
    facts = {
        "url": image.url,
        "medium": "image",
        "type": image.type,
        "fileSize": image.length,
        "width": image.width,
        "height": image.height,
    }
    return {key: str(value) for key, value in facts.items() if value is not None}
