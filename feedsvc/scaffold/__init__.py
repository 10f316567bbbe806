"""What a new site begins with: template files, and what is put into them.

In: a title, an address, a tag, a zone and a moment. Out: the bytes of files by path. It must not
know where they are written.
"""

from __future__ import annotations

import re
from datetime import datetime
from importlib.resources import files as resources
from typing import NamedTuple

from feedsvc.source import identity
from feedsvc.source.edit import scalar

IGNORED = resources(__package__).joinpath("gitignore").read_bytes()


class Facts(NamedTuple):
    """What is known of the new site."""

    title: str
    base_url: str
    tag: str
    timezone: str
    moment: datetime


def files(facts: Facts) -> dict[str, bytes]:
    """The files that a person will edit."""
    year = f"{facts.moment:%Y}"
    site = {
        "TITLE": scalar(facts.title),
        "BASE_URL": scalar(facts.base_url),
        "TAG": scalar(facts.tag),
        "TIMEZONE": facts.timezone,
    }
    entry = {
        "ID": scalar(word(f"welcome to {facts.title} {year}")),
        "PUBLISHED": f"{facts.moment:%Y-%m-%d %H:%M}",
        "TITLE": scalar(f"Welcome to {facts.title}"),
    }
    return {
        "config/site.yaml": _filled("site.yaml", site),
        entry_file(facts): _filled("entry.yaml", entry),
    }


def entry_file(facts: Facts) -> str:
    """Where the first entry goes."""
    return f"feeds/news/{facts.moment:%Y}.yaml"


def word(text: str) -> str:
    """A word for ids and names of any text."""
    return identity.word_of(text) or "press"


def _filled(name: str, values: dict[str, str]) -> bytes:
    text = resources(__package__).joinpath(name).read_text(encoding="utf-8")
    return re.sub("@([A-Z_]+)@", lambda blank: values[blank[1]], text).encode()
