"""``feedsvc fix``."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import rich_click as click
from msgspec.structs import replace

from feedsvc.cli.common import SITE, errors, fail, load_site, named
from feedsvc.cli.tell import counted, from_here, say, told
from feedsvc.cli.workbench import Bench, about
from feedsvc.errors import ConfigError, Problem, SourceError, harmless
from feedsvc.source import edit
from feedsvc.source.mend import Mended
from feedsvc.source.tree import SourceFile

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@click.argument(
    "files",
    metavar="[FILE]...",
    nargs=-1,
    type=click.Path(path_type=Path),
    help="Files and folders of the site; without any, all.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@SITE
def fix(root: Path, files: tuple[Path, ...], dry_run: bool) -> None:  # noqa: FBT001
    """Mend what needs no guess: missing ids, dates in the wrong form, keys in capitals.

    Comments, order, quotes and all else stay as they are. What needs a person is listed; where
    nothing does, the exit status is 0.

    **Examples:** `feedsvc fix --dry-run`, `feedsvc fix feeds/news/2026.yaml`

    **Exit status:** 0 nothing is left but warnings; 1 something needs a person; 2 bad usage.
    """
    wanted = [named(root, file) for file in files]
    try:
        bench = Bench(root, load_site(root))
    except ConfigError as error:
        fail(told(error.problems, root))
    mended = dict(bench.mended(wanted))
    if dry_run:
        _show(root, bench, mended)
    else:
        _write(root, bench, mended)
    left = [problem for problem in bench.left() if not wanted or about(problem, wanted)]
    if left:
        say(told(left, root), err=True)
    say(_sum(mended, left, dry_run=dry_run), err=True)
    sys.exit(1 if errors(left) else 0)


def _write(root: Path, bench: Bench, mended: Mapping[SourceFile, Mended]) -> None:
    for file, mending in mended.items():
        try:
            edit.save(Path(file.location), bench.old[file.path], mending.data)
        except SourceError as error:
            fail(told(error.problems, root))
        except OSError as error:
            fail(f"cannot write {from_here(root, file.path)}: {error.strerror}")
        for done in mending.done:
            say(str(replace(done, file=from_here(root, done.file))))


def _show(root: Path, bench: Bench, mended: Mapping[SourceFile, Mended]) -> None:
    for file, mending in mended.items():
        name = from_here(root, file.path)
        name = file.path if name.startswith("../") else name  # patch takes no way up
        for line in _diff(name, bench.old[file.path], mending.data):
            say(click.style(_obeying_nothing(line), fg=_COLOURS.get(line[:1])))


def _obeying_nothing(line: str) -> str:
    """As it is for patch; for a terminal without what that would obey."""
    return harmless(line) if sys.stdout.isatty() else line


def _diff(name: str, old: bytes, new: bytes) -> Iterator[str]:
    """A unified diff that patch takes: lines end as they do in the file."""
    first, second = map(_lines, (old, new))
    for line in difflib.unified_diff(first, second, f"a/{name}", f"b/{name}"):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _lines(data: bytes) -> list[str]:
    r"""Lines with their ends, which are ``\n`` alone: ``splitlines`` knows more, patch does not."""
    return [line for line in re.split(r"(?<=\n)", data.decode("utf-8", "replace")) if line]


def _sum(mended: Mapping[SourceFile, Mended], left: list[Problem], *, dry_run: bool) -> str:
    done = [done for mending in mended.values() for done in mending.done]
    what = (
        f"{len(done)} {'to be mended' if dry_run else 'mended'} in {counted(len(mended), 'file')}"
    )
    held = len(errors(left))
    kinds = {"error": held, "warning": len(left) - held}
    rest = " and ".join(counted(number, word) for word, number in kinds.items() if number)
    lines = [f"{what if done else 'nothing to mend'}; left for a person: {rest or 'nothing'}"]
    if any(each.field == "id" for each in done):
        lines.append("If readers know one of these entries already, give it its old id instead.")
    return "\n".join(lines)
