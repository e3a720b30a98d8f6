"""`citywatch run` and `citywatch check`: the monitor on real streams, and its configuration."""

import argparse
import asyncio
import errno
import os
import re
import signal
import sys
from pathlib import Path
from typing import Final

from config.faults import ConfigError, Fault
from config.load import Loaded, load
from config.schema import Settings
from config.secret import Secret
from monitor.app import Monitor
from monitor.runtime.logs import set_up_logs
from monitor.store.port import StoreError
from monitor.transports.broker import BrokerError
from monitor.wiring.plans import Planned, make_plans

# How asyncio names the address that a server could not listen on.
_ADDRESS: Final = re.compile(r"\('([^']+)', (\d+)")


def read(path: Path) -> tuple[Loaded, Planned]:
    """The configuration with its zones; raises `ConfigError` with the faults of both."""
    loaded = load(path, os.environ)
    return loaded, make_plans(loaded)


def check(args: argparse.Namespace) -> int:
    """Say every fault, or that there is none and what the configuration watches."""
    loaded, planned = read(args.config)
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for note in planned.notes:
        print(f"note: {note}", file=sys.stderr)
    for slug, plan in planned.plans.items():
        print(f"{slug}: {len(plan.zones)} zones, {plan.rulebook.tz.key}")
    print(f"{args.config}: no faults")
    return 0


def run(args: argparse.Namespace) -> int:
    """Watch until SIGTERM or Ctrl-C; SIGHUP reads the configuration anew."""
    loaded, planned = read(args.config)
    watch_logs(args, secrets_of(loaded.settings))
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for note in planned.notes:
        print(f"note: {note}", file=sys.stderr)
    return asyncio.run(_watch(loaded, planned, args))


def watch_logs(args: argparse.Namespace, hidden: list[str]) -> None:
    """Write the log as the command line asks, without what is hidden."""
    set_up_logs(args.log_level, json_lines=args.log == "json", secrets=hidden)


def secrets_of(settings: Settings) -> list[str]:
    """Every password and token of the configuration: what no log line may show."""
    found = [getattr(source, "password", None) for source in settings.sources.values()]
    found += [token.token for token in settings.tokens.values()]
    found += [settings.broker.password, settings.store.password]
    for target in settings.targets.values():
        found += [getattr(target, name, None) for name in ("secret", "token", "password")]
        url = getattr(target, "url", None)
        found.append(url if isinstance(url, Secret) else None)
    return [secret.reveal() for secret in found if secret is not None]


async def _watch(loaded: Loaded, planned: Planned, args: argparse.Namespace) -> int:
    stop = asyncio.Event()
    monitor = Monitor(loaded, planned)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    loop.add_signal_handler(signal.SIGHUP, read_anew, monitor, args, secrets_of(monitor.settings))
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(monitor.run(stop))
            tasks.create_task(_tell(monitor))
    except BaseExceptionGroup as group:
        hint = "; see port under [http], [stream] and [broker]"
        raise unusable(group, str(args.config), hint) from None
    return 0


def read_anew(monitor: Monitor, args: argparse.Namespace, hidden: list[str]) -> None:
    """Reload; what is secret now joins `hidden`, for what was before may still be in use."""
    if monitor.reload(args.config):
        hidden += secrets_of(monitor.settings)
        watch_logs(args, hidden)


def unusable(group: BaseExceptionGroup, place: str, hint: str = "") -> ConfigError:
    """A port in use, a certificate that can't be read: theirs, one line each; ours is raised.

    `hint` says where another port is set.
    """
    theirs, ours = group.split((OSError, BrokerError, StoreError))
    if ours is not None:
        raise ours
    faults: list[Fault] = []
    groups: list[BaseException] = [theirs] if theirs is not None else []
    while groups:
        error = groups.pop()
        if isinstance(error, BaseExceptionGroup):
            groups += error.exceptions
        else:
            faults.append(Fault(file=place, line=None, field="", reason=_in_words(error, hint)))
    return ConfigError(faults)


def _in_words(error: BaseException, hint: str) -> str:
    address = _ADDRESS.search(str(error))
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE and address is not None:
        return f"port {address[2]} at {address[1]} is in use by another program{hint}"
    return str(error)


async def _tell(monitor: Monitor) -> None:
    await monitor.ready.wait()
    print(addresses(monitor), file=sys.stderr)


def addresses(monitor: Monitor) -> str:
    """Where what can be reached, for a person to read."""
    settings, ports = monitor.settings, monitor.ports
    lines = [
        f"live map   http://{settings.http.host}:{ports['http']}/",
        f"API        http://{settings.http.host}:{ports['http']}/v1/cities",
        f"metrics    http://{settings.http.host}:{ports['http']}/metrics",
        f"stream     ws://{settings.stream.host}:{ports['stream']}/v1/stream",
    ]
    if "mqtt" in ports:
        lines.append(f"broker     mqtt://{settings.broker.host}:{ports['mqtt']}")
    return "\n".join(lines)
