"""Images and enclosures."""

import pytest

from feedsvc.model import Enclosure, Image
from feedsvc.source.media import guessed_type
from tests.reading import complaints, entry

MP3 = "url: 'https://example.org/a.mp3'"
PATH = "an address that begins with https://, or a path that begins with /"


def enclosure(keys: str) -> Enclosure:
    (only,) = entry(f"enclosures: {{{MP3}, type: audio/mpeg, length: 1, {keys}}}").enclosures
    return only


def test_an_image_with_all_its_keys() -> None:
    image = entry(
        "image: {url: 'https://example.org/a.jpg', alt: A  quay, type: image/jpeg, "
        "width: 640, height: '480', length: 12345}"
    ).image
    assert image == Image(
        url="https://example.org/a.jpg",
        alt="A  quay",
        type="image/jpeg",
        width=640,
        height=480,
        length=12345,
    )


def test_a_path_is_taken_from_the_host_of_the_site() -> None:
    assert entry("image: {url: /a.jpg, alt: A}").image == Image(
        url="https://news.example.org/a.jpg", alt="A"
    )


@pytest.mark.parametrize("image", ["/a.jpg", "{url: /a.jpg}", "{url: /a.jpg, alt: ''}"])
def test_an_image_without_alternative_text_is_published_with_a_warning(image: str) -> None:
    assert entry(f"image: {image}").image == Image(url="https://news.example.org/a.jpg")
    assert complaints(f"image: {image}") == [
        (
            "4:8: warning: image.alt: found nothing; expected a description; "
            "fix: add alt: what the image shows, for those who do not see it"
        )
    ]


def test_a_bad_image_is_refused() -> None:
    assert complaints("image: {alt: A, width: wide, type: jpg, size: 3}") == [
        f"4:8: image.url: found nothing; expected {PATH}; fix: add 'url: …'",
        (
            "4:24: image.width: found 'wide'; expected a whole number of pixels; "
            "fix: write digits only"
        ),
        (
            "4:36: image.type: found 'jpg'; expected a type such as image/jpeg; "
            "fix: write image/jpeg"
        ),
        (
            "4:41: size: found an unknown key; expected a key of an image; "
            "fix: remove it; the keys are url, alt, type, width, height, length"
        ),
    ]
    assert complaints("image: a.jpg") == [
        (
            "4:8: image: found 'a.jpg'; expected an image: {url: …, alt: …}; "
            "fix: write /a.jpg for a file of the site itself, or the whole address"
        )
    ]
    assert complaints("image: [/a.jpg]") == [
        (
            "4:8: image: found a list; expected an image: {url: …, alt: …}; "
            "fix: write image: {url: …}"
        )
    ]


def test_an_empty_address_is_no_image() -> None:
    assert entry("image: ''").image is None


def test_an_enclosure_with_all_its_keys() -> None:
    assert enclosure("title: A talk, duration: '1:02:03'") == Enclosure(
        url="https://example.org/a.mp3",
        type="audio/mpeg",
        length=1,
        title="A talk",
        duration=3723,
    )


def test_enclosures_are_one_or_many() -> None:
    one = f"{{{MP3}, type: audio/mpeg, length: 0}}"
    assert len(entry(f"enclosures: {one}").enclosures) == 1
    assert len(entry(f"enclosures: [{one}, {one}]").enclosures) == 2


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("12:34", 754),
        ("90", 90),
        ("3600", 3600),
        ("1:00:00", 3600),
        ("0:05", 5),
        ("120:00", 7200),
        ("100:00:00", 360000),
        ("1:60", None),
        ("1:60:00", None),
        ("-1", None),
        ("1h", None),
    ],
)
def test_a_duration(typed: str, seconds: int | None) -> None:
    if seconds is not None:
        assert enclosure(f"duration: {typed}").duration == seconds
    else:
        keys = f"enclosures: {{{MP3}, type: audio/mpeg, length: 1, duration: {typed}}}"
        assert complaints(keys) == [
            (
                f"4:87: enclosures.duration: found '{typed}'; expected seconds, or a "
                f"duration such as "
                "12:34; fix: write seconds, or minutes and seconds: 12:34"
            )
        ]


def test_an_empty_duration_is_none() -> None:
    assert enclosure("duration: ''").duration is None


def test_every_bad_enclosure_is_reported() -> None:
    """RSS 2.0: an enclosure has a url, a length and a type."""
    size = "expected a whole number of bytes; fix: "
    assert complaints(
        "enclosures:\n"
        f"- {{{MP3}}}\n"
        "- {url: /a, length: 12 MB, type: ''}\n"
        "- {url: [], length: -1, type: mp3}\n"
        "- https://example.org/a.mp3\n"
        "- {url: /a, length: 1, type: audio}\n"
    ) == [
        (
            f"5:3: enclosures.length: found nothing; {size}"
            "add 'length: …', the size in bytes, or 'length: 0' if nobody knows it"
        ),
        (
            "5:3: enclosures.type: found nothing; expected a type such as audio/mpeg; "
            "fix: add 'type: audio/mpeg'"
        ),
        f"6:21: enclosures.length: found '12 MB'; {size}write digits only",
        (
            "6:34: enclosures.type: found nothing; expected a type such as audio/mpeg; "
            "fix: add 'type: …'"
        ),
        (
            f"7:9: enclosures.url: found a list; expected {PATH}; "
            "fix: write one value; put quotes round it if it is text"
        ),
        f"7:21: enclosures.length: found '-1'; {size}write digits only",
        (
            "7:31: enclosures.type: found 'mp3'; expected a type such as audio/mpeg; "
            "fix: write audio/mpeg"
        ),
        (
            "8:3: enclosures: found 'https://example.org/a.mp3'; "
            "expected files: {url: …, type: …, length: …}; "
            "fix: write enclosures: {url: …, type: …, length: …}"
        ),
        (
            "9:30: enclosures.type: found 'audio'; expected a type such as audio/mpeg; "
            "fix: write a type such as audio/mpeg"
        ),
    ]


@pytest.mark.parametrize(
    "mime", ["audio/mpeg", "application/vnd.x+json", "text/html; charset=utf-8"]
)
def test_a_media_type(mime: str) -> None:
    """RFC 9110 §8.3.1."""
    (only,) = entry(f"enclosures: {{{MP3}, length: 1, type: {mime}}}").enclosures
    assert only.type == mime


@pytest.mark.parametrize(
    ("url", "guess"),
    [("https://x/a.MP3?x=y.z", "audio/mpeg"), ("https://x/a.b#c.mp3", None), ("https://x/a", None)],
)
def test_the_type_is_guessed_from_the_ending(url: str, guess: str | None) -> None:
    assert guessed_type(url) == guess
