"""What feeds of others hold: the same for every format.

In and out: values as their publishers wrote them. They must not know in which format they came, nor
what becomes of them.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from feedsvc.model import Enclosure, Image, Person


class Text(msgspec.Struct, frozen=True):
    """What somebody wrote; ``html`` says what the text is. Links in it are relative to ``base``."""

    value: str = ""
    html: bool = True
    base: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, item or post. ``guid`` is what readers know it by, as it stands; "" for none.

    ``name`` is the end of its address, where the document says so.
    """

    guid: str = ""
    link: str = ""
    title: Text = Text()
    summary: Text = Text()
    content: Text = Text()
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    image: Image | None = None
    draft: bool = False
    name: str = ""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One document. ``older`` is where more is to be had: RFC 5005, JSON Feed's next_url.

    ``pages``: a WordPress feed, which has further pages though it does not say so.
    """

    items: tuple[Item, ...]
    language: str = ""
    date: datetime | None = None
    older: str = ""
    pages: bool = False
    notes: tuple[str, ...] = ()
