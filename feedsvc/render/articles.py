"""Articles: the page that each entry has of its own. There are as many as there are entries.

In: an entry and what stands beside it. Out: bytes. Knows no other page.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from feedsvc.model import Entry, Image, Section, Site
from feedsvc.render import views
from feedsvc.render.content import body_html, image_html
from feedsvc.render.frames import Frames
from feedsvc.render.schemaorg import NewsArticles
from feedsvc.render.urls import absolute, base_path, page_url
from feedsvc.render.words import day_text


class Articles:
    """The articles of one site."""

    def __init__(self, site: Site, frames: Frames) -> None:
        self._site = site
        self._base = base_path(site)
        self._zone = ZoneInfo(site.timezone)
        self._frames = frames
        self._data = NewsArticles(site)

    def page(
        self,
        entry: Entry,
        section: Section,
        older: views.Beside | None,
        newer: views.Beside | None,
    ) -> bytes:
        """An entry's own page, with its neighbours within the section."""
        base = self._site.base_url
        language = entry.language or section.language
        form = self._frames.of(section, "article", language)
        original = absolute(entry.link, base)
        canonical = original or page_url(self._site, entry)
        description = views.preview(entry, base)
        untitled = entry.title_derived and bool(entry.lead)
        published = views.stamp(entry.published, self._zone, language)
        return form.page(
            views.Article(
                title=entry.title,
                untitled=untitled,
                heading=entry.lead if untitled and entry.lead else entry.title,
                lead=None if untitled else entry.lead,
                description=description,
                canonical=canonical,
                published=published,
                updated=self._revision(entry, language),
                event=_event(entry, published, language),
                authors=[views.author(person, base) for person in entry.authors],
                picture=self._picture(entry.image),
                body=views.player_ready(body_html(entry, base), form.words.table),
                media=[views.medium(enclosure, base, language) for enclosure in entry.enclosures],
                original=original,
                tags=entry.tags,
                data=self._data.of(entry, section, canonical, description),
                older=views.neighbour(older, self._base, section),
                newer=views.neighbour(newer, self._base, section),
            )
        )

    def _revision(self, entry: Entry, language: str) -> views.Stamp | None:
        if entry.updated is None or entry.updated <= entry.published:
            return None
        return views.stamp(entry.updated, self._zone, language)

    def _picture(self, image: Image | None) -> views.Picture | None:
        html = image_html(image, self._site.base_url)
        if image is None or not html:
            return None
        url = absolute(image.url, self._site.base_url) or ""
        return views.Picture(url, image.alt, Markup(html))  # noqa: S704 - image_html escapes


def _event(entry: Entry, published: views.Stamp, language: str) -> views.Stamp | None:
    day = entry.event_date
    if day is None or published.machine.startswith(day.isoformat()):
        return None
    return views.Stamp(day.isoformat(), day_text(day, language))
