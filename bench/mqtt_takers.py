"""Who takes what comes from a broker, each in a process of its own: bare, our transport, all of it.

`python -m bench.mqtt_takers KIND PORT EVENTS MESSAGES` says `ready` once it is subscribed, and
at the end, as one line of JSON, how many messages came between the first and the last, in what time
and with how much CPU. Started by `bench/mqtt.py`.
"""

import asyncio
import json
import random
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.day import config_text
from bench.stamped import CITY
from config.load import load
from monitor.app import Monitor
from monitor.runtime.clock import SystemClock
from monitor.transports import mqtt_wire as wire
from monitor.transports.mqtt import MqttOptions, MqttSource
from monitor.wiring.plans import make_plans

READ: Final = 1 << 18
SMALL: Final = 1 << 15  # below it, the next read waits a little, as our transport's do
NAP_S: Final = 0.003
QUIET_S: Final = 5.0  # nothing for so long: what is lacking was lost
LOOK_S: Final = 0.002


class Count:
    """Messages, from the first one on."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.got = 0
        self._first = self._last = (0.0, 0.0)

    def at(self, got: int) -> bool:
        """So many have come by now; whether it is over, whole or not."""
        now = (time.perf_counter(), time.process_time())
        if got > self.got:
            if not self.got:
                self._first = now
            self.got, self._last = got, now
        return got >= self.expected or (got > 0 and now[0] - self._last[0] > QUIET_S)

    def tell(self, **more: float) -> None:
        """All of it, on standard output."""
        wall_s, cpu_s = (b - a for a, b in zip(self._first, self._last, strict=True))
        print(json.dumps({"got": self.got, "wall_s": wall_s, "cpu_s": cpu_s, **more}), flush=True)


def bare(port: int, count: Count) -> None:
    """A socket, and the least that finds where one message ends."""
    with socket.create_connection(("127.0.0.1", port)) as broker:
        broker.sendall(wire.connect(4, "bare", 0, 0))
        broker.recv(4)
        broker.sendall(wire.subscribe(4, 1, [f"citywatch/v1/{CITY}/couriers/#"]))
        broker.recv(5)
        broker.settimeout(QUIET_S)
        print("ready", flush=True)
        got, rest, over = 0, b"", False
        while not over:
            try:
                data = broker.recv(READ)
            except TimeoutError:
                data = b""
            buffer, at, acks = rest + data, 0, list[bytes]()
            end = len(buffer) - 4
            while at < end:
                length, body = buffer[at + 1], at + 2
                if length > 127:
                    length, body = length & 127 | buffer[body] << 7, body + 1
                    if length > 16_383:
                        length, body = length & 16_383 | buffer[body] << 14, body + 1
                if body + length > end + 4:
                    break
                if buffer[at] & 6:
                    topic = body + 2 + (buffer[body] << 8 | buffer[body + 1])
                    acks.append(buffer[topic : topic + 2])
                got += 1
                at = body + length
            rest = buffer[at:]
            if acks:
                broker.sendall(wire.pubacks(acks))
            over = count.at(got) or not data
            if len(data) < SMALL and not acks and not over:
                time.sleep(NAP_S)


async def transport(port: int, count: Count) -> None:
    """Our source, with a sink that throws away."""

    class Throw:
        got = 0

        async def take(self, payloads: Sequence[bytes]) -> None:
            self.got += len(payloads)

    sink = Throw()
    source = MqttSource(MqttOptions(port=port, session_expiry_s=0), SystemClock(), random.Random(1))
    task = asyncio.create_task(source.run(sink))
    while not source.state.connected:  # noqa: ASYNC110 - a state, not an event
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    while not count.at(sink.got):  # noqa: ASYNC110 - looked at, so that no message pays for it
        await asyncio.sleep(LOOK_S)
    task.cancel()


async def whole(port: int, count: Count, events: int, folder: Path) -> dict[str, float]:
    """The monitor with its engine, rules and journal, as `citywatch run` has it."""
    config = config_text(CITY, folder)
    with config.open("a") as file:
        file.write(
            f'[sources.main]\ntype = "mqtt"\nhost = "127.0.0.1"\nport = {port}\n'
            '[http]\nport = 0\n[stream]\nport = 0\n[store]\ntype = "none"\n'
            "[recording]\nenabled = false\n"
        )
    loaded = load(config, {})
    monitor, stop = Monitor(loaded, make_plans(loaded)), asyncio.Event()
    task = asyncio.create_task(monitor.run(stop))
    await monitor.ready.wait()
    source = monitor.inputs.sources["main"]
    assert isinstance(source, MqttSource)
    while not source.state.connected:  # noqa: ASYNC110 - a state, not an event
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    counts = monitor.engine.counts
    while not count.at(-(-counts.events // events)):  # noqa: ASYNC110 - as above
        await asyncio.sleep(LOOK_S)
    stop.set()
    await task
    return {
        "events_a_step": counts.events / counts.steps,
        "stale": monitor.state.tally.stale,
        "commits": monitor.recorder.batches,
        "conflated": monitor.inbox.counts.conflated,
    }


def main(kind: str, port: int, events: int, messages: int) -> None:
    """One taker, from its start to its end."""
    count = Count(messages)
    more: dict[str, float] = {}
    if kind == "bare":
        bare(port, count)
    elif kind == "transport":
        asyncio.run(transport(port, count))
    else:
        with tempfile.TemporaryDirectory() as folder:
            more = asyncio.run(whole(port, count, events, Path(folder)))
    count.tell(**more)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
