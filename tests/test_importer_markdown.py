"""HTML to Markdown: what is right is what renders the same, and it must be pleasant to edit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.render.markdown import to_html
from feedsvc.source import samehtml
from feedsvc.source.samehtml import canonical
from feedsvc.source.tomarkdown import paragraphs, plain, to_markdown

BASE = "https://old.example.org/blog/"


def render(text):
    return to_html(text, "https://news.example.org")


def convert(html, base=""):
    return to_markdown(html, base, render)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("plain", "plain"),
        ("<p>One</p>\n\n<p>Two</p>", "One\n\nTwo"),
        ("<p>A <b>b</b>, <strong>c</strong>, <i>d</i> &amp; e</p>", "A **b**, **c**, *d* & e"),
        ('<p><a href="https://x.example/">here</a></p>', "[here](https://x.example/)"),
        ('<p><a href="https://x.example/">https://x.example/</a></p>', "<https://x.example/>"),
        ("<p>see https://x.example/a_b_c</p>", "see https://x.example/a_b_c"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n<!-- -->\n\n- b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<blockquote>bare</blockquote>", "> bare"),
        ("<h1>A</h1><h3>B</h3><p>c</p>", "## A\n\n### B\n\nc"),
        ("<h3>Alone</h3>", "## Alone"),
        ("<pre><code>a\n\n  b</code></pre>", "```\na\n\n  b\n```"),
        ("<pre>a\n\nb</pre>", "```\na\n\nb\n```"),
        ("<p>a<br>b</p>", "a\\\nb"),
        ("a<br/><br />b<br>", "a\n\nb"),
        ("<hr>", "---"),
        ("<div><div>a</div><p>b</p>c</div>", "a\n\nb\n\nc"),
        ("<p>H<sub>2</sub>O, m<sup>2</sup></p>", "H<sub>2</sub>O, m<sup>2</sup>"),
        ('<p><abbr title="World">W</abbr></p>', '<abbr title="World">W</abbr>'),
        ('<p>a<img src="https://x.example/y.png" alt="Y"></p>', "a![Y](https://x.example/y.png)"),
        ("<p>a <b> b </b>c</p>", "a  **b** c"),
        ("<p></p><p>&nbsp;</p><p><b> </b></p><p>a</p>", "a"),
        ("<p>x</p><script>alert(1)</script><style>p{}</style>", "x"),
        ('<p onclick="x()" style="color:red">x <font size="7">y</font></p>', "x y"),
        ('<iframe src="https://x.example/"></iframe>', ""),
        ("<!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->", "x"),
        ("", ""),
    ],
)
def test_markdown_as_people_would_type_it(html, markdown):
    assert convert(html).whole == markdown
    assert convert(html).html == 0


@pytest.mark.parametrize(
    "text",
    [
        "1. no list",
        "- no list",
        "+ no list",
        "# no heading",
        "> no quotation",
        "a * b * c",
        "snake_case_name __init__",
        "~~no strike~~ `no code` | no | table |",
        "[no link](x) ![no picture](y)",
        "<b> &amp; &lt; &copy;",
        "a\\b \\* c",
        "---",
        "===",
        "```",
        "    indented",
        "&nbsp;&#32;x",
        "http://[broken",
        "$x$ :smile: @name #tag ==mark== ^up^",
        "„Gänse“ — 日本語 — שלום",
    ],
)
def test_signs_that_mean_nothing_keep_meaning_nothing(text):
    html = paragraphs(text)
    assert plain(render(convert(html).whole)) == " ".join(text.split())


def test_tables_keep_their_alignment_and_others_stay_html():
    head = '<tr><th>A</th><th align="right">B</th><th align="center">C</th></tr>'
    row = '<tr><td>1</td><td align="right">2</td><td align="center">3</td></tr>'
    found = convert(f"<table><thead>{head}</thead><tbody>{row}</tbody></table>")
    assert found.whole == "| A | B | C |\n| --- | ---: | :---: |\n| 1 | 2 | 3 |"
    other = convert("<table><tr><td>1</td></tr></table><p>x</p>")
    assert other.whole == "<table><tbody><tr><td>1</td></tr></tbody></table>\n\nx"
    assert other.html == 1


@pytest.mark.parametrize(
    "html",
    [
        '<figure><img src="https://x.example/a.png" alt="A"><figcaption>B</figcaption></figure>',
        '<p><img src="https://x.example/a.png" alt="A" width="3" height="4"></p>',
        "<dl><dt>a</dt><dd>b</dd></dl>",
        '<p>a <time datetime="2024-01-01">then</time> <q>b</q></p>',
        "<ol reversed><li>a</li></ol>",
        '<p lang="de">Deutsch</p>',
    ],
)
def test_what_markdown_cannot_say_stays_html_and_renders_the_same(html):
    text = f"<p>before</p>{html}<p>after</p>"
    assert canonical(render(convert(text).whole)) == canonical(render(text))


def test_links_are_written_out_in_full__rfc3986_5():
    html = (
        '<p><a href="/a">a</a> <a href="b?c">b</a> <a href="http://[x">c</a> <img src="d.png"></p>'
    )
    found = convert(html, BASE).whole
    assert "(https://old.example.org/a)" in found
    assert "(https://old.example.org/blog/b?c)" in found
    assert "(https://old.example.org/blog/d.png)" in found


def test_long_paragraphs_are_wrapped_where_that_changes_nothing():
    text = "some words and " * 20 + "- no list " * 20
    lines = convert(f"<p>{text}</p>").whole.split("\n")
    assert plain(render("\n".join(lines))) == text.strip()
    assert max(map(len, convert(f"<p>{'word ' * 60}</p>").whole.split("\n"))) <= 96


def test_a_plain_first_paragraph_is_the_lead():
    found = convert("<p>First &amp; plain.</p><p>Second.</p>")
    assert (found.lead, found.rest) == ("First & plain.", "Second.")
    assert convert("<p>First <b>bold</b>.</p><p>Second.</p>").lead == ""
    assert convert("<ul><li>x</li></ul>").lead == ""


def test_a_picture_at_the_head_is_told_apart():
    found = convert('<figure><img src="/a.png" alt="A" width="3"></figure><p>B.</p>', BASE)
    assert found.picture == {"src": "https://old.example.org/a.png", "alt": "A", "width": "3"}
    assert (found.whole, found.lead) == ("B.", "B.")


def test_blanks_that_no_browser_shows_do_not_count():
    same = [
        "<p>a <b>b</b> c</p>",
        "<p> a<b> b</b> c </p>\n",
        "<p>a\n<strong>b </strong>c</p>",
    ]
    assert len({tuple(canonical(html)) for html in same}) == 1
    assert not samehtml.same("<p><b>a</b> <i>b</i></p>", "<p><b>a</b><i>b</i></p>")
    assert samehtml.same("<ul>\n<li>a</li>\n</ul>\n", "<ul><li> a </li></ul>")
    others = ["<p>a<b>b</b> c</p>", "<p>a b c</p>", "<p>a <i>b</i> c</p>", "<p>a</p><p>b c</p>"]
    assert not {tuple(canonical(html)) for html in others} & {tuple(canonical(same[0]))}


TAGS = st.sampled_from(
    ["b", "i", "code", "sub", "a", "ul", "li", "p", "div", "blockquote", "h2", "table", "td", "pre"]
)
WORDS = st.text("ab *_#-+1.>&`|[]()!\\\n~<", max_size=12)


@st.composite
def markup(draw, depth=3):
    parts = []
    for _ in range(draw(st.integers(0, 3))):
        if depth and draw(st.booleans()):
            tag = draw(TAGS)
            parts.append(f"<{tag}>{draw(markup(depth=depth - 1))}</{tag}>")
        else:
            parts.append(draw(WORDS).replace("&", "&amp;").replace("<", "&lt;"))
    return "".join(parts)


@given(markup())
def test_any_markup_keeps_its_words(html):
    wanted = plain(render(f"<div>{html}</div>".replace("\n\n", "\n"))).split()
    assert plain(render(convert(html).whole)).replace(" ", "") == "".join(wanted)
