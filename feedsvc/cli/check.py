"""``feedsvc check``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import rich_click as click

from feedsvc import config, report
from feedsvc.cli.common import AT, SITE, Named, errors, load_site, moment, named
from feedsvc.cli.schemas import stale
from feedsvc.cli.tell import all_from_here, counted, say, told
from feedsvc.cli.workbench import Bench, about
from feedsvc.errors import ConfigError, Problem
from feedsvc.source.outlook import far


class _Checked(NamedTuple):
    problems: list[Problem]
    files: int
    bench: Bench | None = None


@click.command()
@click.argument(
    "files",
    metavar="[FILE]...",
    nargs=-1,
    type=click.Path(path_type=Path),
    help="Files and folders of the site; without any, all.",
)
@click.option(
    "--format",
    "form",
    cls=Named,
    type=click.Choice(list(report.FORMATS)),
    default="text",
    show_default=True,
    help="How problems are written.",
)
@AT
@SITE
def check(root: Path, files: tuple[Path, ...], form: str, at: datetime | None) -> None:
    """Read everything, publish nothing, report every problem at once.

    With FILE…, the problems of those files and folders alone. An entry with an error is held back
    until it is mended; one with a warning is published.

    **Examples:** `feedsvc check`, `feedsvc check feeds/news/2026.yaml --format github`

    **Exit status:** 0 no errors, at most warnings; 1 errors; 2 bad usage.
    """
    checked = _check(root, at)
    wanted = [named(root, file) for file in files]
    problems = [each for each in checked.problems if not wanted or about(each, wanted)]
    if form != "text":
        click.echo(report.FORMATS[form](all_from_here(problems, root)))
    else:
        if problems:
            say(told(problems, root))
        say(_sum(checked, problems, wanted), err=True)
    sys.exit(1 if errors(problems) else 0)


def _check(root: Path, at: datetime | None) -> _Checked:
    try:
        site = load_site(root)
        bench = Bench(root, site)
    except ConfigError as error:
        return _Checked(list(error.problems), 1)
    advice = (*config.advice(root / "config" / "site.yaml"), *stale(root))
    late = far(bench.gathered.records.values(), moment(at, site), site)
    problems = sorted((*advice, *late, *bench.gathered.problems))
    return _Checked(problems, len(bench.found.files) + 1, bench)


def _sum(checked: _Checked, problems: list[Problem], wanted: list[str]) -> str:
    held = len(errors(problems))
    numbers = f"{counted(held, 'error')}, {counted(len(problems) - held, 'warning')}"
    told_sum = f"{numbers} in {counted(checked.files, 'file')}"
    mendings = checked.bench.mended(wanted) if checked.bench and held else ()
    if easy := sum(len(mending.done) for _, mending in mendings):
        told_sum += f"; 'feedsvc fix' can mend {easy}"
    return told_sum
