"""The stream over loopback: subscribing, deltas, resuming, boxes, stopping."""

import asyncio

from tests.ws.stage import Stage, eventually, stage
from tests.ws.town import CITY, Town, item
from ws.limits import Limits


async def test_a_watcher_gets_a_snapshot_and_then_the_changes(stream: Stage) -> None:
    """The view starts with what is and follows what happens."""
    stream.town.change("zones", item("zones", "Centrs", 1), item("zones", "Teika", 1))
    watcher = await stream.connect()
    welcome = await watcher.hello()
    assert welcome["type"] == "welcome"
    assert welcome["cities"] == [CITY, "oslo"]
    await watcher.watch(["zones", "alerts"])
    assert watcher.reader.view[CITY, "zones"] == stream.town.view("zones")
    stream.town.change("zones", item("zones", "Centrs", 2), gone=["Teika"])
    await watcher.until(lambda reader: reader.view[CITY, "zones"] == stream.town.view("zones"))
    assert watcher.reader.gaps == []


async def test_only_what_was_asked_for_is_sent(stream: Stage) -> None:
    """Other layers and other cities stay away, and the publisher is told that nobody wants them."""
    watcher = await stream.watcher(["zones"])
    assert stream.hub.wants(CITY, "zones")
    assert not stream.hub.wants(CITY, "couriers")
    assert not stream.hub.wants("oslo", "zones")
    stream.town.change("couriers", item("couriers", "c1", 1))
    stream.town.change("zones", item("zones", "z", 1), city="oslo")
    stream.town.change("alerts", item("alerts", "a", 1))
    stream.town.change("zones", item("zones", "z", 1))
    delta = await watcher.next()
    assert (delta["city"], delta["layer"]) == (CITY, "zones")


async def test_several_cities_come_with_one_subscribe(stream: Stage) -> None:
    """Each city has a snapshot of its own."""
    stream.town.change("zones", item("zones", "a", 1))
    stream.town.change("zones", item("zones", "b", 1), city="oslo")
    watcher = await stream.watcher(["zones"], city=[CITY, "oslo"])
    assert watcher.reader.view[CITY, "zones"] == stream.town.view("zones")
    assert watcher.reader.view["oslo", "zones"] == stream.town.view("zones", "oslo")


async def test_after_unsubscribing_nothing_comes(stream: Stage) -> None:
    """The next message after the end of a subscription is of something else."""
    watcher = await stream.watcher(["zones"])
    await watcher.send(type="unsubscribe", id="w")
    await watcher.send(type="ping", id="p")
    assert (await watcher.next())["type"] == "pong"
    stream.town.change("zones", item("zones", "a", 1))
    await watcher.send(type="ping")
    assert (await watcher.next())["type"] == "pong"


async def test_a_box_leaves_out_what_is_outside_and_tells_what_left_it(stream: Stage) -> None:
    """A courier that rides out of the box is gone once; one that is outside never shows."""
    stream.town.change("couriers", item("couriers", "in", 1, 24.1), item("couriers", "out", 1, 30))
    watcher = await stream.watcher(["couriers"], bbox=[24, -1, 25, 1])
    assert list(watcher.reader.view[CITY, "couriers"]) == ["in"]
    stream.town.change("couriers", item("couriers", "in", 2, 26.0))
    stream.town.change("couriers", item("couriers", "in", 3, 27.0))
    stream.town.change("couriers", item("couriers", "no place", 1))
    first = await watcher.next()
    second = await watcher.next()
    assert (first["items"], first["gone"]) == ([], ["in"])
    assert [one["courier_id"] for one in second["items"]] == ["no place"]
    assert watcher.reader.gaps == []


async def test_moving_the_box_replaces_the_subscription(stream: Stage) -> None:
    """Subscribing again to the same layer leaves only the new box's content."""
    stream.town.change("couriers", item("couriers", "a", 1, 24.1), item("couriers", "b", 1, 30))
    watcher = await stream.watcher(["couriers"], bbox=[24, -1, 25, 1])
    await watcher.watch(["couriers"], watch_id="moved", bbox=[29, -1, 31, 1])
    assert list(watcher.reader.view[CITY, "couriers"]) == ["b"]


async def test_a_large_snapshot_comes_in_parts_and_a_large_change_as_several_deltas() -> None:
    """No message is above `message_out_bytes`, and nothing is missing."""
    async with stage(Limits(message_out_bytes=1_024)) as running:
        couriers = [item("couriers", f"c{n}", n) for n in range(200)]
        running.town.items[CITY, "couriers"] = {one.key: one for one in couriers}
        watcher = await running.watcher(["couriers", "zones"])
        running.town.change("couriers", *[item("couriers", f"c{n}", -n) for n in range(200)])
        running.town.change("couriers", gone=[f"c{n}" for n in range(150)])
        view = running.town.view("couriers")
        await watcher.until(lambda reader: reader.view[CITY, "couriers"] == view)
        assert any(message.get("parts", 1) > 5 for message in watcher.reader.seen)
        assert watcher.reader.gaps == []


async def test_a_client_that_comes_back_gets_what_it_missed(stream: Stage) -> None:
    """With its position in hello it is resumed: no snapshot, every alert, the latest zones."""
    watcher = await stream.watcher(["zones", "alerts"])
    stream.town.change("alerts", item("alerts", "a1", "firing"))
    await watcher.next()
    await watcher.socket.close()
    await eventually(lambda: stream.hub.clients == 0)
    for state in ("acked", "resolved"):
        stream.town.change("alerts", item("alerts", "a1", state))
        stream.town.change("zones", item("zones", "Centrs", state))
    again = await stream.connect()
    again.reader = watcher.reader
    position = again.reader.reconnecting()
    await again.hello(resume={"epoch": "e1", "seq": position})
    await again.watch(["zones", "alerts"])
    assert again.reader.alerts == stream.town.alerts
    assert again.reader.view[CITY, "zones"] == stream.town.view("zones")
    assert [m["type"] for m in again.reader.seen].count("snapshot") == 1
    assert again.reader.gaps == []
    assert stream.hub.stats.resumes == {"new": 2, "resumed": 2}


async def test_after_a_restart_a_client_gets_a_new_snapshot() -> None:
    """A position of another epoch is worth nothing, and the client is told so."""
    town = Town()
    async with stage(epoch="e1", town=town) as running:
        watcher = await running.watcher(["zones"])
        town.change("zones", item("zones", "Centrs", 1))
        await watcher.next()
    async with stage(epoch="e2", town=town) as running:
        town.change("zones", item("zones", "Centrs", 2))
        again = await running.connect()
        await again.hello(resume={"epoch": "e1", "seq": watcher.reader.position})
        await again.watch(["zones"])
        assert again.reader.seen[-1]["reason"] == "other_epoch"
        assert again.reader.epoch == "e2"
        assert again.reader.view[CITY, "zones"] == town.view("zones")


async def test_a_client_away_for_too_long_gets_a_new_snapshot() -> None:
    """Where the history no longer holds what was missed, the snapshot says so."""
    async with stage(Limits(resume_count=3)) as running:
        watcher = await running.watcher(["zones"])
        position = watcher.reader.position
        for n in range(5):
            running.town.change("zones", item("zones", "Centrs", n))
        again = await running.connect()
        await again.hello(resume={"epoch": "e1", "seq": position})
        await again.watch(["zones"])
        assert again.reader.seen[-1]["reason"] == "too_long_ago"
        assert again.reader.view[CITY, "zones"] == running.town.view("zones")


async def test_fresh_asks_for_a_snapshot_in_spite_of_a_resume(stream: Stage) -> None:
    """A layer that was not watched before can't be resumed, and the client says so."""
    watcher = await stream.watcher(["zones"])
    again = await stream.connect()
    await again.hello(resume={"epoch": "e1", "seq": watcher.reader.position})
    await again.watch(["zones"], fresh=True)
    assert again.reader.seen[-1]["type"] == "snapshot"


async def test_a_change_is_encoded_once_for_all_who_watch_it(stream: Stage) -> None:
    """Two clients that keep up get the very same bytes."""
    first = await stream.watcher(["zones"])
    second = await stream.watcher(["zones"])
    stream.town.change("zones", item("zones", "Centrs", 1))
    assert await first.socket.recv() == await second.socket.recv()


async def test_a_stop_closes_every_client_with_1001_after_what_waits() -> None:
    """The last change still arrives, then the words, then the close frame."""
    async with stage() as running:
        watchers = [await running.watcher(["alerts"]) for _ in range(3)]
        readers = [asyncio.ensure_future(watcher.until_closed()) for watcher in watchers]
        running.town.change("alerts", item("alerts", "last", 1))
    await asyncio.gather(*readers)
    for watcher in watchers:
        assert [m["type"] for m in watcher.reader.seen[-2:]] == ["delta", "closing"]
        assert watcher.reader.seen[-1]["reason"] == "stopping"
        assert watcher.socket.close_code == 1001
    assert running.hub.stats.closed == {"stopping": 3}
