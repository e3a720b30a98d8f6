"""What comes in through a real Mosquitto, beside a bare client that throws the messages away.

Broker, publisher and taker are processes of their own. The publisher floods; three takers take
turns: a bare socket that only finds the ends of messages, our transport with nothing behind it, and
the whole monitor: decoded, let in, stepped, judged, in a journal on a file that nobody keeps.
Ratios are of rates, messages a second: the three processes share the machine's cores, so whatever
the taker spends the broker lacks.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

from bench.machine import cpu_s
from bench.measure import Record, as_they_come, compare, middle, progress
from tests.support.mosquitto import Mosquitto, mosquitto

SETTINGS: Final = ("allow_anonymous true", "max_inflight_messages 1000", "set_tcp_nodelay true")
# QoS, events a message, messages in a round
CASES: Final = ((0, 1, 400_000), (1, 1, 100_000), (0, 50, 20_000), (1, 50, 10_000))
ROUNDS: Final = 5
TAKERS: Final = {
    "bare": "a bare client that throws away",
    "transport": "our transport, thrown away behind it",
    "monitor": "the whole monitor",
}
DEADLINE_S: Final = 300.0

Figures = dict[str, Any]


def run(quick: bool = False) -> Iterator[Record]:
    """For each kind of messages a record of our transport and one of the monitor."""
    return as_they_come(_measure(quick))


async def _measure(quick: bool) -> AsyncIterator[Record]:
    for qos, events, messages in CASES:
        told = f"QoS {qos}, {events} event{'s' * (events > 1)} a message"
        if quick:
            messages //= 20
        seen: dict[str, list[Figures]] = {kind: [] for kind in TAKERS}
        for n in range(1 if quick else ROUNDS):
            progress(f"{told}, round {n + 1}")
            for kind in TAKERS:
                seen[kind].append(await _round(kind, qos, events, messages))
        for kind in ("transport", "monitor"):
            yield _record(told, kind, events, seen)


async def _round(kind: str, qos: int, events: int, messages: int) -> Figures:
    """One flood into one taker, over a broker of its own."""
    async with asyncio.timeout(DEADLINE_S):
        with tempfile.TemporaryDirectory() as folder:
            async with mosquitto(Path(folder), SETTINGS) as broker:
                return await _flooded(broker, kind, qos, events, messages)


async def _flooded(broker: Mosquitto, kind: str, qos: int, events: int, messages: int) -> Figures:
    taker = await _start("mqtt_takers", kind, broker.port, events, messages)
    try:
        assert taker.stdout is not None
        if await taker.stdout.readline() != b"ready\n":
            raise SystemExit(f"{TAKERS[kind]} did not come up")
        before_s = cpu_s(broker.pid)
        publisher = await _start("mqtt_load", "flood", broker.port, qos, events, messages)
        found: Figures = json.loads(await taker.stdout.readline())
        broker_s = cpu_s(broker.pid) - before_s
        out, _ = await publisher.communicate()
        await taker.wait()
    finally:
        if taker.returncode is None:
            taker.kill()
    sent = json.loads(out)
    wall_s = found["wall_s"]
    return found | {
        "rate": found["got"] / wall_s,
        "lost": 1 - found["got"] / messages,
        "broker": broker_s / wall_s,
        "publisher": sent["cpu_s"] / wall_s,
        "taker": found["cpu_s"] / wall_s,
    }


async def _start(module: str, *args: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"bench.{module}", *map(str, args), stdout=subprocess.PIPE
    )


def _record(told: str, kind: str, events: int, seen: dict[str, list[Figures]]) -> Record:
    bases, rounds = seen["bare"], seen[kind]
    pairs = compare([each["rate"] for each in bases], [each["rate"] for each in rounds])
    more: dict[str, object] = {
        "ratio_of": "messages a second",
        "events_per_s": round(pairs.variant_s * events),
        "base_events_per_s": round(pairs.base_s * events),
        "us_a_message": middle([1e6 * each["cpu_s"] / each["got"] for each in rounds]),
        "base_us_a_message": middle([1e6 * each["cpu_s"] / each["got"] for each in bases]),
        "share_of_a_core": {
            name: middle([each[name] for each in rounds])
            for name in ("broker", "publisher", "taker")
        },
        "lost": middle([each["lost"] for each in rounds]),
    }
    if kind == "monitor":
        more["events_a_step"] = middle([each["events_a_step"] for each in rounds])
        more["events_a_commit"] = middle(
            [each["got"] * events / each["commits"] for each in rounds]
        )
    return pairs.record(
        f"{told}: {TAKERS[kind]}",
        TAKERS["bare"],
        more,
        cpu_s=middle([each["cpu_s"] for each in rounds]),
    )
