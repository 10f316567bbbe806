"""``feedsvc serve``."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import NoReturn

import rich_click as click

from feedsvc import log
from feedsvc.cli.admintoken import demanded, is_loopback
from feedsvc.cli.common import SITE, Named, fail, load_site, store_url
from feedsvc.errors import ConfigError, FeedsvcError, StoreDamaged
from feedsvc.store import Store, is_shared, locate
from feedsvc.web import serve as processes

#: Where a server of a fleet keeps its copy of the shared store.
COPY = "sqlite:///var/replica.db"


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
    help="Where the status page and the metrics are; beyond this computer only with a token.",
)
@click.option(
    "--admin-token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Holds the token that the admin listener demands; or put it into the environment, as "
    "`FEEDSVC_SERVE_ADMIN_TOKEN`.",
)
@click.option(
    "--admin-name",
    "admin_names",
    cls=Named,
    multiple=True,
    metavar="NAME",
    help="A name by which browsers or Prometheus know the admin listener.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=min(4, os.cpu_count() or 1),
    show_default="one a core, at most 4",
    help="Server processes.",
)
@click.option("--no-build", is_flag=True, help="A replica: follow the store, build nothing.")
@click.option(
    "--preview",
    is_flag=True,
    help="Show drafts and embargoed entries, to this computer alone; publish and store nothing.",
)
@click.option("--silence", type=click.FloatRange(1), default=30, hidden=True, help="Seconds.")
@SITE
def serve(  # noqa: PLR0913, PLR0917 - an option each
    root: Path,
    bind: tuple[str, int],
    admin_bind: tuple[str, int],
    admin_token_file: Path | None,
    admin_names: tuple[str, ...],
    workers: int,
    no_build: bool,  # noqa: FBT001
    preview: bool,  # noqa: FBT001
    silence: float,
) -> None:
    """Serve the site and build it at every edit.

    **Examples:** `feedsvc serve --bind 0.0.0.0:8000 --workers 4`, `feedsvc serve --preview`

    **Exit status:** 0 stopped by Ctrl-C or SIGTERM; 1 the store cannot be used; 2 bad usage, or the
    address is taken.
    """
    if preview:
        _preview(root, bind)
    log.configure()
    admin_digest = demanded(admin_bind, admin_token_file)
    _check_free(bind, admin_bind)
    store, shared = _stores(root)
    settings = processes.Settings(
        root=root.absolute(),
        store=store,
        shared=shared,
        bind=bind,
        admin_bind=admin_bind,
        workers=workers,
        build=not no_build,
        admin_digest=admin_digest,
        admin_names=admin_names,
        silence=silence,
    )
    click.echo(f"Serving http://{bind[0]}:{bind[1]}/", err=True)
    click.echo(f"Status  http://{admin_bind[0]}:{admin_bind[1]}/   (Ctrl-C stops)", err=True)
    sys.exit(processes.supervise(settings))


def _stores(root: Path) -> tuple[str, str]:
    """What to serve from, and the shared store of which it is a copy, "" for none.

    The shared one need not answer now: the copy is enough to serve from.
    """
    try:
        url = store_url(root)
        shared = url if is_shared(url) else ""
        if shared:
            from feedsvc import replica  # noqa: PLC0415 - psycopg loads for long

            url = locate(COPY, root)
            replica.prepare(url)
        else:
            Store(url).create()
    except StoreDamaged as error:
        click.echo(f"{error}; the builder puts it right", err=True)
    except FeedsvcError as error:
        fail(str(error))
    return url, shared


def _preview(root: Path, bind: tuple[str, int]) -> NoReturn:
    """The preview alone, in place of everything else: it needs no store and leaves none."""
    if not is_loopback(bind[0]):
        raise click.UsageError(
            f"--preview shows drafts, so it listens on this computer alone, not on {bind[0]}; "
            "leave --bind out, or write 127.0.0.1 there"
        )
    with contextlib.suppress(ConfigError):  # the page itself says what to mend
        load_site(root)
    _check_free(bind)
    log.configure()
    settings = processes.Settings(
        root=root.absolute(), store="", bind=bind, admin_bind=bind, workers=1, preview=True
    )
    click.echo(f"Preview {processes.url(bind)}/   (Ctrl-C stops)", err=True)
    sys.exit(processes.supervise(settings))


def _check_free(*addresses: tuple[str, int]) -> None:
    for address in addresses:
        if not processes.free(address):
            raise click.UsageError(
                f"cannot listen on {address[0]}:{address[1]}: something else does, or it is not "
                "an address of this computer; choose another with --bind or --admin-bind"
            )
