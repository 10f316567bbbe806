"""HTML as an HTML5 parser builds its tree: what in it could run, or lead where it should not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from selectolax.lexbor import LexborHTMLParser

from tests.pages_reading import every_page

_PLAIN = """
    abbr b blockquote br caption cite code colgroup dd del dfn div dl dt em figcaption figure h2 h3
    h4 h5 h6 hr i ins kbd li mark p pre q s samp small strong sub sup table tbody tfoot thead tr u
    ul var wbr html head body
""".split()  # noqa: SIM905 - easier to read
#: Elements of content, and the attributes of each; ``*`` are those of all. Written down once more,
#: so that a change of the sanitiser's own list is noticed.
CONTENT: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    **{tag: set() for tag in _PLAIN},
    "a": {"href"},
    "col": {"span"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "reversed"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = {"http", "https", "mailto", "tel"}
#: Attributes that hold an address.
_ADDRESSES = {"href", "src", "action", "formaction", "cite", "data", "poster", "background", "ping"}


def elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element of the tree with its attributes."""
    for node in LexborHTMLParser(html).root.traverse():
        yield node.tag, {name: value or "" for name, value in node.attributes.items()}


@cache
def of_pages() -> dict[str, set[str]]:
    """The elements and attributes of pages: those of content, and what harmless pages have."""
    known = {tag: set(names) for tag, names in CONTENT.items()}
    for page in every_page():
        for tag, attributes in elements(page.decode("utf-8")):
            known.setdefault(tag, set()).update(attributes)
    return known


def faults(html: str, known: dict[str, set[str]]) -> list[str]:
    """What is in it that is not known, or has an address that could run."""
    return [fault for tag, attributes in elements(html) for fault in _of(tag, attributes, known)]


def _of(tag: str, attributes: dict[str, str], known: dict[str, set[str]]) -> Iterator[str]:
    if tag not in known:
        yield f"<{tag}>"
    for name, value in attributes.items():
        if name not in known.get(tag, set()) | known["*"] or name.startswith("on"):
            yield f"<{tag} {name}>"
        if name in _ADDRESSES and not leads_to_the_web(value):
            yield f"<{tag} {name}={value[:60]}>"
    if tag == "script" and attributes.get("type") != "application/ld+json":
        yield "<script> that runs"


def leads_to_the_web(address: str) -> bool:
    """URL Standard §4.4: controls at the ends, tabs and line ends within are as if not there."""
    text = re.sub(r"[\t\r\n]", "", address.strip("".join(map(chr, range(33)))))
    scheme = _SCHEME.match(text)
    return scheme is None or scheme[1].lower() in _SCHEMES
