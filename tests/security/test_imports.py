"""Feeds of strangers that were made to do harm: what comes of them is entries, or a sentence."""

from __future__ import annotations

import json
import socket
from html import escape
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from feedsvc.cli import main
from feedsvc.errors import OBEYED, ImportProblem
from feedsvc.source.entries import parse as parse_entries
from feedsvc.source.foreign import parse
from feedsvc.source.importer import Existing, Importer
from tests.importing import SITE, drafter
from tests.sitedir import CONFIG
from tests.test_importer_fetch import serving

SECRET = "s3cret-of-this-machine"


def rss(text: str, head: str = "") -> str:
    return (
        f"<?xml version='1.0'?>{head}<rss version='2.0'><channel><title>T</title><item>"
        "<guid>tag:x.example,2024:1</guid><title>Words</title>"
        "<pubDate>Mon, 01 Jul 2024 10:00:00 GMT</pubDate>"
        f"<description>{text}</description></item></channel></rss>"
    )


def doctype(*entities: str) -> str:
    return f"<!DOCTYPE rss [{''.join(f'<!ENTITY {entity}>' for entity in entities)}]>"


def feed(**facts: object) -> str:
    item = {"id": "tag:x.example,2024:1", "content_text": "Words", "date_published": "2024-07-01"}
    known = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [item | facts]}
    return json.dumps(known)


LAUGHS = doctype(
    "a0 'ha'", *(f"a{n} '{f'&a{n - 1};' * 10}'" for n in range(1, 15)), "b SYSTEM 'file:///x'"
)
HOSTILE = {
    "a-file-of-ours": rss("&x;", doctype("x SYSTEM 'file://SECRET'")),
    "a-service-of-ours": rss("&x;", doctype("x SYSTEM 'http://127.0.0.1:PORT/'")),
    "a-service-s-dtd": rss("x", "<!DOCTYPE rss SYSTEM 'http://127.0.0.1:PORT/x.dtd'>"),
    "a-parameter-entity": rss("x", "<!DOCTYPE rss [<!ENTITY % x SYSTEM 'file://SECRET'> %x;]>"),
    "billion-laughs": rss("&a14;", LAUGHS),
    "quadratic": rss("&a;" * 2000, doctype(f"a '{'x' * 50_000}'")),
    "deep-xml": "<rss version='2.0'><channel>" + "<a>" * 50_000,
    "deep-html": rss(escape("<div>" * 5000 + "x")),
    "deep-lists": rss(escape("<ul><li>" * 2000 + "x")),
    "deep-quotes": rss(escape("<blockquote>" * 2000 + "x")),
    "deep-json": '{"version": "https://jsonfeed.org/version/1.1", "items": ' + "[" * 99_999,
    "huge-number": '{"version": "https://jsonfeed.org/version/1.1", "items": ' + "9" * 9999,
    "broken-addresses": rss(escape("<a href='//[x'>x</a>")).replace(
        "</guid>", "</guid><link>http://[x</link><enclosure url='http://[' length='1' type='x'/>"
    ),
    "yaml": rss(
        escape("<p>---\n- !!python/object/apply:os.system [id]\n- {x: *a, <<: &a [1]}</p>")
    ),
    "scripts": rss(escape("<script>alert(1)</script><a href='javascript:alert(1)'>x</a>")),
    "a-terminal": feed(
        id="\x1b]0;a\x07", title="\x1b[2J", language="\x1b[1m", tags=["\x1b[5m"], url="http://\x1b/"
    ),
    "other-types": feed(
        tags=5, authors="x", attachments={"a": 1}, title=[1], url={"a": 1}, image=1
    ),
    "no-numbers": feed(attachments=[{"url": "https://x.example/a", "duration_in_seconds": 1e999}]),
    "nothing": "",
    "nul": "\0" * 1000,
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_feed_gives_entries_or_a_sentence(document: str, tmp_path: Path) -> None:
    """No file and no service of this computer is read for it, and what is written is sound."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "site.yaml").write_text(CONFIG)
    with socket.create_server(("127.0.0.1", 0)) as service:
        service.settimeout(0)
        port = str(service.getsockname()[1])
        source = tmp_path / "feed"
        source.write_text(document.replace("SECRET", str(secret)).replace("PORT", port))
        done = CliRunner().invoke(main, ["import", "--site", str(tmp_path), str(source), "news"])
        with pytest.raises(BlockingIOError):
            service.accept()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    assert done.exit_code in {0, 1}
    assert not OBEYED.search(done.output.replace("\n", ""))
    assert len(done.output) < 2000
    written = "".join(file.read_text() for file in tmp_path.glob("feeds/news/*.yaml"))
    assert SECRET not in written + done.output
    assert len(written) < 10_000
    checked = CliRunner().invoke(main, ["check", "--site", str(tmp_path)])
    assert checked.exit_code == 0 or not written, checked.output


def test_what_is_fetched_next_is_said_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "site.yaml").write_text(CONFIG)
    known = json.loads(feed()) | {"next_url": "/\x1b]0;a\x07"}
    with serving(lambda handler: handler.reply(body=json.dumps(known).encode())) as server:
        words = ["import", "--site", str(tmp_path), "--allow-private", server.url, "news"]
        done = CliRunner().invoke(main, words, color=True)
    assert done.exit_code == 0
    assert f"fetching {server.url}/\\x1b]0;a\\x07" in done.output
    assert not OBEYED.search(done.output.replace("\n", ""))


WORDS = st.sampled_from(
    ["https://x.example/", "http://[", "//", "\x1b[1m", "<div>", "<p>", "&#0;", "2024-07-01", "a"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    (
        *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image"),
        *("date_published", "date_modified", "author", "authors", "tags", "language"),
        *("attachments", "mime_type", "size_in_bytes", "duration_in_seconds", "name"),
    )
)
THINGS = st.dictionaries(KEYS, VALUES | st.lists(st.dictionaries(KEYS, VALUES, max_size=4)))


@given(st.lists(THINGS, max_size=3), st.dictionaries(KEYS, VALUES, max_size=3))
@example([{"attachments": [{"url": "a", "duration_in_seconds": float("nan")}]}], {})
@example([{"url": "http://["}], {"author": {"name": ["a"]}})
def test_any_json_gives_entries_that_pass_every_check_or_is_refused(items, facts):
    known = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    try:
        found = parse(json.dumps(facts | known).encode(), "https://x.example/feed.json")
    except ImportProblem:
        return
    importer = Importer(SITE, "news", drafter(), lambda _path: None)
    for addition in importer.plan(found.items, Existing()).additions:
        parsed = parse_entries(addition.path, "news", addition.text.encode(), SITE)
        assert [p for p in parsed.problems if p.severity == "error"] == []
        assert len(parsed.entries) == addition.entries
