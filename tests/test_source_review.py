"""What is probably a mistake although its form is right: the words of each warning."""

import pytest

from feedsvc.source import entries
from tests.reading import FILE, SITE, complaints, lines, parse


def titled(title, more=""):
    return lines(parse(f"id: x\npublished: 2024-07-19\ntitle: {title}\n{more}").problems)


@pytest.mark.parametrize(
    ("title", "found", "fix"),
    [
        ("Notice #5", "#5", '"Notice #5"'),
        ('The "Pilot" #3  ', "#3", "'The \"Pilot\" #3'"),
        (
            "Ice #" + "x" * 60,
            "#" + "x" * 39 + "…",
            '"Ice #' + "x" * 60 + '"',
        ),
    ],
)
def test_a_number_sign_that_yaml_takes_for_a_comment(title, found, fix):
    assert titled(title) == [
        (
            f"3:8: warning: title: found '{found}' behind it, which counts as a comment; "
            f"expected quotes round a value with a # in it; fix: put quotes round the value: {fix}"
        )
    ]


@pytest.mark.parametrize("title", ["Notice # a comment", '"Notice #5"', "C#", "Notice#5"])
def test_a_comment_is_a_comment(title):
    assert titled(title) == []


def test_a_number_sign_after_a_tab():
    assert titled("A\t#b")[0].startswith("3:8: warning: title: found '#b' behind it")


SHOWN = "this would be shown as typed"


@pytest.mark.parametrize(
    ("title", "column", "found", "fix"),
    [
        ("A <b>bold</b> word", 10, "<b>", "remove it: it would be shown as typed"),
        ("AT&amp;T", 10, "&amp;", f"write the character itself: {SHOWN}"),
        ("2024&ndash;2025", 12, "&ndash;", f"write the character itself: {SHOWN}"),
        (
            "See [here](https://a.example)",
            12,
            "[here](https://a.example)",
            f"put the link into the body: {SHOWN}",
        ),
    ],
)
def test_a_title_is_plain_text(title, column, found, fix):
    assert titled(title) == [
        f"3:{column}: warning: title: found '{found}'; expected plain text; fix: {fix}"
    ]


@pytest.mark.parametrize("title", ["AT&T <b", "1 < 2 > 0", "a [1] (b)", "R&D; S&P"])
def test_signs_that_are_no_markup(title):
    assert titled(title) == []


@pytest.mark.parametrize("style", ["", " >", " >-"])
@pytest.mark.parametrize("mark", ["-", "*", "2.", "|"])
def test_a_list_that_yaml_would_join(style, mark):
    body = f"body:{style}\n  Three things\n\n  {mark} one\n  {mark} two\n"
    assert complaints(body) == [
        (
            "7:1: warning: body: found lines that YAML joins to one; expected a bar behind "
            "'body:', which keeps lines as they are; fix: write 'body: |' and the text below it, "
            "indented"
        )
    ]


@pytest.mark.parametrize(
    "body",
    [
        "body: |\n  Three:\n\n  - one\n  - two\n",
        "body: >\n  Words - and more words,\n  in two lines\n",
        "body: >\n  Three:\n\n    - one - and\n    - two\n",
        "body: a - b\nlead: x\n",
        "body: >\n  a - b\ntags:\n  - x\n",
    ],
)
def test_a_body_whose_lists_are_whole(body):
    assert complaints(body) == []


def test_a_picture_without_words():
    (line,) = complaints("body: |\n  Text\n\n  ![](https://a.example/b.jpg)\n")
    assert line == (
        "7:3: warning: body: found '![](…)'; expected a picture with words: ![words](…); "
        "fix: write between the brackets what it shows, for those who do not see it"
    )
    assert complaints("body: '![a quay](https://a.example/b.jpg)'") == []


def test_a_link_in_the_clear():
    (line,) = complaints("body: |\n  See [a](http://a.example/b).\n")
    assert line == (
        "5:11: warning: body: found 'http://a.example/b'; expected an address that begins with "
        "https://; fix: write https://a.example/b if the other side answers to that"
    )
    assert complaints("body: http://localhost:8000/ http://127.0.0.1/") == []


def test_a_site_may_link_to_itself_in_the_clear():
    from msgspec.structs import replace

    local = replace(SITE, base_url="http://press.example")
    assert complaints("body: See http://press.example/news/", local) == []


def dated(*days, file=FILE):
    text = "".join(f"- {{id: e{n}, published: {day}, title: T}}\n" for n, day in enumerate(days))
    return [str(p) for p in entries.parse(file, "news", text.encode(), SITE).problems]


def test_a_date_far_in_the_past():
    assert dated("1924-07-19") == [
        (
            f"{FILE}:1:23: warning: published: found '1924-07-19'; expected a date from 1990 on; "
            "fix: look at the year again; if it is right, leave it"
        )
    ]
    assert dated("1990-01-01") == []


@pytest.mark.parametrize("name", ["2024.yaml", "2024-2025.yml", "2024.YAML"])
def test_a_date_of_a_year_before_that_of_the_file(name):
    file = f"feeds/news/{name}"
    assert dated("2023-01-08", file=file) == [
        (
            f"{file}:1:23: warning: published: found '2023-01-08'; expected a date of the year in "
            f"the name of the file ({name}); fix: look at the year again; if it is right, leave it"
        )
    ]
    # An embargo may be long.
    assert dated("2024-01-01", "2031-01-01", file=file) == []


def test_a_name_that_is_no_year_says_nothing():
    assert dated("2023-01-08", file="feeds/news/2024-assembly.yaml") == []
    assert dated("2023-01-08", file="feeds/2024/news.yaml") == []


def test_a_date_years_before_those_around_it():
    assert dated("2024-07-01", "2014-07-02", "2024-07-03") == [
        (
            f"{FILE}:2:23: warning: published: found '2014-07-02'; expected a date near those "
            "around it ('2024-07-01' and '2024-07-03'); fix: look at the year again; if it is "
            "right, leave it"
        )
    ]
    assert dated("2014-07-01", "2024-07-02", "2024-07-03") == []
