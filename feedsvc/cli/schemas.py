"""The JSON Schemas that editors read, as files of a site.

In: the folder of a site. Out: the bytes of each schema; a warning where a site has those of another
version. It must not know who writes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from feedsvc.config import config_schema
from feedsvc.errors import Problem
from feedsvc.source.entries import entry_schema

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "entry": entry_schema,
    "site": config_schema,
}


def schema_path(name: str) -> str:
    """Where a schema is in a site."""
    return f"config/{name}.schema.json"


def header(root: Path, path: str) -> bytes:
    """The first line of a new entry file: where editors find which keys there are."""
    schema = schema_path("entry")
    if not (root / schema).is_file():
        return b""
    return f"# yaml-language-server: $schema={'../' * path.count('/')}{schema}\n".encode()


def document(name: str) -> bytes:
    """A schema as it stands in a file."""
    return (json.dumps(SCHEMAS[name](), ensure_ascii=False, indent=2) + "\n").encode()


def stale(root: Path) -> Iterator[Problem]:
    """A warning for each schema in the site by which editors would underline what is right."""
    for name in SCHEMAS:
        with suppress(OSError):
            if (root / schema_path(name)).read_bytes() != document(name):
                fix = "renew it with 'feedsvc schema --write'"
                found, expected = "a schema of another version", "that of this feedsvc"
                yield Problem(schema_path(name), 0, 0, "schema", found, expected, fix, "warning")
