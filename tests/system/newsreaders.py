"""Feed readers that people have on their machines, run without a screen, each with its own home."""

from __future__ import annotations

import mailbox
import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.system.servers import clean_environment, require


def run(home: Path, *command: str | Path) -> str:
    """Run to the end; what it printed, both streams together."""
    env = clean_environment() | {"HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm"}
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        env.pop(name, None)
    done = subprocess.run(
        [str(word) for word in command],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@dataclass
class Newsboat:
    """newsboat, subscribed to some feeds."""

    home: Path

    def subscribe(self, *urls: str) -> None:
        self.program = require("newsboat")
        self.home.mkdir()
        (self.home / "urls").write_text("".join(f"{url}\n" for url in urls), encoding="utf-8")
        (self.home / "config").write_text("reload-threads 1\n", encoding="utf-8")
        # newsboat keeps the validators of feeds that it knows: from the second answer on.
        self.reload()
        self.reload()

    def reload(self) -> int:
        """Ask every feed once; how many articles are unread now."""
        said = run(self.home, self.program, *self._files(), "-x", "reload", "print-unread")
        return int(re.search(r"(\d+) unread", said)[1])

    def _files(self) -> tuple[str | Path, ...]:
        where = {"-u": "urls", "-C": "config", "-c": "cache.db"}
        return tuple(part for flag, name in where.items() for part in (flag, self.home / name))

    def titles(self) -> dict[str, str]:
        """The title of each article in its cache, by id; an id twice would be a failure."""
        with closing(sqlite3.connect(self.home / "cache.db")) as cache:
            rows = cache.execute("SELECT guid, title FROM rss_item WHERE deleted = 0").fetchall()
        assert len(rows) == len(dict(rows)), "an article was taken twice"
        return dict(rows)


@dataclass
class Rss2email:
    """rss2email, delivering into a maildir."""

    home: Path

    def subscribe(self, *urls: str) -> None:
        self.program = require("r2e")
        inbox = self.home / "mail" / "inbox"
        inbox.parent.mkdir(parents=True)
        mailbox.Maildir(inbox, create=True).close()
        (self.home / "config").write_text(
            "[DEFAULT]\nto = reader@example.org\nemail-protocol = maildir\n"
            f"maildir-path = {inbox.parent}\nmaildir-mailbox = {inbox.name}\n",
            encoding="utf-8",
        )
        for number, url in enumerate(urls):
            self._r2e("add", f"feed{number}", url)

    def poll(self) -> str:
        return self._r2e("run")

    def subjects(self) -> list[str]:
        """The subject of every mail so far."""
        with closing(mailbox.Maildir(self.home / "mail" / "inbox")) as inbox:
            return [str(message["subject"]) for message in inbox]

    def _r2e(self, *words: str) -> str:
        files = ("-c", self.home / "config", "-d", self.home / "feeds.json")
        return run(self.home, self.program, *files, *words)
