"""One city's state: its tables, zone counts, streams, timers and book of alerts.

The only mutable thing of the core. `couriers.py`, `orders.py`, `venues.py` change it by events,
`judging/` by the passing of time; `views/` reads it.
"""

import heapq
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alerts.book import Book, Hold
from alerts.evaluate import CourierBounds, ShortageBounds
from alerts.rules import RuleSet
from monitor.core.actions.desk import Desk
from monitor.core.events import STREAMS, CityWeather
from monitor.core.plan import CityPlan
from monitor.core.streams import Stream
from monitor.core.tables.columns import Couriers, Orders, Venues
from monitor.core.tables.table import FAR, NEVER
from monitor.core.tables.timers import SecondsWheel, Wheel
from monitor.core.tables.touched import NO_ROWS, Touched
from zones.balance import Balance

# Who stands still is looked at this often, at whole multiples of it: the rule takes ten minutes.
FOLLOW_MS: Final = 10_000


class City:
    """All that is known of one city."""

    def __init__(self, plan: CityPlan) -> None:
        self.plan = plan
        self.couriers = Couriers()
        self.orders = Orders()
        self.venues = Venues()
        self.balance = Balance(len(plan.zones))
        self.book = Book(plan.slug, plan.retention.alerts_kept)
        self.desk = Desk(plan.slug, plan.actions)
        self.streams = {name: Stream() for name in STREAMS}
        self.weather: CityWeather | None = None
        self.first_ts = NEVER
        # Text that columns cannot hold, by row.
        self.venue_names: dict[int, str] = {}
        self.venue_clients: dict[int, str] = {}
        self.order_clients: dict[int, str] = {}
        self.order_notes: dict[int, str] = {}
        self.push_answers: dict[str, int] = {"accepted": 0, "declined": 0}
        # Of the city as a whole.
        self.ready_count = 0
        self.last_pickup_ts = NEVER
        # What the next judgement must look at.
        self.courier_wheel = SecondsWheel()
        self.order_wheel, self.venue_wheel = Wheel(), Wheel()
        self.touched_orders = Touched()
        self.new_problems: set[int] = set()
        self.touched_venues = Touched()
        self.touched_couriers = Touched()
        # Ids that left since the publisher last asked.
        self.gone_couriers: list[str] = []
        self.gone_orders: list[str] = []
        self.gone_venues: list[str] = []
        self.gone_zones: list[str] = []
        self.any_moved = False
        self.follow_due_ms = FAR  # when those who moved are looked at
        self.zones_dirty = False
        self.reset_zones()
        self.last_now_ms = NEVER  # the latest judgement
        self.stream_due_ms = NEVER
        self.silent_feeds = False  # whether a stream is silent, or about to be
        self.marks_due_ms = FAR
        self.stall_due_ms = FAR
        self.sweep_due_ms = NEVER
        self.held: frozenset[str] = frozenset()  # the rules that a silent stream holds
        self.active_profiles: tuple[str, ...] = ()
        self.profile_due_ms = NEVER
        self.rules: RuleSet = plan.rulebook.rules_for(None, None, None, ())

    def reset_zones(self) -> None:
        """Begin anew with what is kept by the number of a zone, after the zones changed."""
        count = len(self.plan.zones)
        # Waiting orders of each zone, oldest first; entries no longer true are dropped lazily.
        self.wait_heaps: list[list[tuple[int, int]]] = [[] for _ in range(count + 1)]
        # When the head of each was placed, and where it may have left since.
        self._head_placed = np.full(count + 1, NEVER, dtype=np.int64)
        self._head_left = np.zeros(count + 1, dtype=np.bool_)
        self.zones_to_judge = np.zeros(count, dtype=np.bool_)
        self.zones_to_publish = np.ones(count, dtype=np.bool_)
        self.zone_due_ms = np.full(count, FAR, dtype=np.int64)
        self.next_zone_due_ms = NEVER
        self.zone_alerts = np.zeros(count, dtype=np.bool_)
        self.zone_rules: list[RuleSet] = []
        # The different ones, the city's own first, and which of them holds in each zone, in none.
        self.rule_sets: list[RuleSet] = []
        self.zone_set = np.zeros(count + 1, dtype=np.int64)
        self.shortage_holds: list[tuple[Hold, Hold]] = []  # of each of these sets
        self._inner_points: NDArray[np.float64] | None = None
        self.shortage_bounds = ShortageBounds((), NO_ROWS)
        self.courier_bounds = CourierBounds((), NO_ROWS)

    @property
    def dirty(self) -> bool:
        """Whether an event since the last judgement asks for one."""
        return bool(
            self.zones_dirty or self.touched_orders or self.touched_venues or self.touched_couriers
        )

    def locate_one(self, lon: float, lat: float) -> int:
        """The zone of a point, -1 for none."""
        return self.plan.locator.locate_one(lon, lat)

    def inner_point(self, zone: int) -> tuple[float, float]:
        """Lon and lat of a point inside a zone."""
        if self._inner_points is None:
            self._inner_points = self.plan.zones.inner_points()
        lon, lat = self._inner_points[zone].tolist()
        return lon, lat

    def zone_id(self, zone: int) -> str | None:
        """The id of a zone by its index, None for -1."""
        return None if zone < 0 else self.plan.zones.ids[zone]

    def follow_from(self, now_ms: int) -> None:
        """Couriers told something: have them followed at the end of the present interval."""
        if not self.any_moved:
            self.any_moved = True
            self.follow_due_ms = -(-now_ms // FOLLOW_MS) * FOLLOW_MS

    def saw(self, stream: str, ts: int, count: int = 1) -> None:
        """Events of a stream came, the newest at `ts`."""
        seen = self.streams[stream]
        if seen.last_ts == NEVER or self.silent_feeds or self.stream_due_ms == FAR:
            self.stream_due_ms = NEVER  # a new one to look at, or one that is back
            if self.first_ts == NEVER:
                self.first_ts = ts
        seen.saw(ts, count)

    def collect_zone_changes(self) -> None:
        """Note the zones whose counts changed, for the judgement and for the publisher."""
        rows = self.balance.take_changed()
        if len(rows):
            self.zones_to_judge[rows] = True
            self.zones_to_publish[rows] = True

    # --- the oldest wait ----------------------------------------------------------------------

    def push_waiting(self, row: int) -> None:
        """An order began to wait in its zone."""
        orders = self.orders.cells
        zone, placed = orders.in_zone[row], orders.placed_ts[row]
        heap = self.wait_heaps[zone]
        entry = (placed, row)
        heapq.heappush(heap, entry)
        if heap[0] == entry:
            self._head_placed[zone] = placed

    def push_all_waiting(self, rows: NDArray[np.int64]) -> None:
        """`push_waiting` for all that wait, where none is known to wait yet."""
        placed, zone = self.orders.placed_ts[rows], self.orders.in_zone[rows]
        order = np.lexsort((rows, placed, zone))
        placed, zone = placed[order], zone[order]
        entries = list(zip(placed.tolist(), rows[order].tolist(), strict=True))
        starts = np.flatnonzero(np.diff(zone, prepend=-2))
        self._head_placed[zone[starts]] = placed[starts]
        ends = [*starts[1:].tolist(), len(entries)]
        for its_zone, start, end in zip(zone[starts].tolist(), starts.tolist(), ends, strict=False):
            self.wait_heaps[its_zone] = entries[start:end]  # what is sorted is a heap

    def left_waiting(self, zone: int) -> None:
        """An order waits no longer in a zone."""
        self._head_left[zone] = True

    def oldest_placed(self, zone: int) -> int:
        """When the oldest waiting order of a zone was placed, -1 if none waits."""
        heap = self.wait_heaps[zone]
        orders = self.orders.cells
        while heap:
            placed, row = heap[0]
            if (
                orders.in_waiting[row]
                and orders.in_zone[row] == zone
                and orders.placed_ts[row] == placed
            ):
                break
            heapq.heappop(heap)
        placed = heap[0][0] if heap else NEVER
        self._head_placed[zone], self._head_left[zone] = placed, False
        return placed

    def oldest_placed_of(self, zones: NDArray[np.int64]) -> NDArray[np.int64]:
        """`oldest_placed` of many zones: only those that one has left are looked at singly."""
        placed = self._head_placed[zones]
        for i in np.flatnonzero(self._head_left[zones]).tolist():
            placed[i] = self.oldest_placed(int(zones[i]))
        return placed

    def rules_of_order(self, row: int) -> RuleSet:
        """The rules as they hold for an order: its zone, venue and key account."""
        book = self.plan.rulebook
        venue = self.orders.cells.venue[row]
        if venue < 0:
            return self.rules
        client = self.order_clients.get(row) or self.venue_clients.get(venue)
        zone = self.zone_id(self.venues.cells.zone[venue])
        return book.rules_for(zone, self.venues.id(venue), client, self.active_profiles)

    def rules_of_venue(self, row: int) -> RuleSet:
        """The rules as they hold for a venue."""
        zone = self.zone_id(self.venues.cells.zone[row])
        return self.plan.rulebook.rules_for(
            zone, self.venues.id(row), self.venue_clients.get(row), self.active_profiles
        )

    def check(self) -> None:
        """Assert the invariants; the counts are compared with a recount in `state.check`."""
        self.couriers.check()
        self.orders.check()
        self.venues.check()
        self.balance.check()
