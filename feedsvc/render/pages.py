"""HTML pages: home, listings, articles and notices, and the files that they need.

In: the site and what it shows. Out: bytes, the same for the same input on every machine. Links
within the site start with the path of base_url, so that pages work on any host. Nothing here
runs in a browser: no script, one stylesheet. Knows no clock, no request and no store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from feedsvc.archives import Page
from feedsvc.model import Entry, Section, Site
from feedsvc.render import opml, views
from feedsvc.render.articles import Articles
from feedsvc.render.frames import Frames, Shelf
from feedsvc.render.urls import (
    FORMATS,
    Format,
    absolute,
    archive_path,
    base_path,
    section_url,
)
from feedsvc.render.words import day_text, words
from feedsvc.sections import Selection, Shown
from feedsvc.snapshot import digest

#: Pages load their stylesheet, pictures and recordings, and nothing else: CSP Level 3.
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: http:; media-src 'self' https:"
    " http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Entries on the home page.
_LATEST = 10


class Asset(NamedTuple):
    """A file that pages load; ``path`` is relative to the path of base_url."""

    path: str
    media_type: str
    body: bytes


def _asset(name: str) -> bytes:
    return files("feedsvc.render").joinpath("assets", name).read_bytes()


def _stylesheet() -> bytes:
    """The stylesheet without what stands in it for those who edit it."""
    bare = re.sub(rb"/\*.*?\*/", b"", _asset("site.css"))
    return re.sub(rb"\s*([{};,])\s*|(?<=:)\s+", rb"\1", bare)


def _digested(name: str, media_type: str, body: bytes) -> Asset:
    """A file whose path changes with its content, so that it may be cached for ever."""
    stem, _, suffix = name.partition(".")
    return Asset(f"/assets/{stem}.{digest(body)[:12]}.{suffix}", media_type, body)


class Link(msgspec.Struct, frozen=True):
    """A sealed page of a section, as the section's other pages link it."""

    href: str
    label: str


class Home(msgspec.Struct, frozen=True):
    """What the front page shows."""

    latest: list[views.Item]
    shelves: list[Shelf]
    opml_href: str


class Listing(msgspec.Struct, frozen=True):
    """What a section's page shows; ``part`` names a sealed one, ``archives`` are older ones."""

    canonical: str
    entries: list[views.Item]
    archives: list[Link]
    part: str = ""


class Notice(msgspec.Struct, frozen=True):
    """What a page says in place of content."""

    heading: str
    paragraphs: Sequence[str]


class Pages:
    """The pages of one site."""

    def __init__(self, site: Site, formats: Sequence[Format] = FORMATS) -> None:
        self._site = site
        self._base = base_path(site)
        self._zone = ZoneInfo(site.timezone)
        self._sections = {section.name: section for section in (site.everything, *site.sections)}
        self.stylesheet = _digested("site.css", "text/css; charset=utf-8", _stylesheet())
        icon = _digested("icon.svg", "image/svg+xml", _asset("icon.svg"))
        favicon = Asset("/favicon.ico", "image/vnd.microsoft.icon", _asset("favicon.ico"))
        self.assets: tuple[Asset, ...] = (self.stylesheet, icon, favicon)
        self._frames = Frames(
            site,
            formats,
            stylesheet=self._base + self.stylesheet.path,
            icon=absolute(site.icon, site.base_url) or self._base + icon.path,
        )
        #: Makes an entry's own page.
        self.article = Articles(site, self._frames).page

    def home(self, selection: Selection) -> bytes:
        """The front page: the latest entries, the sections and their feeds."""
        everything = self._site.everything
        shown = Home(
            self._items(selection.everything.feed[:_LATEST], everything),
            self._frames.shelves(everything.language),
            self._base + opml.PATH,
        )
        return self._frames.of(everything, "home").page(shown)

    def listing(self, shown: Shown, archives: Sequence[int] = ()) -> bytes:
        """A section's entries and how to subscribe; ``archives`` are the numbers of older pages."""
        section = shown.section
        listing = Listing(
            section_url(self._site, section),
            self._items(shown.feed, section),
            self._archive_links(section, archives),
        )
        return self._frames.of(section, "listing").page(listing)

    def archive(self, section: Section, page: Page) -> bytes:
        """A sealed page of a section; it links to the next older one, which is sure to be there."""
        form = self._frames.of(section, "archive")
        listing = Listing(
            section_url(self._site, section, page.number),
            self._items(page.entries, section),
            self._archive_links(section, [page.older] if page.older else []),
            form.words.page.format(number=page.number),
        )
        return form.page(listing)

    def withdrawn(self, entry: Entry) -> bytes:
        """What stands at the address of an entry that was taken back: when, and why."""
        section = self._site.section(entry.section) or self._site.everything
        told = words(section.language)
        paragraphs = []
        if entry.withdrawn:
            day = entry.withdrawn.at.astimezone(self._zone).date()
            date = day_text(day, section.language)
            paragraphs.append(told.withdrawn_text.format(date=date))
            if entry.withdrawn.reason:
                paragraphs.append(told.reason.format(reason=entry.withdrawn.reason))
        return self.notice(told.withdrawn, paragraphs, section)

    def not_found(self) -> bytes:
        """What stands at an address where there is nothing."""
        told = words(self._site.everything.language)
        return self.notice(told.not_found, [told.not_found_text])

    def gone(self) -> bytes:
        """What stands at an address that has been retired."""
        told = words(self._site.everything.language)
        return self.notice(told.gone, [told.gone_text])

    def notice(
        self, heading: str, paragraphs: Sequence[str], section: Section | None = None
    ) -> bytes:
        """A page that says something in place of content, and leads on."""
        form = self._frames.of(section or self._site.everything, "notice")
        return form.page(Notice(heading, paragraphs))

    def _items(self, entries: Iterable[Entry], section: Section) -> list[views.Item]:
        site = self._site
        place = views.Place(site.base_url, self._base, self._zone, section, self._sections)
        return [views.item(entry, place) for entry in entries]

    def _archive_links(self, section: Section, numbers: Sequence[int]) -> list[Link]:
        told = words(section.language)
        return [
            Link(self._base + archive_path(section, number), told.page.format(number=number))
            for number in numbers
        ]
