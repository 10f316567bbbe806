"""The part of a feed that is about the feed itself: RSS's channel, Atom's feed element.

In: the site and what a section shows. Out: the root element, without entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from feedgen.ext.base import BaseExtension
from feedgen.ext.dc import DcExtension
from feedgen.ext.media import MediaExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedsvc.archives import Page
from feedsvc.model import Person, Section, Site
from feedsvc.render.content import feed_title
from feedsvc.render.feeds.podcast import show
from feedsvc.render.urls import ATOM, RSS, Format, feed_url, section_url

_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_ATOM_NS = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"


class _Extras(BaseExtension):  # type: ignore[misc]
    """The channel's elements that feedgen has no word for."""

    kind: Format
    links: list[dict[str, str]]
    sealed: bool
    max_age: int

    def extend_ns(self) -> dict[str, str]:
        own = {"sy": _SYNDICATION} if self.kind is RSS else {"at": _TOMBSTONES}
        return own | ({"fh": _HISTORY} if self.sealed else {})

    def extend_atom(self, feed: Any) -> Any:
        if self.sealed:
            etree.SubElement(feed, f"{{{_HISTORY}}}archive")  # RFC 5005 §4
        return feed

    def extend_rss(self, feed: Any) -> Any:
        channel = feed[0]
        self.extend_atom(channel)
        for link in self.links:
            etree.SubElement(channel, f"{{{_ATOM_NS}}}link", link)
        period, frequency = syndication(self.max_age)
        etree.SubElement(channel, f"{{{_SYNDICATION}}}updatePeriod").text = period
        etree.SubElement(channel, f"{{{_SYNDICATION}}}updateFrequency").text = str(frequency)
        return feed


def create(site: Site, section: Section, page: Page, kind: Format) -> Any:
    """The root element of a section's feed, with everything but its entries."""
    feed = FeedGenerator()
    feed.id(feed_id(site, section))
    feed.title(feed_title(site, section))
    feed.description(section.description)
    feed.language(section.language)
    feed.updated(page.updated or beginning(site))
    feed.pubDate(page.updated or beginning(site))
    feed.generator("feedsvc")
    feed.author(_person(section.author))
    feed.ttl(-(-section.caching.max_age // 60))  # minutes, never less than max-age
    _optional(feed, site, section)
    _links(feed, site, section, page, kind)
    if kind is RSS:
        show(feed, section)
    root, _ = feed._create_rss() if kind is RSS else feed._create_atom()  # noqa: SLF001
    return root


def turn(root: Any, site: Site, section: Section, page: Page, kind: Format) -> None:
    """Make of a root element that of another page: what ``create`` would have made of that one.

    Both are of the same section and format, both sealed or not, both with older ones or without.
    """
    updated = page.updated or beginning(site)
    home = section_url(site, section, page.number)
    if kind is RSS:
        date = format_datetime(updated)
        texts = {"link": home, "lastBuildDate": date, "pubDate": date}
    else:
        texts = {"updated": updated.isoformat()}
    hrefs = {
        "self": feed_url(site, section, kind, page.number),
        "alternate": home,
        "prev-archive": feed_url(site, section, kind, page.older),
    }
    for element in root[0] if kind is RSS else root:
        if element.tag in texts:
            element.text = texts[element.tag]
        elif href := hrefs.get(element.get("rel")):
            element.set("href", href)


def feed_id(site: Site, section: Section) -> str:
    """The feed's identity, for ever: RFC 4287 §4.2.6. No entry's id can hold its slash."""
    return f"tag:{site.tag}:feed/{section.name}"


def beginning(site: Site) -> datetime:
    """The instant at which an empty feed counts as updated: the date in the site's tag."""
    year, month, day = ([*site.tag.rpartition(",")[2].split("-"), "1", "1"])[:3]
    return datetime(int(year), int(month), int(day), tzinfo=UTC)


def _person(author: Person) -> dict[str, str]:
    """An author in feedgen's form."""
    facts = {"name": author.name, "email": author.email, "uri": author.uri}
    return {key: value for key, value in facts.items() if value}


def syndication(max_age: int) -> tuple[str, int]:
    """sy:updatePeriod and sy:updateFrequency that ask for no more polls than max-age does."""
    for period, seconds in (("hourly", 3600), ("daily", 86400), ("weekly", 604800)):
        if max_age <= seconds:
            return period, seconds // max(1, max_age)
    return "monthly", 1


def _optional(feed: FeedGenerator, site: Site, section: Section) -> None:
    if section.author.email:
        feed.managingEditor(f"{section.author.email} ({section.author.name})")
    if site.rights:
        feed.rights(site.rights)
    if site.icon:
        feed.icon(site.icon)
    if site.logo:
        # RSS: the image's title and link equal the channel's.
        feed.image(site.logo, feed_title(site, section), section_url(site, section))


def _links(feed: FeedGenerator, site: Site, section: Section, page: Page, kind: Format) -> None:
    more = list(_more_links(site, section, page, kind))
    feed.register_extension("extras", _Extras)
    feed.extras.kind = kind
    feed.extras.sealed = page.number > 0
    feed.extras.links = more
    feed.extras.max_age = section.caching.max_age
    feed.register_extension("dc", DcExtension)
    feed.register_extension("media", MediaExtension)
    this = {
        "rel": "self",
        "type": kind.media_type,
        "href": feed_url(site, section, kind, page.number),
    }
    # feedgen takes the last link for RSS's own: it must be the page, not a feed.
    home = {
        "rel": "alternate",
        "type": "text/html",
        "href": section_url(site, section, page.number),
    }
    feed.link([this, *(more if kind is ATOM else []), home])


def _more_links(site: Site, section: Section, page: Page, kind: Format) -> Iterator[dict[str, str]]:
    if page.number:
        # RFC 5005 §4: an archive document names the feed that it belongs to.
        yield {"rel": "current", "href": feed_url(site, section, kind)}
    else:
        # WebSub §4: hub and exactly one self are advertised together.
        yield from ({"rel": "hub", "href": hub} for hub in site.hubs)
    if page.older:
        yield {"rel": "prev-archive", "href": feed_url(site, section, kind, page.older)}
