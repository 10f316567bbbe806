"""Problems on a terminal: each with the line that it is about, errors first.

In: problems and the folder of the site. Out: text, coloured where that is wanted. An edge: it reads
the lines of files, the environment and the width of the terminal.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import rich_click as click
from msgspec.structs import replace

from feedsvc.cli.excerpt import excerpt
from feedsvc.errors import Problem
from feedsvc.source.nodes import LIMITS
from feedsvc.source.written import Written

_WIDTH = 100
#: Lines of the config that are not shown: a log of CI may be read by many.
_SECRET = re.compile(r"[^#]*\b(?:store|webhook|password)['\"]?\s*:")


def colour() -> bool | None:
    """Whether to colour: what NO_COLOR and FORCE_COLOR say; None leaves it to the terminal."""
    if os.environ.get("NO_COLOR"):  # https://no-color.org
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def say(text: str, *, err: bool = False) -> None:
    """Print, in colour where that is wanted."""
    click.echo(text, err=err, color=colour())


def from_here(root: Path, path: str) -> str:
    """A file of the site by the name with which it can be opened from where we are."""
    here, site = Path.cwd().resolve(), root.resolve()
    if site == here:
        return path
    if site.is_relative_to(here):
        return f"{site.relative_to(here).as_posix()}/{path}"
    # Elsewhere a way through both folders would be no help.
    return _upwards(path, site, here) if here.is_relative_to(site) else path


def _upwards(path: str, site: Path, here: Path) -> str:
    slash = "/" if path.endswith("/") else ""
    return Path(os.path.relpath(site / path, here)).as_posix() + slash


def all_from_here(problems: Iterable[Problem], root: Path) -> list[Problem]:
    """The problems with names of files that can be opened from here."""
    return [replace(problem, file=from_here(root, problem.file)) for problem in problems]


def told(problems: Sequence[Problem], root: Path) -> str:
    """Every problem with its line, warnings behind errors."""
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    return "\n".join(_told(problem, root) for problem in ordered)


def counted(number: int, word: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _told(problem: Problem, root: Path) -> str:
    warning = problem.severity == "warning"
    place = click.style(replace(problem, file=from_here(root, problem.file)).place, bold=True)
    mark = click.style("warning: ", fg="yellow") if warning else ""
    field = click.style(problem.field, fg="yellow" if warning else "red", bold=True)
    fix = click.style(f"fix: {problem.fix}", fg="green")
    line = f"{place}: {mark}{field}: found {problem.found}; expected {problem.expected}; {fix}"
    return f"{line}\n{shown}" if (shown := _shown(problem, root)) else line


def _shown(problem: Problem, root: Path) -> str:
    """The line of the file; nothing where there is none."""
    lines = _lines(root / problem.file)
    if not 0 < problem.line <= len(lines) or _SECRET.match(lines[problem.line - 1]):
        return ""
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    return excerpt(problem.line, lines[problem.line - 1], problem.column, width)


@lru_cache(maxsize=16)
def _lines(file: Path) -> list[str]:
    try:
        if file.is_file() and file.stat().st_size <= LIMITS.size:
            return Written(file.read_bytes()).lines
    except OSError:
        pass
    return []
