"""The editor that somebody likes, opened at a line.

In: a command as in ``$EDITOR``, a file, a line. Out: the words of the command. It must not know
what is in the file.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

# ``+12 FILE``
_PLUS = frozenset(
    {
        *(
            "vi",
            "vim",
            "nvim",
            "view",
            "gvim",
            "mvim",
            "nano",
            "pico",
            "emacs",
            "emacsclient",
            "mg",
        ),
        *("jed", "jmacs", "joe", "ne", "kak", "micro", "mcedit", "gedit", "gnome-text-editor"),
        *("editor", "sensible-editor"),
    }
)
_GOTO = frozenset({"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"})  # -g F:12
_COLON = frozenset({"hx", "helix", "subl", "sublime_text", "zed", "zeditor", "atom"})  # FILE:12
_OPTION = {"kate": "--line", "kwrite": "--line", "mate": "--line"}


def chosen() -> str:
    """The editor's command: ``$VISUAL``, else ``$EDITOR``; empty where neither is set."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""


def command(editor: str, file: Path, line: int) -> list[str]:
    """How that editor is told to open a file at a line; of one that is not known, the file alone.

    Raises ValueError where the quotes in the command are not closed.
    """
    words = shlex.split(editor)
    name = Path(words[0]).name.removesuffix(".exe")
    if name in _PLUS:
        return [*words, f"+{line}", str(file)]
    if name in _GOTO:
        return [*words, "-g", f"{file}:{line}"]
    if name in _COLON:
        return [*words, f"{file}:{line}"]
    if name in _OPTION:
        return [*words, _OPTION[name], str(line), str(file)]
    return [*words, str(file)]
