"""The kill switch of `citywatch run` over a notice that a target did not take yet."""

import time
from pathlib import Path
from typing import Any, Final

from tests.support.configs import CITY
from tests.support.receiver import Behaviour, Receiver, receiver
from tests.support.running import DEADLINE_S, Running, running
from tests.support.waiting import until

LEAD: Final = {"Authorization": "Bearer token-of-lea"}
CONFIG: Final = (
    CITY
    + """
[tokens.lea]
token = "token-of-lea"
role = "lead"
[targets.desk]
type = "webhook"
url = "{url}/desk"
secret = "sixteen-letters-x"
allow_private = true
[actions.warn_support]
levels = [["desk"]]
group_wait_s = 0
group_interval_s = 0
"""
)


async def ask(monitor: Running, method: str, path: str, body: Any = None) -> Any:
    """What the lead is answered."""
    async with monitor.session.request(
        method, monitor.url(path), headers=LEAD, json=body
    ) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json()


async def letters(monitor: Running, state: str, count: int) -> None:
    """Waits until the ledger has so many letters in a state."""
    seen: Any = None
    deadline_s = time.monotonic() + DEADLINE_S
    while seen != count:
        assert time.monotonic() < deadline_s, f"{seen} letters are {state}, not {count}"
        seen = (await ask(monitor, "GET", f"/v1/letters?state={state}"))["total"]


async def switch(monitor: Running, off: bool) -> None:
    """The lead throws the switch of notices to support, or puts it back."""
    body = {"kind": "warn_support", "off": off, "reason": "drill"}
    await ask(monitor, "POST", "/v1/cities/riga/switches", body)


async def complain(monitor: Running, order: str) -> None:
    """An order of a venue's, and a complaint about it."""
    now_ms = time.time_ns() // 1_000_000
    head = {"city": "riga", "ts": now_ms}
    where = {"lat": 56.95, "lon": 24.1}
    happened = [
        head | {"type": "venue.updated", "venue_id": "v"} | where,
        head
        | {"type": "order.placed", "order_id": order, "venue_id": "v", "dropoff": where}
        | {"promised_ts": now_ms + 3_600_000},
        head | {"type": "order.problem", "order_id": order, "problem": "missing_item"},
    ]
    await ask(monitor, "POST", "/v1/events", happened)


def told(one: Receiver) -> list[str]:
    """The steps that took effect at the receiver, in order."""
    return [str(request.json["step"]) for request in one.effects]


async def test_what_the_desk_has_not_taken_is_taken_back_and_told_again_later(
    tmp_path: Path,
) -> None:
    """The desk answers 500 to an opening; switched off, it is not tried again, though the desk is
    well by then; switched on, what still fires is told, and closed when it is over."""
    async with receiver(tmp_path / "taken") as one:
        one.behaviour = Behaviour(status=500)
        async with running(tmp_path, CONFIG.replace("{url}", one.url)) as monitor:
            await complain(monitor, "o1")
            await until(lambda: one.requests, "a first try")
            await switch(monitor, off=True)
            await letters(monitor, "cancelled", 1)
            one.behaviour = Behaviour()
            assert told(one) == []
            await switch(monitor, off=False)
            await until(lambda: one.effects, "what still fires")
            assert told(one) == ["update"]  # a try was begun: the desk may have heard of it
            (alert,) = (await ask(monitor, "GET", "/v1/alerts?rule=order_problem"))["items"]
            body = {"reason": "refunded"}
            await ask(monitor, "POST", f"/v1/alerts/{alert['id']}/close", body)
            await until(lambda: len(one.effects) == 2, "the close")
            assert told(one) == ["update", "close"]
