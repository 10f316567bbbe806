"""HTML pages: home, listings, articles and notices, and the files that they need.

In: the site and what it shows. Out: bytes, the same for the same input on every machine. Links
within the site start with the path of base_url, so that pages work on any host. Nothing here
runs in a browser: no script, one stylesheet. Knows no clock, no request and no store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from feedsvc.archives import Page
from feedsvc.model import Entry, Section, Site
from feedsvc.render import opml, views
from feedsvc.render.content import body_html, image_html
from feedsvc.render.frames import Frame, Frames
from feedsvc.render.urls import (
    FORMATS,
    Format,
    absolute,
    archive_path,
    base_path,
    entry_url,
    section_path,
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
#: HTML holds no control characters but white space: HTML §13.2.3.5.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")


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


class Pages:
    """The pages of one site."""

    def __init__(self, site: Site, formats: Sequence[Format] = FORMATS) -> None:
        self._site = site
        self._base = base_path(site)
        self._zone = ZoneInfo(site.timezone)
        self.stylesheet = _digested("site.css", "text/css; charset=utf-8", _stylesheet())
        self._icon = _digested("icon.svg", "image/svg+xml", _asset("icon.svg"))
        favicon = Asset("/favicon.ico", "image/vnd.microsoft.icon", _asset("favicon.ico"))
        self.assets: tuple[Asset, ...] = (self.stylesheet, self._icon, favicon)
        environment = Environment(
            loader=PackageLoader("feedsvc.render"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates: dict[str, Template] = {
            name: environment.get_template(f"{name}.html")
            for name in ("home", "listing", "article", "notice")
        }
        self._frames = Frames(
            site,
            environment,
            formats,
            stylesheet=self._base + self.stylesheet.path,
            icon=absolute(site.icon, site.base_url) or self._base + self._icon.path,
        )

    def home(self, selection: Selection) -> bytes:
        """The front page: the latest entries, the sections and their feeds."""
        site, everything = self._site, self._site.everything
        frame = self._frames.of(everything, "home")
        return self._render(
            "home",
            frame=frame,
            title=site.title,
            description=site.subtitle,
            canonical=f"{site.base_url}/",
            items=self._items(selection.everything.feed[:_LATEST], everything),
            all_href=self._base + section_path(everything),
            shelves=self._frames.shelves(everything.language),
            opml_href=self._base + opml.PATH,
        )

    def listing(self, shown: Shown, archives: Sequence[int] = ()) -> bytes:
        """A section's entries and how to subscribe; ``archives`` are the numbers of older pages."""
        site, section = self._site, shown.section
        frame = self._frames.of(section, "listing")
        is_all = section.name == site.everything.name
        return self._render(
            "listing",
            frame=frame,
            title=f"{section.title} · {site.title}",
            site_title=site.title,
            section=section,
            part="",
            canonical=section_url(site, section),
            items=self._items(shown.feed, section),
            feeds=frame.feeds,
            archives=self._archive_links(section, archives),
            back_href="" if is_all else self._base + section_path(site.everything),
        )

    def archive(self, section: Section, page: Page) -> bytes:
        """A sealed page of a section; it links to the next older one, which is sure to be there."""
        site = self._site
        frame = self._frames.of(section, "article")
        part = frame.words.page.format(number=page.number)
        return self._render(
            "listing",
            frame=frame,
            title=f"{section.title}, {part} · {site.title}",
            site_title=site.title,
            section=section,
            part=part,
            canonical=section_url(site, section, page.number),
            items=self._items(page.entries, section),
            feeds=(),
            archives=self._archive_links(section, [page.older] if page.older else []),
            back_href=self._base + section_path(section),
        )

    def _archive_links(self, section: Section, numbers: Sequence[int]) -> list[dict[str, str]]:
        told = self._frames.of(section, "listing").words
        return [
            {
                "href": self._base + archive_path(section, number),
                "label": told.page.format(number=number),
            }
            for number in numbers
        ]

    def article(
        self,
        entry: Entry,
        section: Section,
        older: views.Beside | None,
        newer: views.Beside | None,
    ) -> bytes:
        """An entry's own page, with its neighbours within the section."""
        site, base = self._site, self._site.base_url
        frame = self._frames.of(section, "article")
        language = entry.language or section.language
        own = words(language, section.language)
        description = views.preview(entry, base)
        untitled = entry.title_derived and bool(entry.lead)
        published = views.stamp(entry.published, self._zone, language)
        return self._render(
            "article",
            frame=frame,
            frame_words=frame.words,
            frame_attributes=views.lang_attributes(section.language, language),
            words=own,
            words_attributes=views.lang_attributes(own.language, language.partition("-")[0]),
            title=f"{entry.title} · {site.title}",
            site_title=site.title,
            entry=entry,
            attributes=views.lang_attributes(language, section.language),
            section=section,
            section_href=self._base + section_path(section),
            untitled=untitled,
            heading=entry.lead if untitled else entry.title,
            lead=None if untitled else entry.lead,
            description=description,
            canonical=entry_url(site, entry),
            published=published,
            updated=self._revision(entry, language),
            event=self._event(entry, published, language),
            authors=[views.author(person, base) for person in entry.authors],
            picture=self._picture(entry),
            body=views.player_ready(body_html(entry, base), own.table),
            media=[views.medium(enclosure, base, language) for enclosure in entry.enclosures],
            original=absolute(entry.link, base),
            data=views.news_article(entry, section, site, description),
            older=views.neighbour(older, self._base, section),
            newer=views.neighbour(newer, self._base, section),
            back=frame.back,
        )

    def withdrawn(self, entry: Entry) -> bytes:
        """What stands at the address of an entry that was taken back: when, and why."""
        section = self._site.section(entry.section) or self._site.everything
        told = self._frames.of(section, "notice").words
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
        told = self._frames.of(self._site.everything, "notice").words
        return self.notice(told.not_found, [told.not_found_text])

    def gone(self) -> bytes:
        """What stands at an address that has been retired."""
        told = self._frames.of(self._site.everything, "notice").words
        return self.notice(told.gone, [told.gone_text])

    def notice(
        self, heading: str, paragraphs: Iterable[str], section: Section | None = None
    ) -> bytes:
        """A page that says something in place of content, and leads on."""
        around = section or self._site.everything
        return self._render(
            "notice",
            frame=self._frames.of(around, "notice"),
            title=f"{heading} · {self._site.title}",
            heading=heading,
            paragraphs=paragraphs,
            back=self._frames.of(around, "article").back,
        )

    def _items(self, entries: Iterable[Entry], section: Section) -> list[views.Item]:
        place = views.Place(self._site, self._base, self._zone, section)
        return [views.item(entry, place) for entry in entries]

    def _revision(self, entry: Entry, language: str) -> views.Stamp | None:
        if entry.updated is None or entry.updated <= entry.published:
            return None
        return views.stamp(entry.updated, self._zone, language)

    def _event(self, entry: Entry, published: views.Stamp, language: str) -> views.Stamp | None:
        day = entry.event_date
        if day is None or published.machine.startswith(day.isoformat()):
            return None
        return views.Stamp(day.isoformat(), day_text(day, language))

    def _picture(self, entry: Entry) -> views.Picture | None:
        html = Markup(image_html(entry.image, self._site.base_url))  # noqa: S704 - it escapes
        if entry.image is None or not html:
            return None
        url = absolute(entry.image.url, self._site.base_url) or ""
        return views.Picture(url, entry.image.alt, html)

    def _render(self, template: str, *, frame: Frame, **shown: Any) -> bytes:
        shown.setdefault("words", frame.words)
        html = self._templates[template].render(frame=frame, **shown)
        return html.encode("utf-8", "replace").translate(None, _CONTROLS)
