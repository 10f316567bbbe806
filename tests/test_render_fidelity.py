"""Any text that an admin may type comes out of every reader as it went in, in every format.

The npm rss-parser reads the same texts in tests/system/test_formats.py.
"""

import html

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.model import Person
from feedsvc.render.urls import ATOM, RSS
from tests.factory import entry
from tests.feeds_sample import feed
from tests.typed import CHANGED, LINES, NASTY, READERS, Read, guessed, read_by, seems_html, typed


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_source_takes_it_as_it_is(text):
    (found,) = typed([text])
    assert (found.title, found.lead, found.tags) == (text, text, (text,))
    assert found.authors == (Person(text),)


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_what_no_feed_can_carry_is_gone_before_it_comes_here(before, after):
    (found,) = typed([before])
    assert (found.title, found.tags, found.authors) == (after, (after,), (Person(after),))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_nasty_text_comes_out_as_it_went_in(text, reader):
    (read,) = read_by(reader, [text])
    if reader == "feedparser-rss" and text == NASTY["tags"]:
        read = read._replace(title=html.unescape(read.title))  # see the guesses below
    assert read == Read(text, text, [text], [text])


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=15, deadline=None)
@given(texts=st.lists(LINES, min_size=1, max_size=20, unique=True))
def test_any_text_comes_out_as_it_went_in(texts, reader):
    if reader.startswith("feedparser"):
        texts = [text for text in texts if not guessed(text) and not seems_html(text)]
    expected = [Read(text, text, [text], [text]) for text in texts]
    assert read_by(reader, texts) == expected


# Where feedparser knows better than the feed. Nothing that a feed may hold would stop it.


@pytest.mark.parametrize(
    ("typed_title", "kind", "found", "type_"),
    [
        # It takes an RSS title with a closing tag or an entity for HTML, since RSS cannot say.
        pytest.param(
            "AT&T <b>bold</b>", RSS, "AT&amp;T <b>bold</b>", "text/html", id="rss-title-like-html"
        ),
        pytest.param("AT&T <b>bold</b>", ATOM, "AT&T <b>bold</b>", "text/plain", id="not-in-atom"),
        # It takes Latin-1 that would make sense as UTF-8 for a mistake, and mends it.
        pytest.param("Ã©", RSS, "é", "text/plain", id="like-mojibake-in-rss"),
        pytest.param("Ã©", ATOM, "é", "text/plain", id="like-mojibake-in-atom"),
        pytest.param("Ã© €", ATOM, "Ã© €", "text/plain", id="not-beside-other-letters"),
    ],
)
def test_where_feedparser_guesses(typed_title, kind, found, type_):
    (read,) = feedparser.parse(feed(kind, entry(title=typed_title)).body).entries
    assert (read.title, read.title_detail.type) == (found, type_)


@pytest.mark.parametrize("kind", [RSS, ATOM], ids=lambda kind: kind.name)
def test_nel_is_a_line_break_which_readers_would_take_for_an_ellipsis(kind):
    # Unicode §5.8: U+0085 is a new line. feedparser and HTML read it as Windows-1252: "…".
    (read,) = feedparser.parse(feed(kind, entry(lead="one\x85two")).body).entries
    assert read.summary == "one\ntwo"


@pytest.mark.parametrize(
    "name", ["Name (Desk)", "A <B>", "R&D", "a@example.org", r"C:\D", "&lt;&gt;", "()"]
)
def test_a_name_that_no_rss_author_can_carry_stands_in_dc_creator(name):
    source = entry(authors=(Person(name, "press@example.org"),))
    (read,) = feedparser.parse(feed(RSS, source).body).entries
    assert read.author == name


@pytest.mark.parametrize("name", ["Ann O’Neil-Smith, PhD", 'Jo "Jay" Doe', "李雷", "x: y; z"])
def test_any_other_name_stands_in_author_with_the_address(name):
    source = entry(authors=(Person(name, "press@example.org"),))
    (read,) = feedparser.parse(feed(RSS, source).body).entries
    assert read.author_detail == {"name": name, "email": "press@example.org"}
