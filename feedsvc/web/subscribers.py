"""How many subscribers aggregators say they have, read from User-Agent without trusting it.

In: a User-Agent text, whatever it holds, and the feed asked for. Out: a known aggregator's name or
"other", and a capped number. Never raises; the labels are few however hostile the texts. Knows no
store and no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

#: Longer texts are no aggregator's.
_LONGEST: Final = 300
#: More than any feed has; who claims more is counted as this many.
_MOST: Final = 10_000_000
#: More feeds than a sane site's sections in three formats, times the aggregators.
_MOST_KEPT: Final = 10_000
#: A whole number that is written out: no sign, no fraction, no groups.
_CLAIM = re.compile(r"(?<![\w.,+-])([0-9]{1,12})[ \t]+subscribers?\b", re.IGNORECASE)
#: What a User-Agent holds, in lower case, and the name it goes by in the metrics.
_AGGREGATORS: Mapping[str, str] = {
    "bazqux": "BazQux",
    "bloglovin": "Bloglovin",
    "commafeed": "CommaFeed",
    "dreamwidth": "Dreamwidth",
    "feedbin": "Feedbin",
    "feeder.co": "Feeder",
    "feedhq": "FeedHQ",
    "feedly": "Feedly",
    "feedspot": "Feedspot",
    "flipboard": "Flipboard",
    "g2reader": "G2Reader",
    "inoreader": "Inoreader",
    "livejournal": "LiveJournal",
    "netvibes": "Netvibes",
    "newsblur": "NewsBlur",
    "theoldreader": "The Old Reader",
}
#: The files of a section that are feeds: RSS, Atom, JSON Feed.
_FORMATS: Mapping[str, str] = {"rss.xml": "rss", "atom.xml": "atom", "feed.json": "json"}


class Claim(NamedTuple):
    """What one User-Agent says."""

    aggregator: str
    subscribers: int


class Feed(NamedTuple):
    """What the claim is about: bounded by the sections of the site, for only known paths count."""

    section: str
    format: str


@lru_cache(maxsize=1024)
def read(agent: str) -> Claim | None:
    """The claim in a User-Agent, or None where it makes none."""
    match = _CLAIM.search(agent) if len(agent) <= _LONGEST else None
    if match is None:
        return None
    lower = agent.lower()
    names = (name for sign, name in _AGGREGATORS.items() if sign in lower)
    return Claim(next(names, "other"), min(int(match[1]), _MOST))


def feed(path: str) -> Feed | None:
    """The live feed that a path below base_url names, or None: archives are not subscribed to."""
    empty, _, rest = path.partition("/")
    section, _, file = rest.partition("/")
    return Feed(section, _FORMATS[file]) if not empty and file in _FORMATS else None


class Subscribers:
    """The latest claims, one per aggregator and feed."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, Feed], int] = {}

    def note(self, agent: str, path: str) -> None:
        """Take in one request for a document that exists; ``path`` is below base_url."""
        claim, about = read(agent), feed(path)
        if claim is None or about is None:
            return
        if (claim.aggregator, about) in self._claims or len(self._claims) < _MOST_KEPT:
            self._claims[claim.aggregator, about] = claim.subscribers

    def __iter__(self) -> Iterator[tuple[str, Feed, int]]:
        """Each aggregator, feed and number."""
        for (aggregator, about), number in list(self._claims.items()):
            yield aggregator, about, number
