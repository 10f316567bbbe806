"""One entry as Atom: RFC 4287 §4.1.2, and as a tombstone: RFC 6721 §3."""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from lxml import etree

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
    if content == "full":
        item.content(content_html(source, site.base_url), type="html")
    element = item.atom_entry()
    element.set(_LANG, language(site, source))
    return element


def tombstone(source: Entry) -> Any:
    """RFC 6721 §3: at:deleted-entry with ref and when, a comment where there is a reason."""
    if source.withdrawn is None:
        raise ValueError(f"{source.id} is not withdrawn")
    element = etree.Element(f"{{{TOMBSTONES}}}deleted-entry", nsmap={"at": TOMBSTONES})
    element.set("ref", source.iri)
    element.set("when", source.withdrawn.at.isoformat())
    if source.withdrawn.reason:
        etree.SubElement(element, f"{{{TOMBSTONES}}}comment").text = source.withdrawn.reason
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
        link = {
            "rel": "enclosure",
            "type": enclosure.type,
            "length": str(enclosure.length),
            "href": enclosure.url,
        }
        links.append(link | ({"title": enclosure.title} if enclosure.title else {}))
    return links
