"""Hostile files among good ones, from the command line to what is public: bounded, plain, harmless.

``feedsvc check`` and ``feedsvc build`` run as they are, under limits of memory and processor time
that the system enforces.
"""

from __future__ import annotations

import json
import os
import pty
import resource
import subprocess
import sys
import threading
import time
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sitedir import CONFIG
from tests.system.servers import clean_environment

pytestmark = pytest.mark.system

GIGABYTE = 1 << 30
SECONDS = 40  # of the processor, for all files together: ten times what they take
GOOD = "- {{id: {0}, published: 2024-07-01, title: Good {0}}}\n"
ENTRY = "- {id: %s, published: 2024-07-01, title: %s}\n"
CODE = "- !!python/object/apply:os.system ['touch {0}']\n- !!python/name:os.system x\n"
HOSTILE_KEY = '- id: key\n  published: 2024-07-01\n  "k\\x9b31m\\u202ey": "\\x9b31m\\u202ex"\n'


def bomb() -> str:
    """A billion laughs."""
    letters = "abcdefghijkl"
    rows = (f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise(letters))
    return "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(rows)


FILES: dict[str, str | bytes] = {
    "bomb": bomb(),
    "depth": "[" * 200_000 + "]" * 200_000,
    "depth-of-blocks": "".join(" " * depth + "a:\n" for depth in range(1500)),
    "depth-of-maps": "{a: " * 100_000,
    "merge": "- &a {id: m, published: 2024-07-01, title: x}\n- <<: *a\n  id: n\n",
    "large": b"- x: " + b"y" * (50 << 20),
    "keys": "- id: keys\n" + "".join(f"  k{number}: v\n" for number in range(5_000)),
    "same-key": "- id: same\n" + "  Title: v\n" * 5_000,
    "entries": "- {}\n" * 3_000,
    "scalars": "- x\n" * 5_000,
    "lines": "\n" * 500_000,
    "colons": ":" * 500_000,
    "quotes": "'" * 500_000,
    "anchors": "&" * 50_000 + "*" * 50_000 + "!" * 50_000,
    "backslashes": '- "' + "\\" * 300_001,
    "value": ENTRY % ("value", "'" + "z" * 3_000_000 + "'"),
    "id": ENTRY % ("i" * 500_000, "x"),
    "date": "- {id: date, published: " + "1" * 300_000 + ", title: x}\n",
    "key": "- {id: key, " + "k" * 500_000 + ": x}\n",
    "utf-16": GOOD.format("utf-16").encode("utf-16"),
    "utf-32": GOOD.format("utf-32").encode("utf-32"),
    "latin-1": (ENTRY % ("latin", "ä")).encode("latin-1"),
    "nul": b"- {id: nul, published: 2024-07-01, title: a\0b}\n",
    "controls": b"- {id: controls, published: 2024-07-01, title: a" + b"\x01" * 500_000 + b"}\n",
    "escape": b"- id: escape\n  published: 2024-07-01\n  title: \x1b[31mred\x07\n  \x1b]0;t: x\n",
    "escaped": HOSTILE_KEY,
    "c1-and-bidi": "- id: \u202e\x9b31m\n  published: \u202e\x9b31m\n  \u202ekey: \u2028x\n",
    "noise": bytes(range(256)) * 300,
}
NAMES = ["new\nline", "esc\x1b[31m\x9b31m", "bidi\u202e", "<script>", "::error file=x::", "\udcff"]


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    news = made / "feeds" / "news"
    news.mkdir(parents=True)
    (made / "config").mkdir()
    (made / "config/site.yaml").write_text(CONFIG, encoding="utf-8")
    (news / "good.yaml").write_text(GOOD.format("before"), encoding="utf-8")
    done = run(made, "build")
    assert done.returncode == 0, done.stderr
    secret = made / "secret.yaml"
    secret.write_text(GOOD.format("outside"), encoding="utf-8")
    for name, content in FILES.items():
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        (news / f"{name}.yaml").write_bytes(data)
    (news / "code.yaml").write_text(CODE.format(made / "run"), encoding="utf-8")
    for name in NAMES:
        (news / f"{name}.yaml").write_text("- x: y\n", encoding="utf-8")
    links = {"out": secret, "etc": "/etc", "zero": "/dev/zero", "loop": "loop.yaml", "up": ".."}
    for name, target in links.items():
        (news / f"{name}.yaml").symlink_to(target)
    os.mkfifo(news / "pipe.yaml")
    (news / "later.yaml").write_text(GOOD.format("later"), encoding="utf-8")
    return made


def limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTE, GIGABYTE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(root: Path, *arguments: str, **options):
    command = [sys.executable, "-m", "feedsvc", *arguments, "--site", str(root)]
    facts = {"capture_output": True, "text": True, "errors": "surrogateescape"} | options
    return subprocess.run(  # noqa: PLW1510 - the exit status is what tests look at
        command, env=clean_environment(), preexec_fn=limits, timeout=120, **facts
    )


@pytest.fixture(scope="module")
def checked(root):
    done = run(root, "check", "--format", "json")
    assert done.returncode == 1, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def built(root):
    done = run(root, "build")
    assert done.returncode == 1, done.stderr[-2000:]
    return done


def test_each_hostile_file_is_a_problem_and_none_is_many(checked):
    of: dict[str, int] = {}
    for problem in checked:
        of[problem["file"]] = of.get(problem["file"], 0) + 1
    silent = {f"feeds/news/{name}.yaml" for name in FILES} - of.keys()
    assert not silent
    assert max(of.values()) <= 201
    assert {f"feeds/news/{name}.yaml" for name in ("out", "zero", "pipe", "code")} <= of.keys()
    assert "feeds/news/good.yaml" not in of


def test_a_problem_is_short_and_shows_nothing_that_is_obeyed(checked, built):
    for problem in checked:
        text = "".join(str(value) for value in problem.values())
        assert harmless(text), text
        assert len(text) < 2000
    for line in built.stderr.splitlines():
        assert harmless(line), line
        assert "Traceback" not in line


def harmless(text: str) -> bool:
    return not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text) and not (
        {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff"} & {*text}
    )


def test_everything_else_stays_public_and_comes_in(root, built):
    assert "good" not in built.stderr
    exported = root / "out"
    assert run(root, "export", "--no-build", str(exported)).returncode == 0
    feed = (exported / "news" / "feed.json").read_text("utf-8")
    titles = {item["title"] for item in json.loads(feed)["items"]}
    assert {"Good before", "Good later"} <= titles
    assert "Good outside" not in titles


def test_no_tag_runs_anything(root, built):
    assert not (root / "run").exists()


def test_on_a_terminal_lines_and_names_are_shown_without_what_it_would_obey(root):
    """The line of the file is shown too, as it stands there."""
    names = [f"feeds/news/{name}.yaml" for name in ("escape", "escaped", "c1-and-bidi", "controls")]
    names += [f"feeds/news/{name}.yaml" for name in NAMES]
    ours, theirs = pty.openpty()
    try:
        shown = bytearray()
        reader = threading.Thread(target=drain, args=(ours, shown), daemon=True)
        reader.start()
        done = run(
            root, "check", *names, capture_output=False, text=None, errors=None, stdout=theirs,
            stderr=theirs, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    finally:
        os.close(theirs)
    reader.join(10)
    os.close(ours)
    assert done.returncode == 1
    text = shown.decode("utf-8")
    assert "c1-and-bidi.yaml" in text
    assert "<script>.yaml" in text
    for colour in ("\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"):
        text = text.replace(colour, "") if colour != "\x1b[31m" else text
    # Red is ours at the beginning of a field alone.
    assert "\x1b[31m\x1b" not in text
    for line in text.replace("\x1b[31m", "").split("\r\n"):
        assert harmless(line), line
    assert "\x1b[31mred" not in text


def drain(descriptor: int, into: bytearray) -> None:
    try:
        while some := os.read(descriptor, 65536):
            into += some
    except OSError:  # the other side is closed
        return


def test_a_file_that_grows_while_it_is_read_is_read_when_it_rests(tmp_path):
    news = tmp_path / "feeds" / "news"
    news.mkdir(parents=True)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/site.yaml").write_text(CONFIG, encoding="utf-8")
    (news / "good.yaml").write_text(GOOD.format("good"), encoding="utf-8")
    resting = threading.Event()

    def grow() -> None:
        with (news / "growing.yaml").open("a", encoding="utf-8") as file:
            for number in range(2_000_000):
                if resting.is_set():
                    return
                file.write(GOOD.format(number % 10))
                file.flush()
                time.sleep(0.001)

    writer = threading.Thread(target=grow, daemon=True)
    writer.start()
    try:
        done = run(tmp_path, "check")
    finally:
        resting.set()
        writer.join()
    assert done.returncode in {0, 1}
    assert "Traceback" not in done.stderr
    assert "good.yaml" not in done.stdout.replace("growing.yaml", "")
