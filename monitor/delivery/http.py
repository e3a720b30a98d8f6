"""The HTTP client of all targets: one request, its answer put into the port's words.

Lives here: posting within bounds of time and size to addresses that are allowed, and what each
status and each fault means for a letter. What is posted is the targets' business, trying again
the ledger's. No cookies, no redirects, no proxies or passwords from the environment. Nothing that
it raises names a URL: a URL may hold a secret.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from monitor.delivery.addresses import Reach, barred, check_url
from monitor.delivery.target import NotNowError, RefusedError
from monitor.runtime.clock import Clock
from monitor.runtime.logs import Redactor

ANSWER_MAX_BYTES: Final = 65_536  # more is not read, and its connection closed
WORDS_MAX: Final = 200  # characters of an answer that are told
AFTER_MAX_S: Final = 86_400.0  # a receiver may send us away for a day, not longer
CONNECT_S: Final = 5.0
TOTAL_S: Final = 10.0

# Not now, though in the range of what is wrong for good.
_LATER: Final = frozenset({408, 425, 429})


class ForbiddenAddressError(OSError):
    """A socket that is not opened. Its text is the same for all addresses of a host, so that the
    client, which tries them one by one, keeps it as it is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the beginning of the text, and the wait that was asked for."""

    status: int
    text: str = ""
    after_s: float | None = None

    def words(self, redact: Redactor) -> str:
        """The status and 200 printable characters of the answer, without what is secret."""
        try:
            phrase = f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            phrase = str(self.status)
        # What is secret goes before it is cut: half a secret would not be found.
        shown = "".join(c if c.isprintable() else " " for c in redact(self.text))
        shown = " ".join(shown.split())[:WORDS_MAX]
        return f"{phrase}: {shown}" if shown else phrase

    def check(self, redact: Redactor) -> None:
        """Returns where the letter was taken; raises NotNowError or RefusedError where not."""
        if 200 <= self.status < 300:
            return
        if self.status >= 500 or self.status in _LATER:
            raise NotNowError(self.words(redact), self.after_s)
        if 300 <= self.status < 400:
            raise RefusedError(f"{self.status}: a redirect is not followed")
        raise RefusedError(self.words(redact))

    def waiting(self, after_s: float) -> "Answer":
        """The same with a wait that the body asks for."""
        return replace(self, after_s=_bounded(after_s))


class HttpClient:
    """One client for all targets; use it as an asynchronous context.

    How many requests go at once is bounded by who sends them, so that one slow target never uses
    up the connections of another.
    """

    def __init__(
        self, clock: Clock, version: str, *, connect_s: float = CONNECT_S, total_s: float = TOTAL_S
    ) -> None:
        self._clock = clock
        self._agent = f"citywatch/{version}"
        self._total_s = total_s
        self._timeout = aiohttp.ClientTimeout(total=total_s, sock_connect=connect_s)
        # By whether private addresses are allowed: a connection that was opened to one must not
        # be used again for a target that may not have it.
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        self._sessions = {allowed: self._session(Reach(allowed)) for allowed in (False, True)}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in self._sessions.values():
            await session.close()

    def _session(self, reach: Reach) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, socket_factory=partial(_socket, reach)),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            headers={"User-Agent": self._agent, "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
        )

    async def post(
        self, url: str, body: bytes, reach: Reach, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post JSON once and give the answer, whatever its status.

        Raises RefusedError where the address is not allowed, NotNowError where no answer came.
        """
        check_url(url, reach)
        fault: NotNowError | RefusedError
        try:
            async with self._sessions[reach.allow_private].post(
                url,
                data=body,
                headers={"Content-Type": "application/json", **(headers or {})},
                allow_redirects=False,
            ) as response:
                return Answer(
                    response.status,
                    await _text(response),
                    self._after_s(response.headers.get("Retry-After", "")),
                )
        except aiohttp.ConnectionTimeoutError:
            fault = NotNowError(f"no connection within {self._timeout.sock_connect:g} s")
        except TimeoutError:
            fault = NotNowError(f"no answer within {self._total_s:g} s")
        except aiohttp.InvalidURL:
            fault = RefusedError("its URL is not valid")
        except aiohttp.ClientError as error:
            fault = _fault(error)
        raise fault  # out here, so that no cause hangs on it that quotes the URL

    def _after_s(self, header: str) -> float | None:
        """`Retry-After` in seconds, given as such or as an HTTP date; None for neither."""
        text = header.strip()
        if text.isascii() and text.isdecimal():
            return _bounded(float(text[:12]))
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        return _bounded(until.timestamp() - self._clock.now_ms() / 1000)


def _bounded(after_s: float) -> float:
    return min(max(after_s, 0.0), AFTER_MAX_S)


def _socket(reach: Reach, info: tuple[Any, ...]) -> socket.socket:
    """A socket for one address that a host's name stands for, if that is allowed."""
    family, kind, protocol, _, address = info
    bar = barred(address[0], reach)
    if bar == "metadata":
        raise ForbiddenAddressError("its address is a metadata service, which is never allowed")
    if bar is not None:
        raise ForbiddenAddressError(
            "its address is not public (allow_private = true lets it be reached)"
        )
    return socket.socket(family, kind, protocol)


async def _text(response: aiohttp.ClientResponse) -> str:
    """The beginning of an answer; what was read until a fault where one comes after the status."""
    data = bytearray()
    try:
        while len(data) < ANSWER_MAX_BYTES:
            chunk = await response.content.read(ANSWER_MAX_BYTES - len(data))
            if not chunk:
                break
            data += chunk
    except (aiohttp.ClientError, TimeoutError):
        response.close()
    return data.decode("utf-8", "replace")


def _fault(error: aiohttp.ClientError) -> NotNowError | RefusedError:
    """What went wrong, in words that hold nothing of the URL."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return NotNowError("its name is not known")
        case aiohttp.ClientConnectorCertificateError():
            return NotNowError("its certificate is not trusted")
        case aiohttp.ClientConnectorSSLError():
            return NotNowError("TLS failed")
        case aiohttp.ClientConnectorError(os_error=ForbiddenAddressError() as forbidden):
            return RefusedError(str(forbidden))
        case aiohttp.ClientConnectorError(os_error=OSError(errno=int(number))):
            return NotNowError(f"no connection: {os.strerror(number)}")
        case aiohttp.ServerDisconnectedError():
            return NotNowError("it closed the connection without an answer")
        case aiohttp.ClientResponseError():
            return NotNowError("it did not answer in HTTP")
        case _:
            return NotNowError("the connection broke")
