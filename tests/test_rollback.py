"""Taking a publish back: what is current then, and what holds the builder from undoing it."""
# ruff: noqa: F811 - fixtures are imported by name

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from feedsvc.build import Builder
from feedsvc.builder import Watch
from feedsvc.errors import NoSnapshot
from tests.factory import instant
from tests.rolling import BAD, FILE, A, B, C, opened, public, roll_back, site, spoil, template  # noqa: F401
from tests.sitedir import CONFIG

HUBS = CONFIG + "hubs: [https://hub.example/]\n"


class TestContent:
    def test_every_document_is_the_older_one_again(self, site):
        before = public(site)
        spoil(site)
        assert public(site) != before
        info = roll_back(site)
        assert (info.id, info.why, info.next_change) == (3, "rollback to 1", None)
        assert info == site.store.current()
        assert public(site) == before
        assert info.documents == len(before)

    def test_last_modified_moves_forward_and_what_did_not_change_keeps_it__rfc9110_8_8_2(
        self, site
    ):
        then = site.all()
        spoil(site)
        wrong = site.all()
        roll_back(site)
        for path, (found, _) in site.all().items():
            if path in wrong and wrong[path][0].digest == then[path][0].digest:
                assert found.last_modified == then[path][0].last_modified
            else:
                assert found.last_modified == instant("2024-08-01 12:20")

    def test_last_modified_moves_forward_also_where_the_clock_does_not(self, site):
        spoil(site)
        wrong = site.found("/news/rss.xml").last_modified
        roll_back(site, at="2024-07-01 00:00")
        assert site.found("/news/rss.xml").last_modified > wrong

    def test_servers_hear_of_it_and_deltas_can_be_cut(self, site):
        spoil(site)
        wrong = site.found("/news/atom.xml").digest
        roll_back(site)
        assert "/news/atom.xml" in site.store.changed_paths(2, 3)
        assert "/assets/style.css" not in site.store.changed_paths(2, 3)
        assert site.store.spans("/news/atom.xml", wrong)
        assert site.store.spans("/news/atom.xml", site.found("/news/atom.xml").digest)

    def test_a_snapshot_that_is_not_there(self, site):
        with pytest.raises(NoSnapshot, match="there is no snapshot 9"):
            roll_back(site, 9)
        with pytest.raises(NoSnapshot, match="no earlier snapshot"):
            roll_back(site)
        assert site.store.current().id == 1

    def test_the_previous_snapshot_is_one_that_shows_something_else(self, site):
        site.entries(FILE, A, B, "id: e, published: 2024-08-02, title: Later")
        assert site.build("2024-08-01 12:05").changed == ()  # another outlook alone
        with pytest.raises(NoSnapshot):
            site.store.past.previous()

    def test_a_prune_leaves_what_can_be_rolled_back_to(self, site):
        spoil(site)
        site.entries(FILE, B)
        site.build("2024-08-01 12:30")
        site.store.prune(2)
        roll_back(site, 2, at="2024-08-01 12:40")
        assert site.ids() == ["c", "a"]


class TestHold:
    def test_the_builder_does_not_publish_the_bad_source_again(self, site):
        before = public(site)
        spoil(site)
        info = roll_back(site)
        for restarted in (False, True):
            if restarted:
                site.restart()
            outcome = site.build("2024-08-01 13:00")
            assert outcome.snapshot is None
            assert outcome.held.snapshot == info.id
        assert public(site) == before

    def test_a_comment_or_a_broken_file_is_no_other_source(self, site):
        spoil(site)
        roll_back(site)
        good = (site.root / FILE).read_text()
        site.write(FILE, "# what a day\n" + good)
        assert site.build("2024-08-01 13:00").held
        site.write(FILE, good + "- {id: [\n")
        outcome = site.build("2024-08-01 13:01")
        assert outcome.held
        assert [problem.file for problem in outcome.new_problems] == [FILE]
        assert site.store.problems() == outcome.problems

    def test_an_edit_ends_it(self, site):
        spoil(site)
        roll_back(site)
        site.entries(FILE, A, B, C)
        outcome = site.build("2024-08-01 13:00")
        assert (outcome.snapshot.id, outcome.held) == (4, None)
        assert site.ids() == ["c", "b", "a"]
        assert b"Wrong" not in site.body("/news/rss.xml")
        assert site.store.past.hold() is None

    def test_another_config_ends_it(self, site):
        spoil(site)
        roll_back(site)
        site.config(CONFIG.replace("Office of Tides", "Tide Office"))
        assert site.build("2024-08-01 13:00").snapshot
        assert b"Wrong" in site.body("/news/rss.xml")

    def test_a_source_put_back_as_it_was_publishes_nothing_and_ends_it(self, site):
        spoil(site)
        roll_back(site)
        before = site.all()
        site.entries(FILE, A, B)
        site.build("2024-08-01 13:00")
        assert site.ids() == ["b", "a"]
        assert site.store.past.hold() is None
        # what readers know of the entries is what the feed says
        assert site.all()["/news/rss.xml"][1].count(b"<item>") == 2
        assert before.keys() <= site.all().keys()

    def test_embargoes_wait_and_pass_when_it_ends(self, site):
        later = "id: e, published: 2024-08-01 16:00, title: Later"
        site.entries(FILE, BAD, B, later)
        site.build("2024-08-01 12:10")
        assert site.store.current().next_change == instant("2024-08-01 14:00")
        roll_back(site)
        assert site.build("2024-08-01 15:00").next_change is None
        assert "e" not in site.ids()
        site.store.past.resume()
        site.build("2024-08-01 15:01")
        assert site.ids() == ["e", "b", "a"]

    def test_resume_publishes_what_the_source_says(self, site):
        spoil(site)
        wrong = public(site)
        roll_back(site)
        assert site.store.past.resume()
        assert not site.store.past.resume()
        site.build("2024-08-01 13:00")
        assert public(site) == wrong


class TestUndo:
    def test_a_rollback_is_undone_by_the_next_one(self, site):
        spoil(site)
        wrong = public(site)
        roll_back(site)
        info = roll_back(site, at="2024-08-01 12:30")
        assert info.why == "rollback to 2"
        assert public(site) == wrong
        # the source says just that: nothing is held, and the builder goes on
        assert site.store.past.hold() is None
        assert site.build("2024-08-01 13:00").snapshot is None
        site.entries(FILE, A, B)
        assert site.build("2024-08-01 13:01").snapshot.id == 5

    def test_back_and_forth_and_back(self, site):
        spoil(site)
        for at, ids in (("20", ["b", "a"]), ("30", ["c", "a"]), ("40", ["b", "a"])):
            roll_back(site, at=f"2024-08-01 12:{at}")
            assert site.ids() == ids
        assert site.build("2024-08-01 13:00").held

    def test_further_back_keeps_holding_what_was_built_last(self, site):
        spoil(site)
        site.entries(FILE, BAD)
        site.build("2024-08-01 12:15")
        roll_back(site, 2)
        roll_back(site, 1, at="2024-08-01 12:30")
        assert site.ids() == ["b", "a"]
        assert site.build("2024-08-01 13:00").held


class TestHubs:
    def test_hubs_are_told_of_every_feed_whose_bytes_are_others(self, site):
        site.config(HUBS)
        site.build("2024-08-01 12:05")
        spoil(site)
        for ping in site.store.outbox.waiting():
            site.store.outbox.taken(ping, instant("2024-08-01 12:11"))
        info = roll_back(site)
        waiting = site.store.outbox.waiting()
        base = "https://news.example.org"
        formats = ("rss.xml", "atom.xml", "feed.json")
        topics = {f"{base}/{section}/{file}" for section in ("all", "news") for file in formats}
        assert {ping.topic for ping in waiting} == topics
        assert {(ping.hub, ping.snapshot) for ping in waiting} == {
            ("https://hub.example/", info.id)
        }


def test_what_a_file_has_just_lost_is_looked_at_again_soon_also_while_it_lasts(site):
    """Once the file is at rest, that is another source, and ends the hold."""
    spoil(site)
    roll_back(site)
    site.builder = Builder(site.root, site.store, rest=timedelta(hours=1))
    now = datetime.fromtimestamp((site.root / FILE).stat().st_ctime, UTC)
    site.builder.build(now, "test")
    site.entries(FILE, BAD)
    outcome = site.builder.build(now, "test")
    assert (bool(outcome.held), outcome.waiting) == (True, True)


def test_the_builder_process_says_once_that_it_is_held(site):
    spoil(site)
    roll_back(site)
    watch = Watch(site.root, site.store, None, lambda: instant("2024-08-01 13:00"))
    with capture_logs() as said:
        for _ in range(3):
            watch._build("refresh")
    assert [line["event"] for line in said] == ["held"]
    reasons = [attempt.reason for attempt in site.store.journal.attempts()]
    assert len(reasons) == 3
    assert all(reason.startswith("snapshot 3 stays, by a rollback") for reason in reasons)
