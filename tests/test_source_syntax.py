"""Every mistake in the notation that an admin is likely to make, and what is said of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.errors import SourceError
from feedsvc.source import nodes, syntax

COLUMN = "expected the keys of one entry below each other; fix: begin it in column 3; "
COLUMN += "if it is text, put quotes round the whole value"
QUOTES = "expected one quoted value; fix: inside '…' write '' for one ', inside \"…\" write \\\"; "
QUOTES += "or close the quotes further up"
OTHER = "expected quotes round the whole value; fix: put other quotes round the whole value: "
BAR = "expected a bar behind 'body:', which makes text of all that is below; "
BAR += "fix: write 'body: |' in line 2, and all of the text in the lines below, indented"
OUT = "yaml: found a line out of its column; "

CASES = {
    "tab": (
        "- id: a\n\ttitle: x\n",
        (
            "2:1: yaml: found a tab before the text; expected spaces as indentation; "
            "fix: put spaces in place of the tab"
        ),
    ),
    "tab deeper": (
        "- id: a\n  image:\n  \turl: x\n",
        (
            "3:3: yaml: found a tab before the text; expected spaces as indentation; "
            "fix: put spaces in place of the tab"
        ),
    ),
    "tab in a block": (
        "- id: a\n  lead: |\n\tfoo\n",
        (
            "3:1: yaml: found a tab before the text; expected spaces as indentation; "
            "fix: put spaces in place of the tab"
        ),
    ),
    "no space after colon": (
        "- id: a\n  title:foo\n  published: 2024\n",
        "2:9: yaml: found no space after the colon; expected 'key: value'; fix: write 'title: foo'",
    ),
    "no space after colon in the last line": (
        "- id: a\n  title:foo\n",
        "2:9: yaml: found no space after the colon; expected 'key: value'; fix: write 'title: foo'",
    ),
    "no space after colon in the first line": (
        "- id:a\n  title: foo\n",
        "1:6: yaml: found no space after the colon; expected 'key: value'; fix: write 'id: a'",
    ),
    "no space after the first dash": (
        "-id: a\n  title: x\n",
        (
            "1:1: yaml: found no space after the dash; expected '- ' before an entry; "
            "fix: write '- id: a'"
        ),
    ),
    "no space after another dash": (
        "- id: a\n  title: x\n-id: b\n  title: y\n",
        (
            "3:1: yaml: found no space after the dash; expected '- ' before an entry; "
            "fix: write '- id: b'"
        ),
    ),
    "colon in a value": (
        "- id: a\n  title: Breaking: the harbour\n",
        (
            "2:18: yaml: found ': ' inside the value of 'title'; expected quotes round a "
            "value with "
            'a colon in it; fix: put quotes round it: title: "Breaking: the harbour"'
        ),
    ),
    "colon and quotes in a value": (
        '- id: a\n  title: A "word": it\'s\n',
        (
            "2:18: yaml: found ': ' inside the value of 'title'; expected quotes round a "
            "value with "
            "a colon in it; fix: put quotes round it: title: 'A \"word\": it''s'"
        ),
    ),
    "colon in a long value": (
        f"- id: a\n  title: X: {'y' * 70}\n",
        (
            "2:11: yaml: found ': ' inside the value of 'title'; expected quotes round a "
            "value with "
            f'a colon in it; fix: put quotes round it: title: "X: {"y" * 57}…"'
        ),
    ),
    "double quote never closed": (
        '- id: a\n  title: "foo\n  published: 2024\n',
        (
            '2:10: yaml: found a " that is never closed; expected quotes in pairs; '
            'fix: end the value with ", or write it without'
        ),
    ),
    "colon in a value in brackets": (
        "- id: a\n  image: {alt: Harbour: the view, url: /a.jpg}\n",
        (
            "2:23: yaml: found ': ' inside the value of 'alt'; expected quotes round a value with "
            'a colon in it; fix: put quotes round it: alt: "Harbour: the view"'
        ),
    ),
    "colon in a value in brackets, in a line of its own": (
        "- id: a\n  image: {\n    alt: Harbour: the view }\n",
        (
            "3:17: yaml: found ': ' inside the value of 'alt'; expected quotes round a value with "
            'a colon in it; fix: put quotes round it: alt: "Harbour: the view"'
        ),
    ),
    "a colon in the line below an open bracket": (
        "- id: a\n  image: {alt: A\n  title: T\n",
        (
            "2:10: yaml: found a '{' that is never closed; expected '}'; fix: end it with '}', or "
            "put quotes round the value if it is text"
        ),
    ),
    "a colon in a text without a bar": (
        "- id: a\n  body: One: two\n    three\n",
        f"2:12: yaml: found a colon in a text of several lines; {BAR}",
    ),
    "a colon in a text below": (
        "- id: a\n  body:\n    One\n\n    Two: three\n",
        f"5:8: yaml: found a colon in a text of several lines; {BAR}",
    ),
    "a text below with a colon first": (
        "- id: a\n  body:\n    One: two\n    three\n  title: A\n",
        (
            "4:5: yaml: found a line without a key; expected 'key: value'; "
            "fix: if it is the text of 'body', write 'body: |' in line 2"
        ),
    ),
    "a no-break space": (
        "- id: a\n\u00a0 title: b\n",
        (
            "2:1: yaml: found a no-break space before the text; expected spaces as indentation; "
            "fix: put spaces in place of the no-break space"
        ),
    ),
    "single quote never closed": (
        "- tags: ['a, b]\n  x: y\n",
        (
            "1:10: yaml: found a ' that is never closed; expected quotes in pairs; "
            "fix: end the value with ', or write it without"
        ),
    ),
    "quote closed by the next entry's": (
        "- id: a\n  title: 'foo\n- id: b\n  title: 'bar'\n",
        (
            "2:10: yaml: found a ' that is never closed; expected quotes in pairs; "
            "fix: end the value with ', or write it without"
        ),
    ),
    "apostrophe in single quotes": (
        "- id: a\n  title: 'it's'\n",
        f"2:14: yaml: found a ' that ends the value too early; {OTHER}title: \"it's\"",
    ),
    "quote in double quotes": (
        '- id: a\n  title: "he said "no" to it"\n',
        (
            f'2:20: yaml: found a " that ends the value too early; {OTHER}'
            "title: 'he said \"no\" to it'"
        ),
    ),
    "a quoted word first": (
        '- id: a\n  title: "Sharing" is "sense"\n',
        (
            f'2:20: yaml: found a " that ends the value too early; {OTHER}'
            'title: \'"Sharing" is "sense"\''
        ),
    ),
    "a bracket first": (
        "- id: a\n  title: [Update] Ice\n",
        (
            "2:19: yaml: found text behind the ']'; expected quotes round the value; "
            'fix: put quotes round the value: title: "[Update] Ice"'
        ),
    ),
    "a brace first": (
        "- id: a\n  title: {Update} Ice\n",
        (
            "2:19: yaml: found text behind the '}'; expected quotes round the value; "
            'fix: put quotes round the value: title: "{Update} Ice"'
        ),
    ),
    "quotes in two lines": (
        "- id: a\n  title: 'foo\n    bar' baz\n",
        (
            "2:10: yaml: found a ' that is never closed; expected quotes in pairs; "
            "fix: end the value with ', or write it without"
        ),
    ),
    "text behind quotes in an inner list": (
        "tags:\n- 'b'c\nid: a\n",
        f"2:6: yaml: found text after the end of the quotes; {QUOTES}",
    ),
    "document mark in quotes": (
        '- id: "a\n---\nb"\n',
        (
            '1:7: yaml: found a " that is never closed; expected quotes in pairs; '
            'fix: end the value with ", or write it without'
        ),
    ),
    "backslash in double quotes": (
        '- id: a\n  title: "C:\\Users"\n',
        (
            '2:15: yaml: found a \\ inside "…" with no meaning; expected an escape such as \\n; '
            "fix: put the value in '…' instead, where a \\ is just a \\, or write \\\\"
        ),
    ),
    "lone surrogate as an escape": (
        '- id: a\n  title: "a\\ud800b"\n',
        (
            "2:14: yaml: found an escape that is no character; expected text; "
            "fix: write the character itself"
        ),
    ),
    "indented too little": (
        "- id: a\n title: x\n",
        (
            f"2:2: {OUT}expected '- ' or an indented key; "
            "fix: begin it with 2 spaces, or with '- ' if it is a new entry"
        ),
    ),
    "dash forgotten": (
        "- id: a\n  title: x\nid: b\n",
        (
            f"3:1: {OUT}expected '- ' or an indented key; "
            "fix: begin it with 2 spaces, or with '- ' if it is a new entry"
        ),
    ),
    "indented too much": (
        "- id: a\n   title: x\n",
        f"2:4: {OUT}{COLUMN}",
    ),
    "indented too much in the middle": (
        "- id: a\n  title: x\n   published: 2024\n",
        f"3:4: {OUT}{COLUMN}",
    ),
    "neither in nor out": (
        "a:\n    b: 1\n  c: 2\n",
        (
            f"3:3: {OUT}expected the keys of one entry below each other; "
            "fix: begin it in column 5; if it is text, put quotes round the whole value"
        ),
    ),
    "a key that is too long": (
        f"? a\n: {'x' * 2000}: y\n",
        (
            f"2:1: {OUT}expected the keys of one entry below each other; fix: begin it below "
            "the keys above; if it is text, put quotes round the whole value"
        ),
    ),
    "a list among keys": (
        "- id: a\n  - b\n",
        (
            "2:3: yaml: found a list among keys; expected 'key: value'; "
            "fix: write the list's key in the line above, or begin the entry further left"
        ),
    ),
    "body not indented": (
        "- id: a\n  body: |\n  foo bar\n  next\n",
        (
            "3:1: yaml: found text that is not indented; expected text further in than "
            "the key 'body'; "
            "fix: begin each line of it with 4 spaces"
        ),
    ),
    "body not indented and with a colon": (
        "- id: a\n  body: |\n  foo: bar\n  next\n",
        (
            "3:1: yaml: found text that is not indented; expected text further in than "
            "the key 'body'; "
            "fix: begin each line of it with 4 spaces"
        ),
    ),
    "text that goes on at the margin": (
        "- id: a\n  lead: foo\nbar baz\n  x: y\n",
        (
            "3:1: yaml: found a line without a key; expected 'key: value'; "
            "fix: if it goes on with the text above, indent it further than the key of that text"
        ),
    ),
    "text behind a bar": (
        "- id: a\n  lead: > foo\n",
        (
            "2:11: yaml: found text behind '>'; expected nothing behind '>'; "
            "fix: begin the text in the next line, indented; or put quotes round the value"
        ),
    ),
    "bracket never closed": (
        "- id: a\n  tags: [a, b\n  title: x\n",
        (
            "2:9: yaml: found a '[' that is never closed; expected ']'; "
            "fix: end it with ']', or put quotes round the value if it is text"
        ),
    ),
    "bracket at the end of the file": (
        "- id: a\n  tags: [\n\n",
        (
            "2:9: yaml: found a '[' that is never closed; expected ']'; "
            "fix: end it with ']', or put quotes round the value if it is text"
        ),
    ),
    "brace at the end of the file": (
        "- id: a\n  image: {url: ",
        (
            "2:10: yaml: found a '{' that is never closed; expected '}'; "
            "fix: end it with '}', or put quotes round the value if it is text"
        ),
    ),
    "brace never closed": (
        "- id: a\n  image: {url: x\n  title: x\n",
        (
            "2:10: yaml: found a '{' that is never closed; expected '}'; "
            "fix: end it with '}', or put quotes round the value if it is text"
        ),
    ),
    "bold at the beginning": (
        "- id: a\n  title: **Bold** text\n",
        (
            "2:10: yaml: found a value that begins with '*'; expected quotes round it; "
            'fix: put quotes round the value: "**Bold** text"'
        ),
    ),
    "italic at the beginning": (
        "- id: a\n  title: *Bold* text\n",
        (
            "2:10: yaml: found a value that begins with '*'; expected quotes round it; "
            'fix: put quotes round the value: "*Bold* text"'
        ),
    ),
    "ampersand at the beginning": (
        "- id: a\n  title: & more\n",
        (
            "2:10: yaml: found a value that begins with '&'; expected quotes round it; "
            'fix: put quotes round the value: "& more"'
        ),
    ),
    "at sign at the beginning": (
        "- id: a\n  title: @office\n",
        (
            "2:10: yaml: found a value that begins with '@'; expected quotes round it; "
            'fix: put quotes round the value: "@office"'
        ),
    ),
    "percent sign at the beginning": (
        "- id: a\n  title: %foo\n",
        (
            "2:10: yaml: found a value that begins with '%'; expected quotes round it; "
            'fix: put quotes round the value: "%foo"'
        ),
    ),
    "dash in a value": (
        "- id: a\n  title: - x\n",
        (
            "2:10: yaml: found a value that begins with '-'; expected quotes round it; "
            'fix: put quotes round the value: "- x"'
        ),
    ),
    "merge conflict": (
        "- id: a\n<<<<<<< HEAD\n  title: x\n=======\n  title: y\n>>>>>>> x\n",
        (
            "2:1: yaml: found the conflict mark '<<<<<<<' that a merge left; "
            "expected one version of the text; fix: keep one of the two versions and "
            "delete the marks"
        ),
    ),
    "a directive": (
        "%foo\n",
        (
            "1:5: yaml: found no YAML (found unknown directive name); expected YAML; "
            "fix: look at the indentation, quotes and colons here and in the line above"
        ),
    ),
    "text after the end": (
        "---\n- id: a\n...\nfoo: bar\n",
        (
            "4:1: yaml: found no YAML (did not find expected <document start>); expected YAML; "
            "fix: look at the indentation, quotes and colons here and in the line above"
        ),
    ),
    "text behind quotes in a list": (
        "- a: 'b'c\n",
        f"1:9: yaml: found a ' that ends the value too early; {OTHER}a: \"'b'c\"",
    ),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
def test_a_mistake_is_explained(text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        nodes.parse("f", text.encode())
    assert str(caught.value) == f"f:{message}"


def test_columns_count_characters_behind_a_byte_order_mark() -> None:
    with pytest.raises(SourceError) as caught:
        nodes.parse("f", "\ufeff- id: é😀\n  title: é😀: y".encode())
    assert caught.value.problems[0].place == "f:2:12"


@given(
    st.text(),
    st.sampled_from(["mapping values", "expected ':'", "expected key", "'-' indicator", "?"]),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_some_rule_speaks_whatever_the_place(
    text: str, words: str, at: tuple[int, int], began: tuple[int, int]
) -> None:
    problem = syntax.explain("f", text, syntax.Complaint(words, "", at, began))
    assert problem.fix
    assert "\n" not in str(problem)
