"""Computers that differ in all that must make no difference, for whole processes to build on.

Locale, time zone, hash seed, umask, and the order in which the file system lists a folder.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from feedsvc.store import Store
from tests.system.servers import REPOSITORY, SampleSite, clean_environment, require

#: Loaded by Python itself at start: folders are listed by name, backwards where it says so.
_LISTING = """\
import os

_scandir, _listdir = os.scandir, os.listdir
_backwards = os.environ["LISTS"] == "backwards"


class _Listed:
    def __init__(self, path="."):
        with _scandir(path) as entries:
            self._entries = sorted(entries, key=lambda entry: entry.name, reverse=_backwards)

    def __iter__(self):
        return iter(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def close(self):
        pass


os.scandir = _Listed
os.listdir = lambda path=".": sorted(_listdir(path), reverse=_backwards)
"""


@dataclass(frozen=True)
class Machine:
    """A computer; ``locale`` is installed for the test where the system has it not."""

    name: str
    locale: str
    zone: str
    seed: str
    umask: int
    lists: str
    utf8: str = "1"

    def environment(self, home: Path) -> dict[str, str]:
        home.mkdir(exist_ok=True)
        (home / "sitecustomize.py").write_text(_LISTING, encoding="utf-8")
        system = {
            name: value
            for name, value in clean_environment().items()
            if not name.startswith(("LC_", "LANG"))
        }
        return system | {
            "HOME": str(home),
            "LC_ALL": self.locale,
            "LANG": self.locale,
            "LOCPATH": str(_locale(self.locale)),
            "TZ": self.zone,
            "PYTHONHASHSEED": self.seed,
            "PYTHONUTF8": self.utf8,
            "PYTHONCOERCECLOCALE": self.utf8,
            "PYTHONPATH": str(home),
            "LISTS": self.lists,
        }


HERE = Machine("here", "C.UTF-8", "UTC", "0", 0o022, "forwards")
OTHERS = (
    Machine("plain C, ASCII", "C", "America/St_Johns", "1", 0o077, "backwards", utf8="0"),
    Machine("Turkish", "tr_TR.UTF-8", "Asia/Kathmandu", "4242", 0o000, "backwards"),
    Machine("Latin-1", "de_DE.ISO-8859-1", "Pacific/Apia", "random", 0o027, "forwards", utf8="0"),
)


@functools.cache
def _locale(name: str) -> Path:
    """A folder with that locale, compiled from glibc's own sources and kept for the next run."""
    language, _, charset = name.partition(".")
    folder = REPOSITORY / ".pytest_cache" / "locales"
    if language == "C":
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    command = [require("localedef"), "-i", language, "-f", charset, folder / name]
    if not (folder / name).exists() and subprocess.run(command, check=False).returncode != 0:
        pytest.skip(f"the sources of locale {name} are not installed")
    return folder


def place(site: SampleSite, to: Path, *, backwards: bool = False) -> SampleSite:
    """The same source elsewhere, its files written anew, the last one first if ``backwards``."""
    files = (file for part in ("config", "feeds") for file in (site.root / part).rglob("*.yaml"))
    for file in sorted(files, reverse=backwards):
        target = to / file.relative_to(site.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return SampleSite(to)


def build(site: SampleSite, at: str, on: Machine = HERE, store: Path | None = None) -> str:
    """``feedsvc build`` as a process of its own; what it printed."""
    env = on.environment(site.root.parent / f"{site.root.name}-home")
    if store:
        env["FEEDSVC_STORE"] = f"sqlite:///{store}"
    done = subprocess.run(
        [sys.executable, "-m", "feedsvc", "build", "--site", site.root, "--at", at, "--yes"],
        cwd="/" if on is not HERE else REPOSITORY,
        env=env,
        umask=on.umask,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode in {0, 1}, said  # 1: there are problems, and all else is published
    assert "Traceback" not in said, said
    return said


@dataclass(frozen=True)
class Contents:
    """All that a store says of what is public."""

    snapshot: int
    facts: dict[str, Any]
    bodies: dict[str, dict[str, bytes]]
    changed: dict[str, str]
    problems: tuple[str, ...]

    @property
    def etags(self) -> dict[str, str]:
        return {path: facts["digest"] for path, facts in self.facts.items()}


def contents(site: SampleSite, store: Path | None = None) -> Contents:
    """What the site's store has, apart from when each document last changed."""
    with closing(Store(f"sqlite:///{store or site.root / 'var' / 'feedsvc.db'}")) as opened:
        current = opened.current()
        assert current
        found = {path: opened.document(path, current.id) for path in sorted(opened.paths())}
        facts, bodies, changed = {}, {}, {}
        for path, document in found.items():
            assert document
            bodies[path] = {c: opened.body(document.digest, c) for c in document.codings}
            changed[path] = document.last_modified.isoformat()
            facts[path] = {
                name: getattr(document, name)
                for name in ("media_type", "digest", "status", "max_age", "cache", "headers")
            } | {"spans": opened.spans(path, document.digest)}
        problems = tuple(map(str, opened.problems()))
    return Contents(current.id, facts, bodies, changed, problems)
