"""``docs/reference.md`` from the commands themselves: ``python -m tests.reference`` writes it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import rich_click as click

from feedsvc.cli import main
from feedsvc.cli.environment import VARIABLES
from feedsvc.config import config_schema
from feedsvc.source.entries import entry_schema
from feedsvc.source.fields import Schema

FILE = Path(__file__).parent.parent / "docs" / "reference.md"
_HEAD = """\
# feedsvc, command by command

<!-- `make reference` writes this file from what the commands say of themselves. -->
"""
_COMMON = """\
What a command gives is on standard output; problems, questions and progress are on standard error.
A progress bar stands on a terminal; elsewhere long work says every few seconds how far it has got.

## Environment

Every option has a variable: `FEEDSVC_`, the command, `_`, the option, in capitals, with `_` for
each `-`; `FEEDSVC_SITE` holds for every command. What is typed counts more than the environment,
the environment more than the config. A flag is on for `1`, `true`, `yes`, `on`.
"""
_COMPLETION = """\
## Completion

Bash, zsh and fish complete commands, options, sections, snapshots and files. Put the line of your
shell into the file that it reads at its start:

```sh
eval "$(_FEEDSVC_COMPLETE=bash_source feedsvc)"      # ~/.bashrc
eval "$(_FEEDSVC_COMPLETE=zsh_source feedsvc)"       # ~/.zshrc
_FEEDSVC_COMPLETE=fish_source feedsvc | source       # ~/.config/fish/config.fish
```
"""


def reference() -> str:
    """The whole document."""
    with click.Context(main, info_name="feedsvc", auto_envvar_prefix="FEEDSVC") as context:
        names = main.list_commands(context)
        parts = [
            _HEAD,
            *_described(main),
            _COMMON,
            _table(
                ("variable", "what"), [(_variables(name), what) for name, what in VARIABLES.items()]
            ),
            _COMPLETION,
            *(_chapter(main.get_command(context, name), name, context) for name in names),
        ]
        parts += [
            "## Keys of an entry\n",
            _keys(entry_schema()["$defs"]["entry"]),
            "## Keys of `config/site.yaml`\n",
            _keys(config_schema()),
        ]
    return "\n".join(parts)


def _keys(schema: Schema) -> str:
    needed = schema.get("required", ())
    rows = [
        (f"`{name}`", said + (" **Required.**" if name in needed else ""))
        for name, said in _walked(schema)
    ]
    return _table(("key", "what"), rows)


def _walked(schema: Schema, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every key with its description, those within others behind a dot."""
    for name, below in schema.get("properties", {}).items():
        yield f"{prefix}{name}", below.get("description", "")
        yield from _walked(below, f"{prefix}{name}.")
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from _walked(schema[part], prefix + "NAME." * (part != "items"))
    seen: dict[str, str] = {}
    for choice in schema.get("anyOf", ()):
        seen |= dict(_walked(choice, prefix))
    yield from seen.items()


def _chapter(command: click.Command | None, name: str, parent: click.Context) -> str:
    assert command
    prefix = f"FEEDSVC_{name.upper()}"
    with click.Context(
        command, info_name=name, parent=parent, auto_envvar_prefix=prefix
    ) as context:
        usage = " ".join(command.collect_usage_pieces(context))
        parts = [
            f"## feedsvc {name}\n",
            f"```\n{context.command_path} {usage}\n```\n",
            *_described(command),
            *_arguments(command, context),
            *_options(command, context, prefix),
        ]
    return "\n".join(parts)


def _described(command: click.Command) -> Iterator[str]:
    """The help in paragraphs, examples as something to copy."""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        text = " ".join(paragraph.split("\n"))
        if re.match(r"\*\*Examples?:\*\*", text):
            yield "```sh\n" + "\n".join(re.findall("`([^`]+)`", text)) + "\n```\n"
        else:
            yield f"{text}\n"


def _arguments(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = [
        (f"`{each.make_metavar(context)}`", _help(each))
        for each in command.params
        if isinstance(each, click.Argument)
    ]
    if rows:
        yield _table(("argument", "what"), rows)


def _options(command: click.Command, context: click.Context, prefix: str) -> Iterator[str]:
    rows = [
        (
            _names(each, context),
            _help(each),
            _default(each, context),
            f"`{_variable(each, prefix)}`",
        )
        for each in command.params
        if isinstance(each, click.Option) and not each.hidden
    ]
    yield _table(("option", "what", "default", "variable"), rows)


def _names(option: click.Option, context: click.Context) -> str:
    metavar = "" if option.is_flag else f" {option.make_metavar(context)}"
    return ", ".join(f"`{name}{metavar}`" for name in option.opts)


def _help(parameter: click.Parameter) -> str:
    return getattr(parameter, "help", None) or ""


def _default(option: click.Option, context: click.Context) -> str:
    """What ``--help`` says of it too."""
    return option.get_help_extra(context).get("default", "")


def _variable(option: click.Option, prefix: str) -> str:
    return f"{prefix}_{max(option.opts, key=len)[2:].replace('-', '_').upper()}"


def _variables(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(reference(), encoding="utf-8")
