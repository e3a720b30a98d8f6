"""What only the Redis store can meet: a server that dies or goes silent, a rival, bad settings."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from monitor.store.port import Batch, Snapshot, StoreError, TakenOverError
from monitor.store.redis import open_redis
from tests.support.proxy import proxy
from tests.support.redis_server import DURABLE, RedisServer, redis_server
from tests.support.stores import entry, full_batch, journal, snapshot_body

SECRET = "open-sesame"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A server that keeps its data."""
    async with redis_server(tmp_path) as server:
        yield server


async def test_a_server_killed_in_mid_stream_loses_nothing(server: RedisServer) -> None:
    """During the outage a write fails, repeated afterwards it succeeds, and all is there."""
    async with open_redis(server.url, "riga") as store:
        for number in range(1, 31):
            if number % 10 == 0:
                await server.kill()
                with pytest.raises(StoreError, match=f"Redis at .*:{server.port}"):
                    await store.write(full_batch(number))
                await server.start()
            await store.write(full_batch(number))
        assert [e.seq for e in await journal(store)] == list(range(1, 91))
        assert len(await store.audit(None)) == 30
        assert len(await store.postings()) == 60


async def test_a_server_that_was_restarted_meanwhile_is_no_outage(server: RedisServer) -> None:
    """A connection that died between two writes is made anew, unseen."""
    async with open_redis(server.url, "riga") as store:
        await store.write(full_batch(1))
        await server.kill()
        await server.start()
        await store.write(full_batch(2))
        assert await store.last_batch() == 2


async def test_an_answer_that_never_came_is_repeated_without_harm(server: RedisServer) -> None:
    """On a connection gone silent a write ends at its deadline; its repeat takes effect once."""
    async with (
        proxy(server.port) as between,
        open_redis(f"redis://127.0.0.1:{between.port}", "riga", timeout_s=0.3) as store,
        open_connection(server) as direct,
    ):
        await store.write(full_batch(1))
        await direct.client_pause(100_000, all=False)  # it holds what writes, and answers nothing
        with pytest.raises(StoreError, match=r"no answer in 0\.3 s"):
            await store.write(full_batch(2))
        between.freeze()
        await direct.client_unpause()
        await store.write(full_batch(2))
        await store.write(full_batch(3))
        assert [e.seq for e in await journal(store)] == list(range(1, 10))
        assert len(await store.audit(None)) == 3


async def test_the_older_of_two_is_fenced_off(server: RedisServer) -> None:
    """Who opens a name takes it over; the one before writes nothing more, whatever it tries."""
    async with open_redis(server.url, "riga") as older:
        await older.write(full_batch(1))
        await older.save(Snapshot(3, 30, b"old"), 0)
        async with open_redis(server.url, "riga") as newer:
            for write in (
                older.write(full_batch(2)),
                older.save(Snapshot(6, 60, b"other"), 0),
                older.set_aside(3, "no"),
                older.forget(1_000, 1_000),
            ):
                with pytest.raises(TakenOverError, match=r"by another citywatch \(.*process"):
                    await write
            assert await newer.last_batch() == 1
            assert await newer.snapshots() == [Snapshot(3, 30, b"old")]
            await newer.write(full_batch(2))
        with pytest.raises(TakenOverError):
            await older.write(full_batch(3))


async def test_names_do_not_touch_each_other(server: RedisServer) -> None:
    """Two monitors in one server, each with its own name, both go on."""
    async with open_redis(server.url, "riga") as riga, open_redis(server.url, "oslo") as oslo:
        await riga.write(full_batch(1))
        assert await oslo.last_batch() == 0
        await oslo.write(full_batch(1))
        await riga.write(full_batch(2))
        assert (await riga.last_batch(), await oslo.last_batch()) == (2, 1)


async def test_what_a_server_has_forgotten_is_written_again(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """It lost its last batches, like one killed before its file has them: nothing is missing."""
    async with open_redis(server.url, "riga") as store, open_connection(server) as direct:
        for number in (1, 2, 3):
            await store.write(full_batch(number))
        await direct.flushall()
        with caplog.at_level(logging.WARNING):
            await store.write(full_batch(4))
            await store.write(full_batch(5))
        assert caplog.text.count("has forgotten batches: 3 written again") == 1
        assert [e.seq for e in await journal(store)] == list(range(1, 16))
        assert len(await store.audit(None)) == 5


async def test_a_server_that_has_forgotten_more_than_is_held_goes_on_and_it_is_said(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Flushed between two lives, it takes the next batch, and the log says what is missing."""
    async with open_redis(server.url, "riga") as first:
        for number in (1, 2, 3):
            await first.write(full_batch(number))
    async with open_redis(server.url, "riga") as store, open_connection(server) as direct:
        await direct.flushall()
        with caplog.at_level(logging.WARNING):
            await store.write(full_batch(4))
            await store.write(full_batch(5))
        assert caplog.text.count("has forgotten batches 1 to 3") == 1
        assert [e.seq for e in await journal(store)] == list(range(10, 16))


async def test_a_snapshot_without_a_piece_is_not_given_out(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """One that the server threw a piece of away is left out, and the log says so."""
    async with open_redis(server.url, "riga") as store, open_connection(server) as direct:
        await store.save(Snapshot(1, 10, snapshot_body(1)), 0)
        older = {key async for key in direct.scan_iter("*:snapshot:*")}
        await store.save(Snapshot(2, 20, snapshot_body(2)), 0)
        newer = {key async for key in direct.scan_iter("*:snapshot:*")} - older
        assert {await direct.ttl(name) for name in older | newer} == {-1}
        await direct.delete(max(newer))
        assert [kept.seq for kept in await store.snapshots()] == [1]
        assert "snapshot 2 is not whole" in caplog.text


async def test_dropped_snapshots_and_broken_off_ones_leave_no_piece(server: RedisServer) -> None:
    """Only the pieces of what is kept last; those of a saving that never ended have an end."""
    async with open_redis(server.url, "riga") as store, open_connection(server) as direct:
        for seq in range(1, 6):
            await store.save(Snapshot(seq, seq, snapshot_body(seq)), 0)
        lasting = {key async for key in direct.scan_iter("*:snapshot:*")}
        assert len(lasting) == 4
        saving = asyncio.create_task(store.save(Snapshot(9, 9, snapshot_body(9) * 10), 0))
        await store.write(Batch(1, [entry(1)]))
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saving
        for name in {key async for key in direct.scan_iter("*:snapshot:*")} - lasting:
            assert 0 < await direct.ttl(name) <= 3_600


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (("--appendonly", "no"), "set `appendonly yes`"),
        ((*DURABLE, "--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"), "(maxmemory-pol"),
        ((*DURABLE, "--rename-command", "INFO", ""), "can't be told"),
    ],
)
async def test_a_server_that_would_lose_data_is_said(
    settings: tuple[str, ...], said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At the start the log names each setting that is amiss, and the store works all the same."""
    async with redis_server(tmp_path, settings) as server, open_redis(server.url, "riga") as store:
        assert caplog.text.count("WARNING") == 1
        assert said in caplog.text
        await store.write(full_batch(1))


async def test_a_good_server_is_opened_in_silence(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is warned of without a reason."""
    async with open_redis(server.url, "riga"):
        assert not caplog.records


async def test_the_password_is_used_and_never_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In the URL or beside it it opens the server; it stands in no error, log line or repr."""
    async with redis_server(tmp_path, (*DURABLE, "--requirepass", SECRET)) as server:
        url = server.url.replace("//", f"//:{SECRET}@")
        caplog.set_level(logging.DEBUG)
        async with open_redis(server.url, "riga", password=SECRET) as store:
            await store.write(full_batch(1))
        async with open_redis(url, "riga") as store:
            assert await store.last_batch() == 1
            await server.kill()
            with pytest.raises(StoreError) as lost:
                await store.last_batch()
            said = [repr(store), str(store), str(lost.value)]
            await server.start()
        with pytest.raises(StoreError, match="Authentication required") as refused:
            await open_redis(server.url, "riga").__aenter__()
        with pytest.raises(StoreError) as wrong:
            await open_redis(f"redis://:{SECRET}/@127.0.0.1", "riga").__aenter__()
        with pytest.raises(StoreError, match="must be redis://"):
            await open_redis(f"{url}?no_such_option=1", "riga").__aenter__()
        said += [str(refused.value), str(wrong.value), caplog.text]
        assert not [words for words in said if SECRET in words]


async def test_a_newer_schema_is_left_alone(server: RedisServer) -> None:
    """The word says which versions there are and what to do."""
    async with open_connection(server) as direct:
        await direct.hset("citywatch:{riga}:meta", "schema", "99")
        with pytest.raises(StoreError, match=r"newer citywatch \(schema 99, this one knows 1\)"):
            await open_redis(server.url, "riga").__aenter__()
        assert await direct.hgetall("citywatch:{riga}:meta") == {b"schema": b"99"}


@pytest.mark.parametrize("name", ["", "a b", "{riga}", "x" * 65])
async def test_a_name_that_would_not_be_a_key_is_refused(name: str) -> None:
    """Before anything is opened."""
    with pytest.raises(StoreError, match="can't be a store's name"):
        await open_redis("redis://127.0.0.1:1", name).__aenter__()


async def test_no_server_at_all_is_said() -> None:
    """Where nothing listens the word has the place."""
    with pytest.raises(StoreError, match=r"riga in Redis at 127\.0\.0\.1:1"):
        await open_redis("redis://127.0.0.1:1", "riga").__aenter__()


def open_connection(server: RedisServer) -> Redis:
    """A client beside the store."""
    return Redis.from_url(server.url)
