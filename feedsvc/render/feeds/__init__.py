"""RSS 2.0 and Atom 1.0: what a section shows, to the feed's bytes and its entries' byte ranges.

In: ``Shown``. Out: ``Rendered``. This package is the only importer of feedgen and lxml. An entry is
rendered once, into a fragment; a feed is its head, the fragments and its tail, so that deltas
can be cut from the stored bytes. Knows no store, no clock and no HTTP. One thread at a time:
feedgen sets the process's locale while it writes a date.
"""

from __future__ import annotations

from feedsvc.errors import RenderError
from feedsvc.model import Content, Entry, Site
from feedsvc.render.feeds import atom, rss
from feedsvc.render.feeds.channel import create
from feedsvc.render.feeds.fragments import Rendered, assemble, head, serialise
from feedsvc.render.urls import ATOM, RSS, Format
from feedsvc.sections import Shown

__all__ = ["Feeds", "Rendered"]

_WRITE = {ATOM: atom.entry, RSS: rss.item}
#: Indentation of an entry within its feed: one level in Atom, two within RSS's channel.
_DEPTH = {ATOM: 1, RSS: 2}
_TAIL = {ATOM: b"</feed>\n", RSS: b"  </channel>\n</rss>\n"}

_Key = tuple[Format, Content, Entry]


class Feeds:
    """Renders the feeds of one site and remembers the fragments of the entries in them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._fragments: dict[_Key, bytes] = {}
        self._used: dict[_Key, bytes] = {}

    def render(self, kind: Format, shown: Shown) -> Rendered:
        """A section's feed as RSS or Atom, in the order of ``shown.feed``, tombstones last.

        Raises RenderError where an entry's text cannot stand in XML.
        """
        root = create(self._site, shown, kind)
        parts = [
            (entry.iri, self._fragment(kind, shown, entry, root.nsmap)) for entry in shown.feed
        ]
        if kind is ATOM:
            for entry in shown.withdrawn:
                stone = serialise(atom.tombstone(entry), root.nsmap, _DEPTH[kind])
                parts.append((f"deleted {entry.iri}", stone))
        return assemble(head(root, _TAIL[kind]), parts, _TAIL[kind])

    def forget_unused(self) -> None:
        """Drop the fragments that no feed has asked for since the last call."""
        self._fragments, self._used = self._used, {}

    def _fragment(
        self, kind: Format, shown: Shown, entry: Entry, nsmap: dict[str | None, str]
    ) -> bytes:
        content = shown.section.content
        key = (kind, content, entry)
        if key not in self._used:
            self._used[key] = self._fragments.get(key) or self._write(kind, content, entry, nsmap)
        return self._used[key]

    def _write(
        self, kind: Format, content: Content, entry: Entry, nsmap: dict[str | None, str]
    ) -> bytes:
        try:
            return serialise(_WRITE[kind](self._site, content, entry), nsmap, _DEPTH[kind])
        except ValueError as error:
            raise RenderError(f"{entry.section}: entry {entry.id!r}: {error}") from error
