"""Whether two pieces of HTML show the same.

In: clean HTML, as the renderer writes it. Out: a canonical list of what a reader would see. Pure.
It must not know Markdown, nor where the HTML comes from.

Not counted are blanks that no browser shows and on which side of a tag a blank stands; paragraphs
within list items, about which Markdown decides by blank lines between them; code within what is
preformatted anyway; and whether an address that is written out is a link too, for the renderer
makes one of each.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

_BLANK = re.compile(r"[ \t\n\r\f]+")
_EDGE = re.compile(
    r"\s*(</?(?:blockquote|div|figure|h[1-6]|hr|li|ol|p|table|tbody|td|th|thead|tr|ul)\b[^>]*>)\s*"
)
_WORD = re.compile(r">[^<&\s]")
_ALIKE = {"b": "strong", "i": "em", "del": "s"}
#: Boxes that hold blocks and show nothing themselves.
_UNSEEN = frozenset({"div", "thead", "tbody"})
_INLINE = frozenset(
    (
        *("a", "abbr", "cite", "code", "del", "dfn", "em", "img", "ins", "kbd", "mark", "q", "s"),
        *("samp", "small", "strong", "sub", "sup", "time", "u", "var"),
    )
)
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})


class Token(NamedTuple):
    """A tag (``open``, ``close`` or ``void``) or a piece of ``text``."""

    kind: str
    text: str
    attributes: tuple[tuple[str, str], ...] = ()


def canonical(html: str) -> list[Token]:
    """What the HTML shows, one token after the other; equal for what looks equal."""
    reading = _Reading()
    reading.feed(html)
    reading.close()
    return reading.tokens


def same(one: str, two: str) -> bool:
    """Whether both show the same. Most that do are the same but for blanks, which is soon seen."""
    return _squeezed(one) == _squeezed(two) or canonical(one) == canonical(two)


def _squeezed(html: str) -> str:
    """The HTML without blanks at the edges of blocks; as it is where blanks may count."""
    return html if "<pre" in html else _EDGE.sub(r"\1", " ".join(html.split()))


def shows(html: str) -> bool:
    """Whether there is anything to be seen."""
    if _WORD.search(html):
        return True
    tokens = canonical(html)
    return any(token.kind == "text" or token.text in {"img", "hr"} for token in tokens)


class _Reading(HTMLParser):
    """Tags, and the text between them without needless blanks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tokens: list[Token] = []
        self.open: list[str] = []
        self.blank = False  # a blank that shows only if something follows on the same line

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a box."""
        tag = _ALIKE.get(tag, tag)
        if self.unseen(tag):
            self.end_line()
            return
        if tag == "img":
            self.write_blank()
        if tag not in _INLINE:
            self.end_line()
        said = tuple(sorted((name, value) for name, value in attrs if value))
        self.tokens.append(Token("void" if tag in _VOID else "open", tag, said))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close a box."""
        tag = _ALIKE.get(tag, tag)
        if tag not in _INLINE:
            self.end_line()
        if tag in _VOID or self.unseen(tag):
            return
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        self.tokens.append(Token("close", tag))
        if tag == "a":
            self.forget_plain_link()

    def handle_data(self, data: str) -> None:
        """Text: as it is within pre, elsewhere one blank for many."""
        if "pre" in self.open:
            self.add(data)
            return
        text = _BLANK.sub(" ", data)
        self.blank = self.blank or (text.startswith(" ") and self.within_line())
        if words := text.strip(" "):
            self.write_blank()
            self.add(words)
            self.blank = text.endswith(" ")

    def end_line(self) -> None:
        """A blank at the end of a line shows nothing, and line ends of preformatted text."""
        self.blank = False
        if self.tokens and self.tokens[-1].kind == "text":
            self.tokens[-1] = Token("text", self.tokens[-1].text.rstrip("\n"))

    def write_blank(self) -> None:
        """Write the blank that waits, before the tags that have just been opened."""
        if self.blank:
            opened = []
            while self.tokens[-1].kind == "open" and self.tokens[-1].text in _INLINE:
                opened.append(self.tokens.pop())
            self.add(" ")
            self.tokens += reversed(opened)
        self.blank = False

    def add(self, text: str) -> None:
        """Text joins text."""
        if self.tokens and self.tokens[-1].kind == "text":
            text = self.tokens.pop().text + text
        self.tokens.append(Token("text", text))

    def forget_plain_link(self) -> None:
        """A link that says its own address is as good as the address."""
        if [token.kind for token in self.tokens[-3:]] != ["open", "text", "close"]:
            return
        start, said, _ = self.tokens[-3:]
        href = dict(start.attributes).get("href", "")
        if href and href in {said.text, f"mailto:{said.text}", f"http://{said.text}"}:
            del self.tokens[-3:]
            self.add(said.text)

    def within_line(self) -> bool:
        """Whether something stands before on the same line."""
        for token in reversed(self.tokens):
            if token.kind == "text" or token.text == "img":
                return True
            if token.text not in _INLINE:
                return False
        return False

    def unseen(self, tag: str) -> bool:
        """Whether a box shows nothing of its own."""
        if tag == "code" and "pre" in self.open:
            return True
        return tag in _UNSEEN or (tag == "p" and self.open[-1:] in (["li"], ["dd"]))
