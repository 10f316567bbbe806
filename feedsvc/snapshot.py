"""Documents, their validators and codings, and the difference of two snapshots.

In: rendered bytes and the instants at which they last changed. Out: what the store keeps and the
server sends. A document is one URL's content; a representation is that document in one coding.
Knows no SQL, no HTTP request and no YAML.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

import brotli
import deflate
import msgspec

Coding = Literal["identity", "gzip", "br"]
CODINGS: tuple[Coding, ...] = ("identity", "gzip", "br")
#: What the entity-tag of each coding ends in: RFC 9110 §8.8.3.3, a strong tag differs per coding.
_SUFFIX: Mapping[Coding, str] = {"identity": "", "gzip": ".gz", "br": ".br"}
#: Where the page for unknown paths is kept; no URL leads there.
NOT_FOUND = "/!404"
#: The end of a path, and of a Location, that stands for whatever follows.
REST = "*"
Effort = Literal["most", "usual", "little", "least"]
"""How hard to compress: what is polled all day is worth more than what is read once a year."""
#: Levels of gzip (libdeflate's) and brotli. A live feed of 84 KB takes 2 ms in each. An article of
#: 4.5 KB has 1361 bytes in brotli after 110 us; quality 4 takes 100 and gives 1459, 3 takes 67 and
#: gives more than gzip does. Its gzip, for the few who cannot read brotli, has 1590 bytes after
#: 25 us, at level 6 1565 after 41. What is sealed has no brotli: what gives as little work as
#: gzip's lowest level saves no byte over it.
_EFFORT: Mapping[Effort, tuple[int, int | None]] = {
    "most": (9, 9),
    "usual": (6, 5),
    "little": (1, 5),
    "least": (1, None),
}
#: The logarithm of brotli's window: with 64 KB it is 3 to 20 times quicker than with its usual
#: 4 MB, and what it gives is no larger for bodies such as ours.
_WINDOW = 16
#: Below this many bytes a coding costs more in header fields than it saves.
_WORTH_CODING = 200


class Span(msgspec.Struct, frozen=True):
    """Where one entry (or tombstone) stands in a feed's identity bytes: what a delta is cut by.

    ``offset`` and ``length`` in bytes; ``digest`` is that of the bytes themselves.
    """

    id: str
    offset: int
    length: int
    digest: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One URL's content, ready to be stored and sent.

    ``path`` starts with ``/`` and is relative to the path of base_url. ``headers`` are the
    fields that do not depend on coding, clock or request. ``max_age`` is seconds and
    ``cache`` the other Cache-Control directives, in the order in which they are sent.
    ``spans`` are there for feeds alone, in order of offset. ``effort`` is for its compression.
    """

    path: str
    media_type: str
    body: bytes
    status: int = 200
    max_age: int = 300
    cache: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    spans: tuple[Span, ...] = ()
    effort: Effort = "usual"

    @property
    def digest(self) -> str:
        """The digest of the identity bytes."""
        return digest(self.body)


class StoredDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document as the store knows it: everything but the bodies.

    ``codings`` are those for which a body is kept. ``last_modified`` is a whole second.
    """

    path: str
    media_type: str
    digest: str
    status: int
    max_age: int
    cache: str
    headers: tuple[tuple[str, str], ...]
    last_modified: datetime
    codings: tuple[Coding, ...]


class SnapshotInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One published snapshot: the facts about it, not its documents.

    ``base_path`` is the path of base_url ("" or "/prefix"). ``next_change`` is the next instant at
    which the site is known to change without an edit (an embargo's end, an expiry).
    ``documents`` counts them all, ``changed`` those that this snapshot wrote or removed.
    ``duration`` is the build's, in seconds.
    """

    id: int
    instant: datetime
    why: str
    base_path: str
    next_change: datetime | None
    documents: int
    changed: int
    duration: float


def digest(data: bytes) -> str:
    """A name for these bytes: 144 bits of BLAKE2b, 24 characters safe in URLs and entity-tags."""
    return base64.urlsafe_b64encode(blake2b(data, digest_size=18).digest()).decode("ascii")


def entity_tag(name: str, coding: Coding) -> str:
    """The strong entity-tag of a representation, quoted: RFC 9110 §8.8.3."""
    return f'"{name}{_SUFFIX[coding]}"'


def encode(body: bytes, effort: Effort = "usual") -> dict[Coding, bytes]:
    """The body in each coding that is worth keeping.

    Equal bytes give equal bytes: the gzip header carries no time and no name.
    """
    if len(body) < _WORTH_CODING:
        return {"identity": body}
    gzip_level, quality = _EFFORT[effort]
    coded: dict[Coding, bytes] = {
        "identity": body,
        "gzip": bytes(deflate.gzip_compress(body, gzip_level)),
    }
    if quality is not None:
        coded["br"] = brotli.compress(body, quality=quality, lgwin=_WINDOW)
    return {c: data for c, data in coded.items() if c == "identity" or len(data) < len(body)}


def last_modified(previous: datetime | None, instant: datetime) -> datetime:
    """The whole second at which bytes that change at ``instant`` count as modified.

    Always later than ``previous``: two changes within one second must differ, or clients that
    send If-Modified-Since alone stay behind for ever; and it never moves backwards, whatever
    the clock does.
    """
    now = instant.replace(microsecond=0)
    return now if previous is None else max(now, previous + timedelta(seconds=1))


class Published(msgspec.Struct, frozen=True):
    """What a builder must know of a document that is current, to compare it with a new one.

    ``recipe`` is the digest of all that it was made from, "" where that is not known.
    """

    fingerprint: str
    last_modified: datetime
    recipe: str = ""


class Prepared(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A document ready to be published: compressed, with its fingerprint.

    ``recipe`` is the digest of all that it was made from. ``bodies`` holds the bytes in each coding
    that is kept, without those that another one gives; empty once the store has them.
    """

    path: str
    media_type: str
    digest: str
    fingerprint: str
    status: int
    max_age: int
    cache: str
    headers: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...]
    recipe: str = ""
    bodies: dict[Coding, bytes] = {}


def prepare(document: Document, recipe: str = "") -> Prepared:
    """The document as the store takes it. What gzip holds is not kept a second time, plain."""
    name = document.digest
    bodies = encode(document.body, document.effort)
    if "gzip" in bodies:
        del bodies["identity"]
    return Prepared(
        path=document.path,
        media_type=document.media_type,
        digest=name,
        fingerprint=_fingerprint(document, name),
        status=document.status,
        max_age=document.max_age,
        cache=document.cache,
        headers=document.headers,
        spans=document.spans,
        recipe=recipe,
        bodies=bodies,
    )


class Difference(msgspec.Struct, frozen=True):
    """What a publish must write: documents that are new or changed, and paths that are gone."""

    changed: tuple[Prepared, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone)


def fingerprint(document: Document) -> str:
    """The digest of all that a client can see of a document, header fields included."""
    return _fingerprint(document, document.digest)


def _fingerprint(document: Document, name: str) -> str:
    """The same, where the digest of its bytes is known."""
    facts = (
        document.media_type,
        document.status,
        document.max_age,
        document.cache,
        document.headers,
        name,
    )
    return digest(msgspec.json.encode(facts))
