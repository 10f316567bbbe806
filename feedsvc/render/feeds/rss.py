"""One entry as an RSS 2.0 item, by the best-practices profile."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

from feedsvc.model import Enclosure, Entry, Person, Podcast
from feedsvc.render.feeds.common import Facts
from feedsvc.render.feeds.markup import element, fragment, leaf, text
from feedsvc.render.feeds.podcast import episode, played

#: How deep an item stands in its feed: within rss and channel.
_DEPTH = 2
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 - for reading
# RFC 822 §3.3: a comment's text has no brackets; readers cut addresses and <> out of it too.
_UNFIT_FOR_COMMENT = re.compile(r"[()<>@&\\]")


def item(facts: Facts, source: Entry, podcast: Podcast | None, *, spoken: bool) -> bytes:
    """The item element; ``spoken`` says whether its language is to be named.

    Raises ValueError where a text cannot stand in XML.
    """
    said = _said(facts, source, podcast, spoken=spoken)
    return fragment(element("item", {}, said, _DEPTH), _DEPTH)


def _said(facts: Facts, source: Entry, podcast: Podcast | None, *, spoken: bool) -> Iterator[str]:
    yield facts.title
    yield leaf("link", facts.link)
    # A description is HTML: the plain text becomes HTML first. It stands before the content.
    yield leaf("description", html.escape(facts.summary, quote=False))
    if facts.content:
        yield f"<content:encoded>{facts.content}</content:encoded>"
    if author := _author(facts.authors):
        yield leaf("author", author)
    yield f'<guid isPermaLink="false">{text(source.iri)}</guid>'
    yield from (leaf("category", tag) for tag in source.tags)
    if enclosed := (podcast and played(source)) or next(iter(source.enclosures), None):
        yield _enclosure(enclosed)
    yield leaf("pubDate", _date(source.published))
    if not author:
        yield from (leaf("dc:creator", person.name) for person in facts.authors)
    if spoken:
        yield leaf("dc:language", facts.language)
    yield from facts.media
    if podcast:
        yield from episode(facts, source, podcast)


def _date(moment: datetime) -> str:
    """RFC 822 §5.1, the year in full: as ``format_datetime`` does, in a fourth of its time."""
    if moment.tzinfo is not UTC:
        return format_datetime(moment)
    day = f"{_DAYS[moment.weekday()]}, {moment.day:02} {_MONTHS[moment.month - 1]}"
    clock = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
    return f"{day} {moment.year:04} {clock} +0000"


def _author(people: tuple[Person, ...]) -> str | None:
    """``author`` where there is one person with an address, else ``dc:creator``: never both."""
    first = people[0]
    if len(people) > 1 or not first.email or _UNFIT_FOR_COMMENT.search(first.name):
        return None
    return f"{first.email} ({first.name})"


def _enclosure(enclosure: Enclosure) -> str:
    """RSS profile: at most one enclosure, with url, length and type."""
    length = str(enclosure.length)
    return element("enclosure", {"url": enclosure.url, "length": length, "type": enclosure.type})
