"""A feed cut down to what is new to a client: the ``feed`` instance-manipulation of RFC 3229.

In: a feed's identity bytes and the spans of its entries, and those of an instance that a client
holds. Out: the same feed with new and changed entries alone, or None where that saves nothing.
Pure but for a bounded memory. Knows no request, no store and no XML.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise
from threading import Lock
from typing import NamedTuple

from feedsvc.snapshot import Coding, Span, encode


def cut(body: bytes, old: Sequence[Span], new: Sequence[Span]) -> bytes | None:
    """``body``, whose entries are ``new``, without the entries that ``old`` holds unchanged.

    Head and tail stay, so the result is a feed like any other. A tombstone is a span like an
    entry's, and travels when it is new. None where no entry is new, or the spans do not fit.
    """
    held = {(span.id, span.digest) for span in old}
    fresh = [(span.id, span.digest) not in held for span in new]
    if not any(fresh) or not _fits(body, new):
        return None
    # What stands between two entries is white space and goes with the first of them.
    ends = [span.offset for span in new[1:]] + [new[-1].offset + new[-1].length]
    pieces = [body[s.offset : e] for s, e, is_new in zip(new, ends, fresh, strict=True) if is_new]
    return b"".join((body[: new[0].offset], *pieces, body[ends[-1] :]))


def _fits(body: bytes, spans: Sequence[Span]) -> bool:
    """Whether the spans lie in order within the body, with nothing but white space between."""
    gaps = ((before.offset + before.length, after.offset) for before, after in pairwise(spans))
    return (
        spans[0].offset >= 0
        and all(span.length >= 0 for span in spans)
        and spans[-1].offset + spans[-1].length <= len(body)
        and all(start <= end and not body[start:end].strip() for start, end in gaps)
    )


def make(body: bytes, old: Sequence[Span], new: Sequence[Span], coding: Coding, full: int) -> bytes:
    """The delta in the coding, or nothing where it is not smaller than the ``full`` bytes."""
    # RFC 3229 §10.7 would have the delta made from coded instances, and compression named in IM.
    # `feed` is by its definition a feed document, and its clients undo Content-Encoding before
    # they parse: so it is cut from the identity bytes, then coded as the full answer would be.
    coded = encode(cut(body, old, new) or b"").get(coding, b"")
    return coded if len(coded) < full else b""


class Pair(NamedTuple):
    """What a delta is remembered by: it follows from the two instances and the coding alone."""

    path: str
    old: str
    new: str
    coding: Coding


class Deltas:
    """Deltas made before, least recently used first out; at most ``limit`` bytes of them.

    An empty one is remembered too: that between these two there is no delta worth sending.
    """

    #: What a delta costs beside its bytes.
    OVERHEAD = 500

    def __init__(self, limit: int = 4 * 1024 * 1024) -> None:
        self._limit = limit
        self._size = 0
        self._made: OrderedDict[Pair, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, pair: Pair, make: Callable[[], bytes | None]) -> bytes | None:
        """The delta of the pair, from ``make`` where it is not remembered.

        ``make`` gives None for an instance that is not known: that is not remembered, or anybody
        could fill the memory with made-up tags.
        """
        with self._lock:
            if pair in self._made:
                self._made.move_to_end(pair)
                return self._made[pair]
        delta = make()
        if delta is not None:
            with self._lock:
                self._keep(pair, delta)
        return delta

    def _keep(self, pair: Pair, delta: bytes) -> None:
        if pair in self._made:
            return
        self._made[pair] = delta
        self._size += self.OVERHEAD + len(delta)
        while self._size > self._limit:
            self._size -= self.OVERHEAD + len(self._made.popitem(last=False)[1])

    def __len__(self) -> int:
        return len(self._made)
