"""Every document of the site: which URLs there are, what each depends on and how it is made.

In: the site and what it shows at one instant. Out: recipes. A recipe whose inputs equal those of
the last build need not be cooked again: that is all there is to incremental rendering. Knows no
store, no clock and no request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import msgspec

from feedsvc.model import Caching, Entry, Section, Site
from feedsvc.render.feeds import Feeds
from feedsvc.render.pages import CSP, Pages
from feedsvc.render.urls import (
    ATOM,
    RSS,
    Format,
    absolute,
    feed_path,
    feed_url,
    page_path,
    section_path,
)
from feedsvc.sections import Selection, Shown
from feedsvc.snapshot import Document

#: Where the server finds the page that it shows for an unknown path; no URL leads there.
NOT_FOUND = "/!404"
#: Behind a retired or renamed section's path: stands for whatever follows.
REST = "*"
_YEAR = 365 * 86400
_DAY = 86400
_HTML = "text/html; charset=utf-8"


class Recipe(msgspec.Struct, frozen=True):
    """How to make the document at ``path``; equal ``inputs`` give equal bytes."""

    path: str
    inputs: tuple[Any, ...]
    cook: Callable[[], Document]


class Catalogue:
    """The recipes of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._feeds = Feeds(site)
        self._pages = Pages(site)

    def recipes(self, selection: Selection) -> Iterator[Recipe]:
        """Every document that is public. Where a path comes twice, the first one counts."""
        yield self._home(selection)
        for shown in (selection.everything, *selection.sections):
            yield from self._section(shown)
        yield from self._articles(selection)
        yield from self._fixed()
        yield from self._moved()

    def finish(self) -> None:
        """End a build: forget what this build did not ask for."""
        self._feeds.forget_unused()

    def _home(self, selection: Selection) -> Recipe:
        return self._page(
            "/",
            (selection.everything.feed, tuple(s.feed[:1] for s in selection.sections)),
            self._site.everything,
            lambda: self._pages.home(selection),
        )

    def _section(self, shown: Shown) -> Iterator[Recipe]:
        yield self._page(
            section_path(shown.section),
            (shown.section, shown.feed),
            shown.section,
            lambda: self._pages.listing(shown),
        )
        for kind in (RSS, ATOM):
            yield Recipe(
                feed_path(shown.section, kind),
                (shown.section, shown.feed, shown.withdrawn),
                lambda kind=kind: self._feed(kind, shown),  # type: ignore[misc]
            )

    def _feed(self, kind: Format, shown: Shown) -> Document:
        rendered = self._feeds.render(kind, shown)
        this = feed_url(self._site, shown.section, kind)
        # WebSub §4: self and hub in the header fields too.
        links = [f'<{this}>; rel="self"', *(f'<{hub}>; rel="hub"' for hub in self._site.hubs)]
        return Document(
            path=feed_path(shown.section, kind),
            media_type=f"{kind.media_type}; charset=utf-8",
            body=rendered.body,
            max_age=shown.section.caching.max_age,
            cache=_stale(shown.section.caching),
            headers=(
                ("Link", ", ".join(links)),
                ("Content-Language", shown.section.language),
            ),
            spans=rendered.spans,
        )

    def _articles(self, selection: Selection) -> Iterator[Recipe]:
        for shown in selection.sections:
            for entry in shown.withdrawn:
                if entry.section == shown.section.name:
                    yield self._withdrawn(entry)
        neighbours = _neighbours(selection)
        for entry in selection.pages:
            section = self._site.section(entry.section)
            if section:
                yield self._article(entry, section, *neighbours.get(entry.iri, (None, None)))

    def _article(
        self, entry: Entry, section: Section, older: Entry | None, newer: Entry | None
    ) -> Recipe:
        return self._page(
            page_path(entry),
            (entry, section, older, newer),
            section,
            lambda: self._pages.article(entry, section, older, newer),
            entry.language,
        )

    def _withdrawn(self, entry: Entry) -> Recipe:
        section = self._site.section(entry.section) or self._site.everything
        return self._page(
            page_path(entry),
            (entry, section),
            section,
            lambda: self._pages.withdrawn(entry),
            None,
            410,
        )

    def _page(  # noqa: PLR0913 - the facts of a page, each used once
        self,
        path: str,
        inputs: tuple[Any, ...],
        section: Section,
        body: Callable[[], bytes],
        language: str | None = None,
        status: int = 200,
    ) -> Recipe:
        return Recipe(
            path,
            inputs,
            lambda: Document(
                path=path,
                media_type=_HTML,
                body=body(),
                status=status,
                max_age=section.caching.max_age if status == 200 else _DAY,  # noqa: PLR2004
                cache=_stale(section.caching),
                headers=(
                    ("Content-Security-Policy", CSP),
                    ("Content-Language", language or section.language),
                ),
            ),
        )

    def _fixed(self) -> Iterator[Recipe]:
        everything = self._site.everything
        yield self._page(NOT_FOUND, (), everything, self._pages.not_found, None, 404)
        for path, media_type, body in self._pages.assets:
            yield Recipe(
                path,
                (body,),
                lambda path=path, media_type=media_type, body=body: Document(  # type: ignore[misc]
                    path=path, media_type=media_type, body=body, max_age=_YEAR, cache="immutable"
                ),
            )

    def _moved(self) -> Iterator[Recipe]:
        for source, target in self._site.redirects.items():
            for path, location in _redirected(source, target):
                yield _redirect(path, absolute(location, self._site.base_url) or "")
        for retired in self._site.gone:
            for path, _ in _redirected(retired, ""):
                yield self._page(path, (), self._site.everything, self._pages.gone, None, 410)


def _redirect(path: str, location: str) -> Recipe:
    return Recipe(
        path,
        (location,),
        lambda: Document(
            path=path,
            media_type="text/plain; charset=utf-8",
            body=f"moved to {location}\n".encode(),
            status=301,
            max_age=_DAY,
            headers=(("Location", location),),
        ),
    )


def _redirected(source: str, target: str) -> list[tuple[str, str]]:
    """The paths that a redirect covers: one page, or a section with all that is below it."""
    if source.startswith("/"):
        return [(source, target if target.startswith(("/", "http")) else f"/{target}/")]
    end = target.rstrip("/") if target.startswith(("/", "http")) else f"/{target}"
    return [(f"/{source}", f"{end}/"), (f"/{source}/{REST}", f"{end}/{REST}")]


def _neighbours(selection: Selection) -> dict[str, tuple[Entry | None, Entry | None]]:
    """The older and the newer entry within each entry's home section, by identity."""
    found: dict[str, tuple[Entry | None, Entry | None]] = {}
    for shown in selection.sections:
        listed = shown.entries
        older = chain(listed[1:], (None,))
        newer = chain((None,), listed)
        for entry, before, after in zip(listed, older, newer, strict=False):
            if entry.section == shown.section.name:
                found[entry.iri] = (before, after)
    return found


def _stale(caching: Caching) -> str:
    """RFC 5861 §3 and §4; must-revalidate would cancel both, so it never stands beside them."""
    return (
        f"stale-while-revalidate={caching.stale_while_revalidate}, "
        f"stale-if-error={caching.stale_if_error}"
    )
