"""The composition root: builds every part from the settings, runs them, stops them in order.

One task group holds all that runs. Stopped in this order: sources, inbox, engine, watchers (with a
close code), servers. A reload gives the running parts new zones, rules and tokens, and keeps the
old ones when the new configuration has a fault.
"""

import asyncio
import logging
import os
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from aiohttp import web

from config.edges import BrokerSettings
from config.edges import MqttSource as MqttSettings
from config.faults import ConfigError
from config.load import Loaded, load
from monitor.api.app import ApiContext, build_api
from monitor.api.readings import feed_readings, inbox_readings, mqtt_readings, stream_readings
from monitor.core.effects import Effects
from monitor.core.room import Room
from monitor.core.state import State
from monitor.engine import Engine
from monitor.ingest.codec import Limits as PayloadLimits
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed
from monitor.ingest.gate import LIVE_FUTURE_MS, RECORDED_FUTURE_MS, Gate
from monitor.ingest.inbox import Inbox
from monitor.ingest.source import Source
from monitor.people import People
from monitor.plans import Planned, make_plans
from monitor.publish import Publisher
from monitor.runtime.clock import Clock, EventClock, SystemClock
from monitor.runtime.telemetry import Telemetry
from monitor.tokens import Tokens
from monitor.transports.broker import embedded_broker
from monitor.transports.http import HttpLimits, events_route
from monitor.transports.mqtt import MqttOptions, MqttSource, MqttState
from ws.hub import Hub
from ws.server import StreamServer

log = logging.getLogger("citywatch")
alert_log = logging.getLogger("citywatch.alerts")

VERSION: Final = version("citywatch")

ENGINE_STUCK_S = 5.0  # an engine that did not wake for so long is not well
SETTLE_S = 5.0  # how long what waits in the inbox may take at the end


class Monitor:
    """Everything of one installation. `ports` is filled once all is up (`ready`)."""

    def __init__(
        self,
        loaded: Loaded,
        planned: Planned,
        *,
        clock: Clock | None = None,
        speed: float = 1.0,
        rng: random.Random | None = None,
    ) -> None:
        settings = loaded.settings
        self.settings = settings
        self._loaded = loaded
        self._rng = rng or random.Random()
        if clock is None:
            clock = EventClock() if settings.engine.clock == "events" else SystemClock()
        self.clock = clock
        self.state = State(planned.plans.values())
        # By the events' own clock a gap in the stream looks like the future.
        recorded = isinstance(clock, EventClock)
        self.gate = Gate(
            planned.plans,
            RECORDED_FUTURE_MS if recorded else LIVE_FUTURE_MS,
            Room(lambda: self.state),
        )
        self.dead_letters = DeadLetters()
        # Only where positions may be late without harm is a late one let go for a newer one.
        self.inbox = Inbox(
            settings.engine.inbox_max_events,
            settings.engine.batch_max_events,
            "block" if recorded else "latest",
        )
        self.publisher = Publisher(lambda: self.state, lambda: self.engine.now_ms())
        self.telemetry = Telemetry(VERSION)
        self.engine = Engine(
            self.state,
            self.inbox,
            clock,
            self._on_effects,
            self.telemetry.saw_step,
            speed=speed,
        )
        self.tokens = Tokens(settings.tokens)
        self.hub = Hub(
            epoch=secrets.token_hex(8),
            snapshot=self.publisher.snapshot,
            now_ms=self.engine.now_ms,
            limits=settings.stream.limits,
        )
        self.publisher.hub = self.hub
        self.sources: dict[str, Source] = {}
        self.feeds: dict[str, Feed] = {}
        self.ports: dict[str, int] = {}
        self.ready = asyncio.Event()
        self._measure()

    # --- running ------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; everything is up once `ready` is."""
        async with AsyncExitStack() as stack:
            await self._serve(stack)
            async with asyncio.TaskGroup() as tasks:
                engine = tasks.create_task(self.engine.run(), name="engine")
                beat = tasks.create_task(self._beat(), name="publisher")
                sources = [
                    tasks.create_task(source.run(self.feeds[name]), name=f"source {name}")
                    for name, source in self.sources.items()
                ]
                self.ready.set()
                await stop.wait()
                log.info("stopping: sources first, then what waits, then watchers")
                for task in sources:
                    task.cancel()
                await self._settle()
                for task in (engine, beat):
                    task.cancel()
            self.publisher.flush()

    async def _serve(self, stack: AsyncExitStack) -> None:
        """Open the ports: broker, API, stream; each closes with the stack."""
        settings = self.settings
        broker = settings.broker
        if broker.enabled:
            port = await stack.enter_async_context(
                embedded_broker(
                    broker.host,
                    broker.port,
                    username=broker.username,
                    password=None if broker.password is None else broker.password.reveal(),
                )
            )
            self.ports["mqtt"] = port
            self._add_mqtt("broker", _own_client(broker.host, port, broker))
        for name, source in settings.sources.items():
            self._add_mqtt(name, _options(source, self._loaded))
        self.ports["http"] = await stack.enter_async_context(self._api())
        server = StreamServer(
            self.hub,
            authenticate=self.tokens.identify,
            command=People(self.engine.submit, self.engine.now_ms, lambda: self.state.cities),
            cities=lambda: self.state.cities,
        )
        self.ports["stream"] = await stack.enter_async_context(
            server.serve(settings.stream.host, settings.stream.port)
        )

    def feed(self, name: str, limits: PayloadLimits | None = None) -> Feed:
        """A way in for a source of that name; rejected events are kept under it."""
        feed = Feed(
            name, self.inbox, self.gate, self.dead_letters, self.clock, limits or PayloadLimits()
        )
        self.feeds[name] = feed
        return feed

    def _add_mqtt(self, name: str, options: MqttOptions) -> None:
        self.sources[name] = MqttSource(options, self.clock, self._rng, name)
        self.feed(name, PayloadLimits(max_payload_bytes=options.max_payload_bytes))

    @asynccontextmanager
    async def _api(self) -> AsyncIterator[int]:
        http = self.settings.http
        limits = http.limits
        payload = PayloadLimits(limits.inflated_bytes, limits.events_per_request)
        events = events_route(
            self.feed("http", payload),
            self.clock,
            HttpLimits(
                max_body_bytes=limits.inflated_bytes,
                events_per_s=limits.events_per_s,
                burst_events=limits.burst_events,
            ),
        )
        api = build_api(
            ApiContext(
                state=lambda: self.state,
                now_ms=self.engine.now_ms,
                submit=self.engine.submit,
                dead_letters=self.dead_letters,
                authenticate=self.tokens.identify,
                readiness=self._parts(),
                telemetry=self.telemetry,
                clear_minutes=self.publisher.clear_times.of,
                heartbeat_age_s=self._heartbeat_age_s,
                extra_routes=(events,),
                max_body_bytes=limits.body_bytes,
                zone_metrics=http.zone_metrics,
                version=VERSION,
            )
        )
        runner = web.AppRunner(api, access_log=None, shutdown_timeout=SETTLE_S)
        await runner.setup()
        try:
            site = web.TCPSite(runner, http.host, http.port)
            await site.start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    def _measure(self) -> None:
        """Have `/metrics` read what the parts count."""
        add = self.telemetry.add
        add(lambda: inbox_readings(self.inbox))
        add(lambda: stream_readings(self.hub.stats))
        add(lambda: feed_readings({name: feed.counts for name, feed in self.feeds.items()}))
        add(lambda: mqtt_readings(self._brokers()))

    def _brokers(self) -> dict[str, MqttState]:
        sources = self.sources.items()
        return {name: one.state for name, one in sources if isinstance(one, MqttSource)}

    def _heartbeat_age_s(self) -> float:
        return asyncio.get_running_loop().time() - self.engine.counts.heartbeat_s

    def _parts(self) -> dict[str, Callable[[], tuple[bool, str]]]:
        """What must be well for the monitor to be ready, each in words."""

        def engine() -> tuple[bool, str]:
            age_s = self._heartbeat_age_s()
            return age_s < ENGINE_STUCK_S, f"last heartbeat {age_s:.1f} s ago"

        def inbox() -> tuple[bool, str]:
            return not self.inbox.is_full, f"{self.inbox.depth} events wait"

        parts: dict[str, Callable[[], tuple[bool, str]]] = {"engine": engine, "inbox": inbox}
        for name, source in self.sources.items():
            if isinstance(source, MqttSource):
                parts[f"source {name}"] = partial(_connected, source)
        return parts

    def _on_effects(self, effects: Effects) -> None:
        self.publisher.on_effects(effects)
        for change in effects.alerts:
            alert = change.alert
            if change.change in ("firing", "resolved", "severity"):
                # Each in its own words: no two of them count as one line repeated.
                alert_log.info(f"{change.change} {alert.severity} {alert.rule}: {alert.reason}")

    async def _beat(self) -> None:
        """Publish changed figures at a steady beat."""
        every_s = self.settings.engine.flush_ms / 1000
        while True:
            await asyncio.sleep(every_s)
            self.publisher.flush()

    async def _settle(self) -> None:
        """Let the engine take what is in the inbox; what it does not take is not acknowledged."""
        try:
            async with asyncio.timeout(SETTLE_S):
                while self.inbox.depth:  # noqa: ASYNC110 - once, at the end, a few times
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.warning("%d events were left in the inbox", self.inbox.depth)

    # --- reloading ----------------------------------------------------------------------------

    def reload(self, path: Path) -> bool:
        """Read the configuration anew; whether it was taken. A bad one changes nothing."""
        try:
            loaded = load(path, os.environ)
            planned = make_plans(loaded)
        except ConfigError as error:
            for fault in error.faults:
                log.error("reload refused: %s", fault)
            return False
        fixed = [
            name
            for name in ("http", "stream", "broker", "sources", "engine")
            if getattr(loaded.settings, name) != getattr(self.settings, name)
        ]
        if fixed:
            log.warning("reload: a change of %s needs a restart", ", ".join(fixed))
        self._loaded, self.settings = loaded, loaded.settings
        self.engine.replan(planned.plans.values())
        self.gate.replace_cities(planned.plans)
        self.tokens.replace(loaded.settings.tokens)
        log.info("reloaded %s: %d cities", path, len(planned.plans))
        return True


def _connected(source: MqttSource) -> tuple[bool, str]:
    state = source.state
    words = "connected" if state.connected else state.last_error or "not yet connected"
    return state.connected, words


def _own_client(host: str, port: int, broker: BrokerSettings) -> MqttOptions:
    return MqttOptions(
        host="127.0.0.1" if host in ("", "0.0.0.0") else host,
        port=port,
        protocol=4,
        # Nobody else's: on a broker in memory there is no session to come back to.
        client_id=f"citywatch-monitor-{secrets.token_hex(8)}",
        session_expiry_s=0,
        username=broker.username,
        password=None if broker.password is None else broker.password.reveal(),
    )


def _options(source: MqttSettings, loaded: Loaded) -> MqttOptions:
    """What the transport is told of a configured broker."""

    def path(name: str | None) -> str | None:
        return None if name is None else str(loaded.resolve(name))

    return MqttOptions(
        host=source.host,
        port=source.port,
        tls=source.tls,
        ca_file=path(source.ca_file),
        cert_file=path(source.cert_file),
        key_file=path(source.key_file),
        username=source.username,
        password=None if source.password is None else source.password.reveal(),
        client_id=source.client_id,
        session_expiry_s=source.session_expiry_s,
        protocol={"auto": "auto", "3.1.1": 4, "5": 5}[source.protocol],  # type: ignore[arg-type]
        prefix=source.prefix,
        max_payload_bytes=source.max_payload_bytes,
    )
