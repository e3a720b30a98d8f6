"""A city takes nobody new when it is full, and goes on with those it knows."""

from dataclasses import replace
from typing import Final

from monitor.core.plan import Retention
from monitor.core.room import Room
from monitor.core.state import State
from monitor.core.step import step
from monitor.ingest.codec import Decoded, decode
from monitor.ingest.gate import Gate
from tests.support.cities import T0, small_city

SMALL: Final = Retention(couriers_max=2, orders_max=1, venues_max=1)


def admitted(state: State, gate: Gate, *lines: str) -> Decoded:
    """Lines through the gate into the state."""
    decoded = decode("\n".join(lines).encode())
    gate.admit(decoded, T0)
    step(state, decoded.events, T0)
    return decoded


def at(courier: str) -> str:
    """A position."""
    return (
        f'{{"type":"courier.position","city":"riga","ts":{T0},'
        f'"courier_id":"{courier}","lat":0.05,"lon":0.05}}'
    )


def test_the_known_go_on_where_the_new_are_refused() -> None:
    """With two couriers known, a third is refused as `no_room`; the two are still heard."""
    plan = replace(small_city("riga"), retention=SMALL)
    state = State([plan])
    gate = Gate(["riga"], room=Room(lambda: state))
    assert not admitted(state, gate, at("a"), at("b")).rejected
    decoded = admitted(state, gate, at("a"), at("new"), at("b"))
    assert [(bad.index, bad.reason) for bad in decoded.rejected] == [(1, "no_room")]
    assert len(decoded.events) == 2
    assert len(state.cities["riga"].couriers) == 2


def test_each_kind_has_its_own_room() -> None:
    """A city full of couriers still takes an order, and its first venue."""
    plan = replace(small_city("riga"), retention=SMALL)
    state = State([plan])
    gate = Gate(["riga"], room=Room(lambda: state))
    admitted(state, gate, at("a"), at("b"))
    order = f'{{"type":"order.ready","city":"riga","ts":{T0},"order_id":"o1"}}'
    beat = f'{{"type":"venue.heartbeat","city":"riga","ts":{T0},"venue_id":"v1"}}'
    assert not admitted(state, gate, order, beat).rejected
    more = admitted(state, gate, order.replace("o1", "o2"), beat.replace("v1", "v2"), order)
    assert [bad.reason for bad in more.rejected] == ["no_room", "no_room"]
