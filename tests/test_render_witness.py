"""Feeds are byte for byte what feedgen and lxml would have written, whatever entries say."""

import json
import sys
from datetime import UTC, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.archives import Page, Tombstone
from feedsvc.errors import RenderError
from feedsvc.model import Caching, Enclosure, Image, Person, Podcast
from feedsvc.render.feeds import Feeds
from feedsvc.render.jsonfeed import JsonFeeds
from feedsvc.render.markdown import legal
from feedsvc.render.urls import ATOM, RSS
from tests import feedgen_witness as witness
from tests.factory import entry, instant, section, site
from tests.feeds_sample import PODCAST, SHAPES, SITE

XML = (RSS, ATOM)
#: XML 1.0 §2.2, Char: the codes of all there are.
CODES = [9, 10, 13, *range(32, 0xD800), *range(0xE000, 0xFFFE), *range(0x10000, 0x110000)]
ALL = "".join(map(chr, CODES))
MARKUP = ["]]>", "&amp;", "</title>", "<title>", "<b>", "*a*", "# h\n\n", "\n\n> q\n\n", "data:"]
AWKWARD = st.sampled_from([*"&<>\"'\t\n\r ;#/\\()@.,\x7f\x85\xa0é\u2028한\ufffd😀", *MARKUP])
TEXT = st.lists(AWKWARD | st.sampled_from(CODES).map(chr), min_size=1, max_size=8).map("".join)
ADDRESS = TEXT | st.sampled_from(["/a.jpg", "https://e.example/a.png", "https://e.example/?a&b"])
INSTANT = st.datetimes(
    min_value=instant("1000-01-02 00:00").replace(tzinfo=None),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)
NUMBER = st.none() | st.integers(0, 10**12)
PEOPLE = st.builds(Person, TEXT, st.none() | TEXT, st.none() | TEXT)
ENTRY = st.builds(
    entry,
    st.text("abc", min_size=1, max_size=3),
    INSTANT,
    iri=TEXT,
    section=st.sampled_from(["news", "listen", "retired"]),
    title=TEXT,
    updated=st.none() | INSTANT,
    lead=st.none() | TEXT,
    body=st.none() | TEXT.map(str.encode),
    link=st.none() | ADDRESS,
    authors=st.lists(PEOPLE, max_size=2).map(tuple),
    tags=st.lists(TEXT | st.just(""), max_size=3).map(tuple),
    language=st.none() | TEXT,
    image=st.none()
    | st.builds(
        Image,
        url=ADDRESS,
        alt=TEXT,
        type=st.none() | TEXT,
        width=NUMBER,
        height=NUMBER,
        length=NUMBER,
    ),
    enclosures=st.lists(
        st.builds(
            Enclosure,
            url=TEXT,
            type=TEXT | st.sampled_from(["audio/mpeg", "video/x", "application/pdf"]),
            length=st.integers(0, 10**12),
            title=st.none() | st.just("") | TEXT,
            duration=NUMBER,
        ),
        max_size=3,
    ).map(tuple),
)
STONE = st.builds(Tombstone, TEXT, INSTANT, st.none() | TEXT)
PAGE = st.builds(
    Page,
    st.integers(0, 12),
    st.lists(ENTRY, max_size=3).map(tuple),
    st.lists(STONE, max_size=2).map(tuple),
    st.integers(0, 12),
)
SECTION = st.builds(
    section,
    st.sampled_from(["news", "listen"]),
    title=TEXT,
    description=TEXT,
    language=st.sampled_from(["en", "de"]) | TEXT,
    author=PEOPLE,
    content=st.sampled_from(["full", "summary"]),
    caching=st.builds(Caching, st.integers(1, 10**7)),
    podcast=st.none()
    | st.just(PODCAST)
    | st.just(Podcast(category="News", image="https://e.example/a.png", explicit=True)),
)
FACTS = st.fixed_dictionaries(
    {"title": TEXT, "base_url": st.sampled_from(["https://e.example", 'http://e/"&<\t'])},
    optional={"rights": TEXT, "icon": TEXT, "logo": TEXT, "hubs": st.lists(TEXT).map(tuple)},
)


@given(SECTION, FACTS, st.lists(PAGE, min_size=1, max_size=4))
def test_any_feed_is_what_feedgen_and_lxml_would_have_written(shown, facts, pages):
    on = site(shown, **facts)
    feeds = Feeds(on)  # that it has rendered other pages must not be seen
    for page in pages:
        for kind in XML:
            assert feeds.render(kind, shown, page).body == witness.feed(kind, on, shown, page)


@pytest.mark.parametrize("name", [s.name for s in (SITE.everything, *SITE.sections)])
@pytest.mark.parametrize("kind", XML, ids=lambda kind: kind.name)
def test_every_shape_of_entry_is(kind, name):
    page = Page(0, tuple(SHAPES.values()), (), 0)
    shown = SITE.section(name)
    assert Feeds(SITE).render(kind, shown, page).body == witness.feed(kind, SITE, shown, page)


@pytest.mark.parametrize("kind", XML, ids=lambda kind: kind.name)
def test_every_character_is_in_text_and_in_attributes(kind):
    enclosures = (Enclosure(url=ALL, type="audio/mpeg", length=1, title=ALL),)
    full = entry(title=ALL, lead=ALL, tags=(ALL,), enclosures=enclosures)
    page = Page(0, (full,), (), 0)
    found = Feeds(SITE).render(kind, SITE.sections[0], page).body
    same = found == witness.feed(kind, SITE, SITE.sections[0], page)
    assert same  # and not said where: that takes minutes


@pytest.mark.parametrize("kind", XML, ids=lambda kind: kind.name)
@pytest.mark.parametrize("field", ["title", "iri", "tags"])
def test_what_no_xml_document_can_hold_is_refused_as_lxml_refuses_it(kind, field):
    for bad in map(chr, {*range(32), 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFE, 0xFFFF} - {*CODES}):
        text = f"a{bad}b"
        source = entry("x", **{field: (text,) if field == "tags" else text})
        page = Page(0, (source,), (), 0)
        with pytest.raises(ValueError):
            witness.feed(kind, SITE, SITE.sections[0], page)
        with pytest.raises(RenderError, match="news: entry 'x': "):
            Feeds(SITE).render(kind, SITE.sections[0], page)


def test_legal_text_is_what_xml_can_hold():
    same = "".join(map(legal, map(chr, range(sys.maxunicode + 1)))) == ALL.replace("\x85", "\n")
    assert same


@given(SECTION, FACTS, PAGE)
def test_json_is_put_together_as_it_would_be_indented_as_a_whole(shown, facts, page):
    body = JsonFeeds(site(shown, **facts)).render(shown, page)
    assert body == msgspec.json.format(body, indent=2) + b"\n"
    assert json.loads(body, object_pairs_hook=known)


def known(pairs):
    """An object of JSON Feed: what is not known is left out, but items are always there."""
    assert [pair for pair in pairs if pair[1] in (None, "", []) and pair != ("items", [])] == []
    return dict(pairs)


@given(SECTION, ENTRY, ENTRY)
def test_the_size_of_an_entry_is_what_it_takes_in_the_feed(shown, one, two):
    feeds, made = Feeds(site(shown)), JsonFeeds(site(shown))
    less, more = Page(0, (one,), (), 0), Page(0, (one, two), (), 0)
    for kind in XML:
        spans = feeds.render(kind, shown, more).spans
        assert [s.length for s in spans] == [feeds.size(kind, shown, e) for e in (one, two)]
    grown = len(made.render(shown, more)) - len(made.render(shown, less))
    assert grown == made.size(shown, two)
