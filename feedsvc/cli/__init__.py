"""Every command: the only place that reads argv and the environment, and an edge with a clock.

In: what a person typed. Out: lines for that person and an exit status: 0 clean, 1 problems, 2 bad
usage. Knows which part does what, and does nothing itself. One module a command, loaded when that
command is asked for: ``check`` runs at every save and must not wait for the server's libraries.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path

import rich_click as click

from feedsvc import __version__
from feedsvc.cli.common import SITE
from feedsvc.cli.environment import EPILOG
from feedsvc.cli.lazy import Commands

_CONTEXT = {"auto_envvar_prefix": "FEEDSVC", "help_option_names": ["-h", "--help"]}
click.rich_click.TEXT_MARKUP = "markdown"


@click.group(context_settings=_CONTEXT, epilog=EPILOG)
@SITE
@click.version_option(__version__)
def main(root: Path) -> None:  # noqa: ARG001 - commands take it from the context
    """Publish a folder of YAML as RSS, Atom and JSON feeds and as pages.

    **Examples:** `feedsvc init press`, `feedsvc serve --site press`, `feedsvc check --help`

    **Exit status:** 0 clean; 1 problems, said on standard error; 2 bad usage.
    """
    # Entries hold any script, terminals do not: what cannot be shown is shown as its number.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


#: Where each command is: ``module:attribute``.
main.commands = Commands(
    {
        "init": "feedsvc.cli.init:init",
        "new": "feedsvc.cli.new:new",
        "fix": "feedsvc.cli.fix:fix",
        "schema": "feedsvc.cli.schema:schema",
        "check": "feedsvc.cli.check:check",
        "serve": "feedsvc.cli.serve:serve",
        "build": "feedsvc.cli.build:build",
        "import": "feedsvc.cli.importing:import_",
        "export": "feedsvc.cli.export:export",
        "snapshots": "feedsvc.cli.snapshots:snapshots",
        "rollback": "feedsvc.cli.rollback:rollback",
    }
)
