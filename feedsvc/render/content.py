"""What feeds and pages share of an entry: its content as HTML and its summary as text.

In: an entry and base_url. Out: HTML that is safe to show anywhere, or plain text. Knows no format.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from feedsvc.model import Content, Entry, Image, Person, Section, Site
from feedsvc.render.markdown import legal, to_html, to_text
from feedsvc.render.urls import absolute
from feedsvc.render.words import iso_text

SUMMARY = 300
#: How many bodies are remembered as HTML: each format shows them, and the page.
_BODIES = 2048


def body_html(entry: Entry, base: str) -> str:
    """The body as HTML, ``""`` where there is none."""
    return _html(entry.body, base) if entry.body else ""


def image_html(image: Image | None, base: str) -> str:
    """A picture, with its size where the source gives it; ``""`` where there is none to show."""
    url = absolute(image.url, base) if image else None
    if image is None or url is None:
        return ""
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return f'<img src="{escape(url)}" alt="{escape(legal(image.alt))}"{width}{height}>'


def content_html(entry: Entry, base: str) -> str:
    """Everything an entry says, for a feed: picture, lead, body."""
    picture = image_html(entry.image, base)
    figure = f"<figure>{picture}</figure>\n" if picture else ""
    lead = f"<p>{escape(legal(entry.lead), quote=False)}</p>\n" if entry.lead else ""
    return figure + lead + body_html(entry, base)


def summary(entry: Entry, base: str = "") -> str:
    """The entry in a few lines of plain text: lead, else the body's beginning, else title."""
    return (
        legal(entry.lead or "")
        or (_beginning(entry.body, base) if entry.body else "")
        or legal(entry.title)
    )


def dates(entry: Entry) -> tuple[str, str]:
    """When it was published and when last revised, by RFC 3339."""
    published = iso_text(entry.published)
    return published, iso_text(entry.modified) if entry.updated else published


def feed_title(site: Site, section: Section) -> str:
    """What a reader's list of subscriptions shows."""
    return site.title if section.name == "all" else f"{section.title} · {site.title}"


def authors(site: Site, entry: Entry) -> tuple[Person, ...]:
    """RFC 4287 §4.1.2: an author can always be resolved, also out of the feed's context."""
    return entry.authors or (_home(site, entry).author,)


def language(site: Site, entry: Entry) -> str:
    """The language of the entry's text: RFC 5646."""
    return entry.language or _home(site, entry).language


@lru_cache(maxsize=_BODIES)
def _html(body: bytes, base: str) -> str:
    # An entry keeps its bytes, and they keep their hash; its text would be made each time.
    return to_html(body.decode("utf-8", "surrogatepass"), base)


@lru_cache(maxsize=_BODIES)
def _beginning(body: bytes, base: str) -> str:
    return to_text(_html(body, base), SUMMARY)


def _home(site: Site, entry: Entry) -> Section:
    return site.section(entry.section) or site.everything


def content_mode(site: Site, section: Section, entry: Entry) -> Content:
    """Whether a feed of ``section`` carries the entry whole.

    Not where either that section or the entry's own gives the lead alone.
    """
    modes = (section.content, _home(site, entry).content)
    return "summary" if "summary" in modes else "full"
