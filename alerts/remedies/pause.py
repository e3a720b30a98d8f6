"""Whether a venue may be paused: its share of those around it, and whose fault the delay is.

Numbers in, a word out; the core counts them (`monitor/core/actions/pause_grounds.py`).
"""

import math

from alerts.action import Hindrance
from alerts.remedies.settings import PauseSettings
from alerts.rules import VenueSlow


def share_allows(open_count: int, paused_count: int, share: float, by_hand: bool) -> bool:
    """Whether one more of `open_count` open venues may be paused, `paused_count` being so already.

    `open_count` includes those that are open but for our pause. By hand one may always be: in a
    place of four venues a fifth of them is none.
    """
    allowed = math.floor(share * open_count + 1e-9)
    return paused_count + 1 <= (max(allowed, 1) if by_hand else allowed)


def couriers_late(rule: VenueSlow, own_overdue: int, own_overrun_min: float) -> bool:
    """Whether what looks like a slow kitchen is a want of couriers.

    Kitchens that finish an order when its courier is near are late where he is: of an order given
    to a courier after its promise only the time since then is the kitchen's own. `own_overdue`
    orders are overdue by that measure, `own_overrun_min` is the mean overrun, NaN if not known.
    """
    return (
        own_overdue < max(rule.overdue_raise, 1) and not own_overrun_min >= rule.overrun_raise_min
    )


def hinders_pause(
    settings: PauseSettings,
    zone: tuple[int, int],
    city: tuple[int, int],
    left: int,
    by_hand: bool,
) -> Hindrance | None:
    """What forbids one more pause: `zone` and `city` are (open, paused), `left` the budget."""
    if left < 1:
        return "budget_spent"
    if not share_allows(*zone, settings.zone_share, by_hand):
        return "share_paused"
    if not share_allows(*city, settings.city_share, by_hand):
        return "share_paused"
    return None
