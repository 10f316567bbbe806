"""feedparser as a second witness: every field of every entry, in both formats.

The first witness is the source itself, read again by ``tests.system.sample``.
"""

from __future__ import annotations

import html
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import feedparser
import pytest
import yaml

from tests.system.sample import (
    TAG,
    Expected,
    expected_entries,
    html_words,
    instant,
    markdown_words,
    words,
)
from tests.system.servers import REPOSITORY, Server, copy_sample_site, serving

pytestmark = pytest.mark.system

FORMATS = {"rss": "rss20", "atom": "atom10"}
CONFIG = yaml.safe_load((REPOSITORY / "config/site.yaml").read_text(encoding="utf-8"))
ENTRIES = {entry.id: entry for entry in expected_entries(REPOSITORY / "feeds")}
SECTIONS = ["all", *CONFIG["sections"]]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all questions: nothing here changes anything."""
    with serving(copy_sample_site(tmp_path_factory.mktemp("witness") / "site")) as running:
        yield running


@pytest.fixture(scope="module")
def feeds(server):
    """Every feed as feedparser reads it, by section and format."""
    return {
        (section, kind): feedparser.parse(f"{server.url}/{section}/{kind}.xml")
        for section in SECTIONS
        for kind in FORMATS
    }


@pytest.fixture(scope="module")
def now(server):
    return parsedate_to_datetime(server.get("/all/rss.xml").headers["date"])


@pytest.fixture(params=FORMATS)
def kind(request):
    return request.param


@pytest.fixture(params=SECTIONS)
def section(request):
    return request.param


@pytest.fixture
def feed(feeds, section, kind):
    return feeds[section, kind]


@pytest.fixture
def everything(feeds, kind):
    """The entries of the feed of everything, beside what was expected of each."""
    return [(ENTRIES[item.id.removeprefix(TAG)], item) for item in feeds["all", kind].entries]


def expected(section: str, now: datetime) -> list[Expected]:
    return [one for one in ENTRIES.values() if section in one.sections and one.is_listed(now)]


def spoken(entry: Expected) -> str:
    return entry.raw.get("language", CONFIG["language"])


def author_names(entry: Expected) -> list[str]:
    default = CONFIG["sections"][entry.home].get("author", CONFIG["author"])
    return [author["name"] for author in entry.authors or [default]]


def is_whole(entry: Expected) -> bool:
    """Whether feeds carry its body: its own section says so, wherever it is shown."""
    default = CONFIG.get("feeds", {}).get("content", "full")
    return CONFIG["sections"][entry.home].get("content", default) == "full"


def read_date(parsed) -> datetime:
    return datetime(*parsed[:6], tzinfo=UTC)


def test_well_formed_and_of_the_right_kind(feed, kind):
    assert not feed.bozo, feed.get("bozo_exception")
    assert (feed.status, feed.version) == (200, FORMATS[kind])
    assert feed.encoding.lower() == "utf-8"


def test_the_feed_says_what_it_is__rfc4287_4_1_1(feed, section, kind, server: Server):
    about = feed.feed
    details = CONFIG["sections"].get(section, {})
    assert CONFIG["title"] in about.title
    assert details.get("title", "") in about.title
    assert about.link == f"{server.url}/{section}/"
    links = [link.href for link in about.links if link.rel == "self"]
    assert links == [f"{server.url}/{section}/{kind}.xml"]
    assert about.subtitle == details.get("description", CONFIG["subtitle"])
    if kind == "rss":
        assert about.language == CONFIG["language"]
        assert about.ttl == ("30" if section == "publications" else "5")
        assert about.image.title == about.title
    else:
        assert about.title_detail.language == CONFIG["language"]
        assert about.id.startswith(TAG)
        assert about.author_detail.name == details.get("author", CONFIG["author"])["name"]


def test_every_public_entry_in_order(feed, section, now):
    ids = [item.id for item in feed.entries]
    assert ids == [entry.iri for entry in expected(section, now)]


def test_nothing_that_is_not_public_is_there(feed, kind, server, section):
    body = server.get(f"/{section}/{kind}.xml").body.decode()
    for hidden in ("mooring-fees-2027", "assembly-15-opens", "assembly-accreditation-2025"):
        assert hidden not in body
    assert "brackish" not in body, "what was withdrawn"


def test_withdrawn_is_said_so__rfc6721_3(server):
    body = server.get("/news/atom.xml").body.decode()
    assert f'ref="{TAG}salinity-figures-autumn-2024"' in body
    assert "Two stations reported in the wrong unit" in body


def test_titles(everything):
    for entry, item in everything:
        if "title" in entry.raw:
            assert html.unescape(item.title) == entry.raw["title"], entry.id
        else:
            derived = item.title.rstrip("…").rstrip()
            assert entry.raw["lead"].startswith(derived), entry.id
            assert len(derived) > 10


def test_dates__rfc4287_4_2_15(everything, kind):
    for entry, item in everything:
        assert read_date(item.published_parsed) == entry.published, entry.id
        if kind == "atom":
            assert read_date(item.updated_parsed) == entry.modified, entry.id


def test_links(everything, server):
    for entry, item in everything:
        assert item.link == entry.link(server.url), entry.id


def test_own_pages_exist(server, now):
    for entry in expected("all", now):
        slug = entry.raw.get("slug", entry.id)
        page = server.get(f"/{entry.home}/{slug}")
        assert (page.status, page.headers["content-type"].split(";")[0]) == (200, "text/html")
        title = entry.raw.get("title", "")
        assert set(words(title)) <= set(html_words(page.body.decode())), entry.id


def test_authors__rfc4287_4_2_1(everything, kind):
    for entry, item in everything:
        names = author_names(entry)
        if kind == "atom":
            assert [author.name for author in item.authors] == names, entry.id
        else:
            assert all(name in str(item.authors) for name in names), entry.id


def test_what_is_known_of_an_author__rfc4287_3_2(feeds):
    items = {item.id: item for item in feeds["all", "atom"].entries}
    observatory = items[TAG + "interview-tide-observatory-2026"].authors[0]
    assert observatory.name == "Tide Observatory"
    assert observatory.email == "tides@example.org"
    assert observatory.href == "https://example.org/tides/"


def test_tags(everything):
    for entry, item in everything:
        assert [tag.term for tag in item.get("tags", [])] == entry.raw.get("tags", []), entry.id


def test_languages(everything, kind):
    for entry, item in everything:
        if kind == "atom":
            assert item.title_detail.language == spoken(entry), entry.id
        else:
            assert item.get("language", CONFIG["language"]) == spoken(entry), entry.id


def test_summaries_are_the_lead(everything):
    for entry, item in everything:
        said = html.unescape(item.summary)
        assert said == entry.raw["lead"].strip(), entry.id


def test_content_holds_every_word_of_the_body(everything):
    whole = [(entry, item) for entry, item in everything if is_whole(entry)]
    assert len(whole) > 20
    for entry, item in whole:
        seen = " ".join(html_words(item.content[0].value))
        assert " ".join(markdown_words(entry.raw.get("body", ""))) in seen, entry.id
        assert " ".join(words(entry.raw["lead"])) in seen, entry.id
        assert item.content[0].type == "text/html"


def test_content_keeps_its_shape(everything):
    items = {item.id: item.content[0].value for entry, item in everything if is_whole(entry)}
    long_article = items[TAG + "tide-tables-common-2025"]
    assert long_article.count("<li>") == 5
    assert long_article.count("<blockquote>") == 1
    assert 'href="https://example.org/tides/conversion"' in long_article
    table = items[TAG + "budget-2026-2027"]
    assert table.count("<tr>") == 6
    assert table.count("</td>") == 15


def test_a_section_may_show_summaries_alone(feeds, kind, now):
    """Wherever its entries are shown: in its own feed and in others."""
    shown = [
        (ENTRIES[item.id.removeprefix(TAG)], item)
        for section in SECTIONS
        for item in feeds[section, kind].entries
    ]
    summaries = [item for entry, item in shown if not is_whole(entry)]
    assert len(summaries) == 2 * len(expected("publications", now)) > 0
    for item in summaries:
        assert item.summary
        assert "content" not in item


def test_images(everything):
    for entry, item in everything:
        image = entry.raw.get("image")
        pictures = [media for media in item.get("media_content", []) if media["medium"] == "image"]
        assert [media["url"] for media in pictures] == ([image["url"]] if image else []), entry.id
        if image:
            said = {name: pictures[0][name] for name in ("type", "width", "height")}
            assert said == {name: str(image[name]) for name in said}
            if is_whole(entry):
                assert html.escape(image["alt"], quote=False) in item.content[0].value


def test_enclosures(everything, kind):
    for entry, item in everything:
        files = entry.raw.get("enclosures", [])
        if kind == "rss":  # the best-practices profile: at most one
            files = files[:1]
        said = [(one.href, one.type, one.length) for one in item.enclosures]
        meant = [(one["url"], one["type"], str(one["length"])) for one in files]
        assert said == meant, entry.id


def test_enclosures_keep_their_titles__rfc4287_4_2_7_5(feeds):
    items = {item.id: item for item in feeds["all", "atom"].entries}
    titles = [one.title for one in items[TAG + "broll-fish-pass-2026"].enclosures]
    assert titles == ["Uncut footage (H.264, 1080p)", "Shot list"]


def test_shown_in_two_sections_it_is_one_entry(feeds, kind):
    shown = {
        section: [
            i.link for i in feeds[section, kind].entries if i.id == TAG + "sg-visits-port-almera"
        ]
        for section in ("all", "news", "media")
    }
    (link,) = shown["news"]
    assert shown["all"] == shown["media"] == [link]
    assert link.endswith("/news/sg-visits-port-almera")


def test_the_sample_shows_every_shape(now):
    """What this witness can vouch for is what the sample site contains."""
    raw = [entry.raw for entry in ENTRIES.values()]
    days = [entry.published.date() for entry in ENTRIES.values() if "title" not in entry.raw]
    assert len(CONFIG["sections"]) >= 4
    assert 30 <= len(raw) <= 40
    assert any(days.count(day) > 1 for day in days), "two short items on one day"
    for key in ("updated", "event_date", "link", "slug", "language", "image", "enclosures"):
        assert any(key in one for one in raw), key
    for key in ("sections", "draft", "expires", "withdrawn"):
        assert any(key in one for one in raw), key
    assert sum(entry.published > now for entry in ENTRIES.values()) == 1
    assert any(len(entry.authors) > 1 for entry in ENTRIES.values())
    text = "".join(file.read_text("utf-8") for file in Path(REPOSITORY / "feeds").rglob("*.yaml"))
    assert "published: 26.07.2024" in text
    assert instant("26.07.2024") == instant("2024-07-26")
    assert {"ar", "el", "uk", "fr"} <= {one.get("language") for one in raw}
    assert set("“”’éÉåö–") <= set(text)
