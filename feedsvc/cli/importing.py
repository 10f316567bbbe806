"""``feedsvc import``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import rich_click as click

from feedsvc import report
from feedsvc.cli import completion
from feedsvc.cli.common import SITE, fail, load_site, now
from feedsvc.cli.progress import each, progress
from feedsvc.cli.schemas import header
from feedsvc.errors import ConfigError, ImportProblem, harmless
from feedsvc.model import Site
from feedsvc.render.markdown import to_html
from feedsvc.source import collect, tree
from feedsvc.source.drafting import Drafter
from feedsvc.source.fetch import Fetched, Fetcher
from feedsvc.source.importer import Existing, Importer, Plan, carry_out
from feedsvc.source.walk import Found, whole

#: How many notes are shown of a kind: a feed with one fault has it in every item.
_FEW = 10
#: An export of many years: more than any feed, less than memory.
_FILE = 256 * 1024 * 1024


@click.command("import")
@click.argument(
    "source",
    metavar="FILE|URL",
    help="A feed or an export; further pages and archives of a feed are followed.",
    shell_complete=completion.file_or_url,
)
@click.argument(
    "section",
    help="Where its entries go: one that the config names.",
    shell_complete=completion.sections,
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, write nothing.")
@click.option(
    "--own-pages", is_flag=True, help="Leave out old addresses: each entry has its page here."
)
@click.option(
    "--pages",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="How many documents to fetch: archives and further pages of the feed are followed.",
)
@click.option(
    "--allow-private", is_flag=True, help="Fetch also from private and loopback addresses."
)
@SITE
def import_(  # noqa: PLR0913, PLR0917 - one for each option
    root: Path,
    source: str,
    section: str,
    dry_run: bool,  # noqa: FBT001
    own_pages: bool,  # noqa: FBT001
    pages: int,
    allow_private: bool,  # noqa: FBT001
) -> None:
    """Turn an RSS, Atom or JSON feed, or a WordPress export, into entry files of a section.

    Ids, dates, authors, tags and enclosures are kept: whoever changes from the old feed to the new
    one sees nothing twice. Entries that are here already stay as they are, so an import can be
    repeated.

    **Examples:** `feedsvc import https://old.example.org/feed news`,
    `feedsvc import export.xml news --dry-run`

    **Exit status:** 0 written, or all is here already; 1 it cannot be read or written; 2 bad usage.
    """
    try:
        site = load_site(root)
        _check(site, section)
        found = _found(source, pages, private=allow_private)
        plan = _planned(root, site, section, found, own_pages=own_pages)
        if not dry_run:
            carry_out(root, plan.additions)
    except ConfigError as error:
        fail(report.text(error.problems))
    except ImportProblem as error:
        fail(f"cannot import {source}: {harmless(str(error))}")
    except OSError as error:
        fail(f"cannot write {error.filename}: {error.strerror}")
    _tell(found, plan, dry_run=dry_run)


def _check(site: Site, section: str) -> None:
    names = [known.name for known in site.sections]
    if section not in names:
        raise click.UsageError(f"no section {section!r}; expected one of: {', '.join(names)}")


def _found(source: str, pages: int, *, private: bool) -> Found:
    """Everything that the file or address has. Raises ImportProblem."""
    if source.lower().startswith(("http://", "https://")):
        with Fetcher(private=private) as fetcher:
            return whole(fetcher.get(source), _announced(fetcher.find), pages)
    return whole(Fetched(_content(Path(source)), ""), lambda _: None, pages)


def _announced(find: Callable[[str], Fetched | None]) -> Callable[[str], Fetched | None]:
    """Say which further document is being fetched: it takes a while."""

    def announced(url: str) -> Fetched | None:
        click.echo(f"fetching {harmless(url)}", err=True)
        return find(url)

    return announced


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _FILE:
            raise ImportProblem(f"more than {_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ImportProblem(str(error.strerror)) from error


def _planned(root: Path, site: Site, section: str, found: Found, *, own_pages: bool) -> Plan:
    gathered = collect.gather(site, tree.scan(root / "feeds"), {}, tree.read)
    held = (name for record in gathered.records.values() for name in record.held)
    drafter = Drafter(
        site,
        section,
        partial(to_html, base=site.base_url),
        language=found.feed.language,
        instant=found.feed.date or now(),
        own_pages=own_pages,
    )
    importer = Importer(site, section, drafter, partial(_text, root))
    existing = Existing.of(gathered.entries, held, site, section)
    with progress("Converting", "entries") as step:
        return importer.plan(found.items, existing, each(step, len(found.items)))


def _text(root: Path, path: str) -> str | None:
    file = root / path
    if file.exists():
        return file.read_text(encoding="utf-8-sig")
    return header(root, path).decode() or None


def _tell(found: Found, plan: Plan, *, dry_run: bool) -> None:
    done = "would write" if dry_run else "wrote"
    for addition in plan.additions:
        click.echo(f"{done} {addition.path}: {_counted(addition.entries)}")
    new = sum(addition.entries for addition in plan.additions)
    click.echo(f"{new} new, {plan.known} already here, of {_counted(len(found.items))}")
    _note([*found.notes, *plan.notes])
    if plan.strange:
        first = ", ".join(plan.strange[:_FEW])
        click.echo(
            f"warning: {_counted(len(plan.strange))} had no id that is an IRI: who subscribes to "
            f"the old feed will see them once more, under a new id: {first}",
            err=True,
        )
    if plan.html:
        click.echo(
            f"note: some HTML stays in the body of {_counted(plan.html)}: Markdown has no signs "
            "for it, and it renders as before",
            err=True,
        )


def _counted(number: int) -> str:
    return f"{number} entry" if number == 1 else f"{number} entries"


def _note(notes: list[str]) -> None:
    for note in notes[:_FEW]:
        click.echo(f"warning: {harmless(note)}", err=True)
    if len(notes) > _FEW:
        click.echo(f"warning: and {len(notes) - _FEW} more", err=True)
