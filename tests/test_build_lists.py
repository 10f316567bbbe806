"""Documents that list others, built from YAML: their place, their type, and what changes them."""

from xml.etree import ElementTree as ET

import pytest

from tests.sitedir import SiteDir

CONFIG = """\
title: Office of Tides
base_url: https://example.org/press
tag: news.example.org,2024
caching: {max_age: 10m}
sections:
  news:
  listen: {podcast: {category: News, image: /cover.jpg}}
"""
LISTS = {
    "/feeds.opml": "text/x-opml; charset=utf-8",
    "/sitemap.xml": "application/xml; charset=utf-8",
    "/robots.txt": "text/plain; charset=utf-8",
}


@pytest.fixture
def site(tmp_path):
    site = SiteDir(tmp_path, CONFIG)
    site.entries("feeds/news/a.yaml", "id: a, published: 2024-07-01, title: A")
    site.entries(
        "feeds/listen/b.yaml",
        "id: b, published: 2024-07-02, title: B, enclosures: [{url: /b.mp3, type: audio/mpeg,"
        " length: 5, duration: '1:05'}]",
    )
    site.build()
    return site


@pytest.mark.parametrize(("path", "media_type"), LISTS.items())
def test_each_has_its_type_and_is_cached_as_the_site_is(site, path, media_type):
    found = site.found(path)
    assert (found.media_type, found.max_age) == (media_type, 600)
    assert b"https://example.org/press" in site.body(path)


def test_every_address_that_they_name_is_a_document(site):
    opml = ET.fromstring(site.body("/feeds.opml")).iterfind(".//outline[@xmlUrl]")
    named = [url for outline in opml for url in (outline.get("xmlUrl"), outline.get("htmlUrl"))]
    named += [loc.text for loc in ET.fromstring(site.body("/sitemap.xml")).iterfind(".//{*}loc")]
    assert len(named) == 12
    assert all(site.found(url.removeprefix("https://example.org/press")) for url in named)


def test_the_home_page_leads_to_the_opml(site):
    assert b'href="/press/feeds.opml" type="text/x-opml"' in site.body("/")


def test_a_minor_edit_changes_none_of_them(site):
    site.entries("feeds/news/a.yaml", "id: a, published: 2024-07-01, title: A small change")
    outcome = site.build("2024-08-02 12:00")
    assert "/news/a" in outcome.changed
    assert not LISTS.keys() & set(outcome.changed)


def test_a_new_entry_changes_sitemap_and_date_but_not_robots(site):
    site.entries("feeds/news/c.yaml", "id: c, published: 2024-07-03, title: C")
    changed = set(site.build("2024-08-02 12:00").changed)
    assert LISTS.keys() & changed == {"/feeds.opml", "/sitemap.xml"}


def test_a_withdrawn_entry_leaves_the_sitemap(site):
    site.entries(
        "feeds/news/a.yaml", "id: a, published: 2024-07-01, title: A, withdrawn: {at: 2024-07-20}"
    )
    site.build("2024-08-02 12:00")
    assert b"/news/a<" not in site.body("/sitemap.xml")


def test_a_section_with_recordings_is_a_podcast(site):
    rss = site.body("/listen/rss.xml")
    assert b'<itunes:image href="https://example.org/cover.jpg"/>' in rss
    assert b"<itunes:duration>65</itunes:duration>" in rss
    assert b"itunes" not in site.body("/all/rss.xml")
