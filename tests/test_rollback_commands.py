"""``feedsvc snapshots`` and ``feedsvc rollback`` as a person types them."""
# ruff: noqa: F811 - fixtures are imported by name

import json
import re

from click.testing import CliRunner

from feedsvc.cli import main
from tests.rolling import opened, site, spoil, template  # noqa: F401


def run(site, *words, **options):
    words = [*map(str, words), "--site", str(site.root)]
    return CliRunner().invoke(main, words, prog_name="feedsvc", **options)


def test_snapshots_says_what_changed_when_and_why(site):
    spoil(site)
    done = run(site, "snapshots")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("    2  2024-08-01 14:10:00 CEST  test: 1 added, ")
    assert re.fullmatch(r" {7}/news/a, /news/b, /news/c, / and \d+ more", lines[1])
    assert lines[2].startswith("    1  2024-08-01 14:00:00 CEST  test: ")
    assert len(run(site, "snapshots", "--limit", "1").stdout.splitlines()) == 2


def test_snapshots_of_one_names_every_path(site):
    spoil(site)
    done = run(site, "snapshots", 2)
    assert "       added   /news/c\n" in done.stdout
    assert "       changed /news/a\n" in done.stdout
    assert "more" not in done.stdout


def test_snapshots_for_programs(site):
    spoil(site)
    said = json.loads(run(site, "snapshots", "--json").stdout)
    assert [one["id"] for one in said] == [2, 1]
    assert said[0]["paths"]["added"] == ["/news/c"]
    assert said[0]["why"] == "test"


def test_snapshots_of_none(site):
    done = run(site, "snapshots", 7)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no snapshot 7; 'feedsvc snapshots' lists" in done.stderr


def test_rollback_says_what_it_will_do_and_asks(site):
    spoil(site)
    done = run(site, "rollback", input="n\n")
    assert done.exit_code == 1
    assert "Snapshot 1 of 2024-08-01 14:00:00 CEST (test) becomes current again:" in done.stderr
    assert "  gone: /news/c\n" in done.stderr
    assert "It stays until what feeds/ and config/ say changes" in done.stderr
    assert site.store.current().id == 2


def test_rollback_and_its_hold_and_resume(site):
    spoil(site)
    done = run(site, "rollback", input="y\n")
    assert (done.exit_code, done.stdout) == (
        0,
        "snapshot 3: as snapshot 1; 'feedsvc rollback' undoes it\n",
    )
    assert site.ids() == ["b", "a"]
    built = run(site, "build")
    assert built.exit_code == 0
    assert "snapshot 3 stays, by a rollback: nothing is published" in built.stderr
    assert "stays, by a rollback of" in run(site, "snapshots").stderr
    resumed = run(site, "rollback", "--resume")
    assert resumed.exit_code == 0
    assert "changed /news/rss.xml\n" in resumed.stdout
    assert site.ids() == ["c", "a"]
    assert "nothing is held back" in run(site, "rollback", "--resume").stderr


def test_rollback_without_anybody_to_ask(site):
    spoil(site)
    assert run(site, "rollback").exit_code == 1
    assert site.store.current().id == 2
    assert run(site, "rollback", "1", "--yes").exit_code == 0
    undone = run(site, "rollback", "--yes")
    assert "That is what the last build gave: publishing goes on from there." in undone.stderr


def test_rollback_to_what_is_current(site):
    spoil(site)
    done = run(site, "rollback", 2, "--yes")
    assert done.exit_code == 2
    assert "nothing would change" in done.output


def test_rollback_before_there_was_anything_else(site):
    done = run(site, "rollback", "--yes")
    assert done.exit_code == 1
    assert "no earlier snapshot shows anything else" in done.stderr


def test_resume_takes_no_id(site):
    assert run(site, "rollback", 1, "--resume").exit_code == 2


def test_neither_needs_the_source(site, monkeypatch, tmp_path_factory):
    spoil(site)
    monkeypatch.setenv("FEEDSVC_STORE", f"sqlite:///{site.root}/var/feedsvc.db")
    elsewhere = str(tmp_path_factory.mktemp("elsewhere"))
    done = CliRunner().invoke(main, ["--site", elsewhere, "rollback", "--yes"])
    assert done.exit_code == 0
    assert site.ids() == ["b", "a"]
    done = CliRunner().invoke(main, ["--site", elsewhere, "rollback", "--resume"])
    assert done.stdout == "the builder publishes what the source says at its next build\n"
    assert site.store.past.hold() is None
