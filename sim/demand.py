"""When, where and what people order: the day's curve, the venues, the places of the clients.

Orders are a Poisson process whose rate follows the local time, with a peak at lunch and a higher
one at dinner; the shape is that of the hourly order counts that food delivery shows everywhere,
drawn by hand. Used by `city` and `clients`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from sim.couriers import Rows
from sim.plane import Floats
from sim.settings import SimSettings
from sim.town import Quarter
from sim.venues import Venue

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

# The rate by local hour, as a share of the dinner peak; straight lines in between.
CURVE: Final = (
    (0.0, 0.10), (2.0, 0.04), (5.0, 0.02), (7.0, 0.06), (9.0, 0.15), (10.0, 0.25), (11.0, 0.50),
    (12.0, 0.85), (13.0, 0.90), (14.0, 0.60), (15.0, 0.40), (16.0, 0.42), (17.0, 0.62),
    (18.0, 0.90), (19.0, 1.00), (20.0, 0.85), (21.0, 0.55), (22.0, 0.33), (23.0, 0.18),
    (24.0, 0.10),
)  # fmt: skip
_HOURS: Final = tuple(hour for hour, _ in CURVE)
_SHARES: Final = tuple(share for _, share in CURVE)

# Clients live around the venue they order from: a third of the way each axis, in metres.
CLIENT_SPREAD_M: Final = 1_400.0
# Beyond this nobody delivers.
FARTHEST_CLIENT_M: Final = 4_500.0
PREP_MEAN_MIN: Final = 13.0
PREP_SPREAD_MIN: Final = 4.0
# The networks that couriers' phones and venues' tablets are on, with their shares.
NETWORKS: Final = ("lte-a", "lte-b", "lte-c")
PHONE_SHARES: Final = (0.5, 0.35, 0.15)
TABLET_NETWORKS: Final = ("fibre-a", "lte-a", "lte-b")
TABLET_SHARES: Final = (0.6, 0.25, 0.15)
# One venue in twelve belongs to a chain that is a key account.
CHAINS: Final = ("chain-noodle", "chain-burger")
CHAIN_SHARE: Final = 1.0 / 12.0


def rate_share(ts: int, utc_offset_min: int) -> float:
    """The rate of orders at `ts` as a share of the dinner peak's."""
    local = (ts + utc_offset_min * MINUTE_MS) % DAY_MS
    return float(np.interp(local / HOUR_MS, _HOURS, _SHARES))


def make_venues(settings: SimSettings, rng: np.random.Generator) -> list[Venue]:
    """The city's venues, scattered around its quarters by their weights."""
    count, quarters = settings.venues, settings.quarters
    homes = pick(rng, [quarter.weight for quarter in quarters], count)
    x, y = scatter(rng, quarters, homes)
    prep = np.clip(rng.normal(PREP_MEAN_MIN, PREP_SPREAD_MIN, count), 4.0, 40.0).round(0)
    slow = rng.random(count) < settings.slow_venue_share
    networks = pick(rng, TABLET_SHARES, count)
    chain = rng.random(count)
    # Drawn only where there are any, so that other cities stay what they are.
    share = settings.waiting_kitchen_share
    waits = rng.random(count) < share if share else np.zeros(count, np.bool_)
    slow_ms = round(settings.slow_venue_minutes * MINUTE_MS)
    digits = len(str(count))
    return [
        Venue(
            venue_id=f"v{row + 1:0{digits}d}",
            x=float(x[row]),
            y=float(y[row]),
            prep_minutes=float(prep[row]),
            name=f"{quarters[int(homes[row])].name} {row + 1}",
            client_id=CHAINS[row % len(CHAINS)] if chain[row] < CHAIN_SHARE else None,
            network=TABLET_NETWORKS[int(networks[row])],
            slow_ms=slow_ms if slow[row] else 0,
            quarter=quarters[int(homes[row])].zone_id,
            waits_for_courier=bool(waits[row]),
        )
        for row in range(count)
    ]


def popularity(rng: np.random.Generator, count: int) -> Floats:
    """Each venue's share of the orders: a few have many, most have some; sums to 1."""
    weights = rng.lognormal(0.0, 0.8, count)
    return np.asarray(weights / weights.sum(), np.float64)


def client_places(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Where the clients of venues at (`x`, `y`) live, in metres; one for each."""
    off = rng.standard_normal((2, x.size)) * CLIENT_SPREAD_M
    away = np.hypot(off[0], off[1])
    # Pulled back onto the border rather than drawn again: a fixed number of draws.
    off *= np.minimum(1.0, FARTHEST_CLIENT_M / np.maximum(away, 1.0))
    return x + off[0], y + off[1]


def pick(rng: np.random.Generator, weights: Sequence[float] | Floats, count: int) -> Rows:
    """`count` indices drawn by weight."""
    edges = np.cumsum(np.asarray(weights, np.float64))
    drawn = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return np.asarray(np.minimum(drawn, len(edges) - 1), np.intp)


def scatter(
    rng: np.random.Generator, quarters: Sequence[Quarter], homes: Rows
) -> tuple[Floats, Floats]:
    """A point near the middle of each of the quarters in `homes`, in metres."""
    centres = np.array([(quarter.x, quarter.y, quarter.spread_m) for quarter in quarters])[homes]
    noise = np.clip(rng.standard_normal((homes.size, 2)), -2.0, 2.0)
    x, y = (centres[:, :2] + noise * centres[:, 2:]).T
    return x, y
