"""What search engines read first: robots.txt and the sitemap, which splits as it grows.

In: the site and what it shows. Out: the parts of the sitemap, and bytes for each of them. A part
holds one year's pages at most, so that an edit among 100,000 entries changes a small one. Knows no
store, no clock and no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from xml.sax.saxutils import escape

import msgspec

from feedsvc.model import Entry, Site
from feedsvc.render.urls import page_url, section_url
from feedsvc.sections import Selection, Shown

PATH = "/sitemap.xml"
#: sitemaps.org allows 50,000 URLs and 50 MB: with 2 KB for each URL, these stay below both.
MOST = 1_000
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


#: A URL and when what is there last changed, None where that is not known.
Place = tuple[str, datetime | None]


class Part(msgspec.Struct, frozen=True):
    """One file of the sitemap: listings (home among them) and articles, oldest first."""

    path: str
    listings: tuple[Shown, ...]
    articles: tuple[Entry, ...]

    @property
    def updated(self) -> datetime | None:
        """The newest revision among its pages."""
        times = [shown.updated for shown in self.listings]
        times += [entry.modified for entry in self.articles]
        return max((time for time in times if time), default=None)


class Parts:
    """The parts of one site's sitemap; those of a year are the same objects until it changes."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._years: dict[int, tuple[tuple[Entry, ...], tuple[Part, ...]]] = {}

    def of(self, selection: Selection) -> tuple[Part, ...]:
        """One part at ``PATH`` if all fits into it; else one of listings, and some a year."""
        listings = (selection.everything, *selection.sections)
        count = sum(len(entries) for _, entries in selection.years)
        if len(listings) + 1 + count <= self._most:
            articles = chain.from_iterable(entries for _, entries in selection.years)
            return (Part(PATH, listings, tuple(articles)),)
        split = (part for found in selection.years for part in self._year(*found))
        return (Part("/sitemap-sections.xml", listings, ()), *split)

    def _year(self, year: int, articles: tuple[Entry, ...]) -> tuple[Part, ...]:
        known = self._years.get(year)
        if known is None or known[0] is not articles:
            known = self._years[year] = articles, tuple(_split(year, articles, self._most))
        return known[1]


def _split(year: int, articles: tuple[Entry, ...], most: int) -> Iterator[Part]:
    """A year in parts; a new entry changes the last one."""
    for number, start in enumerate(range(0, len(articles), most), 1):
        name = f"{year}-{number}" if number > 1 else str(year)
        yield Part(f"/sitemap-{name}.xml", (), articles[start : start + most])


def pages(site: Site, part: Part) -> tuple[Place, ...]:
    """The URLs of a part: all that it says."""
    home = [(f"{site.base_url}/", part.listings[0].updated)] if part.listings else []
    return (
        *home,
        *((section_url(site, shown.section), shown.updated) for shown in part.listings),
        *((page_url(site, entry), entry.modified) for entry in part.articles),
    )


def files(site: Site, parts: Iterable[Place]) -> tuple[Place, ...]:
    """The URLs of the parts, given their paths: all that the index says."""
    return tuple((site.base_url + path, updated) for path, updated in parts)


def render(site: Site, part: Part) -> bytes:
    """A part: sitemaps.org 0.9 §urlset."""
    return _xml("urlset", "url", pages(site, part))


def render_index(files: Iterable[Place]) -> bytes:
    """Where the parts are: sitemaps.org 0.9 §sitemapindex."""
    return _xml("sitemapindex", "sitemap", files)


def robots(site: Site) -> bytes:
    """RFC 9309 §2.2: everything may be read; crawlers ask for this at the root of a host alone."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {site.base_url}{PATH}\n".encode()


def _xml(root: str, name: str, places: Iterable[Place]) -> bytes:
    """Put together as text: for a thousand URLs, that is ten times quicker than by elements."""
    lines = ["<?xml version='1.0' encoding='utf-8'?>", f'<{root} xmlns="{_NAMESPACE}">']
    for url, time in places:
        # W3C Datetime, which RFC 3339 is a profile of.
        at = f"\n    <lastmod>{time.isoformat()}</lastmod>" if time else ""
        lines.append(f"  <{name}>\n    <loc>{escape(url)}</loc>{at}\n  </{name}>")
    return "\n".join((*lines, f"</{root}>\n")).encode()
