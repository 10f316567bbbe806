"""Addresses that may be published."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source.fields import Unfit
from feedsvc.source.urls import absolute

RUNS = "remove it: a {}: address could run code at the reader's"
SECRET = "remove the name and password before '@': everybody could read them"
WHOLE = "write the whole address, from https:// on"


@pytest.mark.parametrize("file", ["icon.png", "media/2026/fish-pass.JPG", "reports/a.b.pdf"])
def test_a_files_name_is_no_host(file: str) -> None:
    with pytest.raises(Unfit, match="^write /" + file):
        absolute(file, "https://news.example.org/")
    with pytest.raises(Unfit, match=r"^write https://www\.example\.org/a\.jpg$"):
        absolute("www.example.org/a.jpg", "https://news.example.org/")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://example.org/",
        "https://example.org:8080/a/b?c=d&e=%20#f",
        "https://user-content.example.org/~me/(a);b,c!*'@:x",
        "https://127.0.0.1/a",
        "https://[2001:db8::1]:443/a",
        "https://localhost",
        "https://example.org?q",
        "https://example.org./a",
    ],
)
def test_a_good_address_stays_as_it_is(url: str) -> None:
    assert absolute(url) == url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/ä ö".replace(" ", ""), "https://example.org/%C3%A4%C3%B6"),
        ("https://example.org/%C3%A4?q=ä", "https://example.org/%C3%A4?q=%C3%A4"),
        ("https://zürich.example/a", "https://xn--zrich-kva.example/a"),
        ("https://example.org/a|b{c}", "https://example.org/a%7Cb%7Bc%7D"),
        ('https://example.org/"><b>', "https://example.org/%22%3E%3Cb%3E"),
        ("Https://example.org/a", "https://example.org/a"),
        ("https://example.org/a\\b", "https://example.org/a%5Cb"),
    ],
)
def test_an_iri_becomes_the_uri_that_means_the_same(url: str, expected: str) -> None:
    """RFC 3987 §3.1."""
    assert absolute(url) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/media/a.jpg", "https://news.example.org/media/a.jpg"),
        ("/", "https://news.example.org/"),
        ("/a b", None),
        ("/ä", "https://news.example.org/%C3%A4"),
        ("/../a", "https://news.example.org/a"),
    ],
)
def test_a_path_is_taken_from_the_host(path: str, expected: str | None) -> None:
    """RFC 3986 §5.2: a path that begins with a slash replaces the base's."""
    if expected:
        assert absolute(path, "https://news.example.org/press") == expected
    else:
        with pytest.raises(Unfit, match="write %20 in place of each space"):
            absolute(path, "https://news.example.org/press")


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        (
            "javascript:alert(1)",
            RUNS.format("javascript"),
        ),
        ("JavaScript://%0aalert(1)", RUNS.format("javascript")),
        ("data:text/html,x", RUNS.format("data")),
        ("vbscript:x", RUNS.format("vbscript")),
        ("file:///etc/passwd", RUNS.format("file")),
        ("mailto:a@example.org", "write an address that begins with https://"),
        ("ftp://example.org/a", "write an address that begins with https://"),
        ("www.example.org/a", "write https://www.example.org/a"),
        ("example.org:8080/a", "write https://example.org:8080/a"),
        ("//cdn.example.org/a", "write https://cdn.example.org/a"),
        ("/a", WHOLE),
        ("a", WHOLE),
        ("a/b", WHOLE),
        ("localhost:80", WHOLE),
        ("https://example.org/my file.mp3", "write %20 in place of each space"),
        ("https://u:p@example.org/", SECRET),
        ("https://u@example.org", SECRET),
        ("https://", "write an address such as https://example.org/page"),
        ("https:///a", "write an address such as https://example.org/page"),
        ("https://[::1/a", "write an address such as https://example.org/page"),
        ("https://exa_mple..org:x/", "write an address such as https://example.org/page"),
        ("https://-a.example", "write an address such as https://example.org/page"),
        ("https://ä..example/", "write an address such as https://example.org/page"),
        ("https:example.org", "write an address such as https://example.org/page"),
    ],
)  # fmt: skip
def test_another_address_is_refused_with_its_fix(url: str, fix: str) -> None:
    with pytest.raises(Unfit) as caught:
        absolute(url)
    assert str(caught.value) == fix


@given(st.text() | st.text(alphabet="htps:/[]@?#%.ä\\ a1"))
def test_what_comes_out_is_ascii_http_and_comes_out_again(text: str) -> None:
    with contextlib.suppress(Unfit):
        url = absolute(text, "https://example.org")
        assert url.isascii()
        assert url.lower().startswith(("http://", "https://"))
        assert absolute(url) == url
