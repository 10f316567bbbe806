"""A look at what was just saved: the same tree as a walk gives, or none."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.source import glance as module
from feedsvc.source.entries import Parsed
from feedsvc.source.glance import glance
from feedsvc.source.reader import Reader
from feedsvc.source.tree import scan
from tests.factory import instant, site


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds"
    for name in ("news/a.yaml", "news/2024/b.yaml", "speeches/c.yml"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[]")
    return folder


def seen(feeds, before, *told):
    """What a glance gives, which must be what a walk gives."""
    look = glance(feeds, before, {str(feeds / name) for name in told})
    assert look is None or look.tree == scan(feeds)
    return look and [file.path for file in look.told]


def test_a_file_that_was_saved_is_seen(feeds):
    before = scan(feeds)
    (feeds / "news/2024/b.yaml").write_text("[ ]")
    assert seen(feeds, before, "news/2024/b.yaml") == ["feeds/news/2024/b.yaml"]


def test_a_file_that_another_took_the_place_of_is_seen(feeds):
    before = scan(feeds)
    (feeds / "news/.b.swp").write_text("[ ]")
    (feeds / "news/.b.swp").rename(feeds / "news/a.yaml")
    assert seen(feeds, before, "news/.b.swp", "news/a.yaml") == ["feeds/news/a.yaml"]


def test_what_was_doubted_is_seen_again_whoever_tells_of_what(feeds):
    before = scan(feeds)
    (feeds / "speeches/c.yml").write_text("[  ]")
    look = glance(feeds, before, {str(feeds / "news/a.yaml")}, ["feeds/speeches/c.yml"])
    assert look.tree == scan(feeds)
    assert {file.path for file in look.told} == {"feeds/news/a.yaml", "feeds/speeches/c.yml"}
    (feeds / "speeches/c.yml").unlink()
    assert glance(feeds, before, set(), ["feeds/speeches/c.yml"]) is None


def test_nothing_told_nothing_looked_at(feeds):
    assert seen(feeds, scan(feeds)) == []


@pytest.mark.parametrize(
    "name", ["news/.a.yaml.swp", "news/a.yaml~", ".git/index", "news/4913", "news/.d/x.yaml"]
)
def test_what_never_counts_is_passed_over(feeds, name):
    before = scan(feeds)
    (feeds / name).parent.mkdir(exist_ok=True)
    (feeds / name).write_text("[]")
    assert seen(feeds, before, name) == []


def remove(feeds):
    (feeds / "news/a.yaml").unlink()
    return "news/a.yaml"


def add(feeds):
    (feeds / "news/d.yaml").write_text("[]")
    return "news/d.yaml"


def add_folder(feeds):
    (feeds / "more").mkdir()
    (feeds / "more/x.yaml").write_text("[]")
    return "more"


def move_folder(feeds):
    (feeds / "news/2024").rename(feeds / "speeches/2024")
    return "news/2024"


def make_pipe(feeds):
    remove(feeds)
    os.mkfifo(feeds / "news/a.yaml")
    return "news/a.yaml"


def make_link(feeds):
    remove(feeds)
    (feeds / "news/a.yaml").symlink_to("2024/b.yaml")
    return "news/a.yaml"


def save_other(feeds):
    (feeds / "news/notes.txt").write_text("")
    return "news/notes.txt"


def save_config(feeds):
    return "../config/site.yaml"


@pytest.mark.parametrize(
    "change",
    [remove, add, add_folder, move_folder, make_pipe, make_link, save_other, save_config],
)
def test_for_everything_else_a_walk_is_needed(feeds, change):
    before = scan(feeds)
    assert seen(feeds, before, change(feeds)) is None


def test_many_saves_at_a_time_ask_for_a_walk(feeds, monkeypatch):
    monkeypatch.setattr(module, "_MANY", 1)
    before = scan(feeds)
    assert seen(feeds, before, "news/a.yaml", "speeches/c.yml") is None


def test_where_there_are_links_a_walk_is_needed(feeds):
    """As Kubernetes mounts files: a hidden folder is what changes."""
    (feeds / "news/..data").mkdir()
    (feeds / "news/..data/k.yaml").write_text("[]")
    (feeds / "news/k.yaml").symlink_to("..data/k.yaml")
    before = scan(feeds)
    assert "feeds/news/k.yaml" in [file.path for file in before.files]
    assert seen(feeds, before, "news/..data") is None
    assert seen(feeds, before, "news/a.yaml") is None


def test_a_missing_folder_is_looked_for(tmp_path):
    gone = tmp_path / "feeds"
    assert glance(gone, scan(gone), set()) is None


def test_paths_are_told_by_whatever_way_leads_there(feeds, monkeypatch):
    before = scan(feeds)
    monkeypatch.chdir(feeds.parent)
    look = glance(Path("feeds"), before, {"feeds/news/a.yaml"})
    assert [file.path for file in look.told] == ["feeds/news/a.yaml"]


def test_a_folder_that_is_a_link_itself_is_known_by_its_own_name(feeds, tmp_path):
    there = tmp_path / "elsewhere"
    there.symlink_to(feeds)
    before = scan(there)
    assert glance(there, before, {str(feeds / "news/a.yaml")}) is None
    look = glance(there, before, {str(there / "news/a.yaml")})
    assert [file.path for file in look.told] == ["elsewhere/news/a.yaml"]


@pytest.fixture
def reader(feeds):
    return Reader(feeds, timedelta())


def read(reader, told):
    """Look and gather; which files were told of."""
    look = reader.look(told)
    parse = lambda files: (Parsed() for _ in files)  # noqa: E731
    reader.gather(site(), look, {}, parse, instant("2024-08-01"))
    return look.told and [file.path for file in look.told]


def test_a_reader_walks_first_and_when_nobody_knows(feeds, reader):
    assert read(reader, set()) is None
    assert read(reader, set()) == ()
    assert read(reader, None) is None
    (feeds / "news/e.yaml").write_text("[]")
    assert read(reader, {str(feeds / "news/e.yaml")}) is None
    assert read(reader, {str(feeds / "news/e.yaml")}) == ["feeds/news/e.yaml"]


def test_what_was_told_before_a_build_that_failed_is_not_lost(feeds, reader):
    read(reader, None)
    assert reader.look({str(feeds / "news/a.yaml")}).told  # and the config cannot be read, say
    assert read(reader, {str(feeds / "speeches/c.yml")}) is None
    assert read(reader, {str(feeds / "speeches/c.yml")}) == ["feeds/speeches/c.yml"]
