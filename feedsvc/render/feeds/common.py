"""What an RSS item and an Atom entry have in common, found and written once for both.

In: an entry and whether it is told whole. Out: its facts. Knows neither of the two formats.
"""

from __future__ import annotations

import msgspec

from feedsvc.model import Content, Entry, Image, Person, Site
from feedsvc.render.content import authors, content_html, language, summary
from feedsvc.render.feeds import markup
from feedsvc.render.urls import entry_url


class Facts(msgspec.Struct, frozen=True):
    """Of an entry: ``title`` and ``media`` are elements, ``content`` is HTML that is escaped.

    ``content`` is "" and ``media`` empty where there is none. All others are plain text.
    """

    title: str
    content: str
    media: tuple[str, ...]
    summary: str
    link: str
    language: str
    authors: tuple[Person, ...]


def facts(site: Site, content: Content, entry: Entry) -> Facts:
    """What both formats say of an entry, in the same words."""
    full = content_html(entry, site.base_url) if content == "full" else ""
    return Facts(
        title=markup.title(entry.title),
        content=markup.text(full),
        media=(_media(entry.image),) if entry.image else (),
        summary=summary(entry, site.base_url),
        link=entry_url(site, entry),
        language=language(site, entry),
        authors=authors(site, entry),
    )


def _media(image: Image) -> str:
    """Media RSS §media:content; ``fileSize`` in bytes."""
    known = {
        "url": image.url,
        "fileSize": image.length,
        "type": image.type,
        "medium": "image",
        "height": image.height,
        "width": image.width,
    }
    return markup.element("media:content", {key: str(v) for key, v in known.items() if v})
