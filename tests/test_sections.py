"""What is shown when: every rule of contract §2 about time, and that order never matters."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model import Withdrawal
from feedsvc.sections import select, turning_points
from tests.factory import entry, instant, section, site

NOW = instant("2024-08-01 12:00")
LATER = "2024-08-02 12:00"
TAKEN_BACK = Withdrawal(instant("2024-07-30 00:00"), "wrong figures")


def names(entries):
    return [e.id for e in entries]


@pytest.mark.parametrize(
    ("facts", "listed", "paged", "withdrawn"),
    [
        pytest.param({}, True, True, False, id="plain"),
        pytest.param({"draft": True}, False, False, False, id="draft"),
        pytest.param({"published": instant(LATER)}, False, False, False, id="embargo"),
        pytest.param({"published": NOW}, True, True, False, id="embargo-ends-at-the-instant"),
        pytest.param({"expires": NOW}, False, True, False, id="expired-leaves-feeds-keeps-page"),
        pytest.param({"expires": instant(LATER)}, True, True, False, id="expires-later"),
        pytest.param({"withdrawn": TAKEN_BACK}, False, False, True, id="withdrawn"),
        pytest.param(
            {"withdrawn": Withdrawal(instant(LATER))}, True, True, False, id="withdrawn-later"
        ),
        pytest.param(
            {"withdrawn": TAKEN_BACK, "draft": True}, False, False, False, id="withdrawn-draft"
        ),
        pytest.param(
            {"withdrawn": TAKEN_BACK, "published": instant(LATER)},
            False,
            False,
            False,
            id="withdrawn-before-it-was-public-leaves-no-tombstone",
        ),
    ],
)
def test_what_an_entry_is_at_an_instant(facts, listed, paged, withdrawn):
    selection = select(site(), [entry(**facts)], NOW)
    for shown in (selection.everything, selection.sections[0]):
        assert bool(shown.entries) is listed
        assert bool(shown.feed) is listed
        assert bool(shown.withdrawn) is withdrawn
    assert bool(selection.pages) is paged


def test_an_entry_is_shown_in_its_section_the_others_it_names_and_all():
    selection = select(site(), [entry(also=("speeches",))], NOW)
    assert [names(s.entries) for s in selection.sections] == [["first"], ["first"]]
    assert names(selection.everything.entries) == ["first"]
    assert names(selection.pages) == ["first"]


def test_newest_first_and_by_id_where_the_instant_is_the_same():
    entries = [entry("b"), entry("c"), entry("a"), entry("d", "2024-07-20 00:00")]
    assert names(select(site(), entries, NOW).everything.entries) == ["d", "c", "b", "a"]


def test_the_cap_is_each_sections_own():
    one = site(section("news", entries=2), section("speeches"))
    entries = [entry(f"n{i}", f"2024-07-0{i} 00:00") for i in range(1, 5)]
    selection = select(one, entries, NOW)
    assert names(selection.sections[0].feed) == ["n4", "n3"]
    assert len(selection.sections[0].entries) == 4
    assert len(selection.everything.feed) == 4


def test_the_next_change_is_the_nearest_turning_point_of_any_entry():
    entries = [
        entry("embargo", "2024-08-05 00:00"),
        entry("expiring", expires=instant("2024-08-03 00:00")),
        entry("leaving", withdrawn=Withdrawal(instant("2024-08-04 00:00"))),
        entry("draft", "2024-08-02 00:00", draft=True),
    ]
    assert select(site(), entries, NOW).next_change == instant("2024-08-03 00:00")
    assert select(site(), entries, instant("2024-08-03 00:00")).next_change == instant(
        "2024-08-04 00:00"
    )
    assert select(site(), entries, instant("2025-01-01 00:00")).next_change is None


def test_updated_is_the_newest_significant_revision_in_the_feed():
    entries = [
        entry("old", "2024-07-01 00:00", updated=instant("2024-07-30 00:00")),
        entry("new", "2024-07-20 00:00"),
    ]
    assert select(site(), entries, NOW).everything.updated == instant("2024-07-30 00:00")
    assert select(site(), [], NOW).everything.updated is None


DAYS = st.integers(-5, 5).map(lambda days: NOW + timedelta(days=days))
ENTRIES = st.lists(
    st.builds(
        lambda n, p, e, d: entry(f"e{n}", published=p, expires=e, draft=d),
        st.integers(0, 10**6),
        DAYS,
        st.none() | DAYS,
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda e: e.id,
)


@given(ENTRIES, st.randoms())
def test_the_order_of_the_source_never_matters(entries, random):
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert select(site(), entries, NOW) == select(site(), shuffled, NOW)


@given(ENTRIES)
def test_nothing_changes_between_turning_points(entries):
    selection = select(site(), entries, NOW)
    if selection.next_change is None:
        horizon = NOW + timedelta(days=400)
    else:
        horizon = selection.next_change - timedelta(microseconds=1)
        assert any(selection.next_change in turning_points(e) for e in entries)
    assert select(site(), entries, horizon) == selection
