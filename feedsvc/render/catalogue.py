"""Every document of the site: which URLs there are, what each depends on and how it is made.

In: the site and what it shows at one instant. Out: recipes. A recipe whose inputs equal those of
the last build need not be cooked again: that is all there is to incremental rendering. Knows no
store, no clock and no request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from typing import Any

import msgspec

from feedsvc.archives import Holding, Log, Page, Sizes
from feedsvc.model import Caching, Entry, Section, Site
from feedsvc.render.feeds import Feeds, Rendered
from feedsvc.render.jsonfeed import JsonFeeds
from feedsvc.render.lists import listings
from feedsvc.render.pages import CSP, Pages
from feedsvc.render.sizes import EntrySizes
from feedsvc.render.urls import (
    FORMATS,
    JSON,
    Format,
    absolute,
    archive_path,
    feed_path,
    feed_url,
    page_path,
    section_path,
    written,
)
from feedsvc.sections import Selection, Shown
from feedsvc.snapshot import NOT_FOUND, REST, Document, digest

_DAY = 86400
_YEAR = 365 * _DAY
#: How many of the newest archive pages a listing links to; each of them links to the next older.
_LINKED = 10


def _files(place: Traversable) -> Iterator[bytes]:
    for child in sorted(place.iterdir(), key=lambda child: child.name):
        if child.is_dir() and child.name != "__pycache__":
            yield from _files(child)
        elif child.is_file():
            yield child.name.encode() + b"\0" + child.read_bytes()


#: Another name whenever another version of the code might give other bytes.
RENDERER = digest(b"\0".join(_files(files("feedsvc.render"))))


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
        self._json = JsonFeeds(site)
        self._pages = Pages(site)

    def recipes(self, selection: Selection, holdings: Mapping[str, Holding]) -> Iterator[Recipe]:
        """Every document that is public. Where a path comes twice, the first one counts.

        ``holdings`` says for each section, by name, which entries its feeds and archives hold.
        """
        yield self._home(selection)
        for shown in (selection.everything, *selection.sections):
            holding = holdings[shown.section.name]
            yield self._listing(shown, len(holding.sealed))
            for page in (holding.live, *holding.sealed):
                for kind in FORMATS:
                    yield self._feed(kind, holding.section, page)
            yield from self._archive(holding)
        yield from self._articles(selection)
        yield from self._withdrawn(selection)
        yield from self._lists(selection)
        yield from self._fixed()
        yield from self._moved()
        yield from self._left(selection, holdings["all"].log)

    def finish(self) -> None:
        """End a build: forget what this build did not ask for."""
        self._feeds.forget_unused()
        self._json.forget_unused()

    def _home(self, selection: Selection) -> Recipe:
        page = partial(self._pages.home, selection)
        return _page("/", (selection.everything.feed,), page, self._site.everything)

    def sizes(self, section: Section) -> Sizes:
        """How large entries are in the section's feeds."""
        return EntrySizes(section, self._feeds, self._json)

    def _listing(self, shown: Shown, archives: int) -> Recipe:
        page = partial(self._pages.listing, shown, _within_reach(archives))
        return _page(section_path(shown.section), (shown.feed, archives), page, shown.section)

    def _archive(self, holding: Holding) -> Iterator[Recipe]:
        """RFC 5005 §4: a sealed page never changes but by losing an entry that was taken back."""
        for page in holding.sealed:
            path = archive_path(holding.section, page.number)
            html = partial(self._pages.archive, holding.section, page)
            cook = partial(_cook_sealed, partial(_cook_page, path, html, holding.section, 200))
            yield Recipe(path, (page.key,), cook)

    def _feed(self, kind: Format, section: Section, page: Page) -> Recipe:
        cook = partial(self._cook_feed, kind, section, page)
        path = feed_path(section, kind, page.number)
        if page.number:
            return Recipe(path, (page.key,), partial(_cook_sealed, cook))
        return Recipe(path, (page.entries, page.tombstones, page.older), cook)

    def _cook_feed(self, kind: Format, section: Section, page: Page) -> Document:
        rendered = self._render(kind, section, page)
        # WebSub §4: self and hub in the header fields too.
        links = [f'<{feed_url(self._site, section, kind, page.number)}>; rel="self"']
        if not page.number:
            links += [f'<{hub}>; rel="hub"' for hub in self._site.hubs]
        return Document(
            path=feed_path(section, kind, page.number),
            # RFC 8259 §11: JSON is UTF-8 and takes no charset.
            media_type=kind.media_type if kind is JSON else f"{kind.media_type}; charset=utf-8",
            body=rendered.body,
            max_age=section.caching.max_age,
            cache=_stale(section.caching),
            headers=(("Link", ", ".join(links)), ("Content-Language", section.language)),
            spans=rendered.spans,
        )

    def _render(self, kind: Format, section: Section, page: Page) -> Rendered:
        if kind is JSON:
            return Rendered(self._json.render(section, page), ())
        return self._feeds.render(kind, section, page)

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

    def _lists(self, selection: Selection) -> Iterator[Recipe]:
        for path, media_type, inputs, body in listings(self._site, selection):
            cook = partial(_cook_list, path, media_type, body, self._site.caching)
            yield Recipe(path, inputs, cook)

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

    def _left(self, selection: Selection, log: Log) -> Iterator[Recipe]:
        """What stands where an entry's page once was: the way to its new place, or that it is gone.

        RFC 9110 §15.4.2: a page that moved for good says so, and clients need not ask again.
        """
        here = {entry.iri: page_path(entry) for entry in selection.pages}
        left = {event.path: here.get(event.iri, "") for event in log.events() if event.path}
        for path, now in left.items():
            if not now:
                yield _page(path, (), self._pages.gone, self._site.everything, status=410)
            elif now != path:
                location = self._site.base_url + now
                yield Recipe(path, (location,), partial(_ready, _redirect(path, location)))


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


def _cook_list(path: str, media_type: str, body: Callable[[], bytes], caching: Caching) -> Document:
    return Document(
        path=path,
        media_type=f"{media_type}; charset=utf-8",
        body=body(),
        max_age=caching.max_age,
        cache=_stale(caching),
    )


def _cook_sealed(cook: Callable[[], Document]) -> Document:
    """RFC 8246: what is sealed may be kept for long, and not asked for again meanwhile."""
    return msgspec.structs.replace(cook(), max_age=_YEAR, cache="immutable", spans=())


def _within_reach(archives: int) -> tuple[int, ...]:
    """The numbers of the archive pages that a listing links to: the newest, and the oldest."""
    newest = range(archives, max(0, archives - _LINKED), -1)
    return (*newest, 1) if archives > _LINKED else tuple(newest)


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
        return [(written(source), target if whole else f"/{target}/")]
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
