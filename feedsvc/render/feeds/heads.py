"""All that stands in a feed before its first entry, and after its last.

In: a section and what its feed holds. Out: bytes, the same for the same input on any machine. Knows
nothing of entries but when they changed.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from feedsvc.archives import Page
from feedsvc.model import Section, Site
from feedsvc.render.feeds.channel import create, turn
from feedsvc.render.feeds.markup import safe_titles
from feedsvc.render.urls import ATOM, RSS, Format

TAIL = {ATOM: b"</feed>\n", RSS: b"  </channel>\n</rss>\n"}

_Key = tuple[Format, Section, bool, bool]


class Heads:
    """Heads of one site's feeds. A section's pages differ in links and dates alone."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._roots: dict[_Key, Any] = {}

    def of(self, kind: Format, section: Section, page: Page) -> bytes:
        """All that stands before the first entry."""
        key = kind, section, page.number > 0, page.older > 0
        root = self._roots.get(key)
        if root is None:
            root = self._roots[key] = create(self._site, section, page, kind)
            etree.indent(root, space="  ")
        else:
            turn(root, self._site, section, page, kind)
        return _start(root, TAIL[kind])


def _start(root: Any, tail: bytes) -> bytes:
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
    if not data.endswith(tail):
        raise ValueError(f"a feed without entries must end in {tail!r}")
    return safe_titles(data[: -len(tail)])
