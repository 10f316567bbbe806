"""``feedsvc init``."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import rich_click as click

from feedsvc import config, scaffold
from feedsvc.cli.common import fail, now
from feedsvc.cli.schemas import SCHEMAS, document, schema_path
from feedsvc.errors import ConfigError
from feedsvc.source import edit

_LOCAL = "http://127.0.0.1:8000"
_ZONE = Path("/etc/localtime")


@click.command()
@click.argument(
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the site will be; `.` for where you are.",
)
@click.option("--title", metavar="TEXT", help="What the site is called; else made of DIR's name.")
@click.option(
    "--base-url", metavar="URL", default=_LOCAL, show_default=True, help="Its public address."
)
@click.option("--tag", metavar="DOMAIN,YEAR", help="Part of all ids; else made of the address.")
def init(folder: Path, title: str | None, base_url: str, tag: str | None) -> None:
    """Make a new site: its config, a section, an entry, and schemas for your editor.

    **Examples:** `feedsvc init press`,
    `feedsvc init press --title "Harbour Office" --base-url https://news.example.org`

    **Exit status:** 0 made; 1 a file cannot be written; 2 bad usage, or a site is there already.
    """
    zone = _zone()
    moment = now().astimezone(ZoneInfo(zone))
    name = folder.resolve().name or "press"
    title = " ".join((title or _titled(name)).split())
    facts = scaffold.Facts(title, base_url, tag or _tag(base_url, name, moment), zone, moment)
    files = scaffold.files(facts) | {schema_path(which): document(which) for which in SCHEMAS}
    _check(files["config/site.yaml"])
    _refuse(folder, files)
    try:
        for file, data in files.items():
            edit.save(folder / file, None, data)
        _ignore(folder / ".gitignore")
    except OSError as error:
        fail(f"cannot write {error.filename}: {error.strerror}")
    click.echo(_next(folder, facts))


def _check(data: bytes) -> None:
    """Whether what was given makes a config. Raises UsageError."""
    try:
        config.parse(data)
    except ConfigError as error:
        first = error.problems[0]
        raise click.UsageError(
            f"--{first.field.replace('_', '-')}: found {first.found}; expected {first.expected}; "
            f"fix: {first.fix}"
        ) from None


def _refuse(folder: Path, files: dict[str, bytes]) -> None:
    """Raise UsageError where something of a site is there already."""
    there = [path for path in ("feeds", *files) if (folder / path).exists()]
    if there:
        raise click.UsageError(
            f"{folder} has {there[0]} already: nothing was changed. Choose a folder without it, "
            "or use that site as it is: feedsvc serve"
        )


def _ignore(file: Path) -> None:
    """Keep git away from ``var/``, also where there is a list already."""
    old = file.read_bytes() if file.exists() else None
    if old is None or b"var/" not in old.split():
        glue = b"" if not old or old.endswith(b"\n") else b"\n"
        edit.save(file, old, (old or b"") + glue + scaffold.IGNORED)


def _titled(name: str) -> str:
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or "News"


def _tag(base_url: str, name: str, moment: datetime) -> str:
    """The host of the public address; before there is one, a domain that nobody has (RFC 2606)."""
    host = urlsplit(base_url).hostname or ""
    if base_url == _LOCAL or not host:
        host = f"{re.sub('[._]+', '-', scaffold.word(name))}.example"
    return f"{host},{moment:%Y}"


def _zone() -> str:
    """The zone of this computer where it has a name, else UTC."""
    name = str(_ZONE.resolve()).partition("zoneinfo/")[2].removeprefix("posix/")
    try:
        return "UTC" if name.startswith("Etc/") else ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        return "UTC"


def _next(folder: Path, facts: scaffold.Facts) -> str:
    site = "" if folder.resolve() == Path.cwd() else f" --site {folder}"
    local = facts.base_url == _LOCAL
    before = (
        f"""
Before you publish, set base_url and tag in {folder / "config/site.yaml"}."""
        if local
        else ""
    )
    return f"""\
A new site in {folder}:
  config/site.yaml      its title, address and sections, every key explained
  {scaffold.entry_file(facts)}  one entry to begin with

Look at it:    feedsvc serve{site}     then open {_LOCAL}/
Add an entry:  feedsvc new news --edit{site}
Check it:      feedsvc check{site}
{before}""".rstrip()
