"""What every answer has, and what no request can do to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web_samples import OLD, ask, call, environ

pytest_plugins = "tests.web_fixtures"


EVERY = [
    ("GET", "/news/atom.xml", {}),
    ("GET", "/news/", {}),
    ("GET", "/assets/site.css", {}),
    ("GET", "/news/atom.xml", {"If_None_Match": "*"}),
    ("GET", "/news/atom.xml", {"If_Match": '"x"'}),
    ("GET", "/news/atom.xml", {"Accept_Encoding": "*;q=0"}),
    ("GET", "/news/atom.xml", {"A_IM": "feed", "If_None_Match": f'"{OLD.digest}"'}),
    ("POST", "/news/atom.xml", {}),
    ("OPTIONS", "/news/atom.xml", {}),
    ("GET", "/nothing", {}),
    ("GET", "/nothing", {"Accept": "text/html"}),
    ("GET", "//", {}),
    ("GET", "/" + "a" * 3000, {}),
    ("GET", "/retired", {}),
    ("GET", "/single", {}),
    ("GET", "/old/x", {}),
    ("GET", "/news", {}),
    ("GET", "/healthz", {}),
    ("GET", "/readyz", {}),
    ("GET", "/news/atom.xml", {"Host": "two words"}),
]


@pytest.mark.parametrize(("method", "path", "fields"), EVERY)
def test_fields_of_every_answer(changed, method, path, fields):
    answer = ask(changed, path, method, **fields)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["X-Content-Type-Options"] == "nosniff"
    # RFC 9111 §4.2.2: no answer leaves its lifetime to a guess.
    assert answer["Cache-Control"]
    assert answer["Set-Cookie"] is None
    names = [name.lower() for name, _ in answer.fields]
    assert len(names) == len(set(names))
    if answer.code not in {204, 304}:
        assert answer["Content-Length"] == str(len(answer.content))


@pytest.mark.parametrize(("method", "path", "fields"), EVERY)
def test_no_request_field_reaches_an_answer(changed, method, path, fields):
    plain = ask(changed, path, method, **fields)
    hostile = {
        "Forwarded": "host=evil.example;proto=gopher",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Proto": "gopher",
        "X_Forwarded_Prefix": "/evil",
        "X_Original_URL": "/evil",
        "X_Rewrite_URL": "/evil",
        "X_HTTP_Method_Override": "DELETE",
        "Cookie": "session=evil",
        "Origin": "https://evil.example",
        "Referer": "https://evil.example/",
        "Host": "evil.example",
    }
    assert ask(changed, f"{path}?evil=1", method, **(hostile | fields)) == plain


octets = st.text(st.characters(max_codepoint=255), max_size=60)


@given(
    octets | octets.map(lambda text: f"/{text}"),
    st.sampled_from(["GET", "HEAD"]),
    st.dictionaries(
        st.sampled_from(
            [
                "HTTP_ACCEPT",
                "HTTP_ACCEPT_ENCODING",
                "HTTP_A_IM",
                "HTTP_HOST",
                "HTTP_IF_MATCH",
                "HTTP_IF_MODIFIED_SINCE",
                "HTTP_IF_NONE_MATCH",
                "HTTP_IF_UNMODIFIED_SINCE",
                "HTTP_USER_AGENT",
                "QUERY_STRING",
            ]
        ),
        octets,
    ),
)
def test_no_request_is_a_fault_of_ours(app, path, method, fields):
    for asked in (environ() | {"PATH_INFO": path} | fields, environ() | fields):
        assert call(app, asked | {"REQUEST_METHOD": method}).code < 500
