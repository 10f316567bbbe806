"""From YAML files to a published snapshot: what changes, what stays, what is never lost."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.errors import ConfigError, PublishConflict
from tests.factory import instant
from tests.sitedir import CONFIG, SiteDir

A = "id: a, published: 2024-07-01, title: Alpha"
B = "id: b, published: 2024-07-02, title: Beta"
C = "id: c, published: 2024-07-03, title: Gamma"


@pytest.fixture
def site(tmp_path):
    made = SiteDir(tmp_path)
    yield made
    made.store.close()


def test_the_first_build_publishes_every_document_of_the_contract(site):
    site.entries("feeds/news/2024.yaml", A, B)
    outcome = site.build()
    assert outcome.problems == ()
    public = set(site.store.published())
    assert {"/", "/all/", "/news/", "/news/a", "/news/b"} <= public
    feeds = {f"/{s}/{f}" for s in ("all", "news") for f in ("rss.xml", "atom.xml", "feed.json")}
    assert feeds <= public
    assert site.ids() == ["b", "a"] == site.ids("/all/rss.xml")


def test_a_rebuild_without_change_publishes_nothing(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build()
    before = site.all()
    assert site.build("2024-08-01 13:00").snapshot is None
    site.restart()
    assert site.build("2024-08-02 13:00").snapshot is None
    assert site.all() == before


def test_one_edit_changes_what_shows_the_entry_and_nothing_else(site):
    site.entries("feeds/news/2024.yaml", A, B, C)
    site.entries("feeds/speeches/2024.yaml", "id: s, published: 2024-07-01, title: Speech")
    site.build()
    site.entries("feeds/news/2024.yaml", A, B, C.replace("Gamma", "Delta"))
    outcome = site.build("2024-08-01 12:05")
    formats = ("rss.xml", "atom.xml", "feed.json", "")
    shown = {f"/{s}/{f}" for s in ("all", "news") for f in formats}
    # b names its newer neighbour
    assert set(outcome.changed) == shown | {"/", "/news/c", "/news/b"}
    assert outcome.gone == ()


def test_an_edit_moves_both_validators_even_within_one_second(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build("2024-08-01 12:00:00.100000")
    seen = [site.found("/news/rss.xml")]
    for title in ("Beta", "Gamma"):
        site.entries("feeds/news/2024.yaml", A.replace("Alpha", title))
        site.build("2024-08-01 12:00:00.200000")
        seen.append(site.found("/news/rss.xml"))
    assert len({found.digest for found in seen}) == 3
    assert [found.last_modified.second for found in seen] == [0, 1, 2]
    # the builder waited for the second to pass, so that no date lies in the future
    assert site.pauses[0] == pytest.approx(0.8)


def test_a_clock_that_jumped_back_stops_neither_builds_nor_dates(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build("2024-08-01 12:00")
    before = site.found("/news/rss.xml").last_modified
    site.entries("feeds/news/2024.yaml", B)
    site.build("2024-08-01 09:00")
    assert site.found("/news/rss.xml").last_modified > before
    assert site.pauses == []


def test_an_embargo_ends_without_an_edit(site):
    site.entries("feeds/news/2024.yaml", A, "id: e, published: 2024-08-01 16:00, title: Later")
    first = site.build("2024-08-01 13:59")  # 15:59 in Vienna
    assert first.next_change == instant("2024-08-01 14:00")
    assert site.ids() == ["a"]
    assert "/news/e" not in site.store.published()
    assert site.build("2024-08-01 14:00").next_change is None
    assert site.ids() == ["e", "a"]


def test_what_a_clock_shows_is_never_earlier_than_what_was_asked(site):
    site.entries("feeds/news/2024.yaml", A + ", expires: 2024-08-01 15:00", B)
    site.build("2024-08-01 12:59")
    assert site.ids() == ["b", "a"]
    site.build("2024-08-01 13:00")
    assert site.ids() == ["b"]
    assert site.found("/news/a").status == 200


def test_a_withdrawn_entry_is_gone_and_its_page_says_so(site):
    site.entries("feeds/news/2024.yaml", A, B)
    site.build()
    taken = A + ", withdrawn: {at: 2024-07-31, reason: Wrong figures}"
    site.entries("feeds/news/2024.yaml", taken, B)
    site.build("2024-08-01 12:01")
    assert site.ids() == ["b"]
    assert site.found("/news/a").status == 410
    assert b"Wrong figures" in site.body("/news/a")
    assert b"deleted-entry" in site.body("/news/atom.xml")


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        pytest.param("- {id: a, title: [}\n", ["b", "a"], id="file-that-does-not-parse"),
        pytest.param("", ["b", "a"], id="file-emptied"),
        pytest.param(
            f"- {{{B}}}\n- {{id: a, published: nonsense, title: X}}\n",
            ["b", "a"],
            id="bad-entry-keeps-its-last-good-form",
        ),
        pytest.param(
            f"- {{{B}}}\n- {{published: 2024-07-01, title: X}}\n",
            ["b", "a"],
            id="entry-that-lost-its-id",
        ),
        pytest.param(f"- {{{B}}}\n", ["b"], id="deleted-from-a-file-that-parses"),
        pytest.param(f"- {{{B}}}\n- {{{A}, draft: true}}\n", ["b"], id="made-a-draft"),
        pytest.param("[]\n", [], id="emptied-on-purpose"),
    ],
)
@pytest.mark.parametrize("restarted", [False, True], ids=["same-builder", "new-builder"])
def test_only_what_is_meant_takes_an_entry_down(site, broken, kept, restarted):
    site.entries("feeds/news/2024.yaml", A, B)
    site.build()
    site.write("feeds/news/2024.yaml", broken)
    for at in ("2024-08-01 12:01", "2024-08-01 12:02"):
        if restarted:
            site.restart()
        site.build(at)
        assert site.ids() == kept


def test_what_is_kept_leaves_when_the_mistake_is_mended(site):
    site.entries("feeds/news/2024.yaml", A, B)
    site.build()
    site.write("feeds/news/2024.yaml", "- {id: a, title: [}\n")
    assert site.build("2024-08-01 12:01").problems
    site.entries("feeds/news/2024.yaml", B)
    outcome = site.build("2024-08-01 12:02")
    assert outcome.problems == ()
    assert site.ids() == ["b"]


def test_a_source_folder_that_vanishes_takes_nothing_down(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build()
    (site.root / "feeds").rename(site.root / "elsewhere")
    outcome = site.build("2024-08-01 12:01")
    assert site.ids() == ["a"]
    assert outcome.problems
    (site.root / "feeds").mkdir()
    site.restart()
    site.build("2024-08-01 12:02")
    assert site.ids() == ["a"]


def test_problems_are_in_the_store_and_new_ones_are_told_once(site):
    site.write("feeds/news/2024.yaml", "- {id: a, published: nonsense, title: X}\n")
    first = site.build()
    assert len(first.new_problems) == 1
    assert site.store.problems() == first.problems
    assert site.build("2024-08-01 12:01").new_problems == ()


def test_a_broken_config_publishes_nothing_and_says_so(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build()
    before = site.all()
    site.config(CONFIG.replace("title: Office", "titel: Office"))
    with pytest.raises(ConfigError):
        site.build("2024-08-01 12:01")
    assert {problem.file for problem in site.store.problems()} == {"config/site.yaml"}
    assert site.all() == before
    site.config(CONFIG)
    site.build("2024-08-01 12:02")
    assert site.store.problems() == ()


def test_another_config_renders_anew(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build()
    site.config(CONFIG.replace("Office of Tides", "Office of Winds"))
    site.build("2024-08-01 12:01")
    assert b"Office of Winds" in site.body("/news/rss.xml")


def test_redirects_and_retired_sections_are_documents(site):
    site.config(CONFIG + "redirects: {talks: speeches, /old: /news/a}\ngone: [press]\n")
    site.entries("feeds/news/2024.yaml", A)
    site.build()
    assert site.found("/old").status == 301
    assert dict(site.found("/old").headers)["Location"] == "https://news.example.org/news/a"
    for path, target in (("/talks", "speeches/"), ("/talks/*", "speeches/*")):
        found = site.found(path)
        assert dict(found.headers)["Location"] == f"https://news.example.org/{target}"
    assert site.found("/press/*").status == 410


def test_a_builder_that_another_overtook_starts_afresh(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build()
    other = site.builder
    site.entries("feeds/news/2024.yaml", A, B)
    site.restart()
    site.build("2024-08-01 12:01")
    site.entries("feeds/news/2024.yaml", A, B, C)
    with pytest.raises(PublishConflict):
        other.build(instant("2024-08-01 12:02"), "test")
    other.build(instant("2024-08-01 12:03"), "test")
    assert site.ids() == ["c", "b", "a"]


def test_bytes_do_not_depend_on_what_was_built_before_or_on_file_order(tmp_path):
    files = {f"feeds/news/{n}.yaml": e for n, e in zip("zxy", (A, B, C), strict=True)}
    grown, at_once = SiteDir(tmp_path / "one"), SiteDir(tmp_path / "two")
    for path, entry in files.items():
        grown.entries(path, entry)
        grown.build()
    for path, entry in sorted(files.items()):
        at_once.entries(path, entry)
    at_once.build()
    assert {p: b for p, (_, b) in grown.all().items()} == {
        p: b for p, (_, b) in at_once.all().items()
    }
    for made in (grown, at_once):
        made.store.close()


STATES = st.lists(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 5), max_size=6),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(STATES)
def test_an_incremental_build_equals_a_cold_one(tmp_path_factory, states):
    root = tmp_path_factory.mktemp("history")
    grown, cold = SiteDir(root / "grown"), SiteDir(root / "cold")
    for number, state in enumerate(states):
        for made in (grown, cold) if number == len(states) - 1 else (grown,):
            lines = [
                f"id: {i}, published: 2024-07-0{day}, title: T{day}" for i, day in state.items()
            ]
            made.write("feeds/news/x.yaml", "[]\n")
            if lines:
                made.entries("feeds/news/x.yaml", *random.sample(lines, len(lines)))
        grown.build(f"2024-08-01 12:0{number}")
    cold.build()
    assert {p: b for p, (_, b) in grown.all().items()} == {p: b for p, (_, b) in cold.all().items()}
    for made in (grown, cold):
        made.store.close()
