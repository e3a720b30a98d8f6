"""Whatever happens to a city, its actions keep to their bounds and come to an end.

Random events, answers, orders of people and reports of the ledger, an hour or two of them; then the
orders end, the ledger tells how each letter ended, and a day passes.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.action import Action
from alerts.letter import Letter, Notice, Push, VenueOrder
from monitor.core.commands import (
    ApproveAction,
    CancelAction,
    CloseAlert,
    PauseByHand,
    PushByHand,
    RejectAction,
    ResumeByHand,
    SwitchActions,
)
from monitor.core.events import VenueStatus
from tests.support.acting import acting, answer
from tests.support.cities import (
    CITY,
    assigned,
    at,
    cancelled,
    courier,
    placed,
    problem,
    steps,
    venue,
)
from tests.support.remedies import Stage
from tests.support.towns import beat, only

HOUR_MS = 3_600_000
PER_COURIER, PUSHES, PAUSES, NOTICES = 2, 6, 2, 3
ACTED_ON = ("zone_shortage", "order_unassigned", "venue_slow", "venue_silent", "order_problem")
VENUES = ("v0", "v1", "v2", "v3")

Steps = list[tuple[str, int, int, float]]
WHAT = (
    *("courier", "courier", "courier", "placed", "placed", "assigned", "accepted", "cancelled"),
    *("problem", "beat", "yes", "no", "report", "report", "report", "wait", "wait", "wait"),
    *(
        "approve",
        "reject",
        "cancel",
        "push",
        "pause",
        "busy",
        "resume",
        "off",
        "off",
        "on",
        "on",
        "on",
        "calm",
        "restart",
    ),
)
happenings: st.SearchStrategy[Steps] = st.lists(
    st.tuples(
        st.sampled_from(WHAT),
        st.integers(0, 7),
        st.integers(0, 7),
        st.sampled_from((1.0, 5.0, 30.0, 61.0, 120.0, 400.0)),
    ),
    min_size=10,
    max_size=70,
)


class Life(Stage):
    """A stage to which things happen by number."""

    def __init__(self, mode: str) -> None:
        rules = only(*ACTED_ON, mode=mode)
        rules["order_problem"] = {"mode": "auto"}
        super().__init__(
            acting(
                rules,
                push={
                    "courier_per_hour": PER_COURIER, "per_hour": PUSHES, "cooldown_s": 300,
                    "radius_m": 30_000, "control_share": 0.2, "window_s": 600,
                },
                pause={"per_hour": PAUSES, "zone_share": 0.5, "city_share": 0.5, "pause_min": 5,
                       "extend_min": 5},
                support={"per_hour": NOTICES, "group_by": ("rule", "zone", "venue")},
            ),
            arrives=False,
        )  # fmt: skip
        self.now_s = 0.0
        self.orders = 0
        self.reported: set[str] = set()
        self.tried: set[str] = set()
        self.unheard: set[str] = set()  # letters that were cancelled before they were tried
        self.where: dict[str, tuple[float, Any]] = {}
        self.say(
            0, *(venue(0, name, 0.02 + n * 0.05, prep_minutes=5) for n, name in enumerate(VENUES))
        )

    def happen(self, what: str, a: int, b: int, wait_s: float) -> None:
        """One thing, after a while."""
        self.now_s += wait_s
        self.until(self.now_s - 1)
        # Phones go on telling, else everybody would be too old to be asked.
        known = self.where.items()
        self.say(
            self.now_s - 1,
            *(courier(self.now_s - 1, c, lon, status=told) for c, (lon, told) in known),
        )
        self.until(self.now_s)
        events = self._events(what, a, b, self.now_s)
        if events:
            self.say(self.now_s, *events)

    def _events(self, what: str, a: int, b: int, now_s: float) -> list[Any]:
        if what == "courier":
            told: Any = ("idle", "idle", "to_venue", "idle", "off", "idle", "idle", "idle")[a]
            self.where[f"c{a}"] = (0.01 + b * 0.035, told)
            return [courier(now_s, f"c{a}", 0.01 + b * 0.035, status=told)]
        if what == "placed":
            self.orders += 1
            return [placed(now_s, f"o{self.orders}", VENUES[a % 4])]
        if what == "beat":
            return [beat(now_s, VENUES[a % 4])]
        if what == "restart":
            self.restart()
            return []
        if what in ("assigned", "accepted", "cancelled", "problem"):
            return self._order_event(what, max(1, self.orders - a), b, now_s)
        if what in ("yes", "no"):
            targets = [t for action in self.living for t in action.targets if t.kind == "courier"]
            return [answer(now_s, targets[-1 - a], what == "yes")] if len(targets) > a else []
        if what == "report":
            return self._reports(a, b)
        if what == "calm":
            self._end_letters()
            return []
        return self._orders_of_people(what, a, b, now_s)

    def _order_event(self, what: str, number: int, b: int, now_s: float) -> list[Any]:
        order = f"o{number}"
        if not self.orders:
            return []
        if what == "assigned":
            return [assigned(now_s, order, f"c{b}")]
        if what == "accepted":
            return list(steps(order, now_s))
        return [cancelled(now_s, order) if what == "cancelled" else problem(now_s, order)]

    def _reports(self, a: int, b: int) -> list[Any]:
        letter = self.letters[-1 - a] if len(self.letters) > a else None
        if letter is None:
            return []
        outcome = ("delivered", "delivered", "failed", "expired", "sent")[b % 5]
        if outcome == "sent":
            self.tried.add(letter.key)
        else:
            self.reported.add(letter.key)
        return [self.outcome(letter, outcome)]

    def _end_letters(self) -> None:
        """The ledger ends all that it has: what was recalled is cancelled, the rest expires."""
        for letter in self.letters:
            if letter.key not in self.reported:
                self.reported.add(letter.key)
                recalled = (letter.action_id, letter.of) in self.recalled
                if recalled and letter.key not in self.tried:
                    self.unheard.add(letter.key)
                self._take([self.outcome(letter, "cancelled" if recalled else "expired")])

    def _orders_of_people(self, what: str, a: int, b: int, now_s: float) -> list[Any]:
        ts, living = at(now_s), self.living
        action: Action | None = living[a % len(living)] if living else None
        if what in ("off", "on"):
            kind: Any = "push_couriers" if b % 2 else "warn_support"
            return [SwitchActions(CITY, ts, "eve", kind, what == "off", "why not")]
        if what == "push":
            return [PushByHand(CITY, ts, "ann", "now", zone_id="west", count=1 + b)]
        if what in ("pause", "busy"):
            return [PauseByHand(CITY, ts, "ann", VENUES[b % 4], "now", busy=what == "busy")]
        if what == "resume":
            return [ResumeByHand(CITY, ts, "ann", VENUES[b % 4], "now")]
        if action is None:
            return []
        if what == "approve":
            return [ApproveAction(CITY, ts, "ann", action.id)]
        if what == "reject":
            return [RejectAction(CITY, ts, "ann", action.id, "no")]
        return [CancelAction(CITY, ts, "ann", action.id, "no")] if what == "cancel" else []

    def end(self) -> None:
        """Everything that happened in the city is over; the ledger ends every letter; a day."""
        self.now_s += 1
        self.say(self.now_s, *(cancelled(self.now_s, f"o{n}") for n in range(1, self.orders + 1)))
        # An accepted order ends a run of unaccepted ones.
        for name in VENUES:
            last = placed(self.now_s, f"last {name}", name)
            self.say(self.now_s, last, *steps(last.order_id, self.now_s))
            self.say(self.now_s, cancelled(self.now_s, last.order_id))
        closed = [VenueStatus(CITY, at(self.now_s), name, "closed") for name in VENUES]
        self.say(self.now_s, *closed)
        for _ in range(26):
            self.now_s += 3_600
            self.until(self.now_s)
            for alert in self.city.book.living():
                if alert.rule == "order_problem":
                    ts = at(self.now_s)
                    self.say(self.now_s, CloseAlert(CITY, ts, "ann", alert.id, "settled"))
            self._end_letters()


def lived(mode: str, happened: Steps) -> Life:
    """The whole of it."""
    life = Life(mode)
    for what, a, b, wait_s in happened:
        life.happen(what, a, b, wait_s)
    life.end()
    return life


def most_in_an_hour(times: Iterable[int]) -> int:
    """The most that fall into any hour."""
    told = sorted(times)
    return max((sum(ts <= other < ts + HOUR_MS for other in told) for ts in told), default=0)


def of_body(life: Life, kind: type) -> list[Letter]:
    """The letters with such a body."""
    return [letter for letter in life.letters if isinstance(letter.body, kind)]


modes = st.sampled_from(("auto", "propose"))


@settings(max_examples=60, deadline=None)
@given(modes, happenings)
def test_bounds_hold_and_everything_ends(mode: str, happened: Steps) -> None:
    """Keys are unique, no budget is passed, every pause is resumed in time, nothing lives on."""
    life = lived(mode, happened)
    keys = [letter.key for letter in life.letters]
    assert len(set(keys)) == len(keys)

    by_courier: dict[str, list[int]] = defaultdict(list)
    for letter in of_body(life, Push):
        by_courier[letter.recipient].append(letter.created_ts)
    assert all(most_in_an_hour(times) <= PER_COURIER for times in by_courier.values())
    assert most_in_an_hour(letter.created_ts for letter in of_body(life, Push)) <= PUSHES

    orders = [letter.body for letter in of_body(life, VenueOrder)]
    pauses = [body for body in orders if getattr(body, "change", "") == "pause"]
    assert most_in_an_hour(body.ts for body in pauses if isinstance(body, VenueOrder)) <= PAUSES
    opened = [
        letter.body
        for letter in of_body(life, Notice)
        if isinstance(letter.body, Notice) and letter.body.step != "close"
    ]
    assert most_in_an_hour(body.ts for body in opened) <= NOTICES
    heard = [letter for letter in of_body(life, Notice) if letter.key not in life.unheard]
    told = {(body.notice_id, body.step) for body in map(_notice, heard)}
    assert all((notice_id, "close") in told for notice_id, _ in told)

    _assert_resumed([body for body in orders if isinstance(body, VenueOrder)])
    assert life.living == [], life.living
    assert life.city.desk.actions.by_key == {}
    assert life.city.desk.wanting == {}


def _notice(letter: Letter) -> Notice:
    assert isinstance(letter.body, Notice)
    return letter.body


def _assert_resumed(orders: list[VenueOrder]) -> None:
    """After each busy and pause something newer comes by its end, and a resume comes last."""
    by_action: dict[str, list[VenueOrder]] = defaultdict(list)
    for order in orders:
        by_action[order.action_id].append(order)
    for mine in by_action.values():
        assert mine[-1].change == "resume"
        for order, after in pairwise(mine):
            # A pause that waits for a plan of its own may follow a while after busy has ended.
            if order.until_ts is not None and order.change != "busy":
                assert after.ts <= order.until_ts + 1_000


@settings(max_examples=15, deadline=None)
@given(modes, happenings)
def test_the_same_happenings_give_the_same_letters(mode: str, happened: Steps) -> None:
    """A city's life told twice: the same letters, keys and steps."""
    first, second = lived(mode, happened), lived(mode, happened)
    assert first.letters == second.letters
    assert first.steps == second.steps
