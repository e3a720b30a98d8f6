"""What leaves, and what was taken back before it could."""

import pytest

from monitor.wiring.outbound import Outbound
from tests.support.ledger_stage import ScriptedTarget, Stage, at_work, letter
from tests.support.virtual_loop import passes, virtually


@pytest.mark.parametrize(
    ("of", "sent"), [(None, ["other"]), ("first", ["second", "other"])], ids=["action", "message"]
)
def test_what_was_withdrawn_before_it_was_durable_does_not_leave(
    of: str | None, sent: list[str]
) -> None:
    """Of a whole action nothing goes; of one message of it that one alone does not."""
    target = ScriptedTarget("main")
    stage = Stage([target])
    letters = [letter("first"), letter("second"), letter("other", action_id="a2")]

    async def life() -> None:
        async with at_work(stage.ledger()) as ledger:
            outbound = Outbound(ledger, ())
            outbound.withdraw("a1", of)
            outbound.take(stage.write(*letters))
            await passes(1)

    virtually(life())
    assert [key for _, key in target.taken] == sent
    assert {stage.states()[key] for key in sent} == {"delivered"}
    assert stage.states()["first"] == "cancelled"
