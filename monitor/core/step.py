"""The pipeline: events and the time in, effects out. Read it from top to bottom.

Synchronous and deterministic: what comes out depends on the state, the events and `now_ms` alone.
At whole seconds, what changed or falls due is judged by the rules; then events are applied in their
order, positions of couriers in runs, as columns. A judgement at second T is meant to see all events
up to T and none after it; `timeline.py` cuts a recording so that it does exactly.
"""

from collections.abc import Sequence

from alerts import act
from monitor.core.city import City
from monitor.core.commands import (
    AckAlert,
    ClaimAlert,
    CloseAlert,
    Command,
    NoteAlert,
    ReleaseAlert,
    Silence,
    UnackAlert,
)
from monitor.core.couriers import apply_positions, apply_status
from monitor.core.effects import Effects
from monitor.core.events import (
    CityWeather,
    CourierPosition,
    CourierPushResponse,
    CourierStatusChanged,
    Event,
    VenueHeartbeat,
    VenueStatus,
    VenueUpdated,
)
from monitor.core.judge import judge_city
from monitor.core.orders import apply_order, settle
from monitor.core.state import State
from monitor.core.streams import SLOT_MS
from monitor.core.venues import apply_venue

Incoming = Event | Command
_COURIER_WORDS = (CourierStatusChanged, CourierPushResponse)
_VENUE_WORDS = (VenueUpdated, VenueStatus, VenueHeartbeat)


def step(state: State, events: Sequence[Incoming], now_ms: int) -> Effects:
    """Judge if a whole second that has passed asks for it, then apply admitted events in order."""
    state.now_ms = max(state.now_ms, now_ms)
    second = state.now_ms - state.now_ms % 1000
    effects = judge(state, second) if second >= state.next_wake_ms() else Effects()
    apply(state, events, effects)
    return effects


def apply(state: State, events: Sequence[Incoming], effects: Effects) -> None:
    """Change the tables by admitted events; the rules are not asked."""
    if events:
        state.applied_ms = state.now_ms
    runs: dict[str, list[CourierPosition]] = {}
    for event in events:
        if type(event) is CourierPosition:
            run = runs.get(event.city)
            if run is None:
                runs[event.city] = [event]
            else:
                run.append(event)
        else:
            _apply_other(state, event, runs, effects)
    for slug, run in runs.items():
        _flush(state, state.cities[slug], run)
    _take_changes(state, effects)


def _flush(state: State, city: City, run: list[CourierPosition]) -> None:
    if not run:
        return
    applied = apply_positions(city, run, state.now_ms)
    state.tally.applied += applied
    state.tally.stale += len(run) - applied
    state.by_type["courier.position"] = state.by_type.get("courier.position", 0) + len(run)
    _saw_run(city, [event.ts for event in run])
    run.clear()


def _saw_run(city: City, times: list[int]) -> None:
    if len(times) == 1 or min(times) // SLOT_MS == max(times) // SLOT_MS:
        city.saw("couriers", max(times), len(times))
    else:
        for ts in times:
            city.saw("couriers", ts)


def _apply_other(
    state: State, event: Incoming, runs: dict[str, list[CourierPosition]], effects: Effects
) -> None:
    city = state.cities[event.city]
    if isinstance(event, Command):
        effects.answers.append((event, _obey(city, event)))
        return
    orphan = False
    if isinstance(event, _COURIER_WORDS):
        # Positions before it come first: what a courier says last counts.
        if run := runs.get(event.city):
            _flush(state, city, run)
        applied = apply_status(city, event, state.now_ms)
        stream = "couriers"
    elif isinstance(event, _VENUE_WORDS):
        applied, moved_orders = apply_venue(city, event)
        for row in moved_orders:
            settle(city, row)
        stream = "venues"
    elif isinstance(event, CityWeather):
        applied = city.weather is None or event.ts >= city.weather.ts
        if applied:
            city.weather = event
        stream = "city"
    else:
        assert not isinstance(event, CourierPosition), "positions come in runs"
        applied, orphan = apply_order(city, event)
        stream = "orders"
    tally = state.tally
    tally.applied += applied
    tally.stale += not applied
    tally.orphan += orphan
    name = str(type(event).__struct_config__.tag)
    state.by_type[name] = state.by_type.get(name, 0) + 1
    city.saw(stream, event.ts)


def _obey(city: City, command: Command) -> act.Outcome:
    book, now = city.book, command.ts
    city.marks_due_ms = min(city.marks_due_ms, now)  # its end may be the next one
    if isinstance(command, AckAlert):
        return act.ack(book, command.alert_id, command.by, command.until_ts, now)
    if isinstance(command, UnackAlert):
        return act.unack(book, command.alert_id, now)
    if isinstance(command, ClaimAlert):
        return act.claim(book, command.alert_id, command.by, now)
    if isinstance(command, ReleaseAlert):
        return act.release(book, command.alert_id, command.by, command.force, now)
    if isinstance(command, NoteAlert):
        return act.note(book, command.alert_id, command.by, command.text, now)
    if isinstance(command, CloseAlert):
        return act.close(book, command.alert_id, command.by, command.reason, now)
    if isinstance(command, Silence):
        return act.silence(
            book, command.matchers, command.by, command.reason, command.until_ts, now
        )
    return act.unsilence(book, command.silence_id, now)


def judge(state: State, second_ms: int) -> Effects:
    """Judge every city at a whole second."""
    effects = Effects()
    state.judged_ms = second_ms
    for city in state.cities.values():
        judge_city(city, second_ms)
    _take_changes(state, effects)
    return effects


def _take_changes(state: State, effects: Effects) -> None:
    for city in state.cities.values():
        if city.book.has_changes:
            effects.alerts += city.book.take_changes()
