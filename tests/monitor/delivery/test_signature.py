"""A webhook's signature, and the receiver that docs/webhooks.md shows."""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from config.secret import Secret
from config.targets import WebhookSettings
from monitor.delivery.http import HttpClient
from monitor.delivery.payload import payload_of
from monitor.delivery.webhook import WebhookTarget, signature
from monitor.runtime.clock import Clock, SystemClock, VirtualClock
from tests.support import pages
from tests.support.receiver import Request, receiver
from tests.support.targets import BODIES, letter

OLD, NEW = "the secret of last month", "the secret of this month"
Receive = Callable[[dict[str, str], bytes, Callable[[Any], None]], int]


@pytest.fixture
def receive() -> Receive:
    """The receiver as the page shows it."""
    names: dict[str, Any] = {}
    exec(compile(pages.example("webhooks.md", "receiver"), "receiver.py", "exec"), names)
    found: Receive = names["receive"]
    return found


async def sent(
    key: str = "key-1", secret: str = NEW, key_id: str = "2026-11", clock: Clock | None = None
) -> Request:
    """The request that a notice's letter becomes, as it came over the wire."""
    clock = clock or SystemClock()
    async with receiver() as far, HttpClient(clock, "1.2.3") as http:
        settings = WebhookSettings(
            url=f"{far.url}/hook", secret=Secret(secret), key_id=key_id, allow_private=True
        )
        await WebhookTarget("t", settings, http, clock).deliver(letter(BODIES["notice"], key))
        return far.requests[0]


def test_a_signature_is_an_hmac_over_time_and_body() -> None:
    """Anybody can compute it with the standard tools."""
    expected = hmac.new(b"secret", b'1700000000000.{"a":1}', hashlib.sha256).hexdigest()
    assert signature("secret", 1_700_000_000_000, b'{"a":1}') == f"v1={expected}"


async def test_a_request_has_its_headers_and_the_letter_as_its_body() -> None:
    """The key stands in a header and in the body, the signature covers what was sent."""
    now_ms = 1_800_000_000_000
    came = await sent(clock=VirtualClock(now_ms))
    assert came.body == payload_of(letter(BODIES["notice"]))
    assert {name: came.headers[name] for name in came.headers if name[:4] in ("City", "User")} == {
        "Citywatch-Key": "key-1",
        "Citywatch-Timestamp": str(now_ms),
        "Citywatch-Key-Id": "2026-11",
        "Citywatch-Signature": signature(NEW, now_ms, came.body),
        "User-Agent": "citywatch/1.2.3",
    }
    assert came.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("key", ["a b", "x\r\nEvil: 1", "Rīga/Āgenskalns", "50%", "日本"])
async def test_a_key_of_any_characters_travels_whole(key: str) -> None:
    """What no header may hold is percent-encoded there, and plain in the body."""
    came = await sent(key)
    assert unquote(came.headers["Citywatch-Key"]) == came.json["key"] == key
    assert "Evil" not in came.headers


async def test_the_receiver_of_the_page_acts_once_on_a_letter(receive: Receive) -> None:
    """A letter that comes again, signed anew, is answered 200 and not carried out again."""
    acts: list[Any] = []
    for _ in range(2):
        came = await sent()
        assert receive(dict(came.headers), came.body, acts.append) == 200
    assert [act["key"] for act in acts] == ["key-1"]
    assert acts[0]["type"] == "notice"


async def test_the_receiver_of_the_page_knows_both_secrets(receive: Receive) -> None:
    """While the secret is changed, letters signed with either are taken."""
    acts: list[Any] = []
    for key, secret, key_id in (("k1", OLD, "2026-10"), ("k2", NEW, "2026-11")):
        came = await sent(key, secret, key_id)
        assert receive(dict(came.headers), came.body, acts.append) == 200
    assert len(acts) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"Citywatch-Key-Id": "2025-01"},
        {"Citywatch-Key-Id": "2026-10"},
        {"Citywatch-Timestamp": ""},
        {"Citywatch-Timestamp": "soon"},
        {"Citywatch-Timestamp": str(time.time_ns() // 1_000_000 + 1)},
        {"Citywatch-Signature": "v1=" + "0" * 64},
        {"Citywatch-Signature": ""},
        {"Citywatch-Signature": "v1=é"},
    ],
)
async def test_the_receiver_of_the_page_refuses_what_was_changed(
    receive: Receive, change: dict[str, str]
) -> None:
    """Another secret, time or signature than the one sent is answered 401."""
    came = await sent()
    acts: list[Any] = []
    assert receive({**came.headers, **change}, came.body, acts.append) == 401
    assert receive(dict(came.headers), came.body + b" ", acts.append) == 401
    assert acts == []


@pytest.mark.parametrize("off_ms", [-301_000, 301_000])
async def test_the_receiver_of_the_page_refuses_a_recording(receive: Receive, off_ms: int) -> None:
    """A letter rightly signed more than five minutes ago, or ahead, is not taken."""
    came = await sent(clock=VirtualClock(SystemClock().now_ms() + off_ms))
    assert receive(dict(came.headers), came.body, pytest.fail) == 401


def test_the_receiver_of_the_page_is_short() -> None:
    """What a receiver must do is twenty lines."""
    _, _, function = pages.example("webhooks.md", "receiver").partition("def receive")
    assert len(function.splitlines()) <= 20
