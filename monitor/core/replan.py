"""New zones and rules for a running state: nothing that is known is lost.

Couriers, orders and venues stay; they are located and counted anew. Alerts on zones that are gone
end; all others are judged by the new rules at the next judgement.
"""

from collections.abc import Iterable

import numpy as np

from monitor.core.actions import remedies
from monitor.core.city import City
from monitor.core.couriers import recount
from monitor.core.effects import Effects
from monitor.core.judging.city import look_at_everything
from monitor.core.orders import recount_orders
from monitor.core.plan import CityPlan
from monitor.core.state import State
from monitor.core.tables.table import NEVER
from zones.balance import Balance


def replan(state: State, plans: Iterable[CityPlan]) -> Effects:
    """Give each city its new plan; new cities begin empty, cities no longer there leave.

    What ended by it is among the effects: nobody is left with the alert of a zone that is gone.
    """
    effects = Effects()
    wanted = {plan.slug: plan for plan in plans}
    for slug in [slug for slug in state.cities if slug not in wanted]:
        remedies.wind_up(state.cities.pop(slug), effects, state.now_ms)
    for slug, plan in wanted.items():
        city = state.cities.get(slug)
        if city is None:
            state.cities[slug] = City(plan)
        else:
            replan_city(city, plan, city.plan.zones.ids, state.now_ms)
            remedies.collect(city, effects, state.now_ms)
    return effects


def replan_city(city: City, plan: CityPlan, zones_before: Iterable[str], now_ms: int) -> None:
    """Give a city another plan; what ended by it waits in its book.

    `zones_before` are the ids of the zones that its shortages were judged by.
    """
    for zone_id in zones_before:
        if zone_id not in plan.zones.index:
            city.book.end("zone_shortage", zone_id, now_ms, "subject_gone")
            city.gone_zones.append(zone_id)
    city.plan = plan
    city.desk.settings = plan.actions
    city.desk.wake(now_ms)  # other bounds may let go what they held back
    city.reset_zones()
    city.balance = Balance(len(plan.zones))
    c, v, o = city.couriers, city.venues, city.orders
    rows = c.live_rows()
    c.zone[rows], c.kind[rows] = -1, 0
    recount(city, rows, plan.locator.locate(c.lon[rows], c.lat[rows]), now_ms)
    venues = v.live_rows()
    v.zone[venues] = plan.locator.locate(v.lon[venues], v.lat[venues])
    orders = o.live_rows()
    o.in_zone[orders] = -1
    o.in_open[orders] = o.in_waiting[orders] = False
    recount_orders(city)
    for table in (c, v, o):
        table.changed[table.live_rows()] = True
    for i, zone_id in enumerate(plan.zones.ids):
        city.zone_alerts[i] = city.book.is_tracked("zone_shortage", zone_id)
    city.profile_due_ms = NEVER  # the rules are read at the next judgement
    city.zones_dirty = True
    city.zones_to_publish = np.ones(len(plan.zones), dtype=np.bool_)
    look_at_everything(city)
