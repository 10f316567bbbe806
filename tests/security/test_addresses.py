"""Nobody sends us to where only we can go: in every spelling, before and after redirects."""

import socket
import threading

import httpx2
import pytest

from feedsvc.addresses import is_public, resolve
from feedsvc.errors import ImportProblem, NotifyError
from feedsvc.model import Notify
from feedsvc.notify import Courier
from feedsvc.source.fetch import Fetcher
from tests.factory import instant
from tests.farend import far_end, ping, refused
from tests.mailroom import webhook
from tests.test_notify import LETTER

NOW = instant("2024-08-01 12:00")


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("::7f00:1", id="4291-2.5.5.1-ipv4-compatible"),
        pytest.param("::10.0.0.1", id="4291-2.5.5.1-ipv4-compatible-private"),
        pytest.param("::ffff:127.0.0.1", id="4291-2.5.5.2-ipv4-mapped"),
        pytest.param("::ffff:0:10.0.0.1", id="2765-2.1-ipv4-translated"),
        pytest.param("64:ff9b::a9fe:a9fe", id="6052-2.1-nat64-of-metadata"),
        pytest.param("64:ff9b:1::a00:1", id="8215-nat64-of-a-network"),
        pytest.param("2002:a9fe:a9fe::1", id="3056-6to4-of-metadata"),
        pytest.param("2001:0:4136:e378:8000:63bf:3fff:fdd2", id="4380-teredo"),
        pytest.param("2606:4700::5efe:a00:1", id="5214-6.1-isatap"),
        pytest.param("2606:4700::200:5efe:a00:1", id="5214-6.1-isatap-global-bit"),
        pytest.param("fec0::1", id="3879-site-local"),
        pytest.param("fd00:ec2::254", id="4193-a-cloud-s-metadata"),
        pytest.param("169.254.169.254", id="3927-metadata"),
        pytest.param("192.0.0.192", id="6890-a-cloud-s-metadata"),
        pytest.param("100.100.100.200", id="6598-a-cloud-s-metadata"),
        pytest.param("168.63.129.16", id="a-cloud-s-settings"),
        pytest.param("192.88.99.1", id="7526-6to4-relay"),
        pytest.param("0.0.0.0", id="1122-3.2.1.3-this-host"),
        pytest.param("0.0.0.1", id="1122-3.2.1.3-this-network"),
        pytest.param("3fff::1", id="9637-documentation"),
        pytest.param("5f00::1", id="9602-segment-routing"),
        pytest.param("100::1", id="6666-discard"),
        pytest.param("4000::1", id="4291-2.4-not-given-to-anybody"),
    ],
)
def test_an_address_that_means_this_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_the_internet_s_are(address):
    assert is_public(address)


SPELLINGS = [
    *("127.0.0.1", "0", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "localhost"),
    *("[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "127\u30020\u30020\u30021"),
    "%31%32%37.0.0.1",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_however_it_is_spelled_this_computer_is_not_asked(host):
    with webhook() as hook, far_end() as hub:
        with pytest.raises(NotifyError):
            Courier(timeout=2).deliver(LETTER, Notify(webhook=f"http://{host}:{hook.port}/"), NOW)
        with Fetcher() as fetcher, pytest.raises(ImportProblem):
            fetcher.get(f"http://{host}:{hook.port}/")
        assert refused(f"http://{host}:{hub.port}/", private=False)
        assert hook.posts == hub.asked == []


@pytest.mark.parametrize("host", ["news.example.org@127.0.0.1", "news.example.org:80@127.0.0.1"])
def test_3986_3_2_1_what_stands_before_the_host_does_not_hide_it(host):
    with webhook() as hook, pytest.raises(NotifyError, match="within this network"):
        Courier(timeout=2).deliver(LETTER, Notify(webhook=f"http://{host}:{hook.port}/"), NOW)
    assert hook.posts == []


def test_a_hub_within_this_network_is_the_operator_s_to_allow_not_the_config_s():
    with far_end() as hub:
        assert refused(hub, private=False) == (
            "127.0.0.1 is 127.0.0.1: not a public address; if you mean it, set "
            "FEEDSVC_ALLOW_PRIVATE_HUBS=1 where the builder runs"
        )
        assert hub.asked == []
        ping(hub, private=True)
        assert len(hub.asked) == 1


def test_a_hub_is_asked_at_the_address_that_was_judged():
    """Looked up once: what the name means a moment later (DNS rebinding) does not matter."""
    looked = []

    def look(host, port):
        looked.append((host, port))
        return ["127.0.0.1"] if len(looked) == 1 else ["10.0.0.1"]

    with far_end() as hub:
        facts = {"private": False, "resolve": look, "public": lambda a: a == "127.0.0.1"}
        ping(f"http://hub.example:{hub.port}/hub", **facts)
        assert looked == [("hub.example", hub.port)]
        assert hub.asked[0].headers["host"] == f"hub.example:{hub.port}"


def test_one_private_address_of_a_hub_is_enough_to_refuse():
    facts = {"private": False, "resolve": lambda *_: ["93.184.216.34", "10.0.0.1"]}
    assert "10.0.0.1: not a public address" in refused("http://hub.example/", **facts)


def test_a_hub_that_sends_us_back_to_itself_is_judged_again():
    """Its name may mean another address by now."""
    found = iter([["127.0.0.1"], ["10.0.0.1"]])
    with far_end() as hub:
        hub.answer = lambda handler: handler.reply(307, Location="/again")
        said = refused(
            f"http://hub.example:{hub.port}/",
            private=False,
            resolve=lambda *_: next(found),
            public=lambda address: address == "127.0.0.1",
        )
    assert said.startswith("hub.example is 10.0.0.1: not a public address")


def test_a_hub_whose_name_is_unknown_is_put_off():
    def unknown(*_):
        raise OSError(-2, "Name or service not known")

    said = refused("http://hub.example/", private=False, resolve=unknown)
    assert said.startswith("hub.example has no address: ")


def test_what_a_webhook_answers_is_not_read_however_much_it_is():
    """An answer without an end must not fill the memory of the builder."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sent = []

        def endless():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
                try:
                    while len(sent) < 2000:
                        connection.sendall(b"x" * 65536)
                        sent.append(1)
                except OSError:
                    return

        thread = threading.Thread(target=endless, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        Courier(timeout=3).deliver(LETTER, Notify(webhook=url, allow_private=True), NOW)
        thread.join(10)
        assert not thread.is_alive()
        assert len(sent) < 200


def test_the_system_s_resolver_and_the_client_read_a_host_alike():
    """Judged and asked are one thing: what the client takes for the host is what is looked up."""
    for host in ("127.1", "2130706433", "0x7f.1"):
        assert resolve(httpx2.URL(f"http://{host}/").host, 80) == ["127.0.0.1"]
