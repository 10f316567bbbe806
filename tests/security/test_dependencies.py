"""What is installed is what was locked: every package by version and digest, from any index."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
PIN = re.compile(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==[A-Za-z0-9.!+]+(?: ; .+)?\Z")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\Z")


def requirements(name: str) -> list[list[str]]:
    """Each requirement of a lock file with its options, continued lines joined."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "\n\t", re.sub(r"(?m)^\s*#.*\n", "", text)).replace("\n\t", "\t")
    return [[part.strip() for part in line.split("\t")] for line in lines.splitlines() if line]


def named(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_one_version_and_digests_and_no_address(lock):
    found = requirements(lock)
    assert len(found) > 30
    for pin, *hashes in found:
        assert PIN.match(pin), pin
        assert hashes, f"{pin} has no digest"
        assert all(map(HASH.match, hashes)), pin
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--(?:extra-)?index|--find-links|--trusted|@ ", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked(lock):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    if "dev" in lock:
        wanted += project["dependency-groups"]["dev"]
    locked = {named(pin) for pin, *_ in requirements(lock)}
    assert {named(each) for each in wanted} <= locked


def test_what_runs_is_locked_alike_for_developers():
    run, dev = ({tuple(each) for each in requirements(lock)} for lock in LOCKS)
    assert run <= dev


def test_the_makefile_installs_with_digests_alone():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r"pip install .*", text)
    assert len(installs) >= 3
    for line in installs:
        assert "--require-hashes" in line or "--no-deps" in line, line
