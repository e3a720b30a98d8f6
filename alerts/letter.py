"""What an action sends: one letter a recipient and target, and what became of it.

The core writes letters, `monitor/delivery` carries them, `monitor/store` keeps them. A letter's
`key` is its idempotency key: the same letter has the same key in every life of the program, and a
receiver that honours it lets it take effect once.
"""

from typing import Final, Literal

from msgspec import Struct


class Push(Struct, frozen=True, kw_only=True, tag="push"):
    """Asks a courier to ride to a place; he answers with `courier.push_response`."""

    push_id: str
    city: str
    courier_id: str
    action_id: str
    ts: int
    answer_by_ts: int
    lon: float
    lat: float
    zone_id: str | None = None
    order_id: str | None = None
    reason: str


VenueChange = Literal["busy", "pause", "extend", "resume"]


class VenueOrder(Struct, frozen=True, kw_only=True, tag="venue"):
    """Changes whether a venue takes orders: `until_ts` ends it by itself, `resume` before that.

    `busy` asks for preparation times longer by `longer_prep_min`; `evidence` are the figures.
    """

    change: VenueChange
    city: str
    venue_id: str
    action_id: str
    ts: int
    until_ts: int | None = None
    longer_prep_min: float | None = None
    reason: str
    evidence: dict[str, float] = {}


class NoticeAlert(Struct, frozen=True, kw_only=True):
    """An alert as a notice tells it."""

    id: str
    rule: str
    severity: str
    state: str
    subject_kind: str
    subject_id: str
    zone: str | None = None
    venue: str | None = None
    started_ts: int
    resolved_ts: int | None = None
    reason: str


NoticeStep = Literal["open", "update", "repeat", "escalate", "close"]


class Notice(Struct, frozen=True, kw_only=True, tag="notice"):
    """Tells people of alerts with one cause; whatever was opened is closed by one `close`.

    `notice_id` is the same from `open` to `close`. `alerts` are at most 20 of the `count` that it
    tells of, the most urgent first.
    """

    notice_id: str
    step: NoticeStep
    kind: Literal["warn_support", "page_on_call"]
    city: str
    ts: int
    level: int
    severity: str
    title: str
    count: int
    alerts: tuple[NoticeAlert, ...]


class Drill(Struct, frozen=True, kw_only=True, tag="drill"):
    """A test of a target: nobody needs to do anything."""

    ts: int
    words: str


Body = Push | VenueOrder | Notice | Drill


class Letter(Struct, frozen=True, kw_only=True):
    """One thing to be brought to the target of the configuration that `to` names.

    `of` is the key of the action's `Target` that it belongs to; `recipient` the courier, venue or
    notice. After `deadline_ts` it is not sent any more.
    """

    key: str
    of: str
    to: str
    city: str
    action_id: str
    recipient: str
    created_ts: int
    deadline_ts: int
    body: Body


PostingState = Literal["waiting", "delivered", "dead", "expired", "cancelled"]
OPEN: Final[PostingState] = "waiting"


class Posting(Struct, frozen=True, kw_only=True):
    """A letter in the ledger: what became of it so far. Dead: refused for good, or out of tries."""

    letter: Letter
    state: PostingState = "waiting"
    attempts: int = 0
    next_ts: int = 0  # not tried before
    error: str = ""
    updated_ts: int = 0


class TargetHealth(Struct, frozen=True, kw_only=True):
    """How a target of letters does; counts since the start.

    `breaker` is `closed` when letters go out, `open` while it is left alone, `half_open` while one
    is tried. `waiting` letters have not ended, `in_hand` of them are being tried, `stored` of them
    wait in the store alone. `latency_s`: how long the last try took that was taken.
    """

    name: str
    breaker: str = "closed"
    opened: int = 0
    waiting: int = 0
    in_hand: int = 0
    stored: int = 0
    tries: int = 0
    failures: int = 0
    delivered: int = 0
    dead: int = 0
    expired: int = 0
    cancelled: int = 0
    last_error: str = ""
    last_error_ts: int | None = None
    last_delivered_ts: int | None = None
    latency_s: float | None = None
