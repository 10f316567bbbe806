"""JSON Feed 1.1: what a section shows, to the feed's bytes.

In: what a live feed or a sealed page holds. Out: JSON, UTF-8, the same for the same input. Knows
no store, no clock and no HTTP.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from feedsvc.archives import Page
from feedsvc.model import Content, Enclosure, Entry, Person, Section, Site
from feedsvc.render.content import (
    authors,
    content_html,
    content_mode,
    dates,
    feed_title,
    language,
    summary,
)
from feedsvc.render.remembered import Remembered, enough
from feedsvc.render.urls import JSON, feed_url, page_url, person_url, section_url

_VERSION = "https://jsonfeed.org/version/1.1"


class _Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """An object in the order of its keys, without what is not known: JSON Feed has no null."""


class _Author(_Known, frozen=True):
    """JSON Feed 1.1, author: ``url`` may also be an address to write to."""

    name: str
    url: str | None = None


class _Hub(_Known, frozen=True):
    """JSON Feed 1.1 §hubs: the type is the protocol's name."""

    type: str
    url: str


class _Attachment(_Known, frozen=True):
    """JSON Feed 1.1, attachment."""

    url: str
    mime_type: str
    title: str | None = None
    size_in_bytes: int | None = None
    duration_in_seconds: int | None = None


class _Item(_Known, frozen=True, kw_only=True):
    """JSON Feed 1.1, item: ``id`` is a string and the same as in the other formats."""

    id: str
    url: str
    external_url: str | None = None
    title: str
    content_html: str | None = None
    content_text: str | None = None
    summary: str
    image: str | None = None
    date_published: str
    date_modified: str
    authors: list[_Author]
    tags: list[str] = []
    language: str
    attachments: list[_Attachment] = []


class _Head(_Known, frozen=True, kw_only=True):
    """JSON Feed 1.1, top-level object, without its items: they stand last."""

    version: str
    title: str
    home_page_url: str
    feed_url: str
    next_url: str | None = None
    description: str | None = None
    icon: str | None = None
    favicon: str | None = None
    authors: list[_Author]
    language: str
    hubs: list[_Hub] = []


class JsonFeeds:
    """Renders the feeds of one site and remembers the entries in them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._items = Remembered[tuple[Content, Entry], bytes](enough(site))

    def render(self, section: Section, page: Page) -> bytes:
        """A section's live feed or a sealed page of it."""
        items = b",".join(self._item(section, entry) for entry in page.entries)
        start = _indented(_head(self._site, section, page)).removesuffix(b"\n}")
        return b'%b,\n  "items": [%b]\n}\n' % (start, items + b"\n  " if items else b"")

    def size(self, section: Section, entry: Entry) -> int:
        """How many bytes an entry takes in the section's feed."""
        return len(self._item(section, entry)) + len(b",")

    def _item(self, section: Section, entry: Entry) -> bytes:
        """The entry on lines of its own, four spaces deep as it stands in a feed."""
        key = content_mode(self._site, section, entry), entry
        return self._items.get(key, lambda: _deep(_indented(_item(self._site, *key))))


def _indented(known: _Known) -> bytes:
    return msgspec.json.format(msgspec.json.encode(known), indent=2)


def _deep(data: bytes) -> bytes:
    # RFC 8259 §7: within a string no line break stands as it is.
    return b"\n    " + data.replace(b"\n", b"\n    ")


def _head(site: Site, section: Section, page: Page) -> _Head:
    return _Head(
        version=_VERSION,
        title=feed_title(site, section),
        home_page_url=section_url(site, section, page.number),
        feed_url=feed_url(site, section, JSON, page.number),
        next_url=feed_url(site, section, JSON, page.older) if page.older else None,
        description=section.description or None,
        icon=site.logo or None,
        favicon=site.icon or None,
        authors=[_author(section.author, site.base_url)],
        language=section.language,
        hubs=[_Hub(type="WebSub", url=hub) for hub in site.hubs if not page.number],
    )


def _item(site: Site, mode: Content, entry: Entry) -> _Item:
    base = site.base_url
    full = content_html(entry, base) if mode == "full" else ""
    brief = summary(entry, base)
    published, modified = dates(entry)
    return _Item(
        id=entry.iri,
        url=page_url(site, entry),
        external_url=entry.link or None,
        title=entry.title,
        content_html=full or None,
        # An item must have content: where it has no other, the summary is it.
        content_text=None if full else brief,
        summary=brief,
        image=entry.image.url if entry.image else None,
        date_published=published,
        date_modified=modified,
        authors=[_author(person, base) for person in authors(site, entry)],
        tags=list(entry.tags),
        language=language(site, entry),
        attachments=[_attachment(enclosure) for enclosure in entry.enclosures],
    )


@lru_cache(maxsize=256)
def _author(person: Person, base: str) -> _Author:
    return _Author(name=person.name, url=person_url(person, base))


def _attachment(enclosure: Enclosure) -> _Attachment:
    return _Attachment(
        url=enclosure.url,
        mime_type=enclosure.type,
        title=enclosure.title or None,
        size_in_bytes=enclosure.length or None,
        duration_in_seconds=enclosure.duration,
    )
