"""Plays a simulated city against a clock and hands over its events as messages.

The one file of `sim` that knows asyncio. Where the messages go is the caller's affair: an
awaitable takes each batch, be it a publisher on a broker or the monitor's own inbox. Used by the
demo and by benchmarks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NamedTuple

from monitor.core.events import Event
from sim.city import SimCity
from sim.wire import encode, stream_and_entity

# How often the city is asked for what is new, in ms of the wall clock.
TICK_MS: Final = 200
# At most this much of the city's time goes into one batch, so that a fast or late city does not
# hold the event loop for long.
LONGEST_BATCH_MS: Final = 5_000


class Message(NamedTuple):
    """One or more events about one entity: the MQTT topic and the JSON payload."""

    topic: str
    payload: bytes


Deliver = Callable[[Sequence[Message]], Awaitable[None]]


def messages(city: str, events: Iterable[Event]) -> list[Message]:
    """Events as messages, one for each entity, in the order of each entity's first event.

    A single event is sent as an object, several as an array. What goes into one call loses its
    order between entities, not within one.
    """
    bundles: dict[tuple[str, str], list[bytes]] = {}
    for event in events:
        bundles.setdefault(stream_and_entity(event), []).append(encode(event))
    return [
        Message(
            f"citywatch/v1/{city}/{stream}/{entity}",
            lines[0] if len(lines) == 1 else b"[" + b",".join(lines) + b"]",
        )
        for (stream, entity), lines in bundles.items()
    ]


class FastClock:
    """Time that runs `speed` times as fast as `monotonic_s`, from `start_ms` on.

    The monitor that watches a city at a speed other than 1 must go by the same clock, or it will
    take the city's events for the future's.
    """

    def __init__(self, start_ms: int, speed: float, monotonic_s: Callable[[], float]) -> None:
        if not 0.0 < speed <= 10_000.0:
            raise ValueError(f"the speed must lie above 0 and up to 10000, not {speed:g}")
        self._start_ms = start_ms
        self._speed = speed
        self._monotonic_s = monotonic_s
        self._began_s = monotonic_s()

    def now_ms(self) -> int:
        """Ms since the epoch."""
        return self._start_ms + int((self._monotonic_s() - self._began_s) * 1000.0 * self._speed)


class SimFeed:
    """Keeps a city up with a clock and delivers what happens in it."""

    def __init__(
        self,
        city: SimCity,
        deliver: Deliver,
        now_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tick_ms: int = TICK_MS,
    ) -> None:
        self._city = city
        self._deliver = deliver
        self._now_ms = now_ms
        self._sleep = sleep
        self._tick_s = tick_ms / 1000.0
        self.events = 0
        self.messages = 0

    async def run(self) -> None:
        """Deliver until cancelled; while `deliver` holds up, the city waits and then catches up."""
        while True:
            await self.catch_up()
            await self._sleep(self._tick_s)

    async def catch_up(self) -> None:
        """Deliver everything up to the clock's present."""
        city = self._city
        while True:
            behind = self._now_ms() - city.now_ms
            if behind < 0:
                return
            events = city.advance(city.now_ms + min(behind, LONGEST_BATCH_MS))
            if events:
                batch = messages(city.settings.city, events)
                self.events += len(events)
                self.messages += len(batch)
                await self._deliver(batch)
            if behind <= LONGEST_BATCH_MS:
                return
            await self._sleep(0.0)
