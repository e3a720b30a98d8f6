"""A monitor as a process of its own for the tests of its page, and a city that the test plays.

`Server` can be killed and started again on the same ports and store. `Streets` is a city made by
hand, in which nothing happens but what a test says; its couriers and tablets go on reporting by
themselves, so that their feeds are not silent. `Ears` hears the monitor's letters on its broker.
Used by tests/browser.
"""

import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
from shapely.geometry import shape

from alerts.rules import RULES
from config.edges import BrokerSettings
from monitor.runtime.clock import SystemClock
from monitor.transports.mqtt import MqttOptions, MqttSource
from monitor.wiring.brokers import own_client
from sim.city import SimCity
from sim.settings import SimSettings
from sim.wire import encode
from tests.support.running import DEADLINE_S, ROOT, Running
from tests.support.servers import free_port

CITY: Final = "demo"
PATH: Final = f"/v1/cities/{CITY}"
ZONES: Final = ROOT / "config" / "demo" / "city.geojson"
# Each person's token is his name twice, long enough to look like one.
PEOPLE: Final = {"vera": "viewer", "wanda": "watcher", "walt": "watcher", "lea": "lead"}
REPORT_S: Final = 0.5
LIVE_S: Final = 0.25
PAST_MS: Final = 40 * 60_000
LONGEST_BATCH_MS: Final = 120_000

Json = dict[str, Any]


def token(name: str) -> str:
    """What a person signs in with."""
    return f"{name}-{name}-token"


def config(more: str = "", *, people: bool = True) -> str:
    """One city with an own broker and store, and people with roles; quick to judge."""
    tokens = "".join(
        f'[tokens.{name}]\ntoken = "{token(name)}"\nrole = "{role}"\n'
        for name, role in PEOPLE.items()
    )
    return f"""
[cities.{CITY}]
name = "Rivertown"
timezone = "Europe/Riga"
zones = "{ZONES}"
[store]
path = "city.db"
snapshot_s = 1
{tokens if people else ""}
{more}
"""


def now_ms() -> int:
    """The clock of events."""
    return time.time_ns() // 1_000_000


@dataclass
class Server:
    """`citywatch run` on ports of its own, which it keeps over `kill` and `start`."""

    folder: Path
    config: str
    bearer: str | None = token("lea")
    http: int = field(default_factory=free_port)
    stream: int = field(default_factory=free_port)
    mqtt: int = field(default_factory=free_port)
    _running: Running | None = None

    @property
    def monitor(self) -> Running:
        """What runs now."""
        assert self._running is not None
        return self._running

    @property
    def page(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.http}/"

    async def start(self) -> None:
        """Start it, again after a kill, and wait until all its parts are well."""
        path = self.folder / "city.toml"
        ports = {"http": self.http, "stream": self.stream, "broker": self.mqtt}
        tables = "".join(f"[{name}]\nport = {port}\n" for name, port in ports.items())
        path.write_text(f"{self.config}\n{tables}enabled = true\n")
        log = self.folder / "monitor.log"
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "monitor.cli"),
                *("run", "--config", str(path)),
                cwd=ROOT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        headers = {} if self.bearer is None else {"Authorization": f"Bearer {self.bearer}"}
        session = aiohttp.ClientSession(headers=headers)
        self._running = Running(process, self.http, self.stream, log, session)
        await self._running.until_ready()

    async def kill(self) -> None:
        """SIGKILL."""
        await self.monitor.session.close()
        await self.monitor.kill()

    def freeze(self) -> None:
        """It stands still, its sockets open."""
        self.monitor.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self.monitor.process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """SIGTERM, if it runs."""
        if self._running is not None:
            await self._running.session.close()
            await self._running.stop()


@asynccontextmanager
async def serving(
    folder: Path, text: str, bearer: str | None = token("lea")
) -> AsyncIterator[Server]:
    """A server that is ready; stopped at the end of the block."""
    server = Server(folder, text, bearer)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


def places() -> dict[str, tuple[float, float]]:
    """A point well inside each zone: lon, lat."""
    zones = json.loads(ZONES.read_text(encoding="utf-8"))["features"]
    points = {zone["id"]: shape(zone["geometry"]).representative_point() for zone in zones}
    return {name: (point.x, point.y) for name, point in points.items()}


def only(**rules: str) -> str:
    """No rule is judged but these, each with such settings."""
    lines = [f"[rules.{name}]\n{rules.get(name, 'enabled = false')}\n" for name in RULES]
    return "".join(lines)


class Streets:
    """A city of which the test says everything that happens."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._places = places()
        self.couriers: dict[str, Json] = {}
        self.venues: list[str] = []
        self.quiet: set[str] = set()  # streams that say nothing: couriers, venues
        self._turn = 0

    async def tell(self, *events: Json) -> None:
        """These events come in; each of them is taken."""
        stamp = {"city": CITY, "ts": now_ms()}
        lines = b"\n".join(json.dumps(stamp | event).encode() for event in events)
        answer = await self._server.monitor.post("/v1/events", lines)
        assert answer["rejected_count"] == 0, answer

    async def courier(self, courier_id: str, zone: str, status: str = "idle") -> None:
        """A courier is there from now on, and tells so."""
        self.couriers[courier_id] = {"zone": zone, "status": status}
        await self.tell(self._position(courier_id))

    async def couriers_at(self, zone: str, *names: str) -> None:
        """Several, idle."""
        for name in names:
            self.couriers[name] = {"zone": zone, "status": "idle"}
        await self.tell(*(self._position(name) for name in names))

    async def venue(self, venue_id: str, zone: str, name: str) -> None:
        """A venue opens."""
        lon, lat = self._places[zone]
        self.venues.append(venue_id)
        await self.tell(
            {"type": "venue.updated", "venue_id": venue_id, "lon": lon, "lat": lat, "name": name},
            {"type": "venue.status", "venue_id": venue_id, "status": "open"},
            {"type": "venue.heartbeat", "venue_id": venue_id},
        )

    async def orders(self, venue_id: str, zone: str, *order_ids: str, **more: Any) -> None:
        """So many are placed and accepted, to be brought to that zone."""
        lon, lat = self._places[zone]
        promised = now_ms() + 40 * 60_000
        placed = {
            "type": "order.placed",
            "venue_id": venue_id,
            "dropoff": {"lat": lat, "lon": lon},
            "promised_ts": promised,
        }
        accepted = {"type": "order.accepted"}
        await self.tell(
            *(placed | {"order_id": one} | more for one in order_ids),
            *(accepted | {"order_id": one, "ts": now_ms()} for one in order_ids),
        )

    async def delivered(self, *order_ids: str) -> None:
        """They are where they should be."""
        await self.tell(*({"type": "order.delivered", "order_id": one} for one in order_ids))

    async def keep(self) -> None:
        """Everybody reports as long as this runs; couriers wander by some metres."""
        while True:
            self._turn += 1
            events = [self._position(name) for name in self.couriers]
            beats = [{"type": "venue.heartbeat", "venue_id": one} for one in self.venues]
            told = [] if "couriers" in self.quiet else events
            told += [] if "venues" in self.quiet else beats
            if told:
                await self.tell(*told)
            await asyncio.sleep(REPORT_S)

    def _position(self, courier_id: str) -> Json:
        at = self.couriers[courier_id]
        lon, lat = self._places[at["zone"]]
        spread = random.Random(courier_id)
        east, north = spread.uniform(-1, 1), spread.uniform(-1, 1)
        wander = (self._turn % 8 - 4) / 8
        return {
            "type": "courier.position",
            "courier_id": courier_id,
            "lon": lon + 0.004 * east + 0.0006 * wander,
            "lat": lat + 0.002 * north,
            "status": at["status"],
        }


def reporting(streets: Streets) -> AbstractAsyncContextManager[None]:
    """The city's couriers and tablets report during the block."""
    return _beside(streets.keep())


class Ears:
    """Who hears the letters that the monitor sends to couriers and venues."""

    def __init__(self) -> None:
        self.letters: list[Json] = []
        self._came = asyncio.Event()

    async def take(self, payloads: Sequence[bytes]) -> None:
        """The source's sink."""
        self.letters += [json.loads(payload) for payload in payloads]
        self._came.set()

    async def until(self, **fields: str) -> Json:
        """The first letter with these fields, which may yet have to come."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                self._came.clear()
                for letter in self.letters:
                    if fields.items() <= letter.items():
                        return letter
                await self._came.wait()


@asynccontextmanager
async def listening(server: Server) -> AsyncIterator[Ears]:
    """Ears at the server's broker."""
    base = own_client("127.0.0.1", server.mqtt, BrokerSettings())
    options = MqttOptions(
        port=base.port, protocol=4, client_id="ears", session_expiry_s=0, streams=("push", "venue")
    )
    source = MqttSource(options, SystemClock(), random.Random(), "ears")
    ears = Ears()
    task = asyncio.create_task(source.run(ears))
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not source.state.connected:  # noqa: ASYNC110 - the source has no other way to say so
                await asyncio.sleep(0.02)
        yield ears
    finally:
        task.cancel()
        await asyncio.wait([task])


# --- a city that lives by itself


def busy_city(**more: Any) -> SimCity:
    """A simulated lunch, `PAST_MS` of which lie behind it when it is first told."""
    minute = now_ms() // 60_000 % 1440
    settings: dict[str, Any] = {
        "city": CITY,
        "seed": 7,
        "start_ms": now_ms() - PAST_MS,
        "couriers": 290,
        "venues": 90,
        "orders_per_hour": 420.0,
        # It is half past twelve there, whenever the test runs.
        "utc_offset_min": (12 * 60 + 30 - minute + 720) % 1440 - 720,
    }
    return SimCity(SimSettings(**(settings | more)))


async def catch_up(server: Server, city: SimCity, until_ms: int | None = None) -> None:
    """Tell all that happened up to then, or to now."""
    while city.now_ms < (end_ms := now_ms() if until_ms is None else until_ms):
        events = city.advance(min(city.now_ms + LONGEST_BATCH_MS, end_ms))
        if events:
            answer = await server.monitor.post("/v1/events", b"\n".join(map(encode, events)))
            assert answer["rejected_count"] == 0, answer


@asynccontextmanager
async def living(server: Server, city: SimCity) -> AsyncIterator[SimCity]:
    """The city's past is told; during the block it goes on."""

    async def go_on() -> None:
        while True:
            await asyncio.sleep(LIVE_S)
            await catch_up(server, city)

    await catch_up(server, city)
    async with _beside(go_on()):
        yield city


@asynccontextmanager
async def _beside(what: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """It runs during the block; a fault of it is raised at its end.

    Not one of its end: the loop stands still while tests of other loops run, so that whatever was
    asked of a server just before finds its deadline passed when it goes on to be cancelled.
    """
    task = asyncio.create_task(what)
    try:
        yield
    finally:
        is_over = task.done()
        task.cancel()
        await asyncio.wait([task])
    if is_over and not task.cancelled() and (fault := task.exception()) is not None:
        raise fault
