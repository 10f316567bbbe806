"""The worker's view of the store: one snapshot, with the documents asked for kept in memory.

In: a store and the facts of one snapshot. Out: pages ready to answer with. Bounded by bytes,
however many documents there are. Knows no request and no clock: the instant is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Protocol
from urllib.parse import quote

from feedsvc.snapshot import Coding, SnapshotInfo, Span, StoredDocument
from feedsvc.store.links import Link
from feedsvc.web import freshness
from feedsvc.web.pages import Kept, Page

#: An answer prepared now is given until the view is renewed, a little later: freshness is computed
#: for that later instant, so that it never runs past the next known change.
_AHEAD = timedelta(seconds=2)
#: How many unknown paths are remembered as such: bots ask for the same few again and again.
_MOST_ABSENT: Final = 1024


class Links(Protocol):
    """How the store does, where it is a copy."""

    def link(self) -> Link | None:
        """What is known of the shared store; None where there is none."""


class Store(Protocol):
    """What serving needs of a store. Every method may raise StoreError."""

    @property
    def links(self) -> Links:
        """Whether it is a copy, and up to date."""

    def current(self) -> SnapshotInfo | None:
        """The newest snapshot, or None before the first."""

    def document(self, path: str, snapshot: int, /) -> StoredDocument | None:
        """The document at a path below base_url, percent-encoded as in URLs."""

    def require(self, snapshot: SnapshotInfo, /) -> None:
        """Raises NoSnapshot where that one is gone, as from a store that was begun anew."""

    def body(self, name: str, coding: Coding, /) -> bytes:
        """The bytes named by a digest. Raises NoSnapshot where they are gone."""

    def spans(self, path: str, name: str, /) -> tuple[Span, ...] | None:
        """Where the entries stand in a body that a feed has or had; None if it never had it."""

    def changed_paths(self, since: int, until: int, /) -> frozenset[str]:
        """The paths whose document differs between two snapshots."""


class Shelf:
    """Documents by the path asked for, at most ``limit`` bytes of them.

    What to drop is found by second chance: the oldest that was not used since the last look. So a
    request need not reorder anything, only set a mark.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._kept: dict[str, Kept] = {}

    def get(self, path: str) -> Kept | None:
        """The document kept for this path."""
        return self._kept.get(path)

    def put(self, path: str, kept: Kept) -> list[str]:
        """Keep a document; gives the paths that had to make room."""
        if path in self._kept:
            return []
        self._kept[path] = kept
        self.size += kept.cost
        return list(self._make_room())

    def _make_room(self) -> Iterator[str]:
        while self.size > self.limit:
            path = next(iter(self._kept))
            kept = self._kept.pop(path)
            if kept.used:
                kept.used = False
                self._kept[path] = kept
            else:
                self.size -= kept.cost
                yield path

    def without(self, changed: frozenset[str]) -> Shelf:
        """A copy that lacks the documents at these paths of the store."""
        copy = Shelf(self.limit)
        for path, kept in list(self._kept.items()):
            if kept.document.path not in changed:
                copy.put(path, kept)
        return copy


class View:
    """One snapshot, whole: a request that begins with a view sees nothing of the next one.

    Where the store has another history now, what is not in memory raises NoSnapshot.

    ``pages`` holds those that are ready, by PATH_INFO. ``now`` is when it began, ``until``
    when some answer among them stops being right without a new snapshot, None for never.
    """

    def __init__(self, store: Store, info: SnapshotInfo, now: datetime, shelf: Shelf) -> None:
        self.info = info
        self.until: datetime | None = None
        self.pages: dict[str, Page] = {}
        self._store = store
        self.now = now
        self._shelf = shelf
        self._lock = Lock()
        self._base = info.base_path.encode()
        self._absent: set[str] = set()

    def renewed(self, now: datetime) -> View:
        """The same snapshot at a later instant."""
        return View(self._store, self.info, now, self._shelf.without(frozenset()))

    def next(self, info: SnapshotInfo, changed: frozenset[str], now: datetime) -> View:
        """A later snapshot; what did not change is kept."""
        return View(self._store, info, now, self._shelf.without(changed))

    def path(self, path_info: str) -> str | None:
        """The store's name for what a WSGI PATH_INFO asks for; None outside base_url's path."""
        # PEP 3333: PATH_INFO is bytes, decoded from percent-encoding, dressed as Latin-1.
        raw = path_info.encode("latin-1", "replace")
        if not raw.startswith(self._base + b"/"):
            return None
        return quote(raw[len(self._base) :], safe="/")

    def page(self, path_info: str) -> Page | None:
        """The page at a WSGI PATH_INFO, or None. Raises StoreError where the store does."""
        page = self.pages.get(path_info)
        if page is not None:
            return page
        path = self.path(path_info)
        return None if path is None else self._find(path_info, path)

    def named(self, path: str) -> Page | None:
        """The page that the store has under a name that no URL leads to."""
        # A PATH_INFO is Latin-1: none is equal to this key.
        key = f"\uffff{path}"
        return self.pages.get(key) or self._find(key, path)

    def spans(self, path: str, digest: str) -> tuple[Span, ...] | None:
        """Where the entries stand in a body that the feed at ``path`` has or had."""
        return self._store.spans(path, digest)

    def _find(self, key: str, path: str) -> Page | None:
        kept = self._shelf.get(key) or self._read(path)
        if kept is None:
            return None
        page = self._prepare(kept)
        with self._lock:
            self.pages[key] = page
            for dropped in self._shelf.put(key, kept):
                self.pages.pop(dropped, None)
            until = min(filter(None, (self.until, *self._turns(kept.document))), default=None)
            self.until = until
        return page

    def _read(self, path: str) -> Kept | None:
        if path in self._absent:
            return None
        document = self._store.document(path, self.info.id)
        kept = Kept(document, self._bodies(document)) if document else None
        self._store.require(self.info)  # else it may be there, or not, in another history alone
        if kept is None:
            if len(self._absent) >= _MOST_ABSENT:
                self._absent.clear()
            self._absent.add(path)
        return kept

    def _bodies(self, document: StoredDocument) -> dict[Coding, bytes]:
        return {coding: self._store.body(document.digest, coding) for coding in document.codings}

    def _prepare(self, kept: Kept) -> Page:
        document, change = kept.document, self.info.next_change
        return Page(
            kept,
            cache_control=freshness.cache_control(document, change, self.now, _AHEAD),
            last_modified=freshness.last_modified(document, self.now),
        )

    def _turns(self, document: StoredDocument) -> Iterator[datetime]:
        """When what was prepared of the document must be prepared anew."""
        turn = freshness.varies_from(document, self.info.next_change, self.now, _AHEAD)
        if turn is not None:
            yield turn
        if document.last_modified > self.now:
            yield document.last_modified
