"""What commands share: options, the site that is meant, the clock, how to give up.

In: what a person typed and the environment. Out: values that commands use. An edge: it reads the
environment and the clock.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import rich_click as click

from feedsvc import config, report
from feedsvc.errors import ConfigError, Problem, StoreError
from feedsvc.model import DEFAULT_STORE, Site
from feedsvc.source import dates
from feedsvc.source.fields import Unfit


def _chosen(context: click.Context, _option: click.Parameter, value: Path | None) -> Path:
    """``--site`` may stand before the command or behind it; else the site around where we are."""
    before = context.parent and context.parent.params.get("root")
    return value or before or _around()


def _around() -> Path:
    """The folder that we are in, or the nearest above it that is a site."""
    above = _site_above(Path.cwd())
    return above if above and not is_site(Path()) else Path()


def _site_above(folder: Path) -> Path | None:
    return next(filter(is_site, folder.absolute().parents), None)


def is_site(folder: Path) -> bool:
    """Whether it has what makes a folder a site."""
    return (folder / "config" / "site.yaml").is_file()


class Named(click.Option):
    """An option whose environment variable is called as the option is, not as our parameter."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """``FEEDSVC_<COMMAND>_<OPTION>``: click's own rule, by the long name."""
        said = max(self.opts, key=len).lstrip("-").replace("-", "_").upper()
        return os.environ.get(f"{ctx.auto_envvar_prefix}_{said}") or None


SITE = click.option(
    "--site",
    "root",
    cls=Named,
    type=click.Path(file_okay=False, path_type=Path),
    callback=_chosen,
    metavar="DIR",
    help="The folder with `config/site.yaml` and `feeds/`; by default, where you are, or the "
    "nearest above.",
)


def _instant(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> datetime | None:
    if value is None:
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(value)
    try:
        moment = dates.parse(value)
    except Unfit as unfit:
        said = f"found {value!r}; expected an instant such as 2026-03-01T09:00; fix: {unfit}"
        raise click.BadParameter(said) from None
    return moment.reading.replace(tzinfo=moment.offset)


AT = click.option(
    "--at",
    metavar="INSTANT",
    callback=_instant,
    help="Act as if it were then, e.g. `2026-03-01T09:00`; without a zone, the site's.",
)


def now() -> datetime:
    """The clock of every command."""
    return datetime.now(UTC)  # noqa: TID251 - commands begin here


def moment(at: datetime | None, site: Site) -> datetime:
    """The instant that ``--at`` names, in the site's zone where it names none; else the present."""
    if at is None:
        return now()
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(site.timezone))


def need_site(root: Path) -> Path:
    """The site's config file. Raises UsageError where there is none, with what is meant."""
    file = root / "config" / "site.yaml"
    if file.is_file():
        return file
    here = root.absolute()
    if above := _site_above(here):
        where, fix = f"{here}", f"did you mean --site {above}?"
    else:
        where = f"{here} or a folder above it"
        fix = "name the folder with --site DIR, or make a site with 'feedsvc init DIR'"
    raise click.UsageError(f"no site in {where}: config/site.yaml is missing; {fix}")


def named(root: Path, file: Path) -> str:
    """A file or folder as problems name it; raises UsageError where the site has none."""
    site = root.resolve()
    for near in (file, root / file):
        place = near.parent.resolve() / near.name
        if place.exists() and place.is_relative_to(site):
            return place.relative_to(site).as_posix()
    raise click.UsageError(f"no file {file} in the site {root.absolute()}")


def load_site(root: Path) -> Site:
    """The site's config.

    Raises UsageError where there is no site, ConfigError where its config has problems.
    """
    return config.override(config.load(need_site(root)), base_url=base_url())


def store_url(root: Path) -> str:
    """The environment's store, else the config's; a broken config must not stop a server."""
    from feedsvc.store import locate  # noqa: PLC0415 - SQLAlchemy loads as long as a check runs

    if url := os.environ.get("FEEDSVC_STORE"):
        try:
            return locate(url, root)
        except StoreError as error:
            raise click.UsageError(f"FEEDSVC_STORE: {error}") from None
    try:
        return locate(load_site(root).store, root)
    except StoreError as error:
        raise click.UsageError(f"config/site.yaml: {error}") from None
    except ConfigError as error:
        click.echo(report.text(error.problems), err=True)
        return locate(DEFAULT_STORE, root)


def base_url() -> str | None:
    """The environment's base_url, which overrides the config's."""
    return os.environ.get("FEEDSVC_BASE_URL") or None


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that hold something back."""
    return [problem for problem in problems if problem.severity == "error"]


def fail(message: str) -> NoReturn:
    """Say what went wrong and exit with 1."""
    click.echo(message, err=True)
    raise SystemExit(1)
