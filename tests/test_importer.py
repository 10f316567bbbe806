"""Items of somebody's feed as entry files: what is kept, what is left out, what is never done."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.model import Enclosure, Person
from feedsvc.source.importer import Existing, Importer, carry_out
from feedsvc.source.items import Text
from tests.factory import entry, instant
from tests.importing import SITE, drafter, item
from tests.sitedir import CONFIG, SiteDir

DATA = Path(__file__).parent / "data" / "import"
NOTHING = Existing()


class Files(dict):
    """Files by path, and the plans for them."""

    def plan(self, *items, existing=NOTHING, **facts):
        plan = Importer(SITE, "news", drafter(**facts), self.get).plan(items, existing)
        self.update({addition.path: addition.text for addition in plan.additions})
        return plan

    def entries(self, path="feeds/news/imported-2024.yaml"):
        return yaml.safe_load(self[path])


class TestPlan:
    def test_a_file_for_each_year_oldest_entries_first(self):
        files = Files()
        plan = files.plan(
            item(guid="urn:x:2"),
            item(guid="urn:x:1", published=instant("2024-01-01 00:00")),
            item(guid="urn:x:3", published=instant("2023-12-31 23:30")),  # 2024 in Vienna
            item(guid="urn:x:4", published=instant("2023-12-31 22:30")),
        )
        assert [(a.path, a.entries) for a in plan.additions] == [
            ("feeds/news/imported-2023.yaml", 1),
            ("feeds/news/imported-2024.yaml", 3),
        ]
        assert [one["id"] for one in files.entries()] == ["urn:x:3", "urn:x:1", "urn:x:2"]

    def test_what_is_known_is_skipped_by_identity(self):
        known = entry("first")
        existing = Existing.of([known], ["bad"], SITE, "news")
        plan = Files().plan(item(guid=known.iri), item(guid="bad"), existing=existing)
        assert (plan.known, plan.additions) == (2, ())

    def test_the_same_twice_in_one_feed(self):
        plan = Files().plan(item(), item())
        assert (plan.known, plan.additions[0].entries) == (1, 1)

    def test_pages_never_share_a_name(self):
        files = Files()
        link = "https://o.example/x"
        existing = Existing.of([entry("x", slug="x")], (), SITE, "news")
        files.plan(
            item(guid="urn:x:1", link=link), item(guid="urn:x:2", link=link), existing=existing
        )
        assert [one.get("slug") for one in files.entries()] == [None, None]

    def test_a_plain_guid_that_is_the_name_of_a_page(self):
        files = Files()
        existing = Existing.of([entry("other", slug="12345")], (), SITE, "news")
        plan = files.plan(item(guid="12345"), existing=existing)
        assert files.entries()[0]["slug"] == "12345-2"
        assert plan.strange == ("12345",)

    def test_what_does_not_pass_the_checks_is_left_out_and_said(self):
        files = Files()
        plan = files.plan(
            item(
                link="https://user:pass@o.example/",
                authors=(Person("Ann", "no address"),),
                language="x_y_z!",
                enclosures=(Enclosure(url="javascript:x", type="a", length=1),),
            )
        )
        assert set(files.entries()[0]) == {"id", "published", "title", "lead", "authors"}
        assert files.entries()[0]["authors"] == ["Ann"]
        assert len(plan.notes) >= 3
        assert all(note.startswith("https://old.example.org/1: left out ") for note in plan.notes)

    def test_a_date_that_no_entry_may_have_costs_the_entry(self):
        plan = Files().plan(item(published=instant("1800-01-01 00:00")))
        assert plan.additions == ()
        assert "left out published" in plan.notes[0]

    def test_a_second_import_continues_the_file(self):
        files = Files()
        files.plan(item(guid="urn:x:1"))
        first = files["feeds/news/imported-2024.yaml"]
        files.plan(item(guid="urn:x:2"))
        assert files["feeds/news/imported-2024.yaml"].startswith(f"{first}\n- id: urn:x:2\n")

    @pytest.mark.parametrize(
        "text",
        ["id: a\npublished: 2024-01-01\ntitle: One\n", "[{id: a}]\n", "- {id: [\n"],
        ids=["one-entry", "flow", "broken"],
    )
    def test_a_file_that_somebody_made_something_else_of_is_left_alone(self, text):
        files = Files({"feeds/news/imported-2024.yaml": text})
        plan = files.plan(item())
        assert [a.path for a in plan.additions] == ["feeds/news/imported-2024-2.yaml"]

    def test_large_files_are_parted(self):
        words = f"<pre>{'word ' * 100_000}</pre>"
        items = [item(guid=f"urn:x:{n}", content=Text(words)) for n in range(5)]
        plan = Files().plan(*items)
        assert [(Path(a.path).name, a.entries) for a in plan.additions] == [
            ("imported-2024.yaml", 2),
            ("imported-2024-2.yaml", 2),
            ("imported-2024-3.yaml", 1),
        ]

    def test_files_are_replaced_in_one_step(self, tmp_path):
        plan = Files().plan(item())
        carry_out(tmp_path, plan.additions)
        (path,) = (tmp_path / "feeds" / "news").iterdir()
        assert path.read_text("utf-8") == plan.additions[0].text


class TestCommand:
    @pytest.fixture
    def here(self, tmp_path, monkeypatch):
        monkeypatch.delenv("FEEDSVC_STORE", raising=False)
        made = SiteDir(tmp_path, CONFIG)
        yield made
        made.store.close()

    @staticmethod
    def run(here, *words):
        return CliRunner().invoke(
            main, ["import", *map(str, words), "--site", str(here.root)], prog_name="feedsvc"
        )

    @pytest.mark.parametrize(
        "name", ["old.rss.xml", "old.atom.xml", "old.feed.json", "export.wxr.xml"]
    )
    def test_the_result_passes_the_check_and_is_published(self, here, name):
        done = self.run(here, DATA / name, "news")
        assert done.exit_code == 0, done.output
        checked = CliRunner().invoke(main, ["check", "--site", str(here.root)])
        assert checked.exit_code == 0, checked.output
        outcome = here.build()
        assert outcome.entries == {"old.rss.xml": 4, "export.wxr.xml": 3}.get(name, 2)
        again = self.run(here, DATA / name, "news")
        assert again.stdout.startswith("0 new, ")
        assert here.build().changed == ()

    def test_guids_are_published_as_they_were(self, here):
        self.run(here, DATA / "old.rss.xml", "news")
        here.build()
        assert b'<guid isPermaLink="false">https://old.example.org/?p=12</guid>' in here.body(
            "/news/rss.xml"
        )
        assert b"<id>https://old.example.org/?p=12</id>" in here.body("/news/atom.xml")

    def test_a_dry_run_says_the_same_and_writes_nothing(self, here):
        dry = self.run(here, DATA / "old.rss.xml", "news", "--dry-run")
        assert list((here.root / "feeds").rglob("*.yaml")) == []
        assert "would write feeds/news/imported-2024.yaml: 3 entries\n" in dry.stdout
        wet = self.run(here, DATA / "old.rss.xml", "news")
        assert wet.stdout == dry.stdout.replace("would write", "wrote")
        assert wet.stderr == dry.stderr

    def test_a_new_file_tells_editors_which_keys_there_are(self, here):
        here.write("config/entry.schema.json", "{}")
        done = self.run(here, DATA / "old.rss.xml", "news")
        file = here.root / "feeds/news/imported-2024.yaml"
        first, second, *_ = filter(None, file.read_text("utf-8").splitlines())
        assert first == "# yaml-language-server: $schema=../../config/entry.schema.json"
        assert second.startswith("- id: ")
        assert (file.parent / first.partition("=")[2]).resolve().is_file()
        assert "4 new, 0 already here, of 4 entries\n" in done.stdout
        assert "0 new, 4 already here" in self.run(here, DATA / "old.rss.xml", "news").stdout

    def test_it_warns_of_ids_that_subscribers_do_not_know(self, here):
        done = self.run(here, DATA / "old.rss.xml", "news")
        assert (
            "warning: 1 entry had no id that is an IRI: who subscribes to the old feed will see "
            "them once more, under a new id: 123-at-https-old.example.org-dc248a1d\n"
        ) in done.stderr

    def test_what_cannot_be_imported(self, here, tmp_path):
        (tmp_path / "page.html").write_text("<html></html>")
        done = self.run(here, tmp_path / "page.html", "news")
        assert done.exit_code == 1
        assert "page.html: no feed: expected RSS, Atom, JSON Feed or a WordPress" in done.stderr
        missing = self.run(here, tmp_path / "none", "news")
        assert missing.stderr.endswith("none: No such file or directory\n")

    def test_an_unknown_section_is_bad_usage(self, here):
        done = self.run(here, DATA / "old.rss.xml", "sports")
        assert done.exit_code == 2
        assert "expected one of: news, speeches" in done.output.replace("\n", " ")

    def test_a_private_address_is_refused(self, here):
        done = self.run(here, "http://127.0.0.1:1/feed", "news")
        assert done.exit_code == 1
        assert "not a public address; if you mean it, add --allow-private" in done.stderr
