"""The site as files: which stand where, what a second export touches, and what it never does."""

import gzip
import re
import shutil

import brotli
import pytest
from click.testing import CliRunner

from feedsvc import hosting
from feedsvc.cli import main
from feedsvc.errors import ExportError
from feedsvc.export import File, text_file, write
from tests.factory import instant
from tests.sitedir import CONFIG, SiteDir

NOW = instant("2024-08-01 12:00")
A = "id: a, published: 2024-07-01, title: Alpha, body: " + "words and words " * 40
B = "id: b, published: 2024-07-02, title: Beta"
FILE = "feeds/news/2024.yaml"
MOVED = CONFIG + "redirects: {talks: speeches, /old: /news/a}\ngone: [press]\n"


@pytest.fixture
def site(tmp_path, monkeypatch):
    for name in ("FEEDSVC_STORE", "FEEDSVC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    made = SiteDir(tmp_path / "site", MOVED)
    made.entries(FILE, A, B)
    yield made
    made.store.close()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def run(site, *words):
    return CliRunner().invoke(main, [*map(str, words), "--site", str(site.root)])


def tree(folder):
    """Every file with its bytes and time."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A site and its export, to be looked at."""
    root = tmp_path_factory.mktemp("exported")
    made = SiteDir(root / "site", MOVED)
    made.entries(FILE, A, B)
    assert run(made, "export", root / "out").exit_code == 0
    yield made, root / "out"
    made.store.close()


def some(*names):
    return [text_file(name, f"This is {name}.", NOW) for name in names]


class TestPlaces:
    def test_every_document_stands_where_every_server_finds_it(self, exported):
        site, out = exported
        current = site.store.current()
        found = tree(out)
        for document in site.store.documents(current.id):
            body = site.store.body(document.digest, "identity")
            if document.status == 200:
                path = document.path.removeprefix("/")
                page = document.media_type.startswith("text/html")
                name = f"{path}{'' if path.endswith('/') or not path else '/'}index.html"
                assert found[name if page else path][0] == body
        assert found["404.html"][0] == site.body("/!404")
        assert {"index.html", "news/index.html", "news/a/index.html", "news/rss.xml"} <= set(found)

    def test_codings_stand_beside_each_file(self, exported):
        _, out = exported
        plain = (out / "news/a/index.html").read_bytes()
        assert gzip.decompress((out / "news/a/index.html.gz").read_bytes()) == plain
        assert brotli.decompress((out / "news/a/index.html.br").read_bytes()) == plain
        assert not (out / "404.html.zip").exists()

    def test_times_are_those_of_the_documents__rfc9110_8_8_2(self, exported):
        site, out = exported
        modified = site.found("/news/rss.xml").last_modified.timestamp()
        assert (out / "news/rss.xml").stat().st_mtime == modified
        assert (out / "news/rss.xml.gz").stat().st_mtime == modified

    def test_redirects_and_what_is_gone(self, exported):
        site, out = exported
        lines = (out / "_redirects").read_text().splitlines()
        base = "https://news.example.org"
        assert lines[0] == f"/old {base}/news/a 301"
        assert f"/talks {base}/speeches/ 301" in lines
        assert f"/talks/* {base}/speeches/:splat 301" in lines
        gone = next(line for line in lines if line.startswith("/press/* "))
        page = gone.split()[1].removeprefix("/")
        assert (out / page).read_bytes() == site.body("/press/*")
        assert gone.endswith(" 410")
        assert lines.index(f"/talks/* {base}/speeches/:splat 301") > lines.index(lines[1])

    def test_a_withdrawn_page_is_no_file(self, site, out):
        run(site, "export", out)
        site.entries(FILE, f"{A}, withdrawn: {{at: 2024-07-03, reason: Wrong}}", B)
        run(site, "export", out)
        assert not (out / "news/a").exists()
        assert any(b"Wrong" in data for name, (data, _) in tree(out).items() if "gone/" in name)

    def test_a_prefix_is_part_of_what_servers_are_told(self, site, out):
        site.config(MOVED.replace("news.example.org\ntag", "www.example.org/press\ntag"))
        run(site, "export", out)
        assert (out / "news/a/index.html").exists()
        assert (
            "/press/talks/* https://www.example.org/press/speeches/:splat 301"
            in (out / "_redirects").read_text()
        )
        snippet = (out / ".feedsvc/nginx.conf").read_text()
        assert 'location = "/press/news/rss.xml"' in snippet
        assert "the folder in which /press/ leads here" in snippet


class TestAgain:
    def test_a_second_export_touches_nothing(self, site, out):
        run(site, "export", out)
        before = tree(out)
        inodes = {path: path.stat().st_ino for path in out.rglob("*")}
        done = run(site, "export", out)
        assert " 0 written, 0 removed" in done.stdout
        assert tree(out) == before
        assert {path: path.stat().st_ino for path in out.rglob("*")} == inodes

    def test_only_what_changed_is_written_and_what_is_gone_is_removed(self, site, out):
        run(site, "export", out)
        before = {path: path.stat().st_ino for path in out.rglob("*") if path.is_file()}
        site.entries(FILE, A)
        done = run(site, "export", out)
        assert done.exit_code == 0
        assert not (out / "news/b").exists()
        for name in ("news/a/index.html.br", "speeches/rss.xml", "404.html"):
            if name != "news/a/index.html.br":  # a names its newer neighbour no more
                assert (out / name).stat().st_ino == before[out / name]
        assert (out / "news/rss.xml").stat().st_ino != before[out / "news/rss.xml"]

    def test_what_somebody_damaged_is_mended(self, out):
        files = some("index.html", "news/rss.xml", "news/a/index.html")
        write(out, files)
        before = tree(out)
        (out / "news/rss.xml").write_text("oops")
        (out / "index.html").unlink()
        assert write(out, files).written == ("news/rss.xml", "index.html")
        assert tree(out) == before

    def test_what_no_export_wrote_is_never_removed(self, out):
        (out / "news").mkdir(parents=True)
        for name in ("mine.txt", "news/mine.txt"):
            (out / name).write_text("mine")
        write(out, some("news/a/index.html", "news/rss.xml"))
        done = write(out, some("news/rss.xml"))
        assert done.removed == ("news/a/index.html",)
        assert not (out / "news/a").exists()
        assert (out / "mine.txt").read_text() == (out / "news/mine.txt").read_text() == "mine"

    def test_what_no_export_wrote_is_never_overwritten(self, site, out):
        out.mkdir()
        (out / "index.html").write_text("mine")
        done = run(site, "export", out)
        assert done.exit_code == 1
        assert "holds files that no export wrote and that would be overwritten: index.html;" in (
            done.stderr
        )
        assert [path.name for path in out.iterdir()] == ["index.html"]

    def test_a_lost_manifest_is_no_misfortune(self, out):
        write(out, some("index.html", "news/rss.xml"))
        shutil.rmtree(out / ".feedsvc")
        before = tree(out)
        write(out, some("index.html", "news/rss.xml"))
        assert tree(out) == before

    def test_a_manifest_that_somebody_forged_leads_nowhere(self, out, tmp_path):
        precious = tmp_path / "precious"
        precious.write_text("mine")
        write(out, some("index.html"))
        manifest = out / ".feedsvc/manifest.json"
        for name in ("../precious", str(precious), "a/../../precious"):
            forged = f'{{"{name}": {{"key": "", "size": 4, "mtime": 0}},'
            manifest.write_text(forged + manifest.read_text().removeprefix("{"))
            write(out, some("index.html"))
            assert precious.read_text() == "mine"

    def test_a_manifest_that_is_none(self, out):
        (out / ".feedsvc").mkdir(parents=True)
        (out / ".feedsvc/manifest.json").write_text("[1]")
        with pytest.raises(ExportError, match="is no manifest"):
            write(out, some("index.html"))

    def test_an_interrupted_export_can_be_continued(self, out):
        def broken():
            raise KeyboardInterrupt

        good = text_file("a.txt", "a", NOW)
        with pytest.raises(KeyboardInterrupt):
            write(out, [good, File("b.txt", "b", NOW, broken)])
        done = write(out, [text_file("a.txt", "other", NOW), text_file("b.txt", "b", NOW)])
        assert done.written == ("a.txt", "b.txt")
        assert (out / "a.txt").read_text() == "other"
        assert sorted(path.name for path in (out / ".feedsvc").iterdir()) == ["manifest.json"]

    def test_assets_come_first_and_what_leads_to_pages_last(self, out):
        names = ["index.html", "news/rss.xml", "news/a/index.html", "assets/x.css"]
        done = write(out, [text_file(name, "x", NOW) for name in names])
        assert done.written == ("assets/x.css", "news/a/index.html", "news/rss.xml", "index.html")

    def test_a_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(ExportError, match=r"cannot (read|write) .*: Not a directory"):
            write(tmp_path / "file", [text_file("a", "a", NOW)])


class TestWhen:
    def test_it_builds_and_remembers_as_a_build_does(self, site, out):
        run(site, "export", out)
        assert site.store.current().why == "export"
        assert run(site, "build").stdout.startswith("nothing changed")

    def test_no_build_writes_what_the_store_has(self, site, out):
        assert run(site, "export", out, "--no-build").exit_code == 2
        site.build()
        site.entries(FILE, A)
        done = run(site, "export", out, "--no-build")
        assert done.exit_code == 0
        assert (out / "news/b/index.html").exists()
        assert site.store.current().id == 1

    def test_at_publishes_nothing(self, site, out):
        site.entries(FILE, A, B, "id: e, published: 2030-01-01, title: Later")
        site.build()
        before = site.all()
        done = run(site, "export", out, "--at", "2030-01-01T00:00")
        assert done.exit_code == 0
        assert (out / "news/e/index.html").exists()
        assert done.stdout.startswith("the site as of 2030-01-01 00:00:00 CET: ")
        assert site.all() == before
        assert len(site.store.history(9)) == 1

    def test_at_an_earlier_time_has_no_tombstones_of_later_entries(self, site, out):
        site.build()
        run(site, "export", out, "--at", "2024-07-01T12:00")
        atom = (out / "news/atom.xml").read_text()
        assert "Alpha" in atom
        assert "deleted-entry" not in atom
        assert not (out / "news/b").exists()

    def test_at_keeps_the_last_good_form_of_a_broken_file(self, site, out):
        site.build()
        site.write(FILE, "- {id: [")
        done = run(site, "export", out, "--at", "2030-01-01")
        assert done.exit_code == 1
        assert f"{FILE}:1" in done.stderr
        assert (out / "news/b/index.html").exists()

    def test_at_keeps_the_archives_of_the_site(self, site, out):
        site.config(CONFIG + "feeds: {entries: 2}\n")
        days = (f"id: n{n}, published: 2024-07-{n + 1:02}, title: N{n}" for n in range(9))
        site.entries(FILE, *days)
        site.build()
        run(site, "export", out, "--at", "2030-01-01")
        name = "/news/archive/1/atom.xml"
        assert (out / name.removeprefix("/")).read_bytes() == site.body(name)

    def test_a_rollback_is_exported_as_it_is_shown(self, site, out):
        site.build("2024-08-01 12:00")
        site.entries(FILE, A)
        site.build("2024-08-01 12:10")
        site.store.past.rollback(1, NOW)
        done = run(site, "export", out)
        assert done.exit_code == 0
        assert (out / "news/b/index.html").exists()

    def test_at_and_no_build_contradict_each_other(self, site, out):
        assert run(site, "export", out, "--at", "2030-01-01", "--no-build").exit_code == 2

    @pytest.mark.parametrize("place", ["", "feeds", "feeds/news", "config/out"])
    def test_a_folder_of_the_site_is_refused(self, site, place):
        done = run(site, "export", site.root / place)
        assert done.exit_code == 2
        assert "belongs to the site itself" in re.sub(r"[│\s]+", " ", done.output)


def test_the_snippet_quotes_what_nginx_would_take_for_its_own(site):
    site.config(CONFIG + 'redirects: {/a"b: "https://x.example/$1?q=\\"", talks: speeches}\n')
    site.build()
    documents = site.store.documents(1)
    snippet = hosting.nginx(documents, "")
    assert "/$1?q" not in snippet
    assert 'rewrite "^/talks/(.*)$" "https://news.example.org/speeches/$1?" permanent;' in snippet
