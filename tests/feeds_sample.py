"""Entries of every shape that feeds must carry, and the feeds that carry them."""

from __future__ import annotations

from datetime import date

from feedsvc.archives import Page, Tombstone
from feedsvc.model import Enclosure, Entry, Image, Person, Podcast, Site, Withdrawal
from feedsvc.render.feeds import Feeds, Rendered
from feedsvc.render.jsonfeed import JsonFeeds
from feedsvc.render.urls import JSON, Format
from feedsvc.sections import Selection
from tests.factory import entry, instant, registered, section, select, site

NOW = instant("2026-01-01 00:00")
SOUND = Enclosure(
    url="https://media.example.org/tides.mp3",
    type="audio/mpeg",
    length=23_592_960,
    duration=1474,
    title="The conversation as broadcast",
)
PAPER = Enclosure(
    url="https://media.example.org/tides.pdf", type="application/pdf", length=0, title="Transcript"
)
PICTURE = Image(
    url="https://media.example.org/quay.jpg",
    alt="Two ferries at a quay",
    type="image/jpeg",
    width=1200,
    height=675,
    length=182_044,
)
PODCAST = Podcast(
    category="Society & Culture",
    subcategory="Places & Travel",
    image="https://media.example.org/cover.jpg",
    owner=Person("Sound desk", "sound@example.org"),
)
SITE = site(
    section("news"),
    section("speeches", content="summary"),
    section("listen", podcast=PODCAST),
    section("actualites", language="fr", author=Person("Bureau de presse")),
    subtitle="News from the quay",
    rights="Free to quote",
    icon="https://news.example.org/icon.png",
    logo="https://news.example.org/logo.png",
    hubs=("https://hub.example.org/",),
)
LONG = """\
The Council met in **Kestrel Sound**. It binds [all members](/news/members).

## What changes

1. Berths have one socket.
2. Power costs what it costs ashore.

> Nobody should have to choose.

| Harbour | Berths |
| --- | ---: |
| Port Almera | 7 |

![A grey cabinet](https://media.example.org/socket.png)
"""

#: One entry for each shape, by its name; all stand in ``news`` but those that say otherwise.
SHAPES: dict[str, Entry] = {
    found.id: found
    for found in (
        entry(
            "short-untitled",
            title="The swing bridge stays closed until 18:00 because of…",
            title_derived=True,
            lead="The swing bridge stays closed until 18:00 because of a family of swans.",
            body=None,
        ),
        entry("long", title="One plug for all", lead="Ships switch off.", body=LONG),
        entry("enclosure", title="On tides", enclosures=(SOUND, PAPER)),
        entry("image", title="The quay", image=PICTURE),
        entry(
            "other-language",
            title="Les phares s’éteignent",
            lead="Conserver ces tours coûte peu.",
            body=None,
            language="fr",
        ),
        entry("cross-posted", also=("speeches",), tags=("harbours", "R&D")),
        entry(
            "updated",
            updated=instant("2024-07-21 08:00"),
            event_date=date(2024, 7, 18),
            authors=(Person("Desk", "desk@example.org"), Person("Harbour Programme")),
        ),
        entry("link-elsewhere", link="https://council.example.org/decisions/50-7"),
        entry(
            "podcast",
            section="listen",
            title="The clock that the moon winds",
            image=PICTURE,
            enclosures=(PAPER, SOUND),
            authors=(Person("Tide Observatory"), Person("Desk")),
        ),
    )
}
WITHDRAWN = entry(
    "withdrawn", withdrawn=Withdrawal(instant("2025-01-01 00:00"), "The figures were wrong.")
)


def selected(*entries: Entry, on: Site = SITE) -> Selection:
    return select(on, entries, NOW)


def feed(kind: Format, *entries: Entry, on: Site = SITE, name: str = "news") -> Rendered:
    """The live feed of a section that holds these entries, where they stand in it."""
    register = registered(on, entries, NOW)
    shelf = register.shelf(name)
    stones = (
        Tombstone(stand.entry.iri, stand.entry.withdrawn.at, stand.entry.withdrawn.reason)
        for stand in register.everyone()
        if stand.standing == "withdrawn" and stand.entry.withdrawn and name in stand.names
    )
    page = Page(0, shelf.shown.feed, tuple(sorted(stones, key=lambda stone: stone.iri)), 0)
    if kind is JSON:
        return Rendered(JsonFeeds(on).render(shelf.section, page), ())
    return Feeds(on).render(kind, shelf.section, page)
