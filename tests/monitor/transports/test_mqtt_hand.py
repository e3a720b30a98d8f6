"""Messages handed over while earlier ones wait, and their acknowledgements."""

import asyncio
from collections.abc import Sequence

import pytest

from monitor.transports.mqtt_hand import HANDED_ARRIVALS, HANDED_BYTES, Handing
from monitor.transports.mqtt_link import LinkError
from monitor.transports.mqtt_wire import Arrived


class Scene:
    """A sink that takes when it is told to, and a link that remembers: both ends of a handing."""

    def __init__(self) -> None:
        self.begun: list[bytes] = []
        self.doors: list[asyncio.Future[None]] = []
        self.acknowledged: list[bytes] = []
        self.aborted: list[str] = []

    async def take(self, payloads: Sequence[bytes]) -> None:
        self.begun += payloads
        self.doors.append(asyncio.get_running_loop().create_future())
        await self.doors[-1]

    def acknowledge(self, arrived: Arrived) -> None:
        self.acknowledged += arrived.ack_ids

    def abort(self, why: str) -> None:
        self.aborted.append(why)


def message(n: int, size: int = 1) -> Arrived:
    return Arrived([b"%d" % n], [b"id%d" % n], size)


async def turns() -> None:
    """Let all that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_messages_go_on_while_earlier_ones_wait() -> None:
    """All three are with the sink in their order, and none is acknowledged before it was taken."""
    scene = Scene()

    async def connection() -> None:
        async with Handing(scene, scene) as handing:
            for n in range(3):
                await handing.over(message(n))
            await turns()
            assert scene.begun == [b"0", b"1", b"2"]
            assert scene.acknowledged == []
            raise LinkError("lost")

    task = asyncio.create_task(connection())
    await turns()
    await turns()
    assert not task.done()  # what the sink has begun to take is waited for
    for door in scene.doors:
        door.set_result(None)
    with pytest.raises(LinkError):
        await task
    assert scene.acknowledged == [b"id0", b"id1", b"id2"]


async def test_acknowledgements_keep_the_order_of_the_messages() -> None:
    """What was taken before its turn, and a message without events, wait for the one before."""
    scene = Scene()
    async with Handing(scene, scene) as handing:
        await handing.over(message(0))
        await handing.over(message(1))
        await handing.over(Arrived([], [b"too large"]))
        await turns()
        scene.doors[1].set_result(None)
        await turns()
        assert scene.acknowledged == []
        scene.doors[0].set_result(None)
        await turns()
    assert scene.acknowledged == [b"id0", b"id1", b"too large"]


@pytest.mark.parametrize(
    ("size", "most"), [(1, HANDED_ARRIVALS), (HANDED_BYTES // 4, 4), (2 * HANDED_BYTES, 1)]
)
async def test_only_so_much_waits_at_once(size: int, most: int) -> None:
    """Beyond the bound on arrivals or bytes the next waits until the first was taken."""
    scene = Scene()
    async with Handing(scene, scene) as handing:
        for n in range(most):
            await handing.over(message(n, size))
        more = asyncio.create_task(handing.over(message(most, size)))
        await turns()
        assert not more.done()
        scene.doors[0].set_result(None)
        await turns()
        assert more.done()
        assert len(scene.begun) == most + 1


async def test_a_fault_of_the_sink_ends_the_connection_and_is_raised() -> None:
    """It is ours, so it is not taken for a loss of the connection."""
    scene = Scene()

    async def connection() -> None:
        async with Handing(scene, scene) as handing:
            await handing.over(message(0))
            await turns()
            scene.doors[0].set_exception(ZeroDivisionError())
            await turns()
            assert len(scene.aborted) == 1
            raise LinkError(scene.aborted[0])

    with pytest.raises(ZeroDivisionError):
        await connection()
    assert scene.acknowledged == []


async def test_a_stopped_source_takes_back_what_was_not_taken() -> None:
    """Cancelled, it waits for nothing and acknowledges nothing: the broker sends it again."""
    scene = Scene()

    async def source() -> None:
        async with Handing(scene, scene) as handing:
            await handing.over(message(0))
            await asyncio.Event().wait()

    task = asyncio.create_task(source())
    await turns()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await turns()
    assert scene.doors[0].cancelled()
    assert scene.acknowledged == []
