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
from typing import Any

import msgspec

from feedsvc.archives import Page, Sizes
from feedsvc.model import Caching, Section, Site
from feedsvc.render.feeds import Feeds, Rendered
from feedsvc.render.jsonfeed import JsonFeeds
from feedsvc.render.lists import Listings
from feedsvc.render.orders import Article, Left, Order, Sealed, Withdrawn
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
from feedsvc.snapshot import NOT_FOUND, REST, Document, Effort, digest

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
    """How to make the document at ``path``; equal ``inputs`` give equal bytes.

    ``facts``, where they are fewer, are what of the inputs the document really says.
    """

    path: str
    inputs: tuple[Any, ...]
    cook: Callable[[], Document]
    facts: Callable[[], Any] | None = None


class Catalogue:
    """The recipes of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._feeds = Feeds(site)
        self._json = JsonFeeds(site)
        self._pages = Pages(site)
        self._listings = Listings(site)
        self._moves = dict(_moves(site))

    def front(self, selection: Selection, lives: Mapping[str, Page]) -> Iterator[Recipe]:
        """The documents that any change may touch, and those of which there are few.

        ``lives`` says for each section, by name, what its live feeds hold.
        """
        yield self._home(selection)
        for shown in (selection.everything, *selection.sections):
            page = lives[shown.section.name]
            yield self._listing(shown, page.older)
            yield from (self._feed(kind, shown.section, page) for kind in FORMATS)
        yield from self._lists(selection)
        yield from self._fixed()

    def ordered(self, order: Order) -> Iterator[Recipe]:
        """The documents that an order asks for."""
        match order:
            case Article():
                yield from self._article(order)
            case Withdrawn(entry):
                section = self._site.section(entry.section) or self._site.everything
                page = partial(self._pages.withdrawn, entry)
                # RFC 9110 §15.5.11: the address of an entry that was taken back says so.
                yield _page(page_path(entry), (entry,), page, section, status=410)
            case Left(path, now):
                yield self._left(path, now)
            case Sealed(name, page):
                section = self._site.section(name) or self._site.everything
                yield self._archive(section, page)
                yield from (self._feed(kind, section, page) for kind in FORMATS)

    def moves(self, taken: Callable[[str], bool]) -> Iterator[Recipe]:
        """What the config says has moved or is gone, where nothing else stands."""
        return (recipe for path, recipe in self._moved() if not taken(path))

    def is_move(self, path: str) -> bool:
        """Whether the config says what has become of the path."""
        return path in self._moves

    def _home(self, selection: Selection) -> Recipe:
        page = partial(self._pages.home, selection)
        return _page("/", (selection.everything.feed,), page, self._site.everything)

    def sizes(self, section: Section) -> Sizes:
        """How large entries are in the section's feeds."""
        return EntrySizes(section, self._feeds, self._json)

    def _listing(self, shown: Shown, archives: int) -> Recipe:
        page = partial(self._pages.listing, shown, _within_reach(archives))
        return _page(section_path(shown.section), (shown.feed, archives), page, shown.section)

    def _archive(self, section: Section, page: Page) -> Recipe:
        """RFC 5005 §4: a sealed page never changes but by losing an entry that was taken back."""
        path = archive_path(section, page.number)
        html = partial(self._pages.archive, section, page)
        cook = partial(_cook_sealed, partial(_cook_page, path, html, section, 200))
        return Recipe(path, (page.key,), cook)

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
            effort="most",
        )

    def _render(self, kind: Format, section: Section, page: Page) -> Rendered:
        if kind is JSON:
            return Rendered(self._json.render(section, page), ())
        return self._feeds.render(kind, section, page)

    def _article(self, order: Article) -> Iterator[Recipe]:
        entry = order.entry
        if section := self._site.section(entry.section):
            page = partial(self._pages.article, entry, section, order.older, order.newer)
            look = _speaking(section, entry.language)
            cook = partial(_cook_page, page_path(entry), page, look, 200, "little")
            yield Recipe(page_path(entry), (entry, order.older, order.newer), cook)

    def _lists(self, selection: Selection) -> Iterator[Recipe]:
        for path, media_type, inputs, body, facts in self._listings.of(selection):
            cook = partial(_cook_list, path, media_type, body, self._site.caching)
            yield Recipe(path, inputs, cook, facts)

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

    def _moved(self) -> Iterator[tuple[str, Recipe]]:
        for path, location in self._moves.items():
            if location:
                moved = _redirect(path, absolute(location, self._site.base_url) or "")
                yield path, Recipe(path, (location,), partial(_ready, moved))
            else:
                yield path, self._gone(path)

    def _left(self, path: str, now: str | None) -> Recipe:
        """RFC 9110 §15.4.2: a page that moved for good says so, and clients need not ask again."""
        if now is None:
            return self._gone(path)
        location = self._site.base_url + now
        return Recipe(path, (location,), partial(_ready, _redirect(path, location)))

    def _gone(self, path: str) -> Recipe:
        return _page(path, (), self._pages.gone, self._site.everything, status=410)


def _speaking(section: Section, language: str | None) -> Section:
    """The section as it is for an entry of that language; None where the entry names none."""
    return msgspec.structs.replace(section, language=language) if language else section


def _page(
    path: str, inputs: tuple[Any, ...], body: Callable[[], bytes], look: Section, status: int = 200
) -> Recipe:
    """The recipe of an HTML page, cached and spoken as the section is."""
    return Recipe(path, inputs, partial(_cook_page, path, body, look, status))


def _cook_page(
    path: str, body: Callable[[], bytes], look: Section, status: int, effort: Effort = "usual"
) -> Document:
    return Document(
        path=path,
        media_type="text/html; charset=utf-8",
        body=body(),
        status=status,
        max_age=_DAY if status == 410 else look.caching.max_age,  # noqa: PLR2004 - Gone
        cache=_stale(look.caching),
        headers=(("Content-Security-Policy", CSP), ("Content-Language", look.language)),
        effort=effort,
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
    return msgspec.structs.replace(cook(), max_age=_YEAR, cache="immutable", effort="least")


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


def _moves(site: Site) -> Iterator[tuple[str, str]]:
    """Every path of which the config says what has become: where it leads, "" for nowhere."""
    for retired in reversed(site.gone):
        yield from ((path, "") for path, _ in _covered(retired, ""))
    for source, target in reversed(site.redirects.items()):
        yield from _covered(source, target)


def _covered(source: str, target: str) -> list[tuple[str, str]]:
    """The paths that a redirect covers: one page, or a section with all that is below it."""
    whole = target.startswith(("/", "http:", "https:"))
    if source.startswith("/"):
        return [(written(source), target if whole else f"/{target}/")]
    end = target.rstrip("/") if whole else f"/{target}"
    return [(f"/{source}", f"{end}/"), (f"/{source}/{REST}", f"{end}/{REST}")]


def _stale(caching: Caching) -> str:
    """RFC 5861 §3 and §4; must-revalidate would cancel both, so it never stands beside them."""
    return (
        f"stale-while-revalidate={caching.stale_while_revalidate}, "
        f"stale-if-error={caching.stale_if_error}"
    )
