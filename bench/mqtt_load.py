"""Positions to a broker by the hundred thousand: packets made beforehand, in a process of its own.

`python -m bench.mqtt_load flood|steady …` is started by `bench/mqtt.py` and `bench/latency.py`;
what was sent stands on its standard output as one line of JSON.
"""

import json
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.stamped import CITY, PHASES, Stamped, lines
from monitor.transports import mqtt_wire as wire

BURST: Final = 500  # packets written at once; with QoS 1 their answers are awaited
STEADY_S: Final = 0.002  # between two writes at a steady rate
EACH: Final = np.dtype([("first", "<i8"), ("count", "<i8"), ("ns", "<i8")])


def packets_of(qos: int = 0, events: int = 1) -> Stamped:
    """A PUBLISH packet for each courier, or for every `events` of them."""
    all_lines = lines()
    groups = [all_lines[at : at + events] for at in range(0, len(all_lines), events)]
    return Stamped([_packet(n, group, qos) for n, group in enumerate(groups)])


def _packet(n: int, group: Sequence[bytes], qos: int) -> bytes:
    payload = group[0] if len(group) == 1 else b"[" + b",".join(group) + b"]"
    topic = f"citywatch/v1/{CITY}/couriers/c{n:05d}"
    return wire.publish(4, topic, payload, n % BURST + 1 if qos else None)


def connected(port: int, name: str) -> socket.socket:
    """A publisher's connection, welcomed."""
    broker = socket.create_connection(("127.0.0.1", port))
    broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    broker.sendall(wire.connect(4, name, 0, 0))
    if broker.recv(4)[3:] != b"\0":
        raise SystemExit("the broker refused the publisher")
    return broker


def flood(port: int, qos: int, events: int, messages: int) -> None:
    """As fast as the broker takes them."""
    packets = packets_of(qos, events)
    burst = min(BURST, packets.count)
    with connected(port, "flood") as broker:
        began, used = time.monotonic(), time.process_time()
        for sent in range(0, messages, burst):
            at = sent % packets.count
            phase = sent // packets.count % PHASES
            broker.sendall(packets.take(at, burst, time.time_ns() // 1_000_000, phase))
            waiting = 4 * burst if qos else 0
            while waiting:
                waiting -= len(broker.recv(waiting))
        took, used = time.monotonic() - began, time.process_time() - used
        print(json.dumps({"wall_s": took, "cpu_s": used}), flush=True)
        broker.sendall(wire.DISCONNECT)
        broker.shutdown(socket.SHUT_WR)
        broker.recv(1)  # it has read all of it


def steady(port: int, rate: int, seconds: float, log: Path) -> None:
    """So many a second, one event a message; when each was sent goes into a file, for `sent_at`.

    What the publisher could not send in its time it sends as soon as it can.
    """
    packets = packets_of()
    sent, each = 0, list[tuple[int, int, int]]()
    with connected(port, "steady") as broker:
        began, used = time.monotonic(), time.process_time()
        while (passed := time.monotonic() - began) < seconds:
            due = int(passed * rate)
            while sent < due:
                at = sent % packets.count
                count = min(due - sent, packets.count - at, BURST)
                now_ns = time.time_ns()
                phase = sent // packets.count % PHASES
                broker.sendall(packets.take(at, count, now_ns // 1_000_000, phase))
                each.append((sent, count, now_ns))
                sent += count
            time.sleep(STEADY_S)
        took, used = time.monotonic() - began, time.process_time() - used
        broker.sendall(wire.DISCONNECT)
    np.array(each, EACH).tofile(log)
    print(json.dumps({"sent": sent, "wall_s": took, "cpu_s": used}), flush=True)


def sent_at(log: Path) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """When each position was handed to the broker's socket, ns since the epoch, in their order."""
    each = np.fromfile(log, EACH)
    return np.repeat(each["ns"], each["count"])


if __name__ == "__main__":
    kind, *args = sys.argv[1:]
    if kind == "flood":
        flood(*map(int, args))
    else:
        steady(int(args[0]), int(args[1]), float(args[2]), Path(args[3]))
