"""RSS 2.0 and Atom 1.0: what a section shows, to the feed's bytes and its entries' byte ranges.

In: what a live feed or a sealed page holds. Out: ``Rendered``. This package is the only importer of
feedgen and lxml. An entry is rendered once, into a fragment; a feed is its head, the fragments and
its tail, so that deltas can be cut from the stored bytes. Knows no store, no clock and no HTTP.
One thread at a time: feedgen sets the process's locale while it writes a date.
"""

from __future__ import annotations

from feedsvc.archives import Page
from feedsvc.errors import RenderError
from feedsvc.model import Content, Entry, Podcast, Section, Site
from feedsvc.render.content import content_mode
from feedsvc.render.feeds import atom, rss
from feedsvc.render.feeds.channel import create
from feedsvc.render.feeds.fragments import Rendered, assemble, head, joined, serialise
from feedsvc.render.remembered import Remembered
from feedsvc.render.urls import ATOM, RSS, Format

__all__ = ["Feeds", "Rendered"]

#: Indentation of an entry within its feed: one level in Atom, two within RSS's channel.
_DEPTH = {ATOM: 1, RSS: 2}
_TAIL = {ATOM: b"</feed>\n", RSS: b"  </channel>\n</rss>\n"}

#: How many fragments are remembered: those of all live feeds, and of a stretch of archives.
FRAGMENTS = 6000

_Key = tuple[Format, Content, Podcast | None, Entry]


class Feeds:
    """Renders the feeds of one site and remembers the fragments of the entries in them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._fragments = Remembered[_Key](FRAGMENTS)
        self._namespaces: dict[tuple[Format, str], dict[str | None, str]] = {}

    def render(self, kind: Format, section: Section, page: Page) -> Rendered:
        """A section's live feed or a sealed page of it, as RSS or Atom; tombstones stand first.

        Raises RenderError where an entry's text cannot stand in XML.
        """
        root = create(self._site, section, page, kind)
        # RFC 4287 Appendix B: the schema allows extensions of a feed before its entries alone.
        parts = [
            (f"deleted {stone.iri}", serialise(atom.tombstone(stone), root.nsmap, _DEPTH[kind]))
            for stone in (page.tombstones if kind is ATOM else ())
        ]
        parts += [
            (entry.iri, self._fragment(kind, section, entry, root.nsmap)) for entry in page.entries
        ]
        # RFC 3229: deltas are cut from live feeds alone.
        put_together = joined if page.number else assemble
        return put_together(head(root, _TAIL[kind]), parts, _TAIL[kind])

    def size(self, kind: Format, section: Section, entry: Entry) -> int:
        """How many bytes an entry takes in the section's feed."""
        key = kind, section.name
        if key not in self._namespaces:
            empty = create(self._site, section, Page(0, (), (), 0), kind)
            self._namespaces[key] = empty.nsmap
        return len(self._fragment(kind, section, entry, self._namespaces[key]))

    def _fragment(
        self, kind: Format, section: Section, entry: Entry, nsmap: dict[str | None, str]
    ) -> bytes:
        mode = content_mode(self._site, section, entry)
        key = (kind, mode, section.podcast if kind is RSS else None, entry)
        return self._fragments.get(key, lambda: self._write(key, nsmap))

    def _write(self, key: _Key, nsmap: dict[str | None, str]) -> bytes:
        kind, content, podcast, entry = key
        try:
            if kind is RSS:
                element = rss.item(self._site, content, entry, podcast)
            else:
                element = atom.entry(self._site, content, entry)
            return serialise(element, nsmap, _DEPTH[kind])
        except ValueError as error:
            raise RenderError(f"{entry.section}: entry {entry.id!r}: {error}") from error
