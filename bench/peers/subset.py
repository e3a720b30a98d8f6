"""What every peer does by the same rules: counts by zone, one judgement a second, output lines.

The subset of the contract that all programs of the comparison carry out (`README.md` beside this
file lists it), written the straightforward way with dicts. Standard library only, because each peer
runs it in an environment of its own. How events come in, how a point finds its zone and where state
is kept is each peer's own affair.
"""

import json
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

SECOND_MS = 1_000
OPEN_STATUSES = ("to_venue", "at_venue", "to_customer")


@dataclass(frozen=True)
class Case:
    """One comparison: where its files lie and the figures of the rule."""

    city: str
    zones: str  # a GeoJSON file
    zone_ids: list[str]  # in its order, which is the order of precedence
    events: str  # an NDJSON file
    every_ms: int
    stale_ms: int
    ratio_raise: float
    ratio_clear: float
    min_on_shift: int
    for_ms: int
    keep_ms: int

    @staticmethod
    def read(path: str) -> "Case":
        """The case that a JSON file holds."""
        return Case(**json.loads(Path(path).read_text()))

    def features(self) -> list[dict[str, Any]]:
        """The GeoJSON features of the zones."""
        found: list[dict[str, Any]] = json.loads(Path(self.zones).read_text())["features"]
        return found


class Count:
    """The figures of one zone."""

    __slots__ = ("busy", "idle", "open", "waiting")

    def __init__(self) -> None:
        self.idle = self.busy = self.open = self.waiting = 0


class Shortage:
    """The alert of one zone: nothing, pending, firing or clearing, and since when."""

    __slots__ = ("since_ms", "state")

    def __init__(self) -> None:
        self.state, self.since_ms = "", 0

    def judge(self, case: Case, ratio: float, on_shift: int, now_ms: int) -> str | None:
        """The new state if it is one to tell: `firing` or `resolved`."""
        if ratio >= case.ratio_raise and on_shift >= case.min_on_shift:
            if self.state == "":
                self.state, self.since_ms = "pending", now_ms
            elif self.state == "clearing":
                self.state = "firing"
            if self.state == "pending" and now_ms - self.since_ms >= case.for_ms:
                self.state = "firing"
                return "firing"
        elif self.state == "pending":
            self.state = ""
        elif ratio < case.ratio_clear:
            if self.state == "firing":
                self.state, self.since_ms = "clearing", now_ms
            if self.state == "clearing" and now_ms - self.since_ms >= case.keep_ms:
                self.state = ""
                return "resolved"
        elif self.state == "clearing":
            self.state = "firing"
        return None


class Board:
    """Counts and alerts of all zones, and the lines that tell them; the last count is no zone's."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.counts = [Count() for _ in range(len(case.zone_ids) + 1)]
        self._alerts = [Shortage() for _ in case.zone_ids]

    def judge(self, now_ms: int) -> list[str]:
        """The alerts that change at a whole second and, every minute, the figures, as lines."""
        case, lines = self._case, []
        for zone_id, count, alert in zip(case.zone_ids, self.counts, self._alerts, strict=False):
            on_shift = count.idle + count.busy
            ratio = count.open / max(on_shift, 1)
            told = alert.judge(case, ratio, on_shift, now_ms)
            if told is not None:
                value = round(ratio, 4) if told == "firing" else None
                lines.append(alert_line(case.city, zone_id, now_ms, told, value))
        if now_ms % case.every_ms == 0:
            for zone_id, c in zip(case.zone_ids, self.counts, strict=False):
                lines.append(
                    zone_line(case.city, zone_id, now_ms, c.idle, c.busy, c.open, c.waiting)
                )
        return lines


def alert_line(city: str, zone_id: str, ts: int, state: str, value: float | None) -> str:
    """One change of a shortage."""
    told = {"type": "alert", "ts": ts, "city": city, "rule": "zone_shortage", "zone_id": zone_id}
    return json.dumps({**told, "state": state, "value": value})


def zone_line(
    city: str, zone_id: str, ts: int, idle: int, busy: int, open_: int, waiting: int
) -> str:
    """The figures of one zone."""
    told = {"type": "zone", "ts": ts, "city": city, "zone_id": zone_id}
    return json.dumps({**told, "idle": idle, "busy": busy, "open": open_, "waiting": waiting})


class Seconds:
    """Which whole seconds are over once an event of a later time has come."""

    def __init__(self) -> None:
        self._next_ms: int | None = None
        self.now_ms = 0

    def before(self, ts: int) -> range:
        """The seconds to judge before an event of time `ts` is applied."""
        if self._next_ms is None:
            self._next_ms = -(-ts // SECOND_MS) * SECOND_MS
        over = range(self._next_ms, ts, SECOND_MS)
        self._next_ms += len(over) * SECOND_MS
        self.now_ms = max(self.now_ms, ts)
        return over

    def rest(self) -> range:
        """The seconds left when all events are in."""
        return self.before(self.now_ms + 1)


class Courier:
    """What is known of a courier."""

    __slots__ = ("kind", "status", "ts", "zone")

    def __init__(self) -> None:
        self.ts, self.zone, self.kind, self.status = -1, -1, "", "idle"


class City:
    """All state of a city in dicts of Python objects."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._board = Board(case)
        self._seconds = Seconds()
        self._couriers: dict[str, Courier] = {}
        self._fresh: OrderedDict[str, Courier] = OrderedDict()  # the longest unheard first
        self._venues: dict[str, int] = {}
        self._orders: dict[str, list[Any]] = {}  # zone, whether it waits
        self.events = 0

    def take(self, event: dict[str, Any], zone: int) -> list[str]:
        """Apply an event that lies in `zone`; what the seconds before it had to tell."""
        lines: list[str] = []
        for second in self._seconds.before(event["ts"]):
            lines += self._judge(second)
        self.events += 1
        if event["type"] == "courier.position":
            self._move(event, zone)
        else:
            self._change(event, zone)
        return lines

    def finish(self) -> list[str]:
        """What is left to tell when all events are in."""
        return [line for second in self._seconds.rest() for line in self._judge(second)]

    def _move(self, event: dict[str, Any], zone: int) -> None:
        courier_id = event["courier_id"]
        courier = self._couriers.get(courier_id)
        if courier is None:
            courier = self._couriers[courier_id] = Courier()
        if event["ts"] < courier.ts:
            return
        courier.ts = event["ts"]
        status = courier.status = event.get("status", courier.status)
        kind = "idle" if status == "idle" else "busy" if status in OPEN_STATUSES else ""
        if zone != courier.zone or kind != courier.kind:
            self._count(courier, -1)
            courier.zone, courier.kind = zone, kind
            self._count(courier, 1)
        self._fresh[courier_id] = courier
        self._fresh.move_to_end(courier_id)

    def _count(self, courier: Courier, by: int) -> None:
        count = self._board.counts[courier.zone]
        if courier.kind == "idle":
            count.idle += by
        elif courier.kind == "busy":
            count.busy += by

    def _change(self, event: dict[str, Any], zone: int) -> None:
        kind = event["type"]
        counts = self._board.counts
        if kind == "venue.updated":
            self._venues[event["venue_id"]] = zone
        elif kind == "order.placed":
            zone = self._venues[event["venue_id"]]
            self._orders[event["order_id"]] = [zone, True]
            counts[zone].open += 1
            counts[zone].waiting += 1
        elif kind == "order.assigned":
            order = self._orders[event["order_id"]]
            counts[order[0]].waiting -= order[1]
            order[1] = False
        elif kind in ("order.delivered", "order.cancelled"):
            zone, waiting = self._orders.pop(event["order_id"])
            counts[zone].open -= 1
            counts[zone].waiting -= waiting

    def _judge(self, now_ms: int) -> list[str]:
        while self._fresh:
            courier_id, courier = next(iter(self._fresh.items()))
            if now_ms - courier.ts <= self._case.stale_ms:
                break
            del self._fresh[courier_id]
            self._count(courier, -1)
            courier.kind = ""
        return self._board.judge(now_ms)


class Meter:
    """What a program used: to get ready, and from the first byte of input to the last line out."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def report(self, events: int, start_cpu_s: float = 0.0, work_cpu_s: float = 0.0) -> None:
        """Print the figures as one line of JSON; what servers used comes on top."""
        print(
            json.dumps(
                {
                    "events": events,
                    "start_cpu_s": self._cpu + start_cpu_s,
                    "cpu_s": time.process_time() - self._cpu + work_cpu_s,
                    "wall_s": time.perf_counter() - self._wall,
                    "peak_mb": peak_mb(),
                }
            )
        )


def peak_mb() -> float:
    """The most memory this process has held, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def arguments() -> tuple[Case, str]:
    """The case and the output file that a peer was started with."""
    return Case.read(sys.argv[1]), sys.argv[2]


def write(out: IO[str], lines: list[str]) -> None:
    """Lines to a file."""
    out.writelines(f"{line}\n" for line in lines)
