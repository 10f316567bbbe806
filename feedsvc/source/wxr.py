"""WordPress exports (WXR): RSS with what WordPress adds in its own namespace.

In: what feedparser made of an export's items. Out: posts, or nothing for pages, attachments and
what was thrown away. It must not know feeds of others or entries.

WordPress keeps the text as it was typed: blank lines are paragraphs (its function ``wpautop``),
unless blocks were used, which are HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

import msgspec

from feedsvc.model import Person
from feedsvc.source.items import Item

_AUTHOR = re.compile(r"<wp:author>(.*?)</wp:author>", re.DOTALL)
_FIELD = r"<wp:author_{}>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</wp:author_{}>"
_LOGIN, _SHOWN = (
    re.compile(_FIELD.format(name, name), re.DOTALL) for name in ("login", "display_name")
)
_PUBLIC = frozenset({"publish", "future"})
_UNFINISHED = frozenset({"draft", "pending", "private"})
#: Categories that say how a post looks, or that nobody chose one.
_NO_TAGS = frozenset({"post_format", "nav_menu"})
_DEFAULT = frozenset({"uncategorized", "uncategorised"})

_BLOCKS = (
    "table|thead|tfoot|caption|col|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form|map|area"
    "|blockquote|address|style|p|h[1-6]|hr|fieldset|legend|section|article|aside|header|footer|nav"
    "|figure|figcaption|details|summary|iframe"
)
_BEGINS_BLOCK = re.compile(rf"</?(?:{_BLOCKS})\b", re.IGNORECASE)
_OPENS_BLOCK = re.compile(rf"(<(?:{_BLOCKS})\b)", re.IGNORECASE)
_CLOSES_BLOCK = re.compile(rf"(</(?:{_BLOCKS})\s*>|<hr\b[^>]*>)", re.IGNORECASE)
_PRE = re.compile(r"(<pre\b.*?</pre\s*>)", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CAPTION = re.compile(r"\[caption\b[^\]]*\](.*?)\[/caption\]", re.DOTALL)
_PICTURE = re.compile(r"\s*((?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?)(.*)", re.DOTALL)
_EMBED = re.compile(r"\[embed\b[^\]]*\](.*?)\[/embed\]", re.DOTALL)
_MEDIA = re.compile(
    r"\[(?:audio|video)\b[^\]]*?\b(?:src|mp3|mp4|m4a|ogg)=\"([^\"]+)\"[^\]]*\](?:\[/(?:audio|video)\])?"
)
_EMPTY = re.compile(r"\[(?:gallery|playlist|more|contact-form-7)\b[^\]]*\]")


def authors(data: bytes) -> dict[str, str]:
    """What each login is called."""
    text = data.decode("utf-8", "replace")
    pairs = ((_LOGIN.search(one), _SHOWN.search(one)) for one in _AUTHOR.findall(text))
    return {unescape(login[1]): unescape(shown[1]) for login, shown in pairs if login and shown}


def post(entry: Any, item: Item, names: Mapping[str, str]) -> Item | None:
    """The post, None where this is none, or one that was thrown away."""
    status = entry.get("wp_status", "publish")
    if entry.get("wp_post_type", "post") != "post" or status not in _PUBLIC | _UNFINISHED:
        return None
    content = msgspec.structs.replace(item.content, value=autop(item.content.value))
    excerpt = msgspec.structs.replace(item.summary, value=entry.get("excerpt_encoded", "") or "")
    tags = (
        tag.get("term") or ""
        for tag in entry.get("tags", ())
        if tag.get("scheme") not in _NO_TAGS and (tag.get("term") or "").lower() not in _DEFAULT
    )
    return msgspec.structs.replace(
        item,
        content=content,
        summary=excerpt,
        published=_date(entry, "wp_post_date_gmt")
        or item.published
        or _date(entry, "wp_post_date"),
        authors=tuple(Person(names.get(one.name, one.name)) for one in item.authors),
        tags=tuple(tags),
        draft=status in _UNFINISHED,
        name=entry.get("wp_post_name", ""),
    )


def _date(entry: Any, name: str) -> datetime | None:
    """Drafts have ``0000-00-00 00:00:00``."""
    with suppress(ValueError):
        return datetime.fromisoformat(entry.get(name, "")).replace(tzinfo=UTC)
    return None


def autop(text: str) -> str:
    """The HTML that WordPress makes of what was typed, with the shortcodes that everybody has."""
    blocks = "<!-- wp:" in text
    text = _shortcodes(_COMMENT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    if blocks:
        return text
    parts = _PRE.split(text)
    return "".join(part if number % 2 else _paragraphs(part) for number, part in enumerate(parts))


def _paragraphs(text: str) -> str:
    parted = _CLOSES_BLOCK.sub(r"\1\n\n", _OPENS_BLOCK.sub(r"\n\n\1", text))
    chunks = (chunk.strip() for chunk in re.split(r"\n\s*\n", parted))
    return "".join(map(_paragraph, filter(None, chunks)))


def _paragraph(chunk: str) -> str:
    if _BEGINS_BLOCK.match(chunk):
        return chunk
    lines = re.sub(r"(?<!<br>)(?<!<br/>)(?<!<br />)\s*\n", "<br>", chunk)
    return f"<p>{lines}</p>"


def _shortcodes(text: str) -> str:
    text = _CAPTION.sub(_figure, text)
    text = _EMBED.sub(_linked, text)
    return _EMPTY.sub("", _MEDIA.sub(_linked, text))


def _figure(caption: re.Match[str]) -> str:
    found = _PICTURE.match(caption[1])
    if not found:
        return caption[1]
    words = found[2].strip()
    said = f"<figcaption>{words}</figcaption>" if words else ""
    return f"<figure>{found[1]}{said}</figure>"


def _linked(match: re.Match[str]) -> str:
    url = escape(unescape(match[1].strip()))
    return f'<a href="{url}">{url}</a>'
