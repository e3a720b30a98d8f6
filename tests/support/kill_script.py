"""The day that the killed monitors live through: a small city, its configuration, its steps.

Everything that has an end is opened and closed in it: notices with updates and escalations, pushes
in two rounds, pauses with an extension and a resume, proposals, silences, orders by hand. Times are
seconds after `T0`; the events are the clock. Used by `kill_driver.py`; what must come of the day is
told by a run that nobody kills, not here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

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

Json = dict[str, Any]

CITY: Final = "smallville"
T0: Final = 1_700_042_400_000
COURIERS: Final = 8


def ms(seconds: float) -> int:
    """A time of the day."""
    return T0 + round(seconds * 1000)


# --- the city ---------------------------------------------------------------------------------


def zones() -> Json:
    """Three squares of 0.1 degrees along the equator: `west`, `mid`, `east`."""

    def square(name: str, west: float) -> Json:
        east = west + 0.1
        ring = [[west, 0], [east, 0], [east, 0.1], [west, 0.1], [west, 0]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "id": name, "properties": {}, "geometry": shape}

    names = ("west", "mid", "east")
    features = [square(name, i / 10) for i, name in enumerate(names)]
    return {"type": "FeatureCollection", "features": features}


CONFIG: Final = """
[cities.smallville]
timezone = "UTC"
zones = "zones.geojson"
[http]
port = 0
[stream]
port = 0
[engine]
clock = "events"
[targets.hook]
type = "webhook"
url = "http://127.0.0.1:{port}/hook"
secret = "a secret that is long enough"
allow_private = true
[targets.lead]
type = "webhook"
url = "http://127.0.0.1:{port}/lead"
secret = "a secret that is long enough"
allow_private = true
[actions.push_couriers]
targets = ["hook"]
answer_s = 40
window_s = 200
cooldown_s = 100
plan_every_s = 15
radius_m = 2000
rounds = 2
control_share = 0
proposal_s = 120
[actions.pause_venue]
targets = ["hook", "lead"]
warn_s = 10
busy_s = 20
pause_min = 1
extend_min = 1
extensions = 1
zone_share = 1
city_share = 1
[actions.warn_support]
levels = [["hook"], ["lead"]]
group_wait_s = 5
group_interval_s = 20
escalate_s = 60
repeat_s = 90
[actions.page_on_call]
levels = [["hook", "lead"]]
group_wait_s = 5
[rules.zone_shortage]
mode = "auto"
for_s = 10
wait_raise_s = 60
wait_clear_s = 30
critical_wait_raise_s = 1800
[rules.order_unaccepted]
after_min = 1
[rules.order_unassigned]
after_min = 1
mode = "propose"
[rules.venue_slow]
mode = "auto"
for_s = 5
overdue_after_min = 1
overdue_raise = 2
[rules.venue_silent]
enabled = false
[rules.courier_stuck]
enabled = false
[rules.order_late]
after_min = 1
[rules.feed_silent]
min_per_min = 12
window_min = 2
silent_s = 60
"""
STORES: Final = {
    "sqlite": '[store]\npath = "city.db"\nsnapshot_s = 3600\n',
    "redis": '[store]\ntype = "redis"\nurl = "{url}"\nname = "{name}"\nsnapshot_s = 3600\n',
}


def write_city(folder: Path, port: int, store: str, more: str = "") -> Path:
    """The configuration and its zones in a folder; `port` is the receiver's."""
    (folder / "zones.geojson").write_text(json.dumps(zones()), encoding="utf-8")
    path = folder / "city.toml"
    path.write_text(CONFIG.format(port=port) + store + more, encoding="utf-8")
    return path


# --- its events -------------------------------------------------------------------------------


def event(seconds: float, kind: str, **fields: object) -> Json:
    """An event of the city."""
    return {"type": kind, "city": CITY, "ts": ms(seconds), **fields}


def venue(seconds: float, venue_id: str, lon: float, prep_minutes: float = 10) -> Json:
    """A venue's place."""
    where = {"lat": 0.05, "lon": lon}
    return event(seconds, "venue.updated", venue_id=venue_id, prep_minutes=prep_minutes, **where)


def placed(seconds: float, order_id: str, venue_id: str, promised_s: float = 3_600) -> Json:
    """An order, promised so long after it was placed."""
    promised = ms(seconds + promised_s)
    where = {"lat": 0.05, "lon": 0.01}
    return event(
        seconds,
        "order.placed",
        order_id=order_id,
        venue_id=venue_id,
        dropoff=where,
        promised_ts=promised,
    )


def order(seconds: float, what: str, order_id: str, **fields: object) -> Json:
    """A step of an order."""
    return event(seconds, f"order.{what}", order_id=order_id, **fields)


def taken(seconds: float, order_id: str, courier_id: str) -> list[Json]:
    """A whole order from its acceptance to its delivery, within three seconds."""
    return [
        order(seconds, "accepted", order_id),
        order(seconds, "assigned", order_id, courier_id=courier_id),
        order(seconds + 1, "ready", order_id),
        order(seconds + 2, "picked_up", order_id),
        order(seconds + 3, "delivered", order_id),
    ]


def couriers(seconds: float, in_west: int = 0) -> list[Json]:
    """All couriers say where they are: in `mid`, near its border, the first few across it."""
    return [
        event(
            seconds,
            "courier.position",
            courier_id=f"c{i}",
            status="idle",
            lat=0.05,
            lon=0.09 if i < in_west else 0.104 + i / 1_000,
        )
        for i in range(COURIERS)
    ]


# --- its steps --------------------------------------------------------------------------------


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
