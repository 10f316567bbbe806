"""The token of the admin listener: where it comes from, and when there must be one.

In: the address that the listener is to have, a file or None, the environment. Out: the token's
digest. An edge: it reads the environment and the file. The token is never taken from the command
line, which everybody on the computer can see in the list of processes.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Final

import rich_click as click

from feedsvc.web.gate import LEAST, digest

VARIABLE: Final = "FEEDSVC_SERVE_ADMIN_TOKEN"
_MAKE: Final = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe())'"


def demanded(bind: tuple[str, int], file: Path | None) -> str:
    """The digest of the token, ``""`` where the listener needs none and has none.

    Raises UsageError where one is missing, too short or cannot be read.
    """
    if token := _token(file):
        return digest(token)
    if is_loopback(bind[0]):
        return ""
    raise click.UsageError(
        f"the admin listener would be open to other computers on {bind[0]}:{bind[1]}, without a "
        "token: its pages tell of drafts, problems and servers; put a token into the environment "
        f"variable {VARIABLE}, or name a file that holds one with --admin-token-file ({_MAKE}), or "
        "leave --admin-bind at 127.0.0.1"
    )


def is_loopback(host: str) -> bool:
    """Whether this computer alone can reach a listener there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _token(file: Path | None) -> str:
    """What environment or file hold; the file counts where both are there."""
    if file is None:
        return _checked(os.environ.get(VARIABLE, ""), VARIABLE)
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text"
        raise click.UsageError(
            f"--admin-token-file {file}: {said}; expected a file with the token in its only line"
        ) from None
    if not text:
        raise click.UsageError(f"--admin-token-file {file}: it is empty; {_MAKE}")
    return _checked(text, f"--admin-token-file {file}")


def _checked(token: str, where: str) -> str:
    """The token; what is wrong with it is said without repeating it."""
    if token and (not token.isascii() or not token.isprintable() or " " in token):
        raise click.UsageError(
            f"{where}: found blanks, line ends or letters beyond ASCII in the token; "
            f"expected one word of letters, digits and - . _ ~ + / =; {_MAKE}"
        )
    if token and len(token) < LEAST:
        raise click.UsageError(
            f"{where}: found a token of {len(token)} characters; expected at least {LEAST}; {_MAKE}"
        )
    return token
