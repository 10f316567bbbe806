"""The commands that write into a site, as a press officer types them."""

import json
import os
from importlib import import_module

import pytest
from click.testing import CliRunner

from feedsvc.cli import editor, main
from feedsvc.source import edit
from tests.factory import instant
from tests.sitedir import CONFIG

NOW = "2026-11-24 08:30:59"  # 09:30 in the site's zone
NEWS = "feeds/news/2026.yaml"
FALLING = """\
- {id: b, published: 2026-07-02, title: B}
- {id: a, published: 2026-07-01, title: A}
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in ("FEEDSVC_BASE_URL", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "site.yaml").write_text(CONFIG)
    at(monkeypatch, NOW)
    return tmp_path


def at(monkeypatch, moment):
    for module in ("new", "init"):
        monkeypatch.setattr(
            import_module(f"feedsvc.cli.{module}"), "now", lambda: instant(moment[:16])
        )


def run(*words, **env):
    return CliRunner().invoke(main, [str(word) for word in words], env=env, prog_name="feedsvc")


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def read(root, path=NEWS):
    return (root / path).read_text()


def clean(root):
    done = run("check", "--site", root)
    assert done.output.startswith("0 errors, 0 warnings"), done.output


class TestNew:
    def test_a_title_and_a_lead(self, root):
        done = run(
            "new", "--site", root, "news", "--title", "Dredging: what next", "--lead", "Mud."
        )
        assert (done.exit_code, done.output) == (0, f"{NEWS}:1: 'dredging-what-next'\n")
        assert read(root) == (
            "- id: dredging-what-next\n"
            "  published: 2026-11-24 09:30\n"
            '  title: "Dredging: what next"\n'
            "  lead: Mud.\n"
        )
        clean(root)

    def test_a_lead_alone_and_a_draft(self, root):
        done = run("new", "--site", root, "news", "--lead", "Лёд на реке", "--draft")
        assert done.output == f"{NEWS}:1: 'led-na-reke', a draft\n"
        assert "title" not in read(root)
        assert "  draft: true  # delete this line" in read(root)
        clean(root)

    def test_nothing_given_is_a_draft_to_be_filled_in(self, root):
        for suffix, line in (("", 1), ("-2", 8)):
            done = run("new", "--site", root, "news")
            assert done.output == f"{NEWS}:{line}: 'news-2026-11-24{suffix}', a draft\n"
        assert "title: Title of the new entry\n  lead:\n" in read(root)
        assert "# change it before it is public, or never" in read(root)
        clean(root)

    def test_a_file_without_a_place_for_it_gets_words_to_paste(self, root):
        write(root, NEWS, "- {id: a, published: 2026-07-01, title: A}\n...\n")
        done = run("new", "--site", root, "news", "--title", "Ice")
        assert done.exit_code == 1
        head, below = done.stderr.split("\n", 1)
        assert head.endswith("fix: put it there in an editor, as it stands below")
        assert below.startswith("- id: ice\n  published: 2026-11-24 09:30\n  title: Ice\n")

    def test_the_id_is_nobody_elses(self, root):
        write(root, "feeds/speeches/a.yaml", "- {id: ice, published: 2026-07-01, title: A}\n")
        write(root, NEWS, "- {id: b, slug: ice-2026, published: 2026-07-01, title: A}\n")
        write(root, "feeds/news/old.yaml", "- {id: ice-2026-11-24, title: A}\n")  # a bad one
        done = run("new", "--site", root, "news", "--title", "Ice")
        assert done.output == f"{NEWS}:3: 'ice-2'\n"

    def test_the_newest_first_where_they_are(self, root):
        write(root, NEWS, f"# head\n{FALLING}")
        assert run("new", "--site", root, "news", "--title", "T").output == f"{NEWS}:2: 't'\n"
        assert read(root).endswith(FALLING)

    def test_a_new_year_begins_a_new_file_in_the_order_of_the_old_one(self, root, monkeypatch):
        (root / "config" / "entry.schema.json").write_text("{}")
        write(
            root,
            NEWS,
            FALLING,
        )
        at(monkeypatch, "2026-12-31 23:10:00")  # 2027 in Vienna
        made = "feeds/news/2027.yaml"
        assert run("new", "--site", root, "news", "--title", "T").output == f"{made}:3: 't'\n"
        assert read(root, made).startswith(
            "# yaml-language-server: $schema=../../config/entry.schema.json\n\n- id: t\n"
        )
        assert run("new", "--site", root, "news", "--title", "U").output == f"{made}:3: 'u'\n"

    def test_without_years_the_file_that_was_last_used(self, root):
        write(root, "feeds/news/a.yaml", "- {id: a, published: 2026-07-02, title: A}\n")
        write(root, "feeds/news/b.yaml", "- {id: b, published: 2026-07-01, title: B}\n")
        assert run("new", "--site", root, "news", "--title", "T").output.startswith("feeds/news/a.")

    def test_a_file_for_each_entry(self, root):
        write(root, NEWS, "id: a\npublished: 2026-07-02\ntitle: A\n")
        done = run("new", "--site", root, "news", "--title", "T")
        assert done.output == "feeds/news/2026-t.yaml:1: 't'\n"

    def test_a_file_that_does_not_parse_stays_as_it_is(self, root):
        write(root, NEWS, "- id: [\n")
        done = run("new", "--site", root, "news", "--title", "T")
        assert done.exit_code == 1
        assert f"{NEWS}:1:7: yaml: found a '[' that is never closed" in done.output
        assert read(root) == "- id: [\n"

    def test_an_hour_that_comes_twice_gets_its_offset(self, root, monkeypatch):
        at(monkeypatch, "2026-10-25 01:30:00")
        run("new", "--site", root, "news", "--title", "T")
        assert "published: 2026-10-25 02:30+0100\n" in read(root)
        clean(root)

    def test_what_no_file_can_hold_is_left_out(self, root):
        run("new", "--site", root, "news", "--title", "a\x00b\udcff c\n d")
        assert "title: ab c d\n" in read(root)

    def test_an_unknown_section(self, root):
        done = run("new", "--site", root, "newz", "--title", "T")
        assert done.exit_code == 2
        words = " ".join(done.output.replace("│", "").split())
        assert "no section 'newz'; did you mean 'news'? There are: news, speeches" in words

    def test_a_folder_that_cannot_be_written(self, root, monkeypatch):
        def full(*_):
            raise PermissionError(13, "Permission denied", "feeds")

        monkeypatch.setattr(edit, "save", full)
        done = run("new", "--site", root, "news", "--title", "T")
        assert (done.exit_code, done.output) == (1, "cannot write feeds: Permission denied\n")

    def test_a_broken_config(self, root):
        (root / "config" / "site.yaml").write_text("title: [\n")
        done = run("new", "--site", root, "news")
        assert done.exit_code == 1
        assert "config/site.yaml:1:8: yaml:" in done.output


class TestEditor:
    def test_it_opens_the_entry_which_is_a_draft_meanwhile(self, root, tmp_path):
        seen = tmp_path / "seen"
        script = write(tmp_path, "vi", f'#!/bin/sh\necho "$@" > {seen}\n')
        script.chmod(0o755)
        done = run("new", "--site", root, "news", "--title", "T", "--edit", VISUAL=f"{script} -x")
        assert done.output == f"{NEWS}:1: 't', a draft\n"
        assert seen.read_text() == f"-x +1 {root / NEWS}\n"
        assert "  lead:\n  draft: true" in read(root)

    def test_no_editor_is_bad_usage_before_anything_is_written(self, root):
        done = run("new", "--site", root, "news", "--edit", VISUAL="", EDITOR="")
        assert done.exit_code == 2
        assert not (root / "feeds").exists()

    @pytest.mark.parametrize("command", ["/no/such/editor", "vi 'x"])
    def test_an_editor_that_does_not_start(self, root, command):
        done = run("new", "--site", root, "news", "--edit", EDITOR=command)
        assert done.exit_code == 1
        assert f"cannot open {command!r}: " in done.output
        assert (root / NEWS).exists()

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("vim", ["vim", "+7", "f"]),
            ("/usr/bin/nano -w", ["/usr/bin/nano", "-w", "+7", "f"]),
            ("code --wait", ["code", "--wait", "-g", "f:7"]),
            ("hx", ["hx", "f:7"]),
            ("kate", ["kate", "--line", "7", "f"]),
            ("notepad", ["notepad", "f"]),
        ],
    )
    def test_common_editors_open_at_the_line(self, typed, words, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert editor.command(typed, type(tmp_path)("f"), 7) == words


BAD = "- {id: a, published: 26/07/2026, title: A}\n- {title: B, published: 07/08/2026}\n"
MENDED = "- {id: a, published: 2026-07-26, title: A}\n- {id: b, title: B, published: 07/08/2026}\n"


class TestFix:
    def test_it_mends_and_says_what_is_left(self, root):
        file = write(root, NEWS, BAD)
        file.chmod(0o640)
        done = run("fix", "--site", root)
        assert done.exit_code == 1
        assert done.stdout == (
            f"{NEWS}:1:22: published: wrote 2026-07-26 in place of '26/07/2026'\n"
            f"{NEWS}:2:4: id: wrote 'b'\n"
        )
        assert f"{NEWS}:2:32: published: found '07/08/2026'" in done.stderr
        assert done.stderr.endswith(
            "2 mended in 1 file; left for a person: 1 error\n"
            "If readers know one of these entries already, give it its old id instead.\n"
        )
        assert read(root) == MENDED
        assert file.stat().st_mode & 0o777 == 0o640
        again = run("fix", "--site", root)
        assert (again.stdout, read(root)) == ("", MENDED)
        assert "nothing to mend; left for a person: 1 error" in again.stderr

    def test_nothing_left_exits_with_0(self, root):
        write(root, NEWS, "- {id: a, published: 26/07/2026, title: A}\n")
        done = run("fix", "--site", root)
        assert done.exit_code == 0
        assert done.stderr == "1 mended in 1 file; left for a person: nothing\n"
        clean(root)

    @pytest.mark.parametrize("end", ["", "\n"])
    def test_dry_run_is_a_diff_that_patch_takes(self, root, end):
        text = f"# \x85 \u2028\n{BAD}".removesuffix("\n") + end
        write(root, NEWS, text)
        done = run("fix", "--site", root, "--dry-run")
        assert read(root) == text
        assert done.stdout.splitlines()[:3] == [f"--- a/{NEWS}", f"+++ b/{NEWS}", "@@ -1,3 +1,3 @@"]
        assert ("\n\\ No newline at end of file\n" in done.stdout) == (not end)
        assert "2 to be mended in 1 file" in done.stderr
        write(root, "the.diff", done.stdout)
        assert os.system(f"cd {root} && patch -s -p1 < the.diff") == 0
        assert read(root) == f"# \x85 \u2028\n{MENDED}".removesuffix("\n") + end

    def test_named_files_and_folders_alone(self, root):
        write(root, NEWS, BAD)
        write(root, "feeds/speeches/a.yaml", "- {title: S, published: 2026-07-01}\n")
        done = run("fix", "--site", root, "feeds/speeches")
        assert (done.exit_code, read(root)) == (0, BAD)
        assert read(root, "feeds/speeches/a.yaml").startswith("- {id: s, ")
        assert run("fix", "--site", root, "feeds/none.yaml").exit_code == 2

    def test_ids_are_unique_across_files(self, root):
        write(root, NEWS, "- {title: Ice, published: 2026-07-01}\n")
        write(root, "feeds/speeches/a.yaml", "- {title: Ice, published: 2026-07-01}\n")
        run("fix", "--site", root)
        assert "{id: ice, " in read(root)
        assert "{id: ice-2026, " in read(root, "feeds/speeches/a.yaml")
        clean(root)

    def test_what_cannot_be_written_safely_is_told(self, root, monkeypatch):
        def refuse(*_):
            edit.checked("f", b"a", None)

        write(root, NEWS, BAD)
        monkeypatch.setattr(import_module("feedsvc.cli.workbench"), "mend", refuse)
        done = run("fix", "--site", root)
        assert done.exit_code == 1
        assert "make this change in an editor" in done.stderr
        assert read(root) == BAD

    @pytest.mark.parametrize("error", [OSError(28, "No space left on device"), None])
    def test_a_file_that_cannot_be_written(self, root, monkeypatch, error):
        def full(location, *_):
            if error:
                raise error
            location.write_text("[]")
            edit._still(location, b"")

        write(root, NEWS, BAD)
        monkeypatch.setattr(edit, "save", full)
        done = run("fix", "--site", root)
        assert done.exit_code == 1
        expected = "No space left" if error else "a change that came in between"
        assert expected in done.output

    def test_a_broken_config(self, root):
        (root / "config" / "site.yaml").write_text("title: [\n")
        assert "config/site.yaml:1:8" in run("fix", "--site", root).output


class TestSchema:
    def test_it_is_printed_or_written(self, root):
        entry = run("schema", "--site", root).stdout
        assert json.loads(entry)["title"] == "feedsvc entry file"
        assert json.loads(run("schema", "site").stdout)["title"] == "feedsvc config/site.yaml"
        done = run("schema", "--site", root, "--write")
        assert done.output == "wrote config/entry.schema.json\nwrote config/site.schema.json\n"
        assert read(root, "config/entry.schema.json") == entry
        assert run("schema", "--site", root, "site", "--write").output.count("\n") == 1
        (root / "feeds").mkdir()
        clean(root)

    def test_a_schema_of_another_version_is_a_warning(self, root):
        (root / "feeds").mkdir()
        (root / "config" / "entry.schema.json").write_text("{}")
        done = run("check", "--site", root)
        assert done.exit_code == 0
        assert done.stdout == (
            "config/entry.schema.json: warning: schema: found a schema of another version; "
            "expected that of this feedsvc; fix: renew it with 'feedsvc schema --write'\n"
        )

    def test_no_site_and_no_room(self, root, tmp_path, monkeypatch):
        assert run("schema", "--site", tmp_path / "none", "--write").exit_code == 2

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(edit, "save", full)
        done = run("schema", "--site", root, "--write")
        assert done.exit_code == 1
        assert "No space left on device" in done.output


def test_a_site_further_up_is_pointed_to(root):
    (root / "feeds" / "news").mkdir(parents=True)
    done = run("check", "--site", root / "feeds" / "news")
    assert done.exit_code == 2
    words = "".join(done.output.replace("│", "").split())
    assert f"didyoumean--site{root}?" in words
