"""Supply and demand of every zone, kept by increments.

`monitor/core` tells each change of a courier or an order; nothing is ever counted anew while the
monitor runs. `recount` counts from scratch: the truth that tests and the state's own check compare
with, and the start after a restore or a change of zones. Formulas over these counts stand in
`metrics.py`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# What a courier counts as.
NOT_COUNTED: Final = 0
IDLE: Final = 1
BUSY: Final = 2

# Up to this many couriers a loop over them is faster than a dozen array calls.
FEW_COURIERS: Final = 32

Zones = NDArray[np.int32] | NDArray[np.int64]
Kinds = NDArray[np.int8] | NDArray[np.int32] | NDArray[np.int64]


class Balance:
    """Counts per zone; every column has a last slot more, "in no zone", that index -1 reaches.

    `idle`, `busy`: couriers on shift. `open`: orders not yet served. `waiting`: those of them
    without a courier. `changed`: rows whose counts may differ from those last taken. Read the
    columns as you like; change them through the methods only.
    """

    __slots__ = (
        *("_busy", "_changed", "_couriers", "_idle", "_open", "_waiting"),
        *("busy", "changed", "idle", "open", "waiting", "zone_count"),
    )

    def __init__(self, zone_count: int) -> None:
        slots = zone_count + 1
        self.zone_count = zone_count
        # One slot after the other by what a courier counts as, so that one call changes all of
        # them; of those who do not count nobody reads how many there are.
        self._couriers = np.zeros(3 * slots, dtype=np.int64)
        self.idle: NDArray[np.int64] = self._couriers[IDLE * slots : BUSY * slots]
        self.busy: NDArray[np.int64] = self._couriers[BUSY * slots :]
        self.open: NDArray[np.int64] = np.zeros(slots, dtype=np.int64)
        self.waiting: NDArray[np.int64] = np.zeros(slots, dtype=np.int64)
        self.changed: NDArray[np.bool_] = np.zeros(slots, dtype=np.bool_)
        # The same memory cell by cell, which Python counts in at a third of the time.
        self._idle, self._busy = self.idle.data, self.busy.data
        self._open, self._waiting = self.open.data, self.waiting.data
        self._changed = self.changed.data

    def on_shift(self) -> NDArray[np.int64]:
        """Idle and busy couriers of every slot, as a new column."""
        return self.idle + self.busy

    def move_courier(self, old_zone: int, old_kind: int, new_zone: int, new_kind: int) -> None:
        """One courier leaves `old_kind` in `old_zone` and becomes `new_kind` in `new_zone`."""
        if old_zone == new_zone and old_kind == new_kind:
            return
        if old_kind:
            (self._idle if old_kind == IDLE else self._busy)[old_zone] -= 1
            self._changed[old_zone] = True
        if new_kind:
            (self._idle if new_kind == IDLE else self._busy)[new_zone] += 1
            self._changed[new_zone] = True

    def move_couriers(
        self, old_zone: Zones, old_kind: Kinds, new_zone: Zones, new_kind: Kinds
    ) -> None:
        """The same for columns of equal length, one entry a courier; no courier stands twice.

        Each is meant to have moved, in zone or kind: a zone where nothing did is marked as well.
        """
        if len(old_zone) <= FEW_COURIERS:
            for move in zip(
                old_zone.tolist(),
                old_kind.tolist(),
                new_zone.tolist(),
                new_kind.tolist(),
                strict=True,
            ):
                self.move_courier(*move)
            return
        self._shift(old_zone, old_kind, -1)
        self._shift(new_zone, new_kind, 1)

    def _shift(self, zone: Zones, kind: Kinds, by: int) -> None:
        slots = self.zone_count + 1
        # -1 becomes the last slot of its kind.
        np.add.at(self._couriers, zone % slots + kind * np.int64(slots), by)
        self.changed[zone[kind != NOT_COUNTED]] = True

    def add_order(self, zone: int, open_delta: int, waiting_delta: int) -> None:
        """Orders of one zone: so many more (or fewer) open, and so many of them waiting."""
        if open_delta or waiting_delta:
            self._open[zone] += open_delta
            self._waiting[zone] += waiting_delta
            self._changed[zone] = True

    def add_orders(self, open_in: Zones, waiting_in: Zones) -> None:
        """Orders of many zones: one more open for each entry, one more waiting likewise."""
        slots = self.zone_count + 1
        self.open += np.bincount(open_in % slots, minlength=slots)
        self.waiting += np.bincount(waiting_in % slots, minlength=slots)
        self.changed[open_in] = self.changed[waiting_in] = True

    def take_changed(self) -> NDArray[np.int32]:
        """The zones changed since this was last called, in order, without "in no zone"."""
        rows = np.flatnonzero(self.changed[:-1]).astype(np.int32)
        self.changed[:] = False
        return rows

    def check(self) -> None:
        """Raises AssertionError when a count is impossible: below zero, or more waiting than open.

        Asserted with an explicit raise, so that `python -O` does not silence it.
        """
        for name in ("idle", "busy", "open", "waiting"):
            column: NDArray[np.int64] = getattr(self, name)
            if (column < 0).any():
                slot = int(np.argmin(column))
                raise AssertionError(f"{name} of zone slot {slot} is {int(column[slot])}")
        if (self.waiting > self.open).any():
            slot = int(np.argmax(self.waiting - self.open))
            raise AssertionError(f"zone slot {slot} has more orders waiting than open")

    def differences(self, other: "Balance") -> tuple[str, ...]:
        """One line for each count in which the two differ; empty when they are equal."""
        if self.zone_count != other.zone_count:
            return (f"{self.zone_count} zones against {other.zone_count}",)
        lines: list[str] = []
        for name in ("idle", "busy", "open", "waiting"):
            mine: NDArray[np.int64] = getattr(self, name)
            theirs: NDArray[np.int64] = getattr(other, name)
            lines += [
                f"{name} of zone slot {slot}: {int(mine[slot])} against {int(theirs[slot])}"
                for slot in np.flatnonzero(mine != theirs).tolist()
            ]
        return tuple(lines)


def recount(
    courier_zone: Zones,
    courier_kind: Kinds,
    order_zone: Zones,
    order_open: NDArray[np.bool_],
    order_waiting: NDArray[np.bool_],
    zone_count: int,
) -> Balance:
    """A balance counted from scratch out of every courier and order; all rows marked changed.

    `order_waiting` counts only where `order_open` is set as well.
    """
    balance = Balance(zone_count)
    slots = zone_count + 1
    courier_slot = courier_zone % slots
    order_slot = order_zone % slots
    balance.idle[:] = np.bincount(courier_slot[courier_kind == IDLE], minlength=slots)
    balance.busy[:] = np.bincount(courier_slot[courier_kind == BUSY], minlength=slots)
    balance.open[:] = np.bincount(order_slot[order_open], minlength=slots)
    balance.waiting[:] = np.bincount(order_slot[order_open & order_waiting], minlength=slots)
    balance.changed[:] = True
    return balance
