"""What it costs to receive one MQTT message: our client beside the libraries that were choices.

Lives here: a benchmark of its own, not of `citywatch bench`, since the libraries are not among
our dependencies: `pip install gmqtt==0.8.0 mqtt5==0.8.0 aiomqtt==2.5.1` first. A publisher process
floods the real Mosquitto; each client, in a process of its own, counts the messages and throws
them away. Run: `python -m bench.mqtt_clients` (about two minutes); the figures stand in
docs/decisions/0002-mqtt-client.md.
"""

import argparse
import asyncio
import importlib
import json
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from monitor.runtime.clock import SystemClock
from monitor.transports import mqtt_wire as wire
from monitor.transports.mqtt import MqttOptions, MqttSource
from tests.support.mosquitto import mosquitto

SETTINGS: Final = ("allow_anonymous true", "max_inflight_messages 1000")
FILTERS: Final = ["citywatch/v1/+/couriers/+", "citywatch/v1/+/city/+"]
BURST: Final = 500
END: Final = b"END"
CASES: Final = ((0, 1, 150_000), (1, 1, 50_000), (0, 50, 10_000))  # QoS, events, messages


class Count:
    """Counts messages from the first one to the end mark."""

    def __init__(self) -> None:
        self.messages = 0
        self.finished = asyncio.Event()
        self._wall_s = self._cpu_s = 0.0

    def add(self, payload: bytes) -> None:
        """One message."""
        if payload == END:
            self.finished.set()
        elif self.messages == 0:
            self.messages, self._wall_s, self._cpu_s = 1, time.perf_counter(), _cpu_s()
        else:
            self.messages += 1

    def figures(self, sent: int, events: int) -> dict[str, float]:
        """Rates in thousands a second, CPU as a share of a core and per message."""
        wall_s, cpu_s = time.perf_counter() - self._wall_s, _cpu_s() - self._cpu_s
        return {
            "got": self.messages / sent,
            "kmsg_s": self.messages / wall_s / 1e3,
            "kev_s": self.messages * events / wall_s / 1e3,
            "cpu": cpu_s / wall_s,
            "us_msg": cpu_s / self.messages * 1e6,
        }


async def ours(
    port: int, count: Count, publish: Callable[[], None], version: wire.Protocol
) -> None:
    """The source of this project."""

    class Throw:
        async def take(self, payloads: Sequence[bytes]) -> None:
            for payload in payloads:
                count.add(payload)

    options = MqttOptions(port=port, protocol=version, session_expiry_s=0)
    source = MqttSource(options, SystemClock(), random.Random(1))
    task = asyncio.create_task(source.run(Throw()))
    while not source.state.connected:  # noqa: ASYNC110  # a state, not an event
        await asyncio.sleep(0.01)
    publish()
    await count.finished.wait()
    task.cancel()


async def gmqtt(port: int, count: Count, publish: Callable[[], None]) -> None:
    """gmqtt, MQTT 5."""
    library = importlib.import_module("gmqtt")
    client = library.Client("bench")
    ready = asyncio.Event()

    def on_message(_client: Any, _topic: str, payload: bytes, _qos: int, _properties: Any) -> int:
        count.add(payload)
        return 0

    client.on_message = on_message
    client.on_subscribe = lambda *_: ready.set()
    await client.connect("127.0.0.1", port)
    client.subscribe([library.Subscription(name, qos=1) for name in FILTERS])
    await ready.wait()
    publish()
    await count.finished.wait()
    await client.disconnect()


async def aiomqtt(port: int, count: Count, publish: Callable[[], None]) -> None:
    """aiomqtt, on paho."""
    library = importlib.import_module("aiomqtt")
    async with library.Client("127.0.0.1", port) as client:
        await client.subscribe([(name, 1) for name in FILTERS])
        publish()
        async for message in client.messages:
            count.add(message.payload)
            if count.finished.is_set():
                return


async def mqtt5(port: int, count: Count, publish: Callable[[], None]) -> None:
    """mqtt5's packets with the least of a transport around them, MQTT 5."""
    library = importlib.import_module("mqtt5")
    ready = asyncio.Event()
    rest = b""

    class Bare(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            hello = library.ConnectPacket(client_id="bench", keep_alive=60, clean_start=True)
            transport.write(hello.write())

        def data_received(self, data: bytes) -> None:
            nonlocal rest
            buffer = memoryview(rest + data)
            acks: list[bytes] = []
            at = 0
            while at < len(buffer):
                try:
                    packet, size = library.read(buffer[at:])
                except IndexError:
                    break
                at += size
                self.on(packet, acks)
            rest = bytes(buffer[at:])
            self.transport.write(b"".join(acks))

        def on(self, packet: Any, acks: list[bytes]) -> None:
            if type(packet) is library.PublishPacket:
                count.add(packet.payload)
                if packet.packet_id is not None:
                    acks.append(library.PubAckPacket(packet.packet_id).write())
            elif type(packet) is library.ConnAckPacket:
                at_most = library.QoS(1)
                filters = [library.TopicFilter(name, max_qos=at_most) for name in FILTERS]
                self.transport.write(library.SubscribePacket(1, filters).write())
            elif type(packet) is library.SubAckPacket:
                ready.set()

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(Bare, "127.0.0.1", port)
    await ready.wait()
    publish()
    await count.finished.wait()
    transport.close()


CLIENTS: Final[dict[str, Callable[[int, Count, Callable[[], None]], Awaitable[None]]]] = {
    "ours 5": lambda port, count, publish: ours(port, count, publish, 5),
    "ours 3.1.1": lambda port, count, publish: ours(port, count, publish, 4),
    "mqtt5": mqtt5,
    "gmqtt": gmqtt,
    "aiomqtt": aiomqtt,
}


def flood(port: int, qos: int, events: int, messages: int) -> None:
    """The publisher: bursts of ready-made packets; with QoS 1 it awaits each burst's answers."""
    with socket.create_connection(("127.0.0.1", port)) as broker:
        broker.sendall(wire.connect(4, "flood", 60, 0))
        broker.recv(4)
        burst = b"".join(_message(n, qos, events) for n in range(BURST))
        for _ in range(messages // BURST):
            broker.sendall(burst)
            waiting = 4 * BURST if qos else 0
            while waiting:
                waiting -= len(broker.recv(waiting))
        broker.sendall(wire.publish(4, "citywatch/v1/riga/city/end", END, None))
        broker.shutdown(socket.SHUT_WR)
        broker.recv(1)


def _message(n: int, qos: int, events: int) -> bytes:
    fields: dict[str, Any] = {"type": "courier.position", "city": "riga", "ts": 1_700_000_000_000}
    fields |= {"courier_id": f"c{n:05}", "lat": 56.9496, "lon": 24.1052, "status": "idle"}
    payload = json.dumps(fields if events == 1 else [fields] * events).encode()
    return wire.publish(4, f"citywatch/v1/riga/couriers/c{n:05}", payload, n + 1 if qos else None)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _measure(name: str, port: int, qos: int, events: int, messages: int) -> None:
    count = Count()
    command = [
        sys.executable,
        "-m",
        "bench.mqtt_clients",
        "--flood",
        f"{port}:{qos}:{events}:{messages}",
    ]
    publishers: list[subprocess.Popen[bytes]] = []
    async with asyncio.timeout(120):
        await CLIENTS[name](port, count, lambda: publishers.append(subprocess.Popen(command)))
    figures = count.figures(messages, events)
    words = "  ".join(f"{key} {value:9.2f}" for key, value in figures.items())
    print(f"{name:11} qos {qos}  {events:2} events a message  {words}", flush=True)
    for publisher in publishers:
        publisher.wait()


async def _all(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with mosquitto(Path(folder), SETTINGS) as broker:
            for qos, events, messages in CASES:
                for _ in range(rounds):
                    for name in CLIENTS:
                        few = messages // 5 if name == "aiomqtt" else messages
                        what = f"{name}:{broker.port}:{qos}:{events}:{few}"
                        process = await asyncio.create_subprocess_exec(
                            sys.executable, "-m", "bench.mqtt_clients", "--client", what
                        )
                        await process.wait()


def main() -> None:
    """All clients in turn, or one part of it for the processes it starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--flood", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.flood:
        flood(*map(int, given.flood.split(":")))
    elif given.client:
        name, *numbers = given.client.split(":")
        asyncio.run(_measure(name, *map(int, numbers)))
    else:
        asyncio.run(_all(given.rounds))


if __name__ == "__main__":
    main()
