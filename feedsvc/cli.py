"""Every command: the only place that reads argv and the environment, and an edge with a clock.

In: what a person typed. Out: lines for that person and an exit status: 0 clean, 1 problems, 2 bad
usage. Knows which part does what, and does nothing itself.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import rich_click as click

from feedsvc import __version__, config, log, report
from feedsvc.build import Builder, Outcome
from feedsvc.builder import Watch
from feedsvc.errors import ConfigError, FeedsvcError, Problem
from feedsvc.model import DEFAULT_STORE, Site
from feedsvc.source import collect, tree
from feedsvc.store import Store, locate
from feedsvc.web import serve as processes
from feedsvc.web.lifeline import die_with_parent, on_stop

_CONTEXT = {"auto_envvar_prefix": "FEEDSVC", "help_option_names": ["-h", "--help"]}
click.rich_click.TEXT_MARKUP = "markdown"


def _address(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the highest port
        raise click.BadParameter(f"found {value!r}; expected HOST:PORT, such as 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def _instant(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"found {value!r}; expected an instant such as 2026-03-01T09:00"
        ) from None
    return instant if instant.tzinfo else instant.astimezone()


def _chosen(context: click.Context, _option: click.Parameter, value: Path | None) -> Path:
    """``--site`` may stand before the command or behind it."""
    return value or context.obj or Path()


_SITE = click.option(
    "--site",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    callback=_chosen,
    metavar="DIR",
    help="The folder with `config/site.yaml` and `feeds/`; by default, where you are.",
)
_AT = click.option(
    "--at",
    metavar="INSTANT",
    callback=_instant,
    help="Act as if it were then, e.g. `2026-03-01T09:00`; without a zone, this computer's.",
)


@click.group(context_settings=_CONTEXT)
@_SITE
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context, root: Path) -> None:
    """Publish a folder of YAML as RSS, Atom and pages.

    Exit status: 0 clean, 1 problems, 2 bad usage.
    """
    context.obj = root


@main.command()
@click.option(
    "--bind",
    default="127.0.0.1:8000",
    show_default=True,
    callback=_address,
    metavar="HOST:PORT",
    help="Where readers and aggregators come in.",
)
@click.option(
    "--admin-bind",
    default="127.0.0.1:8001",
    show_default=True,
    callback=_address,
    metavar="HOST:PORT",
    help="Where the status page and the metrics are.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=min(4, os.cpu_count() or 1),
    show_default="one a core, at most 4",
    help="Server processes.",
)
@click.option("--no-build", is_flag=True, help="A replica: follow the store, build nothing.")
@_SITE
def serve(
    root: Path,
    bind: tuple[str, int],
    admin_bind: tuple[str, int],
    workers: int,
    no_build: bool,  # noqa: FBT001
) -> None:
    """Serve the site and build it at every edit.

    **Example:** `feedsvc serve --bind 0.0.0.0:8000 --workers 4`
    """
    log.configure()
    for address in (bind, admin_bind):
        if not processes.free(address):
            raise click.UsageError(
                f"cannot listen on {address[0]}:{address[1]}: something else does, or it is not "
                "an address of this computer; choose another with --bind or --admin-bind"
            )
    settings = processes.Settings(
        root=root.absolute(),
        store=_store_url(root),
        bind=bind,
        admin_bind=admin_bind,
        workers=workers,
        build=not no_build,
    )
    Store(settings.store).create()
    click.echo(f"Serving http://{bind[0]}:{bind[1]}/", err=True)
    click.echo(f"Status  http://{admin_bind[0]}:{admin_bind[1]}/   (Ctrl-C stops)", err=True)
    sys.exit(processes.supervise(settings))


@main.command()
@click.option("--watch", is_flag=True, help="Keep building: at edits, intervals, known changes.")
@click.option("--attended", is_flag=True, hidden=True, help="Stop when the parent is gone.")
@_AT
@_SITE
def build(root: Path, watch: bool, attended: bool, at: datetime | None) -> None:  # noqa: FBT001
    """Build once, publish, and say what changed.

    **Example:** `feedsvc build --at 2026-03-01T09:00`
    """
    if watch and at:
        raise click.UsageError("--watch follows the clock: it cannot go with --at")
    url = _store_url(root)
    store = Store(url)
    try:
        store.create()
        if watch:
            _watch(root, store, attended=attended)
            return
        outcome = Builder(root, store, base_url=_base_url()).build(at or _now(), "build")
    except ConfigError as error:
        _fail(report.text(error.problems))
    except FeedsvcError as error:
        _fail(str(error))
    _tell(outcome)
    sys.exit(1 if _errors(outcome.problems) else 0)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(report.FORMATS)),
    default="text",
    show_default=True,
    help="How problems are written.",
)
@_AT
@_SITE
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
        errors = len(_errors(problems))
        click.echo(f"{errors} errors, {len(problems) - errors} warnings", err=True)
    sys.exit(1 if _errors(problems) else 0)


def _watch(root: Path, store: Store, *, attended: bool) -> None:
    log.configure()
    watch = Watch(root.absolute(), store, _base_url(), _now)
    on_stop(watch.stop)
    if attended:
        die_with_parent()
    watch.run()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - commands begin here


def _problems(root: Path) -> list[Problem]:
    try:
        site = _site(root)
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


def _site(root: Path) -> Site:
    if not (root / "config" / "site.yaml").is_file():
        raise click.UsageError(
            f"no site in {root.absolute()}: config/site.yaml is missing; "
            "name the folder with --site DIR"
        )
    return config.override(config.load(root / "config" / "site.yaml"), base_url=_base_url())


def _store_url(root: Path) -> str:
    """The environment's store, else the config's; a broken config must not stop a server."""
    if url := os.environ.get("FEEDSVC_STORE"):
        return locate(url, root)
    try:
        return locate(_site(root).store, root)
    except ConfigError as error:
        click.echo(report.text(error.problems), err=True)
        return locate(DEFAULT_STORE, root)


def _base_url() -> str | None:
    return os.environ.get("FEEDSVC_BASE_URL") or None


def _errors(problems: list[Problem] | tuple[Problem, ...]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def _tell(outcome: Outcome) -> None:
    if outcome.problems:
        click.echo(report.text(outcome.problems), err=True)
    for path in outcome.changed:
        click.echo(f"changed {path}")
    for path in outcome.gone:
        click.echo(f"gone    {path}")
    if outcome.snapshot:
        what = f"snapshot {outcome.snapshot.id}: {outcome.snapshot.documents} documents"
    else:
        what = "nothing changed"
    click.echo(f"{what}, {outcome.entries} entries, {outcome.seconds:.2f} s")


def _fail(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
