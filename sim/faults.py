"""Faults to order: what is to go wrong in a simulated city, when, and for how long.

A fault is written `KIND[:ARGUMENT]@WHEN+DURATION`: `rain@12:30+45m`,
`silent-feed:couriers@13:00+10m`, `stalled-venue:v7@+5m+1h`. WHEN is a time of day, local to the
city, or (with a plus) a time after the start; DURATION is a number of `s`, `m` or `h`.
`city` puts them on its agenda; `apply` says what they do to the `conditions`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from monitor.core.events import STREAMS
from sim.conditions import Conditions

Kind = Literal[
    "rain",
    "crowd",
    "network-outage",
    "stalled-venue",
    "slow-kitchen",
    "silent-venue",
    "silent-feed",
    "pickup-stall",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
# What may follow the kind; a missing one is filled in by the city where it says "or".
ARGUMENTS: Final[dict[Kind, str]] = {
    "rain": "millimetres an hour, 4 if left out",
    "crowd": "a quarter's id, or the busiest: four times as many orders there",
    "network-outage": "a network's name, or the busiest",
    "stalled-venue": "a venue's id, or the busiest: nothing gets ready",
    "slow-kitchen": "a venue's id, or the busiest: an order gets ready every 8 minutes at most",
    "silent-venue": "a venue's id, or the busiest: no heartbeats, no accepts",
    "silent-feed": f"one of {', '.join(STREAMS)}",
    "pickup-stall": "",
}
RAIN_MM_H: Final = 4.0
# Rain: more people order, riders are slower, and one idle courier in five goes home.
RAIN_DEMAND: Final = 1.5
RAIN_SPEED: Final = 0.8
RAIN_LEAVERS: Final = 0.2

DAY_MS: Final = 86_400_000
LONGEST_MS: Final = 7 * DAY_MS
_UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000}
_SPAN: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([smh])")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class FaultError(ValueError):
    """A fault that cannot be understood or ordered; one line that says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong.

    It begins at `clock_min` (minutes after local midnight) or, where that is None, `after_ms`
    from the start, and lasts `duration_ms`. `argument` as in `ARGUMENTS`.
    """

    kind: Kind
    duration_ms: int
    after_ms: int = 0
    clock_min: int | None = None
    argument: str | None = None

    def begin_ms(self, start_ms: int, utc_offset_min: int) -> int:
        """When it begins: for a time of day the first such time not before the start."""
        if self.clock_min is None:
            return start_ms + self.after_ms
        offset_ms = utc_offset_min * 60_000
        midnight = (start_ms + offset_ms) // DAY_MS * DAY_MS - offset_ms
        begin = midnight + self.clock_min * 60_000
        return begin if begin >= start_ms else begin + DAY_MS

    @property
    def rain_mm_h(self) -> float:
        """How hard it rains."""
        return float(self.argument) if self.argument is not None else RAIN_MM_H


def parse_fault(text: str) -> Fault:
    """The fault that `text` describes; raises FaultError with what is wrong with it."""
    what, at, when = text.strip().partition("@")
    begin, plus, length = when.rpartition("+")
    if not at or not plus:
        raise FaultError(
            f"fault {text!r}: write KIND[:ARGUMENT]@WHEN+DURATION, such as rain@12:30+45m"
        )
    name, colon, given = what.partition(":")
    kind = next((known for known in KINDS if known == name), None)
    if kind is None:
        raise FaultError(f"fault {text!r}: {name!r} is none of {', '.join(KINDS)}")
    argument = given if colon else None
    _check_argument(text, kind, argument)
    duration_ms = _span(text, length, "duration")
    if duration_ms == 0:
        raise FaultError(f"fault {text!r}: the duration must be longer than nothing")
    if begin.startswith("+"):
        after = _span(text, begin[1:], "time after the start")
        return Fault(kind, duration_ms, after_ms=after, argument=argument)
    clock = _CLOCK.fullmatch(begin)
    if clock is None:
        raise FaultError(f"fault {text!r}: {begin!r} is no time such as 12:30, nor +5m")
    minute = int(clock[1]) * 60 + int(clock[2])
    return Fault(kind, duration_ms, clock_min=minute, argument=argument)


def _check_argument(text: str, kind: Kind, argument: str | None) -> None:
    expected = ARGUMENTS[kind]
    if argument is not None and (not argument or not expected):
        raise FaultError(f"fault {text!r}: {kind} takes {expected or 'no argument'}")
    if kind == "silent-feed" and argument not in STREAMS:
        raise FaultError(f"fault {text!r}: {kind} needs a stream, {expected}")
    if kind == "rain" and argument is not None and not re.fullmatch(r"\d{1,3}(\.\d+)?", argument):
        raise FaultError(f"fault {text!r}: {kind} takes {expected}, not {argument!r}")


def _span(text: str, span: str, what: str) -> int:
    match = _SPAN.fullmatch(span)
    if match is None:
        raise FaultError(f"fault {text!r}: {span!r} is no {what}; write 90s, 45m or 2h")
    length = round(float(match[1]) * _UNITS_MS[match[2]])
    if length > LONGEST_MS:
        raise FaultError(f"fault {text!r}: the {what} is longer than a week")
    return length


def apply(
    faults: Collection[Fault],
    now: Conditions,
    venue_rows: dict[str, int],
    busiest_venue: int,
    busiest_network: str,
    busiest_quarter: str,
) -> None:
    """Set `now` to what holds while exactly `faults` hold."""

    def venues_of(kind: Kind) -> set[int]:
        chosen = [fault.argument for fault in faults if fault.kind == kind]
        return {busiest_venue if name is None else venue_rows[name] for name in chosen}

    raining = any(fault.kind == "rain" for fault in faults)
    now.speed = RAIN_SPEED if raining else 1.0
    now.demand = RAIN_DEMAND if raining else 1.0
    now.dead_networks = {
        fault.argument or busiest_network for fault in faults if fault.kind == "network-outage"
    }
    now.stalled_kitchens = venues_of("stalled-venue")
    now.slow_kitchens = venues_of("slow-kitchen")
    now.crowds = {fault.argument or busiest_quarter for fault in faults if fault.kind == "crowd"}
    now.dead_tablets = venues_of("silent-venue")
    now.silent_streams = {fault.argument or "" for fault in faults if fault.kind == "silent-feed"}
    now.pickups_stalled = any(fault.kind == "pickup-stall" for fault in faults)


def check_names(
    faults: Sequence[Fault],
    venue_rows: dict[str, int],
    networks: Collection[str],
    quarters: Collection[str],
) -> None:
    """Raise FaultError for the first fault about something that the city lacks."""
    for fault in faults:
        name = fault.argument
        if name is None:
            continue
        if (
            fault.kind in ("stalled-venue", "slow-kitchen", "silent-venue")
            and name not in venue_rows
        ):
            raise FaultError(f"fault {fault.kind}: the city has no venue {name!r}")
        if fault.kind == "network-outage" and name not in networks:
            known = ", ".join(sorted(networks))
            raise FaultError(f"fault {fault.kind}: {name!r} is none of {known}")
        if fault.kind == "crowd" and name not in quarters:
            known = ", ".join(sorted(quarters))
            raise FaultError(f"fault {fault.kind}: {name!r} is none of {known}")
