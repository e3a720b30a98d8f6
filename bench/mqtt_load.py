"""Positions to a broker by the hundred thousand: packets made beforehand, in a process of its own.

Only the time and the place of a position are written into its packet before it is sent, a slice of
packets at once by numpy: a publisher must not take the core from what is measured. `python -m
bench.mqtt_load flood|steady …` is started by `bench/mqtt.py` and `bench/latency.py`; what was sent
stands on its standard output as one line of JSON.
"""

import json
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from monitor.transports import mqtt_wire as wire

CITY: Final = "bench"
COURIERS: Final = 20_000
BURST: Final = 500  # packets written at once; with QoS 1 their answers are awaited
# A courier rides through so many places, one a report, and begins anew: where he is tells which
# report was seen. A metre and a third from one to the next.
PHASES: Final = 8
PHASE_DEG: Final = 1.2e-5
STEADY_S: Final = 0.002  # between two writes at a steady rate
EACH: Final = np.dtype([("first", "<i8"), ("count", "<i8"), ("ns", "<i8")])


def places(couriers: int = COURIERS) -> tuple[list[float], list[float]]:
    """Longitudes and latitudes at which the couriers begin, within the zones of `bench.day`."""
    rng = np.random.default_rng(3)
    lon = 24.02 + rng.random(couriers) * 0.18
    lat = 56.92 + rng.random(couriers) * 0.06
    return lon.round(6).tolist(), lat.round(4).tolist()


class Packets:
    """A PUBLISH packet for each courier, or for every `events` of them."""

    def __init__(self, couriers: int = COURIERS, qos: int = 0, events: int = 1) -> None:
        lon, lat = places(couriers)
        lines = [
            b'{"type":"courier.position","city":"%b","ts":%013d,"courier_id":"c%05d","lat":%.6f,'
            b'"lon":%.6f,"status":"idle","accuracy_m":5.0}' % (CITY.encode(), 0, row, lat, lon)
            for row, (lon, lat) in enumerate(zip(lon, lat, strict=True))
        ]
        packets = [_packet(lines[at : at + events], at, qos) for at in range(0, couriers, events)]
        self.count = len(packets)
        self.size = len(packets[0])
        self._bytes = np.frombuffer(b"".join(packets), np.uint8).reshape(self.count, -1).copy()
        self._ts_at = _after(packets[0], b'"ts":')
        self._phase_at = [at + 7 for at in _after(packets[0], b'"lat":')]  # the last two digits

    def stamped(self, first: int, count: int, ts_ms: int, phase: int) -> memoryview:
        """The bytes of packets that lie side by side, with the time and the place in them."""
        slice_ = self._bytes[first : first + count]
        ts = np.frombuffer(b"%013d" % ts_ms, np.uint8)
        digits = np.frombuffer(b"%02d" % round(phase * PHASE_DEG * 1e6), np.uint8)
        for at in self._ts_at:
            slice_[:, at : at + 13] = ts
        for at in self._phase_at:
            slice_[:, at : at + 2] = digits
        return slice_.data.cast("B")


def _packet(lines: Sequence[bytes], row: int, qos: int) -> bytes:
    payload = lines[0] if len(lines) == 1 else b"[" + b",".join(lines) + b"]"
    packet_id = row // len(lines) % BURST + 1 if qos else None
    return wire.publish(4, f"citywatch/v1/{CITY}/couriers/c{row:05d}", payload, packet_id)


def _after(packet: bytes, mark: bytes) -> list[int]:
    """Where what follows each of the marks begins."""
    found, at = list[int](), packet.find(mark)
    while at >= 0:
        found.append(at + len(mark))
        at = packet.find(mark, at + 1)
    return found


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
    packets = Packets(qos=qos, events=events)
    burst = min(BURST, packets.count)
    with connected(port, "flood") as broker:
        began, used = time.monotonic(), time.process_time()
        for sent in range(0, messages, burst):
            at = sent % packets.count
            phase = sent // packets.count % PHASES
            broker.sendall(packets.stamped(at, burst, time.time_ns() // 1_000_000, phase))
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
    packets = Packets()
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
                broker.sendall(packets.stamped(at, count, now_ns // 1_000_000, phase))
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
