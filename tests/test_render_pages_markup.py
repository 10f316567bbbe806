"""Pages: what machines find in them, and the files that they load."""

from __future__ import annotations

import json
import re
from datetime import datetime
from itertools import pairwise

import pytest

from feedsvc.render.pages import CSP, Pages
from feedsvc.render.urls import FORMATS, RSS
from tests.pages_reading import (
    NEWS,
    PAGES,
    SELECTION,
    SITE,
    SPEECHES,
    article,
    every_page,
    parse,
)
from tests.pages_sample import (
    PLAIN,
    RICH,
    SPEECH,
    make_site,
)

# --- for machines ---


def test_schema_org_news_article():
    (script,) = article(RICH).cssselect('script[type="application/ld+json"]')
    data = json.loads(script.text)
    assert data == {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": RICH.title,
        "description": RICH.lead,
        "url": RICH.link,
        "mainEntityOfPage": RICH.link,
        "datePublished": "2026-10-20T12:30:00+00:00",
        "dateModified": "2026-10-22T07:00:00+00:00",
        "inLanguage": "en",
        "articleSection": "News",
        "author": [
            {"@type": "Person", "name": "Press office"},
            {"@type": "Person", "name": "Office of the Chief Engineer"},
        ],
        "publisher": {
            "@type": "Organization",
            "name": SITE.title,
            "url": "https://press.example.org/esho/",
        },
        "image": ["https://press.example.org/esho/media/harbour.png"],
        "keywords": list(RICH.tags),
    }


@pytest.mark.parametrize(
    ("entry", "canonical"),
    [(RICH, RICH.link), (PLAIN, "https://press.example.org/esho/news/soundings")],
    ids=["at home elsewhere", "at home here"],
)
def test_canonical_and_open_graph_are_absolute(entry, canonical):
    tree = article(entry)
    (link,) = tree.cssselect("link[rel=canonical]")
    assert link.get("href") == canonical
    graph = {m.get("property"): m.get("content") for m in tree.cssselect("meta[property]")}
    assert graph["og:url"] == canonical
    assert graph["og:type"] == "article"
    assert graph["og:title"] == entry.title
    moment = datetime.fromisoformat(graph["article:published_time"])
    assert moment == entry.published


def test_links_within_the_site_start_with_the_path_of_base_url_and_name_no_host():
    for page in every_page():
        links = {a.get("href") for a in parse(page).cssselect("a, link:not([rel=canonical])")}
        own = {link for link in links if not re.match("https?:|mailto:|#", link)}
        assert own
        assert all(link.startswith("/esho/") for link in own)


def test_pages_link_their_feeds_and_only_those_that_there_are():
    (rss,) = article(PLAIN, pages=Pages(SITE, [RSS])).cssselect("link[rel=alternate]")
    assert rss.get("type") == "application/rss+xml"
    assert rss.get("href") == "/esho/news/rss.xml"
    assert len(article(PLAIN).cssselect("link[rel=alternate]")) == len(FORMATS)


def test_the_menu_marks_where_one_is():
    def current(page):
        return [(a.text, a.get("aria-current")) for a in parse(page).cssselect("[aria-current]")]

    assert current(PAGES.listing(NEWS)) == [("News", "page")]
    assert current(PAGES.article(SPEECH, SPEECHES.section, None, None)) == [("Speeches", "true")]
    assert current(PAGES.home(SELECTION)) == []


def test_every_page_has_one_heading_one_main_and_a_way_past_the_menu():
    for page in every_page():
        tree = parse(page)
        assert len(tree.cssselect("h1")) == len(tree.cssselect("main#main")) == 1
        assert tree.cssselect("body > :first-child")[0].get("href") == "#main"
        levels = [int(heading.tag[1]) for heading in tree.cssselect("h1, h2, h3, h4")]
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_nothing_runs_and_nothing_is_styled_in_place():
    assert "unsafe" not in CSP
    for page in every_page():
        tree = parse(page)
        assert {s.get("type") for s in tree.iter("script")} <= {"application/ld+json"}
        assert not tree.cssselect("style, iframe, object, form")
        assert not [a for e in tree.iter() for a in e.attrib if a == "style" or a.startswith("on")]


# --- the files that pages load ---


def test_assets_are_there_small_and_named_by_their_content():
    assert [asset.media_type for asset in PAGES.assets] == [
        "text/css; charset=utf-8",
        "image/svg+xml",
        "image/vnd.microsoft.icon",
    ]
    assert re.fullmatch(r"/assets/site\.[\w-]{12}\.css", PAGES.stylesheet.path)
    assert PAGES.assets[2].path == "/favicon.ico"
    assert PAGES.assets[2].body.startswith(b"\0\0\1\0")
    assert len(PAGES.stylesheet.body) < 8192
    assert b"/*" not in PAGES.stylesheet.body
    assert f'href="/esho{PAGES.stylesheet.path}"'.encode() in PAGES.not_found()


def test_the_sites_own_icon_comes_first():
    pages = Pages(make_site(icon="/media/icon.png"))
    (icon,) = parse(pages.not_found()).cssselect("link[rel=icon]")
    assert icon.get("href") == "https://press.example.org/esho/media/icon.png"


def test_contrast_of_text_is_at_least_aa():  # WCAG 2.2 §1.4.3
    css = PAGES.stylesheet.body.decode()
    schemes = [dict(re.findall(r"--(\w+):(#\w{3,6})", block)) for block in css.split("@media")[:2]]
    for colours in schemes:
        for ground in ("paper", "tint"):
            for ink in ("ink", "soft", "strong", "link"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(one, other):
    def luminance(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
