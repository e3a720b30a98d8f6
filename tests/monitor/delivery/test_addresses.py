"""Which addresses a target may have, judged alone and at the moment of connecting."""

import pytest

from monitor.delivery.addresses import Bar, Reach, barred, check_url
from monitor.delivery.http import HttpClient
from monitor.delivery.target import RefusedError
from monitor.runtime.clock import VirtualClock
from tests.support.receiver import Behaviour, receiver

BARRED: dict[str, Bar] = {
    "0.0.0.0": "unspecified",
    "::": "unspecified",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "::1": "loopback",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "198.18.0.1": "private",
    "0.1.2.3": "private",
    "fc00::1": "private",
    "fd12:3456::1": "private",
    "fec0::1": "private",
    "2001:db8::1": "private",
    "169.254.1.1": "link_local",
    "fe80::1": "link_local",
    "fe80::1%eth0": "link_local",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "ff02::1": "multicast",
    "100.64.0.1": "shared",
    "100.127.255.255": "shared",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "192.0.0.8": "reserved",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:10.0.0.1": "private",
    "::ffff:100.64.0.1": "shared",
    "::7f00:1": "loopback",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b::a00:1": "private",
    "2002:7f00:1::": "loopback",
    "2002:a00:1::": "private",
    "127.1": "unreadable",
    "2130706433": "unreadable",
    "0177.0.0.1": "unreadable",
    "localhost": "unreadable",
    "": "unreadable",
}
METADATA = (
    "169.254.169.254",
    "169.254.170.2",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
)


@pytest.mark.parametrize(("address", "bar"), BARRED.items())
def test_an_address_that_is_not_public_is_barred_by_name(address: str, bar: Bar) -> None:
    """Private and special ranges, and IPv6 addresses that lead to them, are not reached."""
    assert barred(address, Reach()) == bar


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "100.63.255.255", "2606:4700::1111", "::ffff:8.8.8.8"]
)
def test_a_public_address_is_reached(address: str) -> None:
    """What anybody on the internet reaches is not barred."""
    assert barred(address, Reach()) is None


@pytest.mark.parametrize("address", METADATA)
def test_a_metadata_service_is_never_reached(address: str) -> None:
    """Where clouds hand out credentials stays barred, even with private addresses allowed."""
    assert barred(address, Reach()) == "metadata"
    assert barred(address, Reach(allow_private=True)) == "metadata"


def test_private_addresses_can_be_allowed() -> None:
    """The settings open what is private, but not what no one can read."""
    for address, bar in BARRED.items():
        allowed = barred(address, Reach(allow_private=True))
        assert allowed == ("unreadable" if bar == "unreadable" else None), address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "https://",
        "https://[::1",
        "https://host:99999/",
        "ftp://host/",
        "file:///etc/passwd",
        "//host/",
        "https://user:word@host/",
        "https://user@host/",
    ],
)
def test_a_url_of_another_kind_is_refused_and_not_quoted(url: str) -> None:
    """Only http and https, with a host and without a password in it."""
    with pytest.raises(RefusedError) as caught:
        check_url(url, Reach(allow_private=True, allow_http=True))
    assert len(url) < 8 or url not in str(caught.value)


def test_http_without_tls_must_be_allowed() -> None:
    """Either by itself, or along with private addresses."""
    with pytest.raises(RefusedError, match="not https"):
        check_url("http://host/", Reach())
    check_url("http://host/", Reach(allow_http=True))
    check_url("http://host/", Reach(allow_private=True))
    check_url("https://host/", Reach())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "[::ffff:127.0.0.1]"]
)
async def test_no_spelling_of_loopback_is_connected_to(host: str) -> None:
    """However the host is written, and whatever a name stands for when it is connected to, the
    receiver on this machine hears nothing."""
    async with receiver() as far, HttpClient(VirtualClock(), "1") as http:
        with pytest.raises(RefusedError, match=r"not public|not valid"):
            await http.post(f"http://{host}:{far.port}/", b"{}", Reach(allow_http=True))
        assert far.requests == []
        answer = await http.post(f"http://127.0.0.1:{far.port}/", b"{}", Reach(allow_private=True))
        assert answer.status == 200
        # Nor over the connection that was opened, with leave, a moment ago.
        with pytest.raises(RefusedError, match=r"not public|not valid"):
            await http.post(f"http://{host}:{far.port}/", b"{}", Reach(allow_http=True))


async def test_cookies_and_proxies_of_the_environment_play_no_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a receiver sets is not sent back, and no proxy variable leads a letter elsewhere."""
    async with receiver() as far, receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with HttpClient(VirtualClock(), "1") as http:
            far.behaviour = Behaviour(headers={"Set-Cookie": "a=b"})
            for _ in range(2):
                await http.post(far.url, b"{}", Reach(allow_private=True))
        assert len(far.requests) == 2
        assert not any("Cookie" in request.headers for request in far.requests)
        assert proxy.requests == []
