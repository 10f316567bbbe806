"""What the sample site says, read by other eyes: PyYAML and a few lines, nothing of feedsvc.

A second witness needs a second reading of the source, or one mistake would confirm itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

VIENNA = ZoneInfo("Europe/Vienna")
TAG = "tag:press.example.org,2024:"


@dataclass(frozen=True)
class Expected:
    """An entry as its author meant it, with the section's defaults not yet applied."""

    home: str
    raw: dict[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        return self.raw["id"]

    @property
    def iri(self) -> str:
        return TAG + self.id

    @property
    def published(self) -> datetime:
        return instant(self.raw["published"])

    @property
    def modified(self) -> datetime:
        return max(self.published, instant(self.raw.get("updated", self.raw["published"])))

    @property
    def sections(self) -> set[str]:
        return {"all", self.home, *self.raw.get("sections", ())}

    @property
    def authors(self) -> list[dict[str, str]]:
        """Each with a name, and what else was written."""
        return [
            {"name": one} if isinstance(one, str) else one for one in self.raw.get("authors", ())
        ]

    def link(self, base_url: str) -> str:
        own = f"{base_url}/{self.home}/{self.raw.get('slug', self.id)}"
        return self.raw.get("link", own)

    def is_listed(self, now: datetime) -> bool:
        gone = self.raw.get("draft") or "withdrawn" in self.raw
        expires = self.raw.get("expires")
        return not gone and self.published <= now and (not expires or instant(expires) > now)


def instant(value: str | date) -> datetime:
    """A date as the contract has it: ISO 8601 or DD.MM.YYYY, local where no zone is named."""
    text = str(value)
    if found := re.fullmatch(r"(\d\d)\.(\d\d)\.(\d{4})(.*)", text):
        day, month, year, rest = found.groups()
        text = f"{year}-{month}-{day}{rest}"
    moment = datetime.fromisoformat(text)
    if "T" not in text and " " not in text:
        moment = datetime.combine(moment.date(), time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=VIENNA)).astimezone(UTC)


def expected_entries(feeds: Path) -> list[Expected]:
    """Every entry of every file, newest first as documents show them."""
    entries = []
    for file in sorted(feeds.rglob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        home = file.relative_to(feeds).parts[0]
        several = content if isinstance(content, list) else [content]
        entries += [Expected(home, raw) for raw in several]
    return sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True)


def words(text: str) -> list[str]:
    """The words of a text, for comparing what markup and punctuation do not change."""
    return re.findall(r"\w+", text)


def markdown_words(text: str) -> list[str]:
    """The words that a reader sees of Markdown: link addresses are not among them."""
    return words(re.sub(r"\]\([^)]*\)", "]", text))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.said.append(" " + (dict(attrs).get("alt") or "") + " ")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def html_words(html: str) -> list[str]:
    """The words that a reader sees of HTML, the descriptions of pictures among them."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return words("".join(parser.said))
