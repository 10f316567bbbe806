"""Every document of the site: which URLs there are, what each depends on and how it is made.

In: the site and what it shows at one instant. Out: recipes. A recipe whose inputs equal those of
the last build need not be cooked again: that is all there is to incremental rendering. Knows no
store, no clock and no request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import msgspec

from feedsvc.model import Caching, Entry, Section, Site
from feedsvc.render import jsonfeed
from feedsvc.render.feeds import Feeds, Rendered
from feedsvc.render.pages import CSP, Pages
from feedsvc.render.urls import (
    FORMATS,
    JSON,
    Format,
    absolute,
    feed_path,
    feed_url,
    page_path,
    section_path,
)
from feedsvc.sections import Selection, Shown
from feedsvc.snapshot import NOT_FOUND, REST, Document

_DAY = 86400
_YEAR = 365 * _DAY


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
            yield self._listing(shown)
            for kind in FORMATS:
                yield self._feed(kind, shown)
        yield from self._articles(selection)
        yield from self._withdrawn(selection)
        yield from self._fixed()
        yield from self._moved()

    def finish(self) -> None:
        """End a build: forget what this build did not ask for."""
        self._feeds.forget_unused()

    def _home(self, selection: Selection) -> Recipe:
        page = partial(self._pages.home, selection)
        return _page("/", (selection.everything.feed,), page, self._site.everything)

    def _listing(self, shown: Shown) -> Recipe:
        page = partial(self._pages.listing, shown)
        return _page(section_path(shown.section), (shown.feed,), page, shown.section)

    def _feed(self, kind: Format, shown: Shown) -> Recipe:
        inputs = (shown.feed, shown.withdrawn)
        return Recipe(feed_path(shown.section, kind), inputs, partial(self._cook_feed, kind, shown))

    def _cook_feed(self, kind: Format, shown: Shown) -> Document:
        rendered = self._render(kind, shown)
        # WebSub §4: self and hub in the header fields too.
        this = f'<{feed_url(self._site, shown.section, kind)}>; rel="self"'
        links = [this, *(f'<{hub}>; rel="hub"' for hub in self._site.hubs)]
        return Document(
            path=feed_path(shown.section, kind),
            # RFC 8259 §11: JSON is UTF-8 and takes no charset.
            media_type=kind.media_type if kind is JSON else f"{kind.media_type}; charset=utf-8",
            body=rendered.body,
            max_age=shown.section.caching.max_age,
            cache=_stale(shown.section.caching),
            headers=(("Link", ", ".join(links)), ("Content-Language", shown.section.language)),
            spans=rendered.spans,
        )

    def _render(self, kind: Format, shown: Shown) -> Rendered:
        if kind is JSON:
            return Rendered(jsonfeed.render(self._site, shown), ())
        return self._feeds.render(kind, shown)

    def _articles(self, selection: Selection) -> Iterator[Recipe]:
        neighbours = _neighbours(selection)
        for entry in selection.pages:
            if section := self._site.section(entry.section):
                older, newer = neighbours.get(entry.iri, (None, None))
                page = partial(self._pages.article, entry, section, older, newer)
                shown_in = msgspec.structs.replace(
                    section, language=entry.language or section.language
                )
                yield _page(page_path(entry), (entry, older, newer), page, shown_in)

    def _withdrawn(self, selection: Selection) -> Iterator[Recipe]:
        """RFC 9110 §15.5.11: the address of an entry that was taken back says so."""
        for entry in selection.everything.withdrawn:
            section = self._site.section(entry.section) or self._site.everything
            page = partial(self._pages.withdrawn, entry)
            yield _page(page_path(entry), (entry,), page, section, status=410)

    def _fixed(self) -> Iterator[Recipe]:
        yield _page(NOT_FOUND, (), self._pages.not_found, self._site.everything, status=404)
        for path, media_type, body in self._pages.assets:
            # Paths with a digest never change what they mean; /favicon.ico may.
            lasting = path.startswith("/assets/")
            asset = Document(
                path=path,
                media_type=media_type,
                body=body,
                max_age=_YEAR if lasting else _DAY,
                cache="immutable" if lasting else "",
            )
            yield Recipe(path, (body,), partial(_ready, asset))

    def _moved(self) -> Iterator[Recipe]:
        for source, target in self._site.redirects.items():
            for path, location in _covered(source, target):
                moved = _redirect(path, absolute(location, self._site.base_url) or "")
                yield Recipe(path, (location,), partial(_ready, moved))
        for retired in self._site.gone:
            for path, _ in _covered(retired, ""):
                yield _page(path, (), self._pages.gone, self._site.everything, status=410)


def _page(
    path: str, inputs: tuple[Any, ...], body: Callable[[], bytes], look: Section, status: int = 200
) -> Recipe:
    """The recipe of an HTML page, cached and spoken as the section is."""
    return Recipe(path, inputs, partial(_cook_page, path, body, look, status))


def _cook_page(path: str, body: Callable[[], bytes], look: Section, status: int) -> Document:
    return Document(
        path=path,
        media_type="text/html; charset=utf-8",
        body=body(),
        status=status,
        max_age=_DAY if status == 410 else look.caching.max_age,  # noqa: PLR2004 - Gone
        cache=_stale(look.caching),
        headers=(("Content-Security-Policy", CSP), ("Content-Language", look.language)),
    )


def _redirect(path: str, location: str) -> Document:
    return Document(
        path=path,
        media_type="text/plain; charset=utf-8",
        body=f"moved to {location}\n".encode(),
        status=301,
        max_age=_DAY,
        headers=(("Location", location),),
    )


def _ready(document: Document) -> Document:
    return document


def _covered(source: str, target: str) -> list[tuple[str, str]]:
    """The paths that a redirect covers: one page, or a section with all that is below it."""
    whole = target.startswith(("/", "http:", "https:"))
    if source.startswith("/"):
        return [(source, target if whole else f"/{target}/")]
    end = target.rstrip("/") if whole else f"/{target}"
    return [(f"/{source}", f"{end}/"), (f"/{source}/{REST}", f"{end}/{REST}")]


def _neighbours(selection: Selection) -> dict[str, tuple[Entry | None, Entry | None]]:
    """The older and the newer entry within each entry's home section, by identity."""
    found: dict[str, tuple[Entry | None, Entry | None]] = {}
    for shown in selection.sections:
        older = chain(shown.entries[1:], (None,))
        newer = chain((None,), shown.entries)
        for entry, before, after in zip(shown.entries, older, newer, strict=False):
            if entry.section == shown.section.name:
                found[entry.iri] = (before, after)
    return found


def _stale(caching: Caching) -> str:
    """RFC 5861 §3 and §4; must-revalidate would cancel both, so it never stands beside them."""
    return (
        f"stale-while-revalidate={caching.stale_while_revalidate}, "
        f"stale-if-error={caching.stale_if_error}"
    )
