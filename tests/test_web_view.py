"""The worker's view of the store: bounded, whole, and following whatever happens to the store."""

import pytest

from feedsvc.snapshot import StoredDocument
from feedsvc.store import Store
from feedsvc.web.follow import Follower
from feedsvc.web.pages import Kept
from feedsvc.web.view import Shelf, View
from tests.web_samples import NOW, Clock, page, publish, sample_store

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
