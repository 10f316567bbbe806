"""``feedsvc schema``."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from feedsvc.cli.common import SITE, fail, need_site
from feedsvc.cli.schemas import SCHEMAS, document, schema_path
from feedsvc.cli.tell import from_here
from feedsvc.source import edit


@click.command()
@click.argument(
    "which",
    type=click.Choice(list(SCHEMAS)),
    required=False,
    help="That of entry files, if neither is named; with `--write`, both.",
)
@click.option("--write", is_flag=True, help="Put them into `config/`, where editors find them.")
@SITE
def schema(root: Path, which: str | None, write: bool) -> None:  # noqa: FBT001
    """Print the JSON Schema of entry files, or of config/site.yaml.

    Editors that know YAML complete keys and underline mistakes by it, in files that begin with
    `# yaml-language-server: $schema=../../config/entry.schema.json`. After an update of feedsvc,
    `--write` brings the site's own copies up to date.

    **Examples:** `feedsvc schema site`, `feedsvc schema --write`

    **Exit status:** 0 printed or written; 1 a file cannot be written; 2 bad usage.
    """
    if not write:
        click.echo(document(which or "entry"), nl=False)
        return
    need_site(root)
    for name in (which,) if which else SCHEMAS:
        file = root / schema_path(name)
        try:
            edit.save(file, file.read_bytes() if file.exists() else None, document(name))
        except OSError as error:
            fail(f"cannot write {file}: {error.strerror}")
        click.echo(f"wrote {from_here(root, schema_path(name))}")
