"""How people are told: the words, the webhook, the mail; and that no secret is told with them."""

import shutil
import ssl

import pytest

from feedsvc.errors import NotifyError
from feedsvc.model import Notify
from feedsvc.notify import Courier, channels, compose
from feedsvc.store.notices import Letter, Notice
from tests.mailroom import account, certificate, mail_server, webhook
from tests.web_samples import NOW

LETTER = Letter(
    channel="webhook",
    subject="Office of Tides: 1 problem needs a person",
    text="New:\n- feeds/news/ä.yaml:3:5: …",
    facts={"text": "Office of Tides: …", "new": ["…"]},
    since=NOW,
    due=NOW,
    number=7,
)
MAIL = LETTER.__class__(
    **{f: getattr(LETTER, f) for f in LETTER.__struct_fields__} | {"channel": "email"}
)


def notice(number, **facts):
    return Notice(key=str(number), text=f"feeds/news/a.yaml:{number}:1: wrong", since=NOW, **facts)


# --- the words ---


@pytest.mark.parametrize(
    ("new", "over", "subject"),
    [
        (1, 0, "Office of Tides: 1 problem needs a person"),
        (3, 0, "Office of Tides: 3 problems need a person"),
        (2, 1, "Office of Tides: 2 problems need a person"),
        (0, 1, "Office of Tides: 1 problem solved"),
        (0, 2, "Office of Tides: 2 problems solved"),
    ],
)
def test_the_subject_says_what_it_is_about(new, over, subject):
    drawn = compose("Office of Tides", [notice(n) for n in range(new)], [notice(9)] * over)
    assert drawn.subject == subject
    assert drawn.facts["text"].startswith(f"{subject}\n\n")


def test_a_letter_names_what_is_new_and_what_is_over():
    drawn = compose("Office", [notice(1), notice(2)], [notice(3)])
    assert drawn.text == (
        "New:\n- feeds/news/a.yaml:1:1: wrong\n- feeds/news/a.yaml:2:1: wrong\n\n"
        "No longer a problem:\n- feeds/news/a.yaml:3:1: wrong\n"
    )
    assert drawn.facts["new"] == ["feeds/news/a.yaml:1:1: wrong", "feeds/news/a.yaml:2:1: wrong"]
    assert drawn.facts["resolved"] == ["feeds/news/a.yaml:3:1: wrong"]
    assert drawn.facts["site"] == "Office"


def test_a_letter_about_very_many_stays_short():
    text = compose("Office", [notice(n) for n in range(80)], []).text
    assert text.count("\n- ") == 50
    assert text.endswith("and 30 more\n")


def test_channels_are_those_of_the_config():
    assert channels(Notify()) == ()
    assert channels(Notify(webhook="https://x/", mail=account(25))) == ("webhook", "email")


# --- the webhook ---


@pytest.fixture
def hook():
    with webhook() as made:
        yield made


def deliver(letter, notify, **facts):
    Courier(timeout=3, **facts).deliver(letter, notify, NOW)


def refused(letter, notify, **facts):
    with pytest.raises(NotifyError) as raised:
        deliver(letter, notify, **facts)
    said = f"{raised.value!r}{raised.value.__cause__!r}"
    assert not any(secret in said for secret in ("s3cret", "hush", "127.0.0.1:"))
    return str(raised.value)


def test_a_webhook_gets_json(hook):
    deliver(LETTER, Notify(webhook=hook.url, allow_private=True))
    (path, fields, body) = hook.posts[0]
    assert path == "/hooks/s3cret"
    assert fields["content-type"] == "application/json"
    assert body == {"text": "Office of Tides: …", "new": ["…"]}


def test_a_private_address_is_refused_unless_the_config_allows_it(hook):
    assert refused(LETTER, Notify(webhook=hook.url)) == (
        "the webhook's host is within this network; if that is meant, write allow_private: true"
    )
    assert hook.posts == []


def test_one_private_address_among_several_is_enough(hook):
    addresses = ["192.0.2.1", "127.0.0.1"]
    facts = {"resolve": lambda *_: addresses, "public": lambda a: a != "127.0.0.1"}
    assert "within this network" in refused(LETTER, Notify(webhook=hook.url), **facts)


def test_the_address_that_was_judged_is_the_one_that_is_asked(hook):
    url = hook.url.replace("127.0.0.1", "chat.example.org")
    seen = []
    facts = {"resolve": lambda *a: seen.append(a) or ["127.0.0.1"], "public": lambda _: True}
    deliver(LETTER, Notify(webhook=url), **facts)
    assert seen == [("chat.example.org", hook.port)]
    assert hook.posts[0][1]["host"] == f"chat.example.org:{hook.port}"


def test_a_redirect_is_not_followed(hook):
    hook.status, hook.fields = 307, {"Location": f"http://127.0.0.1:{hook.port}/elsewhere"}
    assert (
        refused(LETTER, Notify(webhook=hook.url, allow_private=True)) == "the webhook answered 307"
    )
    assert len(hook.posts) == 1


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_webhook_that_refuses(hook, status):
    hook.status = status
    said = refused(LETTER, Notify(webhook=hook.url, allow_private=True))
    assert said == f"the webhook answered {status}"


def test_a_webhook_that_is_not_there():
    with webhook() as gone:
        url = gone.url
    said = refused(LETTER, Notify(webhook=url, allow_private=True))
    assert said == "the webhook: ConnectError"
    assert refused(LETTER, Notify(webhook="https://nowhere.invalid/s3cret")) == (
        "the webhook's host has no address"
    )


def test_a_webhook_that_hangs(hook):
    hook.open.clear()
    notify = Notify(webhook=hook.url, allow_private=True)
    with pytest.raises(NotifyError, match="no answer in time"):
        Courier(timeout=0.1).deliver(LETTER, notify, NOW)


# --- the mail ---


def test_a_mail_is_plain_and_nobodys_holiday_answers_to_it():
    with mail_server() as (postbox, port):
        for _ in range(2):
            deliver(MAIL, Notify(mail=account(port)))
    (to, message, _), (_, again, _) = postbox.letters
    assert to == ["office@example.org", "duty@example.org"]
    assert message["Subject"] == "Office of Tides: 1 problem needs a person"
    assert message["From"] == "feedsvc <news@example.org>"
    assert message["To"] == "office@example.org, duty@example.org"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == again["Message-ID"]
    assert message["Message-ID"].endswith("@example.org>")
    assert message.get_content().replace("\r\n", "\n") == f"{LETTER.text}\n"


def test_a_mail_server_that_refuses_the_letter():
    with mail_server() as (postbox, port):
        postbox.answer = "554 no, and s3cret"
        assert refused(MAIL, Notify(mail=account(port))) == "the mail server answered 554"


def test_a_mail_server_that_is_not_there():
    with mail_server() as (_, port):
        pass
    assert refused(MAIL, Notify(mail=account(port))).startswith("no connection: ")


def test_rfc3207_4_1_without_starttls_nothing_is_sent():
    with mail_server() as (postbox, port):
        said = refused(MAIL, Notify(mail=account(port, security="starttls")))
        assert said == "the mail server: SMTPNotSupportedError"
        assert postbox.letters == []


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    """A server's context, and what makes a client's that trusts it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    file = certificate(tmp_path_factory.mktemp("tls"))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return server, lambda: ssl.create_default_context(cafile=str(file))


def test_an_account_with_a_password_over_tls(trusted):
    server, tls = trusted
    notify = Notify(mail=account(0, security="starttls", user="press"))
    with mail_server(server) as (postbox, port):
        notify = Notify(mail=account(port, security="starttls", user="press"))
        deliver(MAIL, notify, password="hush", tls=tls)
        assert postbox.letters[0][2]
        wrong = refused(MAIL, notify, password="hush!", tls=tls)
        assert wrong == "the mail server refuses user or password (535)"
        assert refused(MAIL, notify, tls=tls) == "FEEDSVC_SMTP_PASSWORD is not set"
        assert refused(MAIL, notify, password="hush").startswith("the certificate: ")
        assert len(postbox.letters) == 1
