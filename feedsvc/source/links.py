"""Links in texts, and whether those that stay within the site lead anywhere.

In: Markdown or plain text; all entries of a site. Out: addresses as typed; what to do about a link
that no entry, section or redirect answers. It must not know HTML, the time, or what was public
before: a draft's page is missing, an embargoed one is not, for its hour will come.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

import msgspec

from feedsvc.model import Entry, Site
from feedsvc.source.fields import closest
from feedsvc.source.moves import address

# Each begins with fixed letters, so that a text without them costs next to nothing.
_INLINE = re.compile(r"\]\(\s*<?([^\s()<>]+(?:\([^\s()]*\)[^\s()<>]*)*)")
_NAMED = re.compile(r"\]:[ \t]*<?([^\s<>]+)")
_HTML = re.compile(r"\b(?:href|src)\s*=\s*[\"']([^\"'\s]+)[\"']")
_BARE = r"[^\s<>\"'()\]]*"
_INSECURE = re.compile(f"http://{_BARE}")
_ENDING = ".,;:!?"  # of the sentence, not of the address: as in GitHub's Markdown
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FEEDS = frozenset({"rss.xml", "atom.xml", "feed.json", "archive"})
_MOST = 2000  # pages of a section among which one of a similar name is looked for


class Link(msgspec.Struct, frozen=True, gc=False):
    """A link from an entry to a page of its own site: ``path`` below base_url, without query."""

    line: int
    column: int
    field: str
    typed: str
    path: str


def within(text: str, base_url: str) -> dict[str, str]:
    """The links of a Markdown text that stay within the site: as typed, and the path below it."""
    # To look for one character takes a hundredth of the time for two.
    found = _INLINE.findall(text) if "]" in text else []
    if "]" in text and "]:" in text:
        found += _NAMED.findall(text)
    if "=" in text and ("href" in text or "src" in text):
        found += _HTML.findall(text)
    if not found:
        return whole(text, base_url)
    paths = {typed: below(typed, base_url) for typed in found if not typed.startswith("http")}
    return whole(text, base_url) | {typed: path for typed, path in paths.items() if path}


def whole(text: str, base_url: str) -> dict[str, str]:
    """Those that are written out in full: the only ones in a plain text."""
    if ":" not in text or base_url not in text:
        return {}
    found = _bare(base_url).findall(text)
    paths = {typed: below(typed, base_url) for typed in map(_unpunctuated, found)}
    return {typed: path for typed, path in paths.items() if path}


def insecure(text: str) -> dict[str, None]:
    """The addresses in a text that begin with ``http://``, in order."""
    if ":" not in text or "http://" not in text:
        return {}
    return dict.fromkeys(map(_unpunctuated, _INSECURE.findall(text)))


@lru_cache(maxsize=8)
def _bare(base_url: str) -> re.Pattern[str]:
    return re.compile(re.escape(base_url) + _BARE)


def _unpunctuated(typed: str) -> str:
    return typed.rstrip(_ENDING)


def below(typed: str, base_url: str) -> str | None:
    """The path below base_url to which an address leads; None where it leads elsewhere."""
    bare = typed.partition("#")[0].partition("?")[0]
    if bare.startswith(base_url) and bare[len(base_url) :][:1] in ("", "/"):
        return bare[len(base_url) :] or "/"
    if not bare or bare.startswith("//") or _SCHEME.match(bare):
        return None
    return f"/{bare.removeprefix('/')}"  # as pages resolve it: below base_url, whatever it is


def page_key(section: str, slug: str) -> str:
    """The name of an entry's page among all pages.

    Text, not a pair: the garbage collector looks at each pair in a dictionary of a million.
    """
    return f"{section}/{slug}"


class Pages:
    """What is there below base_url; ``entries`` by ``page_key``."""

    def __init__(self, site: Site, entries: Mapping[str, Entry]) -> None:
        self.names = [section.name for section in site.sections]
        self.entries = entries
        self.moved = {address(source) for source in site.redirects}
        self.gone = {address(source) for source in site.gone}

    def fix(self, path: str) -> str:
        """What to do about a link; empty where it is good, or where others may answer."""
        if (entry := self.entries.get(path[1:])) and not (entry.draft or entry.withdrawn):
            return ""  # by far the commonest case
        where = address(unquote(path))
        section, _, slug = where[1:].partition("/")
        if {where, f"/{section}"} & self.gone:
            return "remove the link: config/site.yaml says that this is gone"
        if {where, f"/{section}"} & self.moved:
            return ""
        if section not in (*self.names, "all"):
            likely = closest(section, self.names) if slug else None
            there = likely and page_key(likely, slug) in self.entries
            return f"write /{likely}/{slug}" if there else ""
        if not slug or slug.partition("/")[0] in _FEEDS:
            return ""
        entry = self.entries.get(page_key(section, slug))
        return _hidden(entry, path) if entry else self.suggestion(section, slug)

    def suggestion(self, section: str, slug: str) -> str:
        """The page that was probably meant."""
        home = next((n for n in self.names if page_key(n, slug) in self.entries), None)
        if home:
            return f"write /{home}/{slug}"
        beginning = page_key(section, "")
        slugs = [n.removeprefix(beginning) for n in self.entries if n.startswith(beginning)]
        likely = closest(slug, slugs) if len(slugs) <= _MOST else None
        if likely:
            return f"write /{section}/{likely}"
        return "write the address of a page that is there, or remove the link"


def _hidden(entry: Entry, path: str) -> str:
    if entry.draft:
        return "remove the link until that entry is no draft any more"
    if entry.withdrawn:
        return "remove the link: that entry is withdrawn"
    return f"write {path.rstrip('/')}" if path.endswith("/") else ""
