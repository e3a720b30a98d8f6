"""The target `webhook`: a letter as signed JSON to a program of the user's own.

docs/webhooks.md tells a receiver how to verify it and to let each key take effect once.
"""

import hashlib
import hmac
from typing import Final
from urllib.parse import quote

from alerts.letter import Letter
from config.targets import WebhookSettings
from monitor.delivery.addresses import Reach
from monitor.delivery.http import HttpClient
from monitor.delivery.payload import payload_of
from monitor.runtime.clock import Clock
from monitor.runtime.logs import Redactor

VERSION: Final = "v1"


def signature(secret: str, timestamp_ms: int, body: bytes) -> str:
    """`v1=` and the hexadecimal HMAC-SHA256 over the time, a full stop, and the body."""
    signed = b"%d." % timestamp_ms + body
    return f"{VERSION}={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class WebhookTarget:
    """Posts each letter as `payload_of` gives it, with its key and a signature of this moment."""

    def __init__(
        self, name: str, settings: WebhookSettings, http: HttpClient, clock: Clock
    ) -> None:
        self.name = name
        self._settings = settings
        self._http = http
        self._clock = clock
        self._reach = Reach(settings.allow_private, settings.allow_http)
        self._redact = Redactor([settings.secret.reveal()])

    async def deliver(self, letter: Letter) -> None:
        """One request; see the port."""
        settings = self._settings
        body = payload_of(letter)
        now_ms = self._clock.now_ms()
        headers = {
            # Ids come from outside and may hold what no header may; the body has the key as it is.
            "Citywatch-Key": quote(letter.key, safe=":@+,;="),
            "Citywatch-Timestamp": str(now_ms),
            "Citywatch-Key-Id": settings.key_id,
            "Citywatch-Signature": signature(settings.secret.reveal(), now_ms, body),
        }
        answer = await self._http.post(settings.url, body, self._reach, headers)
        answer.check(self._redact)
