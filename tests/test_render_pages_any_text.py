"""Pages: no text breaks them, and they are the same everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model import Enclosure, Image, Person, Withdrawal
from feedsvc.render.markdown import legal
from tests.pages_reading import (
    NEWS,
    PAGES,
    article,
    parse,
    text,
)
from tests.pages_sample import (
    make_entry,
)

# --- any text ---

PIECES = st.sampled_from(
    [
        *("</title>", "</script>", "<script>alert(1)</script>", "<!--", "-->", '"', "'", "&amp;"),
        *('" onload="alert(1)', "<b>", "{{ 1 }}", "{% x %}", "\u202e", "👩‍🚀", "e\u0301", "\x01"),
        *("\ud83d", "\ufffe", "\u2028", "]]>", "javascript:alert(1)", "{section}", "\\u003c"),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=9), min_size=1, max_size=6).map("".join)


class Outline(HTMLParser):
    """Every element and attribute as a browser's tokenizer meets them."""

    def __init__(self, page):
        super().__init__()
        self.scripts = []
        self.attributes = []
        self.feed(page.decode("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.attributes.extend(attrs)
        if tag in {"script", "iframe", "style", "object", "form", "base"}:
            self.scripts.append((tag, dict(attrs).get("type")))


@given(TEXTS, TEXTS, TEXTS)
def test_no_text_breaks_out(one, two, three):
    entry = make_entry(
        "x",
        title=one,
        lead=two,
        body=three,
        tags=(one,),
        link=two,
        authors=(Person(one, two, three),),
        image=Image(url=three, alt=one),
        enclosures=(Enclosure(url=two, type=three, length=1, title=one),),
    )
    page = PAGES.article(entry, NEWS.section, entry, entry)
    found = Outline(page)
    assert found.scripts == [("script", "application/ld+json")]
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert not (name in {"href", "src"} and (value or "").lower().startswith("javascript"))
    assert not set(page) & {*range(9), 11, 12, *range(14, 32)}
    tree = parse(page)
    data = json.loads(tree.cssselect("script")[0].text)
    assert legal(data["headline"]) == legal(one)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_text_comes_out_as_it_went_in(typed):
    tree = article(make_entry("x", title=typed, lead=typed, tags=(typed,)))
    assert text(tree, "h1") == text(tree, ".lead") == text(tree, ".tags dd") == [typed]
    assert tree.cssselect('meta[property="og:title"]')[0].get("content") == typed


def test_a_reason_is_text_and_no_format():
    told = Withdrawal(datetime(2026, 10, 25, tzinfo=UTC), "{reason} <b> {0}")
    page = PAGES.withdrawn(make_entry("x", withdrawn=told))
    assert text(parse(page), ".notice p")[1] == "Reason given: {reason} <b> {0}"


# --- the same everywhere ---


def test_the_same_input_gives_the_same_bytes_whatever_the_host_thinks():
    script = (
        "import hashlib; from tests.pages_reading import every_page;"
        "print(hashlib.sha256(b''.join(every_page())).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"LC_ALL": locale, "TZ": zone, "PYTHONHASHSEED": seed, "LANG": locale},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            check=True,
        ).stdout
        for locale, zone, seed in (("C", "UTC", "1"), ("de_DE.UTF-8", "Asia/Tokyo", "2"))
    }
    assert len(said) == 1
