"""What every build leaves in the journal, however it went."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from feedsvc.builder import Watch
from feedsvc.cli import main
from feedsvc.errors import PublishConflict
from tests.sitedir import CONFIG, SiteDir
from tests.web_samples import NOW, Clock

ENTRIES = (
    "id: a, published: 2024-07-01, title: Alpha, expires: 2024-09-01",
    "id: b, published: 2024-08-05 09:00, title: Beta",
)


@pytest.fixture
def site(tmp_path):
    made = SiteDir(tmp_path)
    made.entries("feeds/news/2024.yaml", *ENTRIES)
    yield made
    made.store.close()


@pytest.fixture
def watch(site):
    return Watch(site.root, site.store, None, Clock(NOW))


def last(site):
    return site.store.journal.attempts(1)[0]


def test_a_publish_and_a_build_that_changes_nothing(site, watch):
    watch._build("start")
    noted = last(site)
    assert (noted.result, noted.why, noted.snapshot, noted.entries) == ("published", "start", 1, 2)
    assert (noted.instant, noted.due) == (NOW, NOW + timedelta(minutes=5))
    assert noted.changed == site.store.current().changed > 9
    watch._build("refresh")
    assert (last(site).result, last(site).snapshot, last(site).changed) == ("unchanged", None, 0)


def test_the_next_build_is_due_at_the_next_known_change(site, watch):
    site.entries("feeds/news/2024.yaml", "id: c, published: 2024-08-01T12:01:00Z, title: Soon")
    watch._build("start")
    assert last(site).due == NOW + timedelta(minutes=1)


def test_a_config_that_cannot_be_used(site, watch):
    site.config("title: x\n")
    watch._build("edit")
    noted = last(site)
    assert (noted.result, noted.due) == ("failed", NOW + timedelta(minutes=1))
    assert noted.reason.startswith("config/site.yaml:1:1: ")


def test_another_builder_that_was_first(site, watch):
    class Overtaken:
        def build(self, *_):
            raise PublishConflict("snapshot 1 is no longer the newest")

    watch._builder = Overtaken()
    watch._build("edit")
    assert last(site).result == "yielded"
    assert last(site).reason == "snapshot 1 is no longer the newest"


def test_a_fault_of_the_program_is_noted_too(site, watch):
    watch._builder = None
    with pytest.raises(AttributeError):
        watch._build("edit")
    assert last(site).reason == "a fault of the program: see the builder's log"


def test_what_is_coming_and_what_the_site_is_called(site):
    site.build()
    assert [(c.id, c.what, c.title, c.section) for c in site.store.journal.agenda()] == [
        ("b", "appears", "Beta", "news"),
        ("a", "expires", "Alpha", "news"),
    ]
    assert site.store.journal.facts() == {
        "title": "Office of Tides",
        "base_url": "https://news.example.org",
        "timezone": "Europe/Vienna",
    }
    site.config(CONFIG.replace("Tides", "Ebbs"))
    site.entries("feeds/news/2024.yaml", ENTRIES[0])
    site.build()
    assert [c.id for c in site.store.journal.agenda()] == ["a"]
    assert site.store.journal.facts()["title"] == "Office of Ebbs"


@pytest.mark.parametrize(
    ("config", "result", "reason"),
    [(CONFIG, "published", ""), ("title: x\n", "failed", "config/site.yaml:1:1: ")],
)
def test_a_build_by_hand_is_noted_and_promises_no_other(site, config, result, reason):
    site.config(config)
    CliRunner().invoke(main, ["build", "--site", str(site.root)])
    noted = last(site)
    assert (noted.result, noted.why, noted.due) == (result, "build", None)
    assert noted.reason.startswith(reason)
