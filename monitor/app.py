"""The composition root: builds every part from the settings, runs them, stops them in order.

One task group holds all that runs. It starts from what the store kept of the last life. Stopped in
this order: sources, inbox, engine, letters in hand, a last snapshot, watchers (with a close code),
servers, the store. A reload gives the running parts new zones, rules, bounds of actions and tokens,
and keeps the old ones when the new configuration has a fault.
"""

import asyncio
import logging
import os
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from aiohttp import web

from config.edges import FileSource
from config.faults import ConfigError
from config.load import Loaded, load
from monitor.api.app import ApiContext, build_api
from monitor.api.context import LiveMap
from monitor.brokers import LINES, followed, options_of, own_client
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
from monitor.keeper import Keeper, open_letters, recover
from monitor.opening import open_store
from monitor.outbound import Outbound, open_outbound
from monitor.past import Past, open_past
from monitor.people import People, acting
from monitor.plans import Planned, make_plans
from monitor.publish import Publisher
from monitor.recorder import Recorder
from monitor.runtime.beat import steady
from monitor.runtime.clock import Clock, EventClock, SystemClock
from monitor.runtime.stalls import Stalls
from monitor.runtime.telemetry import Telemetry
from monitor.serving import read_for_api
from monitor.store.port import Probe, StoreError, no_probe
from monitor.tokens import Tokens
from monitor.transports.broker import embedded_broker
from monitor.transports.http import HttpLimits, events_route
from monitor.transports.mqtt import MqttOptions, MqttSource
from monitor.trends import Trends
from monitor.vitals import Vitals
from ws.hub import Hub
from ws.server import StreamServer

log = logging.getLogger("citywatch")
alert_log = logging.getLogger("citywatch.alerts")

VERSION: Final = version("citywatch")

# The tables that only a restart changes.
FIXED: Final = (
    *("http", "stream", "map", "broker", "sources"),
    *("engine", "store", "recording", "targets"),
)

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
        probe: Probe = no_probe,
    ) -> None:
        settings = loaded.settings
        self.settings = settings
        self._loaded = loaded
        self._rng = rng or random.Random()
        if clock is None:
            clock = EventClock() if settings.engine.clock == "events" else SystemClock()
        self.clock = clock
        self._probe = probe
        self._plans = tuple(planned.plans.values())
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
            State(self._plans),
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
        self.trends = Trends()
        self.outbound: Outbound | None = None
        self.past: Past | None = None
        self.sources: dict[str, Source] = {}
        self.feeds: dict[str, Feed] = {}
        self.ports: dict[str, int] = {}
        self.ready = asyncio.Event()
        stalls = Stalls(self.telemetry.saw_lag)
        self.vitals = Vitals(
            self.engine, self.inbox, self.hub.stats, stalls, self.sources, self.feeds
        )
        self.vitals.measure(self.telemetry)

    @property
    def state(self) -> State:
        """All that is known; another object after a restart from the store."""
        return self.engine.state

    # --- running ------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; everything is up once `ready` is."""
        async with AsyncExitStack() as stack:
            await self._recover(stack)
            await self._serve(stack)
            outbound = await self._open_outbound(stack)
            async with asyncio.TaskGroup() as tasks:
                recorder = tasks.create_task(self.recorder.run(), name="recorder")
                keeper = tasks.create_task(self.keeper.run(), name="keeper")
                past = tasks.create_task(self.past.run(), name="past") if self.past else None
                letters = tasks.create_task(outbound.run(), name="outbound")
                engine = tasks.create_task(self.engine.run(), name="engine")
                flush_s = self.settings.engine.flush_ms / 1000
                beat = tasks.create_task(steady(flush_s, self._flush), name="publisher")
                # Couriers as columns, where they are watched so, have a beat of their own.
                frames = tasks.create_task(
                    steady(1 / self.hub.limits.frames_per_s, self.publisher.send_frames),
                    name="frames",
                )
                stalls = tasks.create_task(self.vitals.stalls.run(), name="stalls")
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
                for task in (engine, beat, frames, stalls, keeper):
                    task.cancel()
                await outbound.ledger.settle(SETTLE_S)
                letters.cancel()
                await self._save_last()
                recorder.cancel()
                if past is not None:
                    past.cancel()
            self.publisher.flush()

    async def _recover(self, stack: AsyncExitStack) -> None:
        """Open the store and go on from where the last life ended."""
        self.store = await open_store(stack, self._loaded, self._probe)
        recovered = await recover(self.store, self.engine, self._plans)
        self.recorder = Recorder(
            self.store,
            recovered.seq,
            recovered.batch,
            self._rng,
            self.settings.store.pending_max_mb << 20,
        )
        self.engine.recorder = self.recorder
        self.keeper = Keeper(
            self.store,
            self.recorder,
            lambda: self.state,
            lambda: self.settings.store,
            self.engine.now_ms,
        )
        self.vitals.recorder, self.vitals.keeper = self.recorder, self.keeper
        self.past = await stack.enter_async_context(
            open_past(self._loaded, lambda: [c.plan for c in self.state.cities.values()])
        )
        if self.past is not None:
            self.recorder.on_entries = self.past.recording.take
            self.keeper.on_snapshot = self.past.recording.offer
            self.telemetry.add(self.past.readings)
        self.engine.note(recovered.effects)

    async def _open_outbound(self, stack: AsyncExitStack) -> Outbound:
        self.outbound = await stack.enter_async_context(
            open_outbound(
                self._loaded,
                self.sources,
                self.store,
                self.recorder,
                self.engine.report,
                lambda: self.state,
                self.clock,
                self._rng,
                VERSION,
                self._probe,
            )
        )
        self.vitals.outbound = self.outbound
        postings, cancelled = await open_letters(self.store, self.state)
        self.outbound.take(postings)
        for action_id in cancelled:
            self.outbound.withdraw(action_id)
        return self.outbound

    async def _save_last(self) -> None:
        """All that was taken is durable, and the next start is quick; within a deadline."""
        try:
            async with asyncio.timeout(SETTLE_S):
                await self.recorder.durable()
                await self.keeper.save()
        except (TimeoutError, StoreError) as fault:
            log.warning("no last snapshot, the journal has all there is: %s", fault)

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
            self._add_mqtt("broker", own_client(broker.host, port, broker))
        places = await self.store.places()
        for name, source in settings.sources.items():
            if isinstance(source, FileSource):
                self.sources[name] = followed(name, source, self._loaded, places, self.recorder)
                self.feed(name, LINES)
            else:
                self._add_mqtt(name, options_of(source, self._loaded))
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
                readiness=self.vitals.parts(),
                telemetry=self.telemetry,
                clear_minutes=self.publisher.clear_times.of,
                heartbeat_age_s=self.vitals.heartbeat_age_s,
                extra_routes=(events,),
                max_body_bytes=limits.body_bytes,
                zone_metrics=http.zone_metrics,
                version=VERSION,
                audit=read_for_api(self.store.audit),
                postings=read_for_api(partial(self.store.postings, newest_first=True)),
                targets=self.vitals.targets,
                trend=self.trends.of,
                watchers=lambda city: acting(self.hub.watching(city)),
                past=self.past,
                page=self._live_map(),
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

    def _live_map(self) -> LiveMap:
        settings = self.settings.map
        tiles = settings.basemap_pmtiles
        return LiveMap(
            stream_port=lambda: self.ports.get("stream", self.settings.stream.port),
            settings=settings,
            tiles=None if tiles is None else self._loaded.resolve(tiles),
        )

    def _on_effects(self, effects: Effects) -> None:
        self.publisher.on_effects(effects)
        if self.outbound is not None:
            self.outbound.on_alerts(effects.alerts)
            for action_id in effects.withdrawn:
                self.outbound.withdraw(action_id)
        for change in effects.alerts:
            alert = change.alert
            if change.change in ("firing", "resolved", "severity"):
                # Each in its own words: no two of them count as one line repeated.
                alert_log.info(f"{change.change} {alert.severity} {alert.rule}: {alert.reason}")

    def _flush(self) -> None:
        """Publish changed figures, and keep how they go."""
        self.publisher.flush()
        self.trends.note(self.state.cities, self.engine.now_ms())

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
            name for name in FIXED if getattr(loaded.settings, name) != getattr(self.settings, name)
        ]
        if fixed:
            log.warning("reload: a change of %s needs a restart", ", ".join(fixed))
        self._loaded, self.settings = loaded, loaded.settings
        self.engine.replan(planned.plans.values())
        if self.past is not None:
            self.past.recording.want_point()
        self.gate.replace_cities(planned.plans)
        self.tokens.replace(loaded.settings.tokens)
        log.info("reloaded %s: %d cities", path, len(planned.plans))
        return True
