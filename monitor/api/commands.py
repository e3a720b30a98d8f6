"""From what a person asks to the engine's answer: a refusal becomes a problem.

Used by the files that make the commands: `alert_acts`, `silences`, `action_acts`, `by_hand`,
`switches`.
"""

from typing import Final

from alerts.act import Outcome, Refusal
from monitor.api.context import Call
from monitor.api.guard import require
from monitor.api.problem import Problem
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


async def carry_out(call: Call, command: Command) -> Outcome:
    """Let the engine do it; raises a problem where his role does not reach, or it refuses."""
    require(call.identity, role_for(command))
    outcome = await call.context.submit(command)
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
