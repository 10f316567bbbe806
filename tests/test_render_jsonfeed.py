"""JSON Feed 1.1: every key of the specification that a source can fill; what its schema says."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from feedsvc.archives import Page
from feedsvc.model import Enclosure, Person
from feedsvc.render.jsonfeed import JsonFeeds
from feedsvc.render.urls import JSON
from tests.factory import TAG, entry, instant, section, site
from tests.feeds_sample import PAPER, PICTURE, SHAPES, SITE, SOUND, WITHDRAWN, feed

BASE = "https://news.example.org"
SCHEMA = json.loads(
    (Path(__file__).parent / "data" / "schemas" / "jsonfeed-1.1.schema.json").read_bytes()
)
VALIDATOR = Draft202012Validator(SCHEMA)


def published(*entries, on=SITE, name="news"):
    return json.loads(feed(JSON, *entries, on=on, name=name).body)


def item(source, **facts):
    (only,) = published(source, **facts)["items"]
    return only


def faults(document):
    return [error.json_path for error in VALIDATOR.iter_errors(document)]


@pytest.mark.parametrize("name", ["all", *(section.name for section in SITE.sections)])
def test_json_feed_1_1_the_schema_finds_nothing_wrong(name):
    Draft202012Validator.check_schema(SCHEMA)
    document = published(*SHAPES.values(), WITHDRAWN, name=name)
    assert faults(document) == []
    assert document["items"] or name == "actualites"


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda d: d.update(version="https://jsonfeed.org/version/1"), "$.version"),
        (lambda d: d.pop("title"), "$"),
        (lambda d: d.pop("items"), "$"),
        (lambda d: d.update(icon=None), "$.icon"),
        (lambda d: d.update(author={"name": "A"}), "$"),
        (lambda d: d.update(authors=[{}]), "$.authors[0]"),
        (lambda d: d.update(hubs=[{"type": "WebSub"}]), "$.hubs[0]"),
        (lambda d: d["items"][0].update(id=1), "$.items[0].id"),
        (lambda d: d["items"][0].pop("id"), "$.items[0]"),
        (lambda d: d["items"][0].pop("content_html"), "$.items[0]"),
        (lambda d: d["items"][0].update(url="/news/a"), "$.items[0].url"),
        (lambda d: d["items"][0].update(date_published="2024-07-19"), "$.items[0].date_published"),
        (lambda d: d["items"][0].update(tags=[]), "$.items[0].tags"),
        (
            lambda d: d["items"][0].update(attachments=[{"url": "https://example.org/a"}]),
            "$.items[0].attachments[0]",
        ),
    ],
)
def test_the_schema_finds_each_kind_of_fault(spoil, path):
    document = published(entry())
    spoil(document)
    assert faults(document) == [path]


def test_json_feed_1_1_top_level():
    document = published(on=SITE)
    assert document == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News · Office of Tides",
        "home_page_url": f"{BASE}/news/",
        "feed_url": f"{BASE}/news/feed.json",
        "description": "News of the office",
        "icon": f"{BASE}/logo.png",
        "favicon": f"{BASE}/icon.png",
        "authors": [{"name": "Press office", "url": f"{BASE}/about"}],
        "language": "en",
        "hubs": [{"type": "WebSub", "url": "https://hub.example.org/"}],
        "items": [],
    }


def test_json_feed_1_1_next_url_leads_to_the_archive_and_never_to_itself():
    news = SITE.sections[0]
    pages = [Page(number, (), (), older) for number, older in [(0, 2), (2, 1), (1, 0)]]
    documents = [json.loads(JsonFeeds(SITE).render(news, page)) for page in pages]
    assert [d.get("next_url") for d in documents] == [
        f"{BASE}/news/archive/2/feed.json",
        f"{BASE}/news/archive/1/feed.json",
        None,
    ]
    assert all(d.get("next_url") != d["feed_url"] for d in documents)


def test_json_feed_1_1_item():
    source = entry(
        link="https://council.example.org/50-7",
        updated=instant("2024-07-21 08:00"),
        authors=(Person("A", "a+b@example.org"), Person("B")),
        tags=("harbours", "R&D"),
        language="de",
        image=PICTURE,
        enclosures=(SOUND, PAPER),
        body="See [this](/news/x).",
    )
    assert item(source) == {
        "id": f"tag:{TAG}:first",
        "url": f"{BASE}/news/first",
        "external_url": "https://council.example.org/50-7",
        "title": "First",
        "content_html": (
            f'<figure><img src="{PICTURE.url}" alt="{PICTURE.alt}" width="1200" height="675">'
            "</figure>\n<p>What first is about.</p>\n"
            f'<p>See <a href="{BASE}/news/x">this</a>.</p>\n'
        ),
        "summary": "What first is about.",
        "image": PICTURE.url,
        "date_published": "2024-07-19T12:30:00+00:00",
        "date_modified": "2024-07-21T08:00:00+00:00",
        "authors": [{"name": "A", "url": "mailto:a+b@example.org"}, {"name": "B"}],
        "tags": ["harbours", "R&D"],
        "language": "de",
        "attachments": [
            {
                "url": SOUND.url,
                "mime_type": "audio/mpeg",
                "title": "The conversation as broadcast",
                "size_in_bytes": 23_592_960,
                "duration_in_seconds": 1474,
            },
            {"url": PAPER.url, "mime_type": "application/pdf", "title": "Transcript"},
        ],
    }


def test_json_feed_1_1_a_size_that_nobody_knows_is_not_said():
    unknown = Enclosure(url="https://example.org/a", type="audio/mpeg", length=0)
    assert item(entry(enclosures=(unknown,)))["attachments"] == [
        {"url": "https://example.org/a", "mime_type": "audio/mpeg"}
    ]


@pytest.mark.parametrize(
    ("content", "facts", "text"),
    [
        pytest.param("summary", {}, "What first is about.", id="summary-mode"),
        pytest.param("full", {"lead": None, "body": None}, "First", id="nothing-but-a-title"),
    ],
)
def test_json_feed_1_1_an_item_always_has_content(content, facts, text):
    found = item(entry(**facts), on=site(section("news", content=content)))
    assert found["content_text"] == text
    assert "content_html" not in found


def test_json_feed_1_1_the_id_is_the_same_as_in_other_formats_wherever_it_stands():
    source = entry(iri="https://old.example.org/?p=7", also=("speeches",))
    ids = {item(source, name=name)["id"] for name in ("all", "news", "speeches")}
    assert ids == {"https://old.example.org/?p=7"}


def test_json_feed_1_1_the_newest_item_comes_first():
    found = published(entry("a", "2024-01-01 00:00"), entry("b", "2024-02-01 00:00"))["items"]
    assert [i["title"] for i in found] == ["B", "A"]


def test_the_feed_is_utf_8_with_a_line_for_each_fact():
    body = feed(JSON, entry(title="Größe 👍")).body
    assert '      "title": "Größe 👍",\n'.encode() in body
    assert body.endswith(b"}\n")


def test_the_same_input_gives_the_same_bytes():
    entries = tuple(SHAPES.values())
    assert feed(JSON, *entries) == feed(JSON, *entries[::-1])
