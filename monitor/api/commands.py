"""From what a person asks to the engine's answer: a refusal becomes a problem.

Used by `alerts.py` and `silences.py`, which make the commands.
"""

from typing import Final

from alerts.act import Outcome, Refusal
from monitor.api.context import Call
from monitor.api.problem import Problem
from monitor.core.commands import Command

STATUS: Final[dict[Refusal, int]] = {
    "unknown_alert": 404,
    "unknown_silence": 404,
    "held_by_another": 409,
    "not_held": 409,
    "not_closable": 409,
    "past": 400,
    "too_many": 409,
}


async def carry_out(call: Call, command: Command) -> Outcome:
    """Let the engine do it; raises a problem where it refuses."""
    outcome = await call.context.submit(command)
    if not outcome.ok:
        assert outcome.refusal is not None
        raise Problem(
            STATUS[outcome.refusal],
            outcome.refusal,
            outcome.message,
            by=outcome.by,
            since_ts=outcome.since_ts,
        )
    return outcome
