"""Which addresses a target may have: public ones, over HTTPS, unless its settings allow more.

Lives here: the judgement of a URL and of an IP address, without I/O. `http.py` asks it for every
socket that it opens, with the very address that it is about to connect to, so that a name that
resolves to something else the second time gains nothing. What is not readable is not allowed.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Literal
from urllib.parse import urlsplit

from monitor.delivery.target import RefusedError

Bar = Literal[
    "unreadable",
    "metadata",
    "unspecified",
    "loopback",
    "link_local",
    "multicast",
    "shared",
    "reserved",
    "private",
]

# Where clouds hand out a machine's credentials: never a target, not even a private one.
METADATA: Final = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, GCP, OpenStack
        "169.254.170.2",  # AWS containers
        "fd00:ec2::254",  # AWS over IPv6
        "fd20:ce::254",  # GCP over IPv6
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's wire server, of a public range
        "192.0.0.192",  # Oracle
    )
)
_SHARED: Final = ip_network("100.64.0.0/10")  # carrier-grade NAT, RFC 6598
_PROTOCOL: Final = ip_network("192.0.0.0/24")  # RFC 6890; older Pythons know parts of it only
_COMPATIBLE: Final = IPv6Network("::/96")  # an IPv4 address in disguise, deprecated
_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))  # RFC 6052, 8215


@dataclass(frozen=True, slots=True)
class Reach:
    """What a target's settings allow besides public addresses over HTTPS."""

    allow_private: bool = False
    allow_http: bool = False


def barred(address: str, reach: Reach) -> Bar | None:
    """Why a socket to this IP address is not opened; None where it may be."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unreadable"
    ip = _carried(ip)
    if ip in METADATA:
        return "metadata"
    return None if reach.allow_private else _not_public(ip)


def check_url(url: str, reach: Reach) -> None:
    """Raises RefusedError, without quoting the URL, unless its scheme is allowed and it has a host.

    Its address is judged when it is known: `barred`.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        raise RefusedError("its URL is not valid")
    if parts.username is not None or parts.password is not None:
        raise RefusedError("its URL holds a user name or password, which is not allowed")
    if parts.scheme not in ("http", "https"):
        raise RefusedError("its URL is neither http nor https")
    if parts.scheme == "http" and not (reach.allow_http or reach.allow_private):
        raise RefusedError("its URL is not https (allow_http = true lets it be)")


def _carried(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address leads to, where it does."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if (ip in _COMPATIBLE and int(ip) > 1) or any(ip in network for network in _NAT64):
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip


def _not_public(ip: IPv4Address | IPv6Address) -> Bar | None:
    if ip.is_unspecified:
        return "unspecified"
    if ip.is_loopback:
        return "loopback"
    if ip.is_link_local:
        return "link_local"
    if ip.is_multicast:
        return "multicast"
    if ip in _SHARED:
        return "shared"
    if ip.is_reserved or ip in _PROTOCOL:
        return "reserved"
    if ip.is_private or (isinstance(ip, IPv6Address) and ip.is_site_local):
        return "private"
    return None if ip.is_global else "reserved"
