"""The worker's view of the store: bounded, whole, and following whatever happens to the store."""

from datetime import timedelta

import pytest

from feedsvc.errors import StoreError
from feedsvc.snapshot import StoredDocument
from feedsvc.store import Store
from feedsvc.web.follow import Follower
from feedsvc.web.pages import Kept
from feedsvc.web.view import Shelf, View
from tests.factory import instant
from tests.web_samples import ENTRIES, NOW, Clock, asset, feed, page, publish, sample_store

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


def kept(path, size=1000):
    document = StoredDocument(
        path=path,
        media_type="text/html",
        digest="d" * 24,
        status=200,
        max_age=300,
        cache="",
        headers=(),
        last_modified=NOW,
        codings=("identity",),
    )
    return Kept(document, {"identity": b"x" * size})


def cache_control(follower, path="/news/"):
    fields = dict(follower.view.page(path).variant("identity").full.headers)
    return int(fields["Cache-Control"].removeprefix("public, max-age=").partition(",")[0])


# --- the shelf ---


def test_memory_is_bounded_whatever_is_asked_for():
    shelf = Shelf(100_000)
    dropped = [path for n in range(500) for path in shelf.put(f"/{n}", kept(f"/{n}"))]
    assert shelf.size <= 100_000
    assert len(dropped) > 450
    assert shelf.get("/499")
    assert not shelf.get("/0")


def test_what_is_used_stays_longer():
    shelf = Shelf(100_000)
    shelf.put("/hot", kept("/hot"))
    for number in range(500):
        shelf.get("/hot").used = True
        shelf.put(f"/{number}", kept(f"/{number}"))
    assert shelf.get("/hot")


def test_a_document_larger_than_the_shelf_is_not_kept():
    shelf = Shelf(100_000)
    assert shelf.put("/big", kept("/big", 200_000)) == ["/big"]
    assert shelf.size == 0


def test_a_document_put_twice_counts_once():
    shelf = Shelf(100_000)
    for _ in range(3):
        shelf.put("/a", kept("/a"))
    assert shelf.size == kept("/a").cost


def test_a_copy_without_what_changed():
    shelf = Shelf(100_000)
    for path in ("/a", "/b"):
        shelf.put(f"/prefix{path}", kept(path))
    copy = shelf.without(frozenset({"/b"}))
    assert copy.get("/prefix/a")
    assert not copy.get("/prefix/b")
    assert shelf.get("/prefix/b")
    assert copy.size == kept("/a").cost


# --- one view ---


@pytest.mark.parametrize(
    ("base", "asked", "path"),
    [
        ("", "/news/atom.xml", "/news/atom.xml"),
        ("", "/", "/"),
        ("", "/news/gr\xc3\xbc\xc3\x9fe", "/news/gr%C3%BC%C3%9Fe"),
        ("", "/a b/\x00\n", "/a%20b/%00%0A"),
        ("", "/!404", "/%21404"),
        ("", "/old/*", "/old/%2A"),
        ("", "", None),
        ("", "*", None),
        ("", "example.org:443", None),
        ("/prefix", "/prefix/news/", "/news/"),
        ("/prefix", "/prefix", None),
        ("/prefix", "/prefixed/", None),
        ("/prefix", "/news/", None),
        ("/gr%C3%BCn", "/gr\xc3\xbcn/", None),
        ("", "/\u20ac", "/%3F"),
    ],
)
def test_path_info_to_the_stores_path(store, base, asked, path):
    publish(store, page(), base_path=base)
    view = View(store, store.current(), NOW, Shelf(MEMORY))
    assert view.path(asked) == path


def test_documents_are_read_once(follower, store):
    view = follower.view
    first = view.page("/news/atom.xml")
    store.close()
    assert view.page("/news/atom.xml") is first


def test_no_url_leads_to_the_stores_own_names(follower):
    assert follower.view.named("/!404").document.status == 404
    for path in ("/!404", "/old/*", "!/!404"):
        assert follower.view.page(path) is None


def test_unknown_paths_are_remembered_within_bounds(follower, monkeypatch):
    monkeypatch.setattr("feedsvc.web.view._MOST_ABSENT", 20)
    for number in range(70):
        assert follower.view.page(f"/nothing-{number}") is None
    assert 0 < len(follower.view._absent) <= 20


def test_pages_leave_memory_with_their_documents(store, clock):
    publish(store, *(page(f"/news/{n}", f"{n} " * 2000) for n in range(60)))
    follower = Follower(store, clock, memory=200_000)
    follower.poll()
    for number in range(60):
        assert follower.view.page(f"/news/{number}")
    assert 0 < len(follower.view.pages) < 30


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


@pytest.mark.parametrize("jump", [1, 11])
def test_a_worker_that_slept_starts_over(follower, store, jump):
    before = follower.view.page("/news/").kept
    for number in range(jump):
        publish(store, asset(f"/assets/{number}.css"))
    follower.poll()
    assert (follower.view.page("/news/").kept is before) is (jump == 1)


def test_a_store_that_fails_never_stops_serving(follower, store, database, clock, capsys):
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
    assert capsys.readouterr().out.count("does not answer") == 1
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
    assert follower.view.page("/news/")
    publish(store, page("/news/other"), base_path="/prefix")
    follower.poll()
    assert follower.view.page("/news/") is None
    assert follower.view.page("/prefix/news/")


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
