"""``feedsvc serve``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import rich_click as click

from feedsvc import log
from feedsvc.cli.common import SITE, store_url
from feedsvc.store import Store
from feedsvc.web import serve as processes


def _address(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the highest port
        raise click.BadParameter(f"found {value!r}; expected HOST:PORT, such as 127.0.0.1:8000")
    return host.strip("[]"), int(port)


@click.command()
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
@SITE
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
        store=store_url(root),
        bind=bind,
        admin_bind=admin_bind,
        workers=workers,
        build=not no_build,
    )
    Store(settings.store).create()
    click.echo(f"Serving http://{bind[0]}:{bind[1]}/", err=True)
    click.echo(f"Status  http://{admin_bind[0]}:{admin_bind[1]}/   (Ctrl-C stops)", err=True)
    sys.exit(processes.supervise(settings))
