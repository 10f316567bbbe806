"""XML elements to bytes that can be put together and cut apart again.

In: lxml elements as feedgen makes them. Out: bytes, the same for the same input on any machine.
Knows nothing of entries and sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from lxml import etree

from feedsvc.snapshot import Span, digest

# Serialised XML holds "<title>" as markup only: in text the bracket is escaped.
_TITLE = re.compile(rb"(?<=<title>)[^<]+(?=</title>)")


class Rendered(msgspec.Struct, frozen=True):
    """A feed's bytes and where each of its entries stands in them, in order."""

    body: bytes
    spans: tuple[Span, ...]


def serialise(element: Any, nsmap: dict[str | None, str], depth: int) -> bytes:
    """The element's bytes as they stand, indented, in a root that declares ``nsmap``."""
    root = etree.Element("root", nsmap=nsmap)  # type: ignore[arg-type] # lxml takes None too
    root.append(element)
    etree.indent(element, space="  ", level=depth)
    element.tail = None
    data: bytes = etree.tostring(root, encoding="UTF-8")
    inner = data[data.index(b">", data.index(b"<root")) + 1 : -len(b"</root>")]
    return b"  " * depth + _safe_titles(inner) + b"\n"


def head(root: Any, tail: bytes) -> bytes:
    """All that stands before the first entry of a feed whose root has none yet."""
    etree.indent(root, space="  ")
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
    if not data.endswith(tail):
        raise ValueError(f"a feed without entries must end in {tail!r}")
    return _safe_titles(data[: -len(tail)])


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


def _safe_titles(data: bytes) -> bytes:
    """RSS profile: ``&`` and ``<`` of a title as hexadecimal references, which most readers keep.

    The same characters to any XML parser, so Atom's titles may be written so too.
    """
    return _TITLE.sub(lambda m: m[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;"), data)
