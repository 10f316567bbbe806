"""What the whole site shows: the same whatever came before, and in whatever order it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc import register as module
from feedsvc.agenda import coming
from feedsvc.model import Withdrawal
from feedsvc.register import Change, Ordered, Register
from feedsvc.render.urls import page_path
from feedsvc.sections import order, standing, turning_points
from tests.factory import entry, instant, registered, section, select, site
from tests.typed_entries import DAYS, ENTRIES, NOW

LATER = "2024-08-02 12:00"
FILES = ("a.yaml", "b.yaml", "c.yaml")


def names(entries):
    return [e.id for e in entries]


def seen(register, at=NOW):
    """All that a register says."""
    shelves = register.shelves
    return {
        "stands": {stand.entry.iri: stand for stand in register.everyone()},
        "selection": _shown(register.selection),
        "shelves": {shelf.section.name: list(shelf.entries) for shelf in shelves},
        "next": register.next_change,
        "pages": {page_path(s.entry): register.at(page_path(s.entry)) for s in register.everyone()},
        "coming": coming(register.turning(), at),
    }


def _shown(selection):
    return selection.everything, selection.sections, {y: list(e) for y, e in selection.years}


# --- what is shown where ---


@pytest.mark.parametrize(
    ("facts", "listed", "page"),
    [
        pytest.param({}, True, True, id="listed"),
        pytest.param({"draft": True}, False, False, id="hidden"),
        pytest.param({"expires": NOW}, False, True, id="expired"),
        pytest.param({"withdrawn": Withdrawal(NOW, "wrong")}, False, False, id="withdrawn"),
    ],
)
def test_an_entry_is_listed_and_has_a_page_as_it_stands(facts, listed, page):
    register = registered(site(), [entry(**facts)], NOW)
    iri = entry().iri
    for shelf in (register.everything, register.shelf("news")):
        assert bool(shelf.entries) is bool(shelf.shown.feed) is listed
        assert (shelf.listed(iri) is not None) is listed
        assert shelf.reason(iri) == ("wrong" if "withdrawn" in facts else None)
    assert register.shelf("speeches").listed(iri) is None
    assert register.page(iri) == ("/news/first" if page else None)
    hidden = "draft" in facts
    assert (register.stand(iri) is None) is (register.at("/news/first") is None) is hidden


def test_an_entry_is_shown_in_its_section_the_others_it_names_and_all():
    register = registered(site(), [entry(also=("speeches", "unknown"))], NOW)
    assert [names(shelf.entries) for shelf in register.shelves] == [["first"]] * 3
    assert register.shelf("unknown") is register.everything


def test_newest_first_and_by_id_where_the_instant_is_the_same():
    entries = [entry("b"), entry("c"), entry("a"), entry("d", "2024-07-20 00:00")]
    register = registered(site(), entries, NOW)
    assert names(register.everything.newest()) == ["d", "c", "b", "a"]
    assert names(register.everything.shown.feed) == ["d", "c", "b", "a"]


def test_the_cap_is_each_sections_own():
    one = site(section("news", entries=2), section("speeches"))
    entries = [entry(f"n{i}", f"2024-07-0{i} 00:00") for i in range(1, 5)]
    register = registered(one, entries, NOW)
    assert names(register.sections[0].shown.feed) == ["n4", "n3"]
    assert len(register.sections[0].entries) == 4
    assert len(register.everything.shown.feed) == 4


def test_the_next_change_is_the_nearest_turning_point_of_any_entry():
    entries = [
        entry("embargo", "2024-08-05 00:00"),
        entry("expiring", expires=instant("2024-08-03 00:00")),
        entry("leaving", withdrawn=Withdrawal(instant("2024-08-04 00:00"))),
        entry("draft", "2024-08-02 00:00", draft=True),
    ]
    register = registered(site(), entries, NOW)
    assert register.next_change == instant("2024-08-03 00:00")
    files = {"feeds/news/all.yaml": tuple(entries)}
    register.update(files, instant("2024-08-03 00:00"))
    assert register.next_change == instant("2024-08-04 00:00")
    register.update(files, instant("2025-01-01 00:00"))
    assert register.next_change is None


def test_search_engines_find_public_pages_that_name_no_other_address_by_year():
    entries = [
        entry("old", "2023-12-31 23:59"),
        entry("new"),
        entry("expired", expires=NOW),
        entry("elsewhere", link="https://elsewhere.example/x"),
        entry("withdrawn", withdrawn=Withdrawal(NOW)),
        entry("retired", section="retired"),
    ]
    years = {year: names(found) for year, found in select(site(), entries, NOW).years}
    assert years == {2023: ["old"], 2024: ["expired", "new"]}


def test_what_stands_beside_an_entry_also_where_it_is_not_there_itself():
    days = {name: entry(name, f"2024-07-0{n} 00:00") for n, name in enumerate("abc", 1)}
    shelf = registered(site(), [days["a"], days["c"]], NOW).shelf("news")
    assert shelf.beside(days["b"]) == (days["a"], days["c"])
    shelf = registered(site(), days.values(), NOW).shelf("news")
    assert shelf.beside(days["b"]) == (days["a"], days["c"])
    assert shelf.beside(days["a"]) == (None, days["b"])
    assert shelf.beside(days["c"]) == (days["b"], None)


def test_a_preview_counts_drafts_as_finished_and_embargoes_as_over():
    written = [
        entry("draft", draft=True),
        entry("later", "2024-09-01", expires=instant("2024-09-02 00:00")),
        entry("expired", expires=instant("2024-07-30 00:00")),
        entry("plain"),
    ]
    register = registered(site(), written, NOW, unveil=True)
    assert names(register.everything.newest()) == ["later", "plain", "draft"]
    assert not any(stand.entry.draft for stand in register.everyone())
    assert register.next_change == instant("2024-09-01 00:00")
    assert names(registered(site(), written, NOW).everything.entries) == ["plain"]


# --- from one look to the next ---


def test_a_change_says_how_the_entry_stood_and_stands():
    register = Register(site(), page_path)
    old, new, other = entry(), entry(title="New"), entry("other")
    (change,) = register.update({"a": (old,)}, NOW)
    assert (change.iri, change.before, change.after.entry) == (old.iri, None, old)
    (change,) = register.update({"a": (new,)}, NOW)
    assert (change.before.entry, change.after.entry) == (old, new)
    assert register.update({"a": (entry(title="New"), entry("draft", draft=True))}, NOW) == ()
    (change,) = register.update({"a": (new, other)}, NOW)
    assert change == Change(other.iri, None, register.stand(other.iri))
    changes = register.update({}, NOW)
    assert {(c.before.entry.id, c.after) for c in changes} == {("first", None), ("other", None)}


def test_an_entry_that_moves_from_file_to_file_has_not_changed():
    register = Register(site(), page_path)
    register.update({"a": (entry(),), "b": ()}, NOW)
    assert register.update({"a": (), "b": (entry(),)}, NOW) == ()
    assert names(register.everything.entries) == ["first"]


def test_two_entries_may_swap_their_pages():
    register = Register(site(), page_path)
    register.update({"a": (entry("a"), entry("b"))}, NOW)
    register.update({"a": (entry("a", slug="b"), entry("b", slug="a"))}, NOW)
    assert register.at("/news/a").entry.id == "b"
    assert register.at("/news/b").entry.id == "a"


def split(entries, cuts):
    """The entries, spread over files."""
    files = {}
    for one, cut in zip(entries, cuts, strict=False):
        files.setdefault(FILES[cut], []).append(one)
    return {path: tuple(found) for path, found in files.items()}


CUTS = st.lists(st.integers(0, 2), min_size=12, max_size=12)
LOOKS = st.lists(st.tuples(ENTRIES, CUTS, DAYS), min_size=1, max_size=6)


@given(LOOKS, st.booleans(), st.sampled_from([1, 3, 100]))
def test_history_never_matters_nor_which_way_time_went(looks, unveil, many):
    """``many``: entries are moved one by one, or sorted anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MANY", many)
        register = Register(site(), page_path, unveil=unveil)
        stood = {}
        for entries, cuts, at in looks:
            changes = register.update(split(entries, cuts), at)
            anew = registered(site(), entries, at, unveil=unveil)
            assert seen(register, at) == seen(anew, at)
            stands = {stand.entry.iri: stand for stand in register.everyone()}
            everyone = stood | stands
            told = {change.iri: (change.before, change.after) for change in changes}
            assert len(told) == len(changes)
            assert told == {
                iri: (stood.get(iri), stands.get(iri))
                for iri in everyone
                if stood.get(iri) != stands.get(iri)
            }
            stood = stands


@given(ENTRIES, st.lists(DAYS, min_size=1, max_size=6))
def test_time_alone_changes_what_it_must(entries, instants):
    files = {"a": tuple(entries)}
    register = Register(site(), page_path)
    for at in instants:
        register.update(files, at)
        shown = {stand.entry.iri: stand.standing for stand in register.everyone()}
        assert shown == {e.iri: how for e in entries if (how := standing(e, at)) != "hidden"}
        points = [point for e in entries for point in turning_points(e) if point > at]
        assert register.next_change == min(points, default=None)


@given(ENTRIES, st.randoms())
def test_the_order_of_the_source_never_matters(entries, random):
    shuffled = random.sample(entries, len(entries))
    assert seen(registered(site(), entries, NOW)) == seen(registered(site(), shuffled, NOW))


@given(ENTRIES, ENTRIES, st.sampled_from([1, 100]))
def test_ordered_stays_in_order_moved_or_sorted(before, after, many):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MANY", many)
        ordered = Ordered()
        ordered.change([], before)
        assert ordered.entries == sorted(before, key=order)
        ordered.change(before, after)
        assert ordered.entries == sorted(after, key=order)
        for number, one in enumerate(ordered.entries):
            assert ordered.position(one) == number
