"""Dates in wrong forms: what can be mended without guessing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source import dates, wrongdates
from feedsvc.source.fields import Unfit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024/07/19", "2024-07-19"),
        (" July 19,\n2024 ", "2024-07-19"),
        ("07/19/2024", "2024-07-19"),
        ("07/07/2024", "2024-07-07"),
        ("Fri, 19 Jul 2024 14:30:00 UTC", "2024-07-19 14:30:00Z"),
        ("07/08/2024", None),
        ("19.07.24", None),
        ("2024-07-19 14:30 CEST", None),
        ("soon", None),
    ],
)
def test_only_what_is_certain_is_mended(text: str, expected: str | None) -> None:
    assert wrongdates.mended(text) == expected


def test_a_long_text_is_cut_before_it_is_looked_at() -> None:
    assert wrongdates.mended("2024/07/19" + " " * 10_000_000 + "x") == "2024-07-19"


def fix(text: str) -> str:
    try:
        dates.parse(text)
    except Unfit as unfit:
        return str(unfit)
    return ""


@given(st.text(alphabet="0123456789-./: TZ+apmJulMarch,"))
def test_what_is_mended_is_a_date(text: str) -> None:
    mended = wrongdates.mended(text)
    assert fix(mended or "2024-07-19") in (
        "",
        "write a year from 1900 to 2200",
        "write an offset from -12:00 to +14:00",
    )
