"""How many bytes an entry takes in a feed, in its largest format: what the size budget counts.

In: an entry. Out: bytes. A quick bound serves nearly always; only near the budget is an entry rendered
to know exactly.
"""

from __future__ import annotations

import json
import re

from feedsvc.archives import Page
from feedsvc.model import Entry, Section, Site
from feedsvc.render import jsonfeed
from feedsvc.render.feeds import Feeds
from feedsvc.render.urls import ATOM, RSS

#: What markup, references and escapes can make of one character that is no letter, digit or space.
_GROWTH = 40
#: Elements, dates and addresses around the text of an entry, and around each thing it lists.
_FRAME = 3000
_ITEM = 600
_PLAIN = re.compile(r"[\w ]+")


class EntrySizes:
    """Sizes within one section's feeds."""

    def __init__(self, site: Site, section: Section, feeds: Feeds) -> None:
        self._site = site
        self._section = section
        self._feeds = feeds

    def bound(self, entry: Entry) -> int:
        """No less than the entry takes."""
        text = "\n".join((entry.title, entry.lead or "", entry.lead or "", entry.body or ""))
        special = len(text) - sum(map(len, _PLAIN.findall(text)))
        listed = len(entry.tags) + len(entry.enclosures) + len(entry.authors)
        # Twice: a bare link stands in its address and in its text, JSON escapes are no longer.
        return _FRAME + _ITEM * listed + 2 * len(text.encode()) + _GROWTH * special

    def exact(self, entry: Entry) -> int:
        """What the entry takes."""
        one = Page(0, (entry,), (), 0)
        xml = (self._feeds.render(kind, self._section, one).spans[0] for kind in (RSS, ATOM))
        item = json.dumps(
            jsonfeed.item(self._site, self._section, entry), ensure_ascii=False, indent=2
        )
        # Each line of an item stands four spaces deeper in the feed.
        lines = item.count("\n") + 1
        return max(*(span.length for span in xml), len(item.encode()) + 4 * lines + 2)
