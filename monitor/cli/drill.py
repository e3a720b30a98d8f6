"""`citywatch test-target NAME`: sends a drill to one target and says what became of it.

It speaks for itself, not through a running monitor: to a broker it connects under a name of its
own, so that the monitor's session there is left alone.
"""

import argparse
import asyncio
import os
import random
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, NoReturn

from alerts.letter import Drill, Letter
from config.edges import MqttSource as MqttSettings
from config.faults import nearest
from config.load import Loaded, load
from config.targets import MqttTargetSettings, TargetSettings
from monitor.app import VERSION
from monitor.delivery.http import HttpClient
from monitor.delivery.mqtt import MqttTarget
from monitor.delivery.target import NotNowError, RefusedError, Target
from monitor.delivery.targets import make_target
from monitor.runtime.clock import SystemClock
from monitor.transports.mqtt import MqttOptions, MqttSource
from monitor.transports.mqtt_link import LinkError
from monitor.wiring.brokers import options_of, own_client

DEADLINE_S: Final = 20.0
CONNECT_S: Final = 10.0
WORDS: Final = "A drill: somebody tests whether citywatch reaches you. Nobody needs to do anything."


def run(args: argparse.Namespace) -> int:
    """Send the drill to `args.name` of `args.config`; 0 when it was taken."""
    loaded = load(args.config, os.environ, city_required=False)
    targets = loaded.settings.targets
    if args.name not in targets:
        known = nearest(args.name, targets) or f" (there are: {', '.join(targets) or 'none'})"
        print(f'{args.config}: no target "{args.name}"{known}', file=sys.stderr)
        return 1
    clock = SystemClock()
    began_ms = clock.now_ms()
    fault = asyncio.run(_deliver(args.name, targets[args.name], loaded, clock))
    if fault is not None:
        print(f"{args.name}: {fault}", file=sys.stderr)
        return 1
    print(f"{args.name}: delivered in {clock.now_ms() - began_ms} ms")
    return 0


async def _deliver(
    name: str, settings: TargetSettings, loaded: Loaded, clock: SystemClock
) -> str | None:
    """Why the drill did not arrive; None if it did."""
    try:
        async with asyncio.timeout(DEADLINE_S), _target(name, settings, loaded, clock) as target:
            await target.deliver(_letter(name, clock.now_ms()))
    except TimeoutError:
        return f"not now: nothing came back within {DEADLINE_S:g} s"
    except NotNowError as fault:
        wait = "" if fault.after_s is None else f" (it asks to wait {fault.after_s:g} s)"
        return f"not now: {fault}{wait}"
    except RefusedError as fault:
        return f"refused: {fault}"
    return None


def _letter(name: str, now_ms: int) -> Letter:
    key = f"drill-{now_ms}-{secrets.token_hex(4)}"
    return Letter(
        key=key,
        of=key,
        to=name,
        city="",
        action_id=key,
        recipient=name,
        created_ts=now_ms,
        deadline_ts=now_ms + round(DEADLINE_S * 1000),
        body=Drill(ts=now_ms, words=WORDS),
    )


@asynccontextmanager
async def _target(
    name: str, settings: TargetSettings, loaded: Loaded, clock: SystemClock
) -> AsyncIterator[Target]:
    if isinstance(settings, MqttTargetSettings):
        async with _on_broker(name, _broker(settings, loaded), clock) as target:
            yield target
        return
    async with HttpClient(clock, VERSION) as http:
        yield make_target(name, settings, http, clock, _no_broker)


def _no_broker(name: str, settings: MqttTargetSettings) -> NoReturn:
    raise AssertionError(f"{name} is on a broker and made elsewhere")


def _broker(settings: MqttTargetSettings, loaded: Loaded) -> MqttOptions:
    source = loaded.settings.sources.get(settings.source)
    if isinstance(source, MqttSettings):
        return replace(
            options_of(source, loaded),
            client_id=f"citywatch-drill-{secrets.token_hex(4)}",
            session_expiry_s=0,
        )
    broker = loaded.settings.broker
    if settings.source == "broker" and broker.enabled:
        return own_client(broker.host, broker.port, broker)
    raise AssertionError(f"{settings.source} is no broker: the checks let no such target through")


@asynccontextmanager
async def _on_broker(
    name: str, options: MqttOptions, clock: SystemClock
) -> AsyncIterator[MqttTarget]:
    """A target over a connection of its own."""
    source = MqttSource(options, clock, random.Random(), name)
    task = asyncio.create_task(source.run(_Nobody()))
    try:
        await _connected(source, task)
        yield MqttTarget(name, source.publish, LinkError, options.prefix)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _connected(source: MqttSource, task: "asyncio.Task[None]") -> None:
    try:
        async with asyncio.timeout(CONNECT_S):
            # The source tells of its state by this alone.
            while not source.state.connected:
                if task.done() and (error := task.exception()) is not None:
                    raise RefusedError(f"a certificate file cannot be used: {error}")
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise NotNowError(source.state.last_error or "no connection to the broker") from None


class _Nobody:
    """Takes the events that come along and does nothing with them."""

    async def take(self, payloads: Sequence[bytes]) -> None:
        """Drop them: a drill's session has no part in what the monitor takes in."""
