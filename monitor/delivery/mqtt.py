"""Letters as messages on an MQTT broker, QoS 1, over the connection that brings events.

Lives here: the topics. Does not live here: the connection (`monitor/transports/mqtt.py`, whose
`publish` the composition root hands in), the payload (`payload`).

| letter | topic |
|---|---|
| push | `{prefix}/{city}/push/{courier_id}` |
| venue | `{prefix}/{city}/venue/{venue_id}` |
| notice | `{prefix}/{city}/notice/{notice_id}` |
| drill | `{prefix}/drill` |

An id may hold what a level of a topic can't, or what brokers close a connection for. These
characters are percent-encoded in UTF-8, as in a URL: `/ + # %`, control characters (NUL, C0, DEL,
C1) and Unicode's non-characters. The payload has the id as it is.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, Literal, assert_never

from alerts.letter import Body, Drill, Letter, Notice, Push, VenueOrder
from monitor.delivery.payload import payload_of
from monitor.delivery.target import NotNowError

_NON_CHARACTERS: Final = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF)
)
_UNFIT: Final = re.compile(f"[/+#%\x00-\x1f\x7f-\x9f{_NON_CHARACTERS}]")


class MqttTarget:
    """A broker, through `publish(topic, payload, 1)`, which returns once the broker has it and
    raises `fault` when it does not: not connected, refused, no acknowledgement in time."""

    def __init__(
        self,
        name: str,
        publish: Callable[[str, bytes, Literal[1]], Awaitable[None]],
        fault: type[Exception],
        prefix: str = "citywatch/v1",
    ) -> None:
        self.name = name
        self._publish = publish
        self._fault = fault
        self._prefix = prefix

    async def deliver(self, letter: Letter) -> None:
        """Returns once the broker has the letter; raises NotNowError."""
        try:
            await self._publish(topic_of(self._prefix, letter.body), payload_of(letter), 1)
        except self._fault as fault:
            raise NotNowError(str(fault)) from fault


def topic_of(prefix: str, body: Body) -> str:
    """Where a letter's message goes."""
    match body:
        case Push():
            levels = (body.city, "push", body.courier_id)
        case VenueOrder():
            levels = (body.city, "venue", body.venue_id)
        case Notice():
            levels = (body.city, "notice", body.notice_id)
        case Drill():
            return f"{prefix}/drill"
        case _:
            assert_never(body)
    return "/".join((prefix, *map(level, levels)))


def level(name: str) -> str:
    """A name as one level of a topic; different names stay different."""
    return _UNFIT.sub(_encoded, name)


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())
