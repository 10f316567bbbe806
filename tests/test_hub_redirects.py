"""Whom a hub may send us to: the web's public addresses, and nowhere else."""

import pytest
import stamina

from feedsvc.addresses import is_public
from tests.farend import FORM, far_end, ping, refused

REDIRECTS = (307, 308)


@pytest.fixture
def hub():
    with far_end() as end:
        yield end


@pytest.fixture
def elsewhere():
    """Where a redirect leads; its address is one that a test may call public."""
    with far_end("127.0.0.2") as end:
        yield end


@pytest.fixture(autouse=True)
def no_pauses():
    with stamina.set_testing(True, attempts=3):
        yield


def redirect(status, location):
    def answer(handler):
        handler.reply(status, Location=location)

    return answer


def lookup(table):
    """A resolver that knows these names, and notes for which it was asked."""

    def resolve(host, port):
        resolve.asked.append((host, port))
        return table[host]

    resolve.asked = []
    return resolve


@pytest.mark.parametrize("status", REDIRECTS)
def test_rfc9110_15_4_8_a_redirect_within_the_hub_is_followed_with_the_same_post(hub, status):
    def answer(handler):
        handler.reply(*(() if handler.path == "/new" else (status,)), Location="/new")

    hub.answer = answer
    ping(hub)
    assert [(r.path, r.form) for r in hub.asked] == [("/hub", FORM), ("/new", FORM)]


def test_the_third_redirect_is_followed_the_fourth_is_not(hub):
    def answer(handler):
        last = len(hub.asked) == 4
        handler.reply(204 if last else 307, Location=f"/{len(hub.asked)}")

    hub.answer = answer
    ping(hub)
    hub.asked.clear()
    hub.answer = redirect(308, "/again")
    assert refused(hub) == "redirects more than 3 times"
    assert len(hub.asked) == 4


@pytest.mark.parametrize(
    "location",
    [
        "",
        "ftp://files.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "mailto:x",
    ],
)
def test_a_redirect_to_anything_but_the_web_is_refused(hub, location):
    hub.answer = redirect(307, location)
    assert refused(hub) == f"redirects to {location!r}, which is no http or https address"
    assert len(hub.asked) == 1


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "2130706434", "[::ffff:127.0.0.2]"])
def test_a_redirect_to_a_private_address_is_refused_however_it_is_written(hub, elsewhere, host):
    hub.answer = redirect(307, f"http://{host}:{elsewhere.port}/")
    assert refused(hub).endswith("not a public address")
    assert elsewhere.asked == []


def test_another_port_of_the_hub_s_own_host_is_not_the_hub(hub, elsewhere):
    with far_end() as neighbour:
        hub.answer = redirect(308, neighbour.url)
        assert refused(hub) == "redirects to 127.0.0.1, which is 127.0.0.1: not a public address"
        assert neighbour.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(hub, elsewhere):
    hub.answer = redirect(307, f"http://mixed.example:{elsewhere.port}/")
    resolve = lookup({"mixed.example": ["93.184.216.34", "2606:2800::1", "169.254.169.254"]})
    said = refused(hub, resolve=resolve)
    assert said == "redirects to mixed.example, which is 169.254.169.254: not a public address"


def test_a_redirect_to_a_name_without_an_address_is_refused(hub):
    def resolve(host, port):
        raise OSError(-2, "Name or service not known")

    hub.answer = redirect(307, "http://nowhere.example/")
    said = refused(hub, resolve=resolve)
    assert said.startswith("redirects to nowhere.example, which has no address: ")


def test_a_redirect_to_a_public_address_goes_to_the_address_that_was_checked(hub, elsewhere):
    """The name is looked up once: what it means a moment later (DNS rebinding) does not matter."""
    name = f"hub.example:{elsewhere.port}"
    hub.answer = redirect(308, f"http://user:secret@{name}/there?x=1#part")
    resolve = lookup({"hub.example": ["127.0.0.2"]})
    ping(hub, resolve=resolve, public=lambda address: address == "127.0.0.2")
    (request,) = elsewhere.asked
    assert (request.path, request.form) == ("/there?x=1", FORM)
    assert request.headers["host"] == name
    assert "authorization" not in request.headers
    assert resolve.asked == [("hub.example", elsewhere.port)]


def test_the_next_address_is_tried_where_one_lets_nobody_in(hub, elsewhere):
    hub.answer = redirect(307, f"http://hub.example:{elsewhere.port}/")
    resolve = lookup({"hub.example": ["127.0.0.3", "127.0.0.2"]})
    ping(hub, resolve=resolve, public=lambda _: True)
    assert len(elsewhere.asked) == 1


def test_every_hop_is_checked_not_only_the_first(hub, elsewhere):
    hub.answer = redirect(307, f"http://hub.example:{elsewhere.port}/")
    elsewhere.answer = redirect(307, "http://10.0.0.1/")
    resolve = lookup({"hub.example": ["127.0.0.2"], "10.0.0.1": ["10.0.0.1"]})
    said = refused(hub, resolve=resolve, public=lambda address: address == "127.0.0.2")
    assert said == "redirects to 10.0.0.1, which is 10.0.0.1: not a public address"


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"),
        *("192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
        pytest.param("::ffff:10.0.0.1", id="ipv4-mapped"),
        pytest.param("64:ff9b::a00:1", id="nat64-of-10.0.0.1"),
        pytest.param("2002:7f00:1::", id="6to4-of-127.0.0.1"),
    ],
)
def test_an_address_that_is_not_anybody_s_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)
