"""Every shape of entry in every format, as small files that a person can read.

FEEDSVC_WRITE_GOLDENS=1 writes them anew.
"""

import json
import os
from pathlib import Path

import feedparser
import pytest

from feedsvc.render.urls import FORMATS, JSON, RSS
from tests.feeds_sample import SHAPES, SITE, feed

GOLDENS = Path(__file__).parent / "data" / "feeds" / "shapes"


def one(kind, source):
    """The entry alone, as it stands in its section's feed."""
    rendered = feed(kind, source, name=source.section)
    if kind is JSON:
        (item,) = json.loads(rendered.body)["items"]
        return json.dumps(item, ensure_ascii=False, indent=2) + "\n"
    (span,) = rendered.spans
    return rendered.body[span.offset : span.offset + span.length].decode()


def check(name, text):
    golden = GOLDENS / name
    if os.environ.get("FEEDSVC_WRITE_GOLDENS"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("shape", SHAPES)
def test_golden_entry(shape, kind):
    check(f"{shape}.{kind.file}", one(kind, SHAPES[shape]))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("listen.rss.xml", RSS), ("listen.feed.json", JSON)],
    ids=["podcast-rss", "section-json"],
)
def test_golden_feed(name, kind):
    check(name, feed(kind, SHAPES["podcast"], name="listen").body.decode())


def test_no_golden_is_left_behind():
    known = {f"{shape}.{kind.file}" for shape in SHAPES for kind in FORMATS}
    known |= {"listen.rss.xml", "listen.feed.json"}
    assert {path.name for path in GOLDENS.iterdir()} == known


@pytest.mark.parametrize("section", [s.name for s in (SITE.everything, *SITE.sections)])
@pytest.mark.parametrize("kind", FORMATS[:2], ids=lambda kind: kind.name)
def test_feedparser_takes_each_shape_for_what_it_is(kind, section):
    parsed = feedparser.parse(feed(kind, *SHAPES.values(), name=section).body)
    assert not parsed.bozo
    shown = {e.iri for e in SHAPES.values() if section in ("all", e.section, *e.also)}
    assert {e.id for e in parsed.entries} == shown
