"""The whole state as plain values: taken between two steps, and a state made of it again.

A state restored by the same plans goes on exactly as the one that was captured: same rows, ids,
alerts, effects. `capture` copies and is quick; nothing is encoded here (`monitor/durable` does, off
the loop). The plans are not in it: where a city's zones or rules are others now, it is counted
anew, as on a reload.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct

from monitor.core.actions import remedies
from monitor.core.city import City
from monitor.core.effects import Effects
from monitor.core.plan import CityPlan
from monitor.core.replan import replan_city
from monitor.core.snapshot_city import CityDump, city_room, dump_city, load_city, load_zones
from monitor.core.state import State
from monitor.core.tables.memory import Memory

Reason = Literal["corrupt", "newer", "older", "foreign"]

# Attributes of the state that are one number each.
CLOCKS: Final = ("now_ms", "applied_ms", "judged_ms")


class SnapshotError(Exception):
    """A snapshot that can't be used; `reason` is its name, the text says more."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(f"{reason}: {words}")
        self.reason: Reason = reason


class Part(NamedTuple):
    """Something else that is kept with each city, under a name of its own.

    `dump` gives a copy made of builtins (and frozen structs, which `load` gets as builtins).
    `load` is not called for a city whose snapshot lacks it.
    """

    dump: Callable[[City], Any]
    load: Callable[[City, Any], None]


class Captured(Struct, frozen=True, kw_only=True):
    """A state as it stood."""

    clocks: dict[str, int] = {}
    tally: dict[str, int] = {}
    by_type: dict[str, int] = {}
    cities: dict[str, CityDump] = {}


@dataclass(frozen=True, slots=True)
class Restored:
    """A state to go on with.

    `effects` are what changed on the way: alerts that ended with their zone or city, to be told as
    those of a reload are. `notes`: a line for each city that is not exactly as it was.
    """

    state: State
    effects: Effects = field(default_factory=Effects)
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=1024)  # a plan is frozen, and asked about at every snapshot
def fingerprint(plan: CityPlan) -> str:
    """The same for plans by which all is located, judged and acted upon alike."""
    judged_by = (plan.zones.fingerprint(), plan.rulebook.fingerprint(), plan.stale_ms)
    told = (plan.slug, judged_by, plan.actions)
    return blake2b(repr(told).encode(), digest_size=16).hexdigest()


def room_of(state: State) -> int:
    """How much `Memory` a capture needs, bytes; a little more, for what comes until then."""
    return round(sum(map(city_room, state.cities.values())) * 1.02) + (1 << 16)


def capture(
    state: State, parts: Mapping[str, Part] | None = None, memory: Memory | None = None
) -> Captured:
    """Copy all that later behaviour depends on; call it between two steps.

    Give it `Memory(room_of(state))` made in a thread where the state is large; without, or where
    it is too small, it takes its own, which holds the caller up longer.
    """
    memory = memory or Memory()
    return Captured(
        clocks={name: getattr(state, name) for name in CLOCKS},
        tally=state.tally.as_dict(),
        by_type=state.by_type.copy(),
        cities={
            slug: dump_city(
                city,
                fingerprint(city.plan),
                {name: part.dump(city) for name, part in (parts or {}).items()},
                memory,
            )
            for slug, city in state.cities.items()
        },
    )


def restore(
    captured: Captured, plans: Iterable[CityPlan], parts: Mapping[str, Part] | None = None
) -> Restored:
    """A state of these cities as the captured ones stood; all rows count as changed.

    A city of the same plan is exactly as it was; of another plan, as after a reload; a new one is
    empty; one that is no longer among the plans leaves. Raises SnapshotError (`corrupt`) where
    what was captured contradicts itself.
    """
    wanted = {plan.slug: plan for plan in plans}
    try:
        return _restore(captured, wanted, parts or {})
    except (ValueError, LookupError, TypeError) as error:
        raise SnapshotError("corrupt", f"its contents contradict each other ({error!r})") from error


def _restore(
    captured: Captured, wanted: dict[str, CityPlan], parts: Mapping[str, Part]
) -> Restored:
    state = State(())
    for name in CLOCKS:
        setattr(state, name, captured.clocks[name])
    for name in state.tally.as_dict():
        setattr(state.tally, name, captured.tally.get(name, 0))
    state.by_type = dict(captured.by_type)
    effects = Effects()
    notes: list[str] = []
    # Cities are judged in their order, so it is kept.
    for slug, dump in captured.cities.items():
        plan = wanted.get(slug)
        if plan is None:
            notes.append(f"{slug} is not configured any more: what was known of it is dropped")
            # Some zones or other: what is left to do with it asks for none.
            city = _loaded(replace(next(iter(wanted.values())), slug=slug), dump, parts)
            remedies.wind_up(city, effects, state.now_ms)
            continue
        city = state.cities[slug] = _loaded(plan, dump, parts)
        if dump.plan == fingerprint(plan):
            load_zones(city, dump)
        else:
            notes.append(f"{slug} has other zones or rules now: all in it is counted anew")
            replan_city(city, plan, dump.zone_ids, state.now_ms)
            remedies.collect(city, effects, state.now_ms)
    for slug, plan in wanted.items():
        if slug not in state.cities:
            notes.append(f"{slug} is new: it begins empty")
            state.cities[slug] = City(plan)
    return Restored(state, effects, tuple(notes))


def _loaded(plan: CityPlan, dump: CityDump, parts: Mapping[str, Part]) -> City:
    """A city as it was, but for what belongs to its zones."""
    city = City(plan)
    load_city(city, dump)
    for name, part in parts.items():
        if name in dump.parts:
            part.load(city, dump.parts[name])
    return city
