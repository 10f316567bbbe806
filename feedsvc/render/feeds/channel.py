"""The part of a feed that is about the feed itself: RSS's channel, Atom's feed element.

In: the site and what a section shows. Out: the root element, without entries.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedsvc.model import Person, Section, Site
from feedsvc.render.content import feed_title
from feedsvc.render.urls import ATOM, RSS, Format, feed_url, section_url
from feedsvc.sections import Shown

TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_ATOM_NS = "http://www.w3.org/2005/Atom"
_SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"


class _Extras(BaseExtension):  # type: ignore[misc]
    """The channel's elements that feedgen has no word for."""

    kind: Format
    hubs: tuple[str, ...]
    max_age: int

    def extend_ns(self) -> dict[str, str]:
        return {"sy": _SYNDICATION} if self.kind is RSS else {"at": TOMBSTONES}

    def extend_rss(self, feed: Any) -> Any:
        channel = feed[0]
        for hub in self.hubs:
            etree.SubElement(channel, f"{{{_ATOM_NS}}}link", rel="hub", href=hub)
        period, frequency = syndication(self.max_age)
        etree.SubElement(channel, f"{{{_SYNDICATION}}}updatePeriod").text = period
        etree.SubElement(channel, f"{{{_SYNDICATION}}}updateFrequency").text = str(frequency)
        return feed


def create(site: Site, shown: Shown, kind: Format) -> Any:
    """The root element of a section's feed, with everything but its entries."""
    section = shown.section
    feed = FeedGenerator()
    feed.id(feed_id(site, section))
    feed.title(feed_title(site, section))
    feed.description(section.description)
    feed.language(section.language)
    feed.updated(shown.updated or beginning(site))
    feed.pubDate(shown.updated or beginning(site))
    feed.generator("feedsvc")
    feed.author(person(section.author))
    feed.ttl(-(-section.caching.max_age // 60))  # minutes, never less than max-age
    _optional(feed, site, section)
    _links(feed, site, section, kind)
    root, _ = feed._create_rss() if kind is RSS else feed._create_atom()  # noqa: SLF001
    return root


def feed_id(site: Site, section: Section) -> str:
    """The feed's identity, for ever: RFC 4287 §4.2.6. No entry's id can hold its slash."""
    return f"tag:{site.tag}:feed/{section.name}"


def beginning(site: Site) -> datetime:
    """The instant at which an empty feed counts as updated: the date in the site's tag."""
    year, month, day = ([*site.tag.rpartition(",")[2].split("-"), "1", "1"])[:3]
    return datetime(int(year), int(month), int(day), tzinfo=UTC)


def person(author: Person) -> dict[str, str]:
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


def _links(feed: FeedGenerator, site: Site, section: Section, kind: Format) -> None:
    feed.register_extension("extras", _Extras, BaseEntryExtension)
    feed.extras.kind = kind
    feed.extras.hubs = site.hubs
    feed.extras.max_age = section.caching.max_age
    feed.load_extension("dc")
    feed.load_extension("media")
    # WebSub §4: hub and exactly one self are advertised together.
    hubs = [{"rel": "hub", "href": hub} for hub in site.hubs] if kind is ATOM else []
    this = feed_url(site, section, kind)
    # feedgen takes the last link for RSS's own: it must be the page, not a feed.
    page = {"rel": "alternate", "type": "text/html", "href": section_url(site, section)}
    feed.link([{"rel": "self", "type": kind.media_type, "href": this}, *hubs, page])
