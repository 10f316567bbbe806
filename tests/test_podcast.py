"""A section that is a podcast: from config/site.yaml to what a podcast client reads in its RSS."""

import json

import feedparser
import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from feedsvc import config
from feedsvc.errors import ConfigError
from feedsvc.model import Enclosure, Image, Person, Podcast
from feedsvc.render.urls import ATOM, JSON, RSS
from feedsvc.source.podcast import CATEGORIES
from tests.factory import entry, section, site
from tests.feeds_sample import PAPER, PICTURE, PODCAST, SHAPES, SITE, SOUND, feed

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
CONFIG = """\
title: T
base_url: https://news.example.org
tag: news.example.org,2024
sections:
  listen:
    author: {{name: Office, email: office@example.org}}
    podcast: {}
"""


def parse(podcast):
    return config.parse(CONFIG.format(podcast).encode())


def complaints(podcast):
    with pytest.raises(ConfigError) as caught:
        parse(podcast)
    return [str(problem).removeprefix("config/site.yaml:7:") for problem in caught.value.problems]


def channel(*entries, on=SITE, name="listen"):
    return etree.fromstring(feed(RSS, *entries, on=on, name=name).body)[0]


def said(element):
    """The itunes elements of a channel or an item, by name."""
    found = element.iterchildren(f"{{{ITUNES}}}*")
    return {e.tag.rpartition("}")[2]: dict(e.attrib) or e.text.strip() for e in found}


def episode(*, on=SITE, **facts):
    facts = {"section": "listen", "enclosures": (SOUND,)} | facts
    return channel(entry("e", **facts), on=on).find("item")


# --- config ---


def test_config_with_every_key():
    assert parse(
        "{category: Society & Culture, subcategory: Places & Travel, image: /cover.jpg,"
        " explicit: yes, type: serial, owner: {name: Sound desk, email: sound@example.org}}"
    ).sections[0].podcast == Podcast(
        category="Society & Culture",
        subcategory="Places & Travel",
        image="https://news.example.org/cover.jpg",
        explicit=True,
        type="serial",
        owner=Person("Sound desk", "sound@example.org"),
    )


def test_config_with_the_least():
    on = parse("{category: News, image: https://example.org/cover.png}")
    assert on.sections[0].podcast == Podcast(category="News", image="https://example.org/cover.png")
    assert on.everything.podcast is None


@pytest.mark.parametrize(
    ("podcast", "said"),
    [
        pytest.param(
            "News",
            "14: sections.podcast: found 'News'; expected {category: …, image: …}; fix: write"
            " sections.podcast: {category: …, image: …}",
        ),
        pytest.param(
            "{image: /a.jpg}",
            "14: sections.podcast.category: found nothing; expected a category of Apple Podcasts,"
            " such as News; fix: add 'category: …'",
        ),
        pytest.param(
            "{category: News}",
            "14: sections.podcast.image: found nothing; expected an address that begins with"
            " https:// and ends in .jpg or .png; fix: add 'image: …'",
        ),
        pytest.param(
            "{category: nwes, image: /a.jpg}",
            "25: sections.podcast.category: found 'nwes'; expected a category of Apple Podcasts,"
            " such as News; fix: write News",
        ),
        pytest.param(
            "{category: Fishery, image: /a.jpg}",
            "25: sections.podcast.category: found 'Fishery'; expected a category of Apple"
            f" Podcasts, such as News; fix: write one of {', '.join(CATEGORIES)}",
        ),
        pytest.param(
            "{category: News, subcategory: Golf, image: /a.jpg}",
            "44: sections.podcast.subcategory: found 'Golf'; expected a subcategory of that"
            " category, such as Politics; fix: write one of Business News, Daily News,"
            " Entertainment News, News Commentary, Politics, Sports News, Tech News",
        ),
        pytest.param(
            "{category: Government, subcategory: Golf, image: /a.jpg}",
            "50: sections.podcast.subcategory: found 'Golf'; expected a subcategory of that"
            " category, such as Politics; fix: remove it: Government has none",
        ),
        pytest.param(
            "{category: News, subcategory: Xylophones, image: /a.jpg}",
            "44: sections.podcast.subcategory: found 'Xylophones'; expected a subcategory of that"
            " category, such as Politics; fix: choose one in the list at"
            " https://podcasters.apple.com/support/1691",
        ),
        pytest.param(
            "{category: News, image: /a.webp}",
            "38: sections.podcast.image: found '/a.webp'; expected an address that begins with"
            " https:// and ends in .jpg or .png; fix: give it as a JPEG or PNG, square, 1400 to"
            " 3000 pixels wide",
        ),
        pytest.param(
            "{category: News, image: /a.jpg, explicit: maybe}",
            "56: sections.podcast.explicit: found 'maybe'; expected true or false; fix: write true"
            " or false",
        ),
        pytest.param(
            "{category: News, image: /a.jpg, type: weekly}",
            "52: sections.podcast.type: found 'weekly'; expected episodic or serial; fix: write"
            " serial where episodes build on each other, else episodic",
        ),
        pytest.param(
            "{category: News, image: /a.jpg, owner: Desk}",
            "53: sections.podcast.owner: found 'Desk'; expected a name and a mail address: {name:"
            " …, email: …}; fix: write owner: {name: Desk, email: …}",
        ),
        pytest.param(
            "{category: News, image: /a.jpg, color: red}",
            "46: color: found an unknown key; expected a key of a podcast; fix: remove it; the"
            " keys are category, subcategory, image, explicit, type, owner",
        ),
    ],
)
def test_config_problem(podcast, said):
    assert complaints(podcast) == [said]


def test_the_cover_moves_with_the_site():
    moved = config.override(
        parse("{category: News, image: /cover.jpg}"), base_url="https://example.net/press"
    )
    assert moved.sections[0].podcast.image == "https://example.net/cover.jpg"


@pytest.mark.parametrize(
    ("podcast", "good"),
    [
        ({"category": "News", "image": "/a.jpg"}, True),
        ({"category": "News", "image": "https://example.org/a.png", "explicit": False}, True),
        ({"category": "Fishery", "image": "/a.jpg"}, False),
        ({"category": "News", "image": "/a.webp"}, False),
        ({"category": "News"}, False),
    ],
)
def test_the_editors_schema_agrees(podcast, good):
    schema = config.config_schema()
    document = {"title": "T", "base_url": "https://e.example", "tag": "e.example,2024"}
    document["sections"] = {"listen": {"podcast": podcast}}
    assert Draft202012Validator(schema).is_valid(document) == good


# --- RSS ---


def test_apple_a_channel_has_category_image_explicit_author_owner_summary_and_type():
    there = channel()
    assert said(there) == {
        "author": "Press office",
        "category": {"text": "Society & Culture"},
        "image": {"href": "https://media.example.org/cover.jpg"},
        "explicit": "false",
        "owner": "",
        "summary": "Listen of the office",
        "type": "episodic",
    }
    names = {"i": ITUNES}
    assert there.xpath("i:category/i:category/@text", namespaces=names) == ["Places & Travel"]
    assert there.xpath("i:owner/*/text()", namespaces=names) == ["Sound desk", "sound@example.org"]


@pytest.mark.parametrize(
    ("author", "owner"),
    [(Person("A", "a@example.org"), ["A", "a@example.org"]), (Person("A"), [])],
    ids=["with-address", "without"],
)
def test_apple_the_owner_is_the_author_if_that_one_has_an_address(author, owner):
    podcast = Podcast(category="News", image="https://example.org/a.jpg", explicit=True)
    there = channel(on=site(section("listen", podcast=podcast, author=author)))
    assert there.xpath("i:owner/*/text()", namespaces={"i": ITUNES}) == owner
    assert said(there)["explicit"] == "true"
    assert there.xpath("i:category/i:category", namespaces={"i": ITUNES}) == []


def test_apple_an_episode_has_duration_image_explicit_author_and_summary():
    assert said(channel(SHAPES["podcast"]).find("item")) == {
        "author": "Tide Observatory, Desk",
        "image": {"href": PICTURE.url},
        "duration": "1474",
        "explicit": "false",
        "summary": "What podcast is about.",
    }


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        pytest.param({"image": None}, "image", id="no-image"),
        pytest.param({"image": Image(url="https://e.example/a.webp")}, "image", id="webp"),
        pytest.param(
            {"enclosures": (Enclosure(url="https://e.example/a", type="audio/ogg", length=1),)},
            "duration",
            id="no-duration",
        ),
    ],
)
def test_what_is_not_known_is_not_said(facts, missing):
    found = said(episode(**{"image": PICTURE} | facts))
    assert found.keys() == {"author", "image", "duration", "explicit", "summary"} - {missing}


def test_apple_a_summary_has_at_most_4000_characters():
    assert len(said(episode(lead="word " * 2000))["summary"]) <= 4000


def test_the_recording_is_the_enclosure_wherever_it_stands_in_the_list():
    assert episode(enclosures=(PAPER, SOUND)).find("enclosure").get("url") == SOUND.url


def test_an_entry_without_a_recording_is_no_episode():
    found = episode(enclosures=(PAPER,))
    assert said(found) == {}
    assert found.find("enclosure").get("url") == PAPER.url


def test_elsewhere_nothing_of_it_is_said():
    shared = entry("e", section="listen", also=("news",), enclosures=(PAPER, SOUND))
    rss = channel(shared, name="news")
    assert said(rss) == said(rss.find("item")) == {}
    assert rss.find("item/enclosure").get("url") == PAPER.url
    assert b"itunes" not in feed(RSS, shared, name="news").body
    assert b"itunes" not in feed(ATOM, shared, name="listen").body
    assert b"itunes" not in feed(JSON, shared, name="listen").body


def test_every_enclosure_stands_in_atom_and_json():
    atom = etree.fromstring(feed(ATOM, SHAPES["podcast"], name="listen").body)
    links = atom.xpath("//a:link[@rel='enclosure']/@href", namespaces={"a": atom.nsmap[None]})
    (item,) = json.loads(feed(JSON, SHAPES["podcast"], name="listen").body)["items"]
    assert links == [a["url"] for a in item["attachments"]] == [PAPER.url, SOUND.url]


def test_feedparser_reads_it_as_a_podcast():
    parsed = feedparser.parse(feed(RSS, SHAPES["podcast"], name="listen").body)
    assert not parsed.bozo
    assert parsed.feed.itunes_type == "episodic"
    assert parsed.feed.image.href == PODCAST.image
    (found,) = parsed.entries
    assert found.itunes_duration == "1474"
    assert found.enclosures[0].href == SOUND.url
