"""Which rules hold for many orders or venues at once: the different sets, and whose each is.

The answer is that of `City.rules_of_order` and `rules_of_venue`, row by row. Called by the
judgements of orders and of venues.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from alerts.rules import RuleSet
from monitor.core.city import City

Rows = NDArray[np.int64]
Sets = tuple[list[RuleSet], NDArray[np.int64]]  # the different sets; of each row its index there


def take_zone_sets(city: City) -> None:
    """Read the rules of every zone as they hold with the city's present profiles."""
    book, index = city.plan.rulebook, city.plan.zones.index
    city.rules = book.rules_for(None, None, None, city.active_profiles)
    city.zone_rules = [city.rules] * len(city.plan.zones)
    for zone_id in book.overridden("zone"):
        if zone_id in index:
            rules = book.rules_for(zone_id, None, None, city.active_profiles)
            city.zone_rules[index[zone_id]] = rules
    # The last one is that of what lies in no zone; the city's own set is the first.
    sets, which = _numbered([city.rules, *city.zone_rules, city.rules])
    city.rule_sets, city.zone_set = sets, which[1:]


def sets_of_orders(city: City, rows: Rows) -> Sets:
    """The rules of these orders."""
    venue = city.orders.venue[rows]
    if _by_zone_alone(city):
        return city.rule_sets, city.zone_set[np.where(venue >= 0, city.venues.zone[venue], -1)]
    return _numbered(city.rules_of_order(row) for row in rows.tolist())


def sets_of_venues(city: City, rows: Rows) -> Sets:
    """The rules of these venues."""
    if _by_zone_alone(city):
        return city.rule_sets, city.zone_set[city.venues.zone[rows]]
    return _numbered(city.rules_of_venue(row) for row in rows.tolist())


def _by_zone_alone(city: City) -> bool:
    book = city.plan.rulebook
    return not (book.has_overrides("venue") or book.has_overrides("client"))


def _numbered(each: Iterable[RuleSet]) -> Sets:
    """Equal sets of one rule book are one object, and get one number."""
    sets: list[RuleSet] = []
    number_of: dict[int, int] = {}
    which: list[int] = []
    for rules in each:
        number = number_of.get(id(rules))
        if number is None:
            number = number_of[id(rules)] = len(sets)
            sets.append(rules)
        which.append(number)
    return sets, np.array(which, dtype=np.int64)
