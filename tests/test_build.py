"""From YAML files to a published snapshot: what changes, what stays, what is never lost."""

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.build import Builder
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
    public = set(site.store.paths())
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


def test_a_rebuild_without_change_writes_nothing(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build()
    with contextlib.closing(sqlite3.connect(site.root / "var" / "feedsvc.db")) as connection:
        before = connection.execute("PRAGMA data_version").fetchone()
        site.build("2024-08-01 13:00")
        assert connection.execute("PRAGMA data_version").fetchone() == before
        site.write("feeds/news/broken.yaml", "- id: [")
        site.build("2024-08-01 14:00")
        assert connection.execute("PRAGMA data_version").fetchone() != before


def test_a_file_that_was_just_saved_is_looked_at_once_more_and_gives_no_second_snapshot(site):
    """Its stamp is that of a save within the same tick of the clock, too."""
    file = site.entries("feeds/news/2024.yaml", A)
    saved = datetime.fromtimestamp(file.stat().st_ctime, UTC)
    outcomes = [site.builder.build(saved + timedelta(seconds=n), "test") for n in (0, 2, 4)]
    assert [bool(outcome.snapshot) for outcome in outcomes] == [True, False, False]
    assert [outcome.waiting for outcome in outcomes] == [True, False, False]


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
    assert "/news/e" not in site.store.paths()
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


def test_a_builder_that_another_overtook_continues_from_there(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build()
    other = site.builder
    site.entries("feeds/news/2024.yaml", A, B)
    site.restart()
    site.build("2024-08-01 12:01")
    site.entries("feeds/news/2024.yaml", A, B, C)
    other.build(instant("2024-08-01 12:02"), "test")
    assert site.ids() == ["c", "b", "a"]


def test_a_builder_that_another_overtakes_while_it_builds_starts_afresh(site):
    site.entries("feeds/news/2024.yaml", A)
    site.build("2024-08-01 12:00:00.5")
    site.entries("feeds/news/2024.yaml", A.replace("Alpha", "Beta"))
    # It waits for the next second to begin, and meanwhile another one does not.
    first = Builder(site.root, site.store, pause=lambda _: site.build("2024-08-01 12:00:09"))
    with pytest.raises(PublishConflict):
        first.build(instant("2024-08-01 12:00:00.7"), "test")
    site.entries("feeds/news/2024.yaml", A, B)
    first.build(instant("2024-08-01 12:03"), "test")
    assert site.ids() == ["b", "a"]


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


def many(site, count=9, **edits):
    """Entries e0 … on successive days in a section with a cap of five, some with other titles."""
    lines = [
        f"id: e{n}, published: 2024-07-{n + 1:02}, title: {edits.get(f'e{n}', 'T')}"
        for n in range(count)
    ]
    site.config(CONFIG.replace("{title: News}", "{title: News, entries: 5}"))
    site.entries("feeds/news/2024.yaml", *lines)


class TestArchives:
    def test_5005_4_the_chain_reaches_every_entry(self, site):
        many(site)
        site.build()
        assert site.ids() == ["e8", "e7", "e6", "e5", "e4"]
        reached, path = set(site.ids()), "/news/rss.xml"
        for number in (2, 1):
            link = (
                f'rel="prev-archive" href="https://news.example.org/news/archive/{number}/rss.xml"'
            )
            assert set(link.split()) <= set(site.body(path).decode().replace("/>", " ").split())
            path = f"/news/archive/{number}/rss.xml"
            reached |= set(site.ids(path))
        assert reached == {f"e{n}" for n in range(9)}
        assert b"prev-archive" not in site.body(path)

    def test_5005_4_an_archive_says_what_it_is_and_where_the_current_feed_is(self, site):
        many(site)
        site.build()
        for name in ("atom.xml", "rss.xml"):
            body = site.body(f"/news/archive/1/{name}")
            assert b"<fh:archive/>" in body
            assert b'rel="current"' in body
            assert b'rel="hub"' not in body
            assert b"<fh:archive/>" not in site.body(f"/news/{name}")
        assert b'"next_url": "https://news.example.org/news/archive/2/feed.json"' in site.body(
            "/news/feed.json"
        )
        assert b"<h1>News" in site.body("/news/archive/1/")

    def test_8246_sealed_pages_are_immutable(self, site):
        many(site)
        site.build()
        found = site.found("/news/archive/1/atom.xml")
        assert (found.cache, found.max_age) == ("immutable", 365 * 86400)

    @pytest.mark.parametrize("restarted", [False, True], ids=["same-builder", "new-builder"])
    def test_an_edited_archived_entry_reappears_and_its_page_keeps_its_bytes(self, site, restarted):
        many(site)
        site.build()
        before = {p: b for p, (_, b) in site.all().items() if "/archive/" in p}
        many(site, e0="Corrected")
        if restarted:
            site.restart()
        site.build("2024-08-01 12:01")
        assert "e0" in site.ids()
        assert {p: b for p, (_, b) in site.all().items() if "/archive/" in p} == before

    def test_6721_a_deleted_entry_leaves_feeds_archives_and_its_page(self, site):
        many(site)
        site.build()
        many(site, count=8)
        site.build("2024-08-01 12:01")
        assert "e8" not in site.ids()
        assert b'<at:deleted-entry ref="tag:news.example.org,2024:e8"' in site.body(
            "/news/atom.xml"
        )
        assert site.found("/news/e8").status == 410
        site.restart()
        assert site.build("2024-08-01 12:02").snapshot is None

    def test_9110_15_4_2_a_page_that_moved_leads_to_its_new_place(self, site):
        site.entries("feeds/news/2024.yaml", A)
        site.build()
        site.entries("feeds/news/2024.yaml", A + ", slug: other")
        site.build("2024-08-01 12:01")
        found = site.found("/news/a")
        assert (found.status, dict(found.headers)["Location"]) == (
            301,
            "https://news.example.org/news/other",
        )
        site.entries("feeds/news/2024.yaml", "[]")
        site.write("feeds/news/2024.yaml", "[]\n")
        site.entries("feeds/speeches/2024.yaml", A)
        site.build("2024-08-01 12:02")
        for path in ("/news/a", "/news/other"):
            assert dict(site.found(path).headers)["Location"].endswith("/speeches/a")
        assert b"deleted-entry" not in site.body("/news/atom.xml")

    def test_max_bytes_holds_for_every_format(self, site):
        body = ", body: '" + "&<b>*long*</b> | " * 400 + "'"
        site.config(CONFIG + "feeds: {max_bytes: 100K}\n")
        lines = [f"id: e{n}, published: 2024-07-{n + 1:02}, title: T{body}" for n in range(12)]
        site.entries("feeds/news/2024.yaml", *lines)
        site.build()
        for path in ("/news/rss.xml", "/news/atom.xml", "/news/feed.json"):
            assert 30_000 < len(site.body(path)) <= 100 * 1024, path
        assert site.ids()[0] == "e11"


def test_a_section_that_gives_the_lead_alone_does_so_in_all_too(site):
    site.config(CONFIG.replace("{title: Speeches}", "{title: Speeches, content: summary}"))
    whole = "published: 2024-07-01, title: T, lead: The lead., body: The body"
    site.entries("feeds/speeches/2024.yaml", f"id: s, {whole}.")
    site.entries("feeds/news/2024.yaml", f"id: n, {whole} of news.")
    site.build()
    for name in ("rss.xml", "atom.xml", "feed.json"):
        body = site.body(f"/all/{name}")
        assert b"The body of news." in body
        assert b"The body." not in body
