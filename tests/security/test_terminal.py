"""What strangers write is shown on terminals and in logs, and obeyed by none."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.cli.excerpt import cut, excerpt
from feedsvc.errors import Problem, harmless

HOSTILE = [
    "\x1b[31m\x1b]0;title\x07",
    "\x9b31m",
    "a\nb\r\nc",
    "\u202egnp",
    "\u2028",
    "\ud83d",
    "\x7f",
]
SAYS = """
import structlog, sys
from feedsvc import log
log.configure(stream_is_terminal=True)
for text in sys.stdin.buffer.read().decode("utf-8", "surrogatepass").split("|"):
    structlog.get_logger("test").warning("something " + text, path=text, error=[text])
    try:
        raise ValueError(text)
    except ValueError:
        structlog.get_logger("test").exception("failed")
"""


def obeyed(text: str) -> set[str]:
    unwanted = {"Cc", "Cs", "Zl", "Zp"}
    return {c for c in text if unicodedata.category(c) in unwanted or c in "\u202e\u200f\u2066"}


def test_a_log_on_a_terminal_obeys_nothing():
    done = subprocess.run(
        [sys.executable, "-c", SAYS],
        input="|".join(HOSTILE).encode("utf-8", "surrogatepass"),
        capture_output=True,
        check=True,
        timeout=60,
    )
    text = done.stderr.decode("utf-8")
    for colour in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[35m"):
        text = text.replace(colour, "")
    for colour in ("\x1b[36m", "\x1b[41m", "\x1b[91m"):
        text = text.replace(colour, "")
    assert obeyed(text) == {"\n"}
    assert "something \\x1b[31m\\x1b]0;title\\x07" in text
    assert "ValueError: " in text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_problem_is_one_line_whatever_it_is_about(text):
    problem = Problem(f"feeds/{text}.yaml", 1, 1, text, text, text, text)
    assert not obeyed(str(problem))
    assert not obeyed(problem.place)


@given(st.text(st.characters()))
def test_any_text_is_made_harmless_and_what_is_harmless_stays(text):
    assert not obeyed(harmless(text))
    assert harmless(harmless(text)) == harmless(text)
    if not obeyed(text) and not {*text} & {
        *"\u061c\u200e\u202a\u202b\u202c\u202d\u2067\u2068\u2069\ufeff"
    }:
        assert harmless(text) == text


def test_a_line_of_megabytes_is_cut_at_the_place_that_is_meant():
    line = "a" * 2_000_000 + "!" + "b" * 2_000_000
    shown, caret = cut(line, 2_000_001, 60)
    assert shown[caret] == "!"
    assert shown.startswith("…a")
    assert shown.endswith("b…")
    assert len(excerpt(1, "\u0301" * 1_000_000, 500_000, 80)) < 2000
