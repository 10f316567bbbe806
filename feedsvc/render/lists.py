"""Documents that list others: feeds for readers to import, pages for search engines to find.

In: the site and what it shows. Out: their paths, types and what they depend on, and how to make
them. Knows no store, no clock and no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from feedsvc.model import Site
from feedsvc.render import opml, sitemap
from feedsvc.sections import Selection

_XML = "application/xml"


class Listing(NamedTuple):
    """One such document; equal ``inputs`` give equal bytes, and so do equal ``facts``."""

    path: str
    media_type: str
    inputs: tuple[Any, ...]
    body: Callable[[], bytes]
    facts: Callable[[], Any] | None = None


class Listings:
    """These documents of one site; it remembers when the parts of the sitemap last changed."""

    def __init__(self, site: Site, most: int = sitemap.MOST) -> None:
        self._site = site
        self._parts = sitemap.Parts(most)
        self._dated: dict[str, tuple[sitemap.Part, datetime | None]] = {}

    def of(self, selection: Selection) -> Iterator[Listing]:
        """OPML, robots.txt, and the sitemap in as many parts as it takes."""
        site, updated = self._site, selection.everything.updated
        yield Listing(opml.PATH, opml.MEDIA_TYPE, (updated,), partial(opml.render, site, selection))
        yield Listing("/robots.txt", "text/plain", (), partial(sitemap.robots, site))
        parts = self._parts.of(selection)
        for part in parts:
            body, facts = partial(sitemap.render, site, part), partial(sitemap.pages, site, part)
            yield Listing(part.path, _XML, (part,), body, facts)
        if len(parts) > 1:
            files = self._files(parts)
            index = partial(sitemap.render_index, files)
            yield Listing(sitemap.PATH, _XML, (files,), index)

    def _files(self, parts: Iterable[sitemap.Part]) -> tuple[sitemap.Place, ...]:
        """The parts, and when each of them last changed: all that the index says."""
        before, self._dated = self._dated, {}
        for part in parts:
            known = before.get(part.path)
            same = known is not None and known[0] == part
            self._dated[part.path] = known if known and same else (part, part.updated)
        return sitemap.files(self._site, ((path, at) for path, (_, at) in self._dated.items()))
