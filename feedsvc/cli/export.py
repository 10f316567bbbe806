"""``feedsvc export``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import rich_click as click

from feedsvc import export as folder
from feedsvc import hosting, report
from feedsvc.build import Builder
from feedsvc.cli.build import once, ping
from feedsvc.cli.common import AT, SITE, base_url, errors, fail, load_site, moment, store_url
from feedsvc.cli.past import Zone
from feedsvc.cli.progress import each, progress
from feedsvc.errors import ConfigError, FeedsvcError, LeaseHeld, Problem
from feedsvc.snapshot import Difference, SnapshotInfo
from feedsvc.store import Store
from feedsvc.store.publication import Publication


@click.command()
@click.argument(
    "directory",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder of its own; it is made where it is missing.",
)
@click.option("--no-build", is_flag=True, help="Write what the store has, build nothing.")
@AT
@SITE
def export(root: Path, directory: Path, no_build: bool, at: datetime | None) -> None:  # noqa: FBT001
    """Write the whole public site into DIR as static files, for any web server.

    It builds first, as `feedsvc build` does; with `--at` it publishes nothing and writes what the
    site would be then. Files stand beside their `.gz` and `.br`; `DIR/_redirects` and
    `DIR/.feedsvc/nginx.conf` tell a server what files cannot. A second export touches only what
    changed, and never what no export wrote.

    **Examples:** `feedsvc export /var/www/news`, `feedsvc export /tmp/monday --at 2026-03-02T09:00`

    **Exit status:** 0 written; 1 errors in the source (all else is written), or no
    export; 2 bad usage.
    """
    if no_build and at:
        raise click.UsageError("--at is about a build: it cannot go with --no-build")
    _refuse(root, directory)
    try:
        with _ready(root, at, build=not no_build) as (store, problems):
            _write(store, directory, at)
    except ConfigError as error:
        fail(report.text(error.problems))
    except FeedsvcError as error:
        fail(str(error))
    sys.exit(1 if errors(problems) else 0)


def _refuse(root: Path, directory: Path) -> None:
    """Raise UsageError where the folder is part of a site: its files would be taken for others."""
    there, site = directory.resolve(), root.resolve()
    inside = any(there.is_relative_to(site / name) for name in ("config", "feeds"))
    if inside or (there / "config" / "site.yaml").exists():
        raise click.UsageError(f"{directory} belongs to the site itself: name a folder of its own")


@contextmanager
def _ready(
    root: Path, at: datetime | None, *, build: bool
) -> Iterator[tuple[Store, tuple[Problem, ...]]]:
    """The store that holds what is to be written, and what admins must mend."""
    store = Store(store_url(root))
    try:
        store.create()
        if at:
            with _as_it_will_be(root, store, at) as ready:
                yield ready
            return
        problems: tuple[Problem, ...] = ()
        if build:
            try:
                problems = once(root, store, None, "export").problems
            except LeaseHeld as held:
                click.echo(f"{held.owner} builds: this is what it has published", err=True)
            ping(store)
        yield store, _told(problems)
    finally:
        store.close()


@contextmanager
def _as_it_will_be(
    root: Path, store: Store, at: datetime
) -> Iterator[tuple[Store, tuple[Problem, ...]]]:
    """A store of its own, in which nothing is public; it begins with what the site's remembers."""
    instant = moment(at, load_site(root))
    with TemporaryDirectory(prefix="feedsvc-export-") as place:
        own = Store(f"sqlite:///{place}/export.db")
        try:
            own.create()
            own.publish(_memory(store, instant))
            with progress("Rendering", "documents") as step:
                builder = Builder(root, own, base_url=base_url(), progress=step)
                outcome = builder.build(instant, "export")
            yield own, _told(outcome.problems)
        finally:
            own.close()


def _memory(store: Store, instant: datetime) -> Publication:
    """The last good form of every file; and the archives, unless they are of a later time."""
    current = store.current()
    later = current is None or instant >= current.instant
    return Publication(
        base=0,
        instant=instant,
        why="memory",
        base_path="",
        next_change=None,
        total=0,
        difference=Difference((), ()),
        records=store.records(),
        logs=store.chronicle.copy() if later else {},
    )


def _told(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    if problems:
        click.echo(report.text(problems), err=True)
    return problems


def _write(store: Store, directory: Path, at: datetime | None) -> None:
    current = store.current()
    if current is None:
        raise click.UsageError("nothing has been published yet: leave out --no-build")
    files = _files(store, current)
    with progress("Writing", "files") as step:
        done = folder.write(directory, files, each(step, len(files)))
    what = "the site as of" if at else f"snapshot {current.id} of"
    click.echo(
        f"{what} {Zone.of(store).tell(current.instant)}: {done.total} files, "
        f"{len(done.written)} written, {len(done.removed)} removed"
    )


def _files(store: Store, current: SnapshotInfo) -> list[folder.File]:
    documents = store.documents(current.id)
    snippet = hosting.nginx(documents, current.base_path)
    return [
        *folder.files(documents, store.body),
        folder.text_file(f"{folder.OWN}/nginx.conf", snippet, current.instant),
        folder.text_file(
            "_redirects", hosting.redirects(documents, current.base_path), current.instant
        ),
    ]
