"""What holds in the simulated city just now: weather on the roads, what is broken, what is mute.

A plain board: `faults` and `city` write on it, `operation` reads it at each thing it does. All
values at their defaults is an ordinary day.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Conditions:
    """The circumstances, each undone by its owner when it is over.

    `speed` and `demand` are factors. `dead_networks` carry nothing from phones or tablets,
    `dead_tablets` (venue rows) neither, `stalled_kitchens` (venue rows) get nothing ready,
    `slow_kitchens` (venue rows) one order at a time, `crowds` are the quarters where more is
    ordered, `silent_streams` (of the contract's `STREAMS`) bring no event at all, and while
    `pickups_stalled` nobody leaves a venue with an order.
    """

    speed: float = 1.0
    demand: float = 1.0
    dead_networks: set[str] = field(default_factory=set)
    dead_tablets: set[int] = field(default_factory=set)
    stalled_kitchens: set[int] = field(default_factory=set)
    slow_kitchens: set[int] = field(default_factory=set)
    crowds: set[str] = field(default_factory=set)
    silent_streams: set[str] = field(default_factory=set)
    pickups_stalled: bool = False
