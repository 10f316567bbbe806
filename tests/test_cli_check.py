"""What ``check`` shows on a terminal: the line, the caret, colours, what is meant by FILE."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from feedsvc.cli import main, tell
from feedsvc.cli.excerpt import cut, excerpt
from feedsvc.cli.lazy import Commands
from tests.sitedir import CONFIG

BAD = "- {id: a, published: 31.13.2026, title: A}\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "FEEDSVC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    tell._lines.cache_clear()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "site.yaml").write_text(CONFIG)
    write(tmp_path, "feeds/news/a.yaml", BAD)
    return tmp_path


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def check(*words, **env):
    return CliRunner().invoke(main, ["check", *map(str, words)], env=env)


class TestExcerpt:
    def test_the_caret_stands_below_the_column(self):
        assert excerpt(31, "  published: 31.13.2024", 14, 80) == (
            "    31 |   published: 31.13.2024\n       |              ^"
        )

    @pytest.mark.parametrize(
        ("line", "column", "shown", "caret"),
        [
            ("abc", 1, "abc", 0),
            ("abc", 4, "abc", 3),
            ("abc", 9, "abc", 3),  # behind the end
            ("", 1, "", 0),
            ("\ta: b", 5, "    a: b", 7),
            ("港口: x", 5, "港口: x", 6),
            ("e\u0301a", 3, "e\u0301a", 1),
            ("a\x1b[31m\u202eb", 7, "a\ufffd[31m\ufffdb", 6),
        ],
    )
    def test_tabs_wide_letters_and_what_would_move_the_cursor(self, line, column, shown, caret):
        assert cut(line, column, 60) == (shown, caret)

    @pytest.mark.parametrize("column", [1, 2, 30, 99, 100, 101])
    @pytest.mark.parametrize("letter", ["x", "港"])
    def test_a_long_line_is_cut_around_the_caret(self, column, letter):
        shown, caret = cut(letter * (column - 1) + "!" + letter * (100 - column), column, 40)
        cells = [2 if char == "港" else 1 for char in shown]
        assert sum(cells) <= 40
        assert sum(cells[: shown.index("!")]) == caret
        assert "…" in shown


class TestText:
    def test_errors_come_before_warnings_each_with_its_line(self, root):
        write(root, "feeds/news/0.yaml", "- {id: b, published: 1925-07-01, title: B}\n")
        done = check("--site", root)
        assert done.stdout == (
            "feeds/news/a.yaml:1:22: published: found '31.13.2026'; expected a date such as "
            "2024-07-26 or 26.07.2024; fix: month 13 does not exist\n"
            "     1 | - {id: a, published: 31.13.2026, title: A}\n"
            "       |                      ^\n"
            "feeds/news/0.yaml:1:22: warning: published: found '1925-07-01'; expected a date from "
            "1990 on; fix: look at the year again; if it is right, leave it\n"
            "     1 | - {id: b, published: 1925-07-01, title: B}\n"
            "       |                      ^\n"
        )
        assert done.stderr == "1 error, 1 warning in 3 files\n"

    def test_it_says_what_needs_no_person(self, root):
        write(root, "feeds/news/a.yaml", "- {published: 26/07/2026, title: A}\n- {id: b}\n")
        assert check("--site", root).stderr == (
            "4 errors, 0 warnings in 2 files; 'feedsvc fix' can mend 2\n"
        )
        write(root, "feeds/speeches/a.yaml", "- {id: a}\n")
        assert "fix" not in check("--site", root, "feeds/speeches").stderr

    def test_a_problem_of_a_whole_file_has_no_line(self, root):
        write(root, "feeds/news/a.yaml", "")
        assert check("--site", root).stdout.count("\n") == 1

    def test_a_file_that_cannot_be_read_has_no_line(self, root, monkeypatch):
        monkeypatch.setattr(tell, "Written", lambda _: (_ for _ in ()).throw(OSError))
        assert check("--site", root).stdout.count("\n") == 1

    @pytest.mark.parametrize(
        ("env", "coloured"),
        [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    )
    def test_colours_are_what_the_environment_says(self, root, env, coloured):
        assert ("\x1b[" in check("--site", root, **env).stdout) is coloured

    def test_paths_can_be_opened_from_where_the_command_is_run(self, root, monkeypatch):
        monkeypatch.chdir(root.parent)
        for form in ("text", "github"):
            done = check("--site", root.name, "--format", form)
            assert f"{root.name}/feeds/news/a.yaml" in done.stdout
        monkeypatch.chdir(root)
        assert check().stdout.startswith("feeds/news/a.yaml:1:22: ")


class TestFiles:
    def test_a_folder_and_a_path_from_anywhere(self, root, monkeypatch):
        write(root, "feeds/speeches/b.yaml", BAD.replace("id: a", "id: b"))
        for place in ("feeds/speeches", root / "feeds" / "speeches" / "b.yaml"):
            done = check("--site", root, place)
            assert [line.partition(":")[0] for line in done.stdout.splitlines()[::3]] == [
                "feeds/speeches/b.yaml"
            ]
        monkeypatch.chdir(root / "feeds")
        assert "speeches/b.yaml:1:22" in check("--site", "..", "speeches/b.yaml").stdout

    def test_another_files_problem_that_names_this_one(self, root):
        write(root, "feeds/news/a.yaml", "- {id: a, published: 2026-07-01, title: A}\n")
        write(root, "feeds/news/b.yaml", "- {id: a, published: 2026-07-01, title: A}\n")
        assert check("--site", root, "feeds/news/a.yaml").exit_code == 1

    def test_a_file_that_is_no_entry_file_has_no_problem(self, root):
        write(root, "notes.yaml", "a: [\n")
        assert check("--site", root, "notes.yaml").exit_code == 0


class TestConfig:
    def test_its_warnings_are_told_as_well(self, root):
        config = CONFIG.replace("https://news.example.org", "https://news.office.test")
        config = config.replace("office.test", "office.int") + "icon: http://office.int/i.png\n"
        write(root, "config/site.yaml", config)
        write(root, "feeds/news/a.yaml", "[]\n")
        done = check("--site", root, "--format", "json")
        assert done.exit_code == 0
        assert [(p["field"], p["severity"], p["fix"]) for p in json.loads(done.stdout)] == [
            (
                "tag",
                "warning",
                "write news.office.int,2024 before you publish, and never change it",
            ),
            (
                "icon",
                "warning",
                "write https://office.int/i.png if the other side answers to that",
            ),
        ]


class TestLazy:
    def test_a_check_loads_nothing_that_it_does_not_need(self, root):
        code = (
            "import sys; from feedsvc.cli import main\n"
            f"try: main(['check', '--site', {str(root)!r}])\n"
            "finally: print(sorted({'sqlalchemy', 'flask', 'jinja2', 'lxml', 'rich.console', "
            "'structlog', 'anyascii', 'httpx2', 'feedsvc.render'} & sys.modules.keys()))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ,
        )
        assert done.stdout.splitlines()[-1] == "[]", done.stderr

    def test_commands_behave_as_a_mapping(self):
        commands = Commands({"check": "feedsvc.cli.check:check"})
        assert list(commands) == ["check"]
        assert commands["check"].name == "check"
        commands["other"] = commands["check"]
        assert len(commands) == 2
        del commands["other"], commands["check"]
        assert commands.get("check") is None
