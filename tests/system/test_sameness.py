"""The same bytes, ETags and dates: after restarts and rebuilds, on every machine. Contract §5, §6.

Whole processes build and serve. Machines differ in locale, zone, hash seed, umask and file order.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import parsedate_to_datetime

import pytest

from tests.system.machines import HERE, OTHERS, build, contents, place
from tests.system.raw import exchange
from tests.system.servers import clean_environment, copy_sample_site, free_port, serving, wait_for

pytestmark = pytest.mark.system

FEED = "/news/atom.xml"
FILE = "news/2026.yaml"
OLD = "Shad are back in the Velm"
#: The sample site knows of no change between these.
MORNING, NOON, EVENING = "2026-11-24T08:00", "2026-11-24T12:00:10", "2026-11-24T20:00"

#: Ties, letters that a locale might fold or sort otherwise, and an id that each file takes.
SAME_MINUTE = """\
- {id: NAME-2, published: 2026-11-03 09:00, title: İstanbul ISPARTA ığdır, lead: NAME ß}
- {id: NAME, published: 2026-11-03 09:00, title: NAME Straße, lead: Ωμέγα, tags: [z, ä, a, İ]}
- {id: taken, published: 2026-11-03 09:00, title: NAME takes this id, lead: Once.}
"""
NAMES = {"zürich": "zuerich", "aachen": "aachen", "Ålesund": "alesund", "İzmir": "izmir"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The sample site, with what tempts to depend on the machine."""
    site = copy_sample_site(tmp_path_factory.mktemp("source") / "site")
    site.configure(lambda config: config["feeds"].update(entries=8))
    for file, name in NAMES.items():
        site.write(f"news/{file}.yaml", SAME_MINUTE.replace("NAME", name))
    return site


def test_other_machines_give_the_same__contract_6(source, tmp_path):
    """Locale, time zone, hash seed, umask, file order, folder: nothing of it reaches a byte."""
    machines = (HERE, *OTHERS)
    places = [
        place(source, tmp_path / f"site {number}", backwards=bool(number % 2))
        for number in range(len(machines))
    ]
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(lambda one: build(one[0], MORNING, one[1]), zip(places, machines, strict=True))
        )
    here, *others = map(contents, places)
    assert len(here.bodies) > 80
    assert any("id" in problem for problem in here.problems), "an id that is taken twice"
    for machine, there in zip(OTHERS, others, strict=True):
        assert there.problems == here.problems, machine.name
        assert there.facts == here.facts, machine.name
        assert there.bodies == here.bodies, machine.name
        assert there.changed == here.changed, machine.name


def retitle(site, title: str) -> None:
    text = site.read(FILE)
    line = next(line for line in text.splitlines() if OLD in line or "# edited" in line)
    site.write(FILE, text.replace(line, f'  title: "{title}" # edited'))


def test_a_new_builder_with_nothing_but_the_store_continues__contract_6(source, tmp_path):
    """On an empty machine, with another locale, zone and file order: it has nothing to publish."""
    first = place(source, tmp_path / "first")
    build(first, MORNING)
    retitle(first, "Shad are here")
    build(first, NOON)
    before = contents(first)
    assert before.snapshot == 2

    second = place(first, tmp_path / "second", backwards=True)
    store = tmp_path / "elsewhere.db"
    copy_database(first.root / "var" / "feedsvc.db", store)
    assert "nothing changed" in build(second, EVENING, OTHERS[1], store)
    assert contents(second, store) == before
    assert not (second.root / "var").exists()

    # What either of them does next is the same.
    for site in (first, second):
        retitle(site, "Shad are everywhere")
    build(first, EVENING)
    build(second, EVENING, OTHERS[1], store)
    after = contents(second, store)
    assert after == contents(first)
    assert after.etags[FEED] != before.etags[FEED]


def copy_database(source, target) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def test_what_was_built_before_leaves_no_trace__contract_6(tmp_path):
    """A store that saw edits and mistakes, and an empty one: all but the dates of change agree."""
    old = copy_sample_site(tmp_path / "old")
    good = old.read(FILE)
    build(old, MORNING)
    retitle(old, "Shad are here")
    old.write("news/broken.yaml", "- id: [")
    build(old, NOON)
    old.write(FILE, good)
    (old.root / "feeds" / "news" / "broken.yaml").unlink()
    build(old, EVENING)
    new = place(old, tmp_path / "new")
    build(new, EVENING)
    was, fresh = contents(old), contents(new)
    assert (was.snapshot, fresh.snapshot) == (3, 1)
    assert was.facts == fresh.facts
    assert was.bodies == fresh.bodies
    # The one memory: back to the old bytes is a change as well.
    assert was.changed[FEED] > was.changed["/speeches/rss.xml"]
    assert set(fresh.changed.values()) == {was.changed[FEED]}


def test_a_second_that_is_taken_and_a_clock_set_back__9110_8_8_2(source, tmp_path):
    """Last-Modified moves with every change of bytes, never back, whatever the clock says."""
    site = place(source, tmp_path / "site")
    dates = []
    for number, at in enumerate((NOON, NOON, MORNING)):
        retitle(site, f"Shad, part {number}")
        build(site, at)
        dates.append(contents(site))
    changed = [one.changed[FEED] for one in dates]
    assert changed == sorted(set(changed))
    assert len({one.etags[FEED] for one in dates}) == 3
    assert len({one.changed["/speeches/rss.xml"] for one in dates}) == 1


CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


def everything(server, paths) -> dict[str, object]:
    """Every answer there is, whole, but for the moment: Date."""
    found: dict[str, object] = {}
    for path in paths:
        for coding in ("identity", "gzip", "br"):
            fields = (("Accept-Encoding", coding),)
            full = exchange(server.port, path, fields=fields)
            found[f"{path} {coding}"] = full.lasting
            for name, condition in CONDITIONS.items():
                if name in full and coding == "gzip":
                    held = (*fields, (condition, full[name]))
                    again = exchange(server.port, path, fields=held)
                    assert again.status == 304
                    found[f"{path} {coding} {condition}"] = again.lasting
        found[f"{path} HEAD"] = exchange(server.port, path, "HEAD").lasting
    return found


def public(site) -> list[str]:
    return [path for path in contents(site).facts if path[-1] != "*" and "!" not in path]


def test_no_rebuild_and_no_restart_changes_a_byte_or_a_header__contract_5(
    source, tmp_path, monkeypatch
):
    site, port = place(source, tmp_path / "site"), free_port()
    with serving(site, port=port) as server:
        paths = [*public(site), "/nothing", "/press-releases/x", "/news", "/healthz", "/readyz"]
        before = everything(server, paths)
        assert len(before) > 400
        rewrite(site)
        assert "nothing changed" in rebuild(site, server.url)
        assert everything(server, paths) == before
    touch(site)
    for name, value in {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"}.items():
        monkeypatch.setenv(name, value)
    with serving(site, port=port) as server:
        assert everything(server, paths) == before


def rewrite(site) -> None:
    """Other bytes that say the same: comments, quotes, line ends, entries in another order."""
    text = re.sub(r"(?m)^  title: ([^\n'\"]+)$", r'  title: "\1"  # in quotes', site.read(FILE))
    start = text.index("- id:")
    entries = text[start:].split("\n- ")
    turned = [entry if entry.startswith("- ") else f"- {entry}" for entry in reversed(entries)]
    again = text[:start] + "\n".join(entry.rstrip("\n") for entry in turned) + "\n"
    assert again != site.read(FILE)
    site.write(FILE, again.replace("\n", "\r\n"))
    touch(site)


def touch(site) -> None:
    for file in (site.root / "feeds").rglob("*.yaml"):
        file.touch()


def rebuild(site, url: str) -> str:
    """A builder that begins with what the store knows, beside the one that runs."""
    return subprocess.run(
        [sys.executable, "-m", "feedsvc", "build", "--site", site.root],
        env=clean_environment() | {"FEEDSVC_BASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    ).stdout


def test_two_edits_within_one_second_move_both_validators__9110_8_8_2_2(source, tmp_path):
    with serving(place(source, tmp_path / "site")) as server:
        seen = [exchange(server.port, FEED)]
        for attempt in range(6):
            started = time.monotonic()
            for number in range(2):
                retitle(server.site, f"Shad, {attempt} {number}")
                edited = time.monotonic()
                seen.append(wait_for("the edit", lambda: another(server, seen[-1])))
            if edited - started < 1:
                break
        else:
            pytest.fail("no two edits within one second: this machine is too busy to tell")
        tags = [each["etag"] for each in seen]
        dates = [parsedate_to_datetime(each["last-modified"]) for each in seen]
        assert len(set(tags)) == len(tags)
        assert dates == sorted(set(dates))
        for each in seen:
            # RFC 9110 §8.8.2.1: never later than the answer itself.
            assert parsedate_to_datetime(each["date"]) >= parsedate_to_datetime(
                each["last-modified"]
            )
        for each in seen[:-1]:
            for name, condition in CONDITIONS.items():
                asked = ((condition, each[name]),)
                assert exchange(server.port, FEED, fields=asked).status == 200, "left behind"


def another(server, before):
    found = exchange(server.port, FEED)
    return found if found["etag"] != before["etag"] else None
