"""Runs citywatch and its peers back to back on one input, checks their outputs, gives ratios.

Each run is a process of its own that reads the same file, and reports the CPU seconds (user and
system, those of a server it needs included) from the first byte of input to the last line out;
getting ready is reported apart. Before and after each run of a peer citywatch runs.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.measure import Record, compare, progress, short
from bench.peers.inputs import made_zones, vertices, write_case, zones_of

EVENTS = 300_000
COURIERS = 20_000
ROUNDS = 3
RUN_S = 900
ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "bench" / "peers"
ZONES_VARIABLE = "PEERS_ZONES"  # GeoJSON files to compare on, separated like a PATH

Told = tuple[object, ...]
Figures = dict[str, float]


@dataclass(frozen=True)
class Peer:
    """A program to compare with: its folder here, and how it is run."""

    name: str
    folder: str
    way: tuple[str, ...] = ()
    needs: str = "python3"  # a program of the system
    requirements: str = "requirements.txt"  # of its folder


PEERS = (
    Peer("plain loop", "plain"),
    Peer("plain loop, shapely 2.1", "plain", requirements="requirements-2.1.txt"),
    Peer("Bytewax, item by item", "bytewax"),
    Peer("Bytewax, in batches", "bytewax", ("batches",)),
    Peer("Redis, zones in Lua", "redis", needs="redis-server"),
    Peer("Redis, zones by the client", "redis", ("located",), needs="redis-server"),
)


class DifferentOutputError(Exception):
    """Two programs that were given the same input said different things."""


def records() -> Iterator[Record]:
    """A record a set of zones and peer, and one for citywatch with all its rules."""
    files = [Path(name) for name in os.environ.get(ZONES_VARIABLE, "").split(os.pathsep) if name]
    cities = [zones_of(file) for file in files] if files else [made_zones(58, 100)]
    for zones in [*cities, made_zones(125, 2_000)]:
        where = f"{len(zones)} zones of {vertices(zones).mean():,.0f} points"
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_case(folder, zones, EVENTS, COURIERS)
            for peer in PEERS:
                if shutil.which(peer.needs) is None:
                    progress(f"{peer.name}: left out, there is no {peer.needs} here")
                    continue
                python = environment(peer)
                run = partial(run_peer, folder, peer, python)
                yield _record(folder, f"{peer.name}, {where}", run, peer.name)
            run = partial(run_citywatch, folder, "all_rules")
            yield _record(folder, f"citywatch with all its rules, {where}", run, None)


def _record(folder: Path, variant: str, run: Callable[[], Figures], compared: str | None) -> Record:
    """citywatch and a variant in turns; the outputs of a peer are compared in each."""
    bases, variants = [run_citywatch(folder)], list[Figures]()
    for _ in range(ROUNDS):
        progress(variant)
        variants.append(run())
        if compared is not None:
            check_same(folder / "citywatch.out", folder / "peer.out", compared)
        bases.append(run_citywatch(folder))

    def median(runs: Sequence[Figures], name: str) -> float:
        return short(statistics.median(figures[name] for figures in runs))

    pairs = compare([f["cpu_s"] for f in bases], [f["cpu_s"] for f in variants])
    return pairs.record(
        variant,
        "citywatch, one rule",
        {
            "base_cpu_s": short(pairs.base_s),
            "wall_ratio": short(median(variants, "wall_s") / median(bases, "wall_s")),
            "start_cpu_s": median(variants, "start_cpu_s"),
            "base_start_cpu_s": median(bases, "start_cpu_s"),
            "events_per_cpu_s": round(variants[0]["events"] / pairs.variant_s),
            "base_peak_mb": median(bases, "peak_mb"),
        },
        peak_mb=median(variants, "peak_mb"),
    )


def environment(peer: Peer) -> Path:
    """The Python of a peer's own environment, made anew when its requirements changed."""
    wanted = (ROOT / "bench" / "peers" / peer.folder / peer.requirements).read_text()
    home = CACHE / peer.folder / Path(peer.requirements).stem
    python, installed = home / "bin" / "python", home / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *wanted.split()]
        subprocess.run(command, check=True, stdout=sys.stderr)
        installed.write_text(wanted)
    return python


def run_peer(folder: Path, peer: Peer, python: Path) -> Figures:
    """What a peer used; it writes `peer.out`."""
    module = f"bench.peers.{peer.folder}.main"
    paths = [str(folder / "case.json"), str(folder / "peer.out")]
    return _run([str(python), "-m", module, *paths, *peer.way])


def run_citywatch(folder: Path, config: str = "citywatch") -> Figures:
    """What citywatch used under one of the case's configurations; it writes `CONFIG.out`."""
    files = [f"{config}.toml", "events.ndjson", f"{config}.out"]
    paths = [str(folder / file) for file in files]
    return _run([sys.executable, "-m", "bench.peers.citywatch", *paths])


def _run(command: Sequence[str]) -> Figures:
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            out, fault = process.communicate(timeout=RUN_S)
        except BaseException:
            process.terminate()  # no SIGKILL: a peer ends its server
            raise
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {fault}")
    figures: Figures = json.loads(out.splitlines()[-1])
    return figures


def check_same(ours: Path, theirs: Path, name: str) -> None:
    """Raises DifferentOutputError, with the first line that differs."""
    left, right = list(told(ours)), list(told(theirs))
    if not any(line[0] == "alert" for line in left):
        raise DifferentOutputError("no alert in the whole run: it compares nothing")
    for number, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            raise DifferentOutputError(f"{name}, line {number}: {b}, where citywatch says {a}")
    if len(left) != len(right):
        raise DifferentOutputError(f"{name}: {len(right)} lines, citywatch {len(left)}")


def told(path: Path) -> Iterator[Told]:
    """What is compared of an output: every figure of every zone, every alert that fires or ends."""
    for text in path.read_text().splitlines():
        line: dict[str, Any] = json.loads(text)
        if line["type"] == "zone":
            counts = (line["idle"], line["busy"], line["open"], line["waiting"])
            yield ("zone", line["ts"], line["city"], line["zone_id"], *counts)
        elif line["type"] == "alert" and line["state"] in ("firing", "resolved"):
            zone = line["zone_id"] if "zone_id" in line else line["subject"]["id"]
            value = line["value"] if line["state"] == "firing" else None
            yield "alert", line["ts"], line["city"], line["rule"], zone, line["state"], value
