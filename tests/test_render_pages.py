"""Pages: what a reader finds on them."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from feedsvc.model import Enclosure, Person, Withdrawal
from feedsvc.render.urls import FORMATS
from feedsvc.render.words import words
from tests.pages_reading import (
    NEWS,
    PAGES,
    SELECTION,
    SITE,
    SPEECHES,
    TENDERS,
    article,
    parse,
    text,
)
from tests.pages_sample import (
    PLAIN,
    RICH,
    SPEECH,
    UNTITLED,
    WITHDRAWN,
    make_entry,
    sample,
)

GOLDENS = Path(__file__).parent / "data" / "pages"


# --- goldens: FEEDSVC_WRITE_GOLDENS=1 writes them anew, for a person to read ---


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("home", PAGES.home(SELECTION)),
        ("listing", PAGES.listing(SPEECHES)),
        ("article", PAGES.article(RICH, NEWS.section, UNTITLED, None)),
        ("withdrawn", PAGES.withdrawn(WITHDRAWN)),
    ],
)
def test_golden(name, page):
    golden = GOLDENS / f"{name}.html"
    shown = re.sub(rb"(site|icon)\.[\w-]{12}\.", rb"\1.DIGEST.", page)
    if os.environ.get("FEEDSVC_WRITE_GOLDENS"):
        golden.write_bytes(shown)
    assert shown.decode() == golden.read_text(encoding="utf-8")


# --- what a reader finds ---


def test_home_shows_the_latest_entries_with_their_sections_and_every_sections_feeds():
    tree = parse(PAGES.home(sample(SITE, more=20)))
    assert len(tree.cssselect(".entries li")) == 10
    assert text(tree, ".when span")[:2] == ["News", "الأخبار"]
    shelves = [SITE.everything, *SITE.sections]
    assert text(tree, ".shelves h3") == [section.title for section in shelves]
    assert [a.get("href") for a in tree.cssselect(".feeds a")] == [
        f"/esho/{section.name}/{kind.file}" for section in shelves for kind in FORMATS
    ]


def test_a_listing_shows_each_entry_once_and_says_how_to_subscribe():
    tree = parse(PAGES.listing(NEWS))
    assert text(tree, "h1") == ["News"]
    assert text(tree, ".entries a") == [RICH.title, UNTITLED.lead, PLAIN.title, SPEECH.title]
    assert text(tree, ".entries div > p") == [RICH.lead, PLAIN.markdown, SPEECH.lead]
    assert text(tree, ".when span") == ["Speeches"]
    assert [(a.get("href"), a.get("type")) for a in tree.cssselect(".addresses a")] == [
        (f"/esho/news/{kind.file}", kind.media_type) for kind in FORMATS
    ]
    assert text(tree, ".help") == [words("en").feed_help]


def test_a_listing_links_its_archive_pages():
    tree = parse(PAGES.listing(NEWS, (2, 1)))
    assert [a.get("href") for a in tree.cssselect(".archive a")] == [
        "/esho/news/archive/2/",
        "/esho/news/archive/1/",
    ]
    assert not parse(PAGES.listing(NEWS)).cssselect(".archive")


def test_an_empty_section_says_so():
    assert words("en").empty in text(parse(PAGES.listing(TENDERS)), "main p")


def test_an_article_shows_all_that_its_entry_holds():
    tree = article(RICH, older=UNTITLED)
    assert text(tree, "h1") == [RICH.title]
    assert text(tree, ".lead") == [RICH.lead]
    assert [e.get("datetime") for e in tree.cssselect(".facts time")] == [
        "2026-10-20T14:30:00+02:00",
        "2026-10-19",
        "2026-10-22T09:00:00+02:00",
    ]
    assert text(tree, ".facts dt") == ["Published", "Date of event", "Updated", "By"]
    assert text(tree, ".tags dd") == list(RICH.tags)
    for selector in ("blockquote", "ul ol", "table", "img[alt]", "pre", "sub"):
        assert tree.cssselect(f".prose {selector}"), selector
    assert [e.get("src") for e in tree.cssselect("audio[controls][preload=none]")] == [
        "https://press.example.org/esho/media/statement.mp3"
    ]
    assert text(tree, ".file") == [
        "Download: Statement of the Chief Engineer MP3 · 12.3 MB · 32:46",
        "Download: decision-50-7.pdf PDF · 482 kB",
    ]
    assert [a.get("href") for a in tree.cssselect(".original a")] == [RICH.link]
    assert [a.get("href") for a in tree.cssselect(".back a")] == ["/esho/news/", "/esho/all/"]


def test_an_untitled_article_says_its_lead_once():
    page = PAGES.article(UNTITLED, NEWS.section, None, None)
    assert text(parse(page), "h1") == [UNTITLED.lead]
    assert not parse(page).cssselect(".lead")
    assert parse(page).findtext(".//title").startswith(UNTITLED.title)


def test_older_and_newer():
    tree = article(PLAIN, older=SPEECH, newer=RICH)
    links = {a.get("rel"): a.get("href") for a in tree.cssselect(".beside a")}
    assert links == {"prev": "/esho/speeches/opening", "next": "/esho/news/shore-power"}
    assert not article(PLAIN).cssselect(".beside")


@pytest.mark.parametrize(
    ("facts", "labels"),
    [
        pytest.param({}, [], id="nothing but the publication"),
        pytest.param({"event_date": date(2024, 7, 19)}, [], id="the event on the same day"),
        pytest.param({"event_date": date(2024, 7, 18)}, ["Date of event"], id="the day before"),
        pytest.param({"updated": datetime(2024, 7, 1, tzinfo=UTC)}, [], id="updated before"),
        pytest.param({"updated": datetime(2024, 8, 1, tzinfo=UTC)}, ["Updated"], id="updated"),
        pytest.param({"authors": (Person("A"),)}, ["By"], id="an author"),
    ],
)
def test_facts_appear_where_they_say_something(facts, labels):
    assert text(article(make_entry("x", **facts)), ".facts dt") == ["Published", *labels]


def test_the_event_is_compared_with_the_day_in_the_sites_zone():
    # 22:30 UTC is half past midnight in Vienna: the 21st there
    late = make_entry(
        "x", published=datetime(2026, 10, 20, 22, 30, tzinfo=UTC), event_date=date(2026, 10, 21)
    )
    assert text(article(late), ".facts dt") == ["Published"]


def test_enclosures_get_the_player_that_fits():
    def enclosure(media_type, name):
        return Enclosure(url=f"/{name}", type=media_type, length=0)

    tree = article(
        make_entry(
            "x",
            enclosures=(
                enclosure("audio/ogg", "a"),
                enclosure("video/mp4", "b"),
                enclosure("application/zip", "größe"),
            ),
        )
    )
    assert len(tree.cssselect("audio")) == len(tree.cssselect("video")) == 1
    assert text(tree, ".media li > p:first-child") == ["a", "b", "größe"]
    assert text(tree, ".file")[2] == "Download: größe application/zip"


def test_a_withdrawn_page_says_when_and_why():
    tree = parse(PAGES.withdrawn(WITHDRAWN))
    assert text(tree, ".notice p") == [
        "What was published here was withdrawn on 25 October 2026.",
        "Reason given: The figures were wrong.",
    ]
    assert WITHDRAWN.title not in tree.text_content()
    silent = make_entry("x", withdrawn=Withdrawal(datetime(2026, 10, 25, tzinfo=UTC)))
    assert len(text(parse(PAGES.withdrawn(silent)), ".notice p")) == 1


def test_notices_are_not_indexed_and_lead_on():
    for page in (PAGES.not_found(), PAGES.gone(), PAGES.withdrawn(WITHDRAWN)):
        assert parse(page).cssselect("meta[name=robots][content=noindex]")
        assert "/esho/all/" in [a.get("href") for a in parse(page).cssselect(".back a")]


def test_all_news_has_no_way_back_to_itself():
    tree = parse(PAGES.listing(SELECTION.everything))
    assert text(tree, "h1") == ["All news"]
    assert not tree.cssselect("main .back")
