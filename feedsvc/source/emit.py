"""Entries as YAML that people like to edit: one key a line, texts as blocks, quotes where needed.

In: keys with plain values. Out: the text of one entry. Whatever the values, the text parses to
them again. It must not know what the keys mean, nor where the values come from.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]

_WIDTH = 96
#: What is read as typed without quotes: it begins like a word, and nothing in it is YAML's.
_BARE = re.compile(r"[^\W_](?:[^\n\t]*[^\s:])?\Z")
_SIGNS = re.compile(r": |\s#|:\Z")
_NULLS = frozenset({"null", "Null", "NULL", "~", ""})
#: The same within [ ] and { }.
_FLOW = re.compile(r"[^\W_](?:[\w .-]*[\w.])?\Z")
_PATH = re.compile(r"https?://[^\s#]+[^\s#:]\Z")
#: What no value may hold, for XML 1.0 §2.2 or because it shows nothing; and YAML's own line ends.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")


def fit(text: str) -> str:
    """The text without characters that no entry may hold, and with plain line ends."""
    return _ENDS.sub("\n", _UNFIT.sub("", text))


def entry(values: Mapping[str, Value]) -> str:
    """One entry of a list. Texts must be ``fit``."""
    lines = [line for key, value in values.items() for line in _pair(key, value)]
    return "".join(
        f"{'- ' if number == 0 else '  ' if line else ''}{line}\n"
        for number, line in enumerate(lines)
    )


def _pair(key: str, value: Value) -> list[str]:
    """The lines of a key and its value, without indentation."""
    if isinstance(value, str):
        return _text(key, value)
    if isinstance(value, bool | int):
        return [f"{key}: {str(value).lower()}"]
    if isinstance(value, Mapping):
        return [f"{key}:", *_indented(_mapping(value))]
    words = [item for item in value if isinstance(item, str) and _is_word(item)]
    if len(words) == len(value) and sum(map(len, words)) < _WIDTH - 2 * len(words):
        return [f"{key}: [{', '.join(words)}]"]
    return [f"{key}:", *_indented([line for item in value for line in _item(item)])]


def _is_word(text: str) -> bool:
    return bool(_FLOW.match(text)) and text not in _NULLS


def _item(value: Value) -> list[str]:
    """The lines of an item of a list."""
    if isinstance(value, Mapping):
        lines = _mapping(value)
        return [f"- {lines[0]}", *_indented(lines[1:])]
    return [f"- {_scalar(str(value))}"]


def _mapping(value: Mapping[str, Value]) -> list[str]:
    return [line for key, inner in value.items() for line in _pair(key, inner)]


def _text(key: str, value: str) -> list[str]:
    if _is_block(value):
        # YAML 1.2 §8.1.1.1: a block that begins with a blank says how far it is indented.
        indicator = "2" if value[0] in " \t" else ""
        return [f"{key}: |{indicator}", *_indented(value.rstrip("\n").split("\n"))]
    if len(value) > _WIDTH - len(key) and _folds(value):
        lines = textwrap.wrap(value, _WIDTH, break_long_words=False, break_on_hyphens=False)
        return [f"{key}: >-", *_indented(lines)]
    return [f"{key}: {_scalar(value)}"]


def _is_block(value: str) -> bool:
    """Whether the text comes out as it was, as a block: lines, the last one with its end."""
    return value.endswith("\n") and value == value.strip("\n") + "\n" != "\n"


def _folds(value: str) -> bool:
    """Whether the text comes out as it was, broken at blanks: YAML 1.2 §8.1.3."""
    return value == " ".join(value.split(" ")) == " ".join(value.split())


def _scalar(value: str) -> str:
    """A value on one line, bare where that is safe."""
    bare = _PATH.match(value) or (_BARE.match(value) and not _SIGNS.search(value))
    if bare and value not in _NULLS and value.isprintable():
        return value
    return json.dumps(value, ensure_ascii=False)


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]
