"""What a shell offers: the real protocol, as bash, zsh and fish speak it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sitedir import SiteDir

pytestmark = pytest.mark.system  # each starts processes

COMMANDS = "build check export fix import init new rollback schema serve snapshots"


@pytest.fixture
def site(tmp_path):
    site = SiteDir(tmp_path)
    for title in ("A", "B"):
        site.entries("feeds/news/2024.yaml", f"id: a, published: 2024-07-01, title: {title}")
        site.build()
    site.store.close()
    return site


def offered(where: Path, *typed: str, shell="bash", **env: str) -> list[str]:
    """What is offered for the last word."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC")}
    last = {"COMP_WORDS": " ".join(("feedsvc", *typed)), "COMP_CWORD": str(len(typed))}
    if shell == "fish":
        last["COMP_CWORD"] = typed[-1]
    done = subprocess.run(
        [Path(sys.executable).with_name("feedsvc")],
        cwd=where,
        env={**plain, "_FEEDSVC_COMPLETE": f"{shell}_complete", **last, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def test_commands(site):
    assert offered(site.root, "") == [f"plain,{name}" for name in COMMANDS.split()]
    assert offered(site.root, "s") == ["plain,schema", "plain,serve", "plain,snapshots"]


@pytest.mark.parametrize("command", [("new",), ("import", "feed.xml"), ("new", "--draft")])
def test_sections_as_the_config_names_them(site, command):
    assert offered(site.root, *command, "") == ["plain,news", "plain,speeches"]
    assert offered(site.root, *command, "sp") == ["plain,speeches"]


def test_of_the_site_that_is_meant(site, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert offered(elsewhere, "new", "n") == []
    assert offered(elsewhere, "--site", str(site.root), "new", "n") == ["plain,news"]
    assert offered(elsewhere, "new", "--site", str(site.root), "n") == ["plain,news"]
    assert offered(elsewhere, "new", "n", FEEDSVC_SITE=str(site.root)) == ["plain,news"]
    assert offered(site.root / "feeds" / "news", "new", "n") == ["plain,news"]


@pytest.mark.parametrize("command", ["rollback", "snapshots"])
def test_snapshots_the_newest_first(site, command):
    assert offered(site.root, command, "") == ["plain,2", "plain,1"]
    assert offered(site.root, command, "1") == ["plain,1"]


def test_zsh_and_fish_say_what_a_snapshot_is(site):
    kind, number, said, *_ = offered(site.root, "rollback", "2", shell="zsh")
    assert (kind, number, said) == ("plain", "2", "2024-08-01 14:00:01 CEST, test")
    assert offered(site.root, "new", "spe", shell="fish")


def test_looking_makes_no_store(site, tmp_path):
    for name in ("feedsvc.db", "feedsvc.db-wal", "feedsvc.db-shm"):
        (tmp_path / "var" / name).unlink(missing_ok=True)
    (tmp_path / "var").rmdir()
    assert offered(site.root, "rollback", "") == []
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", [("check",), ("fix",), ("fix", "a.yaml"), ("import",)])
def test_files_are_the_shells_to_know(site, command):
    assert offered(site.root, *command, "feeds/ne") == ["file,feeds/ne"]


def test_an_address_is_nobodys_to_know(site):
    assert offered(site.root, "import", "https://") == []


@pytest.mark.parametrize("broken", ["title: [", "", "title: T"])
def test_a_broken_config_offers_nothing_and_says_nothing(site, broken):
    site.config(broken)
    assert offered(site.root, "new", "") == []
    assert offered(site.root, "rollback", "") == []


def test_choices_and_folders(site):
    assert offered(site.root, "check", "--format", "s") == ["plain,sarif"]
    assert offered(site.root, "schema", "") == ["plain,entry", "plain,site"]
    assert offered(site.root, "export", "ou") == ["dir,ou"]
    assert offered(site.root, "serve", "--admin-b") == ["plain,--admin-bind"]
