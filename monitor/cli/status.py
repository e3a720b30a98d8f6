"""The small live status in the terminal: zones worst first, alerts, rates, addresses."""

import time
from collections import deque
from typing import Final

import numpy as np
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from alerts.action_book import is_over
from alerts.alert import Alert
from alerts.rules import SEVERITIES
from monitor.app import Monitor
from monitor.cli.run import addresses
from monitor.core.city import City
from monitor.core.views.zones import zone_views

ZONES_SHOWN: Final = 12
ALERTS_SHOWN: Final = 8
ACTIONS_SHOWN: Final = 5
_STYLES: Final = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


class Status:
    """Reads the monitor; draws it as a table, or says it in one line."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._seen: deque[tuple[float, int]] = deque(maxlen=20)

    def _rate(self) -> float:
        """Events a second over the last ten seconds or so."""
        self._seen.append((time.monotonic(), self._monitor.engine.counts.events))
        (then, before), (now, events) = self._seen[0], self._seen[-1]
        return (events - before) / (now - then) if now > then else 0.0

    def line(self) -> str:
        """One line for a log."""
        tally = self._monitor.state.tally
        cities = self._monitor.state.cities.values()
        couriers = sum(int(city.balance.on_shift().sum()) for city in cities)
        orders = sum(int(city.balance.open.sum()) for city in cities)
        waiting = sum(int(city.balance.waiting.sum()) for city in cities)
        alerts = sum(len(_firing(city)) for city in cities)
        rejected = sum(self._monitor.dead_letters.counts.values())
        return (
            f"{self._rate():,.0f} events/s, {couriers} couriers on shift, {orders} orders open, "
            f"{waiting} waiting, {alerts} alerts firing; {tally.applied:,} applied, "
            f"{tally.stale:,} stale, {rejected:,} rejected"
        )

    def table(self) -> Group:
        """All of it, for a terminal."""
        parts: list[Table | Text] = [Text(addresses(self._monitor), style="dim")]
        for city in self._monitor.state.cities.values():
            parts += [_zones(city, self._monitor.engine.now_ms()), _alerts(city), _actions(city)]
        parts.append(Text(self.line(), style="dim"))
        parts.append(Text("Ctrl-C ends it.", style="dim"))
        return Group(*parts)


def _firing(city: City) -> list[Alert]:
    return [alert for alert in city.book.living() if alert.state == "firing"]


def _zones(city: City, now_ms: int) -> Table:
    balance = city.balance
    pressure = balance.open[:-1] / np.maximum(balance.on_shift()[:-1], 1)
    worst = np.lexsort((-balance.open[:-1], -balance.waiting[:-1], -pressure))[:ZONES_SHOWN]
    table = Table(
        title=f"{city.plan.name}: zones, worst first", box=box.SIMPLE, title_justify="left"
    )
    table.add_column("zone")
    for name in ("open", "waiting", "oldest wait", "idle", "busy", "ratio"):
        table.add_column(name, justify="right")
    for view in zone_views(city, now_ms, zones=worst.tolist()):
        short = view.ratio >= city.rules.zone_shortage.ratio_raise and view.open > 1
        table.add_row(
            view.name or view.zone_id,
            str(view.open),
            str(view.waiting),
            f"{view.oldest_wait_s:.0f} s" if view.waiting else "",
            str(view.idle),
            str(view.busy),
            f"{view.ratio:.2f}",
            style="yellow" if short else None,
        )
    return table


def _alerts(city: City) -> Table:
    firing = _firing(city)
    order = {name: -i for i, name in enumerate(SEVERITIES)}
    firing.sort(key=lambda alert: (order[alert.severity], -(alert.fired_ts or 0)))
    table = Table(
        title=f"alerts: {len(firing)} firing", box=box.SIMPLE, title_justify="left", expand=True
    )
    table.add_column("severity", width=8)
    table.add_column("rule", width=17)
    table.add_column("why", overflow="ellipsis", no_wrap=True, ratio=1)
    for alert in firing[:ALERTS_SHOWN]:
        muted = alert.silenced or alert.inhibited_by is not None
        style = "dim" if muted else _STYLES[alert.severity]
        table.add_row(alert.severity, alert.rule, alert.reason, style=style)
    if not firing:
        table.add_row("", "", "none", style="green")
    return table


def _actions(city: City) -> Table:
    """What is being done, the newest first, then what was done last."""
    book = city.desk.actions
    living = sorted(book.living.values(), key=lambda action: -action.created_ts)
    ended = list(book.history)[: -ACTIONS_SHOWN - 1 : -1]
    shown = [a for a in (*living, *ended) if a.kind in ("push_couriers", "pause_venue")]
    pushed = sum(a.kind == "push_couriers" for a in living)
    table = Table(
        title=f"actions: {pushed} pushes under way, {len(living)} actions in all",
        box=box.SIMPLE,
        title_justify="left",
        expand=True,
    )
    table.add_column("state", width=11)
    table.add_column("what", width=13)
    table.add_column("for", width=17, no_wrap=True, overflow="ellipsis")
    table.add_column("what came of it", overflow="ellipsis", no_wrap=True, ratio=1)
    for action in shown[:ACTIONS_SHOWN]:
        asked = sum(target.state != "held_back" for target in action.targets)
        came = action.came.words or (
            f"{action.came.accepted} of {asked} accepted" if asked else action.expected.words
        )
        style = "dim" if is_over(action) else None
        table.add_row(action.state, action.kind, action.subject.id, came, style=style)
    if not shown:
        table.add_row("", "none", "", "", style="green")
    return table
