"""Where a courier's position becomes a push: from his bytes to the topic of his telephone.

The README names the same stops. Before them lie those of `test_follow_one_position.py`.
"""

import asyncio
import json
import random
from typing import Any

from alerts.letter import Letter, Posting, Push
from monitor.core.actions.supply import askable, needs_of
from monitor.core.reports import DeliveryReport
from monitor.delivery.ledger import Ledger
from monitor.delivery.limits import LedgerLimits
from monitor.delivery.mqtt import MqttTarget
from monitor.durable.recorder import audit_of
from monitor.ingest.codec import decode
from tests.support.acting import acting_city
from tests.support.cities import CITY, Town, at, placed, venue
from tests.support.towns import only
from tests.support.virtual_loop import virtually
from zones.metrics import ratio

POSITION = (
    b'{"type":"courier.position","city":"%b","ts":%d,"courier_id":"anna","lon":0.104,"lat":0.05}'
)


def test_one_position_becomes_one_push() -> None:
    """An idle courier beside a short zone tells where he is, and is asked to ride there."""
    town = Town(acting_city(rules=only("zone_shortage", mode="auto")))
    city = town.state.cities[CITY]
    # Three orders wait in `west`, where nobody is; the shortage fires, and no courier is in reach.
    town.tell(0, venue(0, "v", 0.095), *(placed(0, f"o{i}") for i in range(3)))
    town.pass_time(425)
    (alert,) = [alert for alert in city.book.living() if alert.state == "firing"]
    assert (alert.rule, alert.subject.id, alert.actions) == ("zone_shortage", "west", ())
    assert city.desk.actions.hindrance_of(alert.id) == "no_courier"
    assert ratio(city.balance.open, city.balance.on_shift())[0] == 3.0

    # 1 to 6: his position is decoded, applied, and counted in his own zone.
    (event,) = decode(POSITION % (CITY.encode(), at(430))).events
    town.tell(430, event)
    assert city.balance.idle[1] == 1

    # 7: supply against need, as columns: he may be asked, and his zone can spare him.
    assert askable(city, at(430)).row.tolist() == [city.couriers.find("anna")]
    assert (int(needs_of(city).shortage[0]), int(needs_of(city).spare[1])) == (3, 1)

    # 8: at the next planning the campaign begins; 9: its letter is written, with its own key.
    effects = town.pass_time(470)
    (letter,) = effects.letters
    assert isinstance(letter.body, Push)
    assert (letter.recipient, letter.body.zone_id, letter.to) == ("anna", "west", "t")
    assert effects.actions[0].action.state == "approved"
    assert audit_of(effects)[0].act == "push_couriers approved"

    # 10: once it is durable the ledger carries it to the topic of his telephone.
    topic, message, reports = virtually(_carry(letter))
    assert topic == f"citywatch/v1/{CITY}/push/anna"
    assert (message["type"], message["push_id"]) == ("push", letter.body.push_id)

    # 11: what became of it comes back as an event of the engine.
    town.tell(471, *reports)
    (action,) = city.desk.actions.living.values()
    assert (action.state, action.targets[0].id) == ("delivered", "anna")
    assert city.book.find(alert.id).actions == (action.id,)  # type: ignore[union-attr]


async def _carry(letter: Letter) -> tuple[str, dict[str, Any], list[DeliveryReport]]:
    """Through the ledger to a broker that takes it."""
    sent: list[tuple[str, bytes]] = []
    kept: list[Posting] = []
    reports: list[DeliveryReport] = []
    arrived = asyncio.Event()

    async def publish(topic: str, payload: bytes, qos: int) -> None:
        sent.append((topic, payload))

    async def save(posting: Posting) -> None:
        kept.append(posting)

    async def fetch(key: str) -> Posting | None:
        return next((posting for posting in reversed(kept) if posting.letter.key == key), None)

    def report(told: DeliveryReport) -> None:
        reports.append(told)
        if told.outcome == "delivered":
            arrived.set()

    target = MqttTarget("t", publish, OSError)
    ledger = Ledger(
        {"t": target},
        save,
        report,
        lambda: at(470),
        random.Random(1),
        LedgerLimits(),
        lambda point: None,
        fetch,
    )
    ledger.take([Posting(letter=letter)])
    running = asyncio.create_task(ledger.run())
    await arrived.wait()
    running.cancel()
    await asyncio.wait([running])
    assert [posting.state for posting in kept] == ["delivered"]
    ((topic, payload),) = sent
    return topic, json.loads(payload), reports
