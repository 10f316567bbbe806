"""Documents that list others: feeds for readers to import, pages for search engines to find.

In: the site and what it shows. Out: their paths, types and what they depend on, and how to make
them. Knows no store, no clock and no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from feedsvc.model import Site
from feedsvc.render import opml, sitemap
from feedsvc.sections import Selection

_XML = "application/xml"


class Listing(NamedTuple):
    """One such document; equal ``inputs`` give equal bytes."""

    path: str
    media_type: str
    inputs: tuple[Any, ...]
    body: Callable[[], bytes]


def listings(site: Site, selection: Selection) -> Iterator[Listing]:
    """OPML, robots.txt, and the sitemap in as many parts as it takes."""
    updated = selection.everything.updated
    yield Listing(opml.PATH, opml.MEDIA_TYPE, (updated,), partial(opml.render, site, selection))
    yield Listing("/robots.txt", "text/plain", (), partial(sitemap.robots, site))
    parts = sitemap.parts(site, selection)
    for part in parts:
        yield Listing(
            part.path, _XML, (sitemap.pages(site, part),), partial(sitemap.render, site, part)
        )
    if len(parts) > 1:
        index = partial(sitemap.render_index, site, parts)
        yield Listing(sitemap.PATH, _XML, (sitemap.files(site, parts),), index)
