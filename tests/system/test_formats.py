"""Feeds before judges from elsewhere: jing with the schema of RFC 4287, and the npm rss-parser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from feedsvc.render.urls import ATOM, FORMATS
from tests.factory import entry
from tests.feeds_sample import SHAPES, SITE, WITHDRAWN, feed
from tests.system.servers import REPOSITORY, node_packages, require
from tests.typed import LINES, NASTY, Read, in_order, typed

pytestmark = pytest.mark.system
SCHEMA = REPOSITORY / "tests" / "data" / "schemas" / "atom.rnc"


def jing(*files: Path) -> list[str]:
    """What jing finds wrong."""
    command = [require("jing"), "-c", str(SCHEMA), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == bool(done.stdout), done.stderr
    return [line.removeprefix(str(files[0].parent)) for line in done.stdout.splitlines()]


def test_4287_b_atom_feeds_follow_the_relax_ng_schema(tmp_path):
    files = []
    for section in (SITE.everything, *SITE.sections):
        files.append(tmp_path / f"{section.name}.xml")
        body = feed(ATOM, *SHAPES.values(), WITHDRAWN, name=section.name).body
        files[-1].write_bytes(body)
    files.append(tmp_path / "nasty.xml")
    files[-1].write_bytes(feed(ATOM, *typed(list(NASTY.values()))).body)
    assert b"deleted-entry" in files[0].read_bytes()
    assert jing(*files) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"<updated>2024-07-19T12:30:00+00:00", b"<updated>2024-07-19"),
        (b"<title>", b'<title type="text/html">'),
        (b'type="text/html"', b'type="html"'),
        (b'xml:lang="en"', b'xml:lang="en_GB"'),
        (b"<email>press@", b"<email>press"),
        (b"<generator>feedsvc</generator>", b"<generator/><generator/>"),
    ],
)
def test_jing_finds_each_kind_of_fault(tmp_path, right, wrong):
    body = feed(ATOM, entry()).body
    assert right in body
    spoilt = tmp_path / "spoilt.xml"
    spoilt.write_bytes(body.replace(right, wrong))
    assert jing(spoilt)


def read_by_npm(texts: list[str]) -> dict[str, list[Read]]:
    """What rss-parser and JSON.parse show of each text, by format."""
    entries = typed(texts)
    feeds = [{"kind": kind.name, "text": feed(kind, *entries).body.decode()} for kind in FORMATS]
    done = subprocess.run(
        [require("node"), str(node_packages() / "feeds.mjs")],
        input=json.dumps(feeds),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    return {
        kind.name: in_order({i: Read(*facts) for i, facts in found.items()}, len(texts))
        for kind, found in zip(FORMATS, json.loads(done.stdout), strict=True)
    }


def same(texts: list[str]) -> dict[str, list[Read]]:
    return {kind.name: [Read(text, text, [text], [text]) for text in texts] for kind in FORMATS}


@pytest.fixture(scope="module")
def nasty():
    return read_by_npm(list(NASTY.values()))


@pytest.mark.parametrize("kind", [kind.name for kind in FORMATS])
@pytest.mark.parametrize(("number", "text"), list(enumerate(NASTY.values())), ids=NASTY)
def test_nasty_text_comes_out_of_npm_as_it_went_in(nasty, number, text, kind):
    assert nasty[kind][number] == Read(text, text, [text], [text])


# As many as a feed shows; a batch that fails is not worth the time of making it smaller.
@settings(max_examples=15, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(st.lists(LINES, min_size=30, max_size=50, unique=True))
def test_any_text_comes_out_of_npm_as_it_went_in(texts):
    assert read_by_npm(texts) == same(texts)
