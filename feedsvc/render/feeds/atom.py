"""One entry as Atom: RFC 4287 §4.1.2, and as a tombstone: RFC 6721 §3."""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from lxml import etree

from feedsvc.archives import Tombstone
from feedsvc.model import Content, Entry, Site
from feedsvc.render.content import authors, content_html, language, summary
from feedsvc.render.feeds.channel import TOMBSTONES, person
from feedsvc.render.feeds.common import fill
from feedsvc.render.urls import entry_url, page_url

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class _Entry(FeedEntry):  # type: ignore[misc]
    """feedgen's entry with the link attributes that it drops."""

    def atom_entry(self, extensions: bool = True) -> Any:  # noqa: FBT001, FBT002
        element = super().atom_entry(extensions)
        for node, link in zip(element.findall("link"), self.link(), strict=True):
            # RFC 4287 §4.2.7: rel, type, hreflang, title and length belong to a link.
            node.attrib.update({key: value for key, value in link.items() if key != "href"})
        return element


def entry(site: Site, content: Content, source: Entry) -> Any:
    """The atom:entry element."""
    item = _Entry()
    fill(item, source)
    item.updated(source.modified)  # RFC 4287 §4.2.15: significant changes alone
    item.published(source.published)
    item.author([person(author) for author in authors(site, source)])
    item.link(_links(site, source))
    item.summary(summary(source, site.base_url))
    if content == "full" and (text := content_html(source, site.base_url)):
        item.content(text, type="html")
    element = item.atom_entry()
    element.set(_LANG, language(site, source))
    return element


def tombstone(stone: Tombstone) -> Any:
    """RFC 6721 §3: at:deleted-entry with ref and when, a comment where there is a reason."""
    element = etree.Element(f"{{{TOMBSTONES}}}deleted-entry", nsmap={"at": TOMBSTONES})
    element.set("ref", stone.iri)
    element.set("when", stone.at.isoformat())
    if stone.reason:
        etree.SubElement(element, f"{{{TOMBSTONES}}}comment").text = stone.reason
    return element


def _links(site: Site, source: Entry) -> list[dict[str, str]]:
    page = page_url(site, source)
    if source.link:
        # A page elsewhere may be of any type; this site's own page is related to it.
        links = [
            {"rel": "alternate", "href": entry_url(site, source)},
            {"rel": "related", "type": "text/html", "href": page},
        ]
    else:
        links = [{"rel": "alternate", "type": "text/html", "href": page}]
    for enclosure in source.enclosures:
        facts = {
            "rel": "enclosure",
            "type": enclosure.type,
            # RFC 4287 §4.2.7.6: a hint, so nothing where nobody knows it.
            "length": str(enclosure.length) if enclosure.length else None,
            "title": enclosure.title,
            "href": enclosure.url,
        }
        links.append({name: value for name, value in facts.items() if value})
    return links
