"""``feedsvc build``: what it tells, and an instant that is not the present."""

import os
import pty
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from tests.sitedir import SiteDir

ENTRY = "id: {0}, published: {1}, title: {0}"
LATER = "2199-01-01"


@pytest.fixture
def site(tmp_path, monkeypatch):
    for name in ("FEEDSVC_STORE", "FEEDSVC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    site = SiteDir(tmp_path)
    site.entries("feeds/news/2024.yaml", ENTRY.format("a", "2024-07-01"))
    site.entries("feeds/news/later.yaml", ENTRY.format("later", "2190-07-01"))
    yield site
    site.store.close()


def run(site, *words, **more):
    return CliRunner().invoke(main, ["--site", str(site.root), *words], **more)


def newest(site):
    return site.store.current().id if site.store.current() else 0


class TestTold:
    def test_pages_first_and_no_more_than_can_be_read(self, site):
        site.entries(
            "feeds/news/many.yaml", *(ENTRY.format(f"e{n:02}", "2024-07-02") for n in range(30))
        )
        lines = run(site, "build").stdout.splitlines()
        assert lines[0] == "added   /news/a"
        assert lines[19] == "added   /news/e18"
        (left,) = re.findall(r"… and ([0-9]+) more: 'feedsvc snapshots 1' lists all", lines[20])
        (added,) = re.findall(
            "snapshot 1: ([0-9]+) added, 0 changed, 0 gone; .*32 entries", lines[21]
        )
        assert int(left) + 20 == int(added)
        assert len(lines) == 22

    def test_what_an_edit_did(self, site):
        run(site, "build")
        site.entries("feeds/news/2024.yaml", ENTRY.format("b", "2024-07-01"))
        lines = run(site, "build").stdout.splitlines()
        assert lines[:2] == ["changed /news/a", "added   /news/b"]
        assert "changed /news/rss.xml" in lines
        assert re.match("snapshot 2: 1 added, [0-9]+ changed, 0 gone; ", lines[-1])

    def test_the_page_for_the_lost_has_a_name(self, site):
        assert "added   the page for addresses that are missing\n" in run(site, "build").stdout
        assert "/!404" not in run(site, "snapshots", "1").stdout


class TestDryRun:
    def test_says_what_would_change_and_writes_nothing(self, site):
        done = run(site, "build", "--dry-run")
        assert done.exit_code == 0
        assert "added   /news/a\n" in done.stdout
        assert re.search("^would publish: 21 added, 0 changed, 0 gone$", done.stdout, re.MULTILINE)
        assert newest(site) == 0
        assert site.store.records() == {}

    def test_nothing_to_do(self, site):
        run(site, "build")
        done = run(site, "build", "--dry-run")
        assert done.stdout == "would publish: nothing\n"

    def test_problems_are_told_and_the_known_ones_stay(self, site):
        run(site, "build")
        site.entries("feeds/news/bad.yaml", "id: x, title: X")
        done = run(site, "build", "--dry-run")
        assert done.exit_code == 1
        assert "feeds/news/bad.yaml:1:3: published: found nothing" in done.stderr
        assert site.store.problems() == ()

    def test_at_an_instant(self, site):
        run(site, "build")
        done = run(site, "build", "--dry-run", "--at", LATER)
        assert done.exit_code == 0
        assert "added   /news/later\n" in done.stdout
        assert newest(site) == 1


class TestAt:
    def test_without_anybody_to_ask_nothing_is_published(self, site):
        run(site, "build")
        done = run(site, "build", "--at", LATER)
        assert done.exit_code == 2
        assert "added   /news/later\n" in done.stdout
        assert "As if it were 2199-01-01 00:00:00 CET:" in done.stderr
        assert "leaves tombstones" not in done.stderr
        said = " ".join(done.stderr.split())
        assert "what it takes away again is gone for readers" in said
        assert "nothing was published: --yes does it" in said
        assert newest(site) == 1
        assert "/news/later" not in site.store.paths()

    def test_nobody_is_asked_about_nothing(self, site):
        (site.root / "feeds" / "news" / "later.yaml").unlink()
        run(site, "build")
        done = run(site, "build", "--at", LATER)
        assert done.exit_code == 0
        assert done.stdout.startswith("would publish: nothing\nnothing changed, 1 entry, ")

    def test_a_date_as_entries_have_it(self, site):
        done = run(site, "build", "--dry-run", "--at", "1.1.2199 10:00")
        assert "added   /news/later\n" in done.stdout
        refused = run(site, "build", "--at", "31.13.2024")
        assert refused.exit_code == 2
        assert "month 13 does not exist" in " ".join(refused.stderr.split())

    @pytest.mark.parametrize("at", [LATER, "2024-06-01"])
    def test_yes_publishes(self, site, at):
        run(site, "build")
        done = run(site, "build", "--at", at, "--yes")
        assert done.exit_code == 0
        assert newest(site) == 2

    def test_the_future_is_never_published_first_either(self, site):
        assert run(site, "build", "--at", LATER).exit_code == 2
        assert newest(site) == 0

    def test_the_past_of_a_site_that_has_none_harms_nobody(self, site):
        assert run(site, "build", "--at", "2024-06-01").exit_code == 0
        assert newest(site) == 1

    @pytest.mark.parametrize(("answer", "status", "snapshot"), [("y", 0, 2), ("n", 1, 1)])
    def test_on_a_terminal_it_asks(self, site, answer, status, snapshot):
        run(site, "build")
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            [sys.executable, "-m", "feedsvc", "build", "--site", site.root, "--at", LATER],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        os.write(ours, f"{answer}\n".encode())
        said, _ = child.communicate(timeout=60)
        os.close(theirs)
        os.close(ours)
        assert "Publish it all the same? [y/N]: " in said
        assert (child.returncode, newest(site)) == (status, snapshot), said


class TestWhereTheSiteIs:
    def test_from_a_folder_within_it(self, site, monkeypatch):
        monkeypatch.chdir(site.root / "feeds" / "news")
        site.entries("feeds/news/bad.yaml", "id: x, title: X")
        checked = CliRunner().invoke(main, ["check"])
        assert checked.stdout.startswith("bad.yaml:1:3: published: found nothing")
        assert "1 | - {id: x" in checked.stdout
        assert CliRunner().invoke(main, ["check", "bad.yaml"]).exit_code == 1
        assert CliRunner().invoke(main, ["check", "2024.yaml"]).exit_code == 0
        written = CliRunner().invoke(main, ["new", "speeches", "--title", "Ice"])
        assert re.match(r"\.\./speeches/[0-9]{4}\.yaml:[0-9]+: 'ice'", written.stdout)

    def test_what_is_named_counts_more(self, site, monkeypatch, tmp_path_factory):
        monkeypatch.chdir(site.root / "feeds")
        other = tmp_path_factory.mktemp("other")
        done = CliRunner().invoke(main, ["--site", str(other), "check"])
        assert done.exit_code == 2
        assert "or a folder above it" in " ".join(done.stderr.replace("│", " ").split())

    def test_a_folder_of_the_site_that_is_named(self, site):
        done = CliRunner().invoke(main, ["check", "--site", str(site.root / "feeds")])
        assert done.exit_code == 2
        assert "did you mean --site" in done.stderr

    def test_nowhere(self, monkeypatch, tmp_path_factory):
        monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))
        done = CliRunner().invoke(main, ["check"])
        assert done.exit_code == 2
        said = " ".join(done.stderr.replace("│", " ").split())
        assert "or a folder above it: config/site.yaml is missing" in said
        assert "make a site with 'feedsvc init DIR'" in said
