"""The composition root: builds every part from the settings, runs them, stops them in order.

One task group holds all that runs. It starts from what the store kept of the last life. Stopped in
this order: sources, inbox, engine, letters in hand, a last snapshot, watchers (with a close code),
servers, the store. A reload gives the running parts new zones, rules, bounds of actions and tokens,
and keeps the old ones when the new configuration has a fault.
"""

import asyncio
import logging
import random
import secrets
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from config.load import Loaded
from monitor.api.app import ApiContext, build_api
from monitor.core.effects import Effects
from monitor.core.room import Room
from monitor.core.state import State
from monitor.durable.keeper import Keeper, open_letters, recover
from monitor.durable.opening import open_store
from monitor.durable.recorder import Recorder
from monitor.engine import Engine
from monitor.ingest.codec import Limits as PayloadLimits
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import Feed
from monitor.ingest.gate import LIVE_FUTURE_MS, RECORDED_FUTURE_MS, Gate
from monitor.ingest.inbox import Inbox
from monitor.past.past import Past, open_past
from monitor.people import People, acting
from monitor.publish import Publisher
from monitor.refusals import Refusals
from monitor.runtime.beat import steady
from monitor.runtime.clock import Clock, EventClock, SystemClock
from monitor.runtime.stalls import Stalls
from monitor.runtime.telemetry import Telemetry
from monitor.store.port import Probe, no_probe
from monitor.tokens import Tokens
from monitor.trends import Trends
from monitor.wiring.inputs import Inputs
from monitor.wiring.outbound import Outbound, open_outbound
from monitor.wiring.plans import Planned
from monitor.wiring.reloading import read_anew
from monitor.wiring.serving import live_map, read_for_api, served, taking_events
from monitor.wiring.vitals import Vitals
from ws.hub import Hub
from ws.server import StreamServer

log = logging.getLogger("citywatch")
alert_log = logging.getLogger("citywatch.alerts")

VERSION: Final = version("citywatch")

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
        self.settings = self._begun_with = settings
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
        self.refusals = Refusals(lambda entry: self.recorder.note(entry))
        self.stream: StreamServer | None = None
        self.outbound: Outbound | None = None
        self.past: Past | None = None
        self.inputs = inputs = Inputs(self.inbox, self.gate, self.dead_letters, clock, self._rng)
        self.ports: dict[str, int] = {}
        self.ready = asyncio.Event()
        stalls = Stalls(self.telemetry.saw_lag)
        self.vitals = Vitals(
            self.engine, self.inbox, self.hub.stats, stalls, inputs.sources, inputs.feeds
        )
        self.vitals.measure(self.telemetry)

    @property
    def state(self) -> State:
        """All that is known; another object after a restart from the store."""
        return self.engine.state

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; everything is up once `ready` is."""
        async with AsyncExitStack() as stack:
            await self._recover(stack)
            await self._serve(stack)
            outbound = await self._open_outbound(stack)
            async with asyncio.TaskGroup() as tasks:
                recorder = tasks.create_task(self.recorder.run(), name="recorder")
                keeper = tasks.create_task(self.keeper.run(), name="keeper")
                refusals = tasks.create_task(self.refusals.run(), name="refusals")
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
                sources = self.inputs.start(tasks)
                self.ready.set()
                await stop.wait()
                log.info("stopping: sources first, then what waits, then watchers")
                for task in sources:
                    task.cancel()
                await self.inputs.settle(SETTLE_S)
                for task in (engine, beat, frames, stalls, keeper, refusals):
                    task.cancel()
                await outbound.ledger.settle(SETTLE_S)
                letters.cancel()
                self.refusals.end_minute()
                await self.keeper.save_last(SETTLE_S)
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

    async def _serve(self, stack: AsyncExitStack) -> None:
        """Open the ports: broker, API, stream; each closes with the stack."""
        places = await self.store.places()
        broker = await self.inputs.open(stack, self._loaded, places, self.recorder)
        if broker is not None:
            self.ports["mqtt"] = broker
        http, stream = self.settings.http, self.settings.stream
        api = build_api(self._api_parts())
        self.ports["http"] = await stack.enter_async_context(
            served(api, http.host, http.port, SETTLE_S)
        )
        self.stream = StreamServer(
            self.hub,
            authenticate=self.tokens.identify,
            command=People(
                self.engine.submit,
                self.engine.now_ms,
                lambda: self.state.cities,
                self.refusals.note,
            ),
            cities=lambda: self.state.cities,
        )
        self.ports["stream"] = await stack.enter_async_context(
            self.stream.serve(stream.host, stream.port)
        )

    def _api_parts(self) -> ApiContext:
        """Everything that the API reads, and the one way in for what people do."""
        http = self.settings.http
        return ApiContext(
            state=lambda: self.state,
            now_ms=self.engine.now_ms,
            submit=self.engine.submit,
            refused=self.refusals.note,
            dead_letters=self.dead_letters,
            authenticate=self.tokens.identify,
            readiness=self.vitals.parts(),
            telemetry=self.telemetry,
            clear_minutes=self.publisher.clear_times.of,
            heartbeat_age_s=self.vitals.heartbeat_age_s,
            extra_routes=(taking_events(self.inputs, http, self.clock),),
            max_body_bytes=http.limits.body_bytes,
            zone_metrics=http.zone_metrics,
            version=VERSION,
            audit=read_for_api(self.store.audit),
            postings=read_for_api(partial(self.store.postings, newest_first=True)),
            targets=self.vitals.targets,
            trend=self.trends.of,
            watchers=lambda city: acting(self.hub.watching(city)),
            past=self.past,
            page=live_map(
                self._loaded, lambda: self.ports.get("stream", self.settings.stream.port)
            ),
        )

    async def _open_outbound(self, stack: AsyncExitStack) -> Outbound:
        self.outbound = await stack.enter_async_context(
            open_outbound(
                self._loaded,
                self.inputs.sources,
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
        for action_id, of in cancelled:
            self.outbound.withdraw(action_id, of)
        return self.outbound

    def feed(self, name: str, limits: PayloadLimits | None = None) -> Feed:
        """A way in for events from elsewhere; rejected ones are kept under this name."""
        return self.inputs.feed(name, limits)

    def _on_effects(self, effects: Effects) -> None:
        self.publisher.on_effects(effects)
        if self.outbound is not None:
            self.outbound.on_alerts(effects.alerts)
            for action_id in effects.withdrawn:
                self.outbound.withdraw(action_id)
            for action_id, of in effects.recalled:
                self.outbound.withdraw(action_id, of)
        for change in effects.alerts:
            alert = change.alert
            if change.change in ("firing", "resolved", "severity"):
                # Each in its own words: no two of them count as one line repeated.
                alert_log.info(f"{change.change} {alert.severity} {alert.rule}: {alert.reason}")

    def _flush(self) -> None:
        """Publish changed figures, and keep how they go."""
        self.publisher.flush()
        self.trends.note(self.state.cities, self.engine.now_ms())

    def reload(self, path: Path) -> bool:
        """Read the configuration anew; whether it was taken. A bad one changes nothing."""
        found = read_anew(path, self._begun_with)
        if found is None:
            return False
        loaded, planned = found
        self._loaded, self.settings = loaded, loaded.settings
        self.engine.replan(planned.plans.values())
        if self.past is not None:
            self.past.recording.want_point()
        self.gate.replace_cities(planned.plans)
        self.tokens.replace(loaded.settings.tokens)
        if self.stream is not None:
            self.stream.sign_in_anew()
        log.info("reloaded %s: %d cities", path, len(planned.plans))
        return True
