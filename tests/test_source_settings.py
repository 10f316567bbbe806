"""The values that only ``config/site.yaml`` holds."""

import pytest

from feedsvc.source import sitefields
from tests.test_config import LEAST, only, problems, site

DURATION = "expected a duration such as 30s, 5m, 1h or 1d; fix: "
SIZE = "expected a size such as 512K or 1M; "
SIZE += "fix: write a number and K or M: 512K; at least 1K and at most 1G"
ZONE = "expected a time zone such as Europe/Vienna; fix: "
NAMES = "expected names with their settings, such as news: {title: News}; fix: "
STORE = "expected an address that begins with sqlite:/// or postgresql://; fix: "


def with_line(number: int, line: str) -> list[str]:
    """What is said of a config in which a line stands in place of another."""
    lines = LEAST.splitlines()
    lines[number - 1] = line
    return problems("\n".join(lines))


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("90", 90), ("30s", 30), ("5m", 300), ("1h", 3600), ("1d", 86400), ("365d", 31536000)],
)
def test_a_duration(typed: str, seconds: int) -> None:
    assert site(f"refresh: {typed}").refresh == seconds
    assert site(f"caching: {{max_age: {typed}}}").caching.max_age == seconds


@pytest.mark.parametrize(
    ("typed", "fix"),
    [
        ("5 minutes", "write 5m"),
        ("5M", "write 5m"),
        ("1 h", "write 1h"),
        ("1h30m", "write a number and s, m, h or d: 5m"),
        ("-5", "write a number and s, m, h or d: 5m"),
        ("0", "write at least 1s and at most 365d"),
        ("366d", "write at least 1s and at most 365d"),
    ],
)
def test_another_duration_is_refused(typed: str, fix: str) -> None:
    assert only(f"refresh: {typed}") == f"5:10: refresh: found '{typed}'; {DURATION}{fix}"


def test_caching_may_be_switched_off() -> None:
    assert site("caching: {max_age: 0}").caching.max_age == 0
    assert only("caching: 5m") == (
        "5:10: caching: found '5m'; expected {max_age: …}; "
        "fix: write caching: {max_age, stale_while_revalidate, stale_if_error}"
    )
    assert only("caching: {max_age: []}") == (
        f"5:20: caching.max_age: found a list; {DURATION}"
        "write one value; put quotes round it if it is text"
    )


@pytest.mark.parametrize(
    ("typed", "size"),
    [("524288", 524288), ("512K", 524288), ("1M", 1048576), ("1 MB", 1048576), ("1kib", 1024)],
)
def test_a_size(typed: str, size: int) -> None:
    assert site(f"feeds: {{max_bytes: {typed}}}").max_bytes == size


@pytest.mark.parametrize("typed", ["0", "1023", "2G", "big", "-1K"])
def test_another_size_is_refused(typed: str) -> None:
    assert only(f"feeds: {{max_bytes: {typed}}}") == (
        f"5:20: feeds.max_bytes: found '{typed}'; {SIZE}"
    )


def test_how_many_entries() -> None:
    assert site("feeds: {entries: 1000}").everything.entries == 1000
    assert site("feeds: {entries: '', max_bytes: '', content: ''}") == site("")
    assert only("feeds: {entries: 0}") == (
        "5:18: feeds.entries: found '0'; expected a number of entries; "
        "fix: write a number from 1 to 1000"
    )
    assert only("feeds: {entries: many}") == (
        "5:18: feeds.entries: found 'many'; expected a number of entries; fix: write digits only"
    )


def test_what_feeds_carry() -> None:
    assert site("feeds: {content: summary}").sections[0].content == "summary"
    assert only("feeds: {content: lead}") == (
        "5:18: feeds.content: found 'lead'; expected full or summary; "
        "fix: write full for the whole text, summary for the lead alone"
    )


@pytest.mark.parametrize("zone", ["UTC", "Europe/Vienna", "America/Argentina/Ushuaia"])
def test_a_time_zone(zone: str) -> None:
    assert site(f"timezone: {zone}").timezone == zone


@pytest.mark.parametrize(
    ("zone", "fix"),
    [
        ("Vienna", "Europe/Vienna"),
        ("Europe/Wien", "Europe/Vienna"),
        ("europe/vienna", "Europe/Vienna"),
        ("UTC+2", "a name such as Europe/Vienna, or UTC"),
        ("Europe", "a name such as Europe/Vienna, or UTC"),
        ("../etc/passwd", "a name such as Europe/Vienna, or UTC"),
        ("+02:00", "a name such as Europe/Vienna, or UTC"),
    ],
)
def test_another_time_zone_is_refused(zone: str, fix: str) -> None:
    assert only(f"timezone: {zone}") == f"5:11: timezone: found '{zone}'; {ZONE}write {fix}"


def test_an_empty_value_is_as_if_the_key_were_absent() -> None:
    keys = ("timezone", "refresh", "store", "language", "author", "icon", "redirects", "gone")
    for key in keys:
        assert site(f"{key}: ") == site("")
    for key in ("timezone", "refresh", "store"):
        assert site(f"{key}: ''") == site("")


@pytest.mark.parametrize(
    "tag",
    ["example.org,2024", "news.example.org,2024-07", "a@example.org,2024-07-19", "localhost,2001"],
)
def test_a_tag(tag: str) -> None:
    """RFC 4151 §2.1."""
    text = LEAST.replace("news.example.org,2024", tag)
    assert len(problems(text + "oops: 1")) == 1


@pytest.mark.parametrize(
    "tag", ["example.org", "example.org,24", "example.org, 2024", "exa mple,2024", "-a.org,2024"]
)
def test_another_tag_is_refused(tag: str) -> None:
    assert with_line(3, f"tag: {tag}") == [
        (
            f"3:6: tag: found '{tag}'; expected a domain and a date, such as "
            "news.example.org,2024; fix: write a domain that was yours at the beginning of a year, "
            "and the year: example.org,2024"
        )
    ]


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("news.example.org", "write https://news.example.org"),
        ("ftp://example.org", "write an address that begins with https://"),
        ("https://example.org/?a=b#c", "leave out all from '?' on"),
        ("'https://example.org/#c'", "leave out all from '#' on"),
        ("/press", "write the whole address, from https:// on"),
    ],
)
def test_another_base_url_is_refused(url: str, fix: str) -> None:
    assert with_line(2, f"base_url: {url}") == [
        (
            f"2:11: base_url: found '{url.strip(chr(39))}'; "
            f"expected the public address, such as https://news.example.org; fix: {fix}"
        )
    ]


@pytest.mark.parametrize("key", ["base_url", "tag", "title"])
def test_empty_text_is_not_enough_where_a_value_is_required(key: str) -> None:
    number = [line.partition(":")[0] for line in LEAST.splitlines()].index(key) + 1
    (problem,) = with_line(number, f"{key}: ''")
    assert problem.startswith(f"{number}:{len(key) + 3}: {key}: found nothing; ")


@pytest.mark.parametrize(
    "store",
    [
        "sqlite:///var/x.db",
        "sqlite:////srv/x.db",
        "postgresql://h/d",
        "postgresql+psycopg://u:p@h/d",
    ],
)
def test_a_store(store: str) -> None:
    assert site(f"store: {store}").store == store


@pytest.mark.parametrize(
    ("store", "found", "fix"),
    [
        ("postgres://u:p@h/d", "postgres://u:***@h/d", "write postgresql:// at its beginning"),
        ("sqlite://x.db", "sqlite://x.db", None),
        ("sqlite:///", "sqlite:///", None),
        ("var/feedsvc.db", "var/feedsvc.db", None),
    ],
)
def test_another_store_is_refused_and_no_password_repeated(
    store: str, found: str, fix: str | None
) -> None:
    usual = "write sqlite:///var/feedsvc.db, or postgresql://user@host/database"
    assert only(f"store: {store}") == f"5:8: store: found '{found}'; {STORE}{fix or usual}"


def test_hubs_are_one_or_many() -> None:
    assert site("hubs: https://h.example").hubs == ("https://h.example",)
    assert only("hubs: [hub]") == (
        "5:8: hubs: found 'hub'; expected an address that begins with https://; "
        "fix: write the whole address, from https:// on"
    )


@pytest.mark.parametrize(
    ("sections", "place", "found", "fix"),
    [
        ("{}", "4:11", "a mapping", "write at least one, such as news: {title: News}"),
        ("[news]", "4:11", "a list", "write at least one, such as news: {title: News}"),
        ("news", "4:11", "'news'", "write at least one, such as news: {title: News}"),
        ("{all: }", "4:12", "'all'", "choose another name: this one has a meaning in addresses"),
        (
            "{feeds.opml: }",
            "4:12",
            "'feeds.opml'",
            "choose another name: this one has a meaning in addresses",
        ),
        (
            "{News: }",
            "4:12",
            "'News'",
            "write 'news', and name its folder so: feeds/news/",
        ),
        (
            "{a_b: }",
            "4:12",
            "'a_b'",
            "write 'a-b', and name its folder so: feeds/a-b/",
        ),
        (
            "{-a: }",
            "4:12",
            "'-a'",
            "write 'a', and name its folder so: feeds/a/",
        ),
        (
            "{Presse & Medien: }",
            "4:12",
            "'Presse & Medien'",
            "write 'presse-medien', and name its folder so: feeds/presse-medien/",
        ),
        (
            "{Archive: }",
            "4:12",
            "'Archive'",
            "write small letters a-z, digits and - only: press-releases",
        ),
    ],
)
def test_other_sections_are_refused(sections: str, place: str, found: str, fix: str) -> None:
    assert with_line(4, f"sections: {sections}") == [
        f"{place}: sections: found {found}; {NAMES}{fix}"
    ]


def test_the_settings_of_a_section_are_checked() -> None:
    sections = "{a: {entries: 0, titel: x}, b: x, c: {caching: {max_age: x}}}"
    assert with_line(4, f"sections: {sections}") == [
        (
            "4:25: sections.entries: found '0'; expected a number of entries; "
            "fix: write a number from 1 to 1000"
        ),
        "4:28: titel: found an unknown key; expected a key of a section; fix: write 'title'",
        (
            f"4:42: sections: found 'x'; {NAMES}"
            f"write sections: {{{', '.join(sitefields.SECTION.fields)}}}"
        ),
        f"4:68: sections.caching.max_age: found 'x'; {DURATION}write a number and s, m, h or d: 5m",
    ]
