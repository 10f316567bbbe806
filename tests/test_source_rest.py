"""What a file lacks that may be half written is not deleted yet; what has moved has moved."""

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.source.records import FileRecord
from feedsvc.source.rest import Rest
from feedsvc.source.tree import SourceFile, Tree
from tests.factory import entry

NOW = datetime(2024, 8, 1, 12, tzinfo=UTC)
SPAN = timedelta(seconds=2)


def file(name, inode=1, changed=NOW):
    stamp = (10, 0, int(changed.timestamp() * 1e9), inode)
    return SourceFile(f"feeds/news/{name}", "news", f"/feeds/news/{name}", stamp)


def record(found, *ids):
    entries = tuple(entry(id=name) for name in ids)
    return FileRecord(
        path=found.path, section="news", stamp=found.stamp, digest="d", entries=entries
    )


def ids(found):
    return [one.id for one in found.entries]


@pytest.mark.parametrize(
    ("age", "kept"),
    [
        pytest.param(0, True, id="just-written"),
        pytest.param(1.9, True, id="written-lately"),
        pytest.param(2.1, False, id="at-rest"),
        pytest.param(-60, False, id="written-in-the-future"),
    ],
)
def test_entries_go_when_their_file_is_at_rest(age, kept):
    rest, found = Rest(SPAN), file("a", changed=NOW - timedelta(seconds=age))
    old, new = record(found, "a", "b"), record(found, "a")
    rest.look(Tree((found,)), {found.path: old}, NOW)
    given = rest.kept(found, new, old)
    assert ids(given) == (["a", "b"] if kept else ["a"])
    assert (given.again, rest.waiting, given.kept) == (kept, kept, ("b",) if kept else ())


def test_what_lost_nothing_is_as_it_is():
    rest, found = Rest(SPAN), file("a")
    new = record(found, "a", "c")
    rest.look(Tree((found,)), {}, NOW)
    assert rest.kept(found, new, record(found, "a")) is new
    assert rest.kept(found, new, None) is new
    assert not rest.waiting


def test_a_file_that_is_gone_may_come_back_within_the_span():
    rest, gone, there = Rest(SPAN), file("a", 1), file("b", 2)
    known = {gone.path: record(gone, "a"), there.path: record(there, "b")}
    tree = Tree((there,))
    assert rest.look(tree, known, NOW).blocked == (gone.path,)
    assert rest.waiting
    assert rest.look(tree, known, NOW + timedelta(seconds=1)).blocked == (gone.path,)
    assert rest.look(tree, known, NOW + timedelta(seconds=2)).blocked == ()
    assert not rest.waiting


def test_a_file_that_came_back_is_waited_for_anew_the_next_time():
    rest, gone, there = Rest(SPAN), file("a", 1), file("b", 2)
    known = {gone.path: record(gone, "a"), there.path: record(there, "b")}
    rest.look(Tree((there,)), known, NOW)
    rest.look(Tree((gone, there)), known, NOW + timedelta(seconds=1))
    again = rest.look(Tree((there,)), known, NOW + timedelta(seconds=9))
    assert again.blocked == (gone.path,)


def test_a_file_with_another_name_is_not_waited_for():
    rest, gone = Rest(SPAN), file("a", 1)
    tree = Tree((file("renamed", 1),))
    assert rest.look(tree, {gone.path: record(gone, "a")}, NOW) is not None
    assert not rest.waiting


def test_without_a_span_nothing_is_waited_for():
    rest, gone, there = Rest(timedelta()), file("a", 1), file("b", 2)
    tree = Tree((there,))
    assert rest.look(tree, {gone.path: record(gone, "a")}, NOW) is tree
    new = record(there)
    assert rest.kept(there, new, record(there, "b")) is new
