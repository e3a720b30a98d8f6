"""How the parts of a running monitor do: `/readyz`, `/metrics` and the health of targets.

Reads what the parts count; the readings of the state itself are `api/readings.py`'s.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from alerts.letter import TargetHealth
from monitor.api.context import Ready
from monitor.api.readings import (
    counter,
    feed_readings,
    file_readings,
    gauge,
    inbox_readings,
    mqtt_readings,
    stall_readings,
    stream_readings,
)
from monitor.durable.keeper import Keeper
from monitor.durable.recorder import Recorder
from monitor.engine import Engine
from monitor.ingest.feed import Feed
from monitor.ingest.inbox import Inbox
from monitor.ingest.source import Source
from monitor.runtime.stalls import Stalls
from monitor.runtime.telemetry import Reading, Telemetry
from monitor.transports.follow import FollowedFile
from monitor.transports.mqtt import MqttSource
from monitor.wiring.outbound import Outbound
from ws.stats import Stats

S = TypeVar("S", bound=Source)

ENGINE_STUCK_S: Final = 5.0  # an engine that did not wake for so long is not well


@dataclass(slots=True)
class Vitals:
    """The parts that are looked at; those that come up later are set when they do."""

    engine: Engine
    inbox: Inbox
    stats: Stats
    stalls: Stalls
    sources: Mapping[str, Source]
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    recorder: Recorder | None = None
    keeper: Keeper | None = None
    outbound: Outbound | None = None

    def measure(self, telemetry: Telemetry) -> None:
        """Have `/metrics` read what the parts count."""
        add = telemetry.add
        add(lambda: inbox_readings(self.inbox))
        add(lambda: stream_readings(self.stats))
        add(lambda: stall_readings(self.stalls, asyncio.get_running_loop().time()))
        add(lambda: feed_readings({name: feed.counts for name, feed in self.feeds.items()}))
        add(lambda: mqtt_readings({s.name: s.state for s in self._of(MqttSource)}))
        add(lambda: file_readings({s.name: s.state for s in self._of(FollowedFile)}))
        add(self._store_readings)
        add(self._target_readings)

    def heartbeat_age_s(self) -> float:
        """How long ago the engine last woke."""
        return asyncio.get_running_loop().time() - self.engine.counts.heartbeat_s

    def parts(self) -> dict[str, Ready]:
        """What must be well for the monitor to be ready, each in words."""
        parts: dict[str, Ready] = {
            "engine": self._engine,
            "inbox": lambda: (not self.inbox.is_full, f"{self.inbox.depth} events wait"),
            "store": self._store,
        }
        for name, source in self.sources.items():
            if isinstance(source, MqttSource | FollowedFile):
                parts[f"source {name}"] = partial(_connected, source)
        return parts

    def targets(self) -> list[TargetHealth]:
        """How every target does."""
        if self.outbound is None:
            return []
        return list(self.outbound.ledger.health())

    def _engine(self) -> tuple[bool, str]:
        age_s = self.heartbeat_age_s()
        return age_s < ENGINE_STUCK_S, f"last heartbeat {age_s:.1f} s ago"

    def _store(self) -> tuple[bool, str]:
        if self.recorder is None:
            return False, "not open yet"
        failing = self.recorder.failing
        return failing is None, failing or f"{self.recorder.pending_bytes} bytes wait"

    def _of(self, kind: type[S]) -> list[S]:
        """The sources of a kind."""
        return [source for source in self.sources.values() if isinstance(source, kind)]

    def _store_readings(self) -> Iterator[Reading]:
        recorder, keeper = self.recorder, self.keeper
        if recorder is None or keeper is None:
            return
        yield gauge(
            "store_failing", "Whether it takes nothing.", (), {(): recorder.failing is not None}
        )
        yield gauge(
            "store_pending_bytes", "Not durable yet, about.", (), {(): recorder.pending_bytes}
        )
        yield counter("store_batches", "Batches made durable.", (), {(): recorder.batches})
        yield counter("store_bytes", "Bytes made durable, about.", (), {(): recorder.bytes})
        yield counter("snapshots", "Snapshots kept.", (), {(): keeper.taken})
        yield counter("snapshot_failures", "Snapshots not kept.", (), {(): keeper.failed})
        yield gauge("snapshot_bytes", "Size of the last one.", (), {(): keeper.last_bytes})
        yield gauge(
            "snapshot_hold_seconds",
            "How long the last one held the engine.",
            (),
            {(): keeper.last_hold_s},
        )
        yield gauge("snapshot_ts_ms", "Time of the last one, ms.", (), {(): keeper.last_ts})

    def _target_readings(self) -> Iterator[Reading]:
        targets = {(view.name,): view for view in self.targets()}
        for name, words in (
            ("tries", "Tries to deliver letters."),
            ("failures", "Tries that failed."),
            ("delivered", "Letters delivered."),
            ("dead", "Letters refused for good."),
            ("expired", "Letters whose time was over."),
            ("cancelled", "Letters withdrawn."),
            ("opened", "Times that the target was left alone for a while."),
        ):
            counts = {target: getattr(view, name) for target, view in targets.items()}
            yield counter(f"target_{name}", words, ("target",), counts)
        waiting = {target: view.waiting for target, view in targets.items()}
        yield gauge("target_waiting", "Letters that have not ended.", ("target",), waiting)
        shut = {target: view.breaker != "closed" for target, view in targets.items()}
        yield gauge("target_left_alone", "Whether it is left alone.", ("target",), shut)


def _connected(source: MqttSource | FollowedFile) -> tuple[bool, str]:
    state = source.state
    if not state.connected:
        return False, state.last_error or "not yet connected"
    behind = f", {source.state.lag_bytes} bytes behind" if isinstance(source, FollowedFile) else ""
    return True, f"connected{behind}"
