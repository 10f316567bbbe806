"""RFC 5005 §4: whoever follows the chain from the live feed has every public entry.

Also while a rollback lasts, and whatever is edited afterwards.
"""
# ruff: noqa: F811 - fixtures are imported by name

import re

import pytest

from tests.rolling import FILE, SHORT, long_template, numbered, opened, roll_back  # noqa: F401


@pytest.fixture
def site(opened, long_template):
    return opened(long_template, SHORT)


def put(site, numbers, **titles):
    site.entries(FILE, *numbered(numbers, **titles))


def chain(site, section="news"):
    """Every entry by id with its title, the newest document first; a client's view."""
    found, path, seen = {}, f"/{section}/atom.xml", []
    while path:
        seen.append(path)
        text = site.body(path).decode()
        for part in text.split("<entry")[1:]:
            name = re.search(r"<id>[^<]*:([^<:]*)</id>", part)[1]
            found.setdefault(name, re.search(r"<title[^>]*>([^<]*)<", part)[1])
        link = re.search(r'<link[^>]*rel="prev-archive"[^>]*>', text)
        path = link and re.search(r'href="https://news.example.org([^"]*)"', link[0])[1]
    assert len(seen) == len(set(seen))
    return found


def expected(numbers, **titles):
    return {f"n{n}": titles.get(f"n{n}", f"Entry {n}") for n in numbers}


def test_the_chain_is_whole_after_a_rollback(site):
    assert chain(site) == expected(range(12))
    put(site, range(3, 25), n4="Wrong")
    site.build("2024-08-01 12:10")
    assert chain(site) == expected(range(3, 25), n4="Wrong")
    roll_back(site)
    assert chain(site) == expected(range(12))


@pytest.mark.parametrize("restarted", [False, True], ids=["running-on", "restarted"])
def test_the_chain_is_whole_after_the_edit_that_follows(site, restarted):
    put(site, range(3, 25), n4="Wrong")
    site.build("2024-08-01 12:10")
    roll_back(site)
    if restarted:
        site.restart()
    put(site, range(26), n8="Edited")
    assert site.build("2024-08-01 13:00").snapshot
    assert chain(site) == expected(range(26), n8="Edited")
    assert chain(site, "all") == expected(range(26), n8="Edited")


def test_a_client_that_kept_sealed_pages_of_the_bad_time_misses_nothing(site):
    put(site, range(3, 25), n4="Wrong")
    site.build("2024-08-01 12:10")
    kept = {p: site.body(p) for p in site.store.paths() if "/news/archive/" in p}
    roll_back(site)
    put(site, range(26))
    site.build("2024-08-01 13:00")
    body = site.body
    site.body = lambda path: kept.get(path) or body(path)
    assert chain(site).keys() == expected(range(26)).keys()


@pytest.mark.parametrize("restarted", [False, True], ids=["running-on", "restarted"])
def test_the_bytes_after_it_do_not_depend_on_who_remembers_what(site, restarted):
    put(site, range(3, 25), n4="Wrong")
    site.build("2024-08-01 12:10")
    roll_back(site)
    put(site, range(26))
    if restarted:
        site.restart()
    site.build("2024-08-01 13:00")
    found = {path: body for path, (_, body) in site.all().items()}
    site.restart()
    assert site.build("2024-08-01 13:30").snapshot is None
    assert {path: body for path, (_, body) in site.all().items()} == found
