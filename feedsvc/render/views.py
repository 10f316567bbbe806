"""What templates show of entries: strings ready to stand where they belong.

In: entries, the site's zone and a language. Out: small structs of text, URLs and Markup. Knows no
template, no page and no bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from urllib.parse import unquote

import msgspec
from markupsafe import Markup, escape

from feedsvc.model import Enclosure, Entry, Person, Section
from feedsvc.render.content import summary
from feedsvc.render.markdown import shorten
from feedsvc.render.urls import absolute, page_path, person_url
from feedsvc.render.words import (
    day_text,
    direction,
    duration_text,
    iso_text,
    moment_text,
    size_text,
)

#: What a listing shows of a lead, and what link previews show of a summary.
_LEAD = 420
_PREVIEW = 200
_SUFFIX = re.compile("[A-Za-z0-9]{2,4}")


class Stamp(msgspec.Struct, frozen=True):
    """A date for machines and for people."""

    machine: str
    text: str


class Place(msgspec.Struct, frozen=True):
    """Where a list of entries stands; ``base`` is the path of ``base_url``.

    ``sections`` are all of the site, by name.
    """

    base_url: str
    base: str
    zone: tzinfo
    section: Section
    sections: Mapping[str, Section]


class Picture(msgspec.Struct, frozen=True):
    """An entry's picture; ``url`` is absolute."""

    url: str
    alt: str
    html: Markup


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in a list. ``section`` is named where that is not the list's own."""

    href: str
    title: str
    untitled: bool
    text: str
    date: Stamp
    section: str
    attributes: Markup


class Neighbour(msgspec.Struct, frozen=True):
    """The next entry in one direction."""

    href: str
    title: str
    attributes: Markup


class Medium(msgspec.Struct, frozen=True):
    """An enclosure; ``player`` is ``audio``, ``video`` or nothing."""

    url: str
    title: str
    player: str
    facts: str


class Author(msgspec.Struct, frozen=True):
    """A name, linked where the source says where to."""

    name: str
    href: str | None


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as its own page shows it. ``heading`` is the lead where there is no title."""

    title: str
    untitled: bool
    heading: str
    lead: str | None
    description: str
    canonical: str
    published: Stamp
    updated: Stamp | None
    event: Stamp | None
    authors: list[Author]
    picture: Picture | None
    body: Markup
    media: list[Medium]
    original: str | None
    tags: tuple[str, ...]
    data: Markup
    older: Neighbour | None
    newer: Neighbour | None


@lru_cache(maxsize=1024)
def lang_attributes(language: str, around: str | None) -> Markup:
    """``lang`` and ``dir`` where they differ from those of the element around."""
    if around is not None and language == around:
        return Markup()
    way = direction(language)
    turned = way != (direction(around) if around is not None else "ltr")
    form = Markup(' lang="{}" dir="{}"') if turned else Markup(' lang="{}"')
    return form.format(language, way)


def stamp(moment: datetime, zone: tzinfo, language: str) -> Stamp:
    """An instant as a date in the site's zone."""
    local = _local(moment, zone)
    return Stamp(iso_text(local), moment_text(local, language))


def day(moment: datetime, zone: tzinfo, language: str) -> Stamp:
    """The day of an instant in the site's zone."""
    local = _local(moment, zone)
    return Stamp(iso_text(local), day_text(local.date(), language))


def _local(moment: datetime, zone: tzinfo) -> datetime:
    """The same in another zone, to the second."""
    whole = moment.replace(microsecond=0) if moment.microsecond else moment
    return whole.astimezone(zone)


def item(entry: Entry, place: Place) -> Item:
    """An entry as lists show it: untitled ones link their lead, so that it stands there once."""
    section = place.section
    home = place.sections.get(entry.section, section)
    language = entry.language or home.language
    text = shorten(entry.lead or summary(entry, place.base_url), _LEAD)
    title = text if entry.title_derived else entry.title
    return Item(
        href=place.base + page_path(entry),
        title=title,
        untitled=entry.title_derived,
        text="" if text == title else text,
        date=day(entry.published, place.zone, language),
        section="" if home is section or home.name == section.name else home.title,
        attributes=lang_attributes(language, section.language),
    )


class Beside(msgspec.Struct, frozen=True, gc=False):
    """What an article's page says of the entry before or after it, and no more."""

    section: str
    slug: str
    title: str
    language: str | None = None

    @classmethod
    def of(cls, entry: Entry | None) -> Beside | None:
        """The same of an entry, where there is one."""
        return cls(entry.section, entry.slug, entry.title, entry.language) if entry else None


def neighbour(entry: Beside | None, base: str, section: Section) -> Neighbour | None:
    """An older or newer entry."""
    if entry is None:
        return None
    own = entry.language or section.language
    return Neighbour(base + page_path(entry), entry.title, lang_attributes(own, section.language))


def medium(enclosure: Enclosure, base: str, language: str) -> Medium:
    """An enclosure: its name, its player and what is good to know before a download."""
    url = absolute(enclosure.url, base) or ""
    name = unquote(url.rpartition("/")[2]) or url
    suffix = name.rpartition(".")[2]
    kind = enclosure.type.partition("/")[0]
    form = suffix.upper() if _SUFFIX.fullmatch(suffix) else enclosure.type
    length = size_text(enclosure.length, language)
    duration = duration_text(enclosure.duration) if enclosure.duration else ""
    return Medium(
        url,
        enclosure.title or name,
        kind if kind in {"audio", "video"} else "",
        " · ".join(fact for fact in (form, length, duration) if fact),
    )


def author(person: Person, base: str) -> Author:
    """A person's name and where it leads."""
    return Author(person.name, person_url(person, base))


def preview(entry: Entry, base: str) -> str:
    """An entry in two lines, for search results and shared links."""
    return shorten(summary(entry, base), _PREVIEW)


def player_ready(html: str, table: str) -> Markup:
    """Body HTML as a page shows it: wide tables scroll by themselves, pictures load when seen."""
    if "<table>" in html:
        region = f'<div class="wide" role="region" tabindex="0" aria-label="{escape(table)}">'
        html = html.replace("<table>", f"{region}<table>").replace("</table>", "</table></div>")
    if "<img " in html:
        html = html.replace("<img ", '<img loading="lazy" ')
    return Markup(html)  # noqa: S704 - to_html has cleaned it
