"""A file as an editor shows it: places and offsets, whatever ends its lines."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source.written import Place, Written


@given(st.text(alphabet="aé👩 #\r\n\x0b\x0c\x85\u2028"))
def test_only_the_breaks_of_yaml_end_a_line(text: str) -> None:
    """YAML 1.2.2 §5.4: CR LF, CR or LF; other separators are text."""
    written = Written(text.encode())
    lines = re.split("\r\n|\r|\n", text)
    assert written.lines == lines
    shown = (text[start:] for start in written.starts)
    assert all(rest.startswith(line) for rest, line in zip(shown, lines, strict=True))
    for offset in range(len(text)):
        place = written.place(offset)
        before = re.split("\r\n|\r|\n", text[:offset])
        if text[offset - 1 : offset + 1] != "\r\n":  # nothing stands within a line break
            assert place == Place(len(before), len(before[-1]) + 1)
        assert written.offset(place) == offset


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        ("- a #b", True),
        ("- a\t#b", True),
        ("# c\n- a ##\n- b #5", True),
        ("- a #é", True),
        ("#b", False),
        ("- a # b", False),
        ("- a#b", False),
        ("\n#b", False),
        ("- a ##", False),
        ("- a #", False),
    ],
)
def test_a_word_that_begins_with_a_number_sign_is_seen(text: str, hashed: bool) -> None:
    assert Written(text.encode()).hashed is hashed
