"""Several claims to one id or one page."""

from itertools import permutations

import pytest

from feedsvc.source import collect
from feedsvc.source.tree import Tree
from tests.factory import site
from tests.reading import SITE, Source, shown

A, B, C = "feeds/news/a.yaml", "feeds/news/b.yaml", "feeds/news/c.yaml"
BROKEN = "- id: {}\n  title: A: B\n"


def item(name: str, title: str = "T", more: str = "") -> str:
    return f"- {{id: {name}, published: 2024-07-19, title: {title}, {more}}}\n"


def said(gathered: collect.Gathered) -> list[str]:
    return [str(problem) for problem in gathered.problems]


@pytest.fixture
def source() -> Source:
    return Source()


def test_of_two_new_claims_to_an_id_the_first_by_path_and_line_wins(source: Source) -> None:
    source.write(B, item("x", "second"))
    source.write(A, "\n" + item("y") + item("x", "first"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "first", "y": "T"}
    assert said(gathered) == [
        (
            "feeds/news/b.yaml:1:3: id: found 'x'; expected an id that no other entry has "
            "(it is that of 'x' in feeds/news/a.yaml:3:3); "
            "fix: give this entry an id of its own, or remove one of the two"
        )
    ]


def test_the_file_that_had_the_id_before_wins(source: Source) -> None:
    source.write(B, item("x", "old"))
    source.gather()
    source.write(A, item("x", "copy"))
    for _ in range(3):
        gathered = source.gather()
        assert shown(gathered) == {"x": "old"}
        assert [problem.file for problem in gathered.problems] == [A]
    source.write(B, item("x", "edited"))
    assert shown(source.gather()) == {"x": "edited"}


def test_a_claim_that_lost_wins_when_the_other_goes(source: Source) -> None:
    source.write(A, item("x", "old"))
    source.write(B, item("x", "new"))
    source.gather()
    source.write(A, "[]")
    gathered = source.gather()
    assert shown(gathered) == {"x": "new"}
    assert gathered.problems == ()
    assert gathered.changed == {A, B}


def test_within_a_file_the_first_wins(source: Source) -> None:
    source.write(A, item("x", "one") + item("x", "two") + item("x", "three"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "one"}
    assert said(gathered) == [
        f"feeds/news/a.yaml:{line}:3: id: found 'x'; expected an id that no other entry has "
        "(it is that of feeds/news/a.yaml:1:3); "
        "fix: give this entry an id of its own, or remove one of the two"
        for line in (2, 3)
    ]


def test_within_a_file_the_one_that_was_there_before_wins(source: Source) -> None:
    """An entry copied to the top as a pattern, with its id forgotten, replaces nothing."""
    source.write(A, item("x", "old"))
    source.gather()
    source.write(A, item("x", "copy") + item("x", "old"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "old"}
    assert [problem.line for problem in gathered.problems] == [1]


def test_one_identity_in_two_spellings_is_a_duplicate(source: Source) -> None:
    source.write(A, item("x") + item("'tag:news.example.org,2024:x'", "other"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "T"}
    assert said(gathered) == [
        (
            "feeds/news/a.yaml:2:3: id: found 'tag:news.example.org,2024:x'; "
            "expected an id that no other entry has (it is that of 'x' in feeds/news/a.yaml:1:3); "
            "fix: give this entry an id of its own, or remove one of the two"
        )
    ]


def test_what_a_file_says_beats_what_another_said(source: Source) -> None:
    """The entry has moved to another file while the old one is broken."""
    source.write(B, item("x", "old"))
    source.gather()
    source.write(B, BROKEN.format("x"))
    source.write(A, item("x", "moved"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "moved"}
    assert [problem.field for problem in gathered.problems] == ["yaml"]
    source.write(A, "[]")
    assert shown(source.gather()) == {}


@pytest.mark.parametrize("times", [1, 2, 3])
def test_how_often_one_looks_does_not_bring_back_what_has_moved(source: Source, times: int) -> None:
    """Its file is read again each time, for it has another problem: a duplicate."""
    source.write(A, item("x", "old"))
    source.write(B, item("y"))
    source.gather()
    source.write(A, item("x", "bad", "oops: 1") + item("y", "copy"))
    source.write(B, item("y") + item("x", "moved"))
    for _ in range(times):
        assert shown(source.gather()) == {"x": "moved", "y": "T"}
    source.write(B, item("y"))
    assert shown(source.gather()) == {"y": "T"}


def test_a_moved_entry_that_was_spoiled_on_the_way_stays(source: Source) -> None:
    source.write(A, item("x", "good") + item("y"))
    source.gather()
    source.write(A, item("y"))
    source.write(B, item("x", "spoiled", "oops: 1"))
    for _ in range(2):
        gathered = source.gather()
        assert shown(gathered) == {"x": "good", "y": "T"}
        assert gathered.kept == ("x",)
    source.write(B, "[]")
    assert shown(source.gather()) == {"y": "T"}


@pytest.mark.parametrize("in_one_go", [True, False])
def test_a_broken_file_that_is_renamed_keeps_its_entries(source: Source, in_one_go: bool) -> None:
    source.write(A, item("x", "good") + item("y", "good"))
    source.gather()
    if not in_one_go:
        source.write(A, BROKEN.format("x") + BROKEN.format("y"))
        source.gather()
    source.remove(A)
    source.write(B, BROKEN.format("x") + BROKEN.format("y"))
    assert shown(source.gather()) == {"x": "good", "y": "good"}


def test_a_moved_entry_can_be_taken_down_though_it_is_bad(source: Source) -> None:
    source.write(A, item("x"))
    source.gather()
    source.write(A, "[]")
    source.write(B, item("x", "T", "draft: true, oops: 1"))
    (entry,) = source.gather().entries
    assert entry.draft


def test_a_bad_entry_that_never_was_good_gives_nothing(source: Source) -> None:
    source.write(A, item("x", "T", "oops: 1"))
    source.write(B, item("y"))
    assert shown(source.gather()) == {"y": "T"}


def test_of_two_new_claims_to_a_page_the_first_wins(source: Source) -> None:
    source.write(A, item("y", "second", "slug: p"))
    source.write("feeds/news/0.yaml", item("x", "first", "slug: p"))
    source.write("feeds/speeches/a.yaml", item("z", "elsewhere", "slug: p"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "first", "z": "elsewhere"}
    assert said(gathered) == [
        (
            "feeds/news/a.yaml:1:3: slug: found 'p'; expected a slug of its own in this section "
            "(it is that of feeds/news/0.yaml:1:3); "
            "fix: write another 'slug: …'; an address that is in use should not change"
        )
    ]


def test_the_entry_that_had_the_page_keeps_it(source: Source) -> None:
    source.write(B, item("x", "old"))
    source.gather()
    source.write(A, item("y", "new", "slug: x"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "old"}
    assert [problem.file for problem in gathered.problems] == [A]
    source.write(B, BROKEN.format("x"))  # also while it is only kept
    assert shown(source.gather()) == {"x": "old"}


def test_who_loses_a_new_page_keeps_the_old_one(source: Source) -> None:
    source.write(A, item("x", "old"))
    source.write(B, item("y"))
    source.gather()
    source.write(A, item("x", "new", "slug: y"))
    for _ in range(3):
        gathered = source.gather()
        assert shown(gathered) == {"x": "old", "y": "T"}
        assert gathered.kept == ("x",)
        assert len(gathered.problems) == 1
    source.write(B, item("y", "T", "slug: z"))
    assert shown(source.gather()) == {"x": "new", "y": "T"}


def test_an_old_page_is_kept_against_a_newcomer(source: Source) -> None:
    source.write(A, item("x", "old"))
    source.write(B, item("y"))
    source.gather()
    source.write(A, item("x", "new", "slug: y"))
    source.write(C, item("z", "newcomer", "slug: x"))
    gathered = source.gather()
    assert shown(gathered) == {"x": "old", "y": "T"}
    assert [problem.file for problem in gathered.problems] == [A, C]


def test_pages_can_be_swapped(source: Source) -> None:
    source.write(A, item("x") + item("y"))
    source.gather()
    source.write(A, item("x", "T", "slug: y") + item("y", "T", "slug: x"))
    gathered = source.gather()
    assert {entry.id: entry.slug for entry in gathered.entries} == {"x": "y", "y": "x"}
    assert gathered.problems == ()


def test_the_order_of_files_and_records_means_nothing() -> None:
    source = Source()
    source.write(A, item("x") + item("y", "T", "slug: p"))
    source.write(B, item("x", "other") + item("z", "T", "oops: 1"))
    source.write(C, item("q", "T", "slug: p") + BROKEN.format("r"))
    source.gather()
    source.write(A, item("x", "edited", "oops: 1") + item("z"))
    source.write(B, item("x", "other") + item("q", "T", "slug: z"))
    results = []
    for order in permutations(range(3)):
        files = [source.tree().files[place] for place in order]
        previous = dict(list(source.records.items())[place] for place in order)
        results.append(collect.gather(SITE, Tree(tuple(files)), previous, source.read))
    assert all(result == results[0] for result in results)
    assert list(results[0].records) == [A, B, C]


def test_a_section_that_comes_back_finds_what_its_files_gave(source: Source) -> None:
    source.write(A, item("x"))
    source.write("feeds/speeches/a.yaml", item("s"))
    source.gather()
    source.site = site(*SITE.sections[:1])
    gathered = source.gather()
    assert shown(gathered) == {"x": "T"}
    assert said(gathered) == [
        (
            "feeds/speeches/: section: found the folder 'speeches'; expected the name of "
            "a section in "
            "config/site.yaml; fix: add 'speeches' to the sections there, or move its files"
        )
    ]
    source.write("feeds/speeches/a.yaml", BROKEN.format("s"))
    assert shown(source.gather()) == {"x": "T"}
    source.site = SITE
    assert shown(source.gather()) == {"s": "T", "x": "T"}
