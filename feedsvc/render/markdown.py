"""Markdown to HTML that is safe to show anywhere, and HTML to plain text.

In: what an admin typed, and base_url. Out: HTML without anything that runs, or text. Takes any
string and never raises. Knows no entry, no page and no feed.

CommonMark with tables, strikethrough and bare links. Raw HTML is part of Markdown: harmless tags
work (``H<sub>2</sub>O``), comments stay private, scripts and embedded things vanish, of other tags
only the content stays. What is no HTML at all (``<name>``) is shown as typed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

import comrak
import nh3

from feedsvc.render.urls import SCHEMES, absolute

_EXTENSIONS = comrak.ExtensionOptions()
_EXTENSIONS.table = _EXTENSIONS.strikethrough = _EXTENSIONS.autolink = True
_RENDER = comrak.RenderOptions()
_RENDER.unsafe_ = True  # raw HTML passes comrak; what of it stays is decided here


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TAGS = _names(
    "a abbr b blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption"
    " figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small strong sub sup"
    " table tbody td tfoot th thead time tr u ul var wbr"
)
_VANISH = _names("iframe math noscript object script select style svg template title")
_OTHER_HTML = _names(
    "acronym address applet area article aside audio base basefont bdi bdo big body button canvas"
    " center data datalist details dialog dir embed fieldset font footer form frame frameset head"
    " header hgroup html input label legend link main map marquee menu meta meter nav nobr noembed"
    " noframes optgroup option output param picture plaintext progress rp rt ruby search section"
    " slot source span strike summary textarea tt track video xmp"
)
_HTML = _TAGS | _VANISH | _OTHER_HTML
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "col": {"span"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"reversed", "start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
#: Characters that no XML 1.0 document can hold (§2.2), nor therefore a feed.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAG_NAME = re.compile(r"<(?=/?([a-zA-Z][^\s/>]*))")
_HOST = r"(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]+"
#: A tag that comrak does not write of its own accord, or a link that must be looked at.
_SUSPECT = re.compile(
    r"<(?!/?(?:p|li|em|strong|t[rdh]|ul|ol|blockquote|h[1-6]|table|thead|tbody|pre|code|del)>"
    rf'|/?a>|a href="(?:https?://{_HOST}(?:[/?#][^"]*)?|(?:mailto|tel):[^"]+)">'
    r'|t[dh] align="\w+">|[bh]r />|ol start="\d+">)'
)
_HEADING = re.compile(r"<h([1-6])([^>]*>.*?</h)\1>", re.DOTALL)
_INLINE = (
    "a|abbr|b|cite|code|del|dfn|em|i|img|ins|kbd|mark|q|s|samp|small|strong|sub|sup|time|u|var|wbr"
)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})\b(?:[^\">]|\"[^\"]*\")*>")
_ANY_TAG = re.compile(r"<(?:[^\">]|\"[^\"]*\")*>")


def legal(text: str) -> str:
    """The text without characters that a feed cannot hold, and NEL as the line break that it is.

    HTML and feedparser take U+0085 for Windows-1252's ellipsis: HTML §13.2.5.80.
    """
    # Then there is none of them, and that is found out sooner.
    if text.isprintable() or text.replace("\n", " ").isprintable():
        return text
    return _ILLEGAL.sub("", text).replace("\x85", "\n")


def to_html(text: str, base: str) -> str:
    """Markdown as clean HTML: links absolute, headings from h2 down so that a page keeps one h1."""
    try:
        html = comrak.render_markdown(text, _EXTENSIONS, None, _RENDER)
    except UnicodeEncodeError:  # half a surrogate pair, as YAML's "\ud83d" gives
        return to_html(legal(text), base)
    # Without "<" in the source comrak alone wrote the tags: balanced, and safe if it knows them
    # all. That spares most bodies the sanitiser, which costs four times what Markdown does.
    if "<" not in text and not _SUSPECT.search(html):
        html = html.replace(" />", ">")
    else:
        html = _cleaner(base).clean(_TAG_NAME.sub(_as_typed, html) if "<" in text else html)
    return legal(_outline(html) if "<h" in html else html)


def to_text(html: str, limit: int) -> str:
    """What clean HTML says, on one line, cut at a word to ``limit`` characters."""
    text = unescape(_ANY_TAG.sub(" ", _INLINE_TAG.sub("", html)))
    return shorten(legal(text), limit)


def shorten(text: str, limit: int) -> str:
    """The text on one line, cut at a word to ``limit`` characters with an ellipsis."""
    plain = text.isprintable() and "  " not in text
    line = text.strip(" ") if plain else " ".join(text.split())
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    whole, space, _ = head.rpartition(" ")
    # Scripts without spaces are cut anywhere, as is a word longer than half of the limit.
    return (whole if space and len(whole) > limit // 2 else head).rstrip(" ,;:.-\u2013\u2014") + "…"


@lru_cache(maxsize=8)
def _cleaner(base: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_VANISH,
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES),
        url_relative=lambda url: absolute(url, base),
        link_rel=None,
    )


def _as_typed(tag: re.Match[str]) -> str:
    return "<" if tag[1].lower() in _HTML else "&lt;"


def _outline(html: str) -> str:
    """Renumber headings: the highest becomes h2, and none is more than one below the last."""
    top = min((int(level) for level, _ in _HEADING.findall(html)), default=1)
    last = 1

    def renumber(heading: re.Match[str]) -> str:
        nonlocal last
        last = min(int(heading[1]) - top + 2, last + 1, 6)
        return f"<h{last}{heading[2]}{last}>"

    return _HEADING.sub(renumber, html)
