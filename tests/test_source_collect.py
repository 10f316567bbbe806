"""Nothing public goes by a slip in YAML: files edited and gathered in turn."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.errors import Problem, SourceError
from feedsvc.source import collect, tree
from feedsvc.source.tree import Tree
from tests.factory import site
from tests.reading import SITE, Source, shown

A, B = "feeds/news/a.yaml", "feeds/news/b.yaml"
ENTRY = "- {{id: {0}, published: 2024-07-19, title: {1}}}\n"


def item(name: str, title: str = "T") -> str:
    return ENTRY.format(name, title)


def said(gathered: collect.Gathered) -> list[str]:
    return [str(problem) for problem in gathered.problems]


@pytest.fixture
def source() -> Source:
    """A file with two public entries."""
    source = Source()
    source.write(A, item("x", "old") + item("y", "old"))
    source.gather()
    return source


def test_good_files_give_what_they_hold(source: Source) -> None:
    source.write(B, item("z"))
    source.write("feeds/speeches/a.yaml", item("s"))
    gathered = source.gather()
    assert [entry.id for entry in gathered.entries] == ["x", "y", "z", "s"]
    assert [entry.section for entry in gathered.entries] == ["news", "news", "news", "speeches"]
    assert (gathered.problems, gathered.kept) == ((), ())


def test_only_what_changed_is_read(source: Source) -> None:
    source.write(B, item("z"))
    source.gather()
    source.write(B, item("z", "new"))
    gathered = source.gather()
    assert source.reads == [B]
    assert gathered.changed == {B}
    assert source.gather().changed == frozenset()
    assert source.reads == []


def test_a_file_with_the_same_bytes_is_not_parsed_again(source: Source) -> None:
    before = source.records[A]
    source.write(A, source.files[A])  # type: ignore[arg-type]
    gathered = source.gather()
    assert source.reads == [A]
    assert gathered.changed == frozenset()
    assert gathered.records[A].entries is before.entries
    assert gathered.records[A].stamp != before.stamp


@pytest.mark.parametrize(
    "facts",
    [{"tag": "x.org,2020"}, {"timezone": "UTC"}, {"base_url": "https://x.org"}],
    ids=["tag", "timezone", "base_url"],
)
def test_what_parsing_depends_on_makes_files_be_parsed_again(source: Source, facts: dict) -> None:
    source.site = site(**facts)
    assert source.gather().changed == {A}
    source.site = site(**facts, title="Other", language="de")
    assert source.gather().changed == frozenset()


def test_deletion_from_a_file_that_parses_takes_an_entry_down(source: Source) -> None:
    source.write(A, item("x"))
    assert shown(source.gather()) == {"x": "T"}
    source.write(A, "[]")
    assert shown(source.gather()) == {}


def test_deletion_of_a_file_takes_its_entries_down(source: Source) -> None:
    source.write(B, item("z"))
    source.remove(A)
    gathered = source.gather()
    assert shown(gathered) == {"z": "T"}
    assert gathered.changed == {A, B}
    assert list(gathered.records) == [B]


@pytest.mark.parametrize("slip", ["published: 2024-13-01", "titel: x", "lead: &a b", "id: x"])
def test_a_bad_entry_stays_as_it_was(source: Source, slip: str) -> None:
    source.write(A, f"- {{id: x, published: 2024-07-19, title: new, {slip}}}\n" + item("y", "new"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "old", "y": "new"}
    assert gathered.kept == ("x",)
    assert len(gathered.problems) == 1
    source.write(A, item("x", "mended"))
    assert shown(source.gather()) == {"x": "mended"}


@pytest.mark.parametrize("slip", ["id: a b", "title: no id", "id: [x]", "id: "])
def test_an_entry_that_nobody_can_name_keeps_all_that_is_missing(source: Source, slip: str) -> None:
    source.write(A, f"- {{published: 2024-07-19, {slip}}}\n" + item("y", "new"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "old", "y": "new"}
    assert gathered.kept == ("x",)


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "x", "- id: x\n  title: A: B\n", "\t", "- [", "\xff", "a: 1\n---\nb: 2"],
)
def test_a_file_that_does_not_parse_keeps_what_it_gave(source: Source, text: str) -> None:
    source.write(A, text.encode("latin-1"))
    for _ in range(2):
        gathered = source.gather()
        assert shown(gathered) == {"x": "old", "y": "old"}
        assert gathered.kept == ("x", "y")
        assert gathered.problems
    assert source.reads == []  # its stamp has not changed: it would not parse now either
    source.write(A, item("y", "new"))
    assert shown(source.gather()) == {"y": "new"}


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "Permission denied"),
        FileNotFoundError(2, "No such file or directory"),
        OSError(5, "Input/output error"),
        SourceError([Problem(A, 0, 0, "file", "a pipe", "a regular file", "remove it")]),
    ],
)
def test_a_file_that_cannot_be_read_keeps_what_it_gave(source: Source, error: Exception) -> None:
    text = source.files[A]
    source.write(A, error)
    source.write(B, error)
    gathered = source.gather()
    assert shown(gathered) == {"x": "old", "y": "old"}
    assert {problem.file for problem in gathered.problems} == {A} | (
        {B} if isinstance(error, OSError) else set()
    )
    source.files[A] = text  # without a new stamp: a disk that answers again
    source.files[B] = item("z").encode()
    gathered = source.gather()
    assert shown(gathered) == {"x": "old", "y": "old", "z": "T"}
    assert (gathered.problems, gathered.kept) == ((), ())


def test_the_reason_why_a_file_cannot_be_read_is_said(source: Source) -> None:
    source.write(A, PermissionError(13, "Permission denied"))
    assert said(source.gather()) == [
        (
            "feeds/news/a.yaml: file: found 'Permission denied'; expected a file that can be read; "
            "fix: allow the builder to read it"
        )
    ]


@pytest.mark.parametrize("blocked", [A, "feeds/news"])
def test_a_file_that_is_refused_keeps_what_it_gave(source: Source, blocked: str) -> None:
    source.write("feeds/speeches/b.yaml", item("z"))
    text = source.files.pop(A)
    source.blocked = (blocked,)
    assert shown(source.gather()) == {"x": "old", "y": "old", "z": "T"}
    source.blocked = ()
    source.files[A] = text
    gathered = source.gather()
    assert source.reads == [A]
    assert gathered.kept == ()


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (Tree(), "no entry file at all"),
        (tree.scan(Path("/nowhere/feeds")), "'No such file or directory'"),
        (Tree(missing=True), "no entry file at all"),
    ],
)
def test_without_any_entry_file_everything_stays(source: Source, found: Tree, why: str) -> None:
    gathered = collect.gather(SITE, found, source.records, source.read)
    assert shown(gathered) == {"x": "old", "y": "old"}
    assert gathered.records == source.records
    assert gathered.changed == frozenset()
    assert said(gathered) == [
        (
            f"feeds/: file: found {why}; expected the files of the 2 entries that stay public "
            "meanwhile; fix: put them back; to remove all entries on purpose, leave one file that "
            "holds []"
        )
    ]


def test_what_stands_in_the_way_is_said_with_it(source: Source) -> None:
    problem = Problem("feeds/news/", 0, 0, "file", "f", "e", "x")
    found = Tree(problems=(problem,), blocked=("feeds/news",))
    gathered = collect.gather(SITE, found, source.records, source.read)
    assert shown(gathered) == {"x": "old", "y": "old"}
    assert problem in gathered.problems


def test_a_new_site_without_entries_is_no_problem() -> None:
    gathered = Source().gather()
    assert gathered == collect.Gathered(
        files={}, problems=(), records={}, previous={}, count=0, essence=0
    )
    assert gathered.changed == frozenset()
    missing = tree.scan(Path("/nowhere/feeds"))
    assert collect.gather(SITE, missing, {}, lambda _: b"").problems == missing.problems


def test_a_folder_that_is_no_section_is_not_published(source: Source) -> None:
    source.write("feeds/speches/2024/a.yaml", item("z"))
    source.write("feeds/speches/b.yaml", item("q"))
    source.write("feeds/all/b.yaml", item("r"))
    gathered = source.gather()
    assert source.reads == []
    assert shown(gathered) == {"x": "old", "y": "old"}
    expected = "expected the name of a section in config/site.yaml; fix: "
    assert said(gathered) == [
        (
            f"feeds/all/: section: found the folder 'all'; {expected}"
            "add 'all' to the sections there, or move its files"
        ),
        (
            f"feeds/speches/: section: found the folder 'speches'; {expected}"
            "rename it to 'speeches', or add 'speches' to the sections there"
        ),
    ]


def test_a_draft_is_no_public_entry_and_still_an_entry(source: Source) -> None:
    source.write(A, item("x") + "- {id: y, published: 2024-07-19, title: T, draft: true}\n")
    assert [entry.draft for entry in source.gather().entries] == [False, True]


def test_a_bad_entry_can_be_taken_down_all_the_same(source: Source) -> None:
    source.write(
        A,
        "- {id: x, published: 2024-07-19, title: T, oops: 1, draft: true}\n"
        "- {id: y, oops: 1, withdrawn: {at: 2024-08-01, reason: wrong}, expires: 2024-09-01}\n",
    )
    hidden, withdrawn = source.gather().entries
    assert (hidden.title, hidden.draft, hidden.withdrawn) == ("old", True, None)
    assert (withdrawn.title, withdrawn.draft) == ("old", False)
    assert withdrawn.withdrawn
    assert withdrawn.withdrawn.reason == "wrong"
    assert withdrawn.expires


def test_records_carry_everything_to_another_machine(source: Source) -> None:
    source.write(A, "- id: x\n  title: A: B\n")
    source.gather()
    source.records = {
        path: collect.load(collect.dump(record)) for path, record in source.records.items()
    }
    source.write(A, source.files[A])  # type: ignore[arg-type]  # a new stamp, the same bytes
    gathered = source.gather()
    assert shown(gathered) == {"x": "old", "y": "old"}
    assert gathered.changed == frozenset()


def test_on_real_files(tmp_path: Path) -> None:
    folder = tmp_path / "feeds"
    (folder / "news").mkdir(parents=True)
    file = folder / "news" / "a.yaml"
    file.write_text(item("x"))
    first = collect.gather(SITE, tree.scan(folder), {}, tree.read)
    file.write_text(item("x")[:-10])
    second = collect.gather(SITE, tree.scan(folder), first.records, tree.read)
    assert shown(first) == shown(second) == {"x": "T"}
    file.unlink()
    third = collect.gather(SITE, tree.scan(folder), second.records, tree.read)
    assert shown(third) == {"x": "T"}
    assert third.problems


NAMES = st.sampled_from("abc")
PATHS = st.sampled_from([A, B, "feeds/speeches/a.yaml"])
GOOD = st.tuples(NAMES, st.sampled_from("12")).map(lambda pair: ENTRY.format(*pair))
BAD = NAMES.map("- {{id: {}, oops: 1}}\n".format)
NAMELESS = st.just("- {title: T}\n")
BREAK = st.sampled_from(["- [", "- id: a\n  title: A: B\n"])
TEXTS = st.tuples(st.lists(GOOD | BAD | NAMELESS, max_size=4), BREAK | st.just("")).map(
    lambda parts: "".join(parts[0]) + parts[1] or "[]"
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PATHS, TEXTS | st.none()), max_size=8))
def test_nothing_goes_but_by_deletion_from_a_file_that_parses(
    edits: list[tuple[str, str | None]],
) -> None:
    source = Source()
    source.write("feeds/news/z.yaml", "[]")  # so that there is always a file
    public: set[str] = set()
    for path, text in edits:
        had = (
            {entry.id for entry in source.records[path].entries}
            if path in source.records
            else set()
        )
        if text is not None:
            source.write(path, text)
        elif path in source.files:
            source.remove(path)
        gathered = source.gather()
        now = set(shown(gathered))
        gone = public - now
        assert len(gathered.entries) == len(now)
        # Only the file that was edited can lose entries, and only by not naming them.
        assert gone <= had
        if text and text.endswith(("[", "B\n", "- {title: T}\n")):
            assert not gone
        assert not any(f"id: {name}," in (text or "") for name in gone)
        again = source.gather()
        assert (again.entries, again.problems) == (gathered.entries, gathered.problems)
        assert again.changed == frozenset()
        public = now
