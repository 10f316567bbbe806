"""XML written as text: what an entry says, to the bytes of its fragment.

In: plain text. Out: markup, escaped and indented just as lxml does it, so that entries are written
as the head before them is. Knows no format and no entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_TITLE = re.compile(rb"<title>[^<]+")
#: All bytes but those of the control characters that XML 1.0 has no place for: §2.2.
_GOOD = bytes(code for code in range(256) if code >= ord(" ") or code in b"\t\n\r")


def text(plain: str) -> str:
    """Character data: XML 1.0 §2.4. A bare carriage return would be read as a line feed: §2.11."""
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")


def attribute(plain: str) -> str:
    """An attribute's value. Bare tabs and breaks would be read as spaces: XML 1.0 §3.3.3."""
    escaped = text(plain).replace('"', "&quot;")
    return escaped.replace("\t", "&#9;").replace("\n", "&#10;")


def leaf(name: str, plain: str) -> str:
    """An element that holds text."""
    return f"<{name}>{text(plain)}</{name}>"


def title(plain: str) -> str:
    """The title element. RSS profile: ``&`` and ``<`` as hexadecimal references.

    Most readers keep those; they are the same characters to any XML parser, so Atom's titles may be
    written so too.
    """
    return f"<title>{_safe(text(plain))}</title>"


def safe_titles(data: bytes) -> bytes:
    """Markup that lxml wrote, with its titles as ``title`` writes them."""
    # In markup "<title>" is a tag: in text and attributes the bracket is escaped.
    return _TITLE.sub(lambda found: _safe(found[0].decode()).encode(), data)


def element(
    name: str, facts: Mapping[str, str | None], within: Iterable[str] = (), depth: int = 0
) -> str:
    """An element with attributes, those that are known, and others within it, a line for each.

    ``depth`` is how deep the element stands: each level is indented by two spaces.
    """
    known = [f' {key}="{attribute(value)}"' for key, value in facts.items() if value is not None]
    start = f"<{name}{''.join(known)}"
    outer = "\n" + "  " * depth
    inner = f"{outer}  ".join(("", *within))
    return f"{start}>{inner}{outer}</{name}>" if inner else f"{start}/>"


def fragment(whole: str, depth: int) -> bytes:
    """A whole element on lines of its own, as it stands in a feed.

    Raises ValueError where a character is in it that no XML document can hold.
    """
    data = f"{'  ' * depth}{whole}\n".encode()  # raises it for half a surrogate pair
    if data.translate(None, _GOOD) or "\ufffe" in whole or "\uffff" in whole:
        raise ValueError("control characters, U+FFFE and U+FFFF have no place in XML")
    return data


def _safe(escaped: str) -> str:
    return escaped.replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;")
