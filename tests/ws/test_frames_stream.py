"""Who gets which frame and when: beats, slow clients, keyframes asked for; over loopback too."""

import asyncio
import json

from tests.support.frame_reader import FrameReader
from tests.support.frame_town import CITY, FrameTown, One, read, view
from tests.ws.stage import DEADLINE_S, Stage, Watcher, eventually, stage
from tests.ws.test_slow_clients import read_again, stop_reading
from tests.ws.town import item
from ws.client import Client
from ws.delta import Topic
from ws.limits import Limits
from ws.outbox import Binary, Outbox
from ws.reasons import CloseReason

CROWD = 3_000  # couriers, of which a keyframe is 18 kB


def crowd(town: FrameTown, couriers: int = CROWD) -> None:
    """Couriers all over the box."""
    town.slots = [One(f"c{n}", x=n * 7 % 65_536, y=n * 13 % 65_536) for n in range(couriers)]


def ride(town: FrameTown) -> None:
    """Everybody moves a bit, and is heard."""
    for one in town.slots:
        assert one is not None
        one.x, one.fix_ms = one.x + 3, town.now_ms


def kind(wire: bytes) -> str:
    """What a message is."""
    if isinstance(wire, Binary):
        return {1: "keyframe", 2: "delta"}[wire[5]]
    return str(json.loads(wire)["type"])


def kinds(town: FrameTown, client: Client) -> list[str]:
    """The kinds of what waits for a client, taken."""
    found = []
    while (wire := client.outbox.take(town.now_s)) is not None:
        found.append(kind(wire))
    return found


def test_a_watcher_begins_with_slots_and_a_keyframe_and_goes_on_with_deltas() -> None:
    """Nothing comes before the first beat, and nothing where nothing changed."""
    town = FrameTown()
    crowd(town, 10)
    client = town.client()
    assert kinds(town, client) == []
    town.beat()
    assert kinds(town, client) == ["slots", "keyframe"]
    town.beat()
    assert kinds(town, client) == []
    ride(town)
    town.beat()
    assert kinds(town, client) == ["delta"]
    town.slots[3] = None
    town.slots.append(One("new"))
    town.beat()
    assert kinds(town, client) == ["slots", "delta"]


def test_a_keyframe_comes_at_its_interval() -> None:
    """Every `keyframe_s`, in the place of that beat's delta, even where nothing changed."""
    town = FrameTown(Limits(keyframe_s=1.0))
    crowd(town, 10)
    client = town.client()
    told = []
    for _ in range(8):
        ride(town)
        town.beat()
        told += kinds(town, client)
    assert told == ["slots", "keyframe", *["delta"] * 3, "keyframe", *["delta"] * 3]
    town.beat(2.0)
    assert kinds(town, client) == ["keyframe"]


def test_all_clients_are_sent_the_same_bytes() -> None:
    """One object per frame, however many watch, those who join later too."""
    town = FrameTown()
    crowd(town, 10)
    first = [town.client() for _ in range(50)]
    town.beat()
    for one in first:
        read(one, FrameReader(), town.now_s)
    late = [town.client() for _ in range(50)]
    ride(town)
    town.beat()
    deltas = {id(client.outbox.take(town.now_s)) for client in first}
    for client in late:
        client.outbox.take(town.now_s)  # its slots
    keyframes = {id(client.outbox.take(town.now_s)) for client in late}
    assert (len(deltas), len(keyframes)) == (1, 1)
    assert town.hub.stats.frames == 2


def test_couriers_are_made_to_columns_only_while_somebody_watches_them_so() -> None:
    """The JSON layer and the columns are wanted apart, and what is held goes with the last one."""
    town = FrameTown()
    client = town.client()
    assert town.hub.columns.wants(CITY)
    assert not town.hub.wants(CITY, "couriers")
    town.hub.detach(client, CloseReason.CLIENT_LEFT)
    assert not town.hub.columns.wants(CITY)
    town.beat()
    assert town.hub.stats.frames == 0


def test_what_changed_too_much_for_a_delta_is_a_keyframe_for_all() -> None:
    """Where everybody jumps, in another status and with an older fix, the whole is smaller."""
    town = FrameTown()
    crowd(town, 500)
    client = town.client()
    town.beat()
    kinds(town, client)
    for one in town.slots:
        assert one is not None
        one.x, one.status = (one.x + 30_000) % 65_536, 3
        one.fix_ms = town.now_ms - 8_000
    town.beat()
    assert kinds(town, client) == ["keyframe"]


def test_a_slow_client_skips_deltas_and_gets_the_keyframe_of_now() -> None:
    """What waits for it is never more than a keyframe and the deltas of half a second."""
    town = FrameTown(Limits(conflate_after_ms=500, keyframe_s=600))
    crowd(town)
    slow, reader = town.client(), FrameReader()
    town.beat()
    read(slow, reader, town.now_s)
    for _ in range(40):
        ride(town)
        town.beat()
        assert slow.outbox.size < 2 * 6 * CROWD
    assert town.hub.stats.frames_skipped > 30
    waiting = kinds(town, slow)
    assert waiting[0] == "keyframe"
    assert len(waiting) <= 2
    ride(town)
    town.beat()
    read(slow, reader, town.now_s)  # what waited before was thrown away here, not read
    town.hub.columns.ask(slow, CITY)
    town.beat()
    read(slow, reader, town.now_s)
    assert reader.outcomes == ["applied", "needs-keyframe", "applied"]
    assert view(reader) == town.truth()


def test_a_frame_waits_for_room_and_then_is_the_whole() -> None:
    """Above the high mark no frame is put behind what waits; alerts and answers go first."""
    town = FrameTown(Limits(outbox_high_bytes=20_000))
    crowd(town, 1_000)
    client = town.client()
    town.beat()
    assert kinds(town, client) == ["slots", "keyframe"]
    client.outbox.put(b"x" * 19_000, town.now_s)
    ride(town)
    town.beat()
    assert client.outbox.size == 19_000
    client.outbox.take(town.now_s)
    town.beat()
    assert kinds(town, client) == ["keyframe"]


def test_a_client_that_leaves_the_columns_has_none_waiting() -> None:
    """After `unsubscribe` the frames in its outbox are gone as well."""
    town = FrameTown()
    crowd(town, 10)
    client = town.client()
    town.beat()
    assert town.hub.unsubscribe(client, "w")
    assert kinds(town, client) == ["slots"]


def test_one_that_comes_back_to_the_columns_begins_anew() -> None:
    """What waited for it before is gone, and not counted any more."""
    town = FrameTown()
    crowd(town, 10)
    client, reader = town.client(), FrameReader()
    town.beat()
    town.hub.unsubscribe(client, "w")
    town.hub.subscribe(client, "w", CITY, ["couriers"], form="columns")
    ride(town)
    town.beat()
    assert town.hub.stats.frames_skipped == 0
    read(client, reader, town.now_s)
    assert view(reader) == town.truth()
    assert client.outbox.size == 0


def test_frames_dropped_hide_nothing_that_waits_behind_them() -> None:
    """A log that is compacted around them gives all the rest."""
    town = FrameTown(Limits(conflate_after_ms=0))
    crowd(town, 10)
    client = town.client()
    town.hub.subscribe(client, "z", CITY, ["zones"])
    town.beat()
    assert kinds(town, client) == ["snapshot", "slots", "keyframe"]
    for number in range(4):
        town.hub.publish(CITY, "zones", [item("zones", "z", number)], (), 0)
        ride(town)
        town.beat()
    assert kinds(town, client) == ["delta", "keyframe"]
    assert client.outbox.size == 0


def test_json_of_couriers_ends_with_the_change_to_columns() -> None:
    """Items that still wait are not sent after the change."""
    town = FrameTown()
    client = Client(Outbox(town.limits), town.wake)
    town.hub.attach(client)
    town.hub.subscribe(client, "w", CITY, ["couriers"])
    kinds(town, client)
    town.hub.publish(CITY, "couriers", [item("couriers", "c", 1)], (), 0)
    town.hub.subscribe(client, "w", CITY, ["couriers"], form="columns")
    town.beat()
    assert kinds(town, client) == ["slots", "keyframe"]


def test_slots_numbered_anew_have_another_handle() -> None:
    """After a restart of the table, or with another box, everything begins anew."""
    town = FrameTown()
    crowd(town, 10)
    client, reader = town.client(), FrameReader()
    town.beat()
    read(client, reader, town.now_s)
    before = reader.handle
    town.table, town.slots = object(), town.slots[5:]
    town.beat()
    assert [kind(wire) for wire in iter(lambda: client.outbox.take(0.0), None)] == [
        "slots",
        "keyframe",
    ]
    town.hub.columns.join(client, CITY)
    town.beat()
    read(client, reader, town.now_s)
    assert reader.handle > before
    assert view(reader) == town.truth()


def test_the_slots_of_a_large_city_come_in_parts() -> None:
    """No part is far above `message_out_bytes`, and together they are all."""
    town = FrameTown(Limits(message_out_bytes=4_096))
    crowd(town, 1_000)
    client, reader = town.client(), FrameReader()
    town.beat()
    parts = 0
    while (wire := client.outbox.take(town.now_s)) is not None:
        parts += kind(wire) == "slots"
        reader.take(wire)
    assert parts == 16
    assert view(reader) == town.truth()


async def frames_of(watcher: Watcher, reader: FrameReader, until: int) -> None:
    """Read a watcher's messages until so many frames came."""
    async with asyncio.timeout(DEADLINE_S):
        while len(reader.outcomes) < until:
            wire = await watcher.socket.recv()
            reader.take(wire if isinstance(wire, bytes) else wire.encode())


async def watching(running: Stage) -> Watcher:
    """A client over loopback that asked for the couriers as columns."""
    watcher = await running.connect()
    await watcher.hello()
    await watcher.socket.send(
        json.dumps(
            {"type": "subscribe", "id": "c", "city": CITY, "layers": ["couriers", "zones"]}
            | {"form": "columns"}
        )
    )
    assert json.loads(await watcher.socket.recv())["layers"] == {"zones": []}
    return watcher


def staged(running: Stage, limits: Limits | None = None) -> FrameTown:
    """A town whose hub is that of a running server."""
    town = FrameTown(limits)
    town.hub = running.hub
    crowd(town, 20)
    return town


async def test_a_client_that_lost_a_frame_asks_for_a_keyframe(stream: Stage) -> None:
    """A delta on another base is not applied, and the answer heals the picture."""
    town = staged(stream)
    watcher, reader = await watching(stream), FrameReader()
    town.beat()
    await frames_of(watcher, reader, 1)
    reader.seq -= 1  # as if it had missed one
    ride(town)
    town.beat()
    await frames_of(watcher, reader, 2)
    await watcher.send(type="keyframe", city=CITY)
    await watcher.send(type="ping")
    assert json.loads(await watcher.socket.recv())["type"] == "pong"
    ride(town)
    town.beat()
    await frames_of(watcher, reader, 3)
    assert reader.outcomes == ["applied", "needs-keyframe", "applied"]
    assert view(reader) == town.truth()


async def test_keyframes_are_for_those_who_watch_columns(stream: Stage) -> None:
    """Asked without them, it is refused by name."""
    watcher = await stream.watcher(["couriers"])
    await watcher.send(type="keyframe", city=CITY, id="k")
    answer = await watcher.next()
    assert (answer["code"], answer["id"]) == ("unknown_subscription", "k")


async def test_the_form_can_be_changed_within_a_connection(stream: Stage) -> None:
    """From JSON to columns and back; each time the other form ends."""
    town = staged(stream)
    watcher = await stream.watcher(["couriers"])
    await watcher.socket.send(
        '{"type":"subscribe","id":"w","city":"riga","layers":["couriers"],"form":"columns"}'
    )
    await eventually(lambda: stream.hub.columns.wants(CITY))
    reader = FrameReader()
    town.beat()
    await frames_of(watcher, reader, 1)
    assert view(reader) == town.truth()
    await watcher.watch(["couriers"])
    assert not stream.hub.columns.wants(CITY)
    assert stream.hub.wants(CITY, "couriers")


async def test_one_that_stops_reading_costs_the_others_nothing() -> None:
    """The others get every frame; the stalled one is bounded, and whole again when it reads."""
    limits = Limits(conflate_after_ms=0, stall_s=600, close_timeout_s=1.0)
    async with stage(limits) as running:
        town = staged(running, limits)
        crowd(town, 20_000)
        quick, stalled = await watching(running), await watching(running)
        readers = {quick: FrameReader(), stalled: FrameReader()}
        stop_reading(stalled)
        beats = 0
        while running.hub.stats.frames_skipped < 30:
            town.slots[0] = One("c0", x=beats)  # a delta is small: nobody reads slowly by chance
            for client in running.hub._clients:
                running.hub.columns.ask(client, CITY)
            town.beat()
            beats += 1
            await frames_of(quick, readers[quick], beats)
            waiting = max(client.outbox.size for client in running.hub._clients)
            assert waiting < 2 * 6 * 20_000
        read_again(stalled)
        town.slots[1] = One("c1", x=7)
        town.beat()
        last = running.hub.stats.frames
        async with asyncio.timeout(DEADLINE_S):
            while readers[stalled].seq < last:
                wire = await stalled.socket.recv()
                readers[stalled].take(wire if isinstance(wire, bytes) else wire.encode())
        assert view(readers[stalled]) == town.truth()
        assert set(readers[stalled].outcomes) == {"applied"}
        assert set(readers[quick].outcomes) == {"applied"}


async def test_the_websocket_frame_too_is_made_once(stream: Stage) -> None:
    """What is written to the sockets is one object for all, header included."""
    watchers = [await watching(stream) for _ in range(2)]
    wire, framed = Binary(b"CWCF" * 100), set()
    for client in stream.hub._clients:
        client.outbox.put_frame(Topic(CITY, "couriers"), wire, 0.0, whole=True)
        client.wake()
        await eventually(lambda: wire.framed is not None)
        framed.add(id(wire.framed))
    async with asyncio.timeout(DEADLINE_S):
        assert [await watcher.socket.recv() for watcher in watchers] == [wire, wire]
    framed.add(id(wire.framed))
    assert len(framed) == 1


async def test_a_stop_closes_those_who_watch_columns() -> None:
    """Frames that wait do not hold up the end."""
    async with stage(Limits(close_timeout_s=1.0)) as running:
        town = staged(running)
        watcher, reader = await watching(running), FrameReader()
        town.beat()
        await frames_of(watcher, reader, 1)
        running.hub.end_all(CloseReason.STOPPING)
        await watcher.until_closed()
        assert watcher.socket.close_code == 1001
