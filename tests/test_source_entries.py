"""Entry files to entries: every problem of every entry found, none thrown away."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from feedsvc.model import Enclosure, Image, Person, Withdrawal
from feedsvc.source import entries, nodes
from feedsvc.source.entries import Takedown
from tests.factory import site
from tests.reading import GOOD, complaints, entry, lines, parse

FULL = """\
- id: harbour-pilot-2024
  published: 2024-07-19 14:30
  updated: 2024-07-20
  title: Twelve harbours
  lead: Pilots licensed in one
  body: |
    A *paragraph*.

    - a list
  event_date: 2024-07-18
  link: https://example.org/roster
  slug: roster
  authors: [Press office, {name: A, email: a@example.org, uri: https://a.example/}]
  tags: [pilotage, safety, pilotage]
  language: en
  sections: [speeches, news]
  image: {url: /a.jpg, alt: A quay}
  enclosures: [{url: https://example.org/a.mp3, type: audio/mpeg, length: 123, title: T}]
  draft: false
  expires: 2025-01-01
  withdrawn: {at: 2024-08-01, reason: Wrong figures}
"""
DATE = "expected a date such as 2024-07-26 or 26.07.2024; fix: "


def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(entries.entry_schema())
    return Draft202012Validator(entries.entry_schema())


def as_editors_do(text: str) -> object:
    """The file with YAML's own types, but for dates: those are text in YAML 1.2."""
    return plain(yaml.safe_load(text))


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def as_typed(text: str) -> object:
    """The file with nothing but text in it, and with nothing where nothing is."""
    return typed(nodes.parse("f", text.encode()).root)


def typed(node: nodes.Node | None) -> object:
    if isinstance(node, nodes.Mapping):
        return {key.value: typed(value) for key, value in node.pairs}
    if isinstance(node, nodes.List):
        return [typed(item) for item in node.items]
    return None if node is None or node.null else node.value


def test_every_key_of_the_contract() -> None:
    parsed = parse(FULL)
    assert parsed.problems == ()
    (full,) = parsed.entries
    assert full.id == "harbour-pilot-2024"
    assert full.iri == "tag:news.example.org,2024:harbour-pilot-2024"
    assert (full.section, full.also, full.slug) == ("news", ("speeches",), "roster")
    assert full.published == datetime(2024, 7, 19, 12, 30, tzinfo=UTC)
    assert full.updated == datetime(2024, 7, 19, 22, tzinfo=UTC)
    assert (full.title, full.title_derived) == ("Twelve harbours", False)
    assert (full.lead, full.markdown) == ("Pilots licensed in one", "A *paragraph*.\n\n- a list")
    assert full.event_date == date(2024, 7, 18)
    assert full.link == "https://example.org/roster"
    assert full.authors == (
        Person("Press office"),
        Person("A", "a@example.org", "https://a.example/"),
    )
    assert (full.tags, full.language, full.draft) == (("pilotage", "safety"), "en", False)
    assert full.image == Image(url="https://news.example.org/a.jpg", alt="A quay")
    assert full.enclosures == (
        Enclosure(url="https://example.org/a.mp3", type="audio/mpeg", length=123, title="T"),
    )
    assert full.expires == datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert full.withdrawn == Withdrawal(datetime(2024, 7, 31, 22, tzinfo=UTC), "Wrong figures")


def test_a_file_is_a_list_or_one_entry() -> None:
    assert parse(f"- {{id: a, {GOOD}}}").entries == parse(f"{{id: a, {GOOD}}}").entries


def test_the_place_of_each_entry_is_known() -> None:
    parsed = parse(
        f"# news\n- {{id: a, {GOOD}}}\n-   id: b\n    published: 2024-07-19\n    title: T"
    )
    assert parsed.places == ((2, 3), (3, 5))


def test_a_list_without_entries_is_a_good_file() -> None:
    assert parse("[]\n") == entries.Parsed(essence="0")


@pytest.mark.parametrize("text", ["", "\n\n", "# later\n", "---\n", "~\n", "null\n", "\ufeff"])
def test_an_empty_file_is_a_problem_and_no_deletion(text: str) -> None:
    parsed = parse(text)
    assert not parsed.readable
    assert [str(problem) for problem in parsed.problems] == [
        (
            "feeds/news/a.yaml: entries: found an empty file; expected a list of "
            "entries, or one entry; "
            "fix: delete the file, or write [] into it if it is to hold no entries"
        )
    ]


def test_a_file_of_text_is_no_entry_file() -> None:
    parsed = parse("Hello\nworld")
    assert not parsed.readable
    assert lines(parsed.problems) == [
        (
            "1:1: entries: found 'Hello world'; expected a list of entries, or one entry; "
            "fix: begin each entry with '- id: …'"
        )
    ]


@pytest.mark.parametrize(("item", "found"), [("a", "'a'"), ("[a]", "a list"), ("", "nothing")])
def test_an_entry_is_a_mapping(item: str, found: str) -> None:
    parsed = parse(f"- {{id: a, {GOOD}}}\n- {item}\n")
    assert [good.id for good in parsed.entries] == ["a"]
    assert parsed.unidentified
    (line,) = lines(parsed.problems)
    assert line.endswith(
        f"entries: found {found}; expected an entry; fix: begin each entry with '- id: …'"
    )


def test_a_bad_entry_is_held_back_alone() -> None:
    parsed = parse(f"- {{id: a, {GOOD}}}\n- {{id: b}}\n- {{id: c, {GOOD}}}")
    assert [good.id for good in parsed.entries] == ["a", "c"]
    assert parsed.held == {"b": Takedown()}
    assert parsed.readable
    assert not parsed.unidentified


def test_every_problem_of_every_entry_is_reported() -> None:
    parsed = parse(
        "- {id: a b, published: soon, draft: 7}\n"
        "- {id: b, published: 2024-13-01, titel: T, link: ftp://x}\n"
        "- {published: 2024-07-19, title: T, tags: {a: b}}\n"
    )
    assert [line.partition(" found")[0] for line in lines(parsed.problems)] == [
        "1:3: title:",
        "1:8: id:",
        "1:24: published:",
        "1:37: draft:",
        "2:22: published:",
        "2:34: titel:",
        "2:50: link:",
        "3:3: id:",
        "3:43: tags:",
    ]
    assert parsed.held == {"b": Takedown()}
    assert parsed.unidentified


def test_an_unknown_key_is_refused_with_the_one_that_was_meant() -> None:
    expected = "found an unknown key; expected a key of an entry; fix: "
    assert complaints("Titel: T\nquux: 1") == [
        f"4:1: Titel: {expected}write 'title'",
        (
            f"5:1: quux: {expected}remove it; the keys are id, published, updated, title, "
            f"lead, body, "
            "event_date, link, slug, authors, tags, language, sections, image, enclosures, draft, "
            "expires, withdrawn"
        ),
    ]


@pytest.mark.parametrize("draft", ["", "draft: true"])
def test_published_is_required_of_a_draft_too(draft: str) -> None:
    assert lines(parse(f"id: x\ntitle: T\n{draft}").problems) == [
        (
            f"1:1: published: found nothing; {DATE}"
            "add 'published: …'; a draft needs it too: the day that it is meant for"
        )
    ]


@pytest.mark.parametrize("words", ["", "title:", "lead: ''", "title: ~\nlead: "])
def test_title_or_lead_is_required(words: str) -> None:
    (line,) = lines(parse(f"id: x\npublished: 2024-07-19\n{words}").problems)
    assert line.partition(" ")[2] == (
        "title: found neither title nor lead; expected one line of text; "
        "fix: add 'title: …', or 'lead: …' of which a title can be made"
    )


def test_a_bad_title_is_reported_once() -> None:
    assert lines(parse("id: x\npublished: 2024-07-19\ntitle: {a: b}").problems) == [
        (
            "3:8: title: found a mapping; expected one line of text; "
            "fix: write one value; put quotes round it if it is text"
        )
    ]


@pytest.mark.parametrize(
    ("lead", "title"),
    [
        ("Short.", "Short."),
        ("Two\n  lines", "Two lines"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("word " * 20, "word " * 15 + "word…"),
        ("a" * 70 + ", " + "b" * 20, "a" * 70 + "…"),
        ("a" * 70 + " – " + "b" * 20, "a" * 70 + "…"),
        ("e" * 78 + "e\u0301" + "e" * 9, "e" * 78 + "…"),
        ("日" * 90, "日" * 79 + "…"),
        ("x" * 77 + "👩\u200d👩\u200d👧 and so on", "x" * 77 + "…"),
    ],
    ids=[
        "short",
        "lines",
        "fits",
        "one word",
        "words",
        "comma",
        "dash",
        "accent",
        "kanji",
        "joined",
    ],
)
def test_a_title_is_cut_from_the_lead_at_a_word(lead: str, title: str) -> None:
    made = parse(f"id: x\npublished: 2024-07-19\nlead: |\n  {lead}").entries[0]
    assert made.title_derived
    assert made.title == title


def test_a_very_long_title_is_published_with_a_warning() -> None:
    parsed = parse(f"id: x\npublished: 2024-07-19\ntitle: {'x' * 201}")
    assert len(parsed.entries) == 1
    assert lines(parsed.problems) == [
        (
            "3:8: warning: title: found 201 characters; expected one line of text; "
            "fix: shorten it to 200 characters and put the rest into the lead"
        )
    ]


def test_dates_must_follow_each_other() -> None:
    after = "expected a date after 'published' ('2024-07-19'); fix: "
    assert complaints("updated: 2024-07-18\nexpires: 19.07.2024") == [
        (
            f"4:10: updated: found '2024-07-18'; {after}"
            "write a later date (with the time, on the same day), or leave it out"
        ),
        (
            f"5:10: expires: found '19.07.2024'; {after}"
            "write a date after 'published', or leave it out"
        ),
    ]
    assert complaints("updated: 2024-07-19\nexpires: 2024-07-20\nevent_date: 2030-01-01") == []


def test_a_date_to_come_is_as_good_as_any() -> None:
    assert parse("{id: x, published: 2199-01-01, updated: 2199-01-02, title: T}").problems == ()


def test_sections_are_those_of_the_config() -> None:
    assert entry("sections: speeches").also == ("speeches",)
    assert entry("sections: [news, speeches, speeches, '']").also == ("speeches",)
    expected = "expected sections of config/site.yaml; fix: "
    assert complaints("sections: [speches, all, quux, [news]]") == [
        (
            f"4:12: sections: found 'speches'; {expected}"
            "write 'speeches', or add it to config/site.yaml"
        ),
        f"4:21: sections: found 'all'; {expected}remove it: 'all' shows every entry",
        (
            f"4:26: sections: found 'quux'; {expected}"
            "write one of news, speeches, or add it to config/site.yaml"
        ),
        (
            f"4:32: sections: found a list; {expected}"
            "write one value; put quotes round it if it is text"
        ),
    ]


def test_a_withdrawal_says_when() -> None:
    assert entry("withdrawn: {at: 2024-08-01}").withdrawn == Withdrawal(
        datetime(2024, 7, 31, 22, tzinfo=UTC)
    )
    assert complaints("withdrawn: 2024-08-01") == [
        (
            "4:12: withdrawn: found '2024-08-01'; expected {at: …, reason: …}; "
            "fix: write withdrawn: {at: 2024-08-01, reason: …}"
        )
    ]
    assert complaints("withdrawn: {reason: R}") == [
        f"4:12: withdrawn.at: found nothing; {DATE}add 'at: …'"
    ]
    assert complaints("withdrawn: [x]") == [
        (
            "4:12: withdrawn: found a list; expected {at: …, reason: …}; "
            "fix: write withdrawn: {at: …}"
        )
    ]


def test_a_bad_entry_can_be_taken_down_all_the_same() -> None:
    parsed = parse(
        f"- {{id: a, {GOOD}, oops: 1, draft: true}}\n"
        f"- {{id: b, {GOOD}, oops: 1, withdrawn: {{at: 2024-08-01}}}}\n"
        f"- {{id: c, {GOOD}, oops: 1, expires: 2024-08-01}}\n"
        f"- {{id: d, {GOOD}, oops: 1, draft: maybe, expires: 2014-08-01}}\n"
    )
    then = datetime(2024, 7, 31, 22, tzinfo=UTC)
    assert parsed.held == {
        "a": Takedown(draft=True),
        "b": Takedown(withdrawn=Withdrawal(then)),
        "c": Takedown(expires=then),
        "d": Takedown(),  # before it was published: a slip, not a wish
    }


def test_two_entries_grown_into_one_are_both_held() -> None:
    parsed = parse("- id: a\n  title: A\n  id: b\n  title: B\n  draft: true\n")
    assert parsed.entries == ()
    assert parsed.held == {"a": Takedown(), "b": Takedown()}
    assert not parsed.unidentified


@pytest.mark.parametrize("fault", ["!!str T", "&a T", "*a", "{<<: {}}", "{{ title }}"])
def test_a_fault_of_the_notation_spoils_only_its_entry(fault: str) -> None:
    parsed = parse(
        f"- {{id: a, {GOOD}}}\n- id: b\n  published: 2024-07-19\n  title: T\n  lead: {fault}\n"
        f"- {{id: c, {GOOD}}}\n"
    )
    assert [good.id for good in parsed.entries] == ["a", "c"]
    assert parsed.held == {"b": Takedown()}


def test_a_fault_before_the_first_entry_spoils_none() -> None:
    parsed = parse(f"&all\n- {{id: a, {GOOD}}}\n")
    assert len(parsed.entries) == len(parsed.problems) == 1


def test_a_stray_character_spoils_nothing() -> None:
    parsed = parse(f"- {{id: a, {GOOD}, lead: x\x08y}}\n")
    assert parsed.entries[0].lead == "xy"
    assert [problem.severity for problem in parsed.problems] == ["warning"]


@pytest.mark.parametrize(
    "text",
    [
        "- id: a\n  title: A: B\n- id: 'b'\n  # id: c\n  note: id: d\n",
        '- {title: A: B, id: "a"}\n- title: T\n  id : b',
        "id:a\ntitle: A: B\n - - id: b\n",
        '"id": a\nid: b\n\tid: !\n',
    ],
)
def test_the_ids_in_a_file_that_does_not_parse_are_known(text: str) -> None:
    parsed = parse(text)
    assert not parsed.readable
    assert parsed.held == {"a": Takedown(), "b": Takedown()}


def test_an_iri_in_a_file_that_does_not_parse_is_known() -> None:
    assert parse("- id: tag:x.org,2024:a\n  [").held == {"tag:x.org,2024:a": Takedown()}


def test_entries_depend_on_the_site() -> None:
    text = "{id: x, published: 2024-07-19, title: T, image: {url: /a, alt: A}}"
    (one,) = parse(text).entries
    (other,) = parse(text, site(tag="x.org,2020", base_url="https://x.org", timezone="UTC")).entries
    assert other.iri == "tag:x.org,2020:x"
    assert other.image == Image(url="https://x.org/a", alt="A")
    assert one.published != other.published


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        f"{{id: 7, {GOOD}}}",
        "[]",
        "{id: a, published: 26.07.2024 14:30, lead: L, link: ~, withdrawn: }",
        f"{{id: a, {GOOD}, tags: x, authors: {{name: A}}, draft: yes, language: no, slug: 1}}",
        f"{{id: a, {GOOD}, image: /a.jpg, sections: speeches}}",
        (
            f"{{id: 'https://x.org/?p=1', {GOOD}, "
            "enclosures: {url: /a, type: a/b, length: '5', duration: 12:34}}"
        ),
    ],
)
@pytest.mark.parametrize("load", [as_editors_do, as_typed])
def test_the_schema_takes_what_we_take(text: str, load: Callable[[str], object]) -> None:
    assert [p for p in parse(text).problems if p.severity == "error"] == []
    assert list(validator().iter_errors(load(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "x",
        f"{{{GOOD}}}",
        "{id: a, title: T}",
        "{id: a, published: '2024'}",
        f"{{id: a b, {GOOD}}}",
        f"{{id: a, {GOOD}, titel: x}}",
        f"{{id: a, {GOOD}, slug: archive}}",
        f"{{id: a, {GOOD}, published: 07/19/2024}}",
        f"{{id: a, {GOOD}, link: 'javascript:x'}}",
    ],
)
def test_the_schema_refuses_what_we_refuse(text: str) -> None:
    assert parse(text).problems
    assert list(validator().iter_errors(as_typed(text)))


def test_every_key_is_explained_in_the_schema() -> None:
    properties = entries.entry_schema()["$defs"]["entry"]["properties"]
    assert all(part["description"].endswith(".") for part in properties.values())


@given(st.text() | st.text(alphabet="-id: abtle\n'\"{}[],0123456789.&*!?|>#\x00"))
def test_no_text_raises_anything(text: str) -> None:
    parsed = parse(text.encode("utf-8", "surrogatepass"))
    assert len(parsed.entries) == len(parsed.places)
    assert parsed.readable or parsed.problems


@given(
    st.dictionaries(
        st.sampled_from(
            ["id", "published", "title", "lead", "body", "link", "tags", "draft", "slug"]
        ),
        st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()) | st.none(),
    )
)
def test_no_values_raise_anything(values: dict[str, object]) -> None:
    parsed = parse(yaml.safe_dump([values], allow_unicode=True))
    assert parsed.entries or parsed.problems


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_text_survives_as_a_title(text: str) -> None:
    """standards.md, Text: bidi, emoji and combining marks survive."""
    parsed = parse(
        yaml.safe_dump({"id": "x", "published": "2024-07-19", "title": text, "lead": "L"})
    )
    title = parsed.entries[0].title
    assert title == "L" if not text.strip() else title.split() == text.split()
