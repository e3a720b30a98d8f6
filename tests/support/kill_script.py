"""The day that the killed monitors live through, step by step, in the city of `kill_city.py`.

Everything that has an end is opened and closed in it: notices with updates and escalations, pushes
in two rounds, pauses with an extension and a resume, proposals, silences, orders by hand. Times are
seconds after `T0`; the events are the clock. Used by `kill_driver.py`; what must come of the day is
told by a run that nobody kills, not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from alerts.alert import Alert
from alerts.mute import Matcher
from monitor.core.city import City
from monitor.core.commands import (
    AckAlert,
    ApproveAction,
    CancelAction,
    ClaimAlert,
    CloseAlert,
    Command,
    NoteAlert,
    PauseByHand,
    PushByHand,
    RejectAction,
    ResumeByHand,
    Silence,
)
from tests.support.kill_city import (
    CITY,
    Json,
    couriers,
    event,
    ms,
    order,
    placed,
    taken,
    venue,
)


@dataclass(frozen=True, slots=True)
class Tell:
    """Events, as one payload. `snapshot`: one is taken meanwhile."""

    events: tuple[Json, ...]
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Couriers answer the last push that each was sent."""

    seconds: float
    says: dict[str, Literal["accepted", "declined"]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A person's command, made of what he sees and the time; each has a name of his own."""

    by: str
    act: str  # as the audit calls it
    make: Callable[[City, str, int], Command]


Step = Tell | Answer | Ask


def alert_of(city: City, rule: str, subject: str) -> Alert:
    """The living alert of a rule on a subject."""
    alert = city.book.tracks[rule, subject].alert
    assert alert is not None
    return alert


def action_of(city: City, kind: str, *, by: str | None = None, state: str = "") -> str:
    """The id of the newest living action of a kind, ordered by that person (None: by nobody)."""
    found = [a for a in city.desk.actions.living.values() if a.kind == kind and a.by == by]
    return [a.id for a in found if not state or a.state == state][-1]


def proposal(city: City, order_id: str) -> str:
    """The id of the proposed push for an order."""
    alert = alert_of(city, "order_unassigned", order_id)
    return city.desk.actions.serving(alert.id, "push_couriers")[0].id


def _script() -> list[Step]:
    steps: list[Step] = []

    def tell(*events: Json, snapshot: bool = False) -> None:
        steps.append(Tell(tuple(events), snapshot))

    def ask(by: str, act: str, make: Callable[[City, str, int], Command]) -> None:
        steps.append(Ask(by, act, make))

    # Two orders that nobody accepts: a notice, an update, an escalation, and a claim ends that.
    tell(
        venue(0, "v", 0.095),
        *(venue(0, f"v{i}", 0.113 + i / 1_000) for i in range(3)),
        venue(0, "slow", 0.25, 1),
        *couriers(0),
    )
    tell(placed(1, "a", "v0"), placed(20, "b", "v1"), *couriers(30), snapshot=True)
    tell(*couriers(60), *couriers(90))
    ask("vera", "approve", lambda c, by, t: ApproveAction(CITY, t, by, proposal(c, "a")))
    ask(
        "wolf",
        "reject",
        lambda c, by, t: RejectAction(CITY, t, by, proposal(c, "b"), "it is nearly there"),
    )
    tell(*couriers(110))
    ask(
        "nora",
        "note",
        lambda c, by, t: NoteAlert(
            CITY, t, by, alert_of(c, "order_unaccepted", "a").id, "the venue does not answer"
        ),
    )
    tell(*couriers(140), snapshot=True)
    tell(*couriers(145))
    ask(
        "anna",
        "ack",
        lambda c, by, t: AckAlert(CITY, t, by, alert_of(c, "order_unaccepted", "a").id),
    )
    ask(
        "carl",
        "claim",
        lambda c, by, t: ClaimAlert(CITY, t, by, alert_of(c, "order_unaccepted", "b").id),
    )
    tell(*taken(150, "a", "c7"), *couriers(160))
    tell(*taken(165, "b", "c7"), *couriers(170))
    tell(*couriers(175), snapshot=True)

    # `west` is short: two rounds of pushes, some say no, one says nothing; then it recovers.
    tell(*(placed(180, f"w{i}", "v") for i in range(2)), *couriers(200))
    tell(*(order(201, "accepted", f"w{i}") for i in range(2)), *couriers(230), *couriers(245))
    tell(*couriers(255), *couriers(258))
    steps.append(Answer(260, {"c0": "declined", "c1": "accepted"}))
    tell(*couriers(275), snapshot=True)
    tell(*couriers(300), *couriers(315))
    tell(*couriers(325))
    steps.append(Answer(326, {"c6": "accepted", "c7": "declined"}))
    tell(*couriers(340, in_west=3), *couriers(345, in_west=3))
    tell(*taken(346, "w0", "c0"), *taken(347, "w1", "c1"), *couriers(360, in_west=3))
    tell(*couriers(390), *couriers(420), snapshot=True)

    # A kitchen falls behind: support hears, busy, paused, extended, resumed.
    tell(*(placed(421, f"s{i}", "slow") for i in range(3)), *couriers(450))
    tell(*(order(451, "accepted", f"s{i}") for i in range(3)), *couriers(480))
    tell(*(order(481, "assigned", f"s{i}", courier_id=f"c{i}") for i in range(3)), *couriers(510))
    tell(*couriers(540), *couriers(556))
    tell(*couriers(562), *couriers(570), snapshot=True)
    ask(
        "paul",
        "silence",
        lambda c, by, t: Silence(
            CITY, t, by, (Matcher("rule", "order_late"),), ms(700), "the fair"
        ),
    )
    tell(placed(571, "late", "v2", 10), order(572, "accepted", "late"), *couriers(590))
    tell(order(591, "assigned", "late", courier_id="c6"), *couriers(600))
    tell(*couriers(630), *couriers(645))
    tell(*couriers(655), snapshot=True)
    tell(*couriers(680), *couriers(701), *couriers(710))
    tell(*couriers(720))
    tell(*(step for i in range(3) for step in taken(721, f"s{i}", f"c{i}")), *couriers(740))
    tell(*taken(742, "late", "c6"), *couriers(770), snapshot=True)

    # A complaint, which people close; a pause by hand, resumed by hand; a second that ends itself.
    tell(placed(790, "p", "v0"), *taken(791, "p", "c3"), *couriers(800))
    tell(order(806, "problem", "p", problem="missing_item"), *couriers(815), snapshot=True)
    ask("olga", "pause", lambda c, by, t: PauseByHand(CITY, t, by, "v1", "a fire", 30))
    tell(*couriers(835), *couriers(840))
    ask(
        "lena",
        "close",
        lambda c, by, t: CloseAlert(
            CITY, t, by, alert_of(c, "order_problem", "p").id, "sent again"
        ),
    )
    tell(*couriers(850), *couriers(870))
    ask("rolf", "resume", lambda c, by, t: ResumeByHand(CITY, t, by, "v1", "it is out"))
    tell(*couriers(875), snapshot=True)
    ask("tess", "pause", lambda c, by, t: PauseByHand(CITY, t, by, "v2", "a queue", 1))
    tell(*couriers(900), *couriers(930))
    tell(*couriers(940))

    # Pushes by hand: one is answered, one is called off while its letters are under way.
    ask(
        "hugo",
        "push",
        lambda c, by, t: PushByHand(
            CITY, t, by, "a concert", zone_id="west", courier_ids=("c4", "c5")
        ),
    )
    tell(*couriers(945))
    steps.append(Answer(946, {"c4": "accepted"}))
    ask(
        "ines",
        "push",
        lambda c, by, t: PushByHand(
            CITY, t, by, "a match", zone_id="east", courier_ids=("c6", "c7")
        ),
    )
    ask(
        "jens",
        "cancel",
        lambda c, by, t: CancelAction(
            CITY, t, by, action_of(c, "push_couriers", by="ines"), "it rains"
        ),
    )
    tell(*couriers(975), *couriers(990), snapshot=True)

    # A feed falls silent and comes back: on-call hears of both.
    for start in (1000, 1030, 1060):
        rain = (event(start + i, "city.weather", precipitation_mm_h=i) for i in range(0, 30, 2))
        tell(*rain, *couriers(start + 29))
    tell(*couriers(1100), *couriers(1130), *couriers(1160), snapshot=True)
    ask(
        "kurt", "ack", lambda c, by, t: AckAlert(CITY, t, by, alert_of(c, "feed_silent", "city").id)
    )
    tell(event(1170, "city.weather"), *couriers(1180))
    tell(*couriers(1190), snapshot=True)
    # All that was pushed by hand is judged, whatever still waits for its window ends.
    tell(*couriers(1210))
    tell(*couriers(1300), *couriers(1400))
    tell(*couriers(1500))
    return steps


SCRIPT: Final = tuple(_script())
