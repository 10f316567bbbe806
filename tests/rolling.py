"""A site that has published, and what goes wrong with it: for tests that take a publish back."""

import shutil

import pytest

from tests.factory import instant
from tests.sitedir import CONFIG, SiteDir

A = "id: a, published: 2024-07-01, title: Alpha"
B = "id: b, published: 2024-07-02, title: Beta"
C = "id: c, published: 2024-07-03, title: Gamma"
FILE = "feeds/news/2024.yaml"
BAD = A.replace("Alpha", "Wrong")
SHORT = CONFIG + "feeds: {entries: 5}\n"


def built(root, config=CONFIG, entries=(A, B)):
    """A site that has published once."""
    made = SiteDir(root, config)
    made.entries(FILE, *entries)
    made.build("2024-08-01 12:00")
    made.store.close()
    return root


def numbered(numbers, **titles):
    return [
        f"id: n{n}, published: 2024-07-{n + 1:02}, title: {titles.get(f'n{n}', f'Entry {n}')}"
        for n in numbers
    ]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return built(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="module")
def long_template(tmp_path_factory):
    """So many entries that most are in archives."""
    return built(tmp_path_factory.mktemp("long"), SHORT, numbered(range(12)))


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Opens a copy of a site."""
    for name in ("FEEDSVC_STORE", "FEEDSVC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    sites = []

    def open_copy(root, config):
        shutil.copytree(root, tmp_path / "site")
        sites.append(SiteDir(tmp_path / "site", config))
        return sites[0]

    yield open_copy
    for made in sites:
        made.store.close()


@pytest.fixture
def site(opened, template):
    return opened(template, CONFIG)


def spoil(site, at="2024-08-01 12:10"):
    """Publish what should not have been: a wrong title, a new entry, and one deleted."""
    site.entries(FILE, BAD, C)
    return site.build(at)


def roll_back(site, to=None, at="2024-08-01 12:20"):
    target = to or site.store.past.previous().id
    return site.store.past.rollback(target, instant(at))


def public(site):
    """What clients see, but for Last-Modified."""
    documents = site.all().items()
    return {path: (found.digest, found.headers, found.status) for path, (found, _) in documents}
