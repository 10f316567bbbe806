"""How one entry stands at an instant: every rule of time that an entry can name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model import Withdrawal
from feedsvc.sections import Shown, Stand, names, order, standing, turning_points, unveiled
from tests.factory import entry, instant, section
from tests.typed_entries import DAYS, ENTRIES, NOW

LATER = "2024-08-02 12:00"
TAKEN_BACK = Withdrawal(instant("2024-07-30 00:00"), "wrong figures")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({}, "listed", id="plain"),
        pytest.param({"draft": True}, "hidden", id="draft"),
        pytest.param({"published": instant(LATER)}, "hidden", id="embargo"),
        pytest.param({"published": NOW}, "listed", id="embargo-ends-at-the-instant"),
        pytest.param({"expires": NOW}, "expired", id="expired-leaves-feeds-keeps-page"),
        pytest.param({"expires": instant(LATER)}, "listed", id="expires-later"),
        pytest.param({"withdrawn": TAKEN_BACK}, "withdrawn", id="withdrawn"),
        pytest.param({"withdrawn": TAKEN_BACK, "expires": NOW}, "withdrawn", id="both"),
        pytest.param({"withdrawn": Withdrawal(NOW)}, "withdrawn", id="withdrawn-at-the-instant"),
        pytest.param({"withdrawn": Withdrawal(instant(LATER))}, "listed", id="withdrawn-later"),
        pytest.param({"withdrawn": TAKEN_BACK, "draft": True}, "hidden", id="withdrawn-draft"),
        pytest.param(
            {"withdrawn": TAKEN_BACK, "published": instant(LATER)},
            "hidden",
            id="withdrawn-before-it-was-public-leaves-no-tombstone",
        ),
    ],
)
def test_what_an_entry_is_at_an_instant(facts, expected):
    assert standing(entry(**facts), NOW) == expected


def test_an_expired_entry_keeps_its_page_and_a_withdrawn_one_does_not():
    stands = [Stand(entry(), how, ("all", "news")) for how in ("listed", "expired", "withdrawn")]
    assert {stand.standing: stand.public for stand in stands} == {
        "listed": True,
        "expired": True,
        "withdrawn": False,
    }


def test_an_entry_is_shown_in_all_its_section_and_the_others_it_names_once():
    assert names("news", ("speeches", "news", "all")) == ("all", "news", "speeches")


def test_documents_order_by_instant_and_by_id_where_that_is_the_same():
    entries = [entry("b"), entry("c"), entry("a"), entry("d", "2024-07-01 00:00")]
    assert [e.id for e in sorted(entries, key=order)] == ["d", "a", "b", "c"]


def test_updated_is_the_newest_significant_revision_in_the_feed():
    old = entry("old", "2024-07-01 00:00", updated=instant("2024-07-30 00:00"))
    new = entry("new", "2024-07-20 00:00")
    assert Shown(section(), (new, old)).updated == instant("2024-07-30 00:00")
    assert Shown(section(), ()).updated is None


def test_a_draft_has_no_turning_points_until_it_is_none_any_more():
    draft = entry(draft=True, expires=instant(LATER))
    assert turning_points(draft) == ()
    assert turning_points(unveiled(draft)) == (draft.published, instant(LATER))
    finished = entry()
    assert unveiled(finished) is finished


def test_an_end_before_the_beginning_turns_nothing():
    late = entry(published=NOW, expires=NOW, withdrawn=TAKEN_BACK)
    assert turning_points(late) == (NOW,)


@given(st.lists(DAYS, min_size=2, max_size=2).map(sorted), ENTRIES)
def test_nothing_changes_between_turning_points(period, entries):
    start, end = period
    for one in entries:
        turns = [point for point in turning_points(one) if start < point <= end]
        if standing(one, start) != standing(one, end):
            assert turns
        if not turns:
            assert standing(one, start) == standing(one, end)
