"""Ids, the identities made of them, and the names of pages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source import identity
from tests.reading import GOOD, complaints, entry, lines, parse

EXPECTED = "letters, digits and . _ -, beginning with a letter or digit; or a full IRI"
KEEP = "an id that is in use must not change"
OR_FIX = ", or let 'feedsvc fix' do so"


def read(typed: str) -> tuple[str, str, str]:
    (only,) = parse(f"- {{id: {typed}, {GOOD}}}").entries
    return only.id, only.iri, only.slug


@pytest.mark.parametrize("typed", ["007", "no", "1.5", "0x1F", "A_b-c.d", "true", "x" * 200])
def test_an_id_is_the_text_that_was_typed(typed: str) -> None:
    """RFC 4287 §4.2.6, RFC 4151: the identity depends on nothing but the tag and the id."""
    assert read(typed) == (typed, f"tag:news.example.org,2024:{typed}", typed)


@pytest.mark.parametrize(
    ("iri", "slug"),
    [
        ("https://old.example.org/2024/07/harbour-pilot.html", "harbour-pilot-"),
        ("https://old.example.org/?p=123", "123-"),
        ("https://old.example.org/a/b/", "b-"),
        ("https://old.example.org/", "old.example.org-"),
        ("tag:old.example.org,2001:Über%20uns", "ueber-uns-"),
        ("urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", "1225c695-cfb8-4ebb-aaaa-80da344efa6a-"),
        ("x:%2F%3F", "entry-"),
    ],
)
def test_an_iri_is_an_identity_by_itself(iri: str, slug: str) -> None:
    found_id, found_iri, found_slug = read(f"'{iri}'")
    assert (found_id, found_iri) == (iri, iri)
    assert found_slug.startswith(slug)
    assert len(found_slug.rpartition("-")[2]) == 8


def test_the_slug_of_an_iri_never_changes() -> None:
    assert identity.default_slug("https://old.example.org/?p=123") == "123-39c89e17"
    assert identity.default_slug("https://other.example/?p=123") == "123-0468e282"


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("a b", "'a-b'"),
        ("-a", "'a'"),
        ("Hafenöffnung 2024", "'hafenoeffnung-2024'"),
        ("Łódź/Ærø", "'lodz-aero'"),
        ("12:30", "'12-30'"),
        ("'!'", "a word such as 'harbour-pilot-2024'"),
        ("x" * 201, f"'{'x' * 60}'"),
    ],
)
def test_another_id_is_refused_with_a_suggestion(typed: str, suggestion: str) -> None:
    parsed = parse(f"- {{id: {typed}, {GOOD}}}")
    (problem,) = parsed.problems
    assert (problem.expected, problem.fix) == (EXPECTED, f"write {suggestion}; {KEEP}")
    assert parsed.unidentified


@pytest.mark.parametrize(
    ("keys", "fix"),
    [
        ("title: Twelve harbours, one roster!", f"add 'id: twelve-harbours-one-roster'{OR_FIX}"),
        ("lead: Die Schleuse öffnet\nslug: ''", f"add 'id: die-schleuse-oeffnet'{OR_FIX}"),
        ("slug: lock\ntitle: T", f"add 'id: lock'{OR_FIX}"),
        ("title: 日本", f"add 'id: ri-ben'{OR_FIX}"),
        (
            "title: '!'",
            "add 'id: …', a word that no other entry has and that never changes",
        ),
        (
            "title: [x]",
            "add 'id: …', a word that no other entry has and that never changes",
        ),
    ],
)
def test_a_missing_id_is_suggested(keys: str, fix: str) -> None:
    parsed = parse(f"published: 2024-07-19\n{keys}")
    assert lines(parsed.problems)[0] == f"1:1: id: found nothing; expected {EXPECTED}; fix: {fix}"
    assert parsed.unidentified


def test_an_empty_id_is_reported_where_it_stands() -> None:
    (line,) = lines(parse(f"- {{{GOOD}, id: }}").problems)
    assert line.startswith("1:41: id: found nothing; expected")
    (line,) = lines(parse(f"- {{{GOOD}, id: ''}}").problems)
    assert line.startswith("1:41: id: found nothing; expected")


def test_a_slug_names_the_page() -> None:
    assert entry("slug: 007").slug == "007"


def test_another_slug_is_refused() -> None:
    expected = "expected letters, digits and . _ -, beginning with a letter or digit; fix: "
    assert complaints("slug: a/b") == [f"4:7: slug: found 'a/b'; {expected}write 'a-b'"]
    assert complaints("slug: [a]") == [
        f"4:7: slug: found a list; {expected}write one value; put quotes round it if it is text"
    ]


@pytest.mark.parametrize("name", sorted(identity.RESERVED_SLUGS))
def test_the_addresses_of_a_section_are_reserved(name: str) -> None:
    expected = "expected letters, digits and . _ -, beginning with a letter or digit; fix: "
    assert complaints(f"slug: {name}") == [
        (
            f"4:7: slug: found '{name}'; {expected}"
            f"write another name: '{name}' is an address of the section itself"
        )
    ]
    assert lines(parse(f"- {{id: {name}, {GOOD}}}").problems) == [
        (
            f"1:8: slug: found '{name}'; {expected}"
            "add 'slug: …': that id is an address of the section itself"
        )
    ]
    assert parse(f"- {{id: {name}, slug: other, {GOOD}}}").problems == ()


@given(st.text())
def test_a_slug_made_of_any_text_is_a_slug(text: str) -> None:
    word = identity.slugify(text)
    assert word == "" or identity.is_id(word)
    assert identity.is_id(identity.default_slug(f"x:{text}"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Organisation’s yearbook: 38.6 million", "organisations-yearbook-38.6-million"),
        ("Größe über Maß", "groesse-ueber-mass"),
        ("Gro\u0308ße", "groesse"),
        ("Новые правила пилотажа", "novye-pravila-pilotazha"),
        ("Νέοι κανόνες", "neoi-kanones"),
        ("الميناء الجديد", "lmyn-ljdyd"),
        ("港口新规定", "gang-kou-xin-gui-ding"),
        ("港湾の新しい規則", "gang-wan-no-xin-shii-gui-ze"),
        ("항구의 새 규칙", "hangguui-sae-gyuchig"),
        ("हिन्दी समाचार", "hindi-smacar"),
        ("🚀 e.g. AT&T …", "rocket-e-g-at-t"),
        ("one two " * 20, "one-two-one-two-one-two-one-two-one-two-one-two-one-two-one"),
        ("x" * 80, "x" * 60),
        ("—!…", ""),
    ],
)
def test_words_in_any_script_make_an_id(text: str, word: str) -> None:
    assert identity.word_of(text) == word


@given(st.text(max_size=80))
def test_a_word_made_of_any_text_is_an_id_or_nothing(text: str) -> None:
    word = identity.word_of(text)
    assert not word or (identity.is_id(word) and ":" not in word)


def test_a_word_that_others_have_gets_the_year_the_day_or_a_number() -> None:
    taken: set[str] = set()
    made = []
    for _ in range(5):
        made.append(identity.unused("a", taken, date(2026, 3, 1)))
        taken.add(made[-1])
    assert made == ["a", "a-2026", "a-2026-03-01", "a-2", "a-3"]
    assert identity.unused("archive", (), date(2026, 3, 1)) == "archive-2026"
    assert identity.unused("a", {"a", "a-2"}) == "a-3"
