"""YAML text to nodes: what is read, what is refused, and that nothing hostile costs much."""

import contextlib
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedsvc.errors import SourceError
from feedsvc.source import nodes
from feedsvc.source.nodes import Limits, List, Mapping, Node, Scalar

SMALL = Limits(size=100, depth=3, events=20, scalar=10)


def values(node: Node | None) -> object:
    """A node as plain values: text, lists and lists of pairs."""
    if isinstance(node, List):
        return [values(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.value: values(value) for key, value in node.pairs}
    return node.value if node else None


def read(text: str) -> object:
    document = nodes.parse("f", text.encode())
    assert document.problems == ()
    return values(document.root)


def problems(text: str) -> list[str]:
    return [str(problem) for problem in nodes.parse("f", text.encode()).problems]


def refusal(data: str | bytes, limits: Limits = nodes.LIMITS) -> str:
    with pytest.raises(SourceError) as caught:
        nodes.parse("f", data.encode() if isinstance(data, str) else data, limits)
    return str(caught.value)


@pytest.mark.parametrize(
    "typed",
    [
        "no",
        "YES",
        "on",
        "007",
        "0o17",
        "1_000",
        "12:30",
        "190:20:30",
        "2024-07-19",
        "1e3",
        ".inf",
        "0x1F",
        "=",
        "null",
        "~",
        "true",
    ],
)
def test_a_scalar_is_what_was_typed(typed: str) -> None:
    """standards.md, Text: YAML's own types never change a value."""
    assert read(f"- {typed}") == [typed]


@pytest.mark.parametrize(
    ("typed", "null"), [("", True), ("~", True), ("Null", True), ("no", False)]
)
def test_nothing_is_told_from_text(typed: str, null: bool) -> None:
    root = nodes.parse("f", f"a: {typed}".encode()).root
    assert isinstance(root, Mapping)
    (_, value), *_ = root.pairs
    assert isinstance(value, Scalar)
    assert value.null is null


def test_quoted_null_is_text() -> None:
    root = nodes.parse("f", b"- 'null'\n- \"\"\n- |\n  ~\n").root
    assert isinstance(root, List)
    assert [item.null for item in root.items if isinstance(item, Scalar)] == [False, False, False]
    assert [item.style for item in root.items if isinstance(item, Scalar)] == ["'", '"', "|"]


def test_lines_and_columns_count_from_one_in_characters() -> None:
    root = nodes.parse("f", "- 'é😀': x\n  b: [1, {c: d}]\n".encode()).root
    assert isinstance(root, List)
    assert (root.line, root.column) == (1, 1)
    (first,) = root.items
    assert isinstance(first, Mapping)
    assert (first.line, first.column) == (1, 3)
    assert [(key.line, key.column) for key, _ in first.pairs] == [(1, 3), (2, 3)]
    assert [(value.line, value.column) for _, value in first.pairs] == [(1, 9), (2, 6)]


@pytest.mark.parametrize("text", ["", "  \n\n", "# only a comment\n", "---\n", "\ufeff"])
def test_nothing_but_space_and_comments_is_no_node_or_null(text: str) -> None:
    root = nodes.parse("f", text.encode()).root
    assert root is None or (isinstance(root, Scalar) and root.null)


def test_a_byte_order_mark_is_accepted() -> None:
    assert read("\ufeff- id: ä") == [{"id": "ä"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_accepted(end: str) -> None:
    assert read(f"- a: 1{end}  b: |{end}    x{end}    y{end}") == [{"a": "1", "b": "x\ny\n"}]


def test_a_tag_is_refused() -> None:
    fix = "fix: remove it; if it belongs to the text, put quotes round the value"
    expected = "expected a value without a tag"
    assert problems("- !!python/object:os x\n- !b [c]\n- ! d") == [
        f"f:1:3: yaml: found the tag 'tag:yaml.org,2002:python/object:os'; {expected}; {fix}",
        f"f:2:3: yaml: found the tag '!b'; {expected}; {fix}",
        f"f:3:3: yaml: found the tag '!'; {expected}; {fix}",
    ]


def test_an_anchor_and_an_alias_are_refused() -> None:
    assert problems("- &a x\n- *a") == [
        (
            "f:1:3: yaml: found the anchor '&a'; expected a value without an anchor; "
            "fix: remove it; if it belongs to the text, put quotes round the value"
        ),
        (
            "f:2:3: yaml: found the alias '*a'; expected the value itself; "
            "fix: write the value out; if it is text that begins with '*', put quotes round it"
        ),
    ]


def test_an_alias_is_never_followed() -> None:
    assert values(nodes.parse("f", b"- &a [x]\n- *a\n- {*a : y, z: *a}").root) == [
        ["x"],
        "",
        {"z": ""},
    ]


def test_a_merge_key_is_refused() -> None:
    assert problems("a: 1\n<<: {b: 2}") == [
        (
            "f:2:1: yaml: found the merge key '<<'; expected the keys themselves; "
            "fix: write the keys out, here and wherever they are meant"
        ),
    ]
    assert read("'<<': 1") == {}  # quoted, it is a key like any other, and none that means anything


def test_a_key_must_be_text() -> None:
    text = "title: {{ name }}\n? [a, b]\n: c\n? {d: e}\n: f\ng: h"
    document = nodes.parse("f", text.encode())
    expected = "expected a key of plain text"
    fix = "fix: write a word or a name as the key, or put quotes round the value"
    assert [str(problem) for problem in document.problems] == [
        f"f:1:9: yaml: found a list or mapping as a key; {expected}; {fix}",
        f"f:2:3: yaml: found a list or mapping as a key; {expected}; {fix}",
        f"f:4:3: yaml: found a list or mapping as a key; {expected}; {fix}",
    ]
    assert values(document.root) == {"title": {}, "g": "h"}


def test_a_duplicate_key_is_reported_where_it_stands_the_second_time() -> None:
    expected = (
        "expected each key once; fix: remove one of the two, or begin the next entry with '- '"
    )
    found = "found this key a second time (the first is in line 1)"
    assert problems("- id: a\n  x: y\n  id: b\n  'id': c\n") == [f"f:3:3: id: {found}; {expected}"]


def test_several_duplicate_keys_are_an_entry_without_its_dash() -> None:
    assert problems("- id: a\n  x: y\n  id: b\n  x: c\n") == [
        (
            "f:3:3: id: found this key a second time (the first is in line 1), and 'x' as well; "
            "expected each key once; fix: if a new entry begins here, write '- id: …'; else "
            "remove one of the two"
        )
    ]


def test_a_second_document_is_refused() -> None:
    assert refusal("- a\n---\n- b\n") == (
        "f:2:1: yaml: found a second document; expected one document in a file; "
        "fix: remove the line '---', or split the file there"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * 101, ("f: yaml: found 101 bytes; expected at most 100 bytes; "
                    "fix: split it into several files")),
        ("[[[[", ("f:1:4: yaml: found more than 3 levels of nesting; expected at most 3; "
                 "fix: make it smaller or simpler")),
        ("- " + "x" * 11, ("f:1:3: yaml: found more than 10 characters in one value; "
                          "expected at most 10; fix: make it smaller or simpler")),
        ("- x\n" * 20, ("f:17:3: yaml: found more than 20 parts; expected at most 20; "
                       "fix: make it smaller or simpler")),
    ],
    ids=["size", "depth", "scalar", "events"],
)  # fmt: skip
def test_a_limit_ends_the_reading(text: str, message: str) -> None:
    assert refusal(text, SMALL) == message


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a]\n" for n in range(100)),
        "x" * 50_000_000,
        "- " + "[],".join("" for _ in range(1_000_000)),
        "\x00" * 1_000_000,
        '- "' + "\\x00" * 100_000 + '"',
        "- a: b\n" + " " * 1_000_000 + ": c",
        "- title: " + "a " * 100_000 + ": b",
    ],
    ids=[
        "lists",
        "mappings",
        "dashes",
        "keys",
        "aliases",
        "50 MB",
        "empty lists",
        "zeros",
        "escapes",
        "spaces",
        "words",
    ],
)
def test_a_bomb_does_no_harm(bomb: str) -> None:
    started = time.process_time()
    with contextlib.suppress(SourceError):
        nodes.parse("f", bomb.encode())
    assert time.process_time() - started < 2


def test_control_characters_are_left_out_and_reported() -> None:
    """standards.md, Text: what XML forbids is removed and reported."""
    document = nodes.parse("f", b'a: x\x08y\nb: "p\\0q\\0r\\e"\nc\x7f: z')
    assert values(document.root) == {"a": "xy", "b": "pqr", "c": "z"}
    rest = "which shows nothing; expected text that XML can carry; "
    rest += "fix: delete it; until then it is left out"
    assert [str(problem) for problem in document.problems] == [
        f"f:1:5: warning: text: found the character U+0008, {rest}",
        f"f:2:4: warning: text: found the character U+0000, {rest}",
        f"f:2:4: warning: text: found the character U+001B, {rest}",
        f"f:3:2: warning: text: found the character U+007F, {rest}",
    ]


def test_a_mistake_beside_a_control_character_is_reported_with_it() -> None:
    message = refusal("a: x\x08y\nb: [c").splitlines()
    assert [line.partition(" found")[0] for line in message] == [
        "f:1:5: warning: text:",
        "f:2:4: yaml:",
    ]


@given(st.text() | st.text(alphabet="-:?[]{}#&*!|>'\"%@`,abc \n\t\\\x00\u2028\ufeff"))
@example("- &a\n- *a\n- *b")
@example("%YAML 1.1\n---\n")
@example("? \n: \n? \n")
@example("*a : b")
def test_no_text_raises_anything_but_source_error(text: str) -> None:
    with contextlib.suppress(SourceError):
        values(nodes.parse("f", text.encode("utf-8", "surrogatepass")).root)


@given(st.binary())
def test_no_bytes_raise_anything_but_source_error(data: bytes) -> None:
    with contextlib.suppress(SourceError):
        nodes.parse("f", data)
