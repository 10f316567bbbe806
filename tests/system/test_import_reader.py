"""From the old feed to the new one: a reader that changes the address sees nothing twice.

The ``reader`` library subscribes to the old feed, which is then imported and published here.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from reader import make_reader

from tests.system.servers import (
    REPOSITORY,
    clean_environment,
    copy_sample_site,
    serving,
)

pytestmark = pytest.mark.system

DATA = REPOSITORY / "tests" / "data" / "import"
#: A guid that is no IRI cannot stay one: of these the import warns.
STRANGE = {"old.rss.xml": {"123 at https://old.example.org"}, "old.feed.json": {"1"}}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def old_server(folder):
    """The old site: files at a loopback address."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def import_(site, source, *words):
    command = [sys.executable, "-m", "feedsvc", "import", str(source), "old", "--site", site.root]
    done = subprocess.run(
        [*map(str, command), *words],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def site(tmp_path):
    made = copy_sample_site(tmp_path / "site")
    made.configure(lambda config: config["sections"].update(old={"title": "Old"}))
    return made


@pytest.fixture
def reader(tmp_path):
    with closing(make_reader(str(tmp_path / "reader.db"))) as made:
        yield made


def ids(reader):
    return sorted(entry.id for entry in reader.get_entries())


@pytest.mark.parametrize("new", ["rss.xml", "atom.xml", "feed.json"])
@pytest.mark.parametrize("old", ["old.rss.xml", "old.atom.xml", "old.feed.json"])
def test_nothing_comes_twice_and_nothing_is_lost(site, reader, old, new):
    with old_server(DATA) as address:
        reader.add_feed(f"{address}/{old}")
        first = reader.update_feed(f"{address}/{old}")
        before = ids(reader)
        assert first.new == len(before) > 1
        import_(site, f"{address}/{old}", "--allow-private")
    with serving(site) as server:
        reader.change_feed_url(f"{address}/{old}", f"{server.url}/old/{new}")
        second = reader.update_feed(f"{server.url}/old/{new}")
        strange = STRANGE.get(old, set())
        assert second.new == len(strange)
        assert set(before) <= set(ids(reader))
        assert len(ids(reader)) == len(before) + len(strange)
        # and nothing was lost on the way: whoever subscribes anew has every entry
        reader.add_feed(f"{server.url}/old/{'atom.xml' if new != 'atom.xml' else 'rss.xml'}")
        other = f"{server.url}/old/{'atom.xml' if new != 'atom.xml' else 'rss.xml'}"
        reader.update_feed(other)
        published = {entry.id for entry in reader.get_entries(feed=other)}
        assert set(before) - strange <= published
        assert len(published) == len(before)


def test_a_wordpress_export_has_the_ids_of_the_feed_that_wordpress_wrote(site, reader):
    with old_server(DATA) as address:
        reader.add_feed(f"{address}/old.rss.xml")
        reader.update_feed(f"{address}/old.rss.xml")
    before = ids(reader)
    import_(site, DATA / "export.wxr.xml")
    with serving(site) as server:
        reader.change_feed_url(f"{address}/old.rss.xml", f"{server.url}/old/rss.xml")
        assert reader.update_feed(f"{server.url}/old/rss.xml").new == 1  # ?p=13
    assert set(ids(reader)) - set(before) == {"https://old.example.org/?p=13"}


def test_importing_twice_adds_nothing(site):
    import_(site, DATA / "old.rss.xml")
    files = {path: path.read_bytes() for path in site.root.rglob("feeds/old/*.yaml")}
    assert len(files) == 2
    done = import_(site, DATA / "old.rss.xml")
    assert done.stdout == "0 new, 4 already here, of 4 entries\n"
    assert {path: path.read_bytes() for path in site.root.rglob("feeds/old/*.yaml")} == files


def test_a_private_address_is_refused_unless_it_is_meant(site):
    with old_server(DATA) as address:
        command = [sys.executable, "-m", "feedsvc", "import", f"{address}/old.rss.xml", "old"]
        done = subprocess.run(
            [*command, "--site", str(site.root)],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "127.0.0.1 is 127.0.0.1: not a public address" in done.stderr
    assert not (site.root / "feeds" / "old").exists()
