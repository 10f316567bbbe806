"""The config's ``notify``: whom to tell when something needs a person.

In: a node. Out: a ``Notify``, or problems. What is secret in it is not repeated in a problem. It
must not know the site around it, nor how anybody is told.
"""

from __future__ import annotations

import re
from typing import Any, get_args

from feedsvc.model import Mail, MailSecurity, Notify
from feedsvc.source import values
from feedsvc.source.fields import Field, Schema, Scope, Shape, Unfit, inside, many, place_of
from feedsvc.source.nodes import Mapping, Node
from feedsvc.source.urls import absolute
from feedsvc.source.values import FLAG, TEXT, WEB_ADDRESS, listed

_ADDRESS = "a mail address such as press@example.org"
_MAIL: Schema = {"type": ["string", "null"], "pattern": "@"}
_HOST = re.compile(
    r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::([0-9]{1,5}))?\Z"
)
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_SUBMISSION, _SMTPS, _RELAY = 587, 465, 25
_MOST_PORTS = 65535
_SECURITY = get_args(MailSecurity)


def read_notify(scope: Scope, field: Field, node: Node) -> Notify | None:
    """A mapping with a webhook, a mail account, or both."""
    if not isinstance(node, Mapping):
        fix = "write notify: {webhook: https://…}, or notify: {email: {to: …, from: …, smtp: …}}"
        scope.fail(field, node, fix, "another value")
        return None
    read = _read(scope, field, node)
    if read is None:
        return None
    if not read.get("webhook") and not read.get("email"):
        scope.fail(field, node, "write webhook: https://…, or email: {to: …, from: …, smtp: …}")
        return None
    return Notify(
        webhook=read.get("webhook"),
        mail=read.get("email"),
        allow_private=read.get("allow_private", False),
    )


def _read_webhook(scope: Scope, field: Field, node: Node) -> str | None:
    """An address. Whoever knows it may write there: a problem does not repeat it."""
    text = values.words(scope, field, node)
    if text is None:
        return None
    try:
        return absolute(text)
    except Unfit as unfit:
        fix = "write the whole address, as the other side shows it"
        scope.fail(field, node, str(unfit) if text not in str(unfit) else fix, "another value")
        return None


def _read_mail(scope: Scope, field: Field, node: Node) -> Mail | None:
    read = _read_email(scope, field, node)
    if read is None or not isinstance(node, Mapping):
        return None
    host, port = read["smtp"]
    security: MailSecurity = read.get("tls") or _usual(host, port)
    if read.get("user") and security == "none" and host not in _HERE:
        fix = "leave it out, or write starttls or tls: a password would be sent in the open"
        scope.fail(_EMAIL.fields["tls"], place_of(node, "tls"), fix)
        return None
    return Mail(
        to=read["to"],
        sender=read["from"],
        host=host,
        port=port,
        security=security,
        user=read.get("user"),
    )


def _usual(host: str, port: int) -> MailSecurity:
    """RFC 8314 §3.3: implicit TLS on 465; a relay on this machine needs none."""
    if port == _SMTPS:
        return "tls"
    return "none" if host in _HERE else "starttls"


def _read_server(scope: Scope, field: Field, node: Node) -> tuple[str, int] | None:
    text = values.words(scope, field, node)
    match = _HOST.match(text) if text else None
    if text is None or (match and int(match[2] or 1) in range(1, _MOST_PORTS + 1)):
        host = match[1].strip("[]") if match else ""
        port = _RELAY if host in _HERE else _SUBMISSION
        return (host, int(match[2] or port)) if match else None
    scope.fail(
        field, node, "write its name, and its port where that is not 587: mail.example.org:465"
    )
    return None


def _read_security(scope: Scope, field: Field, node: Node) -> str | None:
    text = values.words(scope, field, node)
    if text is None or text in _SECURITY:
        return text
    scope.fail(field, node, "write starttls, tls or none")
    return None


_EMAIL = Shape(
    "an email",
    (
        Field("to", many(values.mail), _ADDRESS, listed(_MAIL), "Who is told.", required=True),
        Field("from", values.mail, _ADDRESS, _MAIL, "Whom it comes from.", required=True),
        Field(
            "smtp",
            _read_server,
            "a mail server such as mail.example.org:587",
            {"type": "string"},
            "The server that takes it, with its port where that is not 587.",
            required=True,
        ),
        Field("user", values.line, "a name", TEXT, "Its password is in FEEDSVC_SMTP_PASSWORD."),
        Field(
            "tls",
            _read_security,
            "starttls, tls or none",
            {"enum": [*_SECURITY, None]},
            "Default: tls on port 465, none for a server on this machine, else starttls.",
        ),
    ),
    under="notify.email",
)
_read_email: Any = inside(_EMAIL)

_NOTIFY = Shape(
    "notify",
    (
        Field(
            "webhook",
            _read_webhook,
            WEB_ADDRESS,
            {"type": ["string", "null"], "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"},
            "Gets a POST with JSON: text, and what is new and resolved.",
        ),
        Field("email", _read_mail, "{to: …, from: …, smtp: …}", _EMAIL.schema(), "A mail."),
        Field(
            "allow_private",
            values.flag,
            "true or false",
            FLAG,
            "Whether the webhook may be within this network. Default: false.",
        ),
    ),
    under="notify",
)
_read: Any = inside(_NOTIFY)

NOTIFY: Schema = _NOTIFY.schema()
