"""One entry as an RSS 2.0 item, by the best-practices profile."""

from __future__ import annotations

import html
import re
from typing import Any

from feedgen.entry import FeedEntry

from feedsvc.model import Content, Enclosure, Entry, Person, Podcast, Site
from feedsvc.render.content import authors, content_html, language, summary
from feedsvc.render.feeds.channel import person
from feedsvc.render.feeds.common import fill
from feedsvc.render.feeds.podcast import episode, played
from feedsvc.render.urls import entry_url

# RFC 822 §3.3: a comment's text has no brackets; readers cut addresses and <> out of it too.
_UNFIT_FOR_COMMENT = re.compile(r"[()<>@&\\]")


def item(site: Site, content: Content, source: Entry, podcast: Podcast | None = None) -> Any:
    """The item element: description stands before content:encoded."""
    element = FeedEntry()
    fill(element, source)
    element.guid(source.iri, permalink=False)
    element.pubDate(source.published)
    element.link(href=entry_url(site, source))
    # A description is HTML: the plain text becomes HTML first.
    element.description(html.escape(summary(source, site.base_url), quote=False))
    if content == "full" and (text := content_html(source, site.base_url)):
        element.content(text, type="html")
    _sign(element, authors(site, source))
    spoken = language(site, source)
    if any(section.language != spoken for section in (site.everything, *site.sections)):
        element.dc.dc_language(spoken)
    _enclose(element, source.enclosures[0] if source.enclosures else None)
    if podcast:
        episode(element, site, source, podcast)
        _enclose(element, played(source))
    return element.rss_entry()


def _sign(element: FeedEntry, people: tuple[Person, ...]) -> None:
    """``author`` where there is one person with an address, else ``dc:creator``: never both."""
    if len(people) == 1 and people[0].email and not _UNFIT_FOR_COMMENT.search(people[0].name):
        element.author(person(people[0]))
    else:
        element.dc.dc_creator([author.name for author in people])


def _enclose(element: FeedEntry, enclosure: Enclosure | None) -> None:
    """RSS profile: at most one enclosure, with url, length and type."""
    if enclosure:
        element.enclosure(enclosure.url, str(enclosure.length), enclosure.type)
