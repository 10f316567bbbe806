"""An item of somebody's feed as the keys of an entry.

In: an item, the site, the renderer. Out: keys and values, and what could not be kept as it was. It
must not know files, nor what the site has already.

An id that is an IRI is kept as it is, so that subscribers know the entry again. Any other guid,
such as ``12345``, becomes part of a tag URI here, for Atom allows nothing else: RFC 4287 §4.2.6.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import msgspec

from feedsvc.model import Enclosure, Person, Site
from feedsvc.source import dates, identity
from feedsvc.source.emit import Value, fit
from feedsvc.source.fields import Unfit
from feedsvc.source.items import Item, Text
from feedsvc.source.tomarkdown import Converted, Render, paragraphs, plain, to_markdown
from feedsvc.source.urls import absolute

_LONGEST_LEAD = 1000
_LONGEST_TITLE = 120
_SAME = 60  # seconds: what was touched up while being published was not revised
_CUT = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?|\[&#8230;\]|Continue reading.*|Read more.*)\s*\Z")
_MAIL = re.compile(r"[^\s@<>(),;:\"\\]+@[^\s@<>(),;:\"\\]+\.[^\s@<>(),;:\"\\]+\Z")
_LETTERS = re.compile(r"\W+")
_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp)\Z")


class Draft(msgspec.Struct, frozen=True):
    """The keys of an entry. ``kept`` is False where subscribers will not know it again.

    ``html`` counts the blocks of the body that stayed HTML.
    """

    values: dict[str, Value]
    published: datetime
    kept: bool = True
    html: int = 0


class Drafter:
    """Makes entries for one section. ``render`` is what turns Markdown into HTML.

    ``language`` is the feed's. ``own_pages``: the old address is not kept as ``link``. ``instant``
    stands in for a date that nobody gave.
    """

    def __init__(  # noqa: PLR0913 - the facts of one import
        self,
        site: Site,
        section: str,
        render: Render,
        *,
        language: str,
        instant: datetime,
        own_pages: bool = False,
    ) -> None:
        known = site.section(section)
        self._zone = ZoneInfo(site.timezone)
        self._render = render
        self._language = language
        self._usual = known.language if known else site.language
        self._instant = instant
        self._own_pages = own_pages

    def draft(self, item: Item) -> Draft:
        """The entry that the item becomes."""
        entry_id, kept = entry_id_of(item)
        published = item.published or item.updated or self._instant
        converted = self._converted(item)
        title = fit(_title(item.title))
        words = _words(item, title, converted)
        dated = {"published": self._moment(published)}
        if item.updated and (item.updated - published).total_seconds() >= _SAME:
            dated["updated"] = self._moment(item.updated)
        others = self._others(item, _image(item, converted))
        values: dict[str, Value] = {"id": entry_id, **dated, **words, **others}
        return Draft(values, published, kept, converted.html)

    def _converted(self, item: Item) -> Converted:
        text = item.content if item.content.value.strip() else item.summary
        html = text.value if text.html else paragraphs(text.value)
        return to_markdown(fit(html), text.base or item.link, self._render)

    def _others(self, item: Item, image: dict[str, Value]) -> dict[str, Value]:
        """All but id, dates and words."""
        language = item.language or self._language
        found: dict[str, Value] = {
            "link": "" if self._own_pages else _web(item.link),
            "slug": slug_of(item),
            "authors": [_person(one) for one in item.authors],
            "tags": list(dict.fromkeys(_line(tag) for tag in item.tags if _line(tag))),
            "language": language if language.lower() != self._usual.lower() else "",
            "image": image,
            "enclosures": [_enclosure(one) for one in item.enclosures],
            "draft": item.draft,
        }
        return {name: value for name, value in found.items() if value}

    def _moment(self, instant: datetime) -> str:
        """The instant on the clocks of the site's zone, where that is clear; else in UTC."""
        local = instant.astimezone(self._zone).replace(microsecond=0)
        midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
        clock = "" if midnight else " %H:%M:%S" if local.second else " %H:%M"
        text = local.strftime(f"%Y-%m-%d{clock}")
        try:
            if dates.instant(text, self._zone) == instant.astimezone(UTC).replace(microsecond=0):
                return text
        except Unfit:
            pass
        return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry_id_of(item: Item) -> tuple[str, bool]:
    """The id, guid first as readers have it; and whether they will know the entry by it."""
    guid = item.guid or item.link
    if guid and identity.is_id(guid):
        return guid, ":" in guid
    words = guid or f"{item.title.value}\n{item.content.value}\n{item.summary.value}"
    name = identity.slugify(guid or plain(item.title.value)) or "entry"
    return f"{name}-{hashlib.sha256(words.encode()).hexdigest()[:8]}", False


def slug_of(item: Item) -> str:
    """The name that its old page had; empty where that says nothing."""
    name = item.name or _path(item.link).rstrip("/").rpartition("/")[2]
    slug = identity.slugify(_ENDING.sub("", unquote(name)))
    return slug if re.search("[a-z]", slug) and slug not in identity.RESERVED_SLUGS else ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # a broken address
        return ""


def _title(title: Text) -> str:
    return _line(plain(title.value) if title.html else title.value)


def _words(item: Item, title: str, converted: Converted) -> dict[str, Value]:
    """Title, lead and body. The lead is the first paragraph, or a summary that says something else.

    A summary that only repeats the beginning, as most feeds cut it, is not kept: feeds cut it anew.
    """
    summary = fit(_line(plain(item.summary.value) if item.summary.html else item.summary.value))
    text = plain(item.content.value) if item.content.html else item.content.value
    lead, body = "", converted.whole
    if text.strip() and summary and not _repeats(summary, text):
        lead = summary
    elif converted.lead and len(converted.lead) <= _LONGEST_LEAD:
        lead, body = converted.lead, converted.rest
    if not title and not lead:
        title = _cut(text.strip() or summary) or "…"
    found: dict[str, Value] = {"title": title, "lead": lead, "body": body and f"{body}\n"}
    return {name: value for name, value in found.items() if value}


def _repeats(summary: str, text: str) -> bool:
    """Whether the summary is just the beginning of the text, or all of it."""
    said = _LETTERS.sub("", _CUT.sub("", summary)).casefold()
    return _LETTERS.sub("", text).casefold().startswith(said)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TITLE else line[:_LONGEST_TITLE].rpartition(" ")[0] + "…"


def _line(text: str) -> str:
    return " ".join(fit(text).split())


def _web(url: str) -> str:
    """A web address; a blank in it is meant."""
    address = url.strip().replace(" ", "%20")
    return address if address.lower().startswith(("http://", "https://")) else ""


def _person(person: Person) -> Value:
    """The name alone, or with what else is sound."""
    email = person.email if person.email and _MAIL.match(person.email) else ""
    try:
        uri = absolute(_web(person.uri or "") or "-")
    except Unfit:
        uri = ""
    facts = {"name": _line(person.name), "email": email, "uri": uri}
    return _given(facts) if email or uri else facts["name"]


def _image(item: Item, converted: Converted) -> dict[str, Value]:
    """The picture at the head of the text; or the one that the item names, unless it is in it."""
    if found := converted.picture:
        facts = {"url": _web(found["src"]), "alt": _line(found.get("alt", ""))}
        sizes = {name: found.get(name, "") for name in ("width", "height")}
        return {**_given(facts), **{n: int(s) for n, s in sizes.items() if s.isdecimal()}}
    if item.image is None or item.image.url in item.content.value:
        return {}
    return _given({"url": _web(item.image.url), "alt": _line(item.image.alt)})


def _enclosure(enclosure: Enclosure) -> dict[str, Value]:
    facts: dict[str, Value] = {
        "url": _web(enclosure.url) or enclosure.url,
        "type": enclosure.type,
        "length": enclosure.length,
        "title": _line(enclosure.title or ""),
        "duration": enclosure.duration or "",
    }
    return {name: value for name, value in facts.items() if value != ""}


def _given(facts: dict[str, str]) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if value}
