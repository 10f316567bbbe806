"""Accept-Encoding and A-IM: which coding a client gets, and whether it takes a delta."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.web.negotiation import choose, takes_delta, weights

SMALLEST_FIRST = ("br", "gzip", "identity")


@pytest.mark.parametrize(
    ("field", "coding"),
    [
        pytest.param(None, "identity", id="9110-12.5.3-no-field"),
        pytest.param("", "identity", id="9110-12.5.3-empty-field"),
        pytest.param("gzip", "gzip", id="9110-12.5.3-one"),
        pytest.param("gzip, deflate, br, zstd", "br", id="9110-12.5.3-smaller-of-equals"),
        pytest.param("br;q=0.5, gzip", "gzip", id="9110-12.4.2-greater-weight"),
        pytest.param("gzip;q=0.001", "gzip", id="9110-12.4.2-least-weight"),
        pytest.param("gzip;q=0", "identity", id="9110-12.5.3-gzip-q0"),
        pytest.param("gzip;q=0.000, br;q=0.0", "identity", id="9110-12.5.3-all-q0"),
        pytest.param("identity", "identity", id="9110-12.5.3-identity-alone"),
        pytest.param("identity, gzip;q=0.5", "identity", id="9110-12.5.3-identity-preferred"),
        pytest.param("identity;q=0.5, gzip", "gzip", id="9110-12.5.3-identity-less"),
        pytest.param("identity;q=0", None, id="9110-12.5.3-identity-q0"),
        pytest.param("identity;q=0, gzip", "gzip", id="9110-12.5.3-identity-q0-but-gzip"),
        pytest.param("*;q=0", None, id="9110-12.5.3-star-q0"),
        pytest.param("*;q=0, identity", "identity", id="9110-12.5.3-star-q0-but-identity"),
        pytest.param("*;q=0, gzip;q=0.3", "gzip", id="9110-12.5.3-star-q0-but-gzip"),
        pytest.param("*", "br", id="9110-12.5.3-star"),
        pytest.param("br;q=0, *", "gzip", id="9110-12.5.3-star-but-not-br"),
        pytest.param("*;q=0.5, identity;q=0.7", "identity", id="9110-12.5.3-star-less"),
        pytest.param("compress, sdch", "identity", id="9110-12.5.3-nothing-we-have"),
        pytest.param("x-gzip", "gzip", id="9110-8.4.1.3-x-gzip"),
        pytest.param("x-gzip;q=0, gzip", "identity", id="9110-8.4.1.3-x-gzip-refused"),
        pytest.param("GZip", "gzip", id="9110-8.4.1-case"),
        pytest.param("gzip ; Q=0.5 , br\t; q=0.25", "gzip", id="9110-5.6.3-white-space"),
        pytest.param(",, gzip ,", "gzip", id="9110-5.6.1.2-empty-members"),
        pytest.param("gzip;q=2, br;q=-1, *;q=x", "identity", id="9110-12.4.2-no-weights"),
        pytest.param("gzip;q=0.5555", "identity", id="9110-12.4.2-four-decimals"),
        pytest.param("gzip;level=9", "identity", id="9110-12.5.3-unknown-parameter"),
        pytest.param("gzip, gzip;q=0", "identity", id="9110-12.5.3-refused-last"),
        pytest.param("gzip;q=0, gzip", "identity", id="9110-12.5.3-refused-first"),
    ],
)
def test_accept_encoding(field, coding):
    assert choose(field, SMALLEST_FIRST) == coding


def test_a_document_that_is_not_worth_coding():
    assert choose("gzip, br", ("identity",)) == "identity"
    assert choose("gzip, identity;q=0", ("identity",)) is None


def test_the_smaller_is_what_the_document_says_it_is():
    assert choose("gzip, br", ("gzip", "br", "identity")) == "gzip"


@given(st.none() | st.text(max_size=80) | st.text("gzipbr*;q=01., -x\t", max_size=80))
def test_any_text_gives_an_offer_or_none(field):
    assert choose(field, SMALLEST_FIRST) in {*SMALLEST_FIRST, None}


@given(st.text())
def test_weights_are_thousandths(field):
    assert all(0 <= weight <= 1000 for weight in weights(field).values())


@pytest.mark.parametrize(
    ("a_im", "takes"),
    [
        pytest.param(None, False, id="3229-10.5.3-no-field"),
        pytest.param("feed", True, id="3229-10.5.3-feed"),
        pytest.param("vcdiff, diffe, Feed;q=0.4", True, id="3229-10.5.3-list"),
        pytest.param("feed;q=0", False, id="3229-10.5.3-q0"),
        pytest.param("vcdiff, gzip", False, id="3229-10.5.3-others"),
        pytest.param("feedx, x-feed", False, id="3229-10.5.3-whole-token"),
    ],
)
def test_a_im(a_im, takes):
    assert takes_delta(a_im) is takes
