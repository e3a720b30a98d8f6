"""The guard rails of actions: what keeps one from being planned, or from being sent.

Every reason has a name (`alerts.action.Hindrance`), is counted and shown. Budgets are kept by the
book of actions, the share of venues by `pause_grounds.py`.
"""

from alerts.action import Hindrance, Kind
from alerts.alert import Alert
from alerts.rules import Rule, RuleSet
from monitor.core.city import City

PUSHES_OR_PAUSES = ("push_couriers", "pause_venue")


def rules_of_alert(city: City, alert: Alert) -> RuleSet:
    """The rules as they hold for the subject of an alert."""
    kind, id_ = alert.subject.kind, alert.subject.id
    if kind == "order" and (row := city.orders.find(id_)) >= 0:
        return city.rules_of_order(row)
    if kind == "venue" and (row := city.venues.find(id_)) >= 0:
        return city.rules_of_venue(row)
    zone = city.plan.zones.index.get(alert.about.get("zone", ""))
    if kind in ("zone", "courier") and zone is not None and city.zone_rules:
        return city.zone_rules[zone]
    return city.rules


def rule_of(city: City, alert: Alert) -> Rule:
    """The rule of an alert, with the action and mode that hold for its subject."""
    rule: Rule = getattr(rules_of_alert(city, alert), alert.rule)
    return rule


def is_quiet(alert: Alert) -> bool:
    """Whether nothing is to be done or told about an alert: silenced, or explained by another."""
    return alert.silenced or alert.inhibited_by is not None


def forbids(city: City, kind: Kind) -> Hindrance | None:
    """What keeps a kind of action from being sent at all, whoever orders it."""
    desk = city.desk
    if not getattr(desk.settings, kind).enabled or desk.actions.is_off(kind):
        return "switched_off"
    return None


def hinders(city: City, kind: Kind, alert: Alert, rule: Rule | None = None) -> Hindrance | None:
    """What keeps an alert's own action of a kind from being taken now; `rule` if it is known."""
    if (rule or rule_of(city, alert)).mode == "off":
        return "mode_off"
    if alert.rule in city.held and kind in PUSHES_OR_PAUSES:
        return "stale_data"
    if is_quiet(alert):
        return "muted"
    return forbids(city, kind)


def targets_of(city: City, names: tuple[str, ...]) -> tuple[str, ...]:
    """Where letters go; in a dry run they are only thought to be sent, wherever to."""
    return ("dry-run",) if city.desk.settings.dry_run else names
