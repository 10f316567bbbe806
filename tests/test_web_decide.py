"""The decision on a request: RFC 9110 §13.2.2 precedence, negotiation, and where deltas start."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.snapshot import digest, entity_tag
from feedsvc.web.conditional import (
    Asked,
    Base,
    Current,
    Decision,
    bases,
    decide,
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
    ("fields", "status"),
    [
        pytest.param({}, 200, id="9110-13.2-none"),
        # If-Modified-Since
        pytest.param({"if_modified_since": at(0)}, 304, id="9110-13.1.3-same"),
        pytest.param({"if_modified_since": at(-1)}, 200, id="9110-13.1.3-earlier"),
        pytest.param({"if_modified_since": at(3600)}, 304, id="9110-13.1.3-later"),
        pytest.param({"if_modified_since": http_date(NOW)}, 304, id="9110-13.1.3-now"),
        pytest.param(
            {"if_modified_since": http_date(NOW + timedelta(seconds=1))},
            200,
            id="9110-13.1.3-future",
        ),
        pytest.param(
            {"if_modified_since": "Friday, 19-Jul-24 14:30:00 GMT"}, 304, id="9110-13.1.3-rfc850"
        ),
        pytest.param(
            {"if_modified_since": "Fri Jul 19 14:30:00 2024"}, 304, id="9110-13.1.3-asctime"
        ),
        pytest.param(
            {"if_modified_since": "Mon, 19 Jul 2024 14:30:00 GMT"},
            304,
            id="9110-13.1.3-compared-as-dates",
        ),
        # If-Unmodified-Since
        pytest.param({"if_unmodified_since": at(0)}, 200, id="9110-13.1.4-same"),
        pytest.param({"if_unmodified_since": at(5)}, 200, id="9110-13.1.4-later"),
        pytest.param({"if_unmodified_since": at(-1)}, 412, id="9110-13.1.4-earlier"),
        # If-Match
        pytest.param({"if_match": TAG}, 200, id="9110-13.1.1-holds"),
        pytest.param({"if_match": "*"}, 200, id="9110-13.1.1-star-holds"),
        pytest.param({"if_match": '"y"'}, 412, id="9110-13.1.1-fails"),
        pytest.param({"if_match": f"W/{TAG}"}, 412, id="9110-13.1.1-weak-fails"),
        pytest.param({"if_match": GZIP}, 412, id="9110-13.1.1-other-coding-fails"),
        # If-None-Match
        pytest.param({"if_none_match": TAG}, 304, id="9110-13.1.2-holds"),
        pytest.param({"if_none_match": GZIP}, 200, id="9110-13.1.2-other-coding"),
        pytest.param(
            {"if_none_match": GZIP, "accept_encoding": "gzip"}, 304, id="9110-13.1.2-gzip"
        ),
        pytest.param(
            {"if_none_match": TAG, "accept_encoding": "gzip"}, 200, id="9110-13.1.2-selected"
        ),
        pytest.param(
            {"if_none_match": f"{TAG}, {GZIP}, {BR}", "accept_encoding": "br"},
            304,
            id="9110-13.1.2-all-codings",
        ),
        # precedence
        pytest.param(
            {"if_match": TAG, "if_unmodified_since": at(-9)}, 200, id="9110-13.2.2-1-before-2"
        ),
        pytest.param({"if_match": '"y"', "if_none_match": TAG}, 412, id="9110-13.2.2-1-before-3"),
        pytest.param({"if_match": TAG, "if_none_match": TAG}, 304, id="9110-13.2.2-1-then-3"),
        pytest.param(
            {"if_unmodified_since": at(-9), "if_none_match": TAG}, 412, id="9110-13.2.2-2-before-3"
        ),
        pytest.param(
            {"if_none_match": '"y"', "if_modified_since": at(0)}, 200, id="9110-13.2.2-3-before-4"
        ),
        pytest.param(
            {"if_none_match": TAG, "if_modified_since": at(-9)}, 304, id="9110-13.2.2-3-not-4"
        ),
        pytest.param(
            {"if_none_match": "junk", "if_modified_since": at(0)}, 200, id="9110-13.1.3-ignored"
        ),
        pytest.param({"if_match": TAG, "if_modified_since": at(0)}, 304, id="9110-13.2.2-1-then-4"),
        # negotiation comes first
        pytest.param(
            {"accept_encoding": "*;q=0", "if_match": '"y"'}, 406, id="9110-13.2.1-not-acceptable"
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_preconditions(method, fields, status):
    assert answer(method, **fields).status == status


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"if_none_match": TAG}, 412, id="9110-13.1.2-other-method"),
        pytest.param({"if_none_match": '"y"'}, 200, id="9110-13.1.2-other-method-differs"),
        pytest.param({"if_modified_since": at(0)}, 200, id="9110-13.1.3-other-method"),
    ],
)
def test_other_methods(fields, status):
    assert answer("PUT", **fields).status == status


def test_the_coding_is_said_with_every_status():
    assert answer(accept_encoding="gzip") == Decision(200, "gzip")
    assert answer(accept_encoding="br", if_none_match=BR) == Decision(304, "br")
    assert answer(accept_encoding="identity;q=0") == Decision(406, None)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param({"a_im": "feed"}, (), id="3229-10.3-no-tag"),
        pytest.param({"if_none_match": f'"{OLD}"'}, (), id="3229-10.3-no-a-im"),
        pytest.param(
            {"a_im": "feed", "if_none_match": f'"{OLD}"'},
            (Base(OLD, f'"{OLD}"'),),
            id="3229-10.3-both",
        ),
        pytest.param(
            {"a_im": "feed", "if_none_match": f'W/"{OLD}.gz"'},
            (Base(OLD, f'W/"{OLD}.gz"'),),
            id="3229-10.5.1-as-the-client-wrote-it",
        ),
        pytest.param(
            {"a_im": "feed", "if_none_match": f'"{OLD}.br-gzip"'},
            (Base(OLD, f'"{OLD}.br-gzip"'),),
            id="3229-10.3-suffix",
        ),
        pytest.param(
            {"a_im": "feed", "if_none_match": f"{GZIP}"}, (), id="3229-10.3-current-other-coding"
        ),
        pytest.param({"a_im": "feed", "if_none_match": '"x", junk'}, (), id="3229-10.3-not-ours"),
        pytest.param({"a_im": "feed", "if_none_match": TAG}, (), id="3229-10.3-current-is-a-304"),
    ],
)
def test_instances_a_delta_may_start_from(fields, found):
    assert answer(**fields).bases == found


def test_deltas_are_for_feeds_alone():
    page = Current(digest=D, codings=("identity",), last_modified=CHANGED)
    asked = Asked(a_im="feed", if_none_match=f'"{OLD}"')
    assert decide(asked, page, NOW) == Decision(200, "identity")


def test_many_tags_cost_few_looks_into_the_store():
    field = ", ".join(f'"{digest(bytes([n]))}"' for n in range(100))
    assert len(bases(field, D)) == 8
    assert len(bases(f'"{OLD}", "{OLD}.gz", W/"{OLD}"', D)) == 1


header = st.text() | st.text('W/"*,; \t-gzipabxy.', max_size=60) | st.just(TAG)
dates = st.text() | st.datetimes(timezones=st.just(UTC)).map(http_date)


@given(
    st.sampled_from(["GET", "HEAD", "POST", "BREW"]),
    st.fixed_dictionaries(
        {},
        optional={
            "accept_encoding": header,
            "if_match": header,
            "if_none_match": header,
            "a_im": header,
            "if_modified_since": dates,
            "if_unmodified_since": dates,
        },
    ),
)
def test_no_text_upsets_the_decision(method, fields):
    decision = answer(method, **fields)
    assert decision.status in {200, 304, 406, 412}
    assert (decision.coding is None) == (decision.status == 406)
