"""A checker of RSS 2.0: the specification and the best-practices profile of the RSS Advisory Board.

In: a feed's bytes. Out: the names of the rules that it breaks. https://www.rssboard.org/rss-profile
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
_BOTH = frozenset({"title", "link", "description", "category", "pubDate"})
CHANNEL = _BOTH | {
    *("language", "copyright", "managingEditor", "webMaster", "lastBuildDate", "generator"),
    *("docs", "cloud", "ttl", "image", "rating", "textInput", "skipHours", "skipDays", "item"),
}
ITEM = _BOTH | {"author", "comments", "enclosure", "guid", "source"}
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)"
)
_PERSON = re.compile(r"[^\s@()]+@[^\s@()]+\.[^\s@()]+(?: \([^()\\]+\))?")
_URL = re.compile(r"https?://[!-~]+")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")
_RELATIVE = re.compile(r"""(?:href|src)=["'](?![a-z]+:)""")

Rule = Callable[[Any], bool]
#: Each rule by name: whether a feed (its root, its channel, an item) obeys it.
ROOT: dict[str, Rule] = {
    "the root is rss, version 2.0": lambda rss: rss.tag == "rss" and rss.get("version") == "2.0",
    "one channel": lambda rss: [child.tag for child in rss] == ["channel"],
    "namespaces are known ones": lambda rss: (
        {e.tag[1:].partition("}")[0] for e in rss.iter("{*}*") if e.tag.startswith("{")}
        <= set(NS.values())
    ),
}
OF_CHANNEL: dict[str, Rule] = {
    "channel: title, link and description, once each": lambda c: all(
        len(c.findall(name)) == 1 and c.findtext(name) for name in ("title", "link", "description")
    ),
    "channel: elements of RSS 2.0 alone": lambda c: _core(c) <= CHANNEL,
    "channel: no element twice": lambda c: _once(c, {"item", "category"}),
    "channel: link is a page's address": lambda c: (
        bool(_URL.fullmatch(c.findtext("link") or "")) and not c.findtext("link").endswith(".xml")
    ),
    "channel: language": lambda c: bool(_LANGUAGE.fullmatch(c.findtext("language") or "")),
    "channel: dates": lambda c: _dates(c, "pubDate", "lastBuildDate"),
    "channel: lastBuildDate": lambda c: c.find("lastBuildDate") is not None,
    "channel: ttl in minutes": lambda c: (c.findtext("ttl") or "").isdigit(),
    "channel: managingEditor and webMaster are addresses": lambda c: _people(
        c, "managingEditor", "webMaster"
    ),
    "channel: docs and generator": lambda c: bool(c.findtext("docs") and c.findtext("generator")),
    "channel: one atom:link to itself, with its type": lambda c: (
        [
            (e.get("type"), bool(_URL.fullmatch(e.get("href"))))
            for e in c.findall("atom:link", NS)
            if e.get("rel") == "self"
        ]
        == [("application/rss+xml", True)]
    ),
    "channel: image has the channel's title and link": lambda c: all(
        bool(_URL.fullmatch(image.findtext("url") or ""))
        and all(image.findtext(name) == c.findtext(name) for name in ("title", "link"))
        for image in c.findall("image")
    ),
    "channel: guids differ": lambda c: (
        len({g.text for g in c.iterfind("item/guid")}) == len(c.findall("item"))
    ),
}
OF_ITEM: dict[str, Rule] = {
    "item: title or description": lambda i: bool(i.findtext("title") or i.findtext("description")),
    "item: elements of RSS 2.0 alone": lambda i: _core(i) <= ITEM,
    "item: no element twice": lambda i: _once(i, {"category"}),
    "item: link is an address": lambda i: bool(_URL.fullmatch(i.findtext("link") or "")),
    "item: a guid that is no address says so": lambda i: (
        bool(i.findtext("guid"))
        and (
            bool(_URL.fullmatch(i.findtext("guid"))) or i.find("guid").get("isPermaLink") == "false"
        )
    ),
    "item: dates": lambda i: _dates(i, "pubDate") and i.find("pubDate") is not None,
    "item: author is an address": lambda i: _people(i, "author"),
    "item: author or dc:creator": lambda i: (
        (i.find("author") is None) != (i.find("dc:creator", NS) is None)
    ),
    "item: description before content:encoded": lambda i: (
        i.find("content:encoded", NS) is None
        or (
            i.find("description") is not None
            and i.index(i.find("description")) < i.index(i.find("content:encoded", NS))
        )
    ),
    "item: enclosure has url, length and type": lambda i: all(
        bool(_URL.fullmatch(e.get("url", "")))
        and e.get("length", "").isdigit()
        and "/" in e.get("type", "")
        for e in i.findall("enclosure")
    ),
    "item: no empty element": lambda i: all(e.text or e.attrib for e in i.iter()),
    "item: no relative address": lambda i: not any(_RELATIVE.search(e.text or "") for e in i),
}


def faults(body: bytes) -> list[str]:
    """The rules that the feed breaks, each once."""
    root = etree.fromstring(body)
    return list(dict.fromkeys(_faults(root, body)))


def _faults(root: Any, body: bytes) -> Iterator[str]:
    yield from (name for name, obeys in ROOT.items() if not obeys(root))
    for channel in root.iterfind("channel"):
        yield from (name for name, obeys in OF_CHANNEL.items() if not obeys(channel))
    for item in root.iter("item"):
        yield from (name for name, obeys in OF_ITEM.items() if not obeys(item))
    if re.search(rb"<title>[^<]*&(?:amp|lt);", body):
        yield "titles: & and < as hexadecimal references"


def _core(parent: Any) -> set[str]:
    return {child.tag for child in parent if not child.tag.startswith("{")}


def _once(parent: Any, but: set[str]) -> bool:
    names = [c.tag for c in parent if not c.tag.startswith("{") and c.tag not in but]
    return len(names) == len(set(names))


def _dates(parent: Any, *names: str) -> bool:
    return all(_DATE.fullmatch(e.text or "") for name in names for e in parent.findall(name))


def _people(parent: Any, *names: str) -> bool:
    return all(_PERSON.fullmatch(e.text or "") for name in names for e in parent.findall(name))
