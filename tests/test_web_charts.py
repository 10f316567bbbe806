"""Charts: what they draw, what they say to those who do not see them, and how numbers are told."""

import re
from datetime import timedelta
from xml.etree.ElementTree import fromstring
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.web.charts import HEIGHT, WIDTH, Chart, Series, ceiling, columns, lines
from feedsvc.web.telling import away, length, moment, number, size
from tests.factory import instant

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ("09:00", "09:30", "10:00", "10:30")


def chart(*rows, unit="count", labels=LABELS, title="Requests"):
    series = tuple(
        Series(f"row {n}", tuple(map(float, row)), f"s{n}") for n, row in enumerate(rows)
    )
    return Chart(title, labels, series, unit)


def drawn(markup):
    return fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def rects(svg):
    return [{k: float(v) for k, v in r.items() if k != "class"} for r in svg.iter(f"{SVG}rect")]


def test_columns_stand_on_each_other():
    first, second, third = rects(drawn(columns(chart((1, 0, 3, 0), (1, 0, 0, 0)))))
    assert first["x"] == second["x"] < third["x"]
    assert first["y"] == pytest.approx(second["y"] + second["height"], abs=0.2)
    assert third["height"] == pytest.approx(3 * first["height"], abs=0.2)


def test_columns_have_their_figures_as_tooltips():
    svg = drawn(columns(chart((1, 0, 3000, 0), (2, 0, 0, 0))))
    titles = [title.text for title in svg.iter(f"{SVG}title")]
    assert titles == ["09:00: row 0 1, row 1 2", "10:00: row 0 3 k"]


def test_columns_say_what_they_show():
    svg = drawn(columns(chart((1, 0, 3, 0), (2, 0, 9, 0))))
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Requests. row 1 11, row 0 4 in all. Most at 10:00: 12."


def test_lines_say_where_they_end():
    svg = drawn(lines(chart((1, 2, 3, 4), (9, 9, 9, 1200))))
    assert svg.get("aria-label") == "Requests. At the end: row 0 4, row 1 1.2 k."
    assert [g.get("class") for g in svg.iter(f"{SVG}g")] == ["s0", "s1"]
    assert len(next(svg.iter(f"{SVG}polyline")).get("points").split()) == 4


def test_one_point_is_a_dot():
    svg = drawn(lines(chart((5,), labels=("today",))))
    assert len(list(svg.iter(f"{SVG}circle"))) == 1


def test_the_axis_ends_at_a_round_number_and_says_its_middle():
    svg = drawn(columns(chart((0, 0, 0, 37))))
    assert [text.text for text in svg.iter(f"{SVG}text")][:2] == ["40", "20"]


def test_the_first_the_middle_and_the_last_place_are_named():
    svg = drawn(columns(chart((1, 1, 1, 1))))
    assert [text.text for text in svg.iter(f"{SVG}text")][2:] == ["09:00", "10:00", "10:30"]


def test_nothing_that_a_site_may_be_called_leaves_its_place():
    evil = Chart('<script>"&', ("<b>",), (Series("</svg>", (1.0,), "s0"),))
    for draw in (columns, lines):
        svg = drawn(draw(evil))
        assert svg.get("aria-label").startswith('<script>"&. ')
        assert "<script" not in str(draw(evil))


def test_a_chart_is_also_a_table_without_empty_rows():
    shown = chart((1, 0, 3, 0), (0, 0, 2, 0), unit="bytes")
    assert list(shown.rows()) == [("09:00", ["1 B", "0 B"]), ("10:00", ["3 B", "2 B"])]
    assert not shown.is_empty
    assert chart((0, 0, 0, 0)).is_empty
    assert chart(labels=()).is_empty


@given(st.lists(st.floats(0, 1e15), max_size=60), st.sampled_from([columns, lines]))
def test_whatever_is_counted_is_well_formed_and_stays_within_the_drawing(values, draw):
    svg = drawn(draw(chart(values, labels=tuple(map(str, range(len(values)))))))
    for rect in rects(svg):
        assert 0 <= rect["x"] <= rect["x"] + rect["width"] <= WIDTH
        assert 0 <= rect["y"] <= rect["y"] + rect["height"] <= HEIGHT
    for line in svg.iter(f"{SVG}polyline"):
        for x, y in re.findall(r"([\d.]+),([\d.]+)", line.get("points")):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT


@given(st.floats(1e-6, 1e18))
def test_the_axis_ends_above_and_not_far_above(value):
    assert value * 0.99 <= ceiling(value) <= 2.5 * value * 1.01


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0"), (1, "1"), (1.5, "1.5"), (999, "999"), (1000, "1 k"), (1234, "1.2 k"), (2e9, "2 G")],
)
def test_numbers(value, told):
    assert number(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (123e6, "123 MB"), (3e15, "3000 TB")],
)
def test_sizes(value, told):
    assert size(value) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.035, "35 ms"),
        (1, "1 s"),
        (2.41, "2.4 s"),
        (59, "59 s"),
        (100, "100 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (3 * 86400, "3 d"),
    ],
)
def test_lengths(seconds, told):
    assert length(seconds) == told


def test_instants_are_told_in_the_zone_of_the_site_with_their_distance():
    now = instant("2024-08-01 12:00")
    told = moment(instant("2024-08-01 15:30"), now, ZoneInfo("Europe/Vienna"))
    assert told == ("2024-08-01T15:30:00+00:00", "Thu 01 Aug 2024, 17:30", "in 4 h")
    assert away(timedelta(minutes=-5)) == "5 min ago"
    assert away(timedelta(milliseconds=10)) == "just now"
