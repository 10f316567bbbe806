"""From one document to all of its kind: archives, further pages.

In: an address or a document, a way to fetch others. Out: every item, each once, and what is to be
said about them. It must not know what becomes of them.

RFC 5005 §2 and §4 (``next``, ``prev-archive``), JSON Feed's ``next_url``; and WordPress, whose
feeds have further pages under ``?paged=2`` and do not say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from feedsvc.errors import ImportProblem
from feedsvc.source.fetch import Fetched
from feedsvc.source.foreign import parse
from feedsvc.source.items import Feed, Item

Find = Callable[[str], Fetched | None]


class Found(msgspec.Struct, frozen=True):
    """All items, the newest document's first; ``feed`` is that document, ``documents`` a count."""

    feed: Feed
    items: tuple[Item, ...]
    documents: int
    notes: tuple[str, ...]


def whole(first: Fetched, find: Find, limit: int) -> Found:
    """Everything that the document leads to, at most ``limit`` documents.

    Raises ImportProblem where the first one is none.
    """
    feed = parse(first.data, first.url)
    items = {_name(item): item for item in feed.items}
    notes = list(feed.notes)
    documents = 1
    try:
        for page in _pages(first, feed, find, items):
            documents += 1
            notes += page.notes
            for item in page.items:
                items.setdefault(_name(item), item)
            if documents >= limit:
                notes.append(f"stopped after {limit} documents: there may be more; see --pages")
                break
    except ImportProblem as problem:
        notes.append(f"what is older is missing: {problem}")
    return Found(feed, tuple(items.values()), documents, tuple(dict.fromkeys(notes)))


def _pages(first: Fetched, feed: Feed, find: Find, known: dict[str, Item]) -> Iterator[Feed]:
    """The documents that follow, until there is no other, or nothing new in one."""
    seen = {first.url}
    number = 1
    while True:
        number += 1
        url = _paged(first.url, number) if feed.pages and not feed.older else feed.older
        found = None if not url or url in seen else find(url)
        if found is None:
            return
        seen.add(url)
        page = parse(found.data, found.url)
        if feed.pages and not page.older and all(_name(item) in known for item in page.items):
            return
        yield page
        feed = page


def _paged(url: str, number: int) -> str:
    """The address of a page of a WordPress feed."""
    if not url:
        return ""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(number))])))


def _name(item: Item) -> str:
    """What tells one item from another: as readers do."""
    return item.guid or item.link or f"{item.title.value}\n{item.published}\n{item.content.value}"
