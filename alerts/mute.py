"""Silences and inhibition: what keeps an alert from being told, and why.

Both are marks beside an alert's state, never states: a muted alert lives, is shown and counted.
A silence is a person's, with an end and a reason; inhibition is the program's: one alert explains
others. The book applies the marks; nothing here changes an alert.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

MatchField = Literal["rule", "zone", "venue", "courier", "order", "severity"]


class Matcher(Struct, frozen=True):
    """One condition of a silence: the alert's `field` is exactly `value`."""

    field: MatchField
    value: Annotated[str, Meta(min_length=1, max_length=128)]


class SilenceRecord(Struct, frozen=True, kw_only=True):
    """A silence as it stands: all its matchers must hold for it to hide an alert."""

    id: str
    city: str
    matchers: tuple[Matcher, ...]
    by: str
    reason: str
    from_ts: int
    until_ts: int
    hidden: int = 0

    def hides(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels falls under it."""
        return all(labels.get(m.field) == m.value for m in self.matchers)


_ORDER_RULES: Final = frozenset(
    {
        "order_unaccepted",
        "order_unassigned",
        "order_pickup_late",
        "order_late",
        "order_unpaid",
    }
)

# What an alert explains: (rule, subject id or None for any) -> the rules it inhibits in its city.
EXPLAINS: Final[dict[tuple[str, str | None], frozenset[str]]] = {
    ("feed_silent", "couriers"): frozenset({"zone_shortage", "courier_silent", "courier_stuck"}),
    ("feed_silent", "orders"): _ORDER_RULES
    | {"zone_shortage", "venue_slow", "venue_silent", "courier_silent", "city_stall"},
    ("feed_silent", "venues"): frozenset({"venue_silent"}),
    ("city_stall", None): frozenset(
        {"order_pickup_late", "order_late", "order_unassigned", "zone_shortage", "courier_stuck"}
    ),
}


def explained_by(rule: str, firing: Iterable[tuple[str, str, str]]) -> str | None:
    """The id of the first of `firing` (alert id, rule, subject id) that explains `rule`."""
    for alert_id, by_rule, subject in firing:
        explains = EXPLAINS.get((by_rule, subject)) or EXPLAINS.get((by_rule, None))
        if explains and rule in explains and by_rule != rule:
            return alert_id
    return None
