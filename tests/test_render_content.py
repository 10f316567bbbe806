"""What feeds and pages share: content, summaries and URLs."""

from __future__ import annotations

import pytest

from feedsvc.model import Image
from feedsvc.render.content import content_html, summary
from feedsvc.render.urls import (
    ATOM,
    FORMATS,
    JSON,
    RSS,
    absolute,
    archive_path,
    base_path,
    entry_url,
    feed_path,
    feed_url,
    page_path,
    page_url,
    section_url,
)
from tests.factory import entry, site

BASE = "https://press.example.org/esho"
SITE = site(base_url=BASE)


def test_content_is_picture_then_lead_then_body():
    full = entry(lead="a < b", body="*c*", image=Image(url="/i.png", alt='"d"', width=3, height=2))
    assert content_html(full, BASE) == (
        f'<figure><img src="{BASE}/i.png" alt="&quot;d&quot;" width="3" height="2"></figure>\n'
        "<p>a &lt; b</p>\n<p><em>c</em></p>\n"
    )


def test_content_of_an_entry_that_has_none_is_empty():
    assert content_html(entry(lead=None, body=None), BASE) == ""


def test_a_picture_from_an_unsafe_place_is_left_out():
    assert content_html(entry(body=None, image=Image(url="data:x")), BASE) == (
        "<p>What first is about.</p>\n"
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"lead": "The lead <b>", "body": "x"}, "The lead <b>"),
        ({"lead": None, "body": "The *body*."}, "The body."),
        ({"lead": None, "body": "word " * 99}, ("word " * 60).strip()[:-5] + "…"),
        ({"lead": None, "body": "<!-- nothing -->"}, "First"),
        ({"lead": None, "body": None}, "First"),
        ({"lead": None, "body": None, "title": "a\x01b\ud83d"}, "ab"),
    ],
)
def test_summary(facts, expected):
    assert summary(entry(**facts)) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.org/a?b=c#d", "https://x.org/a?b=c#d"),
        ("/a", f"{BASE}/a"),
        ("a/b", f"{BASE}/a/b"),
        ("../a", f"{BASE}/../a"),
        ("//x.org", "https://x.org"),
        ("/ä b", f"{BASE}/%C3%A4%20b"),
        ("/a%2Fb", f"{BASE}/a%2Fb"),
        ('/"<>', f"{BASE}/%22%3C%3E"),
        ("/\ud83d", f"{BASE}/?"),
        ("/javascript:x", f"{BASE}/javascript:x"),
        ("javascript:x", None),
        ("DATA:x", None),
        ("#a", None),
        ("", None),
        (None, None),
    ],
)
def test_absolute(url, expected):
    assert absolute(url, BASE) == expected


def test_3986_3_3_paths_are_percent_encoded():
    named = entry(section="été", slug="a b/c?d#e%")
    assert page_path(named) == "/%C3%A9t%C3%A9/a%20b%2Fc%3Fd%23e%25"
    assert page_url(SITE, named) == BASE + page_path(named)


@pytest.mark.parametrize("link", ["https://x.org/a", None, "javascript:x"])
def test_an_entry_is_at_home_where_it_says(link):
    at_home = entry(link=link)
    expected = link if link and link.startswith("https") else f"{BASE}/news/first"
    assert entry_url(SITE, at_home) == expected


def test_feeds_stand_in_their_section():
    news = SITE.sections[0]
    assert [feed_path(news, kind) for kind in FORMATS] == [
        "/news/rss.xml",
        "/news/atom.xml",
        "/news/feed.json",
    ]
    assert feed_url(SITE, "all", ATOM) == f"{BASE}/all/atom.xml"
    assert section_url(SITE, news) == f"{BASE}/news/"
    assert archive_path(news, 3) == "/news/archive/3/"
    assert [kind.media_type for kind in (RSS, ATOM, JSON)] == [
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
    ]


@pytest.mark.parametrize(
    ("base_url", "path"), [("https://x.org", ""), (BASE, "/esho"), ("https://x.org/a/b", "/a/b")]
)
def test_base_path(base_url, path):
    assert base_path(site(base_url=base_url)) == path
