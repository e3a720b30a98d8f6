"""From what a person asks to the engine's answer: a refusal becomes a problem.

Used by the files that make the commands: `acts`, `silences`, `by_hand`, `switches`.
"""

import asyncio
from typing import Final

from alerts.act import Outcome, Refusal
from monitor.api.context import Call
from monitor.api.guard import SUBMITTED, require
from monitor.api.problem import Problem, not_now
from monitor.core.commands import Command
from monitor.core.roles import role_for

STATUS: Final[dict[Refusal, int]] = {
    "unknown_alert": 404,
    "unknown_silence": 404,
    "held_by_another": 409,
    "not_held": 409,
    "not_closable": 409,
    "past": 400,
    "too_many": 409,
    "unknown_action": 404,
    "unknown_zone": 404,
    "unknown_order": 404,
    "unknown_venue": 404,
    "unknown_courier": 404,
    "changed": 409,
    "not_possible": 409,
    "hindered": 409,
}
# The problems of every route that carries out a command with a body.
REFUSALS: Final = (404, 409, 413, 415, 503)


async def carry_out(call: Call, command: Command) -> Outcome:
    """Let the engine do it; raises a problem where his role does not reach, or it refuses, and
    where it was done and the store does not take it."""
    require(call.identity, role_for(command))
    call.request[SUBMITTED] = True  # the engine keeps what came of it
    try:
        async with asyncio.timeout(call.context.durable_within_s):
            outcome = await call.context.submit(command)
    except TimeoutError:
        raise not_now("it was done, but is not durable yet: look before you repeat it") from None
    if not outcome.ok:
        assert outcome.refusal is not None
        raise Problem(
            STATUS[outcome.refusal],
            outcome.refusal,
            outcome.message,
            by=outcome.by,
            since_ts=outcome.since_ts,
            said=outcome.said,
        )
    return outcome
