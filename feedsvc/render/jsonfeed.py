"""JSON Feed 1.1: what a section shows, to the feed's bytes.

In: what a live feed or a sealed page holds. Out: JSON, UTF-8, the same for the same input. Knows
no store, no clock and no HTTP.
"""

from __future__ import annotations

from typing import Any

import msgspec

from feedsvc.archives import Page
from feedsvc.model import Content, Enclosure, Entry, Person, Section, Site
from feedsvc.render.content import (
    authors,
    content_html,
    content_mode,
    feed_title,
    language,
    summary,
)
from feedsvc.render.remembered import Remembered
from feedsvc.render.urls import JSON, feed_url, page_url, person_url, section_url

#: How many entries are remembered.
_ITEMS = 3000
_VERSION = "https://jsonfeed.org/version/1.1"


class JsonFeeds:
    """Renders the feeds of one site and remembers the entries in them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._items = Remembered[tuple[Content, Entry]](_ITEMS)

    def render(self, section: Section, page: Page) -> bytes:
        """A section's live feed or a sealed page of it: JSON Feed 1.1, top-level object."""
        feed = _present(_head(self._site, section, page))
        feed["items"] = [msgspec.Raw(self._item(section, entry)) for entry in page.entries]
        return _indented(msgspec.json.encode(feed)) + b"\n"

    def size(self, section: Section, entry: Entry) -> int:
        """How many bytes an entry takes in the section's feed."""
        text = _indented(self._item(section, entry))
        # Each line of an item stands four spaces deeper in the feed.
        return len(text) + 4 * (text.count(b"\n") + 1) + len(b",\n")

    def _item(self, section: Section, entry: Entry) -> bytes:
        key = content_mode(self._site, section, entry), entry
        return self._items.get(key, lambda: msgspec.json.encode(_item(self._site, *key)))


def _head(site: Site, section: Section, page: Page) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "title": feed_title(site, section),
        "home_page_url": section_url(site, section, page.number),
        "feed_url": feed_url(site, section, JSON, page.number),
        "next_url": feed_url(site, section, JSON, page.older) if page.older else None,
        "description": section.description,
        "icon": site.logo,
        "favicon": site.icon,
        "authors": [_author(section.author, site)],
        "language": section.language,
        # JSON Feed 1.1 §hubs: the type is the protocol's name.
        "hubs": [{"type": "WebSub", "url": hub} for hub in site.hubs if not page.number],
    }


def _indented(data: bytes) -> bytes:
    return msgspec.json.format(data, indent=2)


def _item(site: Site, mode: Content, entry: Entry) -> dict[str, Any]:
    """JSON Feed 1.1, item: ``id`` is a string and the same as in the other formats."""
    base = site.base_url
    full = content_html(entry, base) if mode == "full" else ""
    return _present(
        {
            "id": entry.iri,
            "url": page_url(site, entry),
            "external_url": entry.link,
            "title": entry.title,
            "content_html": full,
            # An item must have content: where it has no other, the summary is it.
            "content_text": None if full else summary(entry, base),
            "summary": summary(entry, base),
            "image": entry.image.url if entry.image else None,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.modified.isoformat(),
            "authors": [_author(person, site) for person in authors(site, entry)],
            "tags": list(entry.tags),
            "language": language(site, entry),
            "attachments": [_attachment(enclosure) for enclosure in entry.enclosures],
        }
    )


def _author(person: Person, site: Site) -> dict[str, Any]:
    """JSON Feed 1.1, author: ``url`` may also be an address to write to."""
    return _present({"name": person.name, "url": person_url(person, site.base_url)})


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    return _present(
        {
            "url": enclosure.url,
            "mime_type": enclosure.type,
            "title": enclosure.title,
            "size_in_bytes": enclosure.length or None,
            "duration_in_seconds": enclosure.duration,
        }
    )


def _present(facts: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known: JSON Feed has no null."""
    return {key: value for key, value in facts.items() if value not in (None, [], "")}
