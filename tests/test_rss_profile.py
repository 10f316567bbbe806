"""RSS by the Advisory Board's profile: no rule is broken, and each rule could be."""

import pytest

from feedsvc.render.urls import RSS
from tests import rss_profile
from tests.factory import entry
from tests.feeds_sample import SHAPES, SITE, WITHDRAWN, feed
from tests.rss_profile import faults
from tests.typed import NASTY, typed

GOOD = feed(RSS, SHAPES["enclosure"], entry("b"), name="all").body.decode()
#: Each rule with a change of a good feed that breaks it.
BROKEN = {
    "the root is rss, version 2.0": ('version="2.0"', 'version="0.92"'),
    "one channel": ("</channel>", "</channel><channel/>"),
    "namespaces are known ones": ("<ttl>", '<x:y xmlns:x="https://example.org/"/><ttl>'),
    "channel: title, link and description, once each": (
        "<description>All of the office</description>",
        "",
    ),
    "channel: elements of RSS 2.0 alone": ("<ttl>", "<icon>x</icon><ttl>"),
    "channel: no element twice": ("<ttl>", "<ttl>1</ttl><ttl>"),
    "channel: link is a page's address": ("/all/</link>", "/all/rss.xml</link>"),
    "channel: language": ("<language>en", "<language>en_GB"),
    "channel: dates": ("<lastBuildDate>Fri, 19 Jul 2024", "<lastBuildDate>Fri, 19 Jul 24"),
    "channel: lastBuildDate": ("lastBuildDate>", "rating>"),
    "channel: ttl in minutes": ("<ttl>5", "<ttl>5m"),
    "channel: managingEditor and webMaster are addresses": ("Editor>press@", "Editor>press"),
    "channel: docs and generator": ("docs>", "rating>"),
    "channel: one atom:link to itself, with its type": ('rel="self"', 'rel="via"'),
    "channel: image has the channel's title and link": ("</url>", "</url><title>x</title>"),
    "channel: guids differ": ("2024:b<", "2024:enclosure<"),
    "item: title or description": ("<guid", "</item><item><guid"),
    "item: elements of RSS 2.0 alone": ("<guid", "<summary>x</summary><guid"),
    "item: no element twice": ("<guid", "<author>a@b.example</author><guid"),
    "item: link is an address": ("<link>https://news.example.org/news/b", "<link>/news/b"),
    "item: a guid that is no address says so": (' isPermaLink="false"', ""),
    "item: dates": ("<pubDate>Fri, 19", "<pubDate>Friday, 19"),
    "item: author is an address": ("<author>press@", "<author>press"),
    "item: author or dc:creator": ("<guid", "<dc:creator>A</dc:creator><guid"),
    "item: description before content:encoded": ("<item>", "<item><content:encoded/>"),
    "item: enclosure has url, length and type": ('length="23592960"', ""),
    "item: no empty element": ("<guid", "<category/><guid"),
    "item: no relative address": ("&lt;p&gt;A paragraph", '&lt;a href="/x"&gt;A paragraph'),
    "titles: & and < as hexadecimal references": ("<title>On", "<title>&amp; On"),
}  # fmt: skip


@pytest.mark.parametrize("name", [s.name for s in (SITE.everything, *SITE.sections)])
def test_every_shape_of_entry_obeys_the_profile(name):
    assert faults(feed(RSS, *SHAPES.values(), WITHDRAWN, name=name).body) == []


def test_nasty_text_obeys_the_profile():
    assert faults(feed(RSS, *typed(list(NASTY.values()))).body) == []


@pytest.mark.parametrize(("rule", "change"), BROKEN.items(), ids=BROKEN)
def test_the_checker_finds_each_kind_of_fault(rule, change):
    before, after = change
    assert before in GOOD
    assert rule in faults(GOOD.replace(before, after).encode())


def test_no_rule_is_left_without_a_fault():
    rules = {*rss_profile.ROOT, *rss_profile.OF_CHANNEL, *rss_profile.OF_ITEM}
    assert rules < BROKEN.keys()
