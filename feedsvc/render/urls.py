"""Where every document stands: paths, absolute URLs and the formats of feeds.

In: the site, entries, sections. Out: URLs, percent-encoded. Paths start with ``/`` and are relative
to the path of base_url; they are URL paths, so encoded. Knows no markup and no request.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, Protocol
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec

from feedsvc.model import Entry, Person, Section, Site

FormatName = Literal["rss", "atom", "json"]
#: Where a link may lead: nothing that runs, nothing that carries its content with it.
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_SEGMENT = r"[A-Za-z0-9._~-]+"
_UNRESERVED = re.compile(_SEGMENT).fullmatch
_PLAIN = re.compile(f"/{_SEGMENT}/{_SEGMENT}").fullmatch
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
#: What may stand unencoded in a link that somebody wrote: RFC 3986 §2.2, §2.3, and ``%`` itself.
_WRITTEN = ";/?:@&=+$,-_.!~*'()#%[]"


class Format(msgspec.Struct, frozen=True):
    """A kind of feed: its file name, media type and the name that readers know it by."""

    name: FormatName
    file: str
    media_type: str
    label: str


#: Every format that a section is published in, in the order in which pages offer them.
FORMATS: tuple[Format, ...] = (
    Format("rss", "rss.xml", "application/rss+xml", "RSS"),
    Format("atom", "atom.xml", "application/atom+xml", "Atom"),
    Format("json", "feed.json", "application/feed+json", "JSON Feed"),
)
RSS, ATOM, JSON = FORMATS


def segment(text: str) -> str:
    """One segment of a path, percent-encoded: RFC 3986 §3.3."""
    return text if _UNRESERVED(text) else quote(text, safe="", errors="replace")


def written(path: str) -> str:
    """A path as requests for it are known by, however somebody wrote it: RFC 3986 §6.2.2.2."""
    return quote(unquote_to_bytes(path), safe="/")


def base_path(site: Site) -> str:
    """The path of base_url, ``""`` or ``"/prefix"``: what links within pages start with."""
    return urlsplit(site.base_url).path.rstrip("/")


def section_path(section: Section | str) -> str:
    """The path of a section's listing page."""
    return f"/{segment(section if isinstance(section, str) else section.name)}/"


class Paged(Protocol):
    """Whatever has a page of its own: an entry, or what is known of one."""

    @property
    def section(self) -> str: ...  # noqa: D102
    @property
    def slug(self) -> str: ...  # noqa: D102


def page_path(entry: Paged) -> str:
    """The path of an entry's own page."""
    return _page_path(entry.section, entry.slug)


@lru_cache(maxsize=4096)
def _page_path(section: str, slug: str) -> str:
    """Every format names it, and the pages beside it: about ten times within a few hundred."""
    path = f"/{section}/{slug}"
    return path if _PLAIN(path) else f"/{segment(section)}/{segment(slug)}"


def archive_path(section: Section | str, number: int) -> str:
    """The path of a sealed page of a section, 1 is the oldest."""
    return f"{section_path(section)}archive/{number}/"


def feed_path(section: Section | str, kind: Format, number: int = 0) -> str:
    """The path of a section's feed, or of a sealed page of it."""
    return listing_path(section, number) + kind.file


def listing_path(section: Section | str, number: int = 0) -> str:
    """The path of a section's listing page, or of a sealed page of it."""
    return archive_path(section, number) if number else section_path(section)


def section_url(site: Site, section: Section | str, number: int = 0) -> str:
    """The absolute URL of a section's listing page, or of a sealed page of it."""
    return site.base_url + listing_path(section, number)


def page_url(site: Site, entry: Entry) -> str:
    """The absolute URL of an entry's own page."""
    return site.base_url + page_path(entry)


def entry_url(site: Site, entry: Entry) -> str:
    """Where an entry is at home: the page elsewhere that it names, or its own."""
    return absolute(entry.link, site.base_url) or page_url(site, entry)


def feed_url(site: Site, section: Section | str, kind: Format, number: int = 0) -> str:
    """The absolute URL of a section's feed, or of a sealed page of it."""
    return site.base_url + feed_path(section, kind, number)


def feed_urls(site: Site) -> dict[str, str]:
    """Every feed of the site, path to absolute URL: what WebSub calls topics."""
    return {
        feed_path(section, kind): feed_url(site, section, kind)
        for section in (site.everything, *site.sections)
        for kind in FORMATS
    }


def absolute(url: str | None, base: str) -> str | None:
    """A link as somebody wrote it, made absolute and ASCII; None if it leads nowhere safe.

    ``/x`` and ``x`` are both below ``base``: a site that moves under a prefix keeps its links.
    Text is put behind ``base``, never parsed, so that no scheme can arise from it.
    """
    if not url or url.startswith("#"):
        return None
    encoded = quote(url, safe=_WRITTEN, errors="replace")
    if encoded.startswith("//"):
        return f"https:{encoded}"
    if scheme := _SCHEME.match(encoded):
        return encoded if scheme[1].lower() in SCHEMES else None
    return f"{base}/{encoded.removeprefix('/')}"


def person_url(person: Person, base: str) -> str | None:
    """Where a person can be read about, else written to: RFC 6068 §2."""
    mail = quote(person.email, safe="@+", errors="replace") if person.email else None
    return absolute(person.uri, base) or (f"mailto:{mail}" if mail else None)
