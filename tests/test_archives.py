"""RFC 5005 §4: the chain loses nothing and sealed pages never change, whatever the history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.archives import Growth, Log, edition, extend, live, seal, sealed
from feedsvc.model import Withdrawal
from feedsvc.register import Change, Register
from feedsvc.render.urls import page_path
from tests.factory import TAG, entry, instant, section, site

NOW = instant("2026-01-01 00:00")


class Sizes:
    """A hundred bytes an entry, or as many as its title says."""

    def exact(self, source):
        return int(source.title) if source.title.isdigit() else 100

    bound = exact


def iri(name):
    return f"tag:{TAG}:{name}"


class Section:
    """A section over time: entries by name, the log, and what the documents held.

    The log is kept whole here, as a store would: ``events`` of each sealed page by number.
    """

    def __init__(self, cap=5, budget=10**6):
        self.entries = {}
        self.log = Log()
        self.events = {}
        self.last = {}
        self.budget = budget
        self.cap = cap
        self.register = None
        self.step()

    def step(self):
        if self.register is None or self.shelf.section.entries != self.cap:
            self.register = Register(site(section("news", entries=self.cap)), page_path)
            self.shelf = self.register.shelf("news")
            self.look()  # it shows what it showed before
        changes = self.register.update({"a": tuple(self.entries.values())}, NOW)
        self.grow(extend("news", changes, self.last, NOW))
        self.live = live(self.log, self.shelf, Sizes(), self.budget)
        self.before = dict(self.entries)
        return self

    def look(self):
        self.register.update({"a": tuple(getattr(self, "before", {}).values())}, NOW)

    def grow(self, events):
        growth = Growth(self.log, events)
        counts = seal(growth.open, self.shelf, Sizes(), self.budget // 2)
        growth = Growth(self.log, events, counts)
        self.events |= dict(growth.new_pages())
        self.last |= {event.iri: event for event in events}
        self.log = growth.after

    @property
    def sealed(self):
        ends = {e.iri: number for number, events in sorted(self.events.items()) for e in events}
        ends |= {e.iri: 0 for e in self.log.tail}
        return [sealed(n, events, ends, self.shelf) for n, events in sorted(self.events.items())]

    def put(self, *names, **facts):
        for name in names:
            day = f"2024-{1 + int(name[1:]) // 28:02}-{1 + int(name[1:]) % 28:02} 00:00"
            self.entries[name] = entry(name, day, **facts)
        return self.step()

    def drop(self, *names):
        for name in names:
            del self.entries[name]
        return self.step()

    def chain(self):
        """What a client has that follows the chain from the live feed: newest document wins."""
        found = {}
        for page in (self.live, *reversed(self.sealed)):
            for one in page.entries:
                found.setdefault(one.iri, one)
        return found


def ids(entries):
    return [e.id for e in entries]


def test_few_entries_are_all_live():
    made = Section(cap=5).put("e1", "e2", "e3")
    assert ids(made.live.entries) == ["e3", "e2", "e1"]
    assert made.sealed == []
    assert made.live.older == 0


def test_pages_are_numbered_from_the_oldest_and_chained():
    made = Section(cap=5).put(*(f"e{n}" for n in range(14)))
    assert [ids(page.entries) for page in made.sealed] == [
        ["e3", "e2", "e1", "e0"],
        ["e7", "e6", "e5", "e4"],
        ["e11", "e10", "e9", "e8"],
    ]
    assert [(page.number, page.older) for page in made.sealed] == [(1, 0), (2, 1), (3, 2)]
    assert made.live.older == 3


def test_the_live_feed_holds_the_newest_up_to_the_cap():
    made = Section(cap=5).put(*(f"e{n}" for n in range(14)))
    assert ids(made.live.entries) == ["e13", "e12", "e11", "e10", "e9"]


def test_an_edited_archived_entry_reappears_and_its_page_is_not_rendered_anew():
    made = Section(cap=5).put(*(f"e{n}" for n in range(14)))
    before = [page.key for page in made.sealed]
    made.put("e1", lead="Corrected.")
    assert "e1" in ids(made.live.entries)
    assert [page.key for page in made.sealed] == before
    assert made.chain()[iri("e1")].lead == "Corrected."


def test_the_newest_stay_live_however_many_old_ones_are_edited():
    made = Section(cap=10).put(*(f"e{n}" for n in range(60)))
    made.put(*(f"e{n}" for n in range(50)), lead="Corrected.")
    assert ids(made.live.entries)[:2] == ["e59", "e58"]
    assert len(made.live.entries) == 10
    assert all(made.chain()[iri(f"e{n}")].lead == "Corrected." for n in range(50))


def test_a_late_addition_with_an_old_date_is_live_first():
    made = Section(cap=5).put(*(f"e{n}" for n in range(5, 14)))
    before = [page.key for page in made.sealed]
    made.put("e0")
    assert "e0" in ids(made.live.entries)
    assert [page.key for page in made.sealed][: len(before)] == before


def test_6721_a_removed_entry_leaves_a_tombstone_and_its_page():
    made = Section(cap=5).put(*(f"e{n}" for n in range(14))).drop("e1")
    assert [stone.iri for stone in made.live.tombstones] == [iri("e1")]
    assert made.live.tombstones[0].at == NOW
    assert ids(made.sealed[0].entries) == ["e3", "e2", "e0"]
    assert made.step().live.tombstones == made.live.tombstones


def test_6721_a_withdrawn_entry_has_its_own_instant_and_reason():
    made = Section(cap=5).put("e1", "e2")
    at = instant("2025-06-01 00:00")
    made.put("e1", withdrawn=Withdrawal(at, "Wrong"))
    (stone,) = made.live.tombstones
    assert (stone.iri, stone.at, stone.reason) == (iri("e1"), at, "Wrong")


def test_an_entry_that_comes_back_has_no_tombstone_any_more():
    made = Section(cap=5).put("e1", "e2").drop("e1").put("e1")
    assert made.live.tombstones == ()
    assert ids(made.live.entries) == ["e2", "e1"]


def test_6721_an_entry_that_left_twice_has_one_tombstone():
    made = Section(cap=5).put("e1", "e2").drop("e1").put("e1").drop("e1")
    assert [stone.iri for stone in made.live.tombstones] == [iri("e1")]


def test_6721_a_corrected_date_of_withdrawal_corrects_the_tombstone():
    made = Section(cap=5).put("e1", "e2")
    for day in ("2025-06-01 00:00", "2025-06-02 00:00"):
        made.put("e1", withdrawn=Withdrawal(instant(day), day))
    assert [(stone.at, stone.reason) for stone in made.live.tombstones] == [
        (instant("2025-06-02 00:00"), "2025-06-02 00:00")
    ]


@pytest.mark.parametrize(
    "facts",
    [{"expires": instant("2025-01-01 00:00")}, {"section": "speeches"}],
    ids=["expired", "moved-to-another-section"],
)
def test_what_is_still_public_elsewhere_leaves_no_tombstone(facts):
    register = Register(site(section("news", entries=5), section("speeches")), page_path)
    events = extend("news", register.update({"a": (entry("e1"),)}, NOW), {}, NOW)
    last = {event.iri: event for event in events}
    assert last.keys() == {iri("e1")}
    changes = register.update({"a": (entry("e1", **facts),)}, NOW)
    assert len(changes) == 1
    assert extend("news", changes, last, NOW) == ()


def test_what_is_gone_later_is_also_gone_from_a_section_that_it_had_left():
    register = Register(site(), page_path)
    (event,) = extend("news", register.update({"a": (entry("e1"),)}, NOW), {}, NOW)
    register.update({"a": (entry("e1", section="speeches"),)}, NOW)
    gone = extend("news", register.update({"a": ()}, NOW), {event.iri: event}, NOW)
    assert [(e.iri, e.removed_at) for e in gone] == [(iri("e1"), NOW)]


def test_an_event_keeps_the_path_where_the_page_stood():
    register = Register(site(), page_path)
    changes = register.update({"a": (entry("e1"),)}, NOW)
    (event,) = extend("all", changes, {}, NOW, page_path)
    assert event.path == "/news/e1"
    (gone,) = extend("all", register.update({}, NOW), {event.iri: event}, NOW, page_path)
    assert gone.path == "/news/e1"


def test_an_edition_keeps_its_name_from_one_version_to_the_next():
    """Stores hold these names: with others, every entry would count as edited."""
    assert edition(entry(body="Ein Käse – *bold*\n", tags=("a",))) == "1ZHeVC0mOijG"
    assert edition(entry(body=None)) == "Q9A8REScv4hE"


def test_expiry_sections_and_withdrawal_are_no_other_edition():
    plain = entry()
    withdrawn = Withdrawal(NOW)
    assert edition(plain) == edition(entry(also=("speeches",), expires=NOW, withdrawn=withdrawn))
    assert edition(entry(lead="Other.")) != edition(plain)


def test_the_size_budget_spills_to_the_archive_newest_kept():
    made = Section(cap=10, budget=1000)
    made.put("e1", "e2", title="300").put("e3", "e4", "e5", title="400")
    assert ids(made.live.entries) == ["e5", "e4"]
    assert set(made.chain()) == {iri(f"e{n}") for n in range(1, 6)}


def test_one_entry_beyond_the_budget_is_shown_alone():
    made = Section(cap=10, budget=1000).put("e1", "e2", title="5000")
    assert ids(made.live.entries) == ["e2"]
    assert set(made.chain()) == {iri("e1"), iri("e2")}


NAMES = st.integers(0, 40).map(lambda n: f"e{n}")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(NAMES, max_size=12), st.integers(0, 3)),
        st.tuples(st.just("drop"), st.lists(NAMES, max_size=4), st.just(0)),
        st.tuples(st.just("withdraw"), st.lists(NAMES, max_size=2), st.just(0)),
        st.tuples(st.just("cap"), st.integers(1, 9), st.just(0)),
    ),
    max_size=12,
)


def play(made, step):
    what, names, edit = step
    if what == "cap":
        made.cap = names
        made.step()
    elif what == "put":
        made.put(*names, title=str(100 * (1 + edit)), lead=f"Edit {edit}.")
    elif what == "drop":
        made.drop(*(set(names) & set(made.entries)))
    else:
        made.put(*names, withdrawn=Withdrawal(instant("2025-01-01 00:00")))


@given(STEPS, st.sampled_from([600, 2000, 10**6]))
def test_5005_4_nothing_is_lost_and_nothing_sealed_changes(steps, budget):
    made = Section(cap=5, budget=budget)
    for step in steps:
        before = dict(made.events)
        held = [{e.iri for e in page.entries} for page in made.sealed]
        play(made, step)
        assert {number: made.events[number] for number in before} == before
        assert list(made.events) == list(range(1, made.log.pages + 1))
        assert made.log.start == sum(map(len, made.events.values()))
        listed = {e.iri: e for e in made.shelf.entries}
        # each entry once, in its current form, and no other
        assert made.chain() == listed
        # a sealed page only ever loses
        for page, had in zip(made.sealed, held, strict=False):
            assert {e.iri for e in page.entries} <= had
        assert len(made.live.entries) <= max(made.cap, 1)
        assert made.live.entries or not listed
        for page in (made.live, *made.sealed):
            stones = [stone.iri for stone in page.tombstones]
            assert len(stones) == len(set(stones))
        seen = [e.iri for page in made.sealed for e in page.entries]
        assert len(seen) == len(set(seen))


@given(STEPS)
def test_a_log_says_the_same_whatever_it_was_asked_about(steps):
    """To look at everything again adds nothing to what was said of each change."""
    made = Section(cap=5)
    for step in steps:
        play(made, step)
        log, everything = made.log, {"a": tuple(made.entries.values())}
        anew = Register(site(section("news", entries=made.cap)), page_path)
        changes = {change.iri: change for change in anew.update(everything, NOW)}
        known = [changes.get(name, Change(name, None, None)) for name in made.last | changes]
        assert extend("news", known, made.last, NOW) == ()
        assert made.log == log
