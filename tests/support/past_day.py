"""A simulated lunch of the demo's city through the engine with a store and a recording beside it.

What a watcher would have been shown is kept at some moments, to be held against what is played.
The clock is virtual: it takes some seconds.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

import config
from alerts.letter import Letter
from alerts.mute import Matcher
from config.load import load
from config.store import RecordingSettings, StoreSettings
from monitor.core.commands import AckAlert, ClaimAlert, Command, NoteAlert, Silence
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.reports import DeliveryReport
from monitor.core.state import State
from monitor.durable.keeper import Keeper
from monitor.durable.recorder import Recorder
from monitor.engine import Engine
from monitor.ingest.inbox import Inbox
from monitor.past.recording import Recording
from monitor.publish import Publisher
from monitor.runtime.clock import Clock, EventClock, VirtualClock
from monitor.store.sqlite import open_sqlite
from monitor.wiring.plans import make_plans
from sim.city import SimCity
from sim.faults import parse_fault
from sim.settings import SimSettings
from sim.town import quarters_of
from tests.support.waiting import until
from ws.messages import LAYERS

Json = dict[str, Any]
Held = dict[str, dict[str, Json]]  # by layer and key

CITY: Final = "demo"
KEYS: Final = {
    "zones": "zone_id",
    "alerts": "id",
    "actions": "id",
    "venues": "venue_id",
    "orders": "order_id",
    "couriers": "courier_id",
}
STEP_MS: Final = 5_000
MINUTE: Final = 60_000
PERSON: Final = "anna"


def demo_plan() -> CityPlan:
    """The plan of the demo's city, its letters going to a target."""
    loaded = load(Path(config.__file__).parent / "demo" / "city.toml", {})
    plan = make_plans(loaded).plans[CITY]
    actions = plan.actions
    return replace(
        plan,
        actions=msgspec.structs.replace(
            actions,
            push_couriers=msgspec.structs.replace(actions.push_couriers, targets=("t",)),
            pause_venue=msgspec.structs.replace(actions.pause_venue, targets=("t",)),
            warn_support=msgspec.structs.replace(actions.warn_support, levels=(("t",),)),
        ),
    )


def sim_city(plan: CityPlan, **more: Any) -> SimCity:
    """A lunch that is too much for its couriers, with a kitchen that stands still."""
    centre, quarters = quarters_of(plan.zones)
    settings: dict[str, Any] = {
        "city": CITY,
        "couriers": 60,
        "venues": 30,
        "orders_per_hour": 240,
        "centre": centre,
        "quarters": quarters,
        "faults": (parse_fault("stalled-venue@+5m+20m"), parse_fault("crowd@+10m+20m")),
    }
    # Noon in Riga.
    settings["start_ms"] = 1_740_987_000_000 + 150 * MINUTE
    return SimCity(SimSettings(**settings | more))


def shown(publisher: Publisher, city: str = CITY) -> Held:
    """What a watcher who subscribes now is shown."""
    return {
        layer: {
            item.key: msgspec.json.decode(item.body) for item in publisher.snapshot(city, layer)
        }
        for layer in LAYERS
    }


@dataclass
class Day:
    """What is left of the lunch."""

    plan: CityPlan
    folder: Path
    start_ms: int
    end_ms: int = 0
    looks: dict[int, Held] = field(default_factory=dict)
    acked: Json = field(default_factory=dict)
    state: State | None = None


class Stage:
    """The parts that record, put together as `app` does, with a clock to be moved."""

    def __init__(self, day: Day, clock: Clock) -> None:
        self.day = day
        self.clock = clock
        self.inbox = Inbox(capacity=1_000_000, batch=100_000)
        self.letters: list[Letter] = []
        self.engine = Engine(State([day.plan]), self.inbox, clock, self._told)
        self.publisher = Publisher(lambda: self.engine.state, self.engine.now_ms)
        self.taken = 0

    def _told(self, effects: Effects) -> None:
        self.publisher.on_effects(effects)
        self.letters += effects.letters

    async def take(self, city: SimCity, to_ms: int) -> None:
        """All that happens up to a time; what was written is delivered."""
        events = city.advance(to_ms)
        if isinstance(self.clock, VirtualClock):
            self.clock.set(to_ms)
        elif isinstance(self.clock, EventClock):
            for event in events:
                self.clock.see(event.ts)
        self.taken += len(events)
        await self.inbox.put(events)
        await until(lambda: self.engine.counts.events == self.taken, "all is applied")
        letters, self.letters = self.letters, []
        for letter in letters:
            self.engine.report(
                DeliveryReport(
                    city=letter.city,
                    ts=self.engine.now_ms(),
                    action_id=letter.action_id,
                    of=letter.of,
                    to=letter.to,
                    outcome="delivered",
                )
            )

    async def work(self, command: Command) -> None:
        """What a person does, accepted."""
        outcome = await self.engine.submit(command)
        assert outcome.ok, outcome


async def record_day(
    folder: Path, clock: Clock, *, minutes: int = 40, point_min: float = 10, **more: Any
) -> Day:
    """The lunch; a look each five minutes, a snapshot each two."""
    plan = demo_plan()
    city = sim_city(plan, **more)
    day = Day(plan, folder / "recording", city.now_ms)
    if isinstance(clock, VirtualClock):
        clock.set(city.now_ms)
    recording = Recording(day.folder, RecordingSettings(point_min=point_min))
    stage = Stage(day, clock)
    engine = stage.engine
    async with open_sqlite(folder / "citywatch.db") as store, asyncio.TaskGroup() as tasks:
        recorder = Recorder(store, 0, 0, random.Random(1), 1 << 30)
        keeper = Keeper(store, recorder, lambda: engine.state, StoreSettings, engine.now_ms)
        engine.recorder = recorder
        recorder.on_entries = recording.take
        keeper.on_snapshot = recording.offer
        running = [tasks.create_task(recorder.run()), tasks.create_task(engine.run())]
        await keeper.save()
        await recording.flush()
        for step in range(1, minutes * MINUTE // STEP_MS + 1):
            now_ms = day.start_ms + step * STEP_MS
            await stage.take(city, now_ms)
            if step * STEP_MS % (2 * MINUTE) == 0:
                await keeper.save()
                await recording.flush()
            if step * STEP_MS % (5 * MINUTE) == 0:
                day.looks[engine.now_ms()] = shown(stage.publisher)
            if not day.acked and step * STEP_MS > 22 * MINUTE:
                await _people_act(stage)
        day.end_ms = engine.now_ms()
        day.state = engine.state
        await recorder.durable()
        for task in running:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*running)
    await recording.finish()
    return day


async def _people_act(stage: Stage) -> None:
    """Anna acknowledges the oldest alert that fires, claims it, notes something, hides a rule."""
    firing = [a for a in stage.engine.state.cities[CITY].book.living() if a.state == "firing"]
    if not firing:
        return
    now_ms, alert = stage.engine.now_ms(), firing[0]
    stage.day.acked = {"id": alert.id, "ts": now_ms}
    await stage.work(AckAlert(CITY, now_ms, PERSON, alert.id))
    await stage.work(ClaimAlert(CITY, now_ms, PERSON, alert.id))
    await stage.work(NoteAlert(CITY, now_ms, PERSON, alert.id, "looking"))
    late, until_ms = (Matcher("rule", "order_late"),), now_ms + 20 * MINUTE
    await stage.work(Silence(CITY, now_ms, PERSON, late, until_ms, "known"))


def lines(told: bytes) -> list[Json]:
    """NDJSON, decoded."""
    return [msgspec.json.decode(line) for line in told.splitlines()]


def put(held: Held, message: Json) -> None:
    """What a page does with a message of the stream."""
    if message["type"] == "snapshot":
        for layer, items in message["layers"].items():
            if message["part"] == 1:
                held[layer] = {}
            held[layer] |= {item[KEYS[layer]]: item for item in items}
    elif message["type"] == "delta":
        layer = message["layer"]
        held[layer] |= {item[KEYS[layer]]: item for item in message["items"]}
        for key in message["gone"]:
            held[layer].pop(key, None)
        if layer == "alerts":
            held[layer] = {k: a for k, a in held[layer].items() if a["state"] != "resolved"}
