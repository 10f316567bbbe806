"""A document with its answers: which coding is the smaller, and that answers are made once."""

from feedsvc.snapshot import StoredDocument
from feedsvc.web.pages import Kept, Page
from tests.web_samples import NOW


def made(**bodies):
    document = StoredDocument(
        path="/x",
        media_type="text/html",
        digest="d" * 24,
        status=200,
        max_age=300,
        cache="",
        headers=(),
        last_modified=NOW,
        codings=tuple(sorted(bodies)),
    )
    return Page(Kept(document, bodies), cache_control="public", last_modified=None)


def test_9110_12_5_3_the_smaller_of_equals_is_measured():
    page = made(br=b"12345", gzip=b"123", identity=b"1234567")
    assert page.codings == ("gzip", "br", "identity")
    assert page.regardless("br, gzip").body == [b"123"]
    page = made(br=b"123", gzip=b"12345", identity=b"1234567")
    assert page.regardless("br, gzip").body == [b"123"]


def test_an_answer_is_made_once_and_shared():
    page = made(gzip=b"123", identity=b"1234567")
    assert page.variant("gzip") is page.variant("gzip")
    assert page.variant("gzip").full is not page.variant("identity").full


def test_memory_counts_every_body():
    page = made(gzip=b"x" * 100, identity=b"x" * 1000)
    assert page.kept.cost == Kept.OVERHEAD + 1100


def test_9110_12_5_3_an_error_is_sent_even_where_every_coding_is_refused():
    assert made(gzip=b"123", identity=b"1234567").regardless("*;q=0").body == [b"1234567"]


def test_which_answers_a_field_wants_is_remembered_within_bounds():
    page = made(gzip=b"123", identity=b"1234567")
    assert page.recall("gzip") is None
    variant = page.variant("gzip")
    for number in range(1000):
        assert page.recall(f"x{number}, gzip") is variant
    assert 0 < len(page.wanted) <= 32
    assert page.recall("gzip" + " " * 1000) is variant
    assert all(len(field) <= 100 for field in page.wanted)
    assert page.recall("*;q=0") is None
    assert page.recall(None) is None
    assert page.variant("identity") is page.recall(None) is page.wanted[None]
