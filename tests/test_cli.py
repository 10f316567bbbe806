"""Commands as a person types them: what they print and how they exit."""

import json
import shutil
import socket
from contextlib import closing

import pytest
from click.testing import CliRunner

from feedsvc import __version__
from feedsvc.cli import main
from feedsvc.store import Store, locate
from tests.sitedir import CONFIG

GOOD = "- {id: a, published: 2024-07-01, title: Alpha}\n"
BAD = "- {id: a, published: 31.13.2024, title: Alpha}\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.delenv("FEEDSVC_STORE", raising=False)
    monkeypatch.delenv("FEEDSVC_BASE_URL", raising=False)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "site.yaml").write_text(CONFIG)
    (tmp_path / "feeds" / "news").mkdir(parents=True)
    (tmp_path / "feeds" / "news" / "2024.yaml").write_text(GOOD)
    return tmp_path


def run(*words, **env):
    return CliRunner().invoke(main, [str(word) for word in words], env=env, prog_name="feedsvc")


def test_version():
    assert run("--version").output == f"feedsvc, version {__version__}\n"


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_explains_itself_with_an_example(command):
    help_text = run(command, "--help").output
    assert "Example" in help_text
    assert f"feedsvc {command}" in help_text


class TestBuild:
    def test_says_what_changed_and_then_that_nothing_did(self, root):
        first = run("--site", root, "build")
        assert first.exit_code == 0
        assert first.stdout.startswith("added   /news/a\nadded   /\n")
        assert "\nsnapshot 1: 21 added, 0 changed, 0 gone; 21 documents, 1 entry, " in first.stdout
        again = run("build", "--site", root)
        assert again.exit_code == 0
        assert again.stdout.startswith("nothing changed, 1 entry, ")

    def test_at_acts_as_if_it_were_then(self, root):
        run("build", "--site", root, "--at", "2024-06-30T00:00Z")
        store = Store(locate("sqlite:///var/feedsvc.db", root))
        assert "/news/a" not in store.paths()
        store.close()

    def test_problems_exit_with_1_and_what_is_good_is_published(self, root):
        (root / "feeds" / "news" / "bad.yaml").write_text(BAD.replace("id: a", "id: b"))
        done = run("build", "--site", root)
        assert done.exit_code == 1
        assert "feeds/news/bad.yaml:1:22: published: found '31.13.2024'" in done.stderr
        assert "added   /news/a\n" in done.stdout

    def test_a_broken_config_is_told_without_a_traceback(self, root):
        (root / "config" / "site.yaml").write_text("title: [\n")
        done = run("build", "--site", root)
        assert done.exit_code == 1
        assert "config/site.yaml:" in done.stderr
        assert "Traceback" not in done.output

    @pytest.mark.parametrize("option", [("--at", "2024-06-30"), ("--dry-run",)])
    def test_watch_contradicts_what_is_done_once(self, root, option):
        done = run("build", "--site", root, "--watch", *option)
        assert done.exit_code == 2
        assert f"it cannot go with {option[0]}" in " ".join(done.output.split())

    def test_an_instant_that_is_none(self, root):
        done = run("build", "--site", root, "--at", "monday")
        assert done.exit_code == 2
        assert "expected an instant such as" in done.output

    def test_the_environment_overrides_store_and_base_url(self, root):
        url = f"sqlite:///{root}/elsewhere.db"
        done = run(
            "build", FEEDSVC_SITE=str(root), FEEDSVC_STORE=url, FEEDSVC_BASE_URL="https://x.example"
        )
        assert done.exit_code == 0
        store = Store(url)
        found = store.document("/news/atom.xml", 1)
        assert b"https://x.example/news/a" in store.body(found.digest, "identity")
        store.close()

    def test_every_option_has_an_environment_variable(self, root):
        run("build", "--site", root, FEEDSVC_BUILD_AT="2024-06-30T00:00Z")
        store = Store(locate("sqlite:///var/feedsvc.db", root))
        assert "/news/a" not in store.paths()
        store.close()


class TestCheck:
    def test_clean_exits_with_0_and_publishes_nothing(self, root):
        done = run("check", "--site", root)
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr == "0 errors, 0 warnings in 2 files\n"
        assert not (root / "var").exists()

    def test_every_problem_at_once_with_exit_1(self, root):
        for name in ("x", "y"):
            bad = BAD.replace("id: a", f"id: {name}")
            (root / "feeds" / "news" / f"{name}.yaml").write_text(bad)
        done = run("check", "--site", root)
        assert done.exit_code == 1
        assert [line.partition(":")[0] for line in done.stdout.splitlines()[::3]] == [
            "feeds/news/x.yaml",
            "feeds/news/y.yaml",
        ]

    def test_named_files_alone(self, root):
        (root / "feeds" / "news" / "x.yaml").write_text(BAD.replace("id: a", "id: x"))
        assert run("check", "--site", root, "feeds/news/2024.yaml").exit_code == 0
        full = run("check", "--site", root, root / "feeds" / "news" / "x.yaml")
        assert full.exit_code == 1

    def test_a_file_that_is_not_there_is_bad_usage(self, root):
        assert run("check", "--site", root, "feeds/none.yaml").exit_code == 2
        assert run("check", "--site", root, "/etc/hostname").exit_code == 2

    def test_no_site_is_bad_usage(self, tmp_path):
        done = run("check", "--site", tmp_path / "none")
        assert done.exit_code == 2
        assert "config/site.yaml is missing" in done.output

    @pytest.mark.parametrize("form", ["json", "sarif"])
    def test_machine_forms_are_whole_also_when_clean(self, root, form):
        assert json.loads(run("check", "--site", root, "--format", form).stdout) is not None

    def test_an_unknown_form_is_bad_usage(self, root):
        assert run("check", "--site", root, "--format", "xml").exit_code == 2

    def test_a_broken_config_is_a_problem(self, root):
        (root / "config" / "site.yaml").write_text(CONFIG.replace("title: Office", "titel: Office"))
        done = run("check", "--site", root)
        assert done.exit_code == 1
        assert "config/site.yaml:1:1: titel:" in done.stdout

    def test_a_missing_feeds_folder_is_a_problem(self, root):
        shutil.rmtree(root / "feeds")
        assert run("check", "--site", root).exit_code == 1


class TestServe:
    def test_a_taken_port_is_said_in_plain_words(self, root):
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = run("serve", "--site", root, "--bind", f"127.0.0.1:{port}")
        assert done.exit_code == 2
        assert f"cannot listen on 127.0.0.1:{port}" in done.output.replace("\n", " ")

    @pytest.mark.parametrize("address", ["8000", "localhost:", "localhost:x", "h:70000", ":80"])
    def test_an_address_that_is_none(self, root, address):
        done = run("serve", "--site", root, "--bind", address)
        assert done.exit_code == 2
        assert "expected HOST:PORT" in done.output

    def test_no_site_is_bad_usage(self, tmp_path):
        assert run("serve", "--site", tmp_path).exit_code == 2
