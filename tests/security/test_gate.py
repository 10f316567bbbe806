"""The admin listener's gate: which names, which origins, which token; and what others are told."""

import base64

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from feedsvc.cli import main
from feedsvc.cli.admintoken import VARIABLE
from feedsvc.web.gate import Gate, digest, host_name, own_names

TOKEN = "correct-horse-battery-staple"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def inside(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"inside"]


def ask(path="/", token="", names=(), method="GET", **fields):
    headers = {"Host": "127.0.0.1:8001"} | {k.replace("_", "-"): v for k, v in fields.items()}
    gate = Gate(inside, digest(token), names)
    return Client(gate).open(path, method=method, headers=headers)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# --- the name: DNS rebinding ---


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:8001", "localhost", "LOCALHOST:8001", "localhost.", "10.0.0.7:1"),
        *("[::1]", "[::1]:8001", "[2001:db8::1]:80", "press.internal", "Press.Internal.:8001"),
    ],
)
def test_a_host_that_no_name_server_can_turn_elsewhere_is_let_in(host):
    assert ask(Host=host, names=["press.internal"]).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8001", "127.0.0.1.evil.example", "localhost.evil.example"),
        *("evil.example.", "127.0.0.1@evil.example", "evil.example#127.0.0.1", "127.0.0.1:x"),
        *("", ":8001", "[::1", "[::1]x", "[evil.example]", "2130706433", "0x7f000001", "127.1"),
        *("press.internal.evil.example", "localhost:8001:8001", "a b", "evil.example/127.0.0.1"),
    ],
)
def test_dns_rebinding_a_host_by_another_name_is_refused(host):
    answer = ask(Host=host, names=["press.internal"])
    assert answer.status_code == 421
    assert "--admin-name" in answer.text
    assert ask(Host=host, token=TOKEN, **BEARER).status_code == 421


def test_this_computer_goes_by_its_own_name(monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "Press-1.example.org")
    assert own_names() == {"localhost", "press-1.example.org", "press-1"}


@given(st.text())
def test_any_host_field_is_judged(text):
    assert isinstance(host_name(text), str)


# --- the origin: cross-site requests ---

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="a-program"),
        pytest.param({"Sec_Fetch_Site": "none"}, id="typed"),
        pytest.param({"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors"}, id="own-script"),
        pytest.param(
            {
                "Sec_Fetch_Site": "cross-site",
                "Sec_Fetch_Mode": "navigate",
                "Sec_Fetch_Dest": "document",
            },
            id="a-link-that-is-followed",
        ),
        pytest.param({"Origin": "http://127.0.0.1:8001"}, id="own-origin"),
    ],
)
def test_what_this_origin_or_its_user_asks_is_let_in(fields):
    assert ask(**fields).status_code == 200


CROSS_SITE = {
    "image": {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
    "script-of-a-neighbour": {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "no-cors"},
    "fetch": {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"},
    "frame": {
        "Sec_Fetch_Site": "cross-site",
        "Sec_Fetch_Mode": "navigate",
        "Sec_Fetch_Dest": "iframe",
    },
    "embed": {
        "Sec_Fetch_Site": "same-site",
        "Sec_Fetch_Mode": "navigate",
        "Sec_Fetch_Dest": "embed",
    },
    "unknown-word": {"Sec_Fetch_Site": "elsewhere"},
    "origin": {"Origin": "https://evil.example"},
    "origin-of-another-port": {"Origin": "http://127.0.0.1:8000"},
    "origin-null": {"Origin": "null"},
}


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("fields", CROSS_SITE.values(), ids=CROSS_SITE)
def test_what_another_origin_s_page_asks_is_refused(fields, method):
    answer = ask(method=method, token=TOKEN, **fields, **BEARER)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_form_of_another_site_is_refused_also_as_a_navigation():
    fields = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert ask(method="POST", Sec_Fetch_Site="cross-site", **fields).status_code == 403


# --- the token ---


@pytest.mark.parametrize(
    "authorization",
    [
        *(f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN} "),
        *(basic("", TOKEN), basic("anybody", TOKEN), basic("ä", TOKEN).replace("Basic", "basic")),
    ],
)
def test_rfc6750_2_1_and_rfc7617_2_whoever_shows_the_token_is_let_in(authorization):
    answer = ask(token=TOKEN, Authorization=authorization)
    assert (answer.status_code, answer.text) == (200, "inside")


@pytest.mark.parametrize(
    "authorization",
    [
        *("", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN),
        *(f"Token {TOKEN}", f"Bearer {TOKEN.upper()}", basic(TOKEN, ""), basic("x", "wrong")),
        *("Basic", "Basic !!!!", "Basic " + TOKEN, "Basic " + base64.b64encode(b"x").decode()),
        *(f"Bearer {digest(TOKEN)}", "Bearer \xff\xfe", f"Bearer {TOKEN}, Bearer {TOKEN}"),
    ],
)
def test_whoever_does_not_show_the_token_is_asked_for_it(authorization):
    answer = ask(token=TOKEN, Authorization=authorization)
    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate") == [
        'Basic realm="feedsvc", charset="UTF-8"',
        'Bearer realm="feedsvc"',
    ]
    assert TOKEN not in answer.text
    assert "inside" not in answer.text


@given(st.text(st.characters(max_codepoint=255)))
def test_any_authorization_is_judged(text):
    answer = Gate(inside, digest(TOKEN)).refusal(
        {"HTTP_HOST": "localhost", "REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": text}
    )
    assert answer is not None
    assert answer.status.startswith("401")


def test_probes_need_neither_name_nor_token_and_learn_nothing():
    answer = ask("/healthz", token=TOKEN, Host="pod-7.cluster")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert ask("/healthz", token=TOKEN, method="HEAD").text == ""
    for path in ("/healthz/", "/healthz/../metrics", "//healthz", "/HEALTHZ", "/metrics"):
        assert ask(path, token=TOKEN).status_code == 401
    assert ask("/healthz", token=TOKEN, method="POST").status_code == 401


def test_a_refusal_is_strict_too():
    for answer in (ask(Host="evil.example"), ask(token=TOKEN), ask(Origin="null")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


# --- when a token is demanded ---


def started(*options, **env):
    """What ``feedsvc serve`` says where it does not start."""
    variables = {"COLUMNS": "400", **env}
    done = CliRunner().invoke(main, ["serve", *options], env=variables)
    return done.exit_code, " ".join(done.output.replace("│", " ").split())


@pytest.fixture
def site(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/site.yaml").write_text("title: x\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


@pytest.mark.parametrize("bind", ["0.0.0.0", "[::]", "10.1.2.3", "press.internal", "0", "127.1"])
def test_without_a_token_only_this_computer_may_be_let_in(site, bind):
    code, said = started("--admin-bind", f"{bind}:8001")
    assert code == 2
    assert "would be open to other computers" in said
    assert "FEEDSVC_SERVE_ADMIN_TOKEN" in said
    assert "--admin-token-file" in said
    assert "or leave --admin-bind at 127.0.0.1" in said
    assert not (site / "var").exists()


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("short", "a token of 5 characters; expected at least 16"),
        ("two words of a token", "found blanks"),
        ("a-token-with-\xe4-in-it", "letters beyond ASCII"),
    ],
)
def test_a_token_that_will_not_do_is_said_and_not_repeated(site, token, said):
    code, told = started("--admin-bind", "0.0.0.0:8001", **{VARIABLE: token})
    assert code == 2
    assert said in told
    assert token not in told


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"\n", "it is empty"), (b"\xff\xfe", "it is no text"), (b"x", "16")],
)
def test_a_token_file_that_will_not_do_is_said(site, content, said):
    if content is not None:
        (site / "token").write_bytes(content)
    code, told = started("--admin-token-file", "token")
    assert code == 2
    assert said in told


def test_a_token_is_never_an_option():
    code, said = started("--admin-token", TOKEN)
    assert code == 2
    assert "No such option" in said
