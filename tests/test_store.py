"""The store's contract, one suite over every database that it can live in."""

import contextlib
import gzip
from datetime import timedelta
from tempfile import TemporaryDirectory

import brotli
import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.errors import NoSnapshot, Problem, PublishConflict, StoreError
from feedsvc.snapshot import Difference, Document, Span, digest, fingerprint, prepare
from feedsvc.store import Store, locate
from feedsvc.store import tables as t
from feedsvc.store.pruning import sweep
from tests import factory
from tests.factory import instant

NOW = instant("2024-08-01 12:00:00.5")
LONG = b"words and words " * 50


@pytest.fixture
def store(store_url):
    made = Store(store_url)
    made.create()
    yield made
    made.close()


def document(path="/a", body=LONG, **facts):
    return Document(path=path, media_type="text/html", body=body, **facts)


def publication(base, *changed, at=NOW, **facts):
    return factory.publication(base, *changed, at=at, **facts)


def test_before_the_first_publish_there_is_nothing(store):
    assert store.current() is None
    assert store.document("/a", 1) is None
    assert store.paths() == set()


def test_what_is_published_comes_back(store):
    sent = document(headers=(("Link", "<x>"),), max_age=60, cache="immutable", status=410)
    info = store.publish(publication(0, sent, next_change=NOW + timedelta(hours=1), duration=1.5))
    assert info == store.current()
    assert (info.id, info.instant, info.changed, info.documents) == (1, NOW, 1, 1)
    assert info.next_change == NOW + timedelta(hours=1)
    found = store.document("/a", 1)
    assert (found.status, found.headers, found.max_age) == (410, (("Link", "<x>"),), 60)
    assert found.codings == ("br", "gzip", "identity")
    assert found.last_modified == NOW.replace(microsecond=0)
    assert store.body(found.digest, "identity") == LONG
    assert store.published(["/a"])["/a"].fingerprint == fingerprint(sent)


def test_the_same_again_publishes_nothing(store):
    store.publish(publication(0, document()))
    assert store.publish(publication(1)) is None
    assert [s.id for s in store.history(10)] == [1]


def test_another_outlook_alone_is_published_so_that_max_age_stays_bounded(store):
    store.publish(publication(0, document()))
    info = store.publish(publication(1, next_change=NOW + timedelta(days=1)))
    assert info.changed == 0
    assert store.document("/a", info.id) == store.document("/a", 1)


def test_older_snapshots_stay_whole(store):
    store.publish(publication(0, document(body=b"one"), document("/b")))
    store.publish(publication(1, document(body=b"two"), gone=("/b",)))
    assert store.body(store.document("/a", 1).digest, "identity") == b"one"
    assert store.body(store.document("/a", 2).digest, "identity") == b"two"
    assert store.document("/b", 1)
    assert store.document("/b", 2) is None
    assert store.changed_paths(1, 2) == {"/a", "/b"}
    assert store.changed_paths(2, 2) == set()


def test_last_modified_moves_within_one_second_and_stays_for_other_header_fields(store):
    store.publish(publication(0, document(body=b"one")))
    store.publish(publication(1, document(body=b"two")))
    store.publish(publication(2, document(body=b"two", max_age=1)))
    times = [store.document("/a", n).last_modified.second for n in (1, 2, 3)]
    assert times == [0, 1, 1]


def test_last_modified_of_a_path_that_comes_back_is_later_than_it_ever_was(store):
    store.publish(publication(0, document(body=b"one")))
    store.publish(publication(1, gone=("/a",)))
    store.publish(publication(2, document(body=b"two"), at=NOW - timedelta(hours=1)))
    assert store.document("/a", 3).last_modified > store.document("/a", 1).last_modified


def test_a_builder_that_came_second_cannot_publish(store):
    store.publish(publication(0, document()))
    with pytest.raises(PublishConflict):
        store.publish(publication(0, document(body=b"other")))
    assert store.body(store.document("/a", 1).digest, "identity") == LONG


def test_a_publish_that_fails_leaves_nothing_behind(store):
    store.publish(publication(0, document()))
    twice = publication(1, document("/b"), document("/b", b"other"), records={"f": b"r"})
    with pytest.raises(StoreError):
        store.publish(twice)
    assert store.current().id == 1
    assert store.records() == {}
    assert store.document("/b", 2) is None


def test_records_are_kept_replaced_and_dropped(store):
    store.publish(publication(0, records={"a": b"1", "b": b"2"}))
    store.publish(publication(1, records={"a": b"3", "b": None}))
    assert store.records() == {"a": b"3"}


def test_problems_are_those_of_the_last_build(store):
    problem = Problem("feeds/a.yaml", 3, 5, "title", "nothing", "a title", "write one")
    store.publish(publication(0, document(), problems=(problem,)))
    assert store.problems() == (problem,)
    store.publish(publication(1, problems=()))
    assert store.problems() == ()
    store.report([problem])
    assert store.problems() == (problem,)


def test_spans_are_known_for_every_body_that_the_path_had_and_for_no_other(store):
    spans = (Span("tag:x", 1, 2, "d"),)
    store.publish(publication(0, document("/f.xml", b"one", spans=spans), document("/p", b"page")))
    store.publish(publication(1, document("/f.xml", b"two", spans=spans)))
    assert store.spans("/f.xml", digest(b"one")) == spans
    assert store.spans("/f.xml", digest(b"two")) == spans
    assert store.spans("/f.xml", digest(b"never")) is None
    assert store.spans("/p", digest(b"page")) is None
    assert store.spans("/other.xml", digest(b"one")) is None


def test_pruning_keeps_the_newest_snapshots_whole_and_drops_what_only_older_ones_had(store):
    for number in range(6):
        store.publish(publication(number, document(body=b"body %d" % number), document("/b")))
    store.prune(2)
    assert [s.id for s in store.history(10)] == [6, 5]
    assert [store.body(store.document("/a", n).digest, "identity") for n in (5, 6)] == [
        b"body 4",
        b"body 5",
    ]
    assert store.document("/b", 5)
    with pytest.raises(NoSnapshot):
        store.body(digest(b"body 3"), "identity")
    store.prune(2)
    assert store.current().id == 6


def bodies(store):
    """The names of all bodies that are kept, and those of all feeds' spans."""
    with store._engine.connect() as connection:
        return [
            set(connection.execute(sa.select(x.c.digest)).scalars()) for x in (t.bodies, t.feeds)
        ]


def used(store):
    """The names of all bodies that any snapshot has."""
    with store._engine.connect() as connection:
        return set(connection.execute(sa.select(t.documents.c.digest)).scalars())


TEXTS = st.dictionaries(st.sampled_from(["/a", "/b", "/c"]), st.sampled_from([b"1", b"2", LONG]))


@settings(max_examples=20)
@given(st.lists(TEXTS, min_size=1, max_size=8), st.integers(1, 4))
def test_pruning_leaves_no_orphan_and_keeps_what_is_used(states, keep):
    spans = (Span("tag:x", 0, 1, "d"),)
    with (
        TemporaryDirectory() as folder,
        contextlib.closing(Store(f"sqlite:///{folder}/s")) as store,
    ):
        store.create()
        store.keep([prepare(document(body=b"of a build that was broken off"))])
        before = {}
        for number, state in enumerate(states):
            gone = tuple(before.keys() - state.keys())
            new = [document(path, body, spans=spans) for path, body in state.items()]
            changed = [one for one in new if before.get(one.path) != one.body]
            later = NOW + timedelta(hours=number)  # another outlook: so it is always published
            store.publish(publication(number, *changed, gone=gone, next_change=later))
            before = state
        store.prune(keep)
        kept, feeds = bodies(store)
        assert kept == used(store)
        assert feeds == used(store)
        for snapshot in store.history(100):
            state = states[snapshot.id - 1]
            shown = {one.path: one.digest for one in store.documents(snapshot.id)}
            assert shown == {path: digest(body) for path, body in state.items()}
        assert len(store.history(100)) == min(keep, len(states))


def test_orphans_are_looked_for_bit_by_bit(store):
    texts = [b"text %d" % number for number in range(7)]
    store.keep([prepare(document(body=text)) for text in texts])
    store.publish(publication(0, document()))
    after, left = "", []
    while after or not left:
        with store._engine.begin() as connection:
            after = sweep(connection, after, 2)
        left.append(len(bodies(store)[0]))
    # Eight bodies, two at a time; one of them stays, wherever its name stands.
    assert sorted(left, reverse=True) == left
    assert (len(left), left[0] in {6, 7}, left[-1]) == (5, True, 1)


def given_before(store, one):
    store.keep([prepare(one, "recipe")])
    return msgspec.structs.replace(prepare(one, "recipe"), bodies={})


def test_a_body_that_was_given_before_needs_none_when_it_is_published(store):
    kept = given_before(store, document())
    difference = Difference((kept,), ())
    store.publish(msgspec.structs.replace(publication(0), difference=difference))
    assert store.body(kept.digest, "identity") == LONG
    assert store.published(["/a", "/b"])["/a"].recipe == "recipe"


def test_a_body_that_vanished_meanwhile_is_a_conflict_and_nothing_is_published(store):
    store.publish(publication(0, document("/old")))
    kept = given_before(store, document(body=b"soon"))
    store.prune(500)  # by another builder
    difference = Difference((kept,), ())
    with pytest.raises(PublishConflict, match="1 bodies are no longer in the store"):
        store.publish(msgspec.structs.replace(publication(1), difference=difference))
    assert store.current().id == 1
    assert store.document("/old", 1)


def test_what_gzip_holds_is_not_kept_plain_and_comes_back_plain(store):
    prepared = prepare(document())
    assert sorted(prepared.bodies) == ["br", "gzip"]
    store.publish(publication(0, document(), document("/short", b"short")))
    found = store.document("/a", 1)
    assert found.codings == ("br", "gzip", "identity")
    assert store.body(found.digest, "identity") == LONG
    assert gzip.decompress(store.body(found.digest, "gzip")) == LONG
    assert brotli.decompress(store.body(found.digest, "br")) == LONG
    short = store.document("/short", 1)
    assert short.codings == ("identity",)
    assert store.body(short.digest, "identity") == b"short"
    with pytest.raises(NoSnapshot):
        store.body(short.digest, "gzip")


def test_a_recipe_may_change_where_nothing_public_does(store):
    store.publish(publication(0, document()))
    assert store.publish(publication(1, recipes={"/a": "other"})) is None
    assert store.published(["/a"])["/a"].recipe == "other"


def test_equal_bodies_are_kept_once(store):
    store.publish(publication(0, document("/a"), document("/b")))
    found = [store.document(path, 1) for path in ("/a", "/b")]
    assert found[0].digest == found[1].digest


def test_a_database_that_is_none_is_said_in_one_line(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database" * 100)
    broken = Store(locate("sqlite:///bad.db", tmp_path))
    with pytest.raises(StoreError, match="not a database"):
        broken.current()
    broken.close()


def test_a_relative_sqlite_store_lies_within_the_site(tmp_path):
    assert locate("sqlite:///var/x.db", tmp_path) == f"sqlite:///{tmp_path}/var/x.db"
    assert (tmp_path / "var").is_dir()
    assert locate("postgresql://db/feeds", tmp_path) == "postgresql://db/feeds"


def test_a_first_publish_need_not_ask_what_was_there_before(store):
    asked = []
    sa.event.listen(store._engine, "before_cursor_execute", lambda *facts: asked.append(facts[2]))
    store.publish(publication(0, document()))
    store.publish(publication(1, document(body=b"2")))
    assert sum(said.startswith("UPDATE documents SET valid_until") for said in asked) == 1
