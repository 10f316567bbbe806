"""Pages in a reader's language: words, dates, sizes and directions."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.render.pages import Pages
from feedsvc.render.words import _table, iso_text, moment_text, size_text, words
from tests.pages_reading import (
    ACTUALITES,
    AKHBAR,
    PAGES,
    SELECTION,
    SPEECHES,
    article,
    parse,
    text,
)
from tests.pages_sample import (
    ARABIC,
    FRENCH,
    RICH,
    make_entry,
    make_site,
)


def test_a_page_speaks_its_sections_language():
    tree = parse(PAGES.listing(ACTUALITES))
    assert tree.get("lang") == "fr"
    assert words("fr").subscribe in text(tree, "h2")
    assert tree.cssselect("footer")[0].get("lang") == "en"


def test_an_entry_in_another_language_says_so_and_is_dated_in_it():
    tree = article(FRENCH)
    (element,) = tree.cssselect("article")
    assert (tree.get("lang"), element.get("lang")) == ("en", "fr")
    assert text(tree, ".facts") == [
        "Publié le20 août 2026, 16:00 CEST Date de l’événement19 août 2026"
    ]
    assert tree.cssselect(".kicker")[0].get("lang") == "en"
    (listed,) = parse(PAGES.listing(SPEECHES)).cssselect(".entries li[lang=fr]")
    assert text(listed, "time") == ["20 août 2026"]


def test_right_to_left():
    page = parse(PAGES.article(ARABIC, AKHBAR.section, None, None))
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert page.cssselect("header.mast .name")[0].get("dir") == "ltr"
    listed = parse(PAGES.home(SELECTION)).cssselect(".entries li[lang=ar]")
    assert [element.get("dir") for element in listed] == ["rtl"]


def test_a_language_without_words_is_framed_in_the_sections_and_says_so():
    tree = article(make_entry("x", language="he", tags=("א",)))
    assert tree.cssselect("article")[0].attrib == {"lang": "he", "dir": "rtl"}
    (label,) = tree.cssselect(".facts dt")
    assert (label.text, label.get("lang"), label.get("dir")) == ("Published", "en", "ltr")


@pytest.mark.parametrize("language", sorted(_table()))
def test_words_are_complete_in_every_language(language):
    said, english = _table()[language], _table()["en"]
    for name in english.__struct_fields__:
        holes = set(re.findall(r"{\w+}", getattr(english, name)))
        assert set(re.findall(r"{\w+}", getattr(said, name))) == holes, name
        assert getattr(said, name).strip()


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "19 July 2024, 2:30 pm CEST"),
        ("en-US", "July 19, 2024, 2:30 PM CEST"),
        ("de-AT", "19. Juli 2024, 14:30 CEST"),
        ("fr", "19 juillet 2024, 14:30 CEST"),
        ("zh-Hans-CN", "2024年7月19日 14:30 CEST"),
        ("tlh", "19 July 2024, 2:30 pm CEST"),
        ("!", "19 July 2024, 2:30 pm CEST"),
    ],
)
def test_dates_in_the_readers_language(language, shown):
    moment = datetime.fromisoformat("2024-07-19T14:30:00").replace(tzinfo=PAGES._zone)
    assert unicodedata.normalize("NFKC", moment_text(moment, language)) == shown


def test_midnight_means_the_day_alone():
    midnight = datetime(2024, 7, 18, 22, tzinfo=UTC).astimezone(PAGES._zone)
    assert moment_text(midnight, "en") == "19 July 2024"


def test_zones_without_a_name_are_shown_by_their_distance():
    pages = Pages(make_site(timezone="America/Sao_Paulo"))
    assert "9:30 am UTC-03" in text(article(RICH, pages=pages), ".facts")[0].replace("\u202f", " ")


def test_a_moment_is_shown_to_the_second():
    entry = make_entry("x", published=datetime(2024, 7, 19, 12, 30, 5, 999_999, tzinfo=UTC))
    (element,) = article(entry).cssselect(".facts time")
    assert element.get("datetime") == "2024-07-19T14:30:05+02:00"


@given(st.datetimes(timezones=st.timezones()))
def test_machines_read_what_python_writes(moment):
    assert iso_text(moment) == moment.isoformat()


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("1971-06-01T12:00:00", "1971-06-01T12:00:00-00:44:30"),
        ("1973-01-01T12:00:00.000001", "1973-01-01T12:00:00.000001+00:00"),
    ],
)
def test_zones_that_were_seconds_away_from_utc(moment, shown):
    there = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Africa/Monrovia"))
    assert iso_text(there) == shown


@pytest.mark.parametrize(
    ("length", "shown"),
    [(0, ""), (1, "1 byte"), (2345, "2 kB"), (12_345_678, "12.3 MB"), (5 * 10**9, "5 GB")],
)
def test_sizes(length, shown):
    assert size_text(length, "en") == shown
