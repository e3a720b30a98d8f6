"""What `POST /v1/events` answers."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from yarl import URL

from monitor.runtime.clock import VirtualClock
from monitor.transports.http import HttpLimits, Rates
from tests.support.sources import Engine, array, engine, http_server, position
from tests.support.waiting import until

JSON = {"Content-Type": "application/json"}


class Client:
    """Posts to the route and gives status, headers and body."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def post(self, data: bytes, **headers: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.post(self._url, data=data, headers={**JSON, **named}) as answer:
            return (
                answer.status,
                await answer.json(content_type=None),
                {str(name): value for name, value in answer.headers.items()},
            )


@pytest.fixture
async def monitor() -> AsyncIterator[Engine]:
    async with engine(capacity=300, batch=100) as one:
        yield one


@pytest.fixture
async def client(monitor: Engine) -> AsyncIterator[Client]:
    limits = HttpLimits(max_body_bytes=20_000, rejected_listed=2, take_timeout_s=0.2)
    async with (
        http_server(monitor.feed, limits) as url,
        aiohttp.ClientSession() as session,
    ):
        yield Client(session, url)


async def test_the_answer_counts_the_taken_and_lists_the_refused(
    client: Client, monitor: Engine
) -> None:
    """202 after the engine took them, with each refusal's place, reason and words."""
    status, body, _ = await client.post(position(1) + b"\n{}\n" + position(2))
    assert status == 202
    assert monitor.times == [1, 2]
    assert body["taken"] == 2
    assert body["rejected"] == [
        {"index": 1, "reason": "invalid", "detail": "Object missing required field `type`"}
    ]


async def test_the_list_of_refusals_is_bounded_and_their_count_is_whole(client: Client) -> None:
    """Five refusals, two of them listed."""
    _, body, _ = await client.post(b"{}\n" * 5 + position(1))
    assert (body["taken"], body["rejected_count"], len(body["rejected"])) == (1, 5, 2)


async def test_gzip_is_inflated_up_to_the_bound(client: Client, monitor: Engine) -> None:
    """A small body that inflates beyond the bound is refused, an honest one is taken."""
    status, _, _ = await client.post(gzip.compress(array(range(50))), Content_Encoding="gzip")
    assert status == 202
    bomb = gzip.compress(b" " * 50_000_000)
    status, body, headers = await client.post(bomb, Content_Encoding="gzip")
    assert status == 413
    assert body["title"] == "Content Too Large"
    assert headers["Content-Type"].startswith("application/problem+json")
    assert len(monitor.times) == 50


async def test_a_body_in_pieces_is_taken_whole_whether_its_length_is_told_or_not(
    monitor: Engine,
) -> None:
    """Larger than what is read at once; without a length it is bounded as it comes."""
    lines = b"\n".join(position(n) for n in range(20_000))
    pieces = [lines[at : at + 300_000] for at in range(0, len(lines), 300_000)]

    async def told_piece_by_piece() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def statuses(limit: int) -> list[int]:
        limits = HttpLimits(max_body_bytes=limit)
        async with http_server(monitor.feed, limits) as url, aiohttp.ClientSession() as session:
            told = {"Content-Length": str(len(lines))}
            return [
                (await session.post(url, data=told_piece_by_piece(), headers=headers)).status
                for headers in (JSON | told, JSON)
            ]

    assert await statuses(len(lines)) == [202, 202]
    assert monitor.times == [*range(20_000), *range(20_000)]
    assert await statuses(len(lines) - 1) == [413, 413]


async def test_all_bodies_together_are_bounded_and_give_their_room_back(monitor: Engine) -> None:
    """While one waits for the engine a second finds no room, whether its length is told or not."""
    body = array(range(100))
    limits = HttpLimits(held_bytes=2 * len(body) - 1, max_body_bytes=len(body))

    async def untold() -> AsyncIterator[bytes]:
        yield body

    async with http_server(monitor.feed, limits) as url, aiohttp.ClientSession() as session:
        monitor.hold()
        first = asyncio.create_task(session.post(url, data=body, headers=JSON))
        await until(lambda: monitor.inbox.depth or monitor.deepest, "the first is on its way")
        for more in (body, untold()):
            answer = await session.post(url, data=more, headers=JSON)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        monitor.free()
        assert (await first).status == 202
        for more in (body, untold(), body, untold()):
            assert (await session.post(url, data=more, headers=JSON)).status == 202


async def test_a_large_body_that_did_not_wait_for_the_answer_before_is_taken() -> None:
    """It is stopped on its way while the engine holds an earlier one, and then goes on."""
    small, large = position(1), array(range(2, 12_000))
    head = (
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    )
    limits = HttpLimits(read_timeout_s=5)
    async with engine() as monitor, http_server(monitor.feed, limits) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
        monitor.hold()
        writer.write(head.format(len(small)).encode() + small)
        await until(lambda: monitor.inbox.depth or monitor.deepest, "the first is on its way")
        writer.write(head.format(len(large)).encode() + large)
        for _ in range(200):  # turns of the loop, of which a few bring it to where it is stopped
            await asyncio.sleep(0)
        monitor.free()
        for count in (1, 12_000 - 2):
            assert await reader.readline() == b"HTTP/1.1 202 Accepted\r\n"
            told = await reader.readuntil(b"}")
            assert b'"taken":%d,' % count in told
        writer.close()


async def test_a_body_that_stops_on_its_way_is_given_up(monitor: Engine) -> None:
    """408 after the time for it, and none of its events; the next request is served."""
    limits = HttpLimits(read_timeout_s=0.05)
    async with http_server(monitor.feed, limits) as url, aiohttp.ClientSession() as session:
        address = URL(url)
        assert address.host is not None
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(
            b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 5000\r\n\r\n" + position(1)
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()
        status, _, _ = await Client(session, url).post(position(2))
    assert status == 202
    assert monitor.times == [2]


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"x" * 20_001, {}, 413),
        (position(1), {"Content_Type": "text/html"}, 415),
        (position(1), {"Content_Type": "application/x-www-form-urlencoded"}, 415),
        (position(1), {"Content_Encoding": "compress"}, 415),
        (b"not gzip at all", {"Content_Encoding": "gzip"}, 400),
        (b"", {}, 400),
        (b"hello\nworld", {}, 400),
        (b"[]", {}, 400),
    ],
)
async def test_what_cannot_be_read_is_a_problem(
    client: Client, monitor: Engine, data: bytes, headers: dict[str, str], status: int
) -> None:
    """Each has its status and takes no event."""
    answered, _, _ = await client.post(data, **headers)
    assert answered == status
    assert not monitor.times


async def test_readable_events_that_are_all_refused_are_no_error_of_the_request(
    client: Client, monitor: Engine
) -> None:
    """202 with nothing taken: the body could be read."""
    status, body, _ = await client.post(position(1).replace(b"riga", b"atlantis"))
    assert status == 202
    assert body["taken"] == 0
    assert body["rejected"][0]["reason"] == "unknown_city"
    assert monitor.dead_letters.counts == {"unknown_city": 1}


async def test_while_the_engine_is_behind_senders_are_told_to_come_back(
    client: Client, monitor: Engine
) -> None:
    """A full inbox is 429 with Retry-After; an engine that does not take in time is 503."""
    monitor.hold()
    await asyncio.sleep(0)
    answers = [await client.post(array(range(n * 100, n * 100 + 100))) for n in range(5)]
    statuses = [status for status, _, _ in answers]
    assert statuses[0] == 503
    assert statuses[-1] == 429
    assert answers[-1][2]["Retry-After"] == "1"
    monitor.free()


async def test_a_client_beyond_its_rate_is_told_when_to_come_back(monitor: Engine) -> None:
    """The first burst is taken whole, the next request waits for the bucket."""
    limits = HttpLimits(events_per_s=1, burst_events=10)
    async with http_server(monitor.feed, limits) as url, aiohttp.ClientSession() as session:
        client = Client(session, url)
        first, _, _ = await client.post(array(range(20)))
        second, body, headers = await client.post(position(21))
    assert (first, second) == (202, 429)
    assert 8 <= int(headers["Retry-After"]) <= 11
    assert body["detail"] == "more events than this client may send"
    assert len(monitor.times) == 20


def test_a_rate_refills_with_time_and_each_client_has_its_own() -> None:
    """Half a second at two a second is one event."""
    clock = VirtualClock(1_000_000)
    rates = Rates(HttpLimits(events_per_s=2, burst_events=4, clients=2), clock)
    rates.pay("a", 5)
    assert rates.wait_s("a") == 1
    assert rates.wait_s("b") == 0
    clock.advance(1_000)
    assert rates.wait_s("a") == 0
    rates.pay("b", 1)
    rates.pay("c", 1)
    assert rates.wait_s("a") == 0
