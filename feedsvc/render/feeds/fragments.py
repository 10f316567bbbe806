"""Fragments that are put together, so that they can be cut apart again.

In: bytes. Out: a feed's bytes, and where each fragment stands in them. Knows nothing of entries and
sections.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from feedsvc.snapshot import Span, digest


class Rendered(msgspec.Struct, frozen=True):
    """A feed's bytes and where each of its entries stands in them, in order."""

    body: bytes
    spans: tuple[Span, ...]


def assemble(start: bytes, parts: Iterable[tuple[str, bytes]], tail: bytes) -> Rendered:
    """Head, named fragments and tail, in one piece."""
    spans: list[Span] = []
    pieces = [start]
    offset = len(start)
    for name, data in parts:
        spans.append(Span(name, offset, len(data), digest(data)))
        pieces.append(data)
        offset += len(data)
    return Rendered(b"".join((*pieces, tail)), tuple(spans))


def joined(start: bytes, parts: Iterable[tuple[str, bytes]], tail: bytes) -> Rendered:
    """The same, where nobody will ask for the places of entries."""
    return Rendered(b"".join((start, *(data for _, data in parts), tail)), ())
