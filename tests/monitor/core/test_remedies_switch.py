"""The kill switch over what is under way: what was not sent is not sent, what was is ended."""

from pathlib import Path

from alerts.letter import Posting
from monitor.core.commands import PauseByHand, PushByHand, SwitchActions
from monitor.durable.keeper import open_letters
from monitor.store.port import Batch
from monitor.store.sqlite import open_sqlite
from tests.support.acting import acting, answer
from tests.support.cities import CITY, at, courier, placed, problem, venue
from tests.support.remedies import Stage
from tests.support.towns import only


def off(seconds: float, kind: str) -> SwitchActions:
    """Eve throws the switch."""
    return SwitchActions(CITY, at(seconds), "eve", kind, True, "stop")  # type: ignore[arg-type]


def asked(*, told: int) -> Stage:
    """Four couriers are asked by hand at 10 s; so many letters have arrived by 12 s."""
    stage = Stage(acting(only("zone_shortage", mode="off")), arrives=False)
    free = [courier(0, f"c{i}", 0.104 + i * 0.0005, status="idle") for i in range(4)]
    stage.say(0, venue(0, "v", 0.095), placed(0, "o0"), *free)
    stage.say(10, PushByHand(CITY, at(10), "ann", "the fair begins", "west", count=4))
    for letter in stage.letters[:told]:
        stage.report(12, letter)
    return stage


def paused(*, arrives: bool) -> Stage:
    """A venue is paused by hand at 10 s."""
    stage = Stage(acting(only("venue_slow", mode="off")), arrives=arrives)
    stage.say(0, *(venue(0, f"v{i}") for i in range(4)))
    stage.say(10, PauseByHand(CITY, at(10), "ann", "v0", "the oven is broken"))
    return stage


def test_a_campaign_that_reached_some_reaches_nobody_else() -> None:
    """The letters that wait are withdrawn; who was asked may say yes, and nobody else is asked."""
    stage = asked(told=1)
    stage.say(20, off(20, "push_couriers"))
    campaign = stage.action()
    assert stage.withdrawn == [campaign.id]
    for letter in stage.letters[1:]:
        stage.report(21, letter, "cancelled")
    stage.say(30, answer(30, campaign.targets[0]))
    stage.say(31, SwitchActions(CITY, at(31), "eve", "push_couriers", False, "over"))
    stage.until(300)
    assert (stage.action().came.accepted, len(stage.letters)) == (1, 4)
    assert [target.state for target in stage.action().targets] == ["delivered", *["expired"] * 3]


async def test_after_a_crash_what_was_withdrawn_stays_so(tmp_path: Path) -> None:
    """Letters that the store still calls waiting are withdrawn again before they are tried."""
    stage = asked(told=1)
    stage.say(20, off(20, "push_couriers"))
    async with open_sqlite(tmp_path / "city.db") as store:
        letters = [Posting(letter=letter, updated_ts=at(10)) for letter in stage.letters]
        await store.write(Batch(1, put=letters))
        postings, withdrawn = await open_letters(store, stage.state)
    assert (len(postings), withdrawn) == (4, [(stage.action().id, None)])


def test_a_pause_that_may_be_on_its_way_is_followed_by_its_end() -> None:
    """Nothing is known of its letter yet: the venue is told to resume in the same second."""
    stage = paused(arrives=False)
    stage.say(20, off(20, "all"))
    assert stage.told_venue() == [(10, "pause", 910), (20, "resume", None)]
    for letter in stage.letters:
        stage.report(21, letter)
    assert stage.action("pause_venue").state == "reverted"


def test_a_pause_that_arrived_goes_on_to_its_time() -> None:
    """Switching off resumes nobody early: at 910 s, as it was told."""
    stage = paused(arrives=True)
    stage.say(20, off(20, "all"))
    stage.until(1_000)
    assert stage.told_venue() == [(10, "pause", 910), (910, "resume", None)]


def test_a_notice_that_is_kept_back_says_that_it_is_switched_off() -> None:
    """The reason is the switch, not the budget; once it is on again the notice goes."""
    stage = Stage(acting(only("order_problem", mode="auto", action="warn_support")))
    stage.say(0, venue(0), placed(0, "o"), off(0, "warn_support"))
    stage.say(1, problem(1, "o"))
    stage.until(60)
    assert (stage.noticed(), stage.city.desk.routers["warn_support"].held) == (
        [],
        {"switched_off": 1},
    )
    stage.say(61, SwitchActions(CITY, at(61), "eve", "warn_support", False, "over"))
    stage.until(63)
    assert [(to, step) for _, to, step, _ in stage.noticed()] == [("t", "open")]
