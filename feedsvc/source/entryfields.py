"""The keys of an entry: what each may hold, in one table, for reading and for the JSON Schema.

In: nodes. Out: values of the model. It looks at no two keys at once and must not know how an entry
is put together of them: that is ``entries``' part.
"""

from __future__ import annotations

from feedsvc.model import Withdrawal
from feedsvc.source import dates, identity, media, values
from feedsvc.source.fields import Field, Scope, Shape, closest, inside, many
from feedsvc.source.nodes import Mapping, Node, Scalar
from feedsvc.source.values import FLAG, LANGUAGE, TEXT, URL, WEB_ADDRESS, listed

_DATE = "a date such as 2024-07-26 or 26.07.2024"
_WORD = "letters, digits and . _ -, beginning with a letter or digit"


def _read_section(scope: Scope, field: Field, node: Node) -> str | None:
    name = values.words(scope, field, node)
    if name is None or name in scope.sections:
        return name
    fix = f"write one of {', '.join(scope.sections)}, or add it to config/site.yaml"
    if name == "all":
        fix = "remove it: 'all' shows every entry"
    elif close := closest(name, scope.sections):
        fix = f"write '{close}', or add it to config/site.yaml"
    scope.fail(field, node, fix)
    return None


_read_names = many(_read_section)
_read_lines = many(values.line)


def _read_sections(scope: Scope, field: Field, node: Node) -> tuple[str, ...] | None:
    names = _read_names(scope, field, node)
    return names and tuple(name for name in dict.fromkeys(names) if name != scope.section)


def _read_tags(scope: Scope, field: Field, node: Node) -> tuple[str, ...] | None:
    if type(node) is Scalar and "," in node.value:
        scope.warn(field, node, f"write [{node.value.strip()}]: without brackets it is one tag")
    tags = _read_lines(scope, field, node)
    return tags and tuple(dict.fromkeys(tags))


def _read_withdrawal(scope: Scope, field: Field, node: Node) -> Withdrawal | None:
    if isinstance(node, Scalar):
        date = node.value.strip() if node.value[:1].isdigit() else "2024-07-26"
        scope.fail(field, node, f"write withdrawn: {{at: {date}, reason: …}}")
        return None
    read = inside(_WITHDRAWN)(scope, field, node)
    return Withdrawal(**read) if read else None


def _missing_published(_: Mapping) -> str:
    return "add 'published: …'; a draft needs it too: the day that it is meant for"


_WITHDRAWN = Shape(
    "a withdrawal",
    (
        Field(
            "at", dates.read_instant, _DATE, dates.INSTANT, "From when it is gone.", required=True
        ),
        Field("reason", values.line, "text", TEXT, "Why, as readers are told."),
    ),
    under="withdrawn",
)

# What other programs call these keys.
_ELSEWHERE = {
    **dict.fromkeys(("guid", "uid", "identifier"), "id"),
    **dict.fromkeys(("date", "datetime", "pubdate", "publish_date", "embargo"), "published"),
    **dict.fromkeys(("modified", "lastmod", "changed"), "updated"),
    **dict.fromkeys(("headline", "heading", "name"), "title"),
    **dict.fromkeys(("summary", "description", "excerpt", "teaser", "intro", "abstract"), "lead"),
    **dict.fromkeys(("text", "content", "markdown"), "body"),
    **dict.fromkeys(("url", "permalink", "href"), "link"),
    **dict.fromkeys(("author", "by", "byline", "creator"), "authors"),
    **dict.fromkeys(("tag", "keywords", "category", "categories", "topics"), "tags"),
    **dict.fromkeys(("lang", "locale"), "language"),
    **dict.fromkeys(("photo", "picture"), "image"),
    **dict.fromkeys(("attachments", "files", "audio", "video"), "enclosures"),
}

ENTRY = Shape(
    "an entry",
    (
        Field(
            "id",
            identity.read_id,
            f"{_WORD}; or a full IRI",
            identity.ID,
            "Permanent: readers know the entry by it. No other has it, and it never changes.",
            required=True,
            missing=identity.missing_id,
        ),
        Field(
            "published",
            dates.read_instant,
            _DATE,
            dates.INSTANT,
            "When it appears; a time to come is an embargo. No zone means the site's.",
            required=True,
            missing=_missing_published,
        ),
        Field(
            "updated",
            dates.read_instant,
            _DATE,
            dates.INSTANT,
            "The last revision that readers should notice. Minor edits leave it alone.",
        ),
        Field(
            "title",
            values.line,
            "one line of text",
            TEXT,
            "Plain text. Where there is none, it is cut from the lead.",
        ),
        Field("lead", values.words, "plain text", TEXT, "Plain text: first paragraph and summary."),
        Field("body", values.prose, "Markdown", TEXT, "Markdown: CommonMark and tables."),
        Field(
            "event_date",
            dates.read_day,
            _DATE,
            dates.DAY,
            "The day when it happened, where that is not the day of publication.",
        ),
        Field(
            "link",
            values.url,
            WEB_ADDRESS,
            URL,
            "Its canonical page elsewhere; without it, its own page here.",
        ),
        Field(
            "slug",
            identity.read_slug,
            _WORD,
            identity.SLUG,
            "The name of its page in the address; without it, the id.",
        ),
        Field(
            "authors",
            many(values.person),
            "names, or {name: …, email: …, uri: …}",
            listed(values.PERSON),
            "Who wrote it: a name or a mapping, several as a list.",
        ),
        Field("tags", _read_tags, "words", listed(TEXT), "Key words, several as a list."),
        Field(
            "language",
            values.language,
            "a language tag such as en or de-AT",
            LANGUAGE,
            "Its language (BCP 47), where that is not the section's.",
        ),
        Field(
            "sections",
            _read_sections,
            "sections of config/site.yaml",
            listed(TEXT),
            "Further sections that show it too.",
        ),
        Field(
            "image",
            media.read_image,
            "an image: {url: …, alt: …}",
            media.IMAGE,
            "A picture, and in words what it shows.",
        ),
        Field(
            "enclosures",
            many(media.read_enclosure),
            "files: {url: …, type: …, length: …}",
            listed(media.ENCLOSURE),
            "Files that belong to it, such as a recording.",
        ),
        Field("draft", values.flag, "true or false", FLAG, "true: never public."),
        Field(
            "expires",
            dates.read_instant,
            _DATE,
            dates.INSTANT,
            "When it leaves the feeds and listings; its page stays.",
        ),
        Field(
            "withdrawn",
            _read_withdrawal,
            "{at: …, reason: …}",
            {**_WITHDRAWN.schema(), "type": ["object", "null"]},
            "Taken back: gone from feeds and pages, and said so to readers.",
        ),
    ),
    elsewhere=_ELSEWHERE,
)
