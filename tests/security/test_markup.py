"""Hostile text in every field, read with an HTML5 parser as readers and browsers read it.

Sanitising alone is judged here, without the help of a Content-Security-Policy.
"""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from feedsvc.archives import Page
from feedsvc.model import Enclosure, Image, Person, Withdrawal
from feedsvc.render.feeds import Feeds
from feedsvc.render.jsonfeed import JsonFeeds
from feedsvc.render.markdown import legal, to_html
from feedsvc.render.pages import Pages
from feedsvc.render.urls import ATOM, RSS
from tests.factory import entry, section, site
from tests.pages_reading import NEWS, PAGES
from tests.pages_sample import make_entry, make_site, sample
from tests.security.markup import CONTENT, faults, leads_to_the_web, of_pages
from tests.security.payloads import ALL, EMBEDDED, HANDLERS, LINKS, MUTATIONS, SCRIPTS, SVG

BASE = "https://news.example.org"
CONTENT_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM_NS = "{http://www.w3.org/2005/Atom}"


def number(payload):
    return f"{ALL.index(payload):03}"


def test_the_parser_sees_what_the_attacks_are():
    """Unsanitised, nearly all of them are faults: so the tests below can fail."""
    harmful = [
        payload for payload in SCRIPTS + HANDLERS + EMBEDDED + SVG if faults(payload, CONTENT)
    ]
    assert len(harmful) > 75
    for address in ("javascript:x", " java\nscript:x", "\x01JAVASCRIPT:x", "data:,x", "vbscript:x"):
        assert not leads_to_the_web(address)
    for address in ("https://x/", "/x", "x", "mailto:x", "#x", "//x/", "./javascript:x"):
        assert leads_to_the_web(address)


@pytest.mark.parametrize("payload", ALL, ids=number)
def test_a_body_is_clean(payload):
    for text in (
        payload,
        f"- {payload}\n> {payload}\n\n**{payload}**",
        f"# {payload}\n\n{payload}",
    ):
        html = to_html(text, BASE)
        assert faults(html, CONTENT) == []
        # What is parsed, written and parsed again is the same: nothing mutates.
        assert faults(f"<div>{html}</div>", CONTENT) == []


def nasty(payload, **facts):
    """An entry with it in every field that takes text or an address."""
    defaults = {
        "title": payload,
        "lead": payload,
        "body": payload,
        "tags": (payload,),
        "link": payload,
        "authors": (Person(payload, payload, payload),),
        "image": Image(url=payload, alt=payload),
        "enclosures": (Enclosure(url=payload, type=payload, length=1, title=payload),),
    }
    return defaults | facts


@pytest.mark.parametrize("payload", ALL, ids=number)
def test_a_page_is_clean(payload):
    one = make_entry("x", **nasty(payload))
    for page in (
        PAGES.article(one, NEWS.section, one, one),
        PAGES.withdrawn(
            make_entry("x", withdrawn=Withdrawal(datetime(2026, 10, 25, tzinfo=UTC), payload))
        ),
    ):
        assert faults(page.decode("utf-8"), of_pages()) == []


@pytest.mark.parametrize("payload", ALL[::7], ids=number)
def test_pages_of_a_site_that_is_hostile_itself_are_clean(payload):
    author = Person(payload, payload, payload)
    made = make_site(title=payload, subtitle=payload, rights=payload, author=author)
    pages, selection = Pages(made), sample(made)
    for page in (
        pages.home(selection),
        pages.listing(selection.everything),
        pages.not_found(),
        pages.gone(),
    ):
        assert faults(page.decode("utf-8"), of_pages()) == []


def contents(payload):
    """The HTML that readers take out of each feed."""
    payload = legal(payload)  # the source lets no other character in
    made = site(title=payload, subtitle=payload, rights=payload)
    shown = section("news", title=payload, description=payload)
    one = entry(**nasty(payload))
    feeds = {
        kind: Feeds(made).render(kind, shown, Page(0, (one,), (), 0)).body for kind in (RSS, ATOM)
    }
    rss, atom = etree.fromstring(feeds[RSS]), etree.fromstring(feeds[ATOM])
    yield from (node.text or "" for node in rss.iter(CONTENT_ENCODED))
    for node in atom.iter(f"{ATOM_NS}content", f"{ATOM_NS}summary", f"{ATOM_NS}title"):
        if node.get("type") == "html":
            yield node.text or ""
    made_json = JsonFeeds(made).render(shown, Page(0, (one,), (), 0))
    yield from (item.get("content_html", "") for item in json.loads(made_json)["items"])


@pytest.mark.parametrize("payload", ALL, ids=number)
def test_what_feeds_give_readers_is_clean(payload):
    found = list(contents(payload))
    assert len(found) >= 3
    for html in found:
        assert faults(html, CONTENT) == []


PIECES = st.sampled_from(
    [
        *(
            "<",
            ">",
            "</",
            "/>",
            "<!--",
            "-->",
            "--!>",
            "<![CDATA[",
            "]]>",
            "<?",
            "&",
            ";",
            "&#",
            '"',
        ),
        *("'", "`", "=", "\n", "\t", "\x00", "\x0c", " ", "javascript:", "data:", "href=", "src="),
        *("onerror=", "style=", "<svg", "<math", "<style>", "<p title=", "<img ", "<a ", "<table>"),
        *(
            "<td>",
            "<noscript>",
            "<template>",
            "<select>",
            "<mglyph>",
            "<mtext>",
            "<title>",
            "<xmp>",
        ),
        *("</style>", "</svg>", "</p>", "[x](", ")", "```", "| a |\n| - |\n", "> ", "- ", "    "),
    ]
)
SOUP = st.lists(PIECES | st.text(max_size=3), max_size=24).map("".join)


@given(SOUP)
@example('<svg><p><style><g title="</style><img src=x onerror=PWN(1)>">')
def test_any_soup_of_tags_is_clean(text):
    html = to_html(text, BASE)
    assert faults(html, CONTENT) == []
    assert faults(f"<div>{html}</div>", CONTENT) == []


@given(SOUP, st.sampled_from(LINKS + MUTATIONS))
def test_any_soup_around_an_attack_is_clean(text, payload):
    one = make_entry("x", **nasty(text + payload))
    assert faults(PAGES.article(one, NEWS.section, one, one).decode("utf-8"), of_pages()) == []
