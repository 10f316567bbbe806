"""Entries as YAML: easy on the eye, and whatever the values, read as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source import nodes
from feedsvc.source.emit import entry, fit


def read(text):
    """What the file says: plain strings, as feedsvc itself reads them."""

    def value(node):
        if isinstance(node, nodes.Scalar):
            return None if node.null else node.value
        if isinstance(node, nodes.List):
            return [value(item) for item in node.items]
        return {key.value: value(inner) for key, inner in node.pairs}

    document = nodes.parse("test", text.encode())
    assert document.problems == ()
    (found,) = value(document.root)
    return found


def test_it_looks_as_an_admin_would_write_it():
    values = {
        "id": "https://old.example.org/?p=1",
        "published": "2024-07-19 14:30",
        "title": "A title",
        "lead": "word " * 25 + "end",
        "body": "First\n\n  code\nlast\n",
        "tags": ["Tides", "open data"],
        "authors": [{"name": "Ann", "email": "ann@example.org"}, "Bo"],
        "image": {"url": "https://x.example/a.png", "width": 3},
        "draft": True,
    }
    assert entry(values) == (
        "- id: https://old.example.org/?p=1\n"
        "  published: 2024-07-19 14:30\n"
        "  title: A title\n"
        "  lead: >-\n"
        f"    {('word ' * 19).strip()}\n"
        f"    {'word ' * 6}end\n"
        "  body: |\n"
        "    First\n"
        "\n"
        "      code\n"
        "    last\n"
        "  tags: [Tides, open data]\n"
        "  authors:\n"
        "    - name: Ann\n"
        "      email: ann@example.org\n"
        "    - Bo\n"
        "  image:\n"
        "    url: https://x.example/a.png\n"
        "    width: 3\n"
        "  draft: true\n"
    )


@pytest.mark.parametrize(
    "value",
    [
        *("null", "~", "", " ", "- a", "a: b", "a #b", "a:", "#", "'", '"', "@a", "`", "*a", "&a"),
        *("!a", "|", ">", "%", "? a", "[a", "{a", "a\\b", "---", "...", "yes", "007", "12:30", "="),
        *("a\tb", "a ", "ends:", "\u00a0", "é", "\U0001f600", "a\u200bb", "http://x.example/#a:"),
    ],
)
def test_values_that_yaml_would_take_for_something_else(value):
    found = read(entry({"id": "x", "title": value, "tags": [value, "b"]}))
    assert found == {"id": "x", "title": value, "tags": [value, "b"]}


TEXTS = st.text(st.characters(codec="utf-8")).map(fit)


@given(TEXTS, st.lists(TEXTS), st.lists(st.dictionaries(st.sampled_from("abc"), TEXTS, min_size=1)))
def test_any_text_survives(text, words, mappings):
    values = {"id": "x", "title": " ".join(text.split()), "tags": words, "enclosures": mappings}
    found = read(entry({name: value for name, value in values.items() if value != []}))
    assert found["title"] == values["title"]
    assert found.get("tags", []) == words
    assert found.get("enclosures", []) == mappings


@given(TEXTS)
def test_any_body_survives(text):
    body = text.lstrip("\n").rstrip()
    found = read(entry({"id": "x", "body": f"{body}\n" if body else "-"}))
    assert found["body"].rstrip() == (body or "-")


def test_what_no_entry_may_hold_is_taken_out():
    assert fit("a\x00\x1f\x7f\ufffeb\r\nc\u2028d\x85e\ud83d") == "ab\nc\nd\ne"
