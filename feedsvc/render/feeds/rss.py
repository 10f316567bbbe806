"""One entry as an RSS 2.0 item, by the best-practices profile."""

from __future__ import annotations

import html
from typing import Any

from feedgen.entry import FeedEntry

from feedsvc.model import Content, Entry, Person, Site
from feedsvc.render.content import authors, content_html, language, summary
from feedsvc.render.feeds.channel import person
from feedsvc.render.feeds.common import fill
from feedsvc.render.urls import entry_url


def item(site: Site, content: Content, source: Entry) -> Any:
    """The item element: description stands before content:encoded."""
    element = FeedEntry()
    fill(element, source)
    element.guid(source.iri, permalink=False)
    element.pubDate(source.published)
    element.link(href=entry_url(site, source))
    # A description is HTML: the plain text becomes HTML first.
    element.description(html.escape(summary(source, site.base_url), quote=False))
    if content == "full":
        element.content(content_html(source, site.base_url), type="html")
    _sign(element, authors(site, source))
    spoken = language(site, source)
    if spoken != site.language:
        element.dc.dc_language(spoken)
    if source.enclosures:
        first = source.enclosures[0]  # RSS profile: at most one enclosure
        element.enclosure(first.url, str(first.length), first.type)
    return element.rss_entry()


def _sign(element: FeedEntry, people: tuple[Person, ...]) -> None:
    """``author`` where there is one person with an address, else ``dc:creator``: never both."""
    if len(people) == 1 and people[0].email:
        element.author(person(people[0]))
    else:
        element.dc.dc_creator([author.name for author in people])
