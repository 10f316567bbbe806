"""Validators and codings: from content alone, equal everywhere, moving with every change."""

import gzip
from datetime import timedelta

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.snapshot import (
    CODINGS,
    Document,
    digest,
    encode,
    entity_tag,
    fingerprint,
    last_modified,
)
from tests.factory import instant

BODY = b"<feed>" + b"entry " * 200 + b"</feed>"
NOW = instant("2024-08-01 12:00:00")


def test_9110_8_8_3_a_strong_tag_differs_per_coding():
    tags = {entity_tag(digest(BODY), coding) for coding in CODINGS}
    assert len(tags) == 3
    assert all(tag.startswith('"') and tag.endswith('"') and "W/" not in tag for tag in tags)


@given(st.binary(max_size=3000))
def test_every_coding_gives_the_same_bytes_back(body):
    coded = encode(body)
    assert coded["identity"] == body
    if "gzip" in coded:
        assert gzip.decompress(coded["gzip"]) == body
    if "br" in coded:
        assert brotli.decompress(coded["br"]) == body
    assert all(len(data) < len(body) for coding, data in coded.items() if coding != "identity")


def test_gzip_holds_no_clock_and_no_name():
    header = encode(BODY)["gzip"][:10]
    assert header[3] == 0  # no flags: no name, no comment
    assert header[4:8] == b"\0\0\0\0"  # RFC 1952 §2.3.1: MTIME


def test_the_less_effort_the_larger_but_an_articles_brotli_is_as_any_pages():
    most, usual, little, least = (encode(BODY * 9, e) for e in ("most", "usual", "little", "least"))
    assert len(most["gzip"]) <= len(usual["gzip"]) <= len(little["gzip"]) == len(least["gzip"])
    assert little["br"] == usual["br"]
    assert "br" not in least


def test_small_bodies_are_sent_as_they_are():
    assert list(encode(b"moved to /x\n")) == ["identity"]


@pytest.mark.parametrize(
    ("previous", "at", "expected"),
    [
        pytest.param(None, "12:00:00.9", "12:00:00", id="first-is-the-whole-second"),
        pytest.param("11:00:00", "12:00:00.9", "12:00:00", id="moves-to-now"),
        pytest.param("12:00:00", "12:00:00.9", "12:00:01", id="two-changes-in-one-second-differ"),
        pytest.param("12:00:05", "12:00:00.9", "12:00:06", id="never-backwards-when-the-clock-is"),
    ],
)
def test_last_modified(previous, at, expected):
    before = instant(f"2024-08-01 {previous}") if previous else None
    assert last_modified(before, instant(f"2024-08-01 {at}")) == instant(f"2024-08-01 {expected}")


@given(st.lists(st.integers(-5000, 5000), min_size=1, max_size=8))
def test_last_modified_moves_with_every_change_whatever_the_clock_does(offsets):
    modified = None
    for offset in offsets:
        later = last_modified(modified, NOW + timedelta(milliseconds=offset))
        assert modified is None or later > modified
        modified = later


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"other"},
        {"status": 410},
        {"max_age": 60},
        {"cache": "immutable"},
        {"headers": (("Link", "<x>"),)},
        {"media_type": "text/plain"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_fingerprint_moves_with_anything_that_a_client_can_see(change):
    facts = {"path": "/x", "media_type": "text/html", "body": b"body"}
    assert fingerprint(Document(**facts)) != fingerprint(Document(**(facts | change)))
    assert fingerprint(Document(**facts)) == fingerprint(Document(**(facts | {"path": "/y"})))
