"""Markdown: what works, what never passes, and that no text at all can break it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.render import markdown
from feedsvc.render.markdown import legal, shorten, to_html, to_text

BASE = "https://press.example.org/esho"
XML_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: What somebody who means harm, or merely pastes, puts into a body.
PIECES = st.sampled_from(
    [
        *("<script>alert(1)</script>", "</script>", "<style>*{}</style>", "<svg onload=alert(1)>"),
        *('<a href="javascript:alert(1)">', "[x](javascript:alert(1))", "![x](data:text/html,x)"),
        *('<img src=x onerror="alert(1)">', "<iframe src=//x>", '<p style="x:y" onclick=z>', "<b>"),
        *("<name>", "<!-- note -->", "&lt;", "&#1;", "&#xFFFE;", "&#xD800;", "<![CDATA[", "]]>"),
        *("# ", "\n\n", "\n## ", "> ", "- ", "1. ", "| a | b |\n|---|--:|\n| c | d |\n", "```\n"),
        *("[x](/a)", "[x](#a)", "<https://x.org>", "www.x.org", "a@x.org", "`<`", "**b**", "~~d~~"),
        *(
            "\u202eabc",
            "👩‍🚀",
            "e\u0301",
            "שלום",
            '"',
            "'",
            "\\",
            "<h1>",
            "</div>",
            "<table>",
            "<td>",
        ),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=20), max_size=12).map("".join)
ALLOWED = markdown._TAGS


class Parsed(HTMLParser):
    """The tags and attributes of some HTML, as a lenient reader sees them."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("One *two* **three**.", "<p>One <em>two</em> <strong>three</strong>.</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>\n'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>\n"),
        ("a  \nb", "<p>a<br>\nb</p>\n"),
        ("***", "<hr>\n"),
        ("~~old~~", "<p><del>old</del></p>\n"),
        ("[x](https://x.org/?a=1&b=2)", '<p><a href="https://x.org/?a=1&amp;b=2">x</a></p>\n'),
        ("see www.x.org.", '<p>see <a href="http://www.x.org">www.x.org</a>.</p>\n'),
        ("a@x.org", '<p><a href="mailto:a@x.org">a@x.org</a></p>\n'),
        ("![Alt](/i.png)", f'<p><img src="{BASE}/i.png" alt="Alt"></p>\n'),
        ("AT&T 1 < 2", "<p>AT&amp;T 1 &lt; 2</p>\n"),
        ("no yes 012 1:30", "<p>no yes 012 1:30</p>\n"),
    ],
)
def test_markdown(source, html):
    assert to_html(source, BASE) == html


def test_table():
    html = to_html("| a | b |\n|---|--:|\n| c | d |", BASE)
    assert html.replace("\n", "") == (
        '<table><thead><tr><th>a</th><th align="right">b</th></tr></thead>'
        '<tbody><tr><td>c</td><td align="right">d</td></tr></tbody></table>'
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        pytest.param("H<sub>2</sub>O", "<p>H<sub>2</sub>O</p>\n", id="harmless tags work"),
        pytest.param("a <!-- ask legal --> b", "<p>a  b</p>\n", id="comments stay private"),
        pytest.param("<script>x()</script>y", "y\n", id="scripts vanish with what is in them"),
        pytest.param("a <iframe src=x>y</iframe> b", "<p>a  b</p>\n", id="embedded things vanish"),
        pytest.param("a <font color=red>b</font>", "<p>a b</p>\n", id="other tags lose the tag"),
        pytest.param("by <name>", "<p>by &lt;name&gt;</p>\n", id="what is no HTML stays as typed"),
        pytest.param('<p style="a:b" id=c>d</p>', "<p>d</p>\n", id="no style, no id"),
        pytest.param("<div>open", "<div>open\n</div>", id="what is left open is closed"),
        pytest.param("`<b>`", "<p><code>&lt;b&gt;</code></p>\n", id="code is code"),
    ],
)
def test_raw_html(source, html):
    assert to_html(source, BASE) == html


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#x6a;avascript:alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "#part",
    ],
)
@pytest.mark.parametrize("form", ["[x]({})", '<a href="{}">x</a>', "[x][1]\n\n[1]: {}"])
def test_links_that_lead_nowhere_safe_lose_their_target(form, target):
    assert to_html(form.format(target), BASE).strip() in ("<p><a>x</a></p>", "<a>x</a>")


def test_a_bare_link_to_no_host_loses_its_target():
    assert to_html("www.x.org>", BASE) == "<p><a>www.x.org&gt;</a></p>\n"


@pytest.mark.parametrize(
    ("target", "absolute"),
    [
        ("/speeches/x", f"{BASE}/speeches/x"),
        ("speeches/x", f"{BASE}/speeches/x"),
        ("?page=2", f"{BASE}/?page=2"),
        ("//other.org/x", "https://other.org/x"),
        ("https://other.org", "https://other.org"),
        ("mailto:a@x.org", "mailto:a@x.org"),
        ("tel:+43", "tel:+43"),
        ("/javascript:alert(1)", f"{BASE}/javascript:alert(1)"),
        ("/größe", f"{BASE}/gr%C3%B6%C3%9Fe"),
        ("/a%20b", f"{BASE}/a%20b"),
    ],
)
@pytest.mark.parametrize("form", ["[x]({})", '<a href="{}">x</a>'])
def test_links_are_absolute(form, target, absolute):
    assert f'<a href="{absolute}">x</a>' in to_html(form.format(target), BASE)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("123", "234"),
        ("234", "234"),
        ("3", "2"),
        ("246", "234"),
        ("123456", "234566"),
        ("31", "22"),
    ],
)
def test_headings_begin_below_the_pages_own_and_skip_no_level(typed, shown):
    html = to_html("\n\n".join(f"{'#' * int(level)} x" for level in typed), BASE)
    assert "".join(re.findall(r"<h(\d)>", html)) == shown
    assert "".join(re.findall(r"</h(\d)>", html)) == shown


@given(TEXTS)
def test_any_text_gives_html_that_does_not_run(text):
    html = to_html(text, BASE)
    assert not XML_ILLEGAL.search(html)
    for tag, attributes in Parsed(html).tags:
        assert tag in ALLOWED
        assert not any(name.startswith("on") or name in {"style", "id"} for name in attributes)
        for name in ("href", "src"):
            assert re.match(r"(https?|mailto|tel):", attributes.get(name) or "tel:", re.IGNORECASE)


@given(TEXTS.map(lambda text: text.replace("<", "")))
def test_what_skips_the_sanitiser_is_what_it_would_have_passed(text):
    html = to_html(text, BASE)
    cleaned = markdown._cleaner(BASE).clean(html)
    assert _tree(html) == _tree(cleaned)


@given(st.text(alphabet=st.characters(whitelist_categories=["L", "N"]), min_size=1))
def test_words_survive(text):
    assert legal(text) in lxml.html.fromstring(to_html(f"x {text}", BASE)).text_content()


@pytest.mark.parametrize(
    "text", ["\u202eabc\u202c", "👩‍🚀 🇦🇹", "e\u0301", "مرحبا", "\u00ad\u2060", "𝔘"]
)
def test_bidi_emoji_and_combining_marks_survive(text):
    assert to_html(text, BASE) == f"<p>{text}</p>\n"


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x0bb", "a\ud83db", "a\ufffeb", "a&#1;b", "a&#xFFFF;b"]
)
def test_characters_that_xml_forbids_go(text):
    assert re.fullmatch("<p>a\ufffd?b</p>\n", to_html(text, BASE))


@pytest.mark.parametrize(
    "text", [">" * 3000, "[" * 30000, "*a " * 9000, "<div>" * 1500, "`a" * 9000]
)
def test_hostile_nesting_ends(text):
    assert to_html(text, BASE)


def test_to_text():
    html = to_html(
        "# Title\n\nOne *two* [three](/x) &amp; `<b>`.\n\n| a | b |\n|---|---|\n| c | d |", BASE
    )
    assert to_text(html, 300) == "Title One two three & <b>. a b c d"


def test_to_text_knows_where_a_tag_ends():
    assert to_text('<p>a <img alt="x > y" src="z"> b <a href=">">c</a></p>', 99) == "a b c"


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short enough", 12, "short enough"),
        ("one two three", 9, "one two…"),
        ("one, two", 6, "one…"),
        ("漢字漢字漢字", 4, "漢字漢…"),
        ("a veryveryverylongword", 12, "a veryveryv…"),
        (" a \n b ", 9, "a b"),
    ],
)
def test_shorten(text, limit, short):
    assert shorten(text, limit) == short


@given(TEXTS, st.integers(min_value=2, max_value=60))
def test_summaries_are_one_line_within_the_limit(text, limit):
    summary = to_text(to_html(text, BASE), limit)
    assert len(summary) <= limit
    assert summary == " ".join(summary.split())


def _tree(html):
    return lxml.html.tostring(lxml.html.fragment_fromstring(html, create_parent="div"))


@given(st.text(st.sampled_from(" ab\n\t\x1f\x85\xa0\u2003\u2028\u3000\ufeff"), max_size=12))
def test_short_text_is_put_on_one_line(text):
    assert shorten(text, 12) == " ".join(text.split())


def test_what_no_feed_can_hold_goes_from_any_text():
    illegal = [*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
    assert {legal(f"é{chr(code)}x") for code in illegal} == {"éx"}
    assert {legal(f"é\n{chr(code)}\nx") for code in illegal} == {"é\n\nx"}
    assert legal("é\x85x") == "é\nx"
