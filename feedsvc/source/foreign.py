"""Feeds of others: RSS, Atom, JSON Feed, WordPress exports. The only importer of feedparser.

In: the bytes of one document and its address. Out: items as their publisher meant them, neither
checked nor cleaned. It must not know what becomes of them here.
"""

from __future__ import annotations

import calendar
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from xml.sax import SAXException

import feedparser

from feedsvc.errors import ImportProblem
from feedsvc.model import Enclosure, Image, Person
from feedsvc.source import wxr
from feedsvc.source.items import Feed, Item, Text
from feedsvc.source.media import guessed_type
from feedsvc.source.urls import joined

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_SECONDS = 60


def parse(data: bytes, url: str = "") -> Feed:
    """Read a document. Raises ImportProblem where it is no feed."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(data, url)
    # Links in texts are made absolute where Markdown is made; what is unsafe the renderer drops.
    found = feedparser.parse(
        data,
        response_headers={"content-type": "application/xml", "content-location": url},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    if not found.get("version") and not found.entries:
        raise ImportProblem("no feed: expected RSS, Atom, JSON Feed or a WordPress export (WXR)")
    notes = []
    if found.bozo and isinstance(found.get("bozo_exception"), SAXException):
        notes.append(f"the XML is broken, read as far as it goes: {found.bozo_exception}")
    return _feed(found, data, url, notes)


def _feed(found: Any, data: bytes, url: str, notes: list[str]) -> Feed:
    names = wxr.authors(data) if "wp_wxr_version" in found.feed else None
    feed = found.feed
    base = url or feed.get("link", "")
    # RFC 4287 §4.2.1: an entry without an author has the feed's.
    authors = _people(feed) if found.version.startswith("atom") else ()
    read = (_item(entry, base, authors) for entry in found.entries)
    items = [
        wxr.post(entry, item, names or {}) if names is not None else item
        for entry, item in zip(found.entries, read, strict=True)
    ]
    links = {link.get("rel"): link.get("href", "") for link in feed.get("links", ())}
    older = links.get("prev-archive") or links.get("next") or ""
    return Feed(
        items=tuple(item for item in items if item),
        language=feed.get("language") or "",
        date=_date(feed, "published") or _date(feed, "updated"),
        older=joined(base, older) if older else "",
        pages="wordpress.org" in feed.get("generator", "") and names is None,
        notes=tuple(notes),
    )


def _item(entry: Any, base: str, authors: tuple[Person, ...]) -> Item:
    contents = [_text(one, base) for one in entry.get("content", ())]
    content = next((one for one in contents if one.html), contents[0] if contents else Text())
    link = entry.get("link", "")
    return Item(
        guid=entry.get("id", "").strip(),
        link=joined(base, link.strip()) if link else "",
        title=_text(entry.get("title_detail", {}), base),
        summary=_text(entry.get("summary_detail", {}), base),
        content=content,
        published=_date(entry, "published") or _date(entry, "created"),
        updated=_date(entry, "updated"),
        authors=_people(entry) or authors,
        tags=tuple(tag.get("label") or tag.get("term") or "" for tag in entry.get("tags", ())),
        language=_language(entry),
        enclosures=tuple(_enclosures(entry, base)),
        image=_image(entry, base),
    )


def _text(detail: Mapping[str, Any], base: str) -> Text:
    value = detail.get("value") or ""
    html = detail.get("type", "text/html") in _HTML
    return Text(value, html, joined(base, detail.get("base") or ""))


def _date(entry: Any, name: str) -> datetime | None:
    # Not entry.get: feedparser gives "published" for a missing "updated".
    parsed = dict.get(entry, f"{name}_parsed")
    if not parsed:
        return None
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    return None


#: ``address (name)`` and ``name <address>``: RFC 822 §6.1, and RSS 2.0's own form of it.
_MAILBOX = re.compile(
    r"(?P<email>[^\s()<>]+@[^\s()<>]+)(?:\s*\((?P<name>.*)\))?"
    r"|(?P<named>[^<>]*?)\s*<(?P<address>[^\s<>]+@[^\s<>]+)>"
)


def _people(entry: Any) -> tuple[Person, ...]:
    # feedparser cuts addresses whose last label is longer than four letters: .press, .agency.
    raw = _MAILBOX.fullmatch((entry.get("author") or "").strip())
    if raw and len(entry.get("authors", ())) == 1 and not entry["authors"][0].get("href"):
        email = raw["email"] or raw["address"]
        name = (raw["name"] or raw["named"] or "").strip()
        return (Person(name or email.partition("@")[0], email),)
    return tuple(filter(None, map(_person, entry.get("authors", ()))))


def _person(detail: Mapping[str, str]) -> Person | None:
    name, email = detail.get("name", "").strip(), detail.get("email", "").strip()
    if not name and not email:
        return None
    return Person(name or email.partition("@")[0], email or None, detail.get("href") or None)


def _language(entry: Any) -> str:
    details = (*entry.get("content", ()), entry.get("title_detail", {}))
    found = (entry.get("language"), *(detail.get("language") for detail in details))
    return next(filter(None, found), "")


def _enclosures(entry: Any, base: str) -> list[Enclosure]:
    duration = _duration(entry.get("itunes_duration", ""))
    given = [one for one in entry.get("enclosures", ()) if one.get("href")]
    return [
        _enclosure(
            joined(base, one["href"]),
            one.get("type"),
            one.get("length"),
            one.get("title"),
            duration if len(given) == 1 else None,
        )
        for one in given
    ]


def _enclosure(url: str, kind: Any, length: Any, title: Any, duration: int | None) -> Enclosure:
    size = str(length or "")
    return Enclosure(
        url=url,
        type=kind or guessed_type(url) or "application/octet-stream",
        length=int(size) if size.isdecimal() else 0,
        title=title or None,
        duration=duration,
    )


def _duration(text: str) -> int | None:
    """``1:02:03`` or seconds."""
    parts = text.strip().split(":")
    if not all(part.isdecimal() for part in parts):
        return None
    total = 0
    for part in parts:
        total = total * _SECONDS + int(part)
    return total or None


def _image(entry: Any, base: str) -> Image | None:
    """Media RSS: a picture of the item, where it is given as one."""
    media = [one for one in entry.get("media_content", ()) if one.get("medium") == "image"]
    url = next(
        (one["url"] for one in (*media, *entry.get("media_thumbnail", ())) if one.get("url")), ""
    )
    return Image(url=joined(base, url)) if url else None


def _json_feed(data: bytes, url: str) -> Feed:
    """JSON Feed 1.0 and 1.1."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImportProblem(f"no JSON: {error}") from error
    if "jsonfeed.org" not in str(found.get("version")) or not isinstance(found.get("items"), list):
        raise ImportProblem("no JSON Feed: expected 'version' and 'items'")
    base = url or _string(found, "home_page_url")
    next_url = _string(found, "next_url")
    return Feed(
        items=tuple(
            _json_item(one, found, base) for one in found["items"] if isinstance(one, dict)
        ),
        language=_string(found, "language"),
        older=joined(base, next_url) if next_url else "",
    )


def _json_item(item: dict[str, Any], feed: dict[str, Any], base: str) -> Item:
    own = _string(item, "url")
    html, text = _string(item, "content_html"), _string(item, "content_text")
    content = Text(html, base=base) if html else Text(text, html=False)
    image = _string(item, "image")
    given = _list(item, "authors") or [item.get("author")]
    if not any(given):
        given = _list(feed, "authors") or [feed.get("author")]
    return Item(
        guid=_string(item, "id"),
        link=joined(base, _string(item, "external_url") or own),
        title=Text(_string(item, "title"), html=False),
        summary=Text(_string(item, "summary"), html=False),
        content=content,
        published=_json_date(item, "date_published"),
        updated=_json_date(item, "date_modified"),
        authors=tuple(_json_person(one) for one in given if isinstance(one, dict)),
        tags=tuple(str(t) for t in _list(item, "tags") if isinstance(t, str | int | float)),
        language=_string(item, "language"),
        enclosures=tuple(
            _enclosure(
                joined(base, url),
                _string(one, "mime_type"),
                one.get("size_in_bytes"),
                _string(one, "title"),
                _whole(one.get("duration_in_seconds")),
            )
            for one in _list(item, "attachments")
            if isinstance(one, dict) and (url := _string(one, "url"))
        ),
        image=Image(url=joined(base, image)) if image else None,
    )


def _json_person(author: dict[str, Any]) -> Person:
    return Person(_string(author, "name") or _string(author, "url"), uri=_string(author, "url"))


def _json_date(item: dict[str, Any], name: str) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(_string(item, name))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def _string(mapping: Mapping[str, Any], name: str) -> str:
    value = mapping.get(name)
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _list(mapping: Mapping[str, Any], name: str) -> list[Any]:
    value = mapping.get(name)
    return value if isinstance(value, list) else []


def _whole(value: Any) -> int | None:
    """Python's JSON knows numbers that are none."""
    return round(value) if isinstance(value, int | float) and math.isfinite(value) else None
