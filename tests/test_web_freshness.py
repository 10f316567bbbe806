"""How long an answer stays fresh, near and past the next known change."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.snapshot import StoredDocument
from feedsvc.web.freshness import (
    cache_control,
    http_date,
    last_modified,
    max_age,
    varies_from,
)
from tests.factory import instant

NOW = instant("2024-08-01 12:00:00")


def seconds(number):
    return timedelta(seconds=number)


def stored(**facts):
    defaults = {
        "path": "/x",
        "media_type": "text/html",
        "digest": "d" * 24,
        "status": 200,
        "max_age": 300,
        "cache": "stale-while-revalidate=3600, stale-if-error=86400",
        "headers": (),
        "last_modified": NOW - seconds(60),
        "codings": ("identity",),
    }
    return StoredDocument(**(defaults | facts))


@pytest.mark.parametrize(
    ("away", "fresh"),
    [
        pytest.param(None, 300, id="nothing-known"),
        pytest.param(10_000, 300, id="far-off"),
        pytest.param(300, 300, id="just-as-far"),
        pytest.param(299, 299, id="9111-4.2-bounded"),
        pytest.param(1.9, 1, id="9111-4.2-never-past-it"),
        pytest.param(0.4, 0, id="9111-4.2-below-a-second"),
        pytest.param(0, 1, id="due-now"),
        pytest.param(-0.5, 1, id="late-by-a-moment"),
        pytest.param(-20, 20, id="late-grows-back"),
        pytest.param(-5000, 300, id="late-for-long"),
    ],
)
def test_max_age(away, fresh):
    assert max_age(300, None if away is None else NOW + seconds(away), NOW) == fresh


@given(st.integers(0, 10**6), st.timedeltas(timedelta(days=-9), timedelta(days=9)))
def test_an_answer_is_never_fresh_past_the_next_change(limit, away):
    fresh = max_age(limit, NOW + away, NOW)
    assert 0 <= fresh <= limit
    assert away <= timedelta(0) or seconds(fresh) <= away


@given(st.integers(-30, 30), st.integers(0, 2))
def test_an_answer_that_is_given_for_a_while_is_right_all_that_while(away, later):
    """The one that is given at the end of it too: until the change, not past it."""
    fresh = max_age(300, NOW + seconds(away), NOW, seconds(2))
    if later < away:
        assert later + fresh <= away or fresh == 0
    if away <= 0:
        assert fresh == max_age(300, NOW + seconds(away), NOW), "late, and no later than that"


def test_9111_4_2_2_the_lifetime_is_always_explicit():
    assert cache_control(stored(), None, NOW) == (
        "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"
    )
    assert cache_control(stored(cache=""), NOW + seconds(7), NOW) == "public, max-age=7"


def test_5861_3_stale_directives_are_not_cancelled():
    assert "must-revalidate" not in cache_control(stored(), NOW + seconds(1), NOW)


@pytest.mark.parametrize("facts", [{"cache": "immutable"}, {"status": 301}])
def test_what_the_change_cannot_alter_is_not_bounded(facts):
    soon = NOW + seconds(5)
    assert "max-age=300" in cache_control(stored(**facts), soon, NOW)
    assert varies_from(stored(**facts), soon, NOW) is None


def test_9110_8_8_2_1_last_modified_is_never_later_than_date():
    assert last_modified(stored(last_modified=NOW), NOW) == "Thu, 01 Aug 2024 12:00:00 GMT"
    assert last_modified(stored(last_modified=NOW + seconds(1)), NOW) is None


def test_dates_are_sent_in_one_form():
    assert http_date(instant("1994-11-06 08:49:37")) == "Sun, 06 Nov 1994 08:49:37 GMT"


@given(st.integers(-2000, 2000), st.integers(0, 900), st.floats(0, 1))
def test_a_value_stays_right_until_it_is_said_to_vary(away, limit, part):
    document, change = stored(max_age=limit), NOW + seconds(away)
    until = varies_from(document, change, NOW)
    later = NOW + (until - NOW) * part if until else NOW + seconds(10**6 * part)
    if until is None or later < until:
        now, then = (
            max_age(limit, change, NOW),
            max_age(limit, change, later),
        )
        # Within the window the value is renewed every second and may differ by that one.
        assert abs(now - then) <= (1 if until == NOW + seconds(1) else 0)


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_missing_or_gone_may_come_with_the_next_change(status):
    soon = NOW + seconds(7)
    assert cache_control(stored(status=status), soon, NOW) == "public, max-age=7"
    assert cache_control(stored(status=404), None, NOW) == "public, max-age=30"
    assert cache_control(stored(status=410), None, NOW) == "public, max-age=300"
