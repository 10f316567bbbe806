"""What an article's page tells search engines: schema.org's NewsArticle as JSON-LD.

In: an entry, its section, its site. Out: JSON that may stand in a script element. Knows no page.
"""

from __future__ import annotations

import json

import msgspec
from markupsafe import Markup
from msgspec import UNSET, UnsetType, field

from feedsvc.model import Entry, Section, Site
from feedsvc.render.urls import absolute
from feedsvc.render.words import iso_text


class _Named(msgspec.Struct, frozen=True, gc=False):
    """A person or an organisation."""

    type: str = field(name="@type")
    name: str
    url: str | UnsetType = UNSET
    logo: str | UnsetType = UNSET


class _NewsArticle(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The fields in the order in which they are written."""

    context: str = field(default="https://schema.org", name="@context")
    type: str = field(default="NewsArticle", name="@type")
    headline: str
    description: str
    url: str
    main_entity_of_page: str
    date_published: str
    date_modified: str
    in_language: str
    article_section: str
    author: tuple[_Named, ...]
    publisher: _Named
    image: tuple[str] | UnsetType
    keywords: tuple[str, ...] | UnsetType


_encode = msgspec.json.Encoder().encode


class NewsArticles:
    """The articles of one site, of which the publisher is the same."""

    def __init__(self, site: Site) -> None:
        self._base = site.base_url
        logo = absolute(site.logo, site.base_url) or UNSET
        self._publisher = _Named("Organization", site.title, f"{site.base_url}/", logo)

    def of(self, entry: Entry, section: Section, url: str, description: str) -> Markup:
        """An entry, at home at ``url``; the text cannot end the element that it stands in."""
        picture = absolute(entry.image.url, self._base) if entry.image else None
        published = iso_text(entry.published)
        told = _NewsArticle(
            headline=entry.title,
            description=description,
            url=url,
            main_entity_of_page=url,
            date_published=published,
            date_modified=iso_text(entry.modified) if entry.updated else published,
            in_language=entry.language or section.language,
            article_section=section.title,
            author=tuple(_Named("Person", person.name) for person in entry.authors)
            or (_Named("Organization", section.author.name),),
            publisher=self._publisher,
            image=(picture,) if picture else UNSET,
            keywords=entry.tags or UNSET,
        )
        return Markup(_json(told).replace("<", "\\u003c"))  # noqa: S704 - no "<" is left


def _json(told: _NewsArticle) -> str:
    try:
        return _encode(told).decode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair: JSON may still name it
        return json.dumps(msgspec.to_builtins(told))
