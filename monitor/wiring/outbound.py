"""Everything that leaves: the targets of the configuration, the ledger, Alertmanager's mirrors.

Built by the composition root. Letters come in once they are durable, reports go back to the engine
as events of their own.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from alerts.alert import Alert, AlertChange
from alerts.letter import Posting
from config.load import Loaded
from config.targets import AlertmanagerSettings, MqttTargetSettings
from monitor.core.actions.guard import is_quiet
from monitor.core.reports import DeliveryReport
from monitor.core.state import State
from monitor.delivery.http import HttpClient
from monitor.delivery.ledger import Ledger
from monitor.delivery.limits import LedgerLimits
from monitor.delivery.mirror import ENDED_MS, AlertmanagerMirror
from monitor.delivery.mqtt import MqttTarget
from monitor.delivery.target import Target
from monitor.delivery.targets import make_target
from monitor.durable.recorder import Recorder
from monitor.runtime.clock import Clock
from monitor.store.port import Probe, Store
from monitor.transports.mqtt import MqttSource
from monitor.transports.mqtt_link import LinkError
from monitor.wiring.plans import broker_target

WITHDRAWN_KEPT: Final = 10_000  # far more than are not durable at any moment


class Outbound:
    """The ledger with its targets, and the mirrors; made by `open_outbound`."""

    def __init__(self, ledger: Ledger, mirrors: Sequence[AlertmanagerMirror]) -> None:
        self.ledger = ledger
        self.mirrors = mirrors
        # Actions, or single messages of one by their targets' keys, the latest last.
        self._withdrawn: dict[tuple[str, str | None], None] = {}

    def take(self, postings: Sequence[Posting]) -> None:
        """Letters that are durable by now; those of an action withdrawn meanwhile do not leave."""
        self.ledger.take(postings)
        for action_id, of in {(each.letter.action_id, each.letter.of) for each in postings}:
            if (action_id, None) in self._withdrawn or (action_id, of) in self._withdrawn:
                self.ledger.cancel(action_id, of)

    def withdraw(self, action_id: str, of: str | None = None) -> None:
        """Send nothing more of an action, or not this one message of it."""
        self._withdrawn[action_id, of] = None
        if len(self._withdrawn) > WITHDRAWN_KEPT:
            del self._withdrawn[next(iter(self._withdrawn))]
        self.ledger.cancel(action_id, of)

    def on_alerts(self, changes: Iterable[AlertChange]) -> None:
        """Let Alertmanager know of changed alerts; silenced and explained ones are not told."""
        told = [
            change.alert
            for change in changes
            if change.change != "clearing"
            and (
                change.alert.state == "resolved"
                or (change.alert.state == "firing" and not is_quiet(change.alert))
            )
        ]
        if told:
            for mirror in self.mirrors:
                mirror.changed(told)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.ledger.run(), name="ledger")
            for mirror in self.mirrors:
                tasks.create_task(mirror.run(), name=f"mirror {mirror.name}")


@asynccontextmanager
async def open_outbound(
    loaded: Loaded,
    sources: Mapping[str, object],
    store: Store,
    recorder: Recorder,
    report: Callable[[DeliveryReport], None],
    state: Callable[[], State],
    clock: Clock,
    rng: random.Random,
    version: str,
    probe: Probe,
) -> AsyncIterator[Outbound]:
    """The ledger over every configured target and every broker that is a source."""
    settings = loaded.settings
    brokers = {name: one for name, one in sources.items() if isinstance(one, MqttSource)}

    def on_broker(name: str, target: MqttTargetSettings) -> Target:
        return _on_broker(name, brokers[target.source])

    async with HttpClient(clock, version) as http:
        targets: dict[str, Target] = {
            broker_target(name): _on_broker(broker_target(name), source)
            for name, source in brokers.items()
        }
        for name, target in settings.targets.items():
            targets[name] = make_target(name, target, http, clock, on_broker)
        ledger = Ledger(
            targets,
            recorder.save,
            report,
            clock.now_ms,
            rng,
            LedgerLimits(),
            probe,
            store.posting,
        )
        mirrors = [
            AlertmanagerMirror(name, target, http, clock, lambda: current(state(), clock), rng)
            for name, target in settings.targets.items()
            if isinstance(target, AlertmanagerSettings)
        ]
        outbound = Outbound(ledger, mirrors)
        recorder.on_letters = outbound.take
        yield outbound


def _on_broker(name: str, source: MqttSource) -> MqttTarget:
    return MqttTarget(name, source.publish, LinkError, source.prefix)


def current(state: State, clock: Clock) -> tuple[list[Alert], list[Alert]]:
    """The alerts that fire and may be told, and those that ended a short while ago."""
    since = clock.now_ms() - ENDED_MS
    firing: list[Alert] = []
    ended: list[Alert] = []
    for city in state.cities.values():
        for track in city.book.tracks.values():
            alert = track.alert
            if alert is not None and alert.state == "firing" and not is_quiet(alert):
                firing.append(alert)
        for alert in reversed(city.book.history):
            if alert.resolved_ts is None or alert.resolved_ts < since:
                break
            ended.append(alert)
    return firing, ended
