"""OPML 2.0: every feed of the site in one file that a reader can import.

In: the site and what it shows. Out: XML, UTF-8, the same for the same input. Knows no store, no
clock and no HTTP.
"""

from __future__ import annotations

from email.utils import format_datetime
from xml.etree import ElementTree as ET

from feedsvc.model import Section, Site
from feedsvc.render.content import feed_title
from feedsvc.render.markdown import legal
from feedsvc.render.urls import ATOM, RSS, feed_url, section_url
from feedsvc.sections import Selection

PATH = "/feeds.opml"
MEDIA_TYPE = "text/x-opml"
_DOCS = "http://opml.org/spec2.opml"


def render(site: Site, selection: Selection) -> bytes:
    """The list of subscriptions: one folder, named as the site is, with a feed for each section."""
    root = ET.Element("opml", version="2.0")
    _head(ET.SubElement(root, "head"), site, selection)
    folder = ET.SubElement(ET.SubElement(root, "body"), "outline", _known({"text": site.title}))
    for section in (site.everything, *site.sections):
        ET.SubElement(folder, "outline", _outline(site, section))
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _head(head: ET.Element, site: Site, selection: Selection) -> None:
    updated = selection.everything.updated
    facts = {
        "title": site.title,
        # OPML 2.0 §head: dates conform to RFC 822, four digits for the year. The newest revision
        # that a feed shows: a clock would give other bytes at each build.
        "dateModified": format_datetime(updated) if updated else None,
        "ownerName": site.author.name,
        "ownerEmail": site.author.email,
        "ownerId": site.author.uri,
        "docs": _DOCS,
    }
    for name, value in _known(facts).items():
        ET.SubElement(head, name).text = value


def _outline(site: Site, section: Section) -> dict[str, str]:
    """OPML 2.0 §subscription lists: type, text and xmlUrl are required.

    One format for each section, or an import would subscribe to it twice. Atom keeps most of an
    entry (revisions, languages, every enclosure); what makes a podcast is in RSS alone. ``all``
    comes first and repeats the others: whoever takes it can drop them.
    """
    kind = RSS if section.podcast else ATOM
    title = feed_title(site, section)
    return _known(
        {
            "type": "rss",  # for every format that a reader can subscribe to
            "text": title,
            "title": title,
            "description": section.description,
            "language": section.language,
            "xmlUrl": feed_url(site, section, kind),
            "htmlUrl": section_url(site, section),
        }
    )


def _known(facts: dict[str, str | None]) -> dict[str, str]:
    return {name: legal(value) for name, value in facts.items() if value}
