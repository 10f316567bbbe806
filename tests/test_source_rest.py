"""What a file lacks that may be half written is not deleted yet; what has moved has moved.

And a file that was read within the tick of its clock in which it was written is read once more.
"""

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.source.records import FileRecord, dump, load
from feedsvc.source.rest import Rest
from feedsvc.source.tree import SourceFile, Tree
from tests.factory import entry
from tests.reading import Source, shown

NOW = datetime(2024, 8, 1, 12, tzinfo=UTC)
SPAN = timedelta(seconds=2)
#: Within the span, and longer ago than any clock's tick where it tells fractions of a second.
LATELY = NOW - timedelta(milliseconds=100)
MS = 1_000_000
SECOND = 1000 * MS


def file(name, inode=1, changed=LATELY):
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


# --- the tick of a file system's clock ---


def written(mtime, ctime):
    """A file with times that long before the look, in nanoseconds: negative ones lie ahead."""
    now = int(NOW.timestamp()) * SECOND
    path = "feeds/news/a.yaml"
    return SourceFile(path, "news", path, (10, now - mtime, now - ctime, 1))


@pytest.mark.parametrize(
    ("mtime", "ctime", "doubted"),
    [
        pytest.param(19 * MS, 19 * MS, True, id="within-a-tick"),
        pytest.param(20 * MS, 20 * MS, False, id="a-tick-ago"),
        pytest.param(SECOND, SECOND, True, id="within-a-tick-of-whole-seconds"),
        pytest.param(2 * SECOND, 2 * SECOND, False, id="a-tick-of-whole-seconds-ago"),
        pytest.param(10**9 * SECOND, 19 * MS, True, id="saved-with-its-old-time"),
        pytest.param(10**9 * SECOND, 20 * MS, False, id="saved-with-its-old-time-a-tick-ago"),
        pytest.param(SECOND, 10**9 * SECOND, True, id="no-ctime"),
        pytest.param(-50 * MS, -50 * MS, True, id="written-while-the-look-went-on"),
        pytest.param(-59 * SECOND, -59 * SECOND, True, id="by-a-server-whose-clock-is-fast"),
        pytest.param(-60 * SECOND, -60 * SECOND, False, id="before-our-clock-was-set-back"),
        pytest.param(-(10**9) * SECOND, SECOND + MS, False, id="touched-into-the-future"),
    ],
)
def test_a_stamp_is_doubted_while_the_next_save_may_give_the_same(mtime, ctime, doubted):
    rest, found = Rest(timedelta()), written(mtime, ctime)
    (seen,) = rest.look(Tree((found,)), {}, NOW).files
    assert (seen.stamp != found.stamp, rest.waiting) == (doubted, doubted)
    assert seen.stamp[1:] == found.stamp[1:]  # what else is told by a stamp stays


def test_of_many_files_only_those_of_this_tick_are_doubted():
    rest, fresh = Rest(SPAN), file("new", 0, NOW)
    old = tuple(file(f"{number}", number) for number in range(1, 100))
    seen = rest.look(Tree((fresh, *old)), {}, NOW)
    assert [one.stamp for one in seen.files[1:]] == [one.stamp for one in old]
    assert rest.look(Tree(old), {}, NOW) == Tree(old)
    assert not rest.waiting


class Ticking(Source):
    """Files whose clock stands still: no save changes a stamp."""

    def __init__(self):
        super().__init__()
        self.rest, self.now = Rest(SPAN), NOW

    def tree(self):
        stamp = (10, 0, int(NOW.timestamp()) * SECOND + MS, 1)
        files = (SourceFile(path, "news", path, stamp) for path in sorted(self.files))
        return self.rest.look(Tree(tuple(files)), self.records, self.now)

    def after(self, milliseconds):
        self.now = NOW + timedelta(milliseconds=milliseconds)
        return self.gather()


A = "feeds/news/a.yaml"
ONE, TWO, THREE = (f"- {{id: x, published: 2024-07-19, title: {n}}}\n" for n in ("1", "2", "3"))


def test_a_save_within_the_tick_in_which_the_file_was_read_is_seen():
    source = Ticking()
    source.write(A, ONE)
    assert shown(source.after(0)) == {"x": "1"}
    source.write(A, TWO)
    assert shown(source.after(10)) == {"x": "2"}  # within the tick, too, for a look may come by
    source.write(A, THREE)
    assert source.rest.waiting
    assert shown(source.after(2000)) == {"x": "3"}
    assert not source.rest.waiting


def test_a_file_that_was_read_when_the_tick_was_over_is_not_read_again():
    source = Ticking()
    source.write(A, ONE)
    first = source.after(0).records[A]
    assert (source.reads, source.after(10).records[A]) == ([A], first)
    assert source.records[A] is first  # read, and nothing to write down
    settled = source.after(30).records[A]
    assert (source.reads, settled is first, settled.entries is first.entries) == ([A], False, True)
    assert source.after(40).records[A] is settled
    assert source.reads == []


def test_a_builder_that_begins_in_between_reads_again_what_the_last_one_doubted():
    source = Ticking()
    source.write(A, ONE)
    source.after(0)
    source.records = {path: load(dump(record)) for path, record in source.records.items()}
    source.rest = Rest(SPAN)
    source.write(A, TWO)
    assert shown(source.after(3_600_000)) == {"x": "2"}
