"""``feedsvc check``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import rich_click as click

from feedsvc import config, report
from feedsvc.cli.common import AT, SITE, errors, load_site
from feedsvc.cli.schemas import stale
from feedsvc.cli.tell import counted, from_here, say, told
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

    With FILE…, the problems of those files and folders alone. An entry with an error is held back
    until it is mended; one with a warning is published.

    **Examples:** `feedsvc check`, `feedsvc check feeds/news/2026.yaml --format github`
    """
    problems, read = _problems(root)
    if files:
        wanted = [named(root, file) for file in files]
        problems = [problem for problem in problems if about(problem, wanted)]
    if form != "text":
        click.echo(report.FORMATS[form](from_here(problems, root)))
    elif problems:
        say(told(problems, root))
    if form == "text":
        say(_sum(problems, read), err=True)
    sys.exit(1 if errors(problems) else 0)


def _problems(root: Path) -> tuple[list[Problem], int]:
    """Every problem of the site, and how many files were read."""
    try:
        site = load_site(root)
    except ConfigError as error:
        return list(error.problems), 1
    found = tree.scan(root / "feeds")
    gathered = collect.gather(site, found, {}, tree.read)
    advice = (*config.advice(root / "config" / "site.yaml"), *stale(root))
    return sorted((*advice, *gathered.problems)), len(found.files) + 1


def _sum(problems: Sequence[Problem], read: int) -> str:
    held = len(errors(problems))
    numbers = f"{counted(held, 'error')}, {counted(len(problems) - held, 'warning')}"
    return f"{numbers} in {counted(read, 'file')}"


def about(problem: Problem, wanted: Sequence[str]) -> bool:
    """Whether it is in one of the files or folders, or names one: as a duplicate id does."""
    named_there = any(f"{name}:" in problem.expected for name in wanted)
    return inside(problem.file, wanted) or named_there


def inside(path: str, wanted: Sequence[str]) -> bool:
    """Whether a file is one of those, or below one; where none are named, every file is."""
    below = (f"{name.rstrip('/')}/" for name in wanted)
    return not wanted or path in wanted or path.startswith(tuple(below))


def named(root: Path, file: Path) -> str:
    """A file or folder as problems name it; raises UsageError where the site has none."""
    site = root.resolve()
    for near in (file, root / file):
        place = near.parent.resolve() / near.name
        if place.exists() and place.is_relative_to(site):
            return place.relative_to(site).as_posix()
    raise click.UsageError(f"no file {file} in the site {root.absolute()}")
