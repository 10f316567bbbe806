"""Anything at all, thrown at the parts that take it from strangers; and what was found before.

``make fuzz`` looks for minutes where this looks for seconds. What it finds becomes an ``@example``
here or, as a file, stands in tests/data/fuzz/ for ever.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedsvc.errors import OBEYED, SourceError
from feedsvc.snapshot import CODINGS, Span, digest, entity_tag
from feedsvc.source import entries, nodes
from feedsvc.source.bounds import MOST, bounded
from feedsvc.source.mend import mend
from feedsvc.web.conditional import Asked, Current, decide, parse_date
from feedsvc.web.delta import cut
from tests.factory import site
from tests.web_samples import HEAD, TAIL, cut_entries

CORPUS = sorted((Path(__file__).parents[1] / "data" / "fuzz").glob("*.yaml"))
SITE = site()
NOW = datetime(2024, 8, 1, 12, tzinfo=UTC)

# --- the source reader ---

WORDS = [
    *("id: a\n", "published: 2024-07-01\n", "title: x\n", "body: |\n", "lead: >-\n", "tags: [a]\n"),
    *("sections: [speeches]\n", "image: {url: x}\n", "withdrawn: {at: 2024-07-01}\n", "- ", "  "),
    *("link: http://x\n", "slug: a\n", "expires: ", "draft: true\n", "authors: [{name: x}]\n"),
    *("\n", "\t", ":", "#", "&a ", "*a", "!!x ", "!<", "<<: ", "? ", "[", "]", "{", "}", ",", "'"),
    *('"', "\\x", "\\u202e", "%YAML 1.2\n", "---\n", "...\n", "\ufeff", "\x00", "\x1b", "\x85"),
    *("\u2028", "\u202e", "\ud83d", "\ufffe", "|+9\n", ">1", "0x1F", "1e999", "!!binary ", "~"),
    *("9999-99-99", "24:00", "-1", "31.12.9999 24:00", "0000-01-01", "2024-07-01T00:00+99:99"),
]
TEXT = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=40).map("".join)
BYTES = TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=200)


@given(BYTES)
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"\x00\x00\xfe\xff")
@example(b"- &a\n  *a : *a\n")
@example(b"- id: a\n  published: 0001-01-01 00:00+14:00\n  title: x\n")
@example(b"- id: a\n  published: 9999-12-31 23:59-14:00\n  title: x\n")
@example(b"- id: a\n  published: 31.12.9999 24:00\n  title: x\n")
def test_any_bytes_give_entries_or_problems(data):
    assert_taken(data)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_what_was_found_before_stays_mended(file):
    assert_taken(file.read_bytes())


def assert_taken(data: bytes) -> None:
    parsed = entries.parse("feeds/news/x.yaml", "news", data, SITE)
    for problem in bounded("feeds/news/x.yaml", parsed.problems):
        line = str(problem)
        assert not OBEYED.search(line)
        assert len(line) < 4000
        line.encode("utf-8")
    for entry in parsed.entries:
        assert entry.published.tzinfo is not None
        for text in (entry.title, entry.lead or "", entry.body or "", *entry.tags):
            text.encode("utf-8")
    try:
        mended = mend("feeds/news/x.yaml", data, UTC, set())
    except SourceError:
        return
    # What was mended is not mended again, and is read as well as it was.
    again = mend("feeds/news/x.yaml", mended.data, UTC, set())
    assert again.data == mended.data


@given(BYTES, st.integers(1, 200), st.integers(0, 6), st.integers(1, 40), st.integers(1, 30))
def test_no_bytes_pass_the_limits(data, size, depth, events, scalar):
    limits = nodes.Limits(size=size, depth=depth, events=events, scalar=scalar)
    try:
        document = nodes.parse("x.yaml", data, limits)
    except SourceError:
        return
    assert len(data) <= size
    assert deep(document.root) <= depth


def deep(node: nodes.Node | None) -> int:
    if isinstance(node, nodes.Mapping):
        return 1 + max((deep(value) for _, value in node.pairs), default=0)
    if isinstance(node, nodes.List):
        return 1 + max(map(deep, node.items), default=0)
    return 0


def test_a_file_of_nothing_but_problems_is_told_in_two_hundred():
    parsed = entries.parse("feeds/news/x.yaml", "news", b"- {}\n" * 1000, SITE)
    told = bounded("feeds/news/x.yaml", parsed.problems)
    assert len(told) == MOST + 1
    assert told[0].found == f"{len(parsed.problems) - MOST} more problems in this file"


# --- conditional requests ---

D, OLD = digest(b"now"), digest(b"before")
CURRENT = Current(digest=D, codings=("br", "gzip", "identity"), last_modified=NOW, feed=True)
TAGS = [entity_tag(each, coding) for each in (D, OLD) for coding in CODINGS]
PIECES = st.sampled_from(
    [
        *TAGS,
        *('"', "W/", "*", ",", " ", "\t", ";q=", "0", "1.000", "0.5", "gzip", "br", "identity"),
        *("-gzip", "--gzip", ";gzip", "feed", "Thu, 01 Aug 2024 12:00:00 GMT", "1 Jan", "GMT", "="),
        *("Thursday, 01-Aug-24 12:00:00 GMT", "Thu Aug  1 12:00:00 2024", "\xff", "\x00", "\x85"),
    ]
)
FIELD = st.none() | st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)
ASKED = st.builds(
    Asked,
    method=st.sampled_from(["GET", "HEAD", "POST", "get", ""]),
    accept_encoding=FIELD,
    if_match=FIELD,
    if_none_match=FIELD,
    if_modified_since=FIELD,
    if_unmodified_since=FIELD,
    a_im=FIELD,
)


@given(ASKED)
@example(Asked(if_none_match='"' * 20_000))
@example(Asked(if_none_match=', "' * 20_000))
@example(Asked(if_none_match='W/"' + "-gzip" * 9_000 + '"'))
@example(Asked(accept_encoding="gzip;q=" + "9" * 5_000))
@example(Asked(accept_encoding=";" * 20_000))
@example(Asked(accept_encoding="gzip;q=\u0661"))
@example(Asked(a_im="," * 20_000))
@example(Asked(if_modified_since="Thu, 32 Aug 2024 25:61:61 GMT"))
@example(Asked(if_modified_since="Thu, \u0661\u0661 Aug 2024 12:00:00 GMT"))
def test_any_fields_have_one_answer(asked):
    decision = decide(asked, CURRENT, NOW)
    assert decision == decide(asked, CURRENT, NOW)
    assert decision.status in {200, 304, 406, 412}
    assert decision.coding in {*CODINGS, None}
    assert (decision.coding is None) == (decision.status == 406)
    assert len(decision.bases) <= 8


@given(ASKED)
def test_9110_13_1_2_what_was_given_is_not_given_again(asked):
    """Whoever holds the answer to a plain request gets a 304 to the same one, and again."""
    plain = Asked(accept_encoding=asked.accept_encoding)
    first = decide(plain, CURRENT, NOW)
    if first.coding is None:
        return
    tag = entity_tag(D, first.coding)
    held = Asked(accept_encoding=asked.accept_encoding, if_none_match=tag, a_im=asked.a_im)
    assert decide(held, CURRENT, NOW).status == 304


@given(st.text(st.characters(max_codepoint=255)))
def test_any_date_is_one_or_none(text):
    found = parse_date(text, NOW)
    assert found is None or found.tzinfo is UTC


# --- the delta cutter ---

STATE = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.text(max_size=6), max_size=8)


@given(STATE, STATE, st.sampled_from([HEAD, b"", b"<feed>\xff</feed>"]))
def test_3229_10_5_3_any_delta_and_what_was_held_give_the_new_feed(old, new, head):
    held_spans = cut_entries(old, head)[1]
    body, spans = cut_entries(new, head)
    delta = cut(body, held_spans, spans)
    held = {span.id: span.digest for span in held_spans}
    fresh = [span for span in spans if held.get(span.id) != span.digest]
    if delta is None:
        # Nothing is spared where all is new; nothing is said where nothing is.
        assert not fresh or len(fresh) == len(spans) or not spans
        return
    parts = [body[span.offset : span.offset + span.length] for span in fresh]
    assert delta == head + b"".join(parts) + TAIL


SPANS = st.lists(
    st.builds(
        Span, st.text("ab", max_size=1), *[st.integers(-5, 40)] * 2, st.text("xy", max_size=1)
    ),
    max_size=6,
).map(tuple)


@given(st.binary(max_size=40), SPANS, SPANS)
@example(b"0123456789", (), (Span("a", 0, 0, "x"), Span("a", 0, 0, "x")))
@example(b"0123456789", (), (Span("a", 9, -5, "x"), Span("b", 4, 2, "x")))
def test_any_spans_give_a_part_of_the_body_or_nothing(body, old, new):
    delta = cut(body, old, new)
    assert delta is None or len(delta) <= len(body)
