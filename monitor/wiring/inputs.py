"""The ways in: what each configured source becomes, its feed, the embedded broker.

Used by the composition root, which starts the sources and stops them first of all.
"""

import asyncio
import logging
import random
from collections.abc import Mapping
from contextlib import AsyncExitStack

from config.edges import FileSource
from config.load import Loaded
from monitor.durable.recorder import Recorder
from monitor.ingest.codec import Limits
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed
from monitor.ingest.gate import Gate
from monitor.ingest.inbox import Inbox
from monitor.ingest.source import Source
from monitor.runtime.clock import Clock
from monitor.transports.broker import embedded_broker
from monitor.transports.mqtt import MqttOptions, MqttSource
from monitor.wiring.brokers import LINES, followed, options_of, own_client

log = logging.getLogger("citywatch")


class Inputs:
    """Every source with its feed into the inbox, by its name; made by `open`."""

    def __init__(
        self,
        inbox: Inbox,
        gate: Gate,
        dead_letters: DeadLetters,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.sources: dict[str, Source] = {}
        self.feeds: dict[str, Feed] = {}
        self._inbox = inbox
        self._gate = gate
        self._dead_letters = dead_letters
        self._clock = clock
        self._rng = rng

    async def open(
        self,
        stack: AsyncExitStack,
        loaded: Loaded,
        places: Mapping[str, str],
        recorder: Recorder,
    ) -> int | None:
        """Make the sources, which connect once they run; the port of the embedded broker, if any.

        `places`: how far files were read, as `recorder` kept it. Raises BrokerError.
        """
        port = await self._open_broker(stack, loaded)
        for name, source in loaded.settings.sources.items():
            if isinstance(source, FileSource):
                self.sources[name] = followed(name, source, loaded, places, recorder)
                self.feed(name, LINES)
            else:
                self._add_mqtt(name, options_of(source, loaded))
        return port

    def feed(self, name: str, limits: Limits | None = None) -> Feed:
        """A way in for a source of that name; rejected events are kept under it."""
        feed = Feed(
            name, self._inbox, self._gate, self._dead_letters, self._clock, limits or Limits()
        )
        self.feeds[name] = feed
        return feed

    def start(self, tasks: asyncio.TaskGroup) -> list["asyncio.Task[None]"]:
        """Let every source bring what it has, until its task is cancelled."""
        return [
            tasks.create_task(source.run(self.feeds[name]), name=f"source {name}")
            for name, source in self.sources.items()
        ]

    async def settle(self, within_s: float) -> None:
        """Let the engine take what is in the inbox; what it does not take is not acknowledged."""
        try:
            async with asyncio.timeout(within_s):
                while self._inbox.depth:  # noqa: ASYNC110 - once, at the end, a few times
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.warning("%d events were left in the inbox", self._inbox.depth)

    async def _open_broker(self, stack: AsyncExitStack, loaded: Loaded) -> int | None:
        broker = loaded.settings.broker
        if not broker.enabled:
            return None
        port = await stack.enter_async_context(
            embedded_broker(
                broker.host,
                broker.port,
                username=broker.username,
                password=None if broker.password is None else broker.password.reveal(),
            )
        )
        self._add_mqtt("broker", own_client(broker.host, port, broker))
        return port

    def _add_mqtt(self, name: str, options: MqttOptions) -> None:
        self.sources[name] = MqttSource(options, self._clock, self._rng, name)
        self.feed(name, Limits(max_payload_bytes=options.max_payload_bytes))
