"""``feedsvc check``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import rich_click as click

from feedsvc import report
from feedsvc.cli.common import AT, SITE, errors, load_site
from feedsvc.errors import ConfigError, Problem
from feedsvc.source import collect, tree


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(report.FORMATS)),
    default="text",
    show_default=True,
    help="How problems are written.",
)
@AT
@SITE
def check(root: Path, files: tuple[Path, ...], form: str, at: datetime | None) -> None:  # noqa: ARG001
    """Read everything, publish nothing, report every problem at once.

    With FILE…, the problems of those files alone.
    **Examples:** `feedsvc check`, `feedsvc check feeds/news/2026.yaml --format github`
    """
    problems = _problems(root)
    if files:
        wanted = {_shown(root, file) for file in files}
        problems = [problem for problem in problems if problem.file in wanted]
    if problems or form != "text":
        click.echo(report.FORMATS[form](problems))
    if form == "text":
        held = len(errors(problems))
        click.echo(f"{held} errors, {len(problems) - held} warnings", err=True)
    sys.exit(1 if errors(problems) else 0)


def _problems(root: Path) -> list[Problem]:
    try:
        site = load_site(root)
    except ConfigError as error:
        return list(error.problems)
    found = tree.scan(root / "feeds")
    return sorted(collect.gather(site, found, {}, tree.read).problems)


def _shown(root: Path, file: Path) -> str:
    """A file as problems name it; raises UsageError where the site has none."""
    for place in (file.absolute(), (root / file).absolute()):
        if place.is_file() and place.is_relative_to(root.absolute()):
            return place.relative_to(root.absolute()).as_posix()
    raise click.UsageError(f"no file {file} in the site {root.absolute()}")
