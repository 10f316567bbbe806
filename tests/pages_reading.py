"""Pages of the sample site, rendered and read again: what the tests of pages share."""

from __future__ import annotations

import lxml.html

from feedsvc.render.pages import Pages
from tests.pages_sample import (
    ARABIC,
    FRENCH,
    PLAIN,
    RICH,
    SPEECH,
    UNTITLED,
    WITHDRAWN,
    make_site,
    sample,
)

SITE = make_site()
PAGES = Pages(SITE)
SELECTION = sample(SITE)
NEWS, SPEECHES, ACTUALITES, AKHBAR, TENDERS = SELECTION.sections


def article(entry, older=None, newer=None, pages=PAGES):
    return parse(pages.article(entry, SITE.section(entry.section), older, newer))


def parse(page):
    return lxml.html.document_fromstring(page.decode("utf-8"))


def text(tree, selector):
    """The text of the elements that the selector finds, white space collapsed."""
    return [" ".join(found.text_content().split()) for found in tree.cssselect(selector)]


def every_page():
    yield PAGES.home(SELECTION)
    yield from (PAGES.listing(shown, (2, 1)) for shown in SELECTION.sections)
    yield PAGES.listing(SELECTION.everything)
    for entry in (RICH, UNTITLED, PLAIN, SPEECH, FRENCH, ARABIC):
        yield PAGES.article(entry, SITE.section(entry.section), PLAIN, RICH)
    yield from (PAGES.withdrawn(WITHDRAWN), PAGES.not_found(), PAGES.gone())
