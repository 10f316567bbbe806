"""Preconditions of RFC 9110 §13, each rule by its clause; and that no text can upset them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.snapshot import digest, entity_tag
from feedsvc.web.conditional import (
    Asked,
    Current,
    decide,
    entity_tags,
    matches_strongly,
    matches_weakly,
    parse_date,
)
from feedsvc.web.freshness import http_date
from tests.factory import instant

NOW = instant("2024-08-01 12:00:00")
CHANGED = instant("2024-07-19 14:30:00")
D = digest(b"now")
OLD = digest(b"before")
CURRENT = Current(digest=D, codings=("br", "gzip", "identity"), last_modified=CHANGED, feed=True)
TAG, GZIP, BR = (entity_tag(D, coding) for coding in ("identity", "gzip", "br"))


def at(seconds):
    return http_date(CHANGED + timedelta(seconds=seconds))


def answer(method="GET", **fields):
    return decide(Asked(method=method, **fields), CURRENT, NOW)


@pytest.mark.parametrize(
    ("field", "matches"),
    [
        pytest.param('"x"', True, id="9110-13.1.2-same"),
        pytest.param('"y"', False, id="9110-13.1.2-other"),
        pytest.param("*", True, id="9110-13.1.2-star"),
        pytest.param(" * ", True, id="9110-13.1.2-star-in-white-space"),
        pytest.param('"y", *', False, id="9110-13.1.2-star-is-no-member"),
        pytest.param('"y", "z", "x"', True, id="9110-13.1.2-list"),
        pytest.param('"y","x","z"', True, id="9110-13.1.2-list-without-spaces"),
        pytest.param(',, "y"\t,\t"x" ,', True, id="9110-5.6.1.2-empty-members"),
        pytest.param('"a,b", "x"', True, id="9110-13.1.2-comma-in-quotes"),
        pytest.param('"a,x,b"', False, id="9110-13.1.2-comma-does-not-cut"),
        pytest.param('"a, "x", b"', True, id="9110-13.1.2-unbalanced-is-forgiven"),
        pytest.param('W/"x"', True, id="9110-13.1.2-weak"),
        pytest.param('W/"y", W/"x"', True, id="9110-13.1.2-weak-list"),
        pytest.param('w/"x"', False, id="9110-8.8.3-weak-is-case-sensitive"),
        pytest.param('W/ "x"', False, id="9110-8.8.3-weak-is-one-token"),
        pytest.param("x", False, id="9110-8.8.3-unquoted"),
        pytest.param('y, "x"', True, id="9110-8.8.3-unquoted-ignored"),
        pytest.param("'x'", False, id="9110-8.8.3-single-quotes"),
        pytest.param('"X"', False, id="9110-8.8.3-opaque-is-case-sensitive"),
        pytest.param('""', False, id="9110-8.8.3-empty-tag"),
        pytest.param("", False, id="9110-13.1.2-empty-field"),
        pytest.param('"x"junk', False, id="9110-13.1.2-junk-behind"),
        pytest.param('"x', False, id="9110-13.1.2-open-quote"),
        pytest.param('"x-gzip"', True, id="apache-gzip"),
        pytest.param('"x;gzip"', True, id="apache-old-gzip"),
        pytest.param('"x"-gzip', True, id="apache-behind-the-quote"),
        pytest.param('"x";gzip', True, id="semicolon-behind-the-quote"),
        pytest.param('"x--gzip"', True, id="jetty-gzip"),
        pytest.param('"x-br"', True, id="caddy-br"),
        pytest.param('"x-zstd"', True, id="caddy-zstd"),
        pytest.param('"x-deflate"', True, id="apache-deflate"),
        pytest.param('W/"x-gzip"', True, id="weakened-gzip"),
        pytest.param('"y-gzip", W/"x--gzip"', True, id="suffix-in-a-list"),
        pytest.param('"x-gzip-gzip"', False, id="suffix-once-only"),
        pytest.param('"x-other"', False, id="suffix-unknown"),
        pytest.param('"x"-other', False, id="suffix-unknown-behind-the-quote"),
    ],
)
def test_if_none_match(field, matches):
    assert matches_weakly(field, "x") is matches


@pytest.mark.parametrize("coding", ["-gzip", "--gzip", ";gzip"])
def test_intermediaries_suffix_means_our_gzip_too(coding):
    """They compress what we would have: the client holds the same content in the same coding."""
    assert answer(if_none_match=f'"{D}{coding}"', accept_encoding="gzip").status == 304
    assert answer(if_none_match=f'"{D}{coding}"').status == 304
    assert answer(if_none_match=f'"{D}.gz{coding}"', accept_encoding="gzip").status == 304
    assert answer(if_none_match=f'"{D}{coding}"', accept_encoding="br").status == 200


def test_digests_that_end_like_a_suffix_match_as_they_are():
    for tag in ("abc-", "abc-gzip", "-", "--gzip"):
        assert matches_weakly(f'"{tag}"', tag)
        assert matches_weakly(f'"{tag}-gzip"', tag)


@pytest.mark.parametrize(
    ("field", "matches"),
    [
        pytest.param('"x"', True, id="9110-13.1.1-same"),
        pytest.param('"y"', False, id="9110-13.1.1-other"),
        pytest.param("*", True, id="9110-13.1.1-star"),
        pytest.param('"y", "x"', True, id="9110-13.1.1-list"),
        pytest.param('W/"x"', False, id="9110-13.1.1-strong-comparison"),
        pytest.param('W/"x", "x"', True, id="9110-13.1.1-one-strong-is-enough"),
        pytest.param('"x-gzip"', False, id="9110-8.8.3.2-octet-for-octet"),
        pytest.param("", False, id="9110-13.1.1-empty"),
        pytest.param("x", False, id="9110-13.1.1-unquoted"),
    ],
)
def test_if_match(field, matches):
    assert matches_strongly(field, "x") is matches


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06 08:49:37", id="imf-fixdate"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06 08:49:37", id="rfc850"),
        pytest.param("Sun Nov  6 08:49:37 1994", "1994-11-06 08:49:37", id="asctime"),
        pytest.param("Wed Nov 16 08:49:37 1994", "1994-11-16 08:49:37", id="asctime-two-digits"),
        pytest.param("Friday, 01-Feb-74 00:00:00 GMT", "2074-02-01 00:00:00", id="rfc850-50-ahead"),
        pytest.param("Friday, 01-Feb-75 00:00:00 GMT", "1975-02-01 00:00:00", id="rfc850-past"),
        pytest.param(" Sun, 06 Nov 1994 08:49:37 GMT ", "1994-11-06 08:49:37", id="white-space"),
        pytest.param("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31 23:59:59", id="leap-second"),
    ],
)
def test_9110_5_6_7_three_forms_of_date(text, found):
    assert parse_date(text, NOW) == instant(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "0",
        "2024-07-19T14:30:00Z",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 EST",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:00:00 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT; length=1",
        "Sun, 06 Nov 1994 08:49:37 GMT,Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov  6 08:49:37 94",
        "Sun, ٠٦ Nov 1994 08:49:37 GMT",
    ],
)
def test_9110_13_1_3_what_is_no_date(text):
    assert parse_date(text, NOW) is None
    assert answer(if_modified_since=text).status == 200
    assert answer(if_unmodified_since=text).status == 200


@given(st.lists(st.from_regex(r"(W/)?\"[!#-~]*\"", fullmatch=True), min_size=1))
def test_every_tag_of_a_list_is_found(tags):
    found = [
        f'W/"{tag.opaque}"' if tag.weak else f'"{tag.opaque}"'
        for tag in entity_tags(", ".join(tags))
    ]
    assert found == tags


@given(st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001 - zone follows
def test_a_date_is_read_as_it_was_written(moment):
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert parse_date(http_date(whole), NOW) == whole
    assert parse_date(whole.strftime("%A, %d-%b-%y %H:%M:%S GMT"), NOW) == whole
    assert parse_date(whole.ctime(), NOW) == whole


def test_long_fields_take_no_long_time():
    for field in (
        '"' * 16000,
        ',"' * 8000,
        '"a' * 8000,
        ", " * 8000,
        '"' + "," * 16000,
        "W/" * 8000,
    ):
        assert not matches_weakly(field, "x")
