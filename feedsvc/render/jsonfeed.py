"""JSON Feed 1.1: what a section shows, to the feed's bytes.

In: what a live feed or a sealed page holds. Out: JSON, UTF-8, the same for the same input. Knows
no store, no clock and no HTTP.
"""

from __future__ import annotations

import json
from typing import Any

from feedsvc.archives import Page
from feedsvc.model import Enclosure, Entry, Person, Section, Site
from feedsvc.render.content import authors, content_html, feed_title, language, summary
from feedsvc.render.urls import JSON, feed_url, page_url, section_url

_VERSION = "https://jsonfeed.org/version/1.1"


def render(site: Site, section: Section, page: Page) -> bytes:
    """A section's live feed or a sealed page of it: JSON Feed 1.1, top-level object."""
    feed = {
        "version": _VERSION,
        "title": feed_title(site, section),
        "home_page_url": section_url(site, section, page.number),
        "feed_url": feed_url(site, section, JSON, page.number),
        "next_url": feed_url(site, section, JSON, page.older) if page.older else None,
        "description": section.description,
        "icon": site.logo,
        "favicon": site.icon,
        "authors": [_author(section.author)],
        "language": section.language,
        # JSON Feed 1.1 §hubs: the type is the protocol's name.
        "hubs": [{"type": "WebSub", "url": hub} for hub in site.hubs if not page.number],
        "items": [item(site, section, entry) for entry in page.entries],
    }
    text = json.dumps(_present(feed) | {"items": feed["items"]}, ensure_ascii=False, indent=2)
    return text.encode() + b"\n"


def item(site: Site, section: Section, entry: Entry) -> dict[str, Any]:
    """JSON Feed 1.1, item: ``id`` is a string and the same as in the other formats."""
    full = section.content == "full"
    return _present(
        {
            "id": entry.iri,
            "url": page_url(site, entry),
            "external_url": entry.link,
            "title": entry.title,
            "content_html": content_html(entry, site.base_url) if full else None,
            # An item must have content: in summary mode the summary is it.
            "content_text": None if full else summary(entry, site.base_url),
            "summary": summary(entry, site.base_url),
            "image": entry.image.url if entry.image else None,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.modified.isoformat(),
            "authors": [_author(person) for person in authors(site, entry)],
            "tags": list(entry.tags),
            "language": language(site, entry),
            "attachments": [_attachment(enclosure) for enclosure in entry.enclosures],
        }
    )


def _author(person: Person) -> dict[str, Any]:
    address = f"mailto:{person.email}" if person.email else None
    return _present({"name": person.name, "url": person.uri or address})


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
