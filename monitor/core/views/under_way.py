"""What is being done for zones and venues right now, by their index and row.

Reads the living actions once for a whole batch of views, changes nothing. Called by
`views/zones.py` and `views/rows.py`.
"""

from monitor.core.actions.pause_grounds import PAUSING
from monitor.core.city import City
from monitor.core.views.structs import PausedBy, Pushing


def pushing_by_zone(city: City) -> dict[int, Pushing]:
    """The zones that couriers are being pushed to."""
    index = city.plan.zones.index
    found: dict[int, Pushing] = {}
    for action in city.desk.actions.living.values():
        if action.kind != "push_couriers" or action.state == "proposed":
            continue
        zone = index.get(action.subject.id) if action.subject.kind == "zone" else None
        if zone is not None:
            before = found.get(zone, Pushing((), 0, 0))
            found[zone] = Pushing(
                (*before.actions, action.id),
                before.expected + action.expected.couriers,
                before.accepted + action.came.accepted,
            )
    return found


def pauses_by_venue(city: City) -> dict[int, PausedBy]:
    """The venues that a living action of ours has told to take no orders."""
    found: dict[int, PausedBy] = {}
    for action in city.desk.actions.living.values():
        if action.kind == "pause_venue" and action.stage in PAUSING:
            row = city.venues.find(action.subject.id)
            if row >= 0:
                found[row] = PausedBy(action.id, action.until_ts)
    return found
