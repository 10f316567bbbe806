"""What a gathering remembers spares work: claims and dead links are the same without it."""

from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source.answers import Answers
from feedsvc.source.links import Link
from feedsvc.source.records import FileRecord
from feedsvc.source.settle import Claims
from tests.factory import entry, section, site
from tests.typed_entries import ENTRIES

A, B, C = "feeds/news/a.yaml", "feeds/news/b.yaml", "feeds/news/c.yaml"
SITE = site()
OTHER = site(section("news"), section("speeches"), gone=("/news/e1",))
LINKS = st.lists(
    st.sampled_from(["/news/e1", "/news/e%31", "/news/e2/", "/speeches/e1", "/newz/e3", "/news/"]),
    max_size=2,
)
FILES = st.dictionaries(
    st.sampled_from([A, B, "feeds/speeches/a.yaml"]),
    st.tuples(ENTRIES, LINKS),
)


def record(path, entries=(), links=()):
    return FileRecord(
        path=path,
        section=path.split("/")[1],
        stamp=(0, 0, 0, 0),
        digest="",
        entries=tuple(entries),
        links=tuple(Link(number, 1, "body", link, link) for number, link in enumerate(links, 1)),
    )


def fixes(answers, *records, on=SITE):
    return [problem.fix for problem in answers.missing(on, records)]


def test_only_files_whose_answers_may_differ_are_looked_at_again():
    answers = Answers()
    linking = record(A, [entry("x")], ["/news/e1"])
    target = record(B, [entry("e1")])
    assert fixes(answers, linking, target) == []
    assert fixes(answers, linking, target) == []
    # The same page with another text answers as before: nobody asks.
    assert answers._look([linking, record(B, [entry("e1", title="New")])], ()) == {B}


def test_a_page_that_moves_between_files_is_there_all_the_time():
    answers = Answers()
    linking = record(C, (), ["/news/e1"])
    a, b = record(A, [entry("e1")]), record(B)
    assert fixes(answers, linking, a, b) == []
    assert fixes(answers, linking, record(A), record(B, [entry("e1")])) == []
    assert fixes(answers, linking, a, b) == []
    assert len(fixes(answers, linking, record(A), b)) == 1


@given(st.lists(st.tuples(FILES, st.booleans()), max_size=6), st.randoms())
def test_history_and_order_never_matter(looks, random):
    answers = Answers()
    kept = {}
    for files, other in looks:
        on = OTHER if other else SITE
        # of one page there is one entry: that is settled before
        records, taken = [], set()
        for path, (entries, links) in files.items():
            free = [e for e in entries if (e.section, e.slug) not in taken]
            taken |= {(e.section, e.slug) for e in free}
            new = record(path, free, links)
            records.append(kept[path] if kept.get(path) == new else new)
        kept = {found.path: found for found in records}
        expected = sorted(Answers().missing(on, records))
        shuffled = random.sample(records, len(records))
        assert sorted(answers.missing(on, shuffled)) == expected


@given(st.lists(FILES, max_size=6))
def test_claims_are_contested_where_counting_says_so(looks):
    claims = Claims()
    kept = {}
    for files in looks:
        records = [record(path, entries) for path, (entries, _) in files.items()]
        records = [kept[r.path] if kept.get(r.path) == r else r for r in records]
        kept = {found.path: found for found in records}
        everyone = [e for found in records for e in found.entries]
        ids, pages = {e.iri for e in everyone}, {(e.section, e.slug) for e in everyone}
        naive = len(ids) < len(everyone) or len(pages) < len(everyone)
        assert claims.contested(records) is naive
