"""robots.txt and the sitemap: what a search engine finds, and how little an edit changes."""

from itertools import pairwise
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.render import sitemap
from feedsvc.render.lists import Listings
from feedsvc.render.sitemap import MOST, Parts, files, pages, render, render_index
from tests.factory import entry, instant, section, site
from tests.feeds_sample import NOW, SHAPES, SITE, selected

NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
BASE = "https://news.example.org"


def parts(selection, most=MOST):
    return Parts(most).of(selection)


def read(data):
    """Every address with its date, in order."""
    return [
        (place.findtext("s:loc", None, NS), place.findtext("s:lastmod", None, NS))
        for place in ET.fromstring(data)
    ]


def whole(*entries, on=SITE):
    (only,) = parts(selected(*entries, on=on))
    return read(render(on, only))


def test_robots_9309_2_2_everything_may_be_read_and_the_sitemap_is_named():
    robots = RobotFileParser()
    robots.parse(sitemap.robots(SITE).decode().splitlines())
    assert robots.can_fetch("*", f"{BASE}/news/first")
    assert robots.site_maps() == [f"{BASE}/sitemap.xml"]


def test_robots_names_the_sitemap_under_a_prefix():
    there = site(base_url="https://example.org/press")
    assert b"Sitemap: https://example.org/press/sitemap.xml\n" in sitemap.robots(there)


def test_sitemaps_0_9_home_sections_and_articles_with_their_last_revision():
    revised = entry("b", "2024-07-20 09:00", updated=instant("2024-07-21 08:00"))
    assert whole(entry("a"), revised, on=site(section("news"), section("speeches"))) == [
        (f"{BASE}/", "2024-07-21T08:00:00+00:00"),
        (f"{BASE}/all/", "2024-07-21T08:00:00+00:00"),
        (f"{BASE}/news/", "2024-07-21T08:00:00+00:00"),
        (f"{BASE}/speeches/", None),
        (f"{BASE}/news/a", "2024-07-19T12:30:00+00:00"),
        (f"{BASE}/news/b", "2024-07-21T08:00:00+00:00"),
    ]


def test_a_page_whose_canonical_address_is_elsewhere_is_left_out():
    found = {url for url, _ in whole(*SHAPES.values())}
    assert f"{BASE}/news/link-elsewhere" not in found
    assert f"{BASE}/news/long" in found


@pytest.mark.parametrize(
    ("name", "facts", "there"),
    [
        ("embargoed", {"published": "2030-01-01 00:00"}, False),
        ("draft", {"draft": True}, False),
        ("expired", {"expires": instant("2025-01-01 00:00")}, True),
        ("lost", {"section": "retired"}, False),
    ],
)
def test_only_pages_that_are_there_are_listed(name, facts, there):
    found = {url.rpartition("/")[2] for url, _ in whole(entry(name, **facts))}
    assert (name in found) == there


def many(count, year=2024):
    return [entry(f"e{year}-{n:05}", f"{year}-07-19 12:30") for n in range(count)]


def test_sitemaps_0_9_a_part_stays_below_50_000_urls_and_50_mb():
    assert MOST <= 50_000
    assert MOST * (2048 + 100) < 50 * 1024 * 1024


def test_beyond_that_an_index_names_a_part_for_each_year():
    split = parts(selected(*many(3, 2023), *many(2)), most=8)
    assert [part.path for part in split] == [
        "/sitemap-sections.xml",
        "/sitemap-2023.xml",
        "/sitemap-2024.xml",
    ]
    index = render_index(files(SITE, [(part.path, part.updated) for part in split]))
    assert ET.fromstring(index).tag == f"{{{NS['s']}}}sitemapindex"
    assert read(index) == [
        (f"{BASE}/sitemap-sections.xml", "2024-07-19T12:30:00+00:00"),
        (f"{BASE}/sitemap-2023.xml", "2023-07-19T12:30:00+00:00"),
        (f"{BASE}/sitemap-2024.xml", "2024-07-19T12:30:00+00:00"),
    ]


def test_a_year_that_is_too_large_is_split_with_the_newest_last():
    split = parts(selected(*many(7)), most=3)
    assert [(part.path, len(part.articles)) for part in split[1:]] == [
        ("/sitemap-2024.xml", 3),
        ("/sitemap-2024-2.xml", 3),
        ("/sitemap-2024-3.xml", 1),
    ]


def test_an_edit_changes_one_part_and_a_new_entry_the_last_one():
    entries = [*many(4, 2023), *many(4)]
    before = parts(selected(*entries), most=3)
    edited = entry("e2023-00001", "2023-07-19 12:30", updated=instant("2023-08-01 00:00"))
    after = parts(selected(*replaced(entries, edited)), most=3)
    assert changed(before, after) == ["/sitemap-2023.xml"]
    later = parts(selected(*entries, entry("z", "2024-12-01 00:00")), most=3)
    assert changed(before, later) == ["/sitemap-sections.xml", "/sitemap-2024-2.xml"]


def replaced(entries, new):
    return [new if old.id == new.id else old for old in entries]


def changed(before, after):
    """The paths of the parts whose bytes differ."""
    pairs = zip(before, after, strict=True)
    differ = [new.path for old, new in pairs if render(SITE, old) != render(SITE, new)]
    pairs = zip(before, after, strict=True)
    assert differ == [new.path for old, new in pairs if pages(SITE, old) != pages(SITE, new)]
    return differ


@given(st.lists(st.integers(2019, 2025), max_size=20), st.integers(1, 30))
def test_every_page_stands_in_one_part_and_no_part_is_too_large(years, most):
    entries = [entry(f"e{n}", f"{year}-01-01 00:00") for n, year in enumerate(years)]
    split = parts(selected(*entries), most)
    urls = [url for part in split for url, _ in read(render(SITE, part))]
    assert len(urls) == len(set(urls)) == len(entries) + len(SITE.sections) + 2
    assert all(len(part.articles) <= most for part in split)
    names = [part.path for part in split]
    assert len(names) == len(set(names))
    dates = [e.published for part in split for e in part.articles]
    assert all(one <= two <= NOW for one, two in pairwise(dates))


@given(st.randoms())
def test_the_order_of_the_source_never_changes_bytes(random):
    entries = many(9)
    shuffled = random.sample(entries, len(entries))
    assert parts(selected(*entries), 4) == parts(selected(*shuffled), 4)


def made(listings, selection):
    """What the documents say, by path, and what they say it of."""
    return {
        one.path: (one.body(), one.facts() if one.facts else one.inputs)
        for one in listings.of(selection)
    }


YEARS = st.lists(st.tuples(st.integers(2020, 2025), st.integers(1, 9)), max_size=9)


@given(st.lists(YEARS, max_size=5))
def test_what_was_listed_before_changes_no_byte(looks):
    """The index remembers when each part changed last; equal facts, equal bytes."""
    listings, facts = Listings(SITE, 6), {}  # so that a few entries take an index
    for look in looks:
        shown = selected(*(entry(f"e{day}", f"{year}-01-0{day}") for year, day in look))
        found = made(listings, shown)
        assert found == made(Listings(SITE, 6), shown)
        for path, (body, what) in found.items():
            assert facts.setdefault((path, what), body) == body


def test_a_year_without_change_is_not_compared_entry_by_entry():
    split, shown = Parts(3), selected(*many(7, 2023), *many(7))
    before, after = split.of(shown), split.of(shown)
    assert all(one is other for one, other in zip(before[1:], after[1:], strict=True))
