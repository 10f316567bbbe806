"""Text as admins type it, and how it comes out of readers: for the tests of fidelity.

Each text is typed into a YAML file, read by ``source``, published in every format and read again.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import feedparser
from hypothesis import strategies as st
from lxml import etree

from feedsvc.model import Entry
from feedsvc.render.urls import ATOM, JSON, RSS, Format
from tests import reading
from tests.factory import TAG
from tests.feeds_sample import feed

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
}

#: Texts that some publisher or reader got wrong, by what is nasty about them.
NASTY = {
    "tags": "AT&T <b>bold</b>",
    "unclosed tags": "a <b and c> d </",
    "script": "<script>alert(1)</script>",
    "comment": "a <!-- b --> c",
    "cdata": "<![CDATA[ a ]]>",
    "end of cdata": "]]> and ]]&gt;",
    "instruction": "<?xml version='1.0'?>",
    "entity": "&amp; &lt;b&gt; &nbsp; &copy;",
    "reference": "&#x26; &#38; &#60;b&#62;",
    "unfinished entity": "R&D & AT&T; &",
    "quotes": "\"double\" 'single' “curly” «guillemets» `tick`",
    "backslashes": r"C:\temp\n \u0041 \\",
    "templates": "{{ 7*7 }} {% x %} ${y} %s %(z)s",
    "markdown": "*stars* _lines_ [link](https://example.org) # 1",
    "bidi": "abc \u202eעברית\u202c \u2067عربي\u2069 \u200fdef",
    "combining marks": "e\u0301 n\u0303 \u1100\u1161 ก็ Z͑ͫ̓ͪ̂ͫ",
    "composed": "é ñ 가 Å K",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇦🇹 1️⃣",
    "scripts without spaces": "한국어 中文、日本語。ไทย",
    "spaces within": "a  b\tc\u00a0d\u2003e\u3000f",
    "invisible": "a\u200bb\u00adc\u2060d",
    "beyond the BMP": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𓀀 𠜎 \U0010fffd",
    "private use": "\ue000 \uf8ff",
    "numbers": "1e3 0x1F 012 12:30",
    "yes": "no",
    "null": "null",
    "key": "a: b # c",
    "address": "https://example.org/?a=1&b=2&copy=3#x",
    "long": "A title that does not end. " * 700 + "End",
}

#: Texts that become something else on the way, and what.
CHANGED = {
    "spaces around": ("  a b \t", "a b"),
    "lines": ("a\nb\r\nc", "a b c"),
    "other line breaks": ("a\u2028b\x85c", "a b c"),
    "byte order mark": ("\ufeffa\ufeffb", "ab"),
    "controls": ("a\x00b\x0bc\x1fd\x7fe", "abcde"),
    "C1 controls": ("a\x80b\x9fc", "abc"),
    "noncharacters": ("a\ufffeb\uffffc", "abc"),
}


def _one_line(text: str) -> str:
    return re.sub("\\s*[\n\r\x85\u2028\u2029]\\s*", " ", text).strip()


#: Any text that is kept as it is: no controls, no line breaks, no blanks around it.
LINES = (
    st.text(
        st.one_of(
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"),
            st.sampled_from("<>&;#/!-[]\"'\t xab"),
        ),
        min_size=1,
        max_size=40,
    )
    .map(_one_line)
    .filter(bool)
)


class Read(NamedTuple):
    """What a reader shows of an entry."""

    title: str
    summary: str
    authors: list[str]
    tags: list[str]


def typed(texts: Sequence[str]) -> tuple[Entry, ...]:
    """Entries with each text as title, lead, author and tag, from a file that an admin saves."""
    entries = [
        {
            "id": f"e{number}",
            "published": "2024-07-19",
            "title": text,
            "lead": text,
            "authors": [{"name": text}],
            "tags": [text],
        }
        for number, text in enumerate(texts)
    ]
    parsed = reading.parse(json.dumps(entries, ensure_ascii=False))
    assert [p for p in parsed.problems if p.severity == "error"] == []
    return tuple(parsed.entries)


def _lxml_atom(body: bytes) -> dict[str, Read]:
    return {
        entry.findtext("a:id", None, NS): Read(
            entry.findtext("a:title", None, NS),
            entry.findtext("a:summary", None, NS),
            entry.xpath("a:author/a:name/text()", namespaces=NS),
            entry.xpath("a:category/@term", namespaces=NS),
        )
        for entry in etree.fromstring(body).findall("a:entry", NS)
    }


def _lxml_rss(body: bytes) -> dict[str, Read]:
    return {
        item.findtext("guid"): Read(
            item.findtext("title"),
            html.unescape(item.findtext("description")),
            item.xpath("dc:creator/text()", namespaces=NS),
            item.xpath("category/text()"),
        )
        for item in etree.fromstring(body).iterfind("channel/item")
    }


def _feedparser(body: bytes) -> dict[str, Read]:
    parsed = feedparser.parse(body)
    assert not parsed.bozo, parsed.bozo_exception
    rss = parsed.version.startswith("rss")
    return {
        entry.id: Read(
            entry.title,
            html.unescape(entry.summary) if rss else entry.summary,
            [author.get("name", "") for author in entry.authors],
            [tag.term for tag in entry.tags],
        )
        for entry in parsed.entries
    }


def _json(body: bytes) -> dict[str, Read]:
    return {
        item["id"]: Read(
            item["title"], item["summary"], [a["name"] for a in item["authors"]], item["tags"]
        )
        for item in json.loads(body)["items"]
    }


#: Every reader in this process, by name: the format that it reads and how.
READERS: dict[str, tuple[Format, Callable[[bytes], dict[str, Read]]]] = {
    "lxml-atom": (ATOM, _lxml_atom),
    "lxml-rss": (RSS, _lxml_rss),
    "feedparser-atom": (ATOM, _feedparser),
    "feedparser-rss": (RSS, _feedparser),
    "json": (JSON, _json),
}


def read_by(reader: str, texts: Sequence[str]) -> list[Read]:
    """What the reader shows of each text, in the order in which they were typed."""
    kind, read = READERS[reader]
    return in_order(read(feed(kind, *typed(texts)).body), len(texts))


def in_order(found: Mapping[str, Read], count: int) -> list[Read]:
    """Entries by the number in their id."""
    return [found[f"tag:{TAG}:e{number}"] for number in range(count)]


def guessed(text: str) -> bool:
    """Whether feedparser takes it for UTF-8 that somebody has read as Latin-1, and mends it."""
    try:
        return text.encode("latin-1").decode("utf-8") != text
    except UnicodeError:
        return False


def seems_html(text: str) -> bool:
    """Whether feedparser may take it for HTML where it stands as the title of an RSS item."""
    return bool(re.search(r"</\w+>|&#?\w+;", text))
