"""From publish to WebSocket, live: positions through a real Mosquitto, one event a message.

Processes of their own: Mosquitto, `citywatch run`, a publisher that keeps a steady rate, and (this
one) a watcher subscribed to all couriers. An event carries the millisecond at which it was handed
to the broker's socket; its latency is told when the watcher has decoded the delta that holds it.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np

from bench.day import config_text
from bench.machine import cpu_s, peak_mb
from bench.measure import Record
from bench.watcher import watch_couriers
from monitor.runtime.clock import SystemClock
from monitor.transports.mqtt import MqttOptions, MqttSource

RATE = 20_000
COURIERS = 20_000
SECONDS = 20
WARM_S = 5
BEAT_S = 0.01


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run() -> list[Record]:
    """One record with the percentiles, and each process's share of a core."""
    with tempfile.TemporaryDirectory() as folder:
        return [asyncio.run(_measure(Path(folder)))]


async def _measure(folder: Path) -> Record:
    mqtt, http, stream = free_port(), free_port(), free_port()
    conf = folder / "mosquitto.conf"
    conf.write_text(
        f"listener {mqtt} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
        "set_tcp_nodelay true\n"
    )
    config = config_text("bench", folder)
    with config.open("a") as file:
        file.write(
            f'[sources.mosquitto]\ntype = "mqtt"\nhost = "127.0.0.1"\nport = {mqtt}\n'
            f"[http]\nport = {http}\n[stream]\nport = {stream}\n"
        )
    mosquitto = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if mosquitto is None:
        raise SystemExit("this benchmark needs Mosquitto: apt-get install mosquitto")
    quiet = subprocess.DEVNULL
    broker = subprocess.Popen([mosquitto, "-c", str(conf)], stdout=quiet, stderr=quiet)  # noqa: ASYNC220
    monitor = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "monitor.cli", "run", "--config", str(config)],
        stdout=quiet,
        stderr=quiet,
    )
    publisher: subprocess.Popen[bytes] | None = None
    try:
        async with watch_couriers(f"ws://127.0.0.1:{stream}/v1/stream", "bench") as watcher:
            publisher = subprocess.Popen(  # noqa: ASYNC220
                [sys.executable, "-m", "bench.latency", str(mqtt), str(WARM_S + SECONDS)],
                stdout=subprocess.PIPE,
            )
            await asyncio.sleep(WARM_S)
            watcher.latencies.clear()
            pids = {"broker": broker.pid, "monitor": monitor.pid, "publisher": publisher.pid}
            before = {name: cpu_s(pid) for name, pid in pids.items()}
            began = time.monotonic()
            await asyncio.sleep(SECONDS - 2)
            took = time.monotonic() - began
            shares = {n: round((cpu_s(p) - before[n]) / took, 2) for n, p in pids.items()}
            seen = np.array(watcher.latencies)
            peak = peak_mb(monitor.pid)
        sent = json.loads(publisher.communicate(timeout=30)[0])
    finally:
        for process in (publisher, monitor, broker):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=20)
    more = {
        "sent_per_s": sent["per_s"],
        "seen_per_s": round(len(seen) / took),
        "ms": {
            name: round(float(np.percentile(seen, q)), 1)
            for name, q in (("p50", 50), ("p90", 90), ("p99", 99), ("max", 100))
        },
        "share_of_a_core": shares,
    }
    return Record(
        variant=f"{RATE:,} position events a second through Mosquitto, one a message",
        peak_mb=round(peak),
        more=more,
    )


async def _publish(port: int, seconds: float) -> None:
    """Keep the rate for so long; says what was really sent."""
    clock = SystemClock()
    source = MqttSource(
        MqttOptions(port=port, client_id="bench-publisher", session_expiry_s=0, prefix="none"),
        clock,
        random.Random(1),
    )

    class Nowhere:
        async def take(self, payloads: object) -> None:
            raise AssertionError("the publisher subscribes to nothing that is sent")

    task = asyncio.create_task(source.run(Nowhere()))
    while not source.state.connected:  # noqa: ASYNC110 - a state, not an event, is what there is
        await asyncio.sleep(0.05)
    rng = np.random.default_rng(3)
    lon = (24.02 + rng.random(COURIERS) * 0.18).tolist()
    lat = (56.92 + rng.random(COURIERS) * 0.06).tolist()
    encode = msgspec.json.Encoder().encode
    began = time.monotonic()
    sent = 0
    while (passed := time.monotonic() - began) < seconds:
        for i in range(sent, int(passed * RATE)):
            row = i % COURIERS
            event = {
                "type": "courier.position",
                "city": "bench",
                "ts": time.time_ns() // 1_000_000,
                "courier_id": f"c{row:05d}",
                "lat": round(lat[row] + (i % 7) * 1e-5, 6),
                "lon": round(lon[row], 6),
                "status": "idle",
            }
            await source.publish(f"citywatch/v1/bench/couriers/c{row:05d}", encode(event))
            sent += 1
        await asyncio.sleep(BEAT_S)
    print(json.dumps({"per_s": round(sent / (time.monotonic() - began))}))
    task.cancel()


if __name__ == "__main__":
    asyncio.run(_publish(int(sys.argv[1]), float(sys.argv[2])))
