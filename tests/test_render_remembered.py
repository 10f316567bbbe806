"""What is remembered: made once while it is used, and never more than is allowed."""

from hypothesis import given
from hypothesis import strategies as st

from feedsvc.render.remembered import Remembered


def test_what_is_used_stays_and_what_is_not_goes():
    remembered, made = Remembered(2), []

    def get(key):
        return remembered.get(key, lambda: made.append(key) or key.encode())

    for other in "bcdefgh":
        assert get("a") == b"a"
        assert get(other) == other.encode()
    assert made.count("a") == 1
    get("b")
    assert made.count("b") == 2


@given(st.integers(1, 5), st.lists(st.integers(0, 20)))
def test_it_gives_what_was_made_and_holds_no_more_than_twice_its_limit(limit, keys):
    remembered = Remembered(limit)
    for key in keys:
        assert remembered.get(key, lambda key=key: b"%d" % key) == b"%d" % key
        assert len(remembered._young) <= limit
        assert len(remembered._young) + len(remembered._old) <= 2 * limit
