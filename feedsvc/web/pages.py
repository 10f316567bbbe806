"""A document with its answers, ready to be sent: status line, header fields and content per coding.

In: a stored document, its bodies, and what freshness says of it. Out: ``Reply`` objects, made once
and given to every client. Pure. Knows no store, no server and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from feedsvc.snapshot import Coding, StoredDocument, entity_tag
from feedsvc.web.conditional import OUR_TAG, Asked, Base, Current
from feedsvc.web.counts import Kind, kind, tally
from feedsvc.web.negotiation import choose
from feedsvc.web.replies import NO_STORE, OPEN, Field, Reply, status_line

#: Under feedparser's own name comes rss2email, which takes a 226 for an error and from then on
#: asks for the same one for ever. A full answer is always right: RFC 3229 §10.5.3.
_STUMBLES: Final = "feedparser/"
#: How many Accept-Encoding texts a page remembers, and of what length: clients send a handful.
_MOST_WANTED: Final = 32
_LONGEST_WANTED: Final = 100
_OK: Final = 200
_NOT_FOUND: Final = 404


class Kept:
    """A document with its bodies. ``used`` since somebody last looked for one to drop."""

    __slots__ = ("bodies", "document", "used")
    #: Bytes that a document costs beside its bodies: header fields, answers, names.
    OVERHEAD: Final = 8 * 1024

    def __init__(self, document: StoredDocument, bodies: Mapping[Coding, bytes]) -> None:
        self.document = document
        self.bodies = bodies
        self.used = False

    @property
    def cost(self) -> int:
        """About how many bytes of memory it takes."""
        return self.OVERHEAD + sum(map(len, self.bodies.values()))


class Variant(msgspec.Struct, frozen=True):
    """A document in one coding. ``tags`` are the If-None-Match texts that plainly match it."""

    tags: frozenset[str]
    full: Reply
    unmodified: Reply


class Page:
    """A document with every answer that may be given for it, each made when first needed.

    ``caching`` and ``last_modified`` are the values of those fields, None where it may not be sent.
    """

    __slots__ = (
        "caching",
        "codings",
        "document",
        "kept",
        "kind",
        "last_modified",
        "variants",
        "wanted",
    )

    def __init__(self, kept: Kept, *, cache_control: str, last_modified: str | None) -> None:
        self.kept = kept
        self.document = kept.document
        self.kind: Kind = kind(kept.document.media_type)
        self.last_modified = last_modified if kept.document.status == _OK else None
        # RFC 9110 §12.5.3: of codings that a client likes equally, the smaller.
        bodies = kept.bodies
        self.codings = tuple(sorted(bodies, key=lambda coding: (len(bodies[coding]), coding)))
        self.variants: dict[Coding | None, Variant] = {}
        self.wanted: dict[str | None, Variant] = {}
        self.caching = cache_control

    @property
    def current(self) -> Current:
        """What ``conditional.decide`` must know of the document."""
        document = self.document
        return Current(
            digest=document.digest,
            codings=self.codings,
            last_modified=document.last_modified,
            # A delta of JSON would not be cut at these places; pages and assets have no entries.
            feed=document.media_type.startswith(("application/atom+xml", "application/rss+xml")),
        )

    def variant(self, coding: Coding) -> Variant:
        """The answers in one coding."""
        made = self.variants.get(coding)
        if made is None:
            made = self.variants[coding] = self._prepare(coding)
        return made

    def regardless(self, accept_encoding: str | None) -> Reply:
        """The full answer, also where every coding is refused: for what is no 200."""
        return self.variant(choose(accept_encoding, self.codings) or "identity").full

    def recall(self, accept_encoding: str | None) -> Variant | None:
        """The answers for an Accept-Encoding, if made before; remembers which they are."""
        variant = self.variants.get(choose(accept_encoding, self.codings))
        if variant and len(accept_encoding or "") <= _LONGEST_WANTED:
            # Emptied when full: junk pushes the usual fields out only for a moment.
            if len(self.wanted) >= _MOST_WANTED:
                self.wanted.clear()
            self.wanted[accept_encoding] = variant
        return variant

    def _prepare(self, coding: Coding) -> Variant:
        body = self.kept.bodies[coding]
        tag = entity_tag(self.document.digest, coding)
        full = Reply(
            status_line(self.document.status),
            self._fields(coding, len(body)),
            [body],
            tally(self.document.status, self.kind, "" if coding == "identity" else coding),
            len(body),
            len(self.kept.bodies["identity"]) - len(body),
        )
        if self.document.status != _OK:
            return Variant(frozenset(), full, full)
        unmodified = Reply(
            status_line(304), self._unmodified(tag), [], tally(304, self.kind, "304"), 0, len(body)
        )
        return Variant(frozenset((tag, f"W/{tag}")), full, unmodified)

    def _fields(self, coding: Coding, length: int) -> list[Field]:
        return [
            ("Content-Type", self.document.media_type),
            ("Content-Length", str(length)),
            *_content_encoding(coding),
            *self._validators(coding),
            ("Cache-Control", self.caching),
            ("Vary", self._vary),
            *self.document.headers,
            *OPEN,
        ]

    def _validators(self, coding: Coding) -> list[Field]:
        if self.document.status != _OK:
            return []
        # RFC 9110 §8.8.3: a strong tag names the bytes, so each coding has its own.
        fields = [("ETag", entity_tag(self.document.digest, coding))]
        return fields + ([("Last-Modified", self.last_modified)] if self.last_modified else [])

    def _unmodified(self, tag: str) -> list[Field]:
        # RFC 9110 §15.4.5: a 304 has the Cache-Control, ETag and Vary of the 200, and Date; other
        # metadata SHOULD NOT be sent: Last-Modified would guide caches only if there were no ETag.
        return [("ETag", tag), ("Cache-Control", self.caching), ("Vary", self._vary), *OPEN]

    @property
    def _vary(self) -> str:
        # RFC 9110 §12.5.5: the fields that selected it; the 404 page is only for who reads HTML.
        return (
            "Accept, Accept-Encoding" if self.document.status == _NOT_FOUND else "Accept-Encoding"
        )

    def delta(self, coding: Coding, content: bytes, base: Base) -> Reply:
        """A 226 that holds ``content``, the new entries since ``base``, already coded."""
        full = self.variant(coding).full
        fields = [
            ("Content-Type", self.document.media_type),
            ("Content-Length", str(len(content))),
            *_content_encoding(coding),
            # RFC 3229 §10.4.1: the ETag is that of the full current instance.
            *self._validators(coding),
            # RFC 3229 §10.5.2: the manipulation applied; §10.5.1: to which of the tags sent.
            ("IM", "feed"),
            ("Delta-Base", base.tag),
            # RFC 3229 §10.6: a cache that knows no 226 must neither keep it nor take it for a 200.
            ("Cache-Control", NO_STORE),
            ("Vary", "Accept-Encoding, A-IM, If-None-Match"),
            *self.document.headers,
            *OPEN,
        ]
        counted = tally(226, self.kind, "226")
        saved = full.sent - len(content)
        return Reply(status_line(226), fields, [content], counted, len(content), saved)


def _content_encoding(coding: Coding) -> list[Field]:
    # RFC 9110 §12.5.3: identity is a name for Accept-Encoding alone.
    return [] if coding == "identity" else [("Content-Encoding", coding)]


def plain_hit(page: Page, asked: Mapping[str, str]) -> Reply | None:
    """The answer to a common GET or HEAD, by a few look-ups; None where it takes ``decide``.

    ``asked`` is a WSGI environ. Says what ``decide`` would say, or nothing.
    """
    if "HTTP_IF_MATCH" in asked or "HTTP_IF_UNMODIFIED_SINCE" in asked:
        return None
    wanted = asked.get("HTTP_ACCEPT_ENCODING")
    variant = page.wanted.get(wanted) or page.recall(wanted)
    if variant is None:
        return None
    held = asked.get("HTTP_IF_NONE_MATCH")
    if held is not None:
        # RFC 9110 §13.2.2: with If-None-Match, If-Modified-Since does not count.
        if held in variant.tags:
            return variant.unmodified
        plainly_old = "HTTP_A_IM" not in asked and OUR_TAG.match(held)
        return variant.full if plainly_old else None
    since = asked.get("HTTP_IF_MODIFIED_SINCE")
    if since is None:
        return variant.full
    return variant.unmodified if since == page.last_modified else None


def asked(environ: Mapping[str, str]) -> Asked:
    """The fields of a WSGI environ that can change the answer."""
    get = environ.get
    return Asked(
        method=environ["REQUEST_METHOD"],
        accept_encoding=get("HTTP_ACCEPT_ENCODING"),
        if_match=get("HTTP_IF_MATCH"),
        if_none_match=get("HTTP_IF_NONE_MATCH"),
        if_modified_since=get("HTTP_IF_MODIFIED_SINCE"),
        if_unmodified_since=get("HTTP_IF_UNMODIFIED_SINCE"),
        a_im=None if get("HTTP_USER_AGENT", "").startswith(_STUMBLES) else get("HTTP_A_IM"),
    )
