"""A redirect to an https hub: the address that was checked, the certificate of the name."""

import ssl
import subprocess

import pytest

from feedsvc import hub as hubs
from feedsvc.errors import HubError
from tests.farend import FORM, far_end, ping
from tests.system.servers import require

pytestmark = pytest.mark.system


@pytest.fixture
def secure(tmp_path, monkeypatch):
    """An https hub with a certificate for hub.example, whose maker SSL_CERT_FILE names."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [require("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=hub.example", "-addext", "subjectAltName=DNS:hub.example"]
    command += ["-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    hubs._tls.cache_clear()
    with far_end("127.0.0.2", tls=context) as end:
        yield end
    hubs._tls.cache_clear()


def sent_on(name, secure):
    """Ping a hub that sends us to https://<name>, which is at the secure one's address."""
    with far_end() as first:
        place = f"https://{name}:{secure.port}/"
        first.answer = lambda handler: handler.reply(307, Location=place)
        ping(first, resolve=lambda host, port: ["127.0.0.2"], public=lambda _: True)


def test_the_certificate_is_checked_against_the_name_though_the_address_is_asked(secure):
    sent_on("hub.example", secure)
    (request,) = secure.asked
    assert request.form == FORM
    assert request.headers["host"] == f"hub.example:{secure.port}"


def test_a_certificate_of_another_name_is_refused(secure):
    with pytest.raises(HubError, match="Hostname mismatch"):
        sent_on("other.example", secure)
    assert secure.asked == []
