"""A recorded day through the same engine, in virtual time (contract, section 7).

The clock is the greatest `ts` so far. Written, as NDJSON in the order of virtual time: the figures
of every zone at every whole multiple of `every_s`, each change of an alert, each step of an action,
and a summary. Actions are planned and decided as they would have been, and nothing is sent: what
would have been counts as delivered. The same input and configuration give the same bytes, the
summary's `wall_s` aside.
"""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Final

import msgspec
from msgspec import structs

from alerts.action import Action
from alerts.alert import Alert
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.state import State
from monitor.core.stretch import Stretch
from monitor.core.tables.table import NEVER
from monitor.core.timeline import Timeline
from monitor.ingest.codec import Decoded, decode_recorded
from monitor.ingest.gate import RECORDED_FUTURE_MS, Gate
from monitor.runtime.clock import EventClock
from monitor.zone_lines import ZoneLines

_ENCODER: Final = msgspec.json.Encoder()


@dataclass(slots=True)
class Summary:
    """What a replay came to."""

    events: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    applied: int = 0
    stale: int = 0
    orphan: int = 0
    alerts: dict[str, int] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)  # begun, by kind
    first_ts: int | None = None
    last_ts: int | None = None
    wall_s: float = 0.0


class Replay:
    """One run over one recording."""

    def __init__(self, plans: Mapping[str, CityPlan], out: IO[bytes] | None, every_s: int) -> None:
        self.state = State(map(_dry, plans.values()))
        self.summary = Summary()
        self._out = out
        self._gate = Gate(plans, RECORDED_FUTURE_MS)
        self._clock = EventClock()
        self._timeline = Timeline(self.state, self._tell, every_s * 1000, self._tick)
        self._zones = {slug: ZoneLines(slug, plan.zones.ids) for slug, plan in plans.items()}
        self._started = time.perf_counter()

    def feed(self, chunk: bytes) -> None:
        """Take lines of the recording."""
        decoded = decode_recorded(chunk)
        summary = self.summary
        summary.events += decoded.count
        stretch = self._admitted(decoded)
        for bad in decoded.rejected:
            summary.rejected[bad.reason] = summary.rejected.get(bad.reason, 0) + 1
        if len(stretch):
            if summary.first_ts is None:
                summary.first_ts = int(stretch.ts[0])
            self._timeline.take(stretch)

    def _admitted(self, decoded: Decoded) -> Stretch:
        """What may come in, as columns; what may not joins the rejected."""
        stretch = Stretch(decoded.events)
        if len(stretch):
            first, latest = int(stretch.ts[0]), int(stretch.ts.max())
            if not self._gate.lets_recorded_in(stretch.cities, first, latest, self._clock):
                self._gate.admit_recorded(decoded, self._clock)
                return Stretch(decoded.events)
        return stretch

    def finish(self) -> Summary:
        """All is in: judge up to the last event's time, write the summary."""
        self._timeline.finish()
        summary, tally = self.summary, self.state.tally
        summary.applied, summary.stale, summary.orphan = tally.applied, tally.stale, tally.orphan
        if self.state.now_ms != NEVER:
            summary.last_ts = self.state.now_ms
        for city in self.state.cities.values():
            for rule, count in city.book.fired.items():
                summary.alerts[rule] = summary.alerts.get(rule, 0) + count
        summary.alerts = dict(sorted(summary.alerts.items()))
        summary.actions = dict(sorted(summary.actions.items()))
        summary.rejected = dict(sorted(summary.rejected.items()))
        summary.wall_s = round(time.perf_counter() - self._started, 3)
        if self._out is not None:
            self._out.write(_ENCODER.encode({"type": "summary", **_as_dict(summary)}) + b"\n")
        return summary

    def _tell(self, effects: Effects, _second_ms: int) -> None:
        for moved in effects.actions:
            if moved.change == "state" and len(moved.action.record) == 1:
                kind = moved.action.kind
                self.summary.actions[kind] = self.summary.actions.get(kind, 0) + 1
        if self._out is None:
            return
        for changed in effects.alerts:
            if changed.change not in ("mark", "clearing"):
                self._line(b"alert", changed.alert.updated_ts, changed.alert)
        for moved in effects.actions:
            if moved.change == "state":
                self._line(b"action", moved.action.updated_ts, moved.action)

    def _line(self, kind: bytes, ts: int, told: Alert | Action) -> None:
        assert self._out is not None
        body = _ENCODER.encode(told)
        self._out.write(b'{"type":"%b","ts":%d,%b\n' % (kind, ts, body[1:]))

    def _tick(self, now_ms: int) -> None:
        if self._out is not None:
            for slug, city in self.state.cities.items():
                self._out.write(self._zones[slug].at(city, now_ms))


def _dry(plan: CityPlan) -> CityPlan:
    """The same plan, with actions that are only thought of."""
    return dataclasses.replace(plan, actions=structs.replace(plan.actions, dry_run=True))


def _as_dict(summary: Summary) -> dict[str, object]:
    return {
        "events": summary.events,
        "applied": summary.applied,
        "stale": summary.stale,
        "orphan": summary.orphan,
        "rejected": summary.rejected,
        "alerts": summary.alerts,
        "actions": summary.actions,
        "first_ts": summary.first_ts,
        "last_ts": summary.last_ts,
        "wall_s": summary.wall_s,
    }


async def replay(
    chunks: Iterable[tuple[bytes, int]],
    plans: Mapping[str, CityPlan],
    out: IO[bytes] | None,
    *,
    every_s: int = 60,
    speed: float | None = None,
    on_progress: Callable[[int, Summary, int], None] | None = None,
) -> Summary:
    """Run a recording, as fast as it goes or at `speed` times its own pace.

    `chunks` are whole lines with the bytes of the file read so far, which `on_progress` hears
    together with the summary as it stands and the virtual time.
    """
    run = Replay(plans, out, every_s)
    began = time.monotonic()
    first_ms: int | None = None
    for chunk, read in chunks:
        if speed is None:
            run.feed(chunk)
        else:
            for line in chunk.splitlines(keepends=True):
                run.feed(line)
                now_ms = run.state.now_ms
                if first_ms is None and now_ms != NEVER:
                    first_ms = now_ms
                if first_ms is not None:
                    wait_s = (now_ms - first_ms) / 1000 / speed - (time.monotonic() - began)
                    if wait_s > 0.005:
                        if out is not None:
                            out.flush()
                        await asyncio.sleep(wait_s)
        if on_progress is not None:
            on_progress(read, run.summary, run.state.now_ms)
    return run.finish()
