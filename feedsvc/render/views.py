"""What templates show of entries: strings ready to stand where they belong.

In: entries, the site's zone and a language. Out: small structs of text, URLs and Markup. Knows no
template, no page and no bytes.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, tzinfo
from functools import lru_cache
from urllib.parse import unquote

import msgspec
from markupsafe import Markup, escape

from feedsvc.model import Enclosure, Entry, Person, Section, Site
from feedsvc.render.content import summary
from feedsvc.render.markdown import shorten
from feedsvc.render.urls import absolute, page_path, page_url, person_url
from feedsvc.render.words import day_text, direction, duration_text, moment_text, size_text

#: What a listing shows of a lead, and what link previews show of a summary.
_LEAD = 420
_PREVIEW = 200
_SUFFIX = re.compile("[A-Za-z0-9]{2,4}")


class Stamp(msgspec.Struct, frozen=True):
    """A date for machines and for people."""

    machine: str
    text: str


class Place(msgspec.Struct, frozen=True):
    """Where a list of entries stands; ``base`` is the path of base_url."""

    site: Site
    base: str
    zone: tzinfo
    section: Section


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
    local = moment.astimezone(zone)
    return Stamp(local.isoformat(timespec="seconds"), moment_text(local, language))


def day(moment: datetime, zone: tzinfo, language: str) -> Stamp:
    """The day of an instant in the site's zone."""
    local = moment.astimezone(zone)
    return Stamp(local.isoformat(timespec="seconds"), day_text(local.date(), language))


def item(entry: Entry, place: Place) -> Item:
    """An entry as lists show it: untitled ones link their lead, so that it stands there once."""
    site, section = place.site, place.section
    home = site.section(entry.section) or section
    language = entry.language or home.language
    text = shorten(entry.lead or summary(entry, site.base_url), _LEAD)
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


def news_article(entry: Entry, section: Section, site: Site, description: str) -> Markup:
    """schema.org's NewsArticle as JSON-LD, unable to end the element that it stands in."""
    picture = absolute(entry.image.url, site.base_url) if entry.image else None
    logo = absolute(site.logo, site.base_url)
    url = absolute(entry.link, site.base_url) or page_url(site, entry)
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": entry.title,
        "description": description,
        "url": url,
        "mainEntityOfPage": url,
        "datePublished": entry.published.isoformat(),
        "dateModified": entry.modified.isoformat(),
        "inLanguage": entry.language or section.language,
        "articleSection": section.title,
        "author": [{"@type": "Person", "name": person.name} for person in entry.authors]
        or [{"@type": "Organization", "name": section.author.name}],
        "publisher": {
            "@type": "Organization",
            "name": site.title,
            "url": f"{site.base_url}/",
            **({"logo": logo} if logo else {}),
        },
        **({"image": [picture]} if picture else {}),
        **({"keywords": list(entry.tags)} if entry.tags else {}),
    }
    return Markup(_json(data).replace("<", "\\u003c"))  # noqa: S704 - no "<" is left


def _json(data: object) -> str:
    try:
        return msgspec.json.encode(data).decode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair: JSON may still name it
        return json.dumps(data)


def player_ready(html: str, table: str) -> Markup:
    """Body HTML as a page shows it: wide tables scroll by themselves, pictures load when seen."""
    if "<table>" in html:
        region = f'<div class="wide" role="region" tabindex="0" aria-label="{escape(table)}">'
        html = html.replace("<table>", f"{region}<table>").replace("</table>", "</table></div>")
    if "<img " in html:
        html = html.replace("<img ", '<img loading="lazy" ')
    return Markup(html)  # noqa: S704 - to_html has cleaned it
