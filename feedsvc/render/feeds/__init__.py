"""RSS 2.0 and Atom 1.0: what a section shows, to the feed's bytes and its entries' byte ranges.

In: what a live feed or a sealed page holds. Out: ``Rendered``. This package is the only importer of
feedgen and lxml, which make the heads of feeds. An entry is rendered once, into a fragment for each
format; a feed is its head, the fragments and its tail, so that deltas can be cut from the stored
bytes. Knows no store, no clock and no HTTP. One thread at a time: heads are made from one another,
and feedgen sets the process's locale while it writes the date of the first.
"""

from __future__ import annotations

import lxml.etree  # noqa: F401 - feedgen.util takes for granted that somebody did so
import msgspec

from feedsvc.archives import Page
from feedsvc.errors import RenderError
from feedsvc.model import Content, Entry, Podcast, Section, Site
from feedsvc.render.content import content_mode
from feedsvc.render.feeds import atom, rss
from feedsvc.render.feeds.common import facts
from feedsvc.render.feeds.fragments import Rendered, assemble, joined
from feedsvc.render.feeds.heads import TAIL, Heads
from feedsvc.render.remembered import Remembered, enough
from feedsvc.render.urls import ATOM, RSS, Format, page_url

__all__ = ["Feeds", "Rendered"]

_Key = tuple[Content, Podcast | None, Entry]


class _Fragments(msgspec.Struct, frozen=True):
    """An entry in each format: what asks for one soon asks for the other."""

    rss: bytes
    atom: bytes


class Feeds:
    """Renders the feeds of one site and remembers the fragments of the entries in them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._languages = {section.language for section in (site.everything, *site.sections)}
        self._heads = Heads(site)
        self._fragments = Remembered[_Key, _Fragments](enough(site))

    def render(self, kind: Format, section: Section, page: Page) -> Rendered:
        """A section's live feed or a sealed page of it, as RSS or Atom; tombstones stand first.

        Raises RenderError where an entry's text cannot stand in XML.
        """
        # RFC 4287 Appendix B: the schema allows extensions of a feed before its entries alone.
        stones = page.tombstones if kind is ATOM else ()
        parts = [(f"deleted {stone.iri}", atom.tombstone(stone)) for stone in stones]
        parts += [(entry.iri, self._fragment(kind, section, entry)) for entry in page.entries]
        # RFC 3229: deltas are cut from live feeds alone.
        put_together = joined if page.number else assemble
        return put_together(self._heads.of(kind, section, page), parts, TAIL[kind])

    def size(self, kind: Format, section: Section, entry: Entry) -> int:
        """How many bytes an entry takes in the section's feed."""
        return len(self._fragment(kind, section, entry))

    def _fragment(self, kind: Format, section: Section, entry: Entry) -> bytes:
        key = content_mode(self._site, section, entry), section.podcast, entry
        written = self._fragments.get(key, lambda: self._write(*key))
        return written.rss if kind is RSS else written.atom

    def _write(self, content: Content, podcast: Podcast | None, entry: Entry) -> _Fragments:
        told = facts(self._site, content, entry)
        spoken = self._languages != {told.language}
        try:
            return _Fragments(
                rss=rss.item(told, entry, podcast, spoken=spoken),
                atom=atom.entry(told, entry, page_url(self._site, entry)),
            )
        except ValueError as error:
            raise RenderError(f"{entry.section}: entry {entry.id!r}: {error}") from error
