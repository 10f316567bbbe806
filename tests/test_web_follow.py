"""Following the store whatever happens to it, and the clock as the next change comes near."""

from datetime import timedelta

import pytest

from feedsvc.errors import StoreError
from feedsvc.store import Store
from feedsvc.web.follow import Follower
from tests.factory import instant
from tests.web_samples import ENTRIES, NOW, Clock, asset, feed, page, publish, sample_store

pytest_plugins = "tests.web_fixtures"

MEMORY = 10**6


@pytest.fixture
def database(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def store(database):
    made = Store(f"sqlite:///{database}")
    made.create()
    yield made
    made.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def follower(database, store, clock):
    store.close()
    sample_store(database).close()
    made = Follower(store, clock, memory=MEMORY)
    made.poll()
    return made


def cache_control(follower, path="/news/"):
    fields = dict(follower.view.page(path).variant("identity").full.headers)
    return int(fields["Cache-Control"].removeprefix("public, max-age=").partition(",")[0])


# --- following ---


def test_before_the_first_snapshot_there_is_no_view(store, clock):
    follower = Follower(store, clock, memory=MEMORY)
    follower.poll()
    assert follower.view is None
    publish(store, page())
    follower.poll()
    assert follower.view.info.id == 1


def test_nothing_new_keeps_the_view(follower, clock):
    view = follower.view
    clock.forward(10**6)
    follower.poll()
    assert follower.view is view


def test_a_new_snapshot_drops_what_changed_alone(follower, store):
    old = follower.view
    feed_before, page_before = old.page("/news/atom.xml"), old.page("/news/")
    publish(store, feed({"new": "x"} | ENTRIES), gone=("/news/first",))
    follower.poll()
    new = follower.view
    assert new.info.id == 2
    assert new.page("/news/").kept is page_before.kept
    assert new.page("/news/atom.xml").document != feed_before.document
    assert new.page("/news/first") is None
    # A request that began with the old view still sees all of it.
    assert old.page("/news/atom.xml") is feed_before
    assert old.page("/news/first")


def test_where_very_much_has_changed_nothing_asks_what_it_was(follower, store, monkeypatch):
    monkeypatch.setattr("feedsvc.web.follow._MANY", 1)
    monkeypatch.setattr(store, "changed_paths", lambda *_: 1 / 0)
    before = follower.view.page("/news/")
    publish(store, feed({"new": "x"} | ENTRIES), gone=("/news/first",))
    follower.poll()
    assert follower.view.info.changed > 1
    assert follower.view.page("/news/").kept is not before.kept


@pytest.mark.parametrize("jump", [1, 11])
def test_a_worker_that_slept_starts_over(follower, store, jump):
    before = follower.view.page("/news/").kept
    for number in range(jump):
        publish(store, asset(f"/assets/{number}.css"))
    follower.poll()
    assert (follower.view.page("/news/").kept is before) is (jump == 1)


def test_a_store_that_fails_never_stops_serving(follower, store, database, clock, said):
    publish(store, page(text="two"), next_change=NOW + timedelta(seconds=100))
    follower.poll()
    view = follower.view
    follower.view.page("/news/")
    store.close()
    database.rename(database.with_suffix(".away"))
    database.write_bytes(b"this is no database" * 500)
    for _ in range(3):
        clock.forward(1)
        follower.poll()
        assert follower.view is view
    assert view.page("/news/")
    with pytest.raises(StoreError):
        view.page("/news/first")
    assert said().count("does not answer") == 1
    database.unlink()
    database.with_suffix(".away").rename(database)
    publish(store, page(text="three"))
    follower.poll()
    assert follower.view.info.id == 3


def test_a_store_of_another_history_starts_over(follower, tmp_path, clock):
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    other.create()
    publish(other, page(text="of the other history"), at=NOW + timedelta(hours=1))
    follower.view.page("/news/")
    follower._store = other
    follower.poll()
    assert b"other history" in follower.view.page("/news/").kept.bodies["identity"]
    assert follower.view.page("/news/atom.xml") is None
    other.close()


def test_a_store_that_was_emptied_keeps_the_last_view(follower, tmp_path):
    view = follower.view
    follower._store = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    follower._store.create()
    follower.poll()
    assert follower.view is view
    follower._store.close()


def test_a_site_that_moves_to_another_path_starts_over(follower, store):
    publish(store, page("/prefix/news/", "of the section prefix"))
    follower.poll()
    assert follower.view.page("/prefix/news/")
    publish(store, page("/news/other"), base_path="/prefix")
    follower.poll()
    assert follower.view.page("/news/") is None
    assert follower.view.page("/prefix/news/").document.path == "/news/"


# --- freshness and the clock ---


def test_max_age_counts_down_to_the_next_change_and_never_past_it(store, clock):
    change = NOW + timedelta(seconds=400)
    publish(store, page(), asset(), next_change=change)
    follower = Follower(store, clock, memory=MEMORY)
    for _ in range(2200):
        follower.poll()
        fresh = cache_control(follower)
        assert clock.now + timedelta(seconds=fresh) <= change
        assert fresh >= min(300, (change - clock.now).total_seconds() - 4)
        clock.forward(0.19)
        if clock.now >= change - timedelta(seconds=2):
            break
    assert cache_control(follower, "/assets/site.css") == 31536000


def test_max_age_grows_back_while_the_builder_is_late(store, clock):
    publish(store, page(), next_change=NOW)
    follower = Follower(store, clock, memory=MEMORY)
    seen = []
    for _ in range(400):
        follower.poll()
        seen.append(cache_control(follower))
        clock.forward(1)
    assert seen == sorted(seen)
    assert seen[0] <= 3
    assert seen[-1] == 300
    settled = follower.view
    assert settled.until is None


def test_last_modified_is_sent_once_the_clock_has_passed_it(store, clock):
    publish(store, page(), at=NOW + timedelta(seconds=30))
    follower = Follower(store, clock, memory=MEMORY)
    follower.poll()
    assert follower.view.page("/news/").last_modified is None
    assert "Last-Modified" not in dict(follower.view.page("/news/").variant("br").full.headers)
    clock.forward(29.9)
    follower.poll()
    assert follower.view.page("/news/").last_modified is None
    clock.forward(0.1)
    follower.poll()
    assert follower.view.page("/news/").last_modified == "Thu, 01 Aug 2024 12:00:30 GMT"


def test_a_clock_that_jumps_back_changes_nothing_but_last_modified(follower, clock):
    clock.now = instant("2020-01-01 00:00:00")
    follower.poll()
    assert follower.view.page("/news/").document
