"""A new site works at once, and editors accept what the sample site and a new one say."""

import re
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from feedsvc import config
from feedsvc.cli import main
from feedsvc.source.entries import entry_schema
from tests.factory import instant

ROOT = Path(__file__).parent.parent
INIT = import_module("feedsvc.cli.init")
FILES = [
    ".gitignore",
    "config/entry.schema.json",
    "config/site.schema.json",
    "config/site.yaml",
    "feeds/news/2026.yaml",
]


class AsTyped(yaml.CSafeLoader):
    """YAML as editors read it: 1.2, in which dates are strings and 12:34 is no number."""


AsTyped.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith((":timestamp", ":int"))]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
AsTyped.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("[0-9]+$"), list("0123456789"))


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("FEEDSVC_STORE", "FEEDSVC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(INIT, "now", lambda: instant("2026-11-24 08:30"))
    monkeypatch.setattr(INIT, "_ZONE", Path("/usr/share/zoneinfo/Europe/Vienna"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    return CliRunner().invoke(main, list(map(str, words)), prog_name="feedsvc")


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def words(done):
    return " ".join(done.output.replace("│", "").split())


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), AsTyped)


def test_a_new_site_is_clean_and_builds(home):
    done = run("init", "harbour-office")
    assert done.exit_code == 0, done.output
    site = home / "harbour-office"
    assert files(site) == FILES
    assert done.stdout == (
        "A new site in harbour-office:\n"
        "  config/site.yaml      its title, address and sections, every key explained\n"
        "  feeds/news/2026.yaml  one entry to begin with\n"
        "\n"
        "Look at it:    feedsvc serve --site harbour-office     then open http://127.0.0.1:8000/\n"
        "Add an entry:  feedsvc new news --edit --site harbour-office\n"
        "Check it:      feedsvc check --site harbour-office\n"
        "\n"
        "Before you publish, set base_url and tag in harbour-office/config/site.yaml.\n"
    )
    assert run("check", "--site", site).output == "0 errors, 0 warnings in 2 files\n"
    built = run("build", "--site", site, "--at", "2026-11-24T09:00Z")
    assert built.exit_code == 0
    assert "added   /news/welcome-to-harbour-office-2026\n" in built.stdout
    loaded = config.load(site / "config" / "site.yaml")
    assert (loaded.title, loaded.tag) == ("Harbour office", "harbour-office.example,2026")
    assert (loaded.base_url, loaded.timezone) == ("http://127.0.0.1:8000", "Europe/Vienna")


def test_what_is_known_is_filled_in(home):
    run("init", "p", "--title", "Größe: #1", "--base-url", "https://news.office.int/press")
    loaded = config.load(home / "p" / "config" / "site.yaml")
    assert (loaded.title, loaded.tag) == ("Größe: #1", "news.office.int,2026")
    assert run("check", "--site", "p").output == "0 errors, 0 warnings in 2 files\n"
    assert "welcome-to-groesse-1-2026" in (home / "p" / FILES[4]).read_text()
    done = run("init", "q", "--tag", "office.int,2001", "--base-url", "https://news.office.int")
    assert "Before you publish" not in done.output
    assert config.load(home / "q" / "config" / "site.yaml").tag == "office.int,2001"


def test_the_folder_may_be_that_of_a_repository(home):
    (home / ".gitignore").write_text("*.log")
    (home / "README").touch()
    done = run("init", ".")
    assert done.exit_code == 0
    assert "feedsvc serve     then" in done.output
    assert (home / ".gitignore").read_text() == "*.log\n# What feedsvc makes by itself\nvar/\n"


def test_a_list_that_knows_var_stays(home):
    (home / ".gitignore").write_text("var/\n")
    run("init", ".")
    assert (home / ".gitignore").read_text() == "var/\n"


@pytest.mark.parametrize("there", ["feeds", "config/site.yaml", "config/entry.schema.json"])
def test_what_is_there_is_not_touched(home, there):
    place = home / "p" / there
    place.parent.mkdir(parents=True)
    place.mkdir() if there == "feeds" else place.write_text("mine")
    done = run("init", "p")
    assert done.exit_code == 2
    assert f"p has {there} already: nothing was changed" in words(done)
    assert files(home / "p") == ([] if there == "feeds" else [there])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--base-url", "x"], "--base-url: found 'x'; expected the public address, such as"),
        (["--tag", "x"], "--tag: found 'x'; expected a domain and a date"),
    ],
)
def test_what_makes_no_config_is_said_before_anything_is_written(home, options, message):
    done = run("init", "p", *options)
    assert done.exit_code == 2
    assert message in words(done)
    assert not (home / "p").exists()


def test_a_disk_that_is_full_is_told(home, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "p")

    monkeypatch.setattr(INIT.edit, "save", full)
    done = run("init", "p")
    assert (done.exit_code, done.output) == (1, "cannot write p: No space left on device\n")


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ("/usr/share/zoneinfo/Etc/UTC", "UTC"),
        ("/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"),
        ("/etc/localtime-that-is-not-there", "UTC"),
        ("/usr/share/zoneinfo/No/Where", "UTC"),
        ("/usr/share/zoneinfo/Europe", "UTC"),
    ],
)
def test_the_zone_is_that_of_the_computer(monkeypatch, place, zone):
    monkeypatch.setattr(INIT, "_ZONE", Path(place))
    assert INIT._zone() == zone


@pytest.mark.parametrize(("name", "title"), [("press_office", "Press office"), ("-", "News")])
def test_a_title_is_made_of_the_folders_name(name, title):
    assert INIT._titled(name) == title


def test_the_template_names_every_key_of_the_config():
    text = (ROOT / "feedsvc" / "scaffold" / "site.yaml").read_text()
    named = set(re.findall(r"^#? ?(\w+):", text, re.MULTILINE))
    assert set(config.config_schema()["properties"]) <= named


def test_every_key_in_a_comment_of_the_template_works(home):
    run("init", "p")
    file = home / "p" / "config" / "site.yaml"
    text = re.sub(r"^# {0,3}(?=[a-z_]+: )", "", file.read_text(), flags=re.MULTILINE)
    text = text.replace("speeches: {", "  speeches: {")
    site = config.parse(text.encode())
    assert [section.name for section in site.sections] == ["news", "speeches"]
    assert site.redirects == {"old-name": "news"}


@pytest.mark.parametrize(
    "file", sorted((ROOT / "feeds").rglob("*.yaml")), ids=lambda file: str(file.relative_to(ROOT))
)
def test_editors_accept_the_sample_entries(file):
    jsonschema.Draft202012Validator(entry_schema()).validate(load(file))


def test_editors_accept_the_sample_config():
    schema = config.config_schema()
    jsonschema.Draft202012Validator(schema).validate(load(ROOT / "config" / "site.yaml"))


def test_editors_accept_a_new_site(home):
    run("init", "p")
    jsonschema.validate(load(home / "p" / FILES[3]), config.config_schema())
    jsonschema.validate(load(home / "p" / FILES[4]), entry_schema())


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "a", "title": "T"},
        {"id": "a", "published": "2026-07-01"},
        {"id": "a b", "published": "2026-07-01", "title": "T"},
        {"id": "a", "published": "31/12/2026", "title": "T"},
        {"id": "a", "published": "2026-07-01", "titel": "T"},
        {"id": "a", "published": "2026-07-01", "title": "T", "draft": "maybe"},
    ],
)
def test_editors_underline_mistakes(entry):
    for document in (entry, [entry]):
        assert not jsonschema.Draft202012Validator(entry_schema()).is_valid(document)


@pytest.mark.parametrize("schema", [entry_schema, config.config_schema])
@pytest.mark.parametrize(
    "judge", [jsonschema.Draft202012Validator, jsonschema.Draft7Validator], ids=["2020-12", "7"]
)
def test_the_schemas_are_valid_also_for_older_editors(schema, judge):
    judge.check_schema(schema())


def test_a_pattern_comes_with_words():
    published = entry_schema()["$defs"]["entry"]["properties"]["published"]
    assert published["patternErrorMessage"] == "expected a date such as 2024-07-26 or 26.07.2024"


def test_the_hook_is_one_that_pre_commit_takes():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (hook["id"], hook["entry"], hook["language"]) == (
        "feedsvc-check",
        "feedsvc check",
        "python",
    )
    matching = re.compile(hook["files"])
    for path in ("feeds/news/2026.yaml", "press/feeds/news/a/b.yml", "config/site.yaml"):
        assert matching.search(path)
    for path in (".github/workflows/ci.yaml", "config/prometheus.yml", "feeds/news/a.yaml.txt"):
        assert not matching.search(path)
