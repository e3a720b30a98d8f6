"""A desk that hears alerts and runs a router exactly when it is due; times in seconds."""

from typing import Any, Final

from alerts.alert import Alert, Subject
from alerts.notices import NoticePlan
from alerts.remedies.settings import NoticeSettings
from alerts.routing import Router

CITY: Final = "riga"
START_MS: Final = 1_767_607_200_000
# Short names for two levels, and times that are easily told apart.
TWO_LEVELS: Final = NoticeSettings(
    levels=(("desk",), ("chief", "phone")),
    group_wait_s=10,
    group_interval_s=120,
    repeat_s=1_800,
    escalate_s=300,
)


def at(second: float) -> int:
    """The time of a second of the story, in ms."""
    return START_MS + round(second * 1000)


def alert(name: str = "a", second: float = 0, **changed: Any) -> Alert:
    """A firing `order_late` in zone `west`, acknowledged and muted by nobody."""
    zone = changed.pop("zone", "west")
    fields: dict[str, Any] = {
        "id": name,
        "rule": "order_late",
        "severity": "warning",
        "state": "firing",
        "city": CITY,
        "subject": Subject("order", name),
        "started_ts": at(second),
        "fired_ts": at(second),
        "updated_ts": at(second),
        "value": 11.0,
        "threshold": 10.0,
        "reason": f"Order {name}: promised 11 min ago",
        "cause": "promise_passed",
        "about": {"order": name, "zone": zone} if zone else {"order": name},
    }
    if changed.get("state") == "resolved":
        fields["resolved_ts"] = at(second)
    return Alert(**(fields | changed))


def ended(name: str = "a", second: float = 0, **changed: Any) -> Alert:
    """The same alert, resolved."""
    return alert(name, second, state="resolved", **changed)


class Desk:
    """A router, what it planned and when, and whether notices may be sent."""

    def __init__(self, settings: NoticeSettings = TWO_LEVELS) -> None:
        self.router = Router(CITY, "warn_support")
        self.settings = settings
        self.may_send = True
        self.plans: list[NoticePlan] = []
        self.story: list[tuple[float, str]] = []  # (second, step)

    def hear(self, second: float, *alerts: Alert) -> None:
        """Alerts change at a second, after all that was due before it; the router is run."""
        self.until(second - 0.001)
        for heard in alerts:
            self.router.hear(heard, at(second))
        self.until(second)

    def reload(self, second: float, settings: NoticeSettings) -> None:
        """Other settings from a second on."""
        self.until(second - 0.001)
        self.settings = settings
        self.run(second)

    def until(self, second: float) -> None:
        """Run whenever it is due, up to and including a second."""
        while self.router.due_ms <= at(second):
            self.run((self.router.due_ms - START_MS) / 1000)

    def run(self, second: float) -> None:
        """Run once."""
        for plan in self.router.run(at(second), self.settings, lambda: self.may_send):
            self.plans.append(plan)
            self.story.append((second, plan.step))

    def told(self, number: int = -1) -> list[str]:
        """The ids of the alerts that a notice named, in its order."""
        return [named.id for named in self.plans[number].alerts]
