"""HTML to Markdown that renders the same: the only importer of Beautiful Soup and markdownify.

In: the HTML of an entry, the address that its links are relative to, and the renderer that will
turn Markdown into HTML again. Out: Markdown, and how much of it had to stay HTML. It must not know
feeds or entries.

What is right is not a matter of opinion: every block is converted, rendered and compared. Where
plain Markdown does not come out the same, more is escaped; where that fails too, the block stays
the HTML that it was, which is part of Markdown and which the renderer knows.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from itertools import pairwise
from typing import Any

import msgspec
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from markdownify import MarkdownConverter

from feedsvc.source.samehtml import same, shows
from feedsvc.source.urls import joined

Render = Callable[[str], str]

_BLANK = re.compile(r"[ \t\n\r\f]+")
_PRE = re.compile(r"(<pre\b.*?</pre\s*>)", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BLANK_LINES = re.compile(r"\n(?=[ \t]*\n)")
_PLAIN_PARAGRAPH = re.compile(r"<p>([^<]*)</p>\Z")
_RELATIVE = re.compile(
    r"\b(?:href|src)\s*=\s*(?:\"|'|)\s*(?!https?://|mailto:|tel:|[\s\"'])", re.IGNORECASE
)
_BLOCKS = frozenset(
    (
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "table", "figure"),
        *("blockquote", "dl", "ol", "p", "ul"),
    )
)
#: Inline tags that Markdown has no signs for: they stay as they are.
_KEPT = ("abbr", "cite", "dfn", "ins", "kbd", "mark", "q", "samp", "small", "time", "u", "var")
#: Between two lists, which would be one otherwise: a comment that no reader sees.
_APART = "<!-- -->"
_WIDTH = 96
_ALIGNMENT = {"left": ":---", "center": ":---:", "right": "---:"}


class Converted(msgspec.Struct, frozen=True):
    """``whole`` is the Markdown of all but the ``picture`` at the head, where there is one.

    ``lead`` is the first paragraph's plain text, where it is nothing but that; ``rest`` what comes
    behind it. ``html`` counts the blocks that stayed HTML.
    """

    whole: str
    lead: str = ""
    rest: str = ""
    html: int = 0
    picture: Mapping[str, str] | None = None


def to_markdown(html: str, base: str, render: Render) -> Converted:
    """The HTML as Markdown. ``base`` is an address, or empty."""
    clean = render(f"<div>{_one_line(_resolved(html, base))}</div>")
    soup = BeautifulSoup(clean, "html.parser")
    for anchor in soup.find_all("a", href=False):
        anchor.unwrap()
    blocks = [block for block in _blocks(soup) if shows(block)]
    picture = _picture(blocks[0]) if blocks else None
    if picture:
        del blocks[0]
    written = [_written(block, render) for block in blocks]
    stayed = len(set(written) & set(blocks))
    lead = _PLAIN_PARAGRAPH.match(blocks[0]) if blocks else None
    if lead is None:
        return Converted(_joined(written, blocks, render), html=stayed, picture=picture)
    rest = _joined(written[1:], blocks[1:], render)
    whole = f"{written[0]}\n\n{rest}".rstrip("\n")
    return Converted(whole, " ".join(unescape(lead[1]).split()), rest, stayed, picture)


def paragraphs(text: str) -> str:
    """Plain text with blank lines, as HTML; a text without markup is a paragraph or several."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    return "".join(f"<p>{_escaped(part)}</p>" for part in parts if part)


def plain(html: str) -> str:
    """The text of a piece of HTML, on one line."""
    text = BeautifulSoup(html, "html.parser").get_text(" " if "<p" in html else "")
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(html: str) -> str:
    """The same HTML without blank lines, at which CommonMark would end it: §4.6."""
    parts = _PRE.split(_COMMENT.sub("", html))
    return "".join(
        _BLANK_LINES.sub("\n&#10;", part).replace("\n&#10;", "&#10;")
        if number % 2
        else _BLANK.sub(" ", part)
        for number, part in enumerate(parts)
    ).strip()


def _resolved(html: str, base: str) -> str:
    """Links written out in full: RFC 3986 §5."""
    if not base or not _RELATIVE.search(html):
        return html
    soup = BeautifulSoup(html, "html.parser")
    for name, attribute in (("a", "href"), ("img", "src")):
        for tag in soup.find_all(name, attrs={attribute: True}):
            tag[attribute] = joined(base, str(tag[attribute]).strip())
    return str(soup)


def _blocks(parent: Tag) -> Iterator[str]:
    """The HTML of each block: paragraphs, lists, tables; what stands loose is a paragraph."""
    loose: list[PageElement] = []
    for child in list(parent.children):
        box = isinstance(child, Tag) and child.name in ("div", "p")
        if isinstance(child, Tag) and (child.name in _BLOCKS or box):
            yield from _paragraphs(loose)
            loose = []
            yield from _box(child)
        else:
            loose.append(child)
    yield from _paragraphs(loose)


def _box(tag: Tag) -> Iterator[str]:
    if tag.name == "div":
        yield from _blocks(tag)
    elif tag.name == "p" and not tag.attrs:
        yield from _paragraphs(tag.children)
    elif tag.name == "blockquote":
        yield f"<blockquote>{''.join(_blocks(tag))}</blockquote>"
    else:
        yield _one_line(str(tag))


def _paragraphs(nodes: Iterable[PageElement]) -> Iterator[str]:
    """A paragraph; two line breaks in a row, as old feeds have them, make two of it."""
    html = _one_line("".join(_markup(node) for node in nodes))
    for part in re.split(r"(?:<br ?/?>\s*){2,}", html):
        text = re.sub(r"\A(?:\s|<br ?/?>)+|(?:\s|<br ?/?>)+\Z", "", part)
        if text:
            yield f"<p>{text}</p>"


def _markup(node: PageElement) -> str:
    """The node as HTML: text with its entities."""
    return node.output_ready() if isinstance(node, NavigableString) else str(node)


def _written(block: str, render: Render) -> str:
    """One block as Markdown, or as the HTML that it is."""
    wanted = render(block)
    return next((form for form in _forms(block) if same(render(form), wanted)), block)


def _forms(block: str) -> Iterator[str]:
    """What the block may be as Markdown, the most readable first."""
    if (simple := _PLAIN_PARAGRAPH.match(block)) and "&" not in block:
        yield _wrapped(block, simple[1])
    for converter in (_PLAIN, _CAREFUL):
        text = _aligned(block, str(converter.convert(block)).strip("\n"))
        yield _wrapped(block, text)
        yield text


def _wrapped(block: str, text: str) -> str:
    """A paragraph as people type it, in lines of a readable length."""
    if not block.startswith("<p>") or "\n" in text:
        return text
    return "\n".join(textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False))


def _aligned(block: str, text: str) -> str:
    """A table with its columns aligned as they were."""
    if not block.startswith("<table"):
        return text
    head, line, *rest = [*text.split("\n"), ""]
    first = BeautifulSoup(block, "html.parser").find("tr")
    cells = first.find_all(["th", "td"]) if isinstance(first, Tag) else []
    signs = [_ALIGNMENT.get(str(cell.get("align")), "---") for cell in cells]
    if line.count("---") != len(signs):
        return text
    return "\n".join([head, f"| {' | '.join(signs)} |", *rest]).rstrip("\n")


def _joined(written: list[str], blocks: list[str], render: Render) -> str:
    """The blocks below one another: as Markdown, if that shows what they show."""
    parts = list(written)
    pairs = list(enumerate(pairwise(blocks), start=1))
    for index, (one, two) in reversed(pairs):
        if one[:3] == two[:3] and one[:3] in ("<ul", "<ol"):
            parts.insert(index, _APART)
    text, html = "\n\n".join(parts), "\n\n".join(blocks)
    return text if same(render(text), render(html)) else html


def _picture(block: str) -> Mapping[str, str] | None:
    """What a block shows that is a figure with nothing but a picture."""
    if not block.startswith("<figure"):
        return None
    figure = BeautifulSoup(block, "html.parser").find("figure")
    inner = list(figure.children) if isinstance(figure, Tag) else []
    if len(inner) != 1 or not isinstance(inner[0], Tag) or inner[0].name != "img":
        return None
    attributes = {name: str(value) for name, value in inner[0].attrs.items()}
    return attributes if "src" in attributes else None


class _Converter(MarkdownConverter):
    """markdownify, with the tags kept that Markdown has no signs for."""

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:
        """A picture with a size keeps its tag."""
        if el.get("width") or el.get("height"):
            return str(el)
        return str(super().convert_img(el, text, parent_tags))  # type: ignore[misc]


def _keep(self: _Converter, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG001
    attributes = "".join(f' {name}="{_escaped(str(value))}"' for name, value in el.attrs.items())
    return f"<{el.name}{attributes}>{text}</{el.name}>"


for _name in _KEPT:
    setattr(_Converter, f"convert_{_name}", _keep)

_STYLE: dict[str, Any] = {
    "heading_style": "ATX",
    "bullets": "-",
    "newline_style": "backslash",
    "sub_symbol": "<sub>",
    "sup_symbol": "<sup>",
}
_PLAIN = _Converter(**_STYLE, escape_underscores=False, escape_asterisks=False)
_CAREFUL = _Converter(**_STYLE, escape_misc=True)
