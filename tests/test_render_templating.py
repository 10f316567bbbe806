"""Templates: what they print is escaped, and they are compiled once."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup, escape

from feedsvc.render.pages import Pages
from feedsvc.render.templating import _environment, template
from tests.pages_reading import NEWS, PAGES, SITE
from tests.pages_sample import PLAIN, make_site

HOSTILE = """<b>&amp; "x" 'y'</b>"""


class Marked:
    def __html__(self):
        return "<i>mine</i>"

    def __str__(self):
        return "<i>text</i>"


class Subclass(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value", [HOSTILE, "", "é", Markup(HOSTILE), Marked(), Subclass(HOSTILE), 2, None, ["<"]]
)
def test_what_is_printed_is_escaped_as_markupsafe_does_it(value):
    said = _environment().from_string("{{ value }}|{{ value }}").render(value=value)
    assert said == f"{escape(value)}|{escape(value)}"


def test_a_macro_gives_markup_that_is_not_escaped_again():
    source = "{% macro said(value) %}<p>{{ value }}</p>{% endmacro %}{{ said('<') }}"
    made = _environment().from_string(source)
    assert made.render() == "<p>&lt;</p>"
    assert escape(made.make_module().said("<")) == "<p>&lt;</p>"


def test_text_is_not_made_markup_piece_by_piece():
    """That would cost more than all else that a page takes."""
    made = _environment().from_string("<p>{{ value }}</p>")
    pieces = list(made.root_render_func(made.new_context({"value": "<"})))
    assert pieces == ["<p>", "&lt;", "</p>"]
    assert {type(piece) for piece in pieces} == {str}


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(UndefinedError, match="'nothing' is undefined"):
        _environment().from_string("{{ nothing }}").render()


def test_sites_share_their_templates_and_nothing_else():
    other = Pages(make_site(title="Another office"))
    assert template("article") is template("article")
    assert b"Another office" in other.article(PLAIN, NEWS.section, None, None)
    assert b"Another office" not in PAGES.article(PLAIN, SITE.sections[0], None, None)
