"""What all pages of a section have around their content, rendered once for all of them.

In: the site, its templates and where its assets stand. Out: frames: Markup before and after the
content, in the section's language. Knows no entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from jinja2 import Environment
from markupsafe import Markup

from feedsvc.model import Section, Site
from feedsvc.render.urls import Format, base_path, feed_path, person_url, section_path
from feedsvc.render.views import lang_attributes
from feedsvc.render.words import Words, words

Place = Literal["home", "listing", "article", "notice"]


class FeedLink(msgspec.Struct, frozen=True):
    """A section's feed in one format."""

    href: str
    label: str
    media_type: str


class Shelf(msgspec.Struct, frozen=True):
    """A section among others, with its feeds."""

    href: str
    title: str
    description: str
    feeds: list[FeedLink]
    attributes: Markup


class Frame(msgspec.Struct, frozen=True):
    """The parts of a page that do not depend on its content."""

    words: Words
    feeds: list[FeedLink]
    attributes: Markup
    head: Markup
    top: Markup
    bottom: Markup
    back: Markup


class Frames:
    """The frames of one site, each made when it is first asked for."""

    def __init__(
        self,
        site: Site,
        environment: Environment,
        formats: Sequence[Format],
        *,
        stylesheet: str,
        icon: str,
    ) -> None:
        self._site = site
        self._environment = environment
        self._formats = formats
        self._assets = {"stylesheet": stylesheet, "icon": icon}
        self._base = base_path(site)
        self._made: dict[tuple[str, Place], Frame] = {}

    def of(self, section: Section, place: Place) -> Frame:
        """The frame of a page at this place in this section."""
        key = section.name, place
        if key not in self._made:
            self._made[key] = self._make(section, place)
        return self._made[key]

    def shelves(self, language: str) -> list[Shelf]:
        """Every section with its feeds, as a page in this language shows them."""
        return [
            Shelf(
                self._base + section_path(section),
                section.title,
                section.description,
                self._feeds(section),
                lang_attributes(section.language, language),
            )
            for section in (self._site.everything, *self._site.sections)
        ]

    def _make(self, section: Section, place: Place) -> Frame:
        feeds = self._feeds(section)
        spoken = words(section.language)
        macros: Any = self._environment.get_template("frame.html").make_module(
            {
                **self._assets,
                "site": self._site,
                "site_attributes": lang_attributes(self._site.language, section.language),
                "site_words": words(self._site.language),
                "section": section,
                "base": self._base,
                "here": place,
                "words": spoken,
                "feeds": feeds,
                "menu": self._menu(section, place),
                "contact": person_url(self._site.author, self._site.base_url),
                "section_href": self._base + section_path(section),
                "all_href": self._base + section_path(self._site.everything),
                "is_all": section.name == self._site.everything.name,
            }
        )
        return Frame(
            spoken,
            feeds,
            lang_attributes(section.language, None),
            macros.head(),
            macros.top(),
            macros.bottom(),
            macros.back(),
        )

    def _feeds(self, section: Section) -> list[FeedLink]:
        return [
            FeedLink(self._base + feed_path(section, kind), kind.label, kind.media_type)
            for kind in self._formats
        ]

    def _menu(self, here: Section, place: Place) -> list[dict[str, object]]:
        """The sections in the order of the config; ARIA 1.2 §6.6.3 marks the one that is open."""
        current = {
            "listing": Markup(' aria-current="page"'),
            "article": Markup(' aria-current="true"'),
        }
        return [
            {
                "href": self._base + section_path(section),
                "title": section.title,
                "attributes": lang_attributes(section.language, here.language),
                "current": current.get(place, "") if section.name == here.name else "",
            }
            for section in (*self._site.sections, self._site.everything)
        ]
