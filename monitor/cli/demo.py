"""`citywatch demo`: a simulated city, the monitor and the embedded broker, on one machine.

The city's past half hour is run through the engine first, so that the demo begins in the middle of
a day; from then on events go the way of real ones: out to the broker by MQTT, and in from it. The
other way, too: the city hears on the broker what the monitor asks of couriers and venues.
"""

import argparse
import asyncio
import dataclasses
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.live import Live

import config
from alerts.letter import Letter
from config.edges import BrokerSettings
from config.faults import ConfigError, Fault
from config.load import Loaded, load
from config.store import StoreSettings
from monitor.app import Monitor
from monitor.cli.run import addresses, unusable
from monitor.cli.status import Status
from monitor.core.reports import DeliveryReport
from monitor.core.timeline import Timeline
from monitor.delivery.payload import payload_of
from monitor.runtime.clock import Clock, SystemClock
from monitor.runtime.logs import set_up_logs
from monitor.transports.mqtt import MqttSource
from monitor.transports.mqtt_link import LinkError
from monitor.wiring.brokers import own_client
from monitor.wiring.plans import make_plans
from sim.city import SimCity
from sim.faults import Fault as CityFault
from sim.faults import FaultError, parse_fault
from sim.publish import FastClock, Message, SimFeed
from sim.settings import SimSettings
from sim.town import quarters_of

CONFIG: Final = Path(config.__file__).parent / "demo" / "city.toml"
PAST_STEP_MS: Final = 5_000
PAST_MS: Final = 40 * 60_000  # long enough for every rule's window
BROKER_MAX_COURIERS: Final = 2_000  # the embedded broker carries about 3,000 messages a second


def run(args: argparse.Namespace) -> int:
    """Show a city until Ctrl-C."""
    loaded = load(CONFIG, os.environ)
    settings = loaded.settings
    timezone = _timezone(_utc_offset_min(args.at, SystemClock().now_ms()))
    loaded = replace(
        loaded,
        settings=replace(
            settings,
            cities={
                slug: replace(city, timezone=timezone) for slug, city in settings.cities.items()
            },
            http=replace(settings.http, port=args.port),
            stream=replace(settings.stream, port=args.stream_port),
            broker=BrokerSettings(enabled=True, port=args.mqtt_port),
            store=StoreSettings(type="none"),
        ),
    )
    set_up_logs("warning")
    try:
        return asyncio.run(_show(loaded, args))
    except BaseExceptionGroup as group:
        hint = "; another port: --port, --stream-port, --mqtt-port (0 finds a free one)"
        raise unusable(group, "demo", hint) from None


def _sim(args: argparse.Namespace, loaded: Loaded, monitor: Monitor, now_ms: int) -> SimCity:
    """The city, its clock set so that it is `--at` o'clock there now."""
    try:
        faults = tuple(_from_now(parse_fault(text)) for text in args.fault)
        centre, quarters = quarters_of(monitor.state.cities["demo"].plan.zones)
        return SimCity(
            SimSettings(
                city="demo",
                seed=args.seed,
                start_ms=now_ms - PAST_MS,
                couriers=args.couriers,
                venues=args.venues,
                orders_per_hour=args.orders,
                utc_offset_min=_utc_offset_min(args.at, now_ms),
                centre=centre,
                quarters=quarters,
                faults=faults,
            )
        )
    except (FaultError, ValueError) as error:
        raise ConfigError([Fault(file="demo", line=None, field="", reason=str(error))]) from None


def _utc_offset_min(at: str, now_ms: int) -> int:
    """How far the clock there must be ahead of UTC for it to be `at`: minutes, from -720 on."""
    hours, minutes = (int(part) for part in at.split(":"))
    return (hours * 60 + minutes - now_ms // 60_000 + 720) % 1440 - 720


def _timezone(offset_min: int) -> str:
    """The zone of whole hours that is next to an offset; these names have the sign turned round."""
    hours = -round(offset_min / 60)
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


def _from_now(fault: CityFault) -> CityFault:
    """A fault ordered for some time after the start means the start that is seen."""
    after_ms = fault.after_ms + PAST_MS if fault.clock_min is None else fault.after_ms
    return dataclasses.replace(fault, after_ms=after_ms)


async def _show(loaded: Loaded, args: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    real = SystemClock()
    planned = make_plans(loaded)
    now_ms = real.now_ms()
    # The clock of a faster city begins now and runs ahead.
    clock: Clock = real if args.speed == 1 else FastClock(now_ms, args.speed, time.monotonic)
    monitor = Monitor(loaded, planned, clock=clock, speed=args.speed)
    city = _sim(args, loaded, monitor, now_ms)
    console = Console(stderr=True)
    with console.status("the city's past half hour …"):
        _run_past(monitor, city, now_ms)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(monitor.run(stop))
        await monitor.ready.wait()
        feed = tasks.create_task(SimFeed(city, _delivery(monitor, args), clock.now_ms).run())
        ears = tasks.create_task(_ears(monitor, clock).run(_Ears(city)))
        shown = tasks.create_task(_status(monitor, console, plain=args.plain))
        if args.for_s is not None:
            loop.call_later(args.for_s, stop.set)
        await stop.wait()
        for task in (feed, ears, shown):
            task.cancel()
    return 0


def _run_past(monitor: Monitor, city: SimCity, now_ms: int) -> None:
    """What happened until now; what was asked of couriers and venues meanwhile arrived at once."""
    letters: list[Letter] = []
    past = Timeline(monitor.state, lambda effects, second_ms: letters.extend(effects.letters))
    while city.now_ms < now_ms:
        past.feed(city.advance(min(city.now_ms + PAST_STEP_MS, now_ms)))
        for letter in letters:
            city.hear(msgspec.json.decode(payload_of(letter)))
        past.feed([_arrived(letter, city.now_ms) for letter in letters])
        letters.clear()


def _arrived(letter: Letter, ts: int) -> DeliveryReport:
    return DeliveryReport(
        city=letter.city,
        ts=ts,
        action_id=letter.action_id,
        of=letter.of,
        to=letter.to,
        outcome="delivered",
    )


class _Ears:
    """The couriers and venues of the city, where the monitor's letters arrive."""

    def __init__(self, city: SimCity) -> None:
        self._city = city

    async def take(self, payloads: Sequence[bytes]) -> None:
        """Do what each letter asks."""
        for payload in payloads:
            self._city.hear(msgspec.json.decode(payload))


def _ears(monitor: Monitor, clock: Clock) -> MqttSource:
    options = dataclasses.replace(
        own_client("127.0.0.1", monitor.ports["mqtt"], BrokerSettings()),
        client_id="citywatch-demo-city",
        streams=("push", "venue"),
    )
    return MqttSource(options, clock, random.Random(), "city")


def _delivery(
    monitor: Monitor, args: argparse.Namespace
) -> Callable[[Sequence[Message]], Awaitable[None]]:
    """How events leave the city: through the broker, or straight in where it is too slow."""
    source = monitor.inputs.sources["broker"]
    assert isinstance(source, MqttSource)
    direct = monitor.feed("city")

    async def by_broker(messages: Sequence[Message]) -> None:
        for topic, payload in messages:
            try:
                await source.publish(topic, payload)
            except LinkError:
                await direct.take([payload])  # not yet connected: nothing of the city is lost

    async def straight(messages: Sequence[Message]) -> None:
        await direct.take([message.payload for message in messages])

    busy = args.couriers * args.speed > BROKER_MAX_COURIERS
    return straight if busy else by_broker


async def _status(monitor: Monitor, console: Console, *, plain: bool) -> None:
    status = Status(monitor)
    if plain or not sys.stderr.isatty():
        print(addresses(monitor), file=sys.stderr, flush=True)
        while True:
            await asyncio.sleep(5)
            print(status.line(), file=sys.stderr, flush=True)
    with Live(status.table(), console=console, auto_refresh=False, screen=False) as live:
        while True:
            live.update(status.table(), refresh=True)
            await asyncio.sleep(0.5)
