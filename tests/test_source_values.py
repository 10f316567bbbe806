"""The values that entries and the site's config share."""

import pytest

from feedsvc.model import Person
from tests.reading import complaints, entry, lines, parse

ADDRESS = "expected an address that begins with https://; fix: "


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2024", "2024"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("007", "007"),
        ("1e3", "1e3"),
        ("0x1F", "0x1F"),
        ("2024-07-19", "2024-07-19"),
        ('"null"', "null"),
        ("AT&T <b>", "AT&T <b>"),
        ("'&amp; &#x26;'", "&amp; &#x26;"),
        ('"  padded\\t"', "padded"),
        ('"one\\n  two\\r\\nthree"', "one two three"),
        ("|\n  one\n  two\n", "one two"),
        (">\n  one\n  two\n", "one two"),
        ('"a\u2028b"', "a b"),
        ('"a\\x85b"', "a b"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_a_title_is_the_text_that_was_typed(typed: str, expected: str) -> None:
    """standards.md, Text: plain text, as typed, on one line."""
    parsed = parse(f"id: x\npublished: 2024-07-19\ntitle: {typed}\nlead: L")
    assert [entry.title for entry in parsed.entries] == [expected]
    assert not parsed.entries[0].title_derived


def test_a_lead_keeps_its_lines() -> None:
    assert entry("lead: |\n  one\n\n  two\n").lead == "one\n\ntwo"


def test_a_body_keeps_its_lines_and_the_indentation_of_the_first() -> None:
    assert entry("body: |2\n\n      code\n\n  text  \n\n\n").markdown == "    code\n\ntext"
    assert entry("body: '   '").body is None
    assert complaints("body: [a]") == [
        (
            "4:7: body: found a list; expected Markdown; "
            "fix: write 'body: |' and the text below it, indented"
        )
    ]


@pytest.mark.parametrize("nothing", ["", "~", "null", "NULL", "# a comment"])
@pytest.mark.parametrize("key", ["lead", "body", "updated", "link", "authors", "tags", "image"])
def test_nothing_is_as_if_the_key_were_absent(key: str, nothing: str) -> None:
    assert entry(f"{key}: {nothing}") == entry("")


@pytest.mark.parametrize("key", ["lead", "body", "updated", "link", "language", "slug", "draft"])
def test_empty_quotes_are_as_if_the_key_were_absent(key: str) -> None:
    assert entry(f"{key}: ' '") == entry("")


@pytest.mark.parametrize("word", ["true", "True", "TRUE", "yes", "Yes", "on", "ON", "'true'"])
def test_a_flag_is_true(word: str) -> None:
    assert entry(f"draft: {word}").draft


@pytest.mark.parametrize("word", ["false", "False", "no", "NO", "off", "Off"])
def test_a_flag_is_false(word: str) -> None:
    assert not entry(f"draft: {word}").draft


@pytest.mark.parametrize("word", ["1", "y", "maybe"])
def test_a_flag_is_nothing_else(word: str) -> None:
    assert complaints(f"draft: {word}") == [
        f"4:8: draft: found '{word}'; expected true or false; fix: write true or false"
    ]


@pytest.mark.parametrize("tag", ["en", "de-AT", "zh-Hant-TW", "sl-rozaj", "no", "es-419", "gsw"])
def test_a_language_tag_is_accepted(tag: str) -> None:
    """RFC 5646 §2.1; ``no`` is Norwegian, not false."""
    assert entry(f"language: {tag}").language == tag


@pytest.mark.parametrize(
    ("tag", "fix"),
    [
        ("de_AT", "write de-AT"),
        ("de_AT.UTF-8", "write de-AT"),
        ("german", "write a tag such as en, de-AT or zh-Hant"),
        ("e", "write a tag such as en, de-AT or zh-Hant"),
        ("en-", "write a tag such as en, de-AT or zh-Hant"),
    ],
)
def test_another_language_is_refused(tag: str, fix: str) -> None:
    assert complaints(f"language: {tag}") == [
        f"4:11: language: found '{tag}'; expected a language tag such as en or de-AT; fix: {fix}"
    ]


def test_authors_are_names_or_mappings_one_or_many() -> None:
    assert entry("authors: Press office").authors == (Person("Press office"),)
    assert entry("authors: {name: A, email: a@example.org}").authors == (
        Person("A", "a@example.org"),
    )
    assert entry("authors: [1984, {name: ' B ', uri: 'https://b.example/'}]").authors == (
        Person("1984"),
        Person("B", None, "https://b.example/"),
    )
    assert entry("authors: []").authors == ()
    assert entry("authors: ['']").authors == ()


def test_every_bad_author_is_reported() -> None:
    mail = "expected a mail address such as press@example.org; fix: "
    assert complaints(
        "authors:\n"
        "- {email: press@example.org}\n"
        "- {name: A, email: Press <press@example.org>, url: x}\n"
        "- {name: A, email: press, uri: example.org}\n"
        "- [A]\n"
        "- {name: [A]}\n"
    ) == [
        "5:3: author.name: found nothing; expected a name; fix: add 'name: …'",
        f"6:20: author.email: found 'Press <press@example.org>'; {mail}write press@example.org",
        "6:47: url: found an unknown key; expected a key of an author; fix: write 'uri'",
        f"7:20: author.email: found 'press'; {mail}write one address, name@host.tld",
        f"7:32: author.uri: found 'example.org'; {ADDRESS}write https://example.org",
        (
            "8:3: authors: found a list; expected names, or {name: …, email: …, uri: …}; "
            "fix: write one name, or {name: …, email: …, uri: …}"
        ),
        (
            "9:10: author.name: found a list; expected a name; "
            "fix: write one value; put quotes round it if it is text"
        ),
    ]


def test_an_address_without_tls_is_published_with_a_warning() -> None:
    assert entry("link: http://example.org/a").link == "http://example.org/a"
    assert complaints("link: http://example.org/a") == [
        (
            f"4:7: warning: link: found 'http://example.org/a'; {ADDRESS}"
            "write https://example.org/a if the other side answers to that"
        )
    ]


def test_a_link_is_absolute() -> None:
    assert entry("link: ''").link is None
    assert complaints("link: /a") == [
        f"4:7: link: found '/a'; {ADDRESS}write the whole address, from https:// on"
    ]
    assert complaints("link: {a: b}") == [
        (f"4:7: link: found a mapping; {ADDRESS}write one value; put quotes round it if it is text")
    ]


def test_a_long_value_is_shortened_in_a_problem() -> None:
    (line,) = lines(parse(f"id: x\npublished: {'x ' * 50}\ntitle: T").problems)
    assert line.startswith(f"2:12: published: found '{('x ' * 30).strip()}…'; expected")
