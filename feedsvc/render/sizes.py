"""How many bytes an entry takes in a feed, in its largest format: what the size budget counts.

In: an entry. Out: bytes. A quick bound serves nearly always; only near the budget is an entry
rendered to know exactly.
"""

from __future__ import annotations

import re
import string

from feedsvc.model import Entry, Section
from feedsvc.render.feeds import Feeds
from feedsvc.render.jsonfeed import JsonFeeds
from feedsvc.render.urls import ATOM, RSS

#: What markup, references and escapes can make of one character that is not plain.
_GROWTH = 45
_PLAIN = re.compile(r"[\w’“”–]+")
_PLAIN_ASCII = (string.ascii_letters + string.digits + "_ ,.;?()'-").encode()
_ASCII, _NOT_ASCII = bytes(range(128)), bytes(range(128, 256))
#: Elements, dates and addresses around the text of an entry, and around each thing it lists.
_FRAME = 2000
_ITEM = 300


class EntrySizes:
    """Sizes within one section's feeds."""

    def __init__(self, section: Section, feeds: Feeds, json: JsonFeeds) -> None:
        self._section = section
        self._feeds = feeds
        self._json = json

    def bound(self, entry: Entry) -> int:
        """No less than the entry takes."""
        lead = entry.lead or ""
        text = "\n".join((entry.title, lead, lead, *entry.tags))
        data = text.encode("utf-8", "surrogatepass") + (entry.body or b"")
        special = len(data.translate(None, _PLAIN_ASCII + _NOT_ASCII))
        if not data.isascii():
            special += len(_PLAIN.sub("", data.translate(None, _ASCII).decode("utf-8", "replace")))
        listed = len(entry.tags) + len(entry.enclosures) + len(entry.authors)
        # Twice the text: a bare link stands in its address too, and a body in its summary.
        return _FRAME + _ITEM * listed + 2 * len(data) + _GROWTH * special

    def exact(self, entry: Entry) -> int:
        """What the entry takes."""
        return max(
            self._feeds.size(RSS, self._section, entry),
            self._feeds.size(ATOM, self._section, entry),
            self._json.size(self._section, entry),
        )
