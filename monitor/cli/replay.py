"""`citywatch replay`: opens the recording and the output, shows progress on a terminal."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from config.load import load
from monitor.replay import Summary, replay
from monitor.transports.files import FileError, read_chunks, size_of
from monitor.wiring.plans import make_plans

Told = Callable[[int, Summary, int], None]


def run(args: argparse.Namespace) -> int:
    """Replay as asked; 0 when the whole recording went through."""
    planned = make_plans(load(args.config, os.environ))
    for note in planned.notes:
        print(note, file=sys.stderr)
    with _output(args.out) as out, _progress(args.events, args.out) as told:
        summary = asyncio.run(
            replay(
                read_chunks(args.events),
                planned.plans,
                out,
                every_s=args.every,
                speed=args.speed,
                on_progress=told,
            )
        )
    if args.out is not None:
        print(_in_words(summary), file=sys.stderr)
    return 0


@contextmanager
def _output(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = path.open("wb", buffering=1 << 20)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    with file:
        yield file


@contextmanager
def _progress(source: str, out: Path | None) -> Iterator[Told | None]:
    """A bar on standard error, if that is a terminal and the output does not share it."""
    console = Console(stderr=True)
    if not console.is_terminal or (out is None and sys.stdout.isatty()):
        yield None
        return
    total = size_of(source)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("replay", total=total, events=0)

        def told(read: int, summary: Summary, now_ms: int) -> None:
            moment = datetime.fromtimestamp(max(now_ms, 0) / 1000, UTC)
            bar.update(
                task,
                completed=read,
                events=summary.events,
                description=f"{moment:%Y-%m-%d %H:%M} UTC",
            )

        yield told


def _in_words(summary: Summary) -> str:
    alerts = ", ".join(f"{rule} {count}" for rule, count in summary.alerts.items()) or "none"
    actions = ", ".join(f"{kind} {count}" for kind, count in summary.actions.items()) or "none"
    rejected = ", ".join(f"{why} {count}" for why, count in summary.rejected.items()) or "none"
    rate = summary.events / summary.wall_s if summary.wall_s else 0.0
    return (
        f"{summary.events:,} events in {summary.wall_s:.2f} s ({rate:,.0f} a second): "
        f"{summary.applied:,} applied, {summary.stale:,} stale, {summary.orphan:,} orphan; "
        f"rejected: {rejected}; alerts: {alerts}; actions thought of: {actions}"
    )
