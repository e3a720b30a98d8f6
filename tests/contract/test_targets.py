"""One contract for every target: what it takes, and how it puts what goes wrong."""

import asyncio
import logging
import ssl
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor.delivery.http import HttpClient
from monitor.delivery.target import NotNowError, RefusedError, Target
from monitor.runtime.clock import VirtualClock
from tests.support.certificates import make_certificates
from tests.support.receiver import Behaviour, Receiver, receiver_process
from tests.support.targets import BODIES, HTTP_RIGS, NOW_MS, RIGS, Rig, letter, made, webhook

NOTICE = letter(BODIES["notice"])


@pytest.fixture(params=RIGS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Each target in turn."""
    async with RIGS[request.param](tmp_path) as one:
        yield one


@pytest.fixture(params=HTTP_RIGS)
async def over_http(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Each target that is reached over HTTP."""
    async with HTTP_RIGS[request.param](tmp_path) as one:
        yield one


def far(rig: Rig) -> Receiver:
    """The receiver of a target over HTTP."""
    assert rig.receiver is not None
    return rig.receiver


async def refusal(rig: Rig) -> RefusedError:
    """How it refuses a notice for good."""
    with pytest.raises(RefusedError) as caught:
        await rig.target.deliver(NOTICE)
    return caught.value


async def delay(rig: Rig) -> NotNowError:
    """How it does not take a notice now."""
    with pytest.raises(NotNowError) as caught:
        await in_time(rig).deliver(NOTICE)
    return caught.value


def in_time(rig: Rig) -> Target:
    """The target that gives up soon, where nothing will ever come."""
    hurried = rig.hurried if far(rig).behaviour.silent == "hang" else None
    return hurried or rig.target


@pytest.mark.parametrize("kind", BODIES)
async def test_every_letter_arrives_or_is_refused_as_of_no_use_there(rig: Rig, kind: str) -> None:
    """A push, an order to a venue, a notice and a drill are taken, unless nobody there needs it."""
    if kind in rig.refuses:
        with pytest.raises(RefusedError):
            await rig.target.deliver(letter(BODIES[kind]))
        assert not await rig.arrived()
    else:
        await rig.target.deliver(letter(BODIES[kind]))
        assert await rig.arrived()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
async def test_a_busy_receiver_is_asked_again(over_http: Rig, status: int) -> None:
    """These statuses mean not now, and the words begin with the status."""
    far(over_http).behaviour = Behaviour(status=status)
    fault = await delay(over_http)
    assert str(fault).startswith(str(status))
    assert fault.after_s is None


async def test_a_wait_that_is_asked_for_is_told_on_and_bounded_to_a_day(over_http: Rig) -> None:
    """`Retry-After` in seconds or as a date is understood; nonsense in it asks for nothing."""
    in_a_minute = datetime.fromtimestamp(NOW_MS / 1000 + 60, UTC)
    for header, after_s in {
        "7": 7.0,
        "999999999999999999999": 86_400.0,
        format_datetime(in_a_minute, usegmt=True): 60.0,
        "Wed, 21 Oct 2015 07:28:00 GMT": 0.0,
        "Fri, 31 Dec 9999 23:59:59 GMT": 86_400.0,
        "soon": None,
        "-5": None,
        "٣": None,
    }.items():
        far(over_http).behaviour = Behaviour(status=429, headers={"Retry-After": header})
        assert (await delay(over_http)).after_s == after_s, header


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_not_followed(over_http: Rig, status: int) -> None:
    """Wherever it leads, one request is sent."""
    receiver = far(over_http)
    receiver.behaviour = Behaviour(status=status, headers={"Location": f"{receiver.url}/other"})
    assert "redirect is not followed" in str(await refusal(over_http))
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_a_refusal_is_told_with_the_beginning_of_the_answer(
    over_http: Rig, status: int
) -> None:
    """The words hold the status and 200 printable characters, on one line."""
    far(over_http).behaviour = Behaviour(status=status, body="no\r\n\x1b[31msuch\x00 " + "y" * 900)
    words = str(await refusal(over_http))
    assert words.startswith(f"{status} ")
    assert "no [31msuch yyy" in words
    assert words.isprintable()
    assert len(words.partition(": ")[2]) == 200


async def test_an_answer_without_an_end_is_read_to_its_bound(over_http: Rig) -> None:
    """A receiver that never stops answering is done with as soon as its status and 64 KiB came."""
    far(over_http).behaviour = Behaviour(flood=True)
    await over_http.target.deliver(NOTICE)
    far(over_http).behaviour = Behaviour(flood=True, status=403)
    assert "403 Forbidden: xxx" in str(await refusal(over_http))


async def test_silence_in_every_form_means_not_now(over_http: Rig) -> None:
    """Hanging, cutting the connection, and not listening at all can all be tried again."""
    receiver = far(over_http)
    receiver.behaviour = Behaviour(silent="hang")
    assert "no answer within" in str(await delay(over_http))
    receiver.behaviour = Behaviour(silent="close")
    assert "closed the connection" in str(await delay(over_http))
    await receiver.stop()
    assert "Connection refused" in str(await delay(over_http))
    receiver.behaviour = Behaviour()
    await receiver.start()
    await over_http.target.deliver(NOTICE)


async def test_what_is_not_http_means_not_now(over_http: Rig) -> None:
    """A server that speaks something else costs nothing but the try."""
    receiver = far(over_http)
    await receiver.stop()

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 mail.example ESMTP\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", receiver.port)
    async with server:
        assert "HTTP" in str(await delay(over_http))


async def test_a_secret_shows_nowhere(over_http: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Not in a fault's words, causes or traces, not in a log, not in a representation, even where
    the receiver's answer quotes all that it was sent."""
    caplog.set_level(logging.DEBUG)
    receiver = far(over_http)
    told = [repr(over_http.target), str(over_http.target), repr(vars(over_http.target))]
    for how in (
        Behaviour(status=403, echo=True),
        Behaviour(status=500, echo=True),
        Behaviour(status=302, echo=True),
        Behaviour(silent="close"),
        Behaviour(silent="hang"),
    ):
        receiver.behaviour = how
        with pytest.raises((NotNowError, RefusedError)) as caught:
            await in_time(over_http).deliver(NOTICE)
        told += [repr(caught.value), "".join(traceback.format_exception(caught.value))]
        assert caught.value.__context__ is None
    await receiver.stop()
    told.append("".join(traceback.format_exception(await delay(over_http))))
    told.append(caplog.text)
    for secret in over_http.secrets:
        assert not [text for text in told if secret in text]


async def test_a_cancelled_try_leaves_nothing_behind(over_http: Rig) -> None:
    """Whoever bounds the time may cancel; the next letter goes its way."""
    far(over_http).behaviour = Behaviour(silent="hang")
    trying = asyncio.create_task(over_http.target.deliver(NOTICE))
    await far(over_http).until(1)
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    far(over_http).behaviour = Behaviour()
    await over_http.target.deliver(letter(BODIES["notice"], "key-2"))


async def test_a_key_takes_effect_once_at_a_receiver_that_honours_it(tmp_path: Path) -> None:
    """A letter that is sent again after its answer was lost is not carried out again."""
    async with HTTP_RIGS["webhook"](tmp_path) as rig:
        far(rig).behaviour = Behaviour(silent="close")
        await delay(rig)
        far(rig).behaviour = Behaviour()
        await rig.target.deliver(NOTICE)
        assert len(far(rig).requests) == 2
        assert len(far(rig).effects) == 1


async def test_a_receiver_that_is_killed_knows_its_keys_when_it_is_back(tmp_path: Path) -> None:
    """What took effect is on its disk, once, though its answer never came."""
    async with (
        receiver_process(tmp_path / "effects.ndjson") as process,
        HttpClient(VirtualClock(NOW_MS), "1") as http,
    ):
        target = made(webhook(process.url), http, VirtualClock(NOW_MS))
        await process.behave(Behaviour(silent="close"))
        with pytest.raises(NotNowError):
            await target.deliver(NOTICE)
        await process.kill()
        with pytest.raises(NotNowError):
            await target.deliver(NOTICE)
        await process.start()
        await target.deliver(NOTICE)
        await target.deliver(letter(BODIES["push"], "key-2"))
        assert process.keys == ["key-1", "key-2"]


async def test_a_certificate_that_is_not_trusted_means_not_now(tmp_path: Path) -> None:
    """It may be mended by tomorrow; nothing of the letter is sent to whoever shows it."""
    made_here = make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made_here.cert, made_here.key)
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server, HttpClient(VirtualClock(NOW_MS), "1") as http:
        target = made(webhook(f"https://127.0.0.1:{port}"), http, VirtualClock(NOW_MS))
        with pytest.raises(NotNowError, match="certificate is not trusted"):
            await target.deliver(NOTICE)
    assert not any(heard)
