"""``notify`` in the config: whom to tell, checked, and what is secret is not repeated."""

import pytest

from feedsvc.config import parse
from feedsvc.errors import ConfigError
from feedsvc.model import Mail, Notify
from tests.sitedir import CONFIG

HOOK = "https://hooks.example.org/services/s3cret"
OFFICE = {"to": ("office@example.org",), "sender": "news@example.org"}
REST = "to: office@example.org, from: news@example.org"


def notify(text):
    return parse(f"{CONFIG}notify: {text}\n".encode()).notify


def problems(text):
    with pytest.raises(ConfigError) as raised:
        notify(text)
    assert "s3cret" not in str(raised.value)
    return [str(problem).partition(": ")[2] for problem in raised.value.problems]


def test_a_webhook():
    assert notify(f"{{webhook: '{HOOK}'}}") == Notify(webhook=HOOK)
    private = notify("{webhook: 'http://127.0.0.1:9/x', allow_private: yes}")
    assert private == Notify(webhook="http://127.0.0.1:9/x", allow_private=True)


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        (f"{REST}, smtp: mail.example.org", {"host": "mail.example.org", "port": 587}),
        (
            f"{REST}, smtp: 'm.example.org:465'",
            {"host": "m.example.org", "port": 465, "security": "tls"},
        ),
        (f"{REST}, smtp: localhost", {"host": "localhost", "port": 25, "security": "none"}),
        (f"{REST}, smtp: '[::1]:2525'", {"host": "::1", "port": 2525, "security": "none"}),
        (
            f"{REST}, smtp: 'm.example.org:25', tls: none",
            {"host": "m.example.org", "port": 25, "security": "none"},
        ),
        (
            f"{REST}, smtp: m.example.org, user: press",
            {"host": "m.example.org", "port": 587, "user": "press"},
        ),
    ],
)
def test_a_mail_account(text, mail):
    assert notify(f"{{email: {{{text}}}}}").mail == Mail(**(OFFICE | mail))


def test_several_people():
    text = "{email: {to: [a@example.org, b@example.org], from: c@example.org, smtp: localhost}}"
    assert notify(text).mail.to == ("a@example.org", "b@example.org")


NEITHER = (
    "notify: found a mapping; expected {webhook: …, email: …}; "
    "fix: write webhook: https://…, or email: {to: …, from: …, smtp: …}"
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            HOOK,
            "notify: found another value; expected {webhook: …, email: …}; fix: write notify: "
            "{webhook: https://…}, or notify: {email: {to: …, from: …, smtp: …}}",
            id="an-address-alone",
        ),
        pytest.param("{allow_private: true}", NEITHER, id="nobody"),
        pytest.param(
            "{webhook: 'hooks.example.org/s3cret'}",
            "notify.webhook: found another value; expected an address that begins with https://; "
            "fix: write the whole address, as the other side shows it",
            id="no-scheme",
        ),
        pytest.param(
            f"{{email: {{{REST}, smtp: 'm.example.org:99999'}}}}",
            "notify.email.smtp: found 'm.example.org:99999'; expected a mail server such as "
            "mail.example.org:587; fix: write its name, and its port where that is not 587: "
            "mail.example.org:465",
            id="no-port",
        ),
        pytest.param(
            f"{{email: {{{REST}, smtp: m.example.org, user: x, tls: none}}}}",
            "notify.email.tls: found 'none'; expected starttls, tls or none; fix: leave it out, or "
            "write starttls or tls: a password would be sent in the open",
            id="a-password-in-the-open",
        ),
        pytest.param(
            f"{{email: {{{REST}, smtp: m.example.org, tls: ssl}}}}",
            "notify.email.tls: found 'ssl'; expected starttls, tls or none; fix: write starttls, "
            "tls or none",
            id="another-word",
        ),
        pytest.param(
            "{email: {to: office, from: a@example.org, smtp: localhost}}",
            "notify.email.to: found 'office'; expected a mail address such as press@example.org; "
            "fix: write one address, name@host.tld",
            id="no-address",
        ),
        pytest.param(
            f"{{email: {{{REST}, smtp: localhost, password: s3cret}}}}",
            "password: found an unknown key; expected a key of an email; fix: remove it; the keys "
            "are to, from, smtp, user, tls",
            id="a-password-in-the-config",
        ),
    ],
)
def test_what_is_wrong_is_said_without_what_is_secret(text, problem):
    assert problem in problems(text)
