"""The engine: the only owner of the state, driven by an inbox and a clock."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from monitor.core.commands import ClaimAlert
from monitor.core.effects import Effects
from monitor.core.events import Place
from monitor.core.reports import Incoming
from monitor.core.state import State
from monitor.engine import Engine
from monitor.ingest.inbox import Inbox
from monitor.runtime.clock import Clock, EventClock, VirtualClock
from tests.support.cities import CITY, T0, at, courier, placed
from tests.support.towns import fleet, only, rush, status, town, venue
from tests.support.waiting import DEADLINE_S, at_work, until

LATE = ("order_unaccepted", "o")


class Room:
    """An engine with a virtual clock, and all that it told."""

    def __init__(self, clock: Clock, batch: int = 5_000) -> None:
        self.state = State([town(only("order_unaccepted"))])
        self.inbox = Inbox(batch=batch)
        self.effects: list[Effects] = []
        self.steps: list[int] = []
        self.engine = Engine(
            self.state,
            self.inbox,
            clock,
            self.effects.append,
            lambda took_s, events: self.steps.append(events),
        )

    def firing(self) -> set[tuple[str, str]]:
        """Rule and subject of all that fires."""
        living = self.state.cities[CITY].book.living()
        return {(a.rule, a.subject.id) for a in living if a.state == "firing"}

    def running(self) -> AbstractAsyncContextManager[None]:
        """The engine at work."""
        return at_work(self.engine.run())


async def test_events_are_applied_and_their_producer_is_told() -> None:
    """`deliver` returns once the engine has taken them, and the state shows them."""
    room = Room(VirtualClock(T0))
    async with room.running():
        await room.inbox.deliver([venue(0), placed(0), courier(0, "c", 0.05)])
        assert len(room.state.cities[CITY].orders) == 1
        assert (room.engine.counts.events, room.engine.counts.steps) == (3, 1)
        assert room.steps == [3]


async def test_it_is_awake_from_its_start_though_nothing_comes() -> None:
    """Whoever asks whether it is ready is not told to wait for its first second."""
    room = Room(EventClock())
    began_s = asyncio.get_running_loop().time()
    async with room.running():
        await asyncio.sleep(0)
        assert room.engine.counts.heartbeat_s >= began_s


async def test_what_waits_is_taken_in_one_step_and_in_batches() -> None:
    """Seven events that wait, at most three a batch, are three steps."""
    room = Room(VirtualClock(T0), batch=3)
    events: list[Incoming] = [*rush(0, 7)]
    for event in events:
        await room.inbox.put([event])
    async with room.running():
        await until(lambda: room.engine.counts.events == 7, "all are applied")
    assert room.steps == [3, 3, 1]


async def test_a_deadline_comes_without_any_event() -> None:
    """The clock moves to 300 s; the engine wakes by itself and the alert fires."""
    clock = VirtualClock(T0)
    room = Room(clock)
    async with room.running():
        await room.inbox.deliver([placed(0)])
        clock.set(at(299.9))
        beat = room.engine.counts.heartbeat_s
        await until(lambda: room.engine.counts.heartbeat_s > beat, "another beat")
        assert room.firing() == set()
        clock.set(at(300))
        await until(lambda: room.firing() == {LATE}, "the order is late")
    changes = [change.change for effects in room.effects for change in effects.alerts]
    assert changes == ["firing"]


async def test_a_command_is_answered_at_once() -> None:
    """`submit` gives the outcome, and what changed is told in the same moment."""
    clock = VirtualClock(T0)
    room = Room(clock)
    async with room.running():
        await room.inbox.deliver([placed(0)])
        clock.set(at(300))
        await until(lambda: room.firing() == {LATE}, "the order is late")
        alert = room.state.cities[CITY].book.living()[0]
        told = len(room.effects)
        outcome = await room.engine.submit(ClaimAlert(CITY, at(300), "ann", alert.id))
        assert outcome.ok
        assert [c.change for c in room.effects[told].alerts] == ["mark"]
        refused = await room.engine.submit(ClaimAlert(CITY, at(301), "ben", alert.id))
        assert (refused.ok, refused.by) == (False, "ann")


async def test_now_never_lies_behind_what_was_judged() -> None:
    """An engine's time is the clock's, or the state's where that is ahead."""
    room = Room(VirtualClock(T0))
    assert room.engine.now_ms() == T0
    room.state.now_ms = T0 + 5_000
    assert room.engine.now_ms() == T0 + 5_000


async def test_in_the_events_own_time_judgements_come_between_events() -> None:
    """One batch, ten minutes apart in itself: the deadline in between is judged at its second."""
    clock = EventClock()
    room = Room(clock)
    events: list[Incoming] = [
        placed(0),
        *(status(second, "c", "idle") for second in range(10, 700, 10)),
    ]
    async with room.running():
        for event in events:
            clock.see(event.ts)
        await room.inbox.deliver(events)
        assert room.firing() == {LATE}
    fired = [c.alert.fired_ts for effects in room.effects for c in effects.alerts]
    assert fired == [at(300)]


async def test_a_new_plan_is_taken_between_steps() -> None:
    """`replan` hands over other rules; what is known stays."""
    clock = VirtualClock(T0)
    room = Room(clock)
    async with room.running():
        await room.inbox.deliver([placed(0), *fleet(0, 2)])
        room.engine.replan([town(only("order_unaccepted", after_min=1))])
        clock.set(at(60))
        await until(lambda: room.firing() == {LATE}, "the order is late")
        assert len(room.state.cities[CITY].couriers) == 2


async def test_cancelled_it_leaves_nothing_half_done() -> None:
    """What was taken from the inbox is applied; the rest waits there still."""
    room = Room(VirtualClock(T0), batch=2)
    for event in rush(0, 6):
        await room.inbox.put([event])
    async with room.running():
        await until(lambda: room.engine.counts.events >= 2, "two are applied")
    assert room.engine.counts.events + room.inbox.depth == 6
    assert len(room.state.cities[CITY].orders) == room.engine.counts.events
    room.state.check()


async def test_a_broken_invariant_ends_the_engine_loudly() -> None:
    """Something in the inbox that is no event at all is our fault: it raises."""
    room = Room(VirtualClock(T0))
    await room.inbox.put([Place(0.05, 0.05)])  # type: ignore[list-item]
    with pytest.raises(AttributeError):
        async with asyncio.timeout(DEADLINE_S):
            await room.engine.run()
