"""The logs of sections in the store: whatever is added comes back, in order, page by page."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.archives import Event, Growth, Log, Noted
from feedsvc.store import Store
from feedsvc.store import tables as t
from tests.factory import instant, publication

NOW = instant("2024-08-01 12:00")


@pytest.fixture
def store(tmp_path):
    made = Store(f"sqlite:///{tmp_path}/s.db")
    made.create()
    yield made
    made.close()


def write(store, logs):
    """Publish nothing but what logs gain."""
    current = store.current()
    base = current.id if current else 0
    store.publish(publication(base, at=NOW, logs=logs))


def event(name, state="x", path=""):
    return Event(f"tag:{name}", state, path)


def test_an_empty_store_knows_no_log(store):
    assert store.chronicle.logs() == {}
    assert store.chronicle.of("news", ["tag:a"]) == []
    assert store.chronicle.pages("news", [1]) == {}
    assert store.chronicle.whole("news") == []
    assert store.chronicle.copy() == {}


def test_what_is_sealed_leaves_the_tail(store):
    a, b, c, d = (event(name) for name in "abcd")
    write(store, {"news": Growth(Log(), (a, b))})
    known = store.chronicle.logs()["news"]
    assert known == Log(0, 0, (a, b))
    write(store, {"news": Growth(known, (c, d), (1, 2))})
    assert store.chronicle.logs()["news"] == Log(2, 3, (d,))
    assert store.chronicle.pages("news", [1, 2, 3]) == {1: (a,), 2: (b, c)}
    assert store.chronicle.whole("news") == [Noted(1, a), Noted(2, b), Noted(2, c), Noted(0, d)]


def test_a_section_knows_nothing_of_another_ones_log(store):
    write(store, {"news": Growth(Log(), (event("a"),)), "all": Growth(Log(), (event("b"),), (1,))})
    assert store.chronicle.of("news", ["tag:a", "tag:b"]) == [Noted(0, event("a"))]
    assert store.chronicle.pages("news", [0, 1]) == {0: (event("a"),)}
    assert store.chronicle.logs() == {"news": Log(0, 0, (event("a"),)), "all": Log(1, 1, ())}


def test_a_path_finds_who_stood_there_in_order(store):
    first, second = event("a", "1", "/news/x"), event("b", "2", "/news/x")
    elsewhere = event("a", "3", "/news/y")
    write(store, {"all": Growth(Log(), (first, second, elsewhere), (1, 1))})
    assert store.chronicle.at(["/news/x"]) == [first, second]
    assert store.chronicle.at(["/news/y", "/news/x"]) == [first, second, elsewhere]
    assert store.chronicle.at(["", "/news/z"]) == []


def test_of_very_many_entries_none_is_missed(store):
    events = tuple(event(f"{n:05}", path=f"/news/{n}") for n in range(1500))
    write(store, {"all": Growth(Log(), events, (1000,))})
    assert [n.event for n in store.chronicle.of("all", [e.iri for e in events[::-1]])] == [*events]
    assert store.chronicle.at([e.path for e in events]) == [*events]
    assert store.chronicle.logs()["all"].tail == events[1000:]


STEP = st.tuples(
    st.sampled_from(["all", "news"]),
    st.lists(
        st.builds(
            Event,
            st.sampled_from(["tag:a", "tag:b", "tag:c"]),
            st.sampled_from(["x", "y", "gone 2024-08-01T12:00:00+00:00"]),
            st.sampled_from(["", "/news/a", "/news/b"]),
        ),
        max_size=6,
    ),
    st.lists(st.integers(1, 3), max_size=3),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=6))
def test_5005_4_a_log_only_grows_and_every_question_agrees_with_the_whole(store, steps):
    with store._engine.begin() as connection:
        connection.execute(sa.delete(t.events))
    whole = {"all": [], "news": []}
    for section, events, sizes in steps:
        before = store.chronicle.logs().get(section, Log())
        fit = []
        for size in sizes:
            if sum(fit) + size <= len(before.tail) + len(events):
                fit.append(size)
        growth = Growth(before, tuple(events), tuple(fit))
        write(store, {section: growth})
        numbers = [n for n, page in growth.new_pages() for _ in page]
        kept = [note for note in whole[section] if note.number]
        open_ = [note.event for note in whole[section] if not note.number] + events
        numbers += [0] * (len(open_) - len(numbers))
        whole[section] = [*kept, *map(Noted, numbers, open_)]
        if open_ or kept:
            assert store.chronicle.logs()[section] == growth.after
    for section, noted in whole.items():
        assert store.chronicle.whole(section) == noted
        wanted = ["tag:a", "tag:c"]
        found = [n for n in noted if n.event.iri in wanted]
        assert store.chronicle.of(section, wanted) == found
        sealed = {n.number for n in noted if n.number}
        assert store.chronicle.pages(section, sealed) == {
            number: tuple(n.event for n in noted if n.number == number) for number in sealed
        }
    copied = store.chronicle.copy()
    with store._engine.begin() as connection:
        connection.execute(sa.delete(t.events))
    write(store, copied)
    assert {s: store.chronicle.whole(s) for s in whole} == whole
