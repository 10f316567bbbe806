"""A feed as feedgen and lxml write all of it: the witness for entries that are written as text.

Heads are feedgen's in both; here they are made anew for each page, and entries are elements.
"""

from __future__ import annotations

import html
import re
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension
from feedgen.ext.media import MediaEntryExtension
from feedgen.ext.podcast_entry import PodcastEntryExtension
from lxml import etree

from feedsvc.archives import Page, Tombstone
from feedsvc.model import Content, Enclosure, Entry, Image, Person, Podcast, Section, Site
from feedsvc.render.content import authors, content_html, content_mode, language, summary
from feedsvc.render.feeds.channel import create
from feedsvc.render.markdown import shorten
from feedsvc.render.urls import ATOM, RSS, Format, entry_url, page_url

_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DEPTH = {ATOM: 1, RSS: 2}
_TAIL = {ATOM: b"</feed>\n", RSS: b"  </channel>\n</rss>\n"}
_TITLE = re.compile(rb"(?<=<title>)[^<]+(?=</title>)")


def feed(kind: Format, site: Site, section: Section, page: Page) -> bytes:
    """A whole feed. Raises ValueError where a text cannot stand in XML."""
    root = create(site, section, page, kind)
    stones = page.tombstones if kind is ATOM else ()
    elements = [_tombstone(stone) for stone in stones]
    for entry in page.entries:
        content = content_mode(site, section, entry)
        elements.append(
            _item(site, content, entry, section.podcast)
            if kind is RSS
            else _entry(site, content, entry)
        )
    fragments = [_serialise(element, root.nsmap, _DEPTH[kind]) for element in elements]
    etree.indent(root, space="  ")
    data = etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
    return _safe_titles(data.removesuffix(_TAIL[kind])) + b"".join(fragments) + _TAIL[kind]


def _serialise(element: Any, nsmap: dict[str | None, str], depth: int) -> bytes:
    root = etree.Element("root", nsmap=nsmap)
    root.append(element)
    etree.indent(element, space="  ", level=depth)
    element.tail = None
    data = etree.tostring(root, encoding="UTF-8")
    inner = data[data.index(b">", data.index(b"<root")) + 1 : -len(b"</root>")]
    return b"  " * depth + _safe_titles(inner) + b"\n"


def _safe_titles(data: bytes) -> bytes:
    return _TITLE.sub(lambda m: m[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;"), data)


def _fill(item: FeedEntry, entry: Entry) -> None:
    item.register_extension("dc", DcEntryExtension)
    item.register_extension("media", MediaEntryExtension)
    item.id(entry.iri)
    item.title(entry.title)
    for tag in entry.tags:
        item.category(term=tag)
    if entry.image:
        item.media.content(_media(entry.image), group=None)


def _media(image: Image) -> dict[str, str]:
    facts = {
        "url": image.url,
        "medium": "image",
        "type": image.type,
        "fileSize": image.length,
        "width": image.width,
        "height": image.height,
    }
    return {key: str(value) for key, value in facts.items() if value}


def _person(author: Person) -> dict[str, str]:
    facts = {"name": author.name, "email": author.email, "uri": author.uri}
    return {key: value for key, value in facts.items() if value}


# --- RSS ---


class _Episode(PodcastEntryExtension):
    """feedgen's extension, with the two values that explicit has today."""

    def extend_rss(self, item: Any) -> Any:
        element = super().extend_rss(item)
        for explicit in element.iterfind("{http://www.itunes.com/dtds/podcast-1.0.dtd}explicit"):
            explicit.text = {"yes": "true", "no": "false"}[explicit.text]
        return element


def _item(site: Site, content: Content, source: Entry, podcast: Podcast | None) -> Any:
    element = FeedEntry()
    _fill(element, source)
    element.guid(source.iri, permalink=False)
    element.pubDate(source.published)
    element.link(href=entry_url(site, source))
    element.description(html.escape(summary(source, site.base_url), quote=False))
    if content == "full" and (text := content_html(source, site.base_url)):
        element.content(text, type="html")
    _sign(element, authors(site, source))
    spoken = language(site, source)
    if any(section.language != spoken for section in (site.everything, *site.sections)):
        element.dc.dc_language(spoken)
    _enclose(element, source.enclosures[0] if source.enclosures else None)
    if podcast:
        _play(element, site, source, podcast)
    return element.rss_entry()


def _sign(element: FeedEntry, people: tuple[Person, ...]) -> None:
    if len(people) == 1 and people[0].email and not re.search(r"[()<>@&\\]", people[0].name):
        element.author(_person(people[0]))
    else:
        element.dc.dc_creator([author.name for author in people])


def _enclose(element: FeedEntry, enclosure: Enclosure | None) -> None:
    if enclosure:
        element.enclosure(enclosure.url, str(enclosure.length), enclosure.type)


def _play(element: FeedEntry, site: Site, source: Entry, podcast: Podcast) -> None:
    sounds = (e for e in source.enclosures if e.type.startswith(("audio/", "video/")))
    recording = next(sounds, None)
    if recording is None:
        return
    element.register_extension("podcast", _Episode, atom=False)
    said = element.podcast
    said.itunes_author(", ".join(author.name for author in authors(site, source)))
    said.itunes_explicit("yes" if podcast.explicit else "no")
    said.itunes_summary(shorten(summary(source, site.base_url), 4000))
    if recording.duration:
        said.itunes_duration(recording.duration)
    if source.image and source.image.url.endswith((".jpg", ".png")):
        said.itunes_image(source.image.url)
    _enclose(element, recording)


# --- Atom ---


class _Entry(FeedEntry):
    """feedgen's entry with the link attributes that it drops."""

    def atom_entry(self, extensions: bool = True) -> Any:
        element = super().atom_entry(extensions)
        for node, link in zip(element.findall("link"), self.link(), strict=True):
            node.attrib.update({key: value for key, value in link.items() if key != "href"})
        return element


def _entry(site: Site, content: Content, source: Entry) -> Any:
    item = _Entry()
    _fill(item, source)
    item.updated(source.modified)
    item.published(source.published)
    item.author([_person(author) for author in authors(site, source)])
    item.link(_links(site, source))
    item.summary(summary(source, site.base_url))
    if content == "full" and (text := content_html(source, site.base_url)):
        item.content(text, type="html")
    element = item.atom_entry()
    element.set(_LANG, language(site, source))
    return element


def _links(site: Site, source: Entry) -> list[dict[str, str]]:
    page = page_url(site, source)
    links = [{"rel": "alternate", "type": "text/html", "href": page}]
    if source.link:
        links = [
            {"rel": "alternate", "href": entry_url(site, source)},
            {"rel": "related", "type": "text/html", "href": page},
        ]
    for enclosure in source.enclosures:
        facts = {
            "rel": "enclosure",
            "type": enclosure.type,
            "length": str(enclosure.length) if enclosure.length else None,
            "title": enclosure.title,
            "href": enclosure.url,
        }
        links.append({name: value for name, value in facts.items() if value})
    return links


def _tombstone(stone: Tombstone) -> Any:
    element = etree.Element(f"{{{_TOMBSTONES}}}deleted-entry", nsmap={"at": _TOMBSTONES})
    element.set("ref", stone.iri)
    element.set("when", stone.at.isoformat())
    if stone.reason:
        etree.SubElement(element, f"{{{_TOMBSTONES}}}comment").text = stone.reason
    return element
