"""Feed deltas: RFC 3229 with the `feed` instance-manipulation, cut by byte ranges."""

import gzip
import re

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.snapshot import Span, digest
from feedsvc.web.delta import Deltas, Pair, cut, make
from tests.web_samples import ENTRIES, HEAD, TAIL, WORDS, cut_entries


def entries(body):
    """What a reader finds in a feed: the elements by id."""
    found = re.findall(rb"<entry><id>(.*?)</id><title>(.*?)</title></entry>\n", body, re.DOTALL)
    return dict(found)


names = st.text("abcdef", min_size=1, max_size=3)
feeds = st.dictionaries(names, st.text("xyz \n", max_size=20), max_size=12)


@given(feeds, feeds)
def test_the_delta_applied_to_the_old_feed_gives_the_new_one(old, new):
    (_, old_spans), (body, spans) = cut_entries(old), cut_entries(new)
    held = entries(cut_entries(old)[0])
    delta = cut(body, old_spans, spans)
    if delta is None:
        assert entries(body).items() <= held.items()
    else:
        assert entries(delta)
        assert entries(delta).items() <= entries(body).items()
        merged = held | entries(delta)
        assert entries(body).items() <= merged.items()
        # Nothing that the client already has is sent again.
        assert not entries(delta).items() & held.items()
        assert delta.startswith(HEAD)
        assert delta.endswith(TAIL)


def test_new_and_changed_entries_alone_in_their_order():
    old = {"a": "1", "b": "2", "c": "3"}
    new = {"d": "4", "a": "1", "b": "two", "c": "3"}
    body, spans = cut_entries(new)
    delta = cut(body, cut_entries(old)[1], spans)
    assert delta == cut_entries({"d": "4", "b": "two"})[0]


def test_a_tombstone_travels_when_it_is_new():
    old_body, old_spans = cut_entries({"a": "1", "b": "2"})
    kept = old_spans[1]
    tombstone = b'<at:deleted-entry ref="a" when="2024-08-01T12:00:00Z"/>\n'
    entry = old_body[kept.offset : kept.offset + kept.length]
    body = HEAD + entry + tombstone + TAIL
    spans = (
        Span("b", len(HEAD), len(entry), digest(entry)),
        Span("a", len(HEAD) + len(entry), len(tombstone), digest(tombstone)),
    )
    assert cut(body, old_spans, spans) == HEAD + tombstone + TAIL


def test_nothing_new_but_the_head_is_no_delta():
    _, old = cut_entries({"a": "1"}, b"<feed><title>before</title>\n")
    body, new = cut_entries({"a": "1"}, b"<feed><title>after</title>\n")
    assert cut(body, old, new) is None


def test_entries_that_only_left_are_no_delta():
    body, new = cut_entries({"a": "1"})
    assert cut(body, cut_entries({"a": "1", "b": "2"})[1], new) is None


def test_a_feed_without_entries_is_no_delta():
    body, new = cut_entries({})
    assert cut(body, cut_entries({"a": "1"})[1], new) is None


def test_white_space_between_entries_goes_with_the_first():
    one, two = b"<entry>1</entry>", b"<entry>2</entry>"
    body = b"<feed>\n" + one + b"\n  " + two + b"\n</feed>"
    spans = (Span("1", 7, 16, digest(one)), Span("2", 26, 16, digest(two)))
    assert cut(body, (), spans) == body
    assert cut(body, spans[1:], spans) == b"<feed>\n" + one + b"\n  " + b"\n</feed>"
    assert cut(body, spans[:1], spans) == b"<feed>\n" + two + b"\n</feed>"


@pytest.mark.parametrize(
    "spans",
    [
        pytest.param((Span("a", 0, 5, "x"), Span("b", 3, 5, "y")), id="overlap"),
        pytest.param((Span("b", 6, 3, "y"), Span("a", 0, 3, "x")), id="out-of-order"),
        pytest.param((Span("a", 5, 99, "x"),), id="past-the-end"),
        pytest.param((Span("a", -1, 3, "x"),), id="before-the-start"),
        pytest.param((Span("a", 0, 3, "x"), Span("b", 6, 3, "y")), id="text-between"),
    ],
)
def test_spans_that_do_not_fit_give_no_delta(spans):
    assert cut(b"0123456789", (), spans) is None


@pytest.mark.parametrize(
    ("coding", "decode"),
    [("identity", bytes), ("gzip", gzip.decompress), ("br", brotli.decompress)],
)
def test_a_delta_is_coded_as_the_full_answer_would_be(coding, decode):
    fresh = {"new": WORDS * 4}
    new = fresh | ENTRIES
    body, spans = cut_entries(new)
    old = cut_entries(ENTRIES)[1]
    delta = make(body, old, spans, coding, len(body))
    assert decode(delta) == cut_entries(fresh)[0]
    assert make(body, old, spans, coding, len(delta)) == b""


def test_no_delta_is_an_empty_one():
    body, spans = cut_entries(ENTRIES)
    assert make(body, spans, spans, "identity", len(body)) == b""


PAIR = Pair("/news/atom.xml", "old", "new", "gzip")


def test_a_delta_is_made_once():
    calls = []
    deltas = Deltas()
    for _ in range(3):
        assert deltas.get(PAIR, lambda: calls.append(1) or b"x") == b"x"
    assert len(calls) == 1
    assert deltas.get(PAIR._replace(coding="br"), lambda: b"y") == b"y"


def test_that_there_is_none_is_remembered_an_unknown_instance_is_not():
    deltas = Deltas()
    assert deltas.get(PAIR, lambda: None) is None
    assert len(deltas) == 0
    assert deltas.get(PAIR, lambda: b"") == b""
    assert deltas.get(PAIR, pytest.fail) == b""


def test_the_memory_is_bounded_and_drops_the_least_recently_used():
    deltas = Deltas(limit=10_000)
    for number in range(100):
        deltas.get(PAIR._replace(old=str(number)), lambda: b"x" * 500)
        deltas.get(PAIR, lambda: b"kept")
    assert len(deltas) <= 10
    assert deltas.get(PAIR, pytest.fail) == b"kept"
    assert deltas.get(PAIR._replace(old="1"), lambda: b"again") == b"again"


def test_two_that_make_the_same_delta_count_it_once():
    deltas = Deltas(limit=600)

    def slowly():
        assert deltas.get(PAIR, lambda: b"first") == b"first"
        return b"second"

    deltas.get(PAIR, slowly)
    assert len(deltas) == 1
