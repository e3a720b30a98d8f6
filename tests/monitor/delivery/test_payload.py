"""The JSON that targets send."""

import json

import pytest

from alerts.letter import Body, Drill, Letter, Notice, NoticeAlert, Push, VenueOrder
from monitor.delivery.payload import payload_of

PUSH = Push(
    push_id="p1",
    city="riga",
    courier_id="c1",
    action_id="a1",
    ts=5,
    answer_by_ts=60_005,
    lon=24.1,
    lat=56.95,
    zone_id="Centrs",
    reason="2 couriers short",
)
PAUSE = VenueOrder(
    change="pause",
    city="riga",
    venue_id="v1",
    action_id="a1",
    ts=5,
    until_ts=900_005,
    reason="silent for 5 min",
    evidence={"overdue": 3.0},
)
ALERT = NoticeAlert(
    id="l1",
    rule="order_late",
    severity="warning",
    state="firing",
    subject_kind="order",
    subject_id="o1",
    started_ts=1,
    reason="late",
)
NOTICE = Notice(
    notice_id="n1",
    step="open",
    kind="warn_support",
    city="riga",
    ts=5,
    level=0,
    severity="warning",
    title="One order late",
    count=1,
    alerts=(ALERT,),
)


def letter(body: Body) -> Letter:
    """A letter with this body; its key has a character outside ASCII."""
    return Letter(
        key="ķ1",
        of="t1",
        to="main",
        city="riga",
        action_id="a1",
        recipient="c1",
        created_ts=5,
        deadline_ts=60_005,
        body=body,
    )


def test_a_push_is_its_type_its_key_and_all_its_fields() -> None:
    """The bytes are fixed: receivers and signatures rely on them."""
    assert (
        payload_of(letter(PUSH))
        == (
            '{"type":"push","key":"ķ1","push_id":"p1","city":"riga","courier_id":"c1","action_id":"a1",'
            '"ts":5,"answer_by_ts":60005,"lon":24.1,"lat":56.95,"zone_id":"Centrs","order_id":null,'
            '"reason":"2 couriers short"}'
        ).encode()
    )


@pytest.mark.parametrize(
    ("body", "tag"),
    [(PUSH, "push"), (PAUSE, "venue"), (NOTICE, "notice"), (Drill(ts=1, words="test"), "drill")],
)
def test_every_body_tells_its_type_and_key_first(body: Body, tag: str) -> None:
    """A reader can tell what it is, and whether he has seen it, from the first two fields."""
    fields = json.loads(payload_of(letter(body)))
    assert list(fields)[:2] == ["type", "key"]
    assert (fields["type"], fields["key"]) == (tag, "ķ1")
    assert set(fields) == {"type", "key", *body.__struct_fields__}


def test_a_notice_carries_its_alerts() -> None:
    """What is nested is nested in the JSON too."""
    assert json.loads(payload_of(letter(NOTICE)))["alerts"][0]["subject_id"] == "o1"
