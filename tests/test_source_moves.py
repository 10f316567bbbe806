"""Redirects and retirements."""

import pytest

from feedsvc import config
from feedsvc.source import moves
from tests.test_config import LEAST, only, problems, site

FROM = "expected old names with new ones; fix: "
GONE = "expected names of former sections, or paths; fix: "


def test_sources_are_names_or_paths_and_targets_lead_anywhere() -> None:
    keys = "redirects: {a: news, /b/: all, /c/d.html: '/news/x?y#z', E_f: https://x.org/y, g: /a}"
    assert site(keys).redirects == {
        "a": "news",
        "/b/": "all",
        "/c/d.html": "/news/x?y#z",
        "E_f": "https://x.org/y",
        "g": "/a",
    }


@pytest.mark.parametrize(
    ("move", "column", "found", "fix"),
    [
        ("news: /x", 13, "the section 'news'", "leave it out, or remove the section"),
        ("/news/: /x", 13, "the section 'news'", "leave it out, or remove the section"),
        ("all: news", 13, "'all'", "leave it out: that address has a meaning of its own"),
        ("/: news", 13, "'/'", "leave it out: that address has a meaning of its own"),
        ("/feeds.opml: news", 13, "'/feeds.opml'",
         "leave it out: that address has a meaning of its own"),
        ("https://x.org/a: news", 13, "'https://x.org/a'",
         "write the path alone, from the third slash on"),
        ("/a?b: news", 13, "'/a?b'", "leave out all from '?' or '#' on"),
        ("//a: news", 13, "'//a'", "write one slash at its beginning"),
        ("/a/../b: news", 13, "'/a/../b'", "write it without empty parts, '.' and '..'"),
        ("/a//b: news", 13, "'/a//b'", "write it without empty parts, '.' and '..'"),
        ("a b: news", 13, "'a b'", "write %20 in place of each space"),
        ("a: new", 16, "'new'", "write 'news'"),
        ("a: news/x", 16, "'news/x'", "write '/news/x'"),
        ("a: old/x?y", 16, "'old/x?y'", "write '/old/x?y'"),
        ("a: www.x.org/y", 16, "'www.x.org/y'", "write 'https://www.x.org/y'"),
        ("a: x/../y", 16, "'x/../y'", "write a section, or a path that begins with /"),
        ("a: quux", 16, "'quux'", "write a section, or a path that begins with /"),
        ("a: //x.org", 16, "'//x.org'", "write one slash at its beginning"),
        ("a: ftp://x.org", 16, "'ftp://x.org'", "write an address that begins with https://"),
        ("a: 'javascript:x'", 16, "'javascript:x'",
         "write a section, or a path that begins with /"),
        ("a: [news]", 16, "a list", "write a: and a section or a path that begins with /"),
        ("a: ", 16, "nothing", "write a: and a section or a path that begins with /"),
    ],
)  # fmt: skip
def test_another_redirect_is_refused(move: str, column: int, found: str, fix: str) -> None:
    (problem,) = problems(
        "title: T\nbase_url: https://x.org\ntag: x.org,2024\nsections: {news: }\n"
        f"redirects: {{{move}}}"
    )
    assert problem == f"5:{column}: redirects: found {found}; {FROM}{fix}"


def test_redirects_are_a_mapping() -> None:
    assert only("redirects: [a]") == (
        f"5:12: redirects: found a list; {FROM}write old: new, one in a line"
    )


@pytest.mark.parametrize(
    ("keys", "loop"),
    [
        ("{a: /a}", "/a → /a"),
        ("{a: /a/}", "/a → /a"),
        ("{c: /b, b: /a, a: /c, d: /a}", "/a → /c → /b → /a"),
        ("{a: 'https://news.example.org/b', b: /a}", "/a → /b → /a"),
    ],
)
def test_a_loop_is_refused_once(keys: str, loop: str) -> None:
    problem = only(f"redirects: {keys}")
    assert problem.partition(": ")[2] == (
        f"redirects: found {loop}; expected a redirect that ends somewhere; "
        "fix: end it at a section or a page"
    )


def test_a_chain_is_no_loop_but_its_end_is_suggested(tmp_path) -> None:
    keys = "redirects: {a: /b, b: /c/, c: news, d: 'https://news.example.org/a', e: /e/x}"
    assert len(site(keys).redirects) == 5
    file = tmp_path / "site.yaml"
    file.write_text(f"{LEAST}{keys}\n")
    said = [str(problem).partition(": ")[2] for problem in config.advice(file)]
    assert said == [
        f"warning: redirects: found '{target}', which is redirected as well; "
        "expected where that leads in the end; fix: write '/news'"
        for target in ("/b", "/c/", "https://news.example.org/a")
    ]


def test_what_leads_into_a_loop_is_told_by_the_loop_alone() -> None:
    assert "/b → /c → /b" in only("redirects: {a: /b, b: /c, c: /b}")


@pytest.mark.parametrize(
    ("gone", "found", "fix"),
    [
        ("news", "the section 'news'", "leave it out, or remove the section"),
        ("[status]", "'status'", "leave it out: that address has a meaning of its own"),
        ("[/a/./b]", "'/a/./b'", "write it without empty parts, '.' and '..'"),
        ("[[a]]", "a list", "write the name of a former section, or a path that begins with /"),
    ],
)
def test_what_is_there_is_not_gone(gone: str, found: str, fix: str) -> None:
    assert only(f"gone: {gone}").partition(": ")[2] == f"gone: found {found}; {GONE}{fix}"


@pytest.mark.parametrize("name", ["old", "/target"])
def test_what_is_redirected_is_not_gone(name: str) -> None:
    (problem,) = problems(
        "title: T\nbase_url: https://x.org\ntag: x.org,2024\nsections: {news: }\n"
        f"redirects: {{old: /target/}}\ngone: [{name}, {name}]\n"
    )[:1]
    assert problem == (
        f"6:8: gone: found '{name}', which redirects name as well; {GONE}"
        "leave it out here, or there"
    )


def test_what_is_gone_is_listed_once() -> None:
    assert site("gone: [a, /b/c.xml, a, ~]").gone == ("a", "/b/c.xml")
    assert site("gone: a").gone == ("a",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "/a"),
        ("/a/", "/a"),
        ("/", "/"),
        ("https://x.org", "/"),
        ("https://x.org/a/", "/a"),
        ("https://x.organ/a", "https://x.organ/a"),
    ],
)
def test_an_address_has_one_spelling(text: str, expected: str) -> None:
    assert moves.address(text, "https://x.org") == expected
