"""An action as others see it (contract, section 6), and the table of its life.

What is done about an alert: couriers pushed, a venue paused, people told. Who is reached and when
is planned in `remedies/`; what is sent are letters (`letter.py`). The docs' diagram is drawn from
`TABLE`.
"""

from typing import Final, Literal

from msgspec import Struct

from alerts.alert import Subject
from alerts.phrases import Said
from alerts.rules import Mode

Kind = Literal["push_couriers", "pause_venue", "warn_support", "page_on_call"]
KINDS: Final[tuple[Kind, ...]] = ("push_couriers", "pause_venue", "warn_support", "page_on_call")

ActionState = Literal[
    "proposed",
    "approved",
    "sent",
    "delivered",
    "failed",
    "expired",
    "rejected",
    "cancelled",
    "effective",
    "ineffective",
    "reverted",
]

# (state, what happens) -> state. What is not here changes nothing and is counted.
Happening = Literal[
    "approve", "reject", "cancel", "send", "deliver", "fail", "expire", "works", "fails", "revert"
]
TABLE: Final[dict[tuple[ActionState, Happening], ActionState]] = {
    ("proposed", "approve"): "approved",
    ("proposed", "reject"): "rejected",
    ("proposed", "cancel"): "cancelled",
    ("proposed", "expire"): "expired",
    ("approved", "send"): "sent",
    ("approved", "deliver"): "delivered",
    ("approved", "cancel"): "cancelled",
    ("approved", "fail"): "failed",
    ("approved", "expire"): "expired",
    ("sent", "deliver"): "delivered",
    ("sent", "fail"): "failed",
    ("sent", "expire"): "expired",
    ("sent", "cancel"): "cancelled",
    ("delivered", "works"): "effective",
    ("delivered", "fails"): "ineffective",
    ("delivered", "cancel"): "cancelled",
    ("delivered", "revert"): "reverted",
    ("effective", "revert"): "reverted",
    ("ineffective", "revert"): "reverted",
}
ENDED: Final[frozenset[ActionState]] = frozenset(
    {"failed", "expired", "rejected", "cancelled", "effective", "ineffective", "reverted"}
)

# Why an action was not planned, or not sent; counted by name and shown.
Hindrance = Literal[
    "mode_off",
    "switched_off",
    "stale_data",
    "budget_spent",
    "muted",
    "no_courier",
    "needed_at_home",
    "share_paused",
    "couriers_late",
    "venue_not_open",
    "no_target",
    "already_under_way",
]

TargetState = Literal["held_back", "waiting", "sent", "delivered", "failed", "expired", "withdrawn"]
Answer = Literal["accepted", "declined", "none"]


class Target(Struct, frozen=True, kw_only=True):
    """One that an action reaches: a courier, a venue, or those who hear of a notice.

    `key` is the idempotency key of what is sent to him (a push's `push_id`), the same however
    often it is sent. `held_back`: chosen, and on purpose not sent, to learn what would have
    happened by itself; `withdrawn`: a notice's message that was taken back before it was sent.
    `step` says which message of the action it was; `why` the reason of the
    choice in words, and why it could not be brought. For a courier that is `metres` and `eta_s` to
    ride and `from_zone`, else what `said` tells; `error` is what the last target in vain answered.
    """

    kind: Literal["courier", "venue", "notice"]
    id: str
    key: str
    step: str
    state: TargetState = "waiting"
    why: str = ""
    sent_ts: int
    eta_s: float | None = None
    from_zone: str | None = None
    round: int = 1
    failed_by: tuple[str, ...] = ()  # where it went in vain, when it went to several targets
    answer: Answer | None = None
    answered_ts: int | None = None
    arrived_ts: int | None = None
    metres: float | None = None
    error: str = ""
    said: Said = ()


class Expected(Struct, frozen=True, kw_only=True):
    """What the action is for: in words, the couriers it asks for, and until when it should tell."""

    words: str
    couriers: int = 0
    acceptance: float | None = None
    by_ts: int | None = None
    said: Said = ()


class Came(Struct, frozen=True, kw_only=True):
    """What came of it, as far as known; shares are None where nobody was in the group."""

    accepted: int = 0
    declined: int = 0
    unanswered: int = 0
    moved: int = 0
    held_back: int = 0
    held_back_moved: int = 0
    recovered_ts: int | None = None
    recovered_s: float | None = None
    words: str = ""
    said: Said = ()


class Step(Struct, frozen=True):
    """One line of an action's record."""

    ts: int
    state: ActionState
    by: str | None  # a person; None: the program
    words: str = ""
    said: Said = ()  # `words` as phrases; none where a person wrote them


class Action(Struct, frozen=True, kw_only=True):
    """One thing done, or proposed, from its plan to its end.

    `alerts` are all that it serves, `alert` the first of them. `version` rises with each change of
    state or decision: whoever decides names the one he saw. `deadline_ts`: given up or reverted
    after it; `until_ts`: when what it changed ends by itself; `next_ts`: when it is looked at next.
    `stage` and `level` say how far it has gone: a push's round, a pause's steps, a notice's level.
    `said` is `reason` as phrases, none where a person gave it.
    """

    id: str
    kind: Kind
    city: str
    alert: str | None
    alerts: tuple[str, ...] = ()
    rule: str | None
    subject: Subject
    mode: Mode | Literal["by_hand"]
    state: ActionState
    dry_run: bool = False
    by: str | None = None  # who ordered it; None: the program
    approved_by: str | None = None
    reason: str
    created_ts: int
    updated_ts: int
    deadline_ts: int
    until_ts: int | None = None
    next_ts: int | None = None
    stage: str = ""
    level: int = 0
    targets: tuple[Target, ...] = ()
    expected: Expected
    came: Came = Came()
    record: tuple[Step, ...] = ()
    version: int = 1
    said: Said = ()


class ActionChange(Struct, frozen=True):
    """An action after one change; `state` tells whether its state changed, or just its record."""

    change: Literal["state", "progress"]
    action: Action
