"""Dates as people type them."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source import dates
from feedsvc.source.fields import Unfit
from tests.factory import site
from tests.reading import complaints, entry, lines, parse

VIENNA = ZoneInfo("Europe/Vienna")
FIRST, LAST = datetime(1900, 1, 1), datetime(2200, 12, 31)  # noqa: DTZ001  # hypothesis wants so
ENDS = st.sampled_from(["", ":00", ":59", "Z", ":07Z", "+02:00", "-13:59", ":30+05:45"])
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Vienna", "Australia/Lord_Howe", "Pacific/Apia")]


def fix(text: str, zone: ZoneInfo = VIENNA) -> str:
    with pytest.raises(Unfit) as caught:
        dates.instant(text, zone)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-19", "2024-07-18T22:00:00Z"),
        ("2024-01-19", "2024-01-18T23:00:00Z"),
        ("2024-07-19 14:30", "2024-07-19T12:30:00Z"),
        ("2024-07-19T14:30", "2024-07-19T12:30:00Z"),
        ("2024-07-19t14:30z", "2024-07-19T14:30:00Z"),
        ("2024-07-19   14:30:15", "2024-07-19T12:30:15Z"),
        ("2024-07-19 14:30:15.25", "2024-07-19T12:30:15.250000Z"),
        ("2024-07-19 14:30:15,123456789", "2024-07-19T12:30:15.123456Z"),
        ("2024-07-19T14:30Z", "2024-07-19T14:30:00Z"),
        ("2024-07-19 14:30 +02:00", "2024-07-19T12:30:00Z"),
        ("2024-07-19 14:30-0530", "2024-07-19T20:00:00Z"),
        ("2024-07-19 14:30+14", "2024-07-19T00:30:00Z"),
        ("19.07.2024", "2024-07-18T22:00:00Z"),
        ("1.7.2024", "2024-06-30T22:00:00Z"),
        ("19.07.2024 14:30", "2024-07-19T12:30:00Z"),
        ("19.07.2024 14:30:15", "2024-07-19T12:30:15Z"),
        ("29.02.2024", "2024-02-28T23:00:00Z"),
        ("1900-01-01", "1899-12-31T23:00:00Z"),
        ("2200-12-31 23:59:59", "2200-12-31T22:59:59Z"),
    ],
)
def test_both_forms_are_accepted(text: str, expected: str) -> None:
    assert dates.instant(text, VIENNA) == datetime.fromisoformat(expected)
    assert dates.instant(text, VIENNA).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024/07/19", "write 2024-07-19"),
        ("2024.7.9", "write 2024-07-09"),
        ("2024-7-9", "write 2024-07-09"),
        ("20240719", "write 2024-07-19"),
        ("20240719T1430", "write it as 2024-07-26, or as 2024-07-26 14:30 where the time matters"),
        ("19-07-2024", "write 2024-07-19"),
        ("19/07/2024", "write 2024-07-19"),
        ("07/19/2024", "write 2024-07-19"),
        ("07/19/2024 2:30 PM", "write 2024-07-19 14:30"),
        ("07/08/2024", "write 2024-08-07 or 2024-07-08, whichever is meant"),
        ("07/08/2024 9:05", "write 2024-08-07 09:05 or 2024-07-08 09:05, whichever is meant"),
        ("07/07/2024", "write 2024-07-07"),
        ("July 19, 2024", "write 2024-07-19"),
        ("19 July 2024", "write 2024-07-19"),
        ("19th July 2024", "write 2024-07-19"),
        ("Friday, 19 July 2024 at 9:05 am", "write 2024-07-19 09:05"),
        ("19. July 2024, 12:30 p.m.", "write 2024-07-19 12:30"),
        ("19 July 2024 12:30 am", "write 2024-07-19 00:30"),
        ("Fri, 19 Jul 2024 14:30:00 +0200", "write 2024-07-19 14:30:00+0200"),
        ("Fri, 19 Jul 2024 14:30:00 GMT", "write 2024-07-19 14:30:00Z"),
        ("19 Juno 2024", "write 2024-06-19"),
        ("19 Foo 2024", "write it as 2024-07-26, or as 2024-07-26 14:30 where the time matters"),
        ("31/02/2024", "write it as 2024-07-26, or as 2024-07-26 14:30 where the time matters"),
        ("2024-07-19 9:30", "write 2024-07-19 09:30"),
        ("19.07.2024 9:30", "write 2024-07-19 09:30"),
        ("19. 07. 2024", "write 2024-07-19"),
        ("2024-07-19 2:30pm", "write 2024-07-19 14:30"),
        ("2024-07-19 24:00", "write 2024-07-20 00:00, the first moment of the next day"),
        ("31.12.2024 24:00:00", "write 2025-01-01 00:00, the first moment of the next day"),
        ("2024-07-19 24:01", "hour 24 does not exist"),
        ("2024-07-19 25:00", "hour 25 does not exist"),
        ("2024-07-19 12:60", "minute 60 does not exist"),
        ("2016-12-31 23:59:60Z", "second 60 does not exist"),
        ("2024-13-01", "month 13 does not exist"),
        ("2024-00-01", "month 0 does not exist"),
        ("31.13.2024", "month 13 does not exist"),
        ("31.02.2024", "February 2024 has only 29 days"),
        ("29.02.2023", "February 2023 has only 28 days"),
        ("2024-04-31", "April 2024 has only 30 days"),
        ("00.01.2024", "day 0 does not exist"),
        ("2024-01-32", "day 32 does not exist"),
        ("19.07.24", "write the year with four digits: 19.07.2024"),
        ("7/19/24", "write the year with four digits: 7/19/2024"),
        (
            "2024-07-19 14:30 CEST",
            "write an offset such as +02:00 in place of 'CEST', or leave it out",
        ),
        (
            "2024-07-19 14:30 Europe/Vienna",
            "write an offset such as +02:00 in place of 'Europe/Vienna', or leave it out",
        ),
        ("1812-01-01", "write a year from 1900 to 2200"),
        ("2300-01-01", "write a year from 1900 to 2200"),
        ("2024-07-19 14:30+14:01", "write an offset from -12:00 to +14:00"),
        ("2024-07-19 14:30+02:75", "write an offset from -12:00 to +14:00"),
        ("tomorrow", "write it as 2024-07-26, or as 2024-07-26 14:30 where the time matters"),
        ("2024", "write it as 2024-07-26, or as 2024-07-26 14:30 where the time matters"),
        ("12:30", "write it as 2024-07-26, or as 2024-07-26 14:30 where the time matters"),
        ("٢٠٢٤-٠٧-١٩", "write it as 2024-07-26, or as 2024-07-26 14:30 where the time matters"),
    ],
)
def test_a_wrong_form_gets_its_own_fix(text: str, expected: str) -> None:
    assert fix(text) == expected


def test_the_message_is_the_one_of_the_house() -> None:
    assert lines(parse("id: x\ntitle: T\npublished:  '31.13.2024'").problems) == [
        (
            "3:13: published: found '31.13.2024'; expected a date such as 2024-07-26 or "
            "26.07.2024; "
            "fix: month 13 does not exist"
        )
    ]


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    first = dates.instant("2024-10-27 02:30", VIENNA)
    assert first == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    assert dates.instant("2024-10-27 02:30+01:00", VIENNA) == first + timedelta(hours=1)


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    assert fix("2024-03-31 02:30") == (
        "on 2024-03-31 the clocks of Europe/Vienna skip that hour: write 2024-03-31 03:30"
    )
    assert fix("2011-12-30 12:00", ZoneInfo("Pacific/Apia")) == (
        "on 2011-12-30 the clocks of Pacific/Apia skip that hour: write 2011-12-31 12:00"
    )


def test_a_day_whose_midnight_the_clocks_skip_begins_at_its_first_moment() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    assert dates.instant("2021-03-28", beirut) == datetime(2021, 3, 27, 22, tzinfo=UTC)
    assert dates.instant("2021-03-28 01:00", beirut) == dates.instant("2021-03-28", beirut)
    assert fix("2021-03-28 00:00", beirut).endswith("write 2021-03-28 01:00")


def test_the_zone_of_the_site_is_meant() -> None:
    text = "id: x\ntitle: T\npublished: 2024-07-19 14:30"
    utc, tokyo = (parse(text, site(timezone=zone)) for zone in ("UTC", "Asia/Tokyo"))
    assert utc.entries[0].published - tokyo.entries[0].published == timedelta(hours=9)


def test_the_day_of_an_event() -> None:
    assert entry("event_date: 18.07.2024").event_date == date(2024, 7, 18)
    assert entry("event_date: ''").event_date is None
    expected = "expected a date such as 2024-07-26 or 26.07.2024; fix: "
    assert complaints("event_date: 2024-07-18 12:00") == [
        f"4:13: event_date: found '2024-07-18 12:00'; {expected}leave out the time: 2024-07-18"
    ]
    assert complaints("event_date: 2024-07-38") == [
        f"4:13: event_date: found '2024-07-38'; {expected}day 38 does not exist"
    ]
    assert complaints("event_date: [2024-07-18]") == [
        (
            f"4:13: event_date: found a list; {expected}"
            "write one value; put quotes round it if it is text"
        )
    ]


def test_an_instant_that_is_empty_is_none() -> None:
    assert entry("updated: ''").updated is None


@given(st.datetimes(FIRST, LAST), st.sampled_from(["T", " "]))
def test_iso_with_an_offset_is_read_as_python_reads_it(moment: datetime, between: str) -> None:
    for zone in (UTC, VIENNA):
        aware = moment.replace(tzinfo=zone, second=0)
        whole_minutes = aware.utcoffset() or timedelta()
        if whole_minutes.seconds % 60 == 0:
            text = aware.isoformat(between)
            assert dates.instant(text, VIENNA) == datetime.fromisoformat(text)


@pytest.mark.parametrize("text", ["26.07/2024", "26.07.2024x", "26.07.2024 10:00 x", "26.x7.2024"])
def test_what_only_begins_like_a_date_is_none(text: str) -> None:
    assert fix(text)


@given(st.datetimes(FIRST, LAST), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y"]), ENDS)
def test_the_quick_way_to_read_a_date_gives_the_same(moment: datetime, day: str, end: str) -> None:
    usual, unusual = (f"{moment:{day}}{blank}{moment:%H:%M}{end}" for blank in (" ", "   "))
    assert dates.parse(usual) == dates.parse(unusual)


@given(st.datetimes(FIRST, LAST), st.sampled_from(ZONES))
def test_a_time_is_that_of_the_zone(moment: datetime, zone: ZoneInfo) -> None:
    reading = moment.replace(second=0, microsecond=0, fold=0)
    expected = reading.replace(tzinfo=zone).astimezone(UTC)
    with contextlib.suppress(Unfit):
        assert dates.instant(f"{reading:%Y-%m-%d %H:%M}", zone) == expected
        return
    assert expected.astimezone(zone).replace(tzinfo=None) != reading


@given(st.text() | st.text(alphabet="0123456789-./: TZ+apmJulMarch,"))
def test_any_text_is_a_date_or_gets_a_fix(text: str) -> None:
    with contextlib.suppress(Unfit):
        assert dates.instant(text, VIENNA).tzinfo is UTC
