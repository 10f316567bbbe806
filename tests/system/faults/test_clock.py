"""The clock is set, by hours and both ways, while everything runs."""

from __future__ import annotations

import struct
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.system.faults.newsroom import FILE, generation, small_site
from tests.system.servers import require, serving, wait_for

pytestmark = pytest.mark.system

FEED = "/a/atom.xml"


class Clock:
    """That of the server alone; ``set`` says by how many seconds it is wrong."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._file, library = folder / "offset", folder / "clock.so"
        self.set(0)
        source = Path(__file__).with_name("clock.c")
        command = [require("cc"), "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lm"]
        subprocess.run(command, check=True)
        self.environment = {"LD_PRELOAD": str(library), "FAKE_CLOCK": str(self._file)}

    def set(self, seconds: float) -> None:
        self._seconds = seconds
        with self._file.open("r+b" if self._file.exists() else "wb") as opened:
            opened.write(struct.pack("d", seconds))

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._seconds)  # noqa: TID251


def embargoed(site, name, instant):
    text = f"id: {name}\npublished: {instant.isoformat()}\ntitle: {name} is known\nlead: Now.\n"
    site.write(f"a/{name}.yaml", text)


def test_the_clock_is_set_forward_and_back(tmp_path):
    site, clock = small_site(tmp_path / "site"), Clock(tmp_path / "clock")
    with serving(site, **clock.environment) as server:
        seen = []

        def shows(text, path=FEED):
            answer = server.get(path)
            if answer.status == 200 and "last-modified" in answer.headers and path == FEED:
                dates = (answer.headers["last-modified"], answer.headers["date"])
                modified, date = map(parsedate_to_datetime, dates)
                assert modified <= date, "RFC 9110 §8.8.2.1"
                seen.append((modified, answer.etag))
            return text in answer.body.decode()

        embargoed(site, "one", clock.now() + timedelta(hours=1))
        embargoed(site, "two", clock.now() + timedelta(hours=30))
        site.write(FILE, generation(1))
        wait_for("the edit", lambda: shows("G1."))
        assert server.get("/a/one").status == 404
        assert not shows("one is known")

        # Forward: an embargo has ended meanwhile; the next refresh is an hour away.
        clock.set(3601)
        wait_for("the end of an embargo", lambda: shows("one is known"))
        assert server.get("/a/two").status == 404

        # Back again, to before all that: edits are published, and the validators move on.
        clock.set(-7200)
        site.write(FILE, generation(2))
        wait_for("the edit", lambda: shows("G2."))
        soon = clock.now() + timedelta(seconds=4)
        embargoed(site, "three", soon)
        assert not shows("three is known")
        wait_for("an embargo by the new clock", lambda: shows("three is known"))
        assert clock.now() >= soon

        # And far ahead: nothing waits for hours that have passed.
        clock.set(31 * 3600)
        wait_for("the end of the other embargo", lambda: shows("two is known"))
        site.write(FILE, generation(3))
        wait_for("the last edit", lambda: shows("G3."))
        wait_for("a date again", lambda: "last-modified" in server.get(FEED).headers)
        shows("G3.")
        assert [date for date, _ in seen] == sorted(date for date, _ in seen), "it went back"
        tags = dict(seen)
        assert len(set(tags.values())) == len(tags), "two dates, one instance"
        assert "Traceback" not in server.program.output()
        assert "All is well" in server.status()
