"""RSS and Atom by the tables of the standards, with feedparser and lxml as witnesses."""

import re
from datetime import UTC, date, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feedsvc.archives import Log, extend, live
from feedsvc.errors import RenderError
from feedsvc.model import Caching, Enclosure, Image, Person, Withdrawal
from feedsvc.register import Register
from feedsvc.render.feeds import Feeds, rss
from feedsvc.render.feeds.channel import syndication
from feedsvc.render.jsonfeed import JsonFeeds
from feedsvc.render.sizes import EntrySizes
from feedsvc.render.urls import ATOM, RSS, page_path
from tests.factory import OFFICE, TAG, entry, instant, section, site

NOW = instant("2026-01-01 00:00")
GOLDENS = Path(__file__).parent / "data" / "feeds"
NS = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
RICH = entry(
    "rich",
    "2024-07-19 12:30",
    updated=instant("2024-07-21 08:00"),
    title="Tides & “currents” <measured>",
    lead="Gauges at every harbour & quay.",
    body="See [the table](/news/table).\n\n> Quoted.\n\n* one\n* two\n",
    event_date=date(2024, 7, 18),
    authors=(Person("Desk", "desk@example.org"), Person("Harbour Programme")),
    tags=("harbours", "R&D"),
    language="de",
    also=("speeches",),
    image=Image(url="https://example.org/q.jpg", alt="Quay", type="image/jpeg", width=800),
    enclosures=(
        Enclosure(url="https://example.org/a.mp3", type="audio/mpeg", length=1234, title="Sound"),
        Enclosure(url="https://example.org/b.pdf", type="application/pdf", length=99),
    ),
)


def held(*entries, the_site=None, name="news"):
    """The section, and its live feed as the first build would hold it."""
    the_site = the_site or site()
    register = Register(the_site, page_path)
    changes = register.update({"feeds/news/a.yaml": entries}, NOW)
    shelf = register.shelf(name)
    sizes = EntrySizes(shelf.section, Feeds(the_site), JsonFeeds(the_site))
    log = Log(tail=extend(name, changes, {}, NOW))
    return shelf.section, live(log, shelf, sizes, 10**6)


def render(kind, *entries, the_site=None, name="news"):
    section, page = held(*entries, the_site=the_site, name=name)
    return Feeds(the_site or site()).render(kind, section, page)


def tree(kind, *entries, **facts):
    return etree.fromstring(render(kind, *entries, **facts).body)


def one(kind, source, path, **facts):
    found = tree(kind, source, **facts).xpath(path, namespaces=NS)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("kind", [RSS, ATOM], ids=lambda kind: kind.name)
def test_golden(kind):
    body = render(kind, RICH, entry("plain", "2024-07-20 00:00", title="Plain")).body
    golden = GOLDENS / f"news.{kind.file}"
    assert body.decode() == golden.read_text(encoding="utf-8")


# --- Atom ---


def test_4287_4_1_1_a_feed_has_id_title_updated_author_self_and_one_alternate():
    root = tree(ATOM, RICH)
    text = {e.tag.rpartition("}")[2]: e.text for e in root if e.text}
    assert text["id"] == f"tag:{TAG}:feed/news"
    assert text["title"] == "News · Office of Tides"
    assert text["updated"] == "2024-07-21T08:00:00+00:00"
    assert root.xpath("a:author/a:name/text()", namespaces=NS) == ["Press office"]
    links = [(x.get("rel"), x.get("href"), x.get("type")) for x in root.findall("a:link", NS)]
    assert links == [
        ("self", "https://news.example.org/news/atom.xml", "application/atom+xml"),
        ("alternate", "https://news.example.org/news/", "text/html"),
    ]
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_4287_4_1_2_an_entry_keeps_its_id_and_its_two_dates():
    assert one(ATOM, RICH, "//a:entry/a:id/text()") == f"tag:{TAG}:rich"
    assert one(ATOM, RICH, "//a:entry/a:published/text()") == "2024-07-19T12:30:00+00:00"
    assert one(ATOM, RICH, "//a:entry/a:updated/text()") == "2024-07-21T08:00:00+00:00"


def test_4287_4_2_15_without_a_revision_updated_is_published():
    assert one(ATOM, entry(), "//a:entry/a:updated/text()") == "2024-07-19T12:30:00+00:00"


def test_4287_4_1_2_an_author_is_always_resolvable():
    found = tree(ATOM, RICH).xpath("//a:entry/a:author/a:name/text()", namespaces=NS)
    assert found == ["Desk", "Harbour Programme"]
    assert one(ATOM, entry(), "//a:entry/a:author/a:email/text()") == OFFICE.email


def test_4287_4_2_7_link_attributes_survive():
    links = [dict(x.attrib) for x in tree(ATOM, RICH).findall("a:entry/a:link", NS)]
    assert links == [
        {
            "rel": "alternate",
            "type": "text/html",
            "href": "https://news.example.org/news/rich",
        },
        {
            "rel": "enclosure",
            "type": "audio/mpeg",
            "length": "1234",
            "title": "Sound",
            "href": "https://example.org/a.mp3",
        },
        {
            "rel": "enclosure",
            "type": "application/pdf",
            "length": "99",
            "href": "https://example.org/b.pdf",
        },
    ]


def test_4287_4_2_7_a_page_elsewhere_is_the_alternate_and_the_own_page_is_related():
    away = entry(link="https://elsewhere.example/x")
    links = [dict(x.attrib) for x in tree(ATOM, away).findall("a:entry/a:link", NS)]
    assert links == [
        {"rel": "alternate", "href": "https://elsewhere.example/x"},
        {"rel": "related", "type": "text/html", "href": "https://news.example.org/news/first"},
    ]


def test_4287_3_1_1_content_is_escaped_html_and_the_rest_is_plain():
    content = one(ATOM, RICH, "//a:entry/a:content")
    assert content.get("type") == "html"
    assert "<blockquote>" in content.text
    assert 'href="https://news.example.org/news/table"' in content.text
    assert one(ATOM, RICH, "//a:entry/a:title").get("type") is None
    assert one(ATOM, RICH, "//a:entry/a:summary/text()") == RICH.lead


def test_4287_2_the_language_of_an_entry_is_its_own():
    assert one(ATOM, RICH, "//a:entry/@xml:lang") == "de"
    assert one(ATOM, entry(), "//a:entry/@xml:lang") == "en"


def test_6721_3_a_withdrawn_entry_leaves_a_tombstone_with_the_reason():
    taken = entry(withdrawn=Withdrawal(instant("2025-01-01 00:00"), "Wrong figures"))
    root = tree(ATOM, taken)
    assert root.findall("a:entry", NS) == []
    stone = root.find("at:deleted-entry", NS)
    assert dict(stone.attrib) == {"ref": f"tag:{TAG}:first", "when": "2025-01-01T00:00:00+00:00"}
    assert stone.find("at:comment", NS).text == "Wrong figures"


def test_an_empty_feed_is_as_old_as_the_tag_and_never_new():
    assert tree(ATOM).findtext("a:updated", None, NS) == "2024-01-01T00:00:00+00:00"


# --- RSS ---


def test_rss_channel_has_what_the_profile_asks_for():
    channel = tree(RSS, RICH)[0]
    assert channel.findtext("title") == "News · Office of Tides"
    assert channel.findtext("link") == "https://news.example.org/news/"
    assert channel.findtext("description") == "News of the office"
    assert channel.findtext("language") == "en"
    assert channel.findtext("ttl") == "5"
    assert channel.findtext("managingEditor") == "press@example.org (Press office)"
    assert parsedate_to_datetime(channel.findtext("lastBuildDate")) == RICH.modified
    this = [dict(x.attrib) for x in channel.findall("a:link", NS)]
    assert this == [
        {
            "href": "https://news.example.org/news/rss.xml",
            "rel": "self",
            "type": "application/rss+xml",
        }
    ]


def test_rss_item_guid_date_and_order():
    item = one(RSS, RICH, "//item")
    assert item.find("guid").attrib == {"isPermaLink": "false"}
    assert item.findtext("guid") == f"tag:{TAG}:rich"
    assert item.findtext("pubDate") == "Fri, 19 Jul 2024 12:30:00 +0000"
    tags = [child.tag for child in item]
    assert tags.index("description") < tags.index(f"{{{NS['content']}}}encoded")


def test_rss_description_is_the_lead_as_html():
    assert one(RSS, RICH, "//item/description/text()") == "Gauges at every harbour &amp; quay."


def test_rss_has_one_enclosure_with_url_type_and_length():
    found = one(RSS, RICH, "//item/enclosure")
    assert dict(found.attrib) == {
        "url": "https://example.org/a.mp3",
        "type": "audio/mpeg",
        "length": "1234",
    }


@pytest.mark.parametrize(
    ("authors", "author", "creators"),
    [
        pytest.param((), ["press@example.org (Press office)"], [], id="the-sections"),
        pytest.param((Person("Desk"),), [], ["Desk"], id="without-address"),
        pytest.param((Person("A", "a@b.example"),), ["a@b.example (A)"], [], id="with-address"),
        pytest.param((Person("A", "a@b.example"), Person("B")), [], ["A", "B"], id="two"),
    ],
)
def test_rss_author_or_creator_never_both(authors, author, creators):
    item = one(RSS, entry(authors=authors), "//item")
    assert [x.text for x in item.findall("author")] == author
    assert [x.text for x in item.findall("dc:creator", NS)] == creators


def test_rss_language_of_an_entry_in_another_one():
    assert one(RSS, RICH, "//item/dc:language/text()") == "de"
    assert tree(RSS, entry()).findall(".//dc:language", NS) == []


def test_rss_image_title_and_link_equal_the_channels():
    the_site = site(logo="https://news.example.org/logo.png")
    image = one(RSS, RICH, "//channel/image", the_site=the_site)
    assert image.findtext("title") == "News · Office of Tides"
    assert image.findtext("link") == "https://news.example.org/news/"


def test_rss_titles_are_written_double_escape_safe():
    body = render(RSS, RICH).body
    assert "<title>Tides &#x26; “currents” &#x3C;measured&gt;</title>".encode() in body
    assert one(RSS, RICH, "//item/title/text()") == RICH.title


@pytest.mark.parametrize(
    ("max_age", "expected"),
    [
        (1, ("hourly", 3600)),
        (300, ("hourly", 12)),
        (420, ("hourly", 8)),
        (3600, ("hourly", 1)),
        (3601, ("daily", 23)),
        (86400, ("daily", 1)),
        (90000, ("weekly", 6)),
        (10**6, ("monthly", 1)),
        (0, ("hourly", 3600)),
    ],
)
def test_syndication_asks_for_no_more_than_max_age(max_age, expected):
    assert syndication(max_age) == expected


def test_ttl_and_sy_agree_with_max_age():
    hourly = site(section("news", caching=Caching(max_age=3600)))
    channel = tree(RSS, the_site=hourly)[0]
    assert channel.findtext("ttl") == "60"
    assert channel.findtext("sy:updatePeriod", None, NS) == "hourly"
    assert channel.findtext("sy:updateFrequency", None, NS) == "1"


# --- both ---


@pytest.mark.parametrize("kind", [RSS, ATOM], ids=lambda kind: kind.name)
class TestBoth:
    def test_websub_4_hub_and_one_self_stand_in_the_feed(self, kind):
        root = tree(kind, the_site=site(hubs=("https://hub.example/",)))
        found = root.xpath("//a:link[@rel='hub' or @rel='self']/@href", namespaces=NS)
        assert sorted(found) == [
            "https://hub.example/",
            f"https://news.example.org/news/{kind.file}",
        ]

    def test_summary_mode_leaves_the_content_out(self, kind):
        short = site(section("news", content="summary"))
        root = tree(kind, RICH, the_site=short)
        assert root.xpath("//a:content | //content:encoded", namespaces=NS) == []
        assert RICH.lead.split(" & ")[0] in etree.tostring(root, encoding="unicode")

    def test_media_content_of_the_image(self, kind):
        found = one(kind, RICH, "//media:content")
        assert dict(found.attrib) == {
            "url": "https://example.org/q.jpg",
            "type": "image/jpeg",
            "medium": "image",
            "width": "800",
        }

    def test_spans_cut_the_entries_out_and_leave_head_and_tail(self, kind):
        rendered = render(kind, RICH, entry("plain"))
        assert [span.id for span in rendered.spans] == [RICH.iri, f"tag:{TAG}:plain"]
        pieces = [rendered.body[s.offset : s.offset + s.length] for s in rendered.spans]
        assert all(re.match(rb"\s*<(item|entry)", piece) for piece in pieces)
        ends = rendered.spans[0].offset, rendered.spans[-1].offset + rendered.spans[-1].length
        assert rendered.body[: ends[0]] + b"".join(pieces) + rendered.body[ends[1] :] == (
            rendered.body
        )
        assert etree.fromstring(rendered.body[: ends[0]] + rendered.body[ends[1] :]) is not None

    def test_the_same_input_gives_the_same_bytes_and_remembers_fragments(self, kind):
        feeds = Feeds(site())
        first = feeds.render(kind, *held(RICH))
        feeds._write = None  # nothing is written a second time
        assert feeds.render(kind, *held(RICH)) == first == Feeds(site()).render(kind, *held(RICH))

    def test_an_entry_that_cannot_stand_in_xml_is_named(self, kind):
        with pytest.raises(RenderError, match="entry 'first'"):
            render(kind, entry(title="a\x00b"))

    def test_feedparser_finds_nothing_wrong(self, kind):
        parsed = feedparser.parse(render(kind, RICH, entry("plain")).body)
        assert not parsed.bozo
        assert [e.id for e in parsed.entries] == [RICH.iri, f"tag:{TAG}:plain"]


#: What an admin may type: any text, less what XML cannot hold.
TYPED = (
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
            lambda c: c >= " " or c in "\t\n"
        ),
        min_size=1,
        max_size=60,
    )
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)


@given(TYPED)
def test_any_title_survives_in_both_formats(title):
    source = entry(title=title)
    assert one(ATOM, source, "//a:entry/a:title/text()") == title
    assert one(RSS, source, "//item/title/text()") == title


@given(st.lists(st.sampled_from("abcdef"), max_size=6, unique=True), st.randoms())
def test_the_order_of_the_source_never_changes_bytes(ids, random):
    entries = [entry(name) for name in ids]
    shuffled = random.sample(entries, len(entries))
    assert render(RSS, *entries) == render(RSS, *shuffled)


MARKDOWN = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text("*_`~#>-=+|[]()!.:/&<\"'\\\n\t 1aé", max_size=200),
)


@given(MARKDOWN, st.booleans())
def test_the_bound_of_an_entrys_size_is_one(text, full):
    typed = (
        "".join(c for c in text if c >= " " or c in "\n\t")
        .replace("\ufffe", "")
        .replace("\uffff", "")
    )
    section_ = section("news", content="full" if full else "summary")
    the_site = site(section_)
    sizes = EntrySizes(section_, Feeds(the_site), JsonFeeds(the_site))
    source = entry(title=typed.strip() or "T", lead=typed, body=typed, tags=(typed,) * 3)
    assert sizes.exact(source) <= sizes.bound(source)


@given(st.datetimes(), st.integers(-720, 720))
def test_a_date_is_written_as_the_standard_library_writes_it(moment, minutes):
    for zone in (UTC, timezone(timedelta(minutes=minutes))):
        at = moment.replace(tzinfo=zone)
        assert rss._date(at) == format_datetime(at)
