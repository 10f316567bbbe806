"""How far work has got: a bar on a real terminal, lines elsewhere."""

import os
import pty
import re
import subprocess
import sys
from itertools import chain, repeat

import pytest

from feedsvc.cli.progress import each, progress
from tests.sitedir import CONFIG

pytestmark = pytest.mark.system  # each starts processes


def ticking(*seconds):
    """A clock that shows these, and the last one from then on."""
    shown = chain(seconds, repeat(seconds[-1]))
    return lambda: next(shown)


def test_a_log_gets_a_line_every_few_seconds(capsys):
    with progress("Rendering", "documents", ticking(0, 1, 4.9, 5, 6, 10, 11)) as step:
        for done in range(6):
            step(done * 100, 1000)
    assert capsys.readouterr() == (
        "",
        "Rendering: 200 of 1000 documents\nRendering: 400 of 1000 documents\n",
    )


def test_work_that_does_not_count_is_counted(capsys):
    with progress("Reading", "files", ticking(0, 0, 9)) as step:
        tick = each(step, 3)
        tick()
        tick()
    assert capsys.readouterr().err == "Reading: 2 of 3 files\n"


def on_a_terminal(*words, cwd, **env):
    """What a command shows on a terminal, and its exit status."""
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC")}
    child = subprocess.Popen(
        [sys.executable, "-m", "feedsvc", *words],
        cwd=cwd,
        env={**plain, "COLUMNS": "80", "TERM": "xterm", **env},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # Linux says so that the other side is closed
        pass
    os.close(ours)
    return shown.decode(), child.wait(30)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "site.yaml").write_text(CONFIG)
    news = tmp_path / "feeds" / "news"
    news.mkdir(parents=True)
    for number in range(120):
        text = f"- {{id: e{number}, published: 2024-07-01, title: Entry {number}}}\n"
        (news / f"{number}.yaml").write_text(text)
    return tmp_path


def test_build_draws_a_bar_to_its_end(root):
    shown, status = on_a_terminal("build", cwd=root)
    assert status == 0
    ends = re.findall(r"Rendering  \[([#-]+)\]  ([0-9]+)/([0-9]+)", shown)
    assert set(ends[-1][0]) == {"#"}
    assert ends[-1][1] == ends[-1][2]
    assert len({done for _, done, _ in ends}) > 10
    assert "\r\nsnapshot 1: " in shown


@pytest.mark.parametrize("command", ["check", "fix"])
def test_many_files_are_read_with_a_bar(root, command):
    shown, status = on_a_terminal(command, cwd=root)
    assert status == 0
    assert re.search(r"Reading  \[#+\]  120/120", shown)


def test_export_draws_one_for_each_part_of_it(root):
    shown, _ = on_a_terminal("export", "out", cwd=root)
    assert "Rendering  [" in shown
    assert "Writing  [" in shown


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(root, env):
    (root / "feeds" / "news" / "bad.yaml").write_text("- {id: x, title: X}\n")
    for command in (["build"], ["check"], ["fix", "--dry-run"], ["snapshots"]):
        shown, _ = on_a_terminal(*command, cwd=root, **env)
        assert not re.search(r"\x1b\[[0-9;]*m", shown), command


def test_a_dumb_terminal_has_no_bar(root):
    shown, status = on_a_terminal("build", cwd=root, TERM="dumb")
    assert status == 0
    assert "[#" not in shown


@pytest.mark.parametrize("command", [["build"], ["check"], ["fix", "--dry-run"]])
def test_a_terminal_that_lacks_a_letter_gets_its_number(root, command):
    (root / "feeds" / "news" / "x.yaml").write_text("- {published: 1.7.24, id: x, titel: Лёд}\n")
    done = subprocess.run(
        [sys.executable, "-m", "feedsvc", *command],
        cwd=root,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        encoding="latin-1",
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "\\u2026" in done.stdout + done.stderr or "\\u041b" in done.stdout + done.stderr


def test_a_pipe_has_neither_bar_nor_colour(root):
    done = subprocess.run(
        [sys.executable, "-m", "feedsvc", "build"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
