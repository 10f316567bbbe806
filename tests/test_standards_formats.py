"""Rows of the standards that concern every format: what test_render_feeds leaves open.

JSON Feed's and OPML's own rows are in test_render_jsonfeed and test_render_opml, RSS's also in
test_rss_profile, text in test_render_fidelity.
"""

import json
import re
from collections import Counter

import pytest
from lxml import etree

from feedsvc.model import Caching, Person
from feedsvc.render.urls import ATOM, FORMATS, JSON, RSS
from tests.factory import TAG, entry, instant, section, site
from tests.feeds_sample import PAPER, PICTURE, SHAPES, SITE, SOUND, feed

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}
XML = pytest.mark.parametrize("kind", [RSS, ATOM], ids=lambda kind: kind.name)
EVERY = pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
SECTIONS = [s.name for s in (SITE.everything, *SITE.sections)]
#: A body that does what no feed may: run, or lead nowhere.
WILD = """\
<script>alert(1)</script><style>p{}</style><iframe src="https://example.org/"></iframe>
<p onclick="alert(1)" style="color:red">Text</p> <img src="data:image/png;base64,AA" onerror="x">

[a](javascript:alert(1)) [b](data:text/html,x) [c](/news/c) [d](vbscript:x) ![e](/e.png)
"""


def find(kind, path, *entries, **facts):
    return etree.fromstring(feed(kind, *entries, **facts).body).xpath(path, namespaces=NS)


def contents(kind, *entries, **facts):
    """The HTML of each entry."""
    if kind is JSON:
        items = json.loads(feed(kind, *entries, **facts).body)["items"]
        return [i["content_html"] for i in items]
    return find(kind, "//a:content/text() | //content:encoded/text()", *entries, **facts)


def ids(kind, *entries, **facts):
    if kind is JSON:
        return [i["id"] for i in json.loads(feed(kind, *entries, **facts).body)["items"]]
    return find(kind, "//a:entry/a:id/text() | //item/guid/text()", *entries, **facts)


# --- Atom ---


@pytest.mark.parametrize("name", SECTIONS)
def test_4287_4_1_1_one_alternate_per_type_and_language_and_one_self(name):
    root = etree.fromstring(feed(ATOM, *SHAPES.values(), name=name).body)
    for element in (root, *root.findall("a:entry", NS)):
        links = element.findall("a:link", NS)
        alternates = Counter(
            (x.get("type"), x.get("hreflang")) for x in links if x.get("rel") == "alternate"
        )
        assert sum(alternates.values()) == 1
        selves = [x for x in links if x.get("rel") == "self"]
        assert len(selves) == (1 if element is root else 0)


@EVERY
@pytest.mark.parametrize(
    ("facts", "on"),
    [
        pytest.param({"title": "Another", "title_derived": True}, SITE, id="title"),
        pytest.param({"published": "2023-01-01 00:00"}, SITE, id="published"),
        pytest.param({"updated": instant("2025-01-01 00:00")}, SITE, id="updated"),
        pytest.param({"section": "speeches", "also": ("news",)}, SITE, id="section"),
        pytest.param({"slug": "another"}, SITE, id="slug"),
        pytest.param({"link": "https://example.org/x"}, SITE, id="link"),
        pytest.param({}, site(base_url="https://example.net/press"), id="base_url"),
        pytest.param({}, site(title="Another"), id="site-title"),
    ],
)
def test_4287_4_2_6_an_id_is_for_ever_whatever_else_changes(kind, facts, on):
    assert ids(kind, entry(**facts), on=on) == ids(kind, entry()) == [f"tag:{TAG}:first"]


@EVERY
def test_4287_4_2_6_an_imported_iri_stays_the_id(kind):
    assert ids(kind, entry(iri="http://old.example.org/?p=7")) == ["http://old.example.org/?p=7"]


def test_4287_4_2_15_a_minor_edit_leaves_updated_alone():
    dates = "//a:entry/a:updated/text() | //a:entry/a:published/text()"
    assert find(ATOM, dates, entry(body="With a comma more.")) == find(ATOM, dates, entry())


def test_4287_4_2_15_the_feed_is_as_new_as_its_newest_revision():
    revised = entry("b", "2024-01-01 00:00", updated=instant("2024-09-01 00:00"))
    assert find(ATOM, "/a:feed/a:updated/text()", entry(), revised) == ["2024-09-01T00:00:00+00:00"]


def test_4287_4_2_4_without_text_there_is_no_content_and_the_summary_is_the_title():
    bare = entry(lead=None, body=None)
    assert find(ATOM, "//a:content | //a:link[@rel='alternate']/@type", bare)[-1] == "text/html"
    assert find(ATOM, "//a:entry/a:summary/text()", bare) == ["First"]
    assert find(RSS, "//item/description/text()", bare) == ["First"]
    assert find(RSS, "//content:encoded", bare) == []


@pytest.mark.parametrize("on", [SITE, site(base_url="https://example.org/press")])
@EVERY
def test_4287_2_addresses_are_absolute(kind, on):
    (html,) = contents(kind, entry(body=WILD), on=on)
    addresses = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert addresses == [f"{on.base_url}/news/c", f"{on.base_url}/e.png"]


# --- RSS ---


@pytest.mark.parametrize("name", SECTIONS)
def test_rss_channel_link_is_the_sections_page_and_no_feed(name):
    assert find(RSS, "/rss/channel/link/text()", name=name) == [f"https://news.example.org/{name}/"]


def test_rss_an_untitled_entry_has_a_description_and_a_title_cut_from_it():
    short = SHAPES["short-untitled"]
    assert find(RSS, "//item/description/text()", short) == [short.lead]
    assert find(RSS, "//item/title/text()", short) == [short.title]


def test_rss_the_first_enclosure_atom_and_json_all_of_them():
    both = entry(enclosures=(PAPER, SOUND))
    assert find(RSS, "//enclosure/@url", both) == [PAPER.url]
    assert find(ATOM, "//a:link[@rel='enclosure']/@href", both) == [PAPER.url, SOUND.url]
    (item,) = json.loads(feed(JSON, both).body)["items"]
    assert [a["url"] for a in item["attachments"]] == [PAPER.url, SOUND.url]


def test_rss_an_enclosure_has_a_length_even_if_nobody_knows_it_and_atom_has_none():
    assert find(RSS, "//enclosure/@length", entry(enclosures=(PAPER,))) == ["0"]
    assert find(ATOM, "//a:link/@length", entry(enclosures=(PAPER,))) == []
    assert find(ATOM, "//a:link/@length", entry(enclosures=(SOUND,))) == ["23592960"]


@pytest.mark.parametrize(
    ("facts", "name", "language"),
    [
        pytest.param({}, "news", ["en"], id="the-sections"),
        pytest.param({"also": ("actualites",)}, "actualites", ["en"], id="shown-among-others"),
        pytest.param({"section": "actualites"}, "all", ["fr"], id="another-sections"),
        pytest.param({"language": "de"}, "news", ["de"], id="its-own"),
    ],
)
def test_rss_dc_language_says_the_entrys_where_a_channel_could_not(facts, name, language):
    assert find(RSS, "//item/dc:language/text()", entry(**facts), name=name) == language


# --- media ---


@XML
def test_media_rss_content_has_size_and_type_where_the_source_gives_them(kind):
    (full,) = find(kind, "//media:content", entry(image=PICTURE))
    assert dict(full.attrib) == {
        "url": PICTURE.url,
        "fileSize": "182044",
        "type": "image/jpeg",
        "medium": "image",
        "width": "1200",
        "height": "675",
    }
    assert full.getparent().tag in {"item", f"{{{NS['a']}}}entry"}


@EVERY
def test_the_alternative_text_of_a_picture_reaches_every_format(kind):
    (html,) = contents(kind, SHAPES["image"])
    assert f'<img src="{PICTURE.url}" alt="{PICTURE.alt}" width="1200" height="675">' in html


# --- text and settings, in every format ---


@EVERY
def test_nothing_in_a_feed_runs(kind):
    (html,) = contents(kind, entry(body=WILD))
    tags = set(re.findall(r"<(\w+)", html))
    assert tags == {"p", "a", "img"}
    assert not re.search(r"<[^>]*(?:javascript|data|vbscript):|<[^>]* (?:on\w+|style)=", html)


@EVERY
def test_a_section_has_its_own_language_author_content_and_caching(kind):
    own = section(
        "news",
        language="fr",
        author=Person("Bureau", "bureau@example.org"),
        content="summary",
        caching=Caching(max_age=7200),
        entries=2,
    )
    on = site(own, section("speeches"))
    body = feed(kind, *(entry(name) for name in "abc"), on=on).body.decode()
    assert "Bureau" in body
    assert "Press office" not in body
    assert "A paragraph." not in body
    assert ("fr" if kind is JSON else "fr<" if kind is RSS else 'xml:lang="fr"') in body
    assert len(ids(kind, *(entry(name) for name in "abc"), on=on)) == 2
    assert ("<ttl>120</ttl>" in body) == (kind is RSS)
