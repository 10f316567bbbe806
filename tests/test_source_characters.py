"""Which characters a file may hold."""

import pytest

from feedsvc.errors import SourceError
from feedsvc.source import characters, nodes
from feedsvc.source.nodes import List, Mapping, Scalar


def scalars(data: bytes) -> list[str]:
    root = nodes.parse("f", data).root
    assert isinstance(root, List)
    return [item.value for item in root.items if isinstance(item, Scalar)]


def refusal(data: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        nodes.parse("f", data)
    return str(caught.value)


@pytest.mark.parametrize(
    "coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_another_coding_is_refused(coding: str) -> None:
    assert refusal("- id: ä".encode(coding)) == (
        "f:1:1: text: found UTF-16 or UTF-32; expected UTF-8; "
        "fix: save the file as UTF-8 (in Windows' Notepad: Save as, Encoding)"
    )


@pytest.mark.parametrize("coding", ["cp1252", "latin-1"])
def test_a_byte_that_is_not_utf8_is_refused_at_its_place(coding: str) -> None:
    assert refusal("- a: ä\n".encode() + "- b: öä".encode(coding)) == (
        "f:2:6: text: found the byte 0xF6 ('ö' elsewhere); expected UTF-8; "
        "fix: save the file as UTF-8: it looks like Windows-1252 or ISO 8859-1"
    )


@pytest.mark.parametrize(
    "data", [b"- \xed\xa0\x80", b"- \xc0\x80", b"- \xf4\x90\x80\x80", b"- \xe2"]
)
def test_surrogates_and_overlong_forms_are_not_utf8(data: bytes) -> None:
    assert refusal(data).startswith("f:1:3: text: found the byte 0x")


@pytest.mark.parametrize(
    "char", ["\ufffe", "\uffff", "\ufeff", "\x01", "\x0b", "\x0c", "\x80", "\x9f"]
)
def test_a_character_that_shows_nothing_is_left_out_and_reported(char: str) -> None:
    """XML 1.0 §2.2."""
    document = nodes.parse("f", f"- a\n- b{char}c".encode())
    assert scalars(f"- a\n- b{char}c".encode()) == ["a", "bc"]
    assert [str(problem) for problem in document.problems] == [
        (
            f"f:2:4: warning: text: found the character U+{ord(char):04X}, which shows nothing; "
            "expected text that XML can carry; fix: delete it; until then it is left out"
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\u202eabc\u202c",
        "e\u0301",
        "👩\u200d👩\u200d👧",
        "\U0010fffd",
        "a\u00a0b",
        "\ufffd",
        "\ue000",
        "مرحبا",
    ],
    ids=[
        "bidi",
        "combining",
        "emoji",
        "last plane",
        "no-break space",
        "replacement",
        "private",
        "arabic",
    ],
)
def test_text_survives(text: str) -> None:
    assert scalars(f"- {text}".encode()) == [text]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_a_separator_is_text_and_ends_no_line(separator: str) -> None:
    """They end lines in YAML 1.1 but in no editor (YAML 1.2 §5.4)."""
    root = nodes.parse("f", f"- a: x{separator}y: z\n  b: c".replace(": z", "=z").encode()).root
    assert isinstance(root, List)
    (only,) = root.items
    assert isinstance(only, Mapping)
    (_, first), (key, _) = only.pairs
    assert isinstance(first, Scalar)
    assert first.value == f"x{separator}y=z"
    assert (key.line, key.column) == (2, 3)


def test_rubbish_is_reported_only_so_often() -> None:
    _, problems = characters.clean("f", b"\x01" * 5000)
    assert len(problems) == 100
