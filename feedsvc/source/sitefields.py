"""The keys of ``config/site.yaml``: what each may hold, in one table, for reading and the schema.

In: nodes. Out: checked values, still without defaults. It looks at no two keys at once and must not
know how a site is put together of them: that is ``config``'s part.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from feedsvc.source import identity, notifyfields, podcast, settings, values
from feedsvc.source.fields import Field, Schema, Scope, Shape, inside, many
from feedsvc.source.nodes import Mapping, Node, Scalar
from feedsvc.source.values import LANGUAGE, PERSON, TEXT, URL, WEB_ADDRESS, listed

RESERVED = frozenset(
    {
        *("all", "archive", "assets", "healthz", "readyz", "metrics", "status"),
        *("feeds.opml", "robots.txt", "favicon.ico"),
    }
)
"""Names that have a meaning of their own in addresses, and can be no section's."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")


def _renamed(name: str) -> str:
    word = re.sub("[._-]+", "-", identity.word_of(name)).strip("-")
    if not _NAME.match(word) or word in RESERVED:
        return "write small letters a-z, digits and - only: press-releases"
    return f"write '{word}', and name its folder so: feeds/{word}/"


def read_sections(scope: Scope, field: Field, node: Node) -> dict[str, dict[str, Any]] | None:
    """Every section with its own settings, in the order of the file."""
    if not isinstance(node, Mapping) or not node.pairs:
        scope.fail(field, node, "write at least one, such as news: {title: News}")
        return None
    sections: dict[str, dict[str, Any]] = {}
    for key, value in node.pairs:
        if key.value in RESERVED:
            scope.fail(field, key, "choose another name: this one has a meaning in addresses")
        elif not _NAME.match(key.value):
            scope.fail(field, key, _renamed(key.value))
        elif isinstance(value, Scalar) and value.null:
            sections[key.value] = {}
        else:
            sections[key.value] = inside(SECTION)(scope, field, value) or {}
    return sections


def _missing(example: str) -> Callable[[Mapping], str]:
    return lambda _: f"add '{example}'"


_A_DURATION = "a duration such as 30s, 5m, 1h or 1d"
_A_LANGUAGE = "a language tag such as en or de-AT"
_AN_AUTHOR = "a name, or {name: …, email: …, uri: …}"
_A_PATH = f"{WEB_ADDRESS}, or a path that begins with /"
_DURATION: Schema = {"type": ["string", "integer"], "pattern": "^[0-9]+[smhd]?$"}
_SIZE: Schema = {"type": ["string", "integer"], "pattern": "^[0-9]+ ?[KMGkmg]?(i?B)?$"}
_COUNT: Schema = {"type": ["string", "integer"], "minimum": 1, "maximum": settings.MOST_ENTRIES}

_NAMES: Schema = {"pattern": "^[a-z0-9][a-z0-9-]{0,62}$", "not": {"enum": sorted(RESERVED)}}

_ENTRIES = Field(
    "entries",
    settings.read_entries,
    "a number of entries",
    _COUNT,
    "How many entries a feed shows; older ones are in its archive.",
)
_CONTENT = Field(
    "content",
    settings.read_content,
    "full or summary",
    {"enum": ["full", "summary"]},
    "What of an entry a feed carries: the whole text, or the lead alone.",
)


def _seconds(name: str, doc: str, least: int = 0) -> Field:
    return Field(name, settings.duration(least), _A_DURATION, _DURATION, doc)


def _caching(under: str) -> Field:
    fields = (
        _seconds("max_age", "How long a copy is good without asking."),
        _seconds(
            "stale_while_revalidate", "How long after that, while a cache asks for a new one."
        ),
        _seconds("stale_if_error", "How long after that, while there is no answer."),
    )
    shape = Shape("caching", fields, under)
    doc = "How long clients and caches may use what they have (RFC 9111, RFC 5861)."
    return Field("caching", inside(shape), "{max_age: …}", shape.schema(), doc)


SECTION = Shape(
    "a section",
    (
        Field("title", values.line, "one line of text", TEXT, "Its name; without it the key."),
        Field("description", values.line, "text", TEXT, "What it is about."),
        _ENTRIES,
        _CONTENT,
        _caching("sections.caching"),
        Field("language", values.language, _A_LANGUAGE, LANGUAGE, "Its language, BCP 47."),
        Field("author", values.person, _AN_AUTHOR, PERSON, "Who answers for its entries."),
        Field(
            "podcast",
            podcast.read_podcast,
            "{category: …, image: …}",
            podcast.PODCAST,
            "For a section with recordings: what podcast directories want to know.",
        ),
    ),
    under="sections",
)
_FEEDS = Shape(
    "feeds",
    (
        _ENTRIES,
        Field(
            "max_bytes",
            settings.read_size,
            "a size such as 512K or 1M",
            _SIZE,
            "How large a feed may be; what does not fit is in its archive.",
        ),
        _CONTENT,
    ),
    under="feeds",
)

SITE = Shape(
    "the config",
    (
        Field(
            "title",
            values.line,
            "one line of text",
            TEXT,
            "The site's name as readers see it.",
            required=True,
            missing=_missing("title: …"),
        ),
        Field(
            "base_url",
            settings.read_base_url,
            "the public address, such as https://news.example.org",
            {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"},
            "The public address, with a path where there is one: every link begins with it.",
            required=True,
            missing=_missing("base_url: https://…"),
        ),
        Field(
            "tag",
            settings.read_tag,
            "a domain and a date, such as news.example.org,2024",
            {"type": "string", "pattern": "^[^,\\s]+,[0-9]{4}(-[0-9]{2}){0,2}$"},
            "In the id of every entry, for ever (RFC 4151). Never change it.",
            required=True,
            missing=_missing("tag: news.example.org,2024"),
        ),
        Field("subtitle", values.line, "text", TEXT, "What the site is about, in one line."),
        Field("language", values.language, _A_LANGUAGE, LANGUAGE, "BCP 47. Default: en."),
        Field(
            "timezone",
            settings.read_timezone,
            "a time zone such as Europe/Vienna",
            {"type": "string"},
            "The zone of dates in entries that name none. Default: UTC.",
        ),
        Field("author", values.person, _AN_AUTHOR, PERSON, "Who answers for it all."),
        Field("rights", values.line, "text", TEXT, "Who may do what with the texts."),
        Field("icon", values.url_or_path, _A_PATH, URL, "A small square picture."),
        Field("logo", values.url_or_path, _A_PATH, URL, "A larger picture."),
        _seconds("refresh", "How often to build without being asked. Default: 5m.", 1),
        Field(
            "feeds",
            inside(_FEEDS),
            "{entries: …, max_bytes: …, content: …}",
            _FEEDS.schema(),
            "What a feed holds. Default: {entries: 50, max_bytes: 512K, content: full}.",
        ),
        _caching("caching"),
        Field("hubs", many(values.url), WEB_ADDRESS, listed(URL), "WebSub hubs to be pinged."),
        Field(
            "store",
            settings.read_store,
            "an address that begins with sqlite:/// or postgresql://",
            {"type": "string", "pattern": "^(sqlite:///|postgresql(\\+psycopg)?://)"},
            "Where snapshots are kept. Default: sqlite:///var/feedsvc.db.",
        ),
        Field(
            "sections",
            read_sections,
            "names with their settings, such as news: {title: News}",
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": _NAMES,
                "additionalProperties": {**SECTION.schema(), "type": ["object", "null"]},
            },
            "The sections by name, in the order of the menu: each is a folder in feeds/.",
            required=True,
            missing=_missing("sections: {news: {title: News}}"),
        ),
        Field(
            "redirects",
            settings.read_moves,
            "old names with new ones",
            {"type": ["object", "null"], "additionalProperties": {"type": ["string", "number"]}},
            "Former names or paths, and the section, path or address that took their place (301).",
        ),
        Field(
            "gone",
            many(settings.read_gone),
            "names of former sections, or paths",
            listed(TEXT),
            "Former names or paths that nothing took the place of (410).",
        ),
        Field(
            "notify",
            notifyfields.read_notify,
            "{webhook: …, email: …}",
            notifyfields.NOTIFY,
            "Whom to tell of new problems and failed builds, once each, and when they are over.",
        ),
    ),
)
