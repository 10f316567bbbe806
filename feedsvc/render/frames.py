"""What pages have around and among what they say, rendered once for all pages of a section.

In: the site and where its assets stand. Out: forms: a page's bytes but for its content, and the
template that says the content, in the section's language. Knows no entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from markupsafe import Markup

from feedsvc.model import Section, Site
from feedsvc.render.templating import template
from feedsvc.render.urls import Format, base_path, feed_path, person_url, section_path
from feedsvc.render.views import lang_attributes
from feedsvc.render.words import Words, words

Place = Literal["home", "listing", "archive", "article", "notice"]

#: HTML holds no control characters but white space: HTML §13.2.3.5.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
#: Where content goes, while a frame is rendered; no text that is escaped looks like it.
_HOLE = Markup("<hole>")
#: ARIA 1.2 §6.6.3: the section that is open in the menu.
_CURRENT = {
    "listing": Markup(' aria-current="page"'),
    "archive": Markup(' aria-current="true"'),
    "article": Markup(' aria-current="true"'),
}


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


class MenuItem(msgspec.Struct, frozen=True):
    """A section in the menu; ``current`` says so where it is the one that is open."""

    href: str
    title: str
    attributes: Markup
    current: Markup


class Form(msgspec.Struct, frozen=True):
    """A page but for its content: what stands ``before``, ``between`` and ``after`` it.

    ``head`` and ``main`` say the content of one page; ``words`` are those that they use.
    """

    before: bytes
    between: bytes
    after: bytes
    head: Callable[[Any], str]
    main: Callable[[Any], str]
    words: Words

    def page(self, shown: Any) -> bytes:
        """The page that shows this."""
        head, main = _bytes(self.head(shown)), _bytes(self.main(shown))
        return b"".join((self.before, head, self.between, main, self.after))


def _bytes(html: str) -> bytes:
    return html.encode("utf-8", "replace").translate(None, _CONTROLS)


class Frames:
    """The forms of one site's pages, each made when it is first asked for."""

    def __init__(
        self, site: Site, formats: Sequence[Format], *, stylesheet: str, icon: str
    ) -> None:
        self._site = site
        self._formats = formats
        self._assets = {"stylesheet": stylesheet, "icon": icon}
        self._base = base_path(site)
        self._made: dict[tuple[str, Place, str], Form] = {}

    def of(self, section: Section, place: Place, language: str | None = None) -> Form:
        """The form of a page at this place in this section, whose content has this language."""
        spoken = language or section.language
        key = section.name, place, spoken
        if key not in self._made:
            self._made[key] = self._make(section, place, spoken)
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

    def _make(self, section: Section, place: Place, language: str) -> Form:
        same = self._same(section, place)
        around = template("page").render(same, head=_HOLE, main=_HOLE)
        before, between, after = map(_bytes, around.split(_HOLE))
        own = words(language, section.language)
        content: Any = template("listing" if place == "archive" else place).make_module(
            {
                **same,
                "content_attributes": lang_attributes(language, section.language),
                "section_attributes": lang_attributes(section.language, language),
                "own_words": own,
                "own_attributes": lang_attributes(own.language, language.partition("-")[0]),
            }
        )
        return Form(before, between, after, content.head, content.main, own)

    def _same(self, section: Section, place: Place) -> dict[str, object]:
        """What all pages at this place in this section may say."""
        return {
            **self._assets,
            "site": self._site,
            "site_attributes": lang_attributes(self._site.language, section.language),
            "site_words": words(self._site.language),
            "section": section,
            "html_attributes": lang_attributes(section.language, None),
            "base": self._base,
            "here": place,
            "words": words(section.language),
            "feeds": self._feeds(section),
            "menu": self._menu(section, place),
            "contact": person_url(self._site.author, self._site.base_url),
            "section_href": self._base + section_path(section),
            "all_href": self._base + section_path(self._site.everything),
            "is_all": section.name == self._site.everything.name,
        }

    def _feeds(self, section: Section) -> list[FeedLink]:
        return [
            FeedLink(self._base + feed_path(section, kind), kind.label, kind.media_type)
            for kind in self._formats
        ]

    def _menu(self, here: Section, place: Place) -> list[MenuItem]:
        """The sections in the order of the config."""
        return [
            MenuItem(
                self._base + section_path(section),
                section.title,
                lang_attributes(section.language, here.language),
                _CURRENT.get(place, Markup()) if section.name == here.name else Markup(),
            )
            for section in (*self._site.sections, self._site.everything)
        ]
