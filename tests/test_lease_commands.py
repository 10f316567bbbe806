"""Commands that build, while a builder has the lease: they say who, and spoil nothing."""

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.cli.common import now
from feedsvc.store.lease import Candidate
from tests.sitedir import SiteDir

A = "id: a, published: 2024-07-01, title: Alpha"
WATCH = Candidate("press-1:4711", "elsewhere 4711 1", 60)


@pytest.fixture
def site(tmp_path, monkeypatch):
    for name in ("FEEDSVC_STORE", "FEEDSVC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    made = SiteDir(tmp_path / "site")
    made.entries("feeds/news/a.yaml", A)
    yield made
    made.store.close()


def run(site, *words):
    return CliRunner().invoke(main, [words[0], "--site", str(site.root), *words[1:]])


def test_a_build_gives_its_lease_back(site):
    assert run(site, "build").exit_code == 0
    term = site.store.lease.term()
    assert (term.owner, term.fence) == ("", 1)


def test_a_build_says_who_builds_already(site, monkeypatch):
    monkeypatch.setattr("feedsvc.cli.build._OTHERS", 0.2)
    site.store.lease.take(WATCH, now())
    done = run(site, "build")
    assert done.exit_code == 1
    assert done.stderr.startswith("press-1:4711 builds into this store, one builder at a time")
    assert site.store.current() is None


def test_a_build_with_nothing_to_do_is_content_with_that_builder(site):
    run(site, "build")
    site.store.lease.take(WATCH, now())
    done = run(site, "build")
    assert (done.exit_code, site.store.current().id) == (0, 1)
    assert "nothing changed" in done.stdout
    assert "press-1:4711 builds here: it publishes every edit by itself" in done.stderr


def test_an_export_writes_what_that_builder_has_published(site, tmp_path):
    run(site, "build")
    site.store.lease.take(WATCH, now())
    site.entries("feeds/news/b.yaml", A.replace("id: a", "id: b"))
    done = run(site, "export", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert "press-1:4711 builds: this is what it has published" in done.stderr
    assert (tmp_path / "out/news/a.html").exists() or (tmp_path / "out/news/a").exists()
    assert site.store.current().id == 1


def test_the_end_of_a_rollback_is_left_to_that_builder(site):
    run(site, "build")
    site.entries("feeds/news/b.yaml", A.replace("id: a", "id: b"))
    run(site, "build")
    assert run(site, "rollback", "--yes").exit_code == 0
    site.store.lease.take(WATCH, now())
    done = run(site, "rollback", "--resume")
    assert done.exit_code == 0
    assert "the builder publishes what the source says at its next build" in done.output
    assert site.store.past.hold() is None
