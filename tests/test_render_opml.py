"""OPML 2.0: what a reader finds that imports it."""

from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import feedparser

from feedsvc.model import Person
from feedsvc.render import opml
from feedsvc.render.urls import ATOM, RSS
from tests.factory import instant, section, site
from tests.feeds_sample import PODCAST, SHAPES, SITE, entry, feed, selected


def outlines(on=SITE, *entries):
    return ET.fromstring(opml.render(on, selected(*entries, on=on))).findall(".//outline")


def head(*entries, on=SITE):
    root = ET.fromstring(opml.render(on, selected(*entries, on=on)))
    return {element.tag: element.text for element in root.find("head")}


def test_opml_2_0_the_root_names_the_version_and_has_head_and_body():
    root = ET.fromstring(opml.render(SITE, selected()))
    assert (root.tag, root.attrib) == ("opml", {"version": "2.0"})
    assert [child.tag for child in root] == ["head", "body"]


def test_opml_2_0_head_says_whose_it_is():
    assert head() == {
        "title": "Office of Tides",
        "ownerName": "Press office",
        "ownerEmail": "press@example.org",
        "ownerId": "https://news.example.org/about",
        "docs": "http://opml.org/spec2.opml",
    }


def test_opml_2_0_head_leaves_out_what_is_not_known():
    assert head(on=site(author=Person("Desk"))).keys() == {"title", "ownerName", "docs"}


def test_opml_2_0_dates_are_rfc_822_with_four_digits_for_the_year_and_no_clocks():
    revised = entry("b", "2024-07-18 09:00", updated=instant("2024-07-21 08:00"))
    date = head(entry("a"), revised)["dateModified"]
    assert date == "Sun, 21 Jul 2024 08:00:00 +0000"
    assert parsedate_to_datetime(date) == revised.modified
    assert "dateModified" not in head()


def test_opml_2_0_one_folder_holds_one_outline_for_each_section():
    folder, *feeds = outlines()
    assert folder.attrib == {"text": "Office of Tides"}
    names = ["all", *(section.name for section in SITE.sections)]
    assert [f.get("htmlUrl") for f in feeds] == [f"https://news.example.org/{n}/" for n in names]


def test_opml_2_0_an_outline_has_type_text_title_xmlurl_htmlurl_description_language():
    assert outlines()[2].attrib == {
        "type": "rss",
        "text": "News · Office of Tides",
        "title": "News · Office of Tides",
        "description": "News of the office",
        "language": "en",
        "xmlUrl": "https://news.example.org/news/atom.xml",
        "htmlUrl": "https://news.example.org/news/",
    }


def test_an_import_subscribes_to_each_section_once_and_to_podcasts_as_rss():
    addresses = [outline.get("xmlUrl") for outline in outlines()[1:]]
    assert [address.rpartition("/")[2] for address in addresses] == [
        *("atom.xml", "atom.xml", "atom.xml", "rss.xml", "atom.xml")
    ]


def test_what_an_outline_says_is_what_the_feed_says():
    for outline in outlines()[1:]:
        address = outline.get("xmlUrl").split("/")
        kind = RSS if address[-1] == RSS.file else ATOM
        parsed = feedparser.parse(feed(kind, *SHAPES.values(), name=address[-2]).body)
        assert parsed.feed.title == outline.get("title")
        assert parsed.feed.subtitle == outline.get("description")
        assert parsed.feed.language == outline.get("language")


def test_any_text_survives_in_attributes():
    nasty = 'AT&T <b>"bold"</b>\t&amp; \x0b\U0001f468\u200d\U0001f469'
    on = site(section("news", title=nasty, podcast=PODCAST), title="T")
    assert outlines(on)[2].get("text") == nasty.replace("\x0b", "") + " · T"


def test_the_same_input_gives_the_same_bytes():
    entries = tuple(SHAPES.values())
    assert opml.render(SITE, selected(*entries)) == opml.render(SITE, selected(*entries[::-1]))
