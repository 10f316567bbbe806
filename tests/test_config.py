"""``config/site.yaml``: every key, every default, every problem."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from feedsvc import config
from feedsvc.errors import ConfigError
from feedsvc.model import Caching, Mail, Notify, Person, Section, Site

LEAST = """\
title: Office of Tides
base_url: https://news.example.org
tag: news.example.org,2024
sections: {news: , press-releases: {title: Press}}
"""
FULL = """\
title: Office of Tides
base_url: https://news.example.org/press/
tag: news.example.org,2024
subtitle: High and low water
language: de-AT
timezone: Europe/Vienna
author: {name: Office, email: press@example.org, uri: https://example.org}
rights: © 2024
icon: /icon.png
logo: https://cdn.example.org/logo.png
refresh: 10m
feeds: {entries: 20, max_bytes: 1M, content: summary}
caching: {max_age: 30s, stale_while_revalidate: 2h, stale_if_error: 3d}
hubs: [https://hub.example.org/]
store: postgresql://feedsvc@db/feedsvc
sections:
  news: {title: News, description: What happens, entries: 5, content: full, language: en}
  speeches:
    title: Speeches
    caching: {max_age: 60}
    author: Speakers
redirects: {old-name: speeches, /a/b.html: /news/b, /c: https://example.com/c, 2020: all}
gone: [retired, /x.rss]
notify: {webhook: https://hooks.example.org/x, email: {to: a@b.org, from: c@d.org, smtp: m.b.org}}
"""


def problems(text: str) -> list[str]:
    """What is said of a config, without the name of the file."""
    with pytest.raises(ConfigError) as caught:
        config.parse(text.encode())
    return [str(problem).removeprefix("config/site.yaml:") for problem in caught.value.problems]


def only(keys: str) -> str:
    """The one thing that is said of keys in line 5 of a config that is good without them."""
    (problem,) = problems(LEAST + keys)
    return problem


def site(keys: str) -> Site:
    return config.parse((LEAST + keys).encode())


OFFICE = Person("Office", "press@example.org", "https://example.org")
CACHING = Caching(30, 7200, 259200)
EVERYTHING = Section(
    name="all",
    title="All news",
    description="High and low water",
    language="de-AT",
    author=OFFICE,
    entries=20,
    content="summary",
    caching=CACHING,
)
WHOLE = Site(
    title="Office of Tides",
    base_url="https://news.example.org/press",
    tag="news.example.org,2024",
    subtitle="High and low water",
    language="de-AT",
    timezone="Europe/Vienna",
    author=OFFICE,
    rights="© 2024",
    icon="https://news.example.org/icon.png",
    logo="https://cdn.example.org/logo.png",
    refresh=600,
    max_bytes=1024 * 1024,
    caching=CACHING,
    hubs=("https://hub.example.org/",),
    store="postgresql://feedsvc@db/feedsvc",
    notify=Notify(
        webhook="https://hooks.example.org/x",
        mail=Mail(to=("a@b.org",), sender="c@d.org", host="m.b.org", port=587),
    ),
    everything=EVERYTHING,
    sections=(
        Section(
            name="news",
            title="News",
            description="What happens",
            language="en",
            author=OFFICE,
            entries=5,
            content="full",
            caching=CACHING,
        ),
        Section(
            name="speeches",
            title="Speeches",
            description="Speeches · Office of Tides",
            language="de-AT",
            author=Person("Speakers"),
            entries=20,
            content="summary",
            caching=Caching(60, 7200, 259200),
        ),
    ),
    redirects={
        "old-name": "speeches",
        "/a/b.html": "/news/b",
        "/c": "https://example.com/c",
        "2020": "all",
    },
    gone=("retired", "/x.rss"),
)


def test_every_key_of_the_contract() -> None:
    assert config.parse(FULL.encode()) == WHOLE


def test_every_default_of_the_contract() -> None:
    least = site("")
    assert (least.language, least.timezone, least.refresh) == ("en", "UTC", 300)
    assert (least.max_bytes, least.caching) == (512 * 1024, Caching(300, 3600, 86400))
    assert (least.hubs, least.store) == ((), "sqlite:///var/feedsvc.db")
    assert (least.redirects, least.gone) == ({}, ())
    assert least.author == Person("Office of Tides")
    assert (least.subtitle, least.rights, least.icon, least.logo) == (None, None, None, None)
    news, press = least.sections
    assert (news.title, news.description) == ("News", "News · Office of Tides")
    assert (press.name, press.title) == ("press-releases", "Press")
    assert (news.entries, news.content, news.author) == (50, "full", least.author)


def test_a_title_is_made_of_the_name_of_a_section() -> None:
    text = LEAST.replace("{title: Press}", "")
    assert config.parse(text.encode()).sections[1].title == "Press releases"


def test_the_sample_site_is_good() -> None:
    sample = config.load(Path(__file__).parent.parent / "config" / "site.yaml")
    assert [section.name for section in sample.sections][:2] == ["news", "speeches"]


def test_what_is_required_is_asked_for() -> None:
    assert problems("language: en") == [
        (
            "1:1: base_url: found nothing; expected the public address, such as "
            "https://news.example.org; fix: add 'base_url: https://…'"
        ),
        (
            "1:1: sections: found nothing; expected names with their settings, such as "
            "news: {title: News}; fix: add 'sections: {news: {title: News}}'"
        ),
        (
            "1:1: tag: found nothing; expected a domain and a date, such as news.example.org,2024; "
            "fix: add 'tag: news.example.org,2024'"
        ),
        "1:1: title: found nothing; expected one line of text; fix: add 'title: …'",
    ]


@pytest.mark.parametrize(
    ("text", "found"), [("", "an empty file"), ("[a]", "a list"), ("x", "'x'"), ("~", "nothing")]
)
def test_a_config_has_keys(text: str, found: str) -> None:
    assert problems(text) == [
        (
            f" config: found {found}; expected keys with values; fix: write it as "
            "title: …, base_url: …, tag: … and sections: …, each in a line of its own"
        )
    ]


def test_a_text_that_is_no_yaml_is_refused() -> None:
    assert only("rights: [").startswith("5:9: yaml: found a '[' that is never closed;")
    assert only("rights: &a b").startswith("5:9: yaml: found the anchor '&a';")
    assert only("title: T").startswith("5:1: title: found this key a second time")


def test_a_stray_character_is_left_out() -> None:
    assert site("rights: a\x07b").rights == "ab"


def test_all_problems_are_reported_at_once() -> None:
    text = "titel: x\nbase_url: x\ntag: x\ntimezone: x\nsections: {all: , X: {entires: 1}}\n"
    assert len(problems(text)) == 6  # the missing title is the one with the wrong key


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "config" / "site.yaml"
    with pytest.raises(ConfigError) as caught:
        config.load(missing)
    assert str(caught.value) == (
        "config/site.yaml: file: found 'No such file or directory'; expected the config of the "
        "site; fix: write one with 'feedsvc init DIR', or name the site's folder with --site"
    )
    missing.parent.mkdir()
    missing.write_bytes(b" " * (8 * 1024 * 1024 + 1))
    with pytest.raises(ConfigError, match="found 8388609 bytes"):
        config.load(missing)


def test_a_link_to_a_config_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text(LEAST)
    (tmp_path / "site.yaml").symlink_to("real.yaml")
    assert config.load(tmp_path / "site.yaml").title == "Office of Tides"


def test_the_environment_overrides() -> None:
    full = config.parse(FULL.encode())
    other = config.override(full, "http://localhost:8000/", "sqlite:////srv/feedsvc.db")
    assert other.base_url == "http://localhost:8000"
    assert other.store == "sqlite:////srv/feedsvc.db"
    assert other.icon == "http://localhost:8000/icon.png"
    assert other.logo == full.logo
    assert config.override(full) == config.override(full, "", "") == full


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"base_url": "news.example.org"},
            (
                "FEEDSVC_BASE_URL: base_url: found 'news.example.org'; expected the public "
                "address, such as https://news.example.org; fix: write https://news.example.org"
            ),
        ),
        (
            {"store": "mysql://feedsvc:secret@db/x"},
            (
                "FEEDSVC_STORE: store: found 'mysql://feedsvc:***@db/x'; expected an address that "
                "begins with sqlite:/// or postgresql://; "
                "fix: write sqlite:///var/feedsvc.db, or postgresql://user@host/database"
            ),
        ),
    ],
)
def test_what_the_environment_says_is_checked(values: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.override(config.parse(FULL.encode()), **values)
    assert str(caught.value) == message


def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(config.config_schema())
    return Draft202012Validator(config.config_schema())


@pytest.mark.parametrize(
    "text", [LEAST, FULL, LEAST + "redirects:\nauthor: X\nhubs: https://h.example\n"]
)
def test_the_schema_takes_what_we_take(text: str) -> None:
    config.parse(text.encode())
    assert list(validator().iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "keys",
    [
        "titel: x",
        "refresh: 5 minutes",
        "store: mysql://x",
        "feeds: {content: all}",
        "feeds: {x: 1}",
        "caching: {max_age: long}",
        "base_url: ftp://x",
    ],
)
def test_the_schema_refuses_what_we_refuse(keys: str) -> None:
    assert problems(LEAST + keys)
    assert list(validator().iter_errors(yaml.safe_load(LEAST + keys)))


def test_every_key_is_explained_in_the_schema() -> None:
    properties = config.config_schema()["properties"]
    assert all(part["description"].endswith(".") for part in properties.values())


def test_the_contract_names_every_key() -> None:
    keys = set(config.config_schema()["properties"])
    assert keys == set(re.findall(r"^(\w+):", FULL, re.MULTILINE))


@given(st.text() | st.text(alphabet="abtle:{}[]- \n,'\"#0123"))
def test_no_text_raises_anything_but_config_error(text: str) -> None:
    try:
        config.parse(text.encode("utf-8", "surrogatepass"))
    except ConfigError as error:
        raised = error
    assert raised.problems
