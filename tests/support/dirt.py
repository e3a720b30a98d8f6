"""Spoils a made-up day: repeats, stale and refused lines, and lines out of order.

Says what it added, by kind, so that a test can hold the counts against it. Used by the
end-to-end tests on days of `days.py`.
"""

import json
from collections import Counter
from random import Random
from typing import Any

from tests.support import days, oracle_events

Json = dict[str, Any]


def broken_lines(event: Json, clock: int, rng: Random) -> dict[str, str]:
    """One line for each reason that an event may be refused for, made from a good event."""
    place = {"type": "courier.position", "city": days.CITY, "ts": event["ts"], "courier_id": "c0"}
    lat, lon = rng.choice([(91, 24.1), (56.9, 180.5), (-123.4, 24.1), (56.9, -200)])
    text = json.dumps(event)
    return {
        oracle_events.MALFORMED: rng.choice([text[:-1], "{", text + "]", "courier c1 is here"]),
        oracle_events.UNKNOWN_TYPE: json.dumps({**event, "type": "courier.teleported"}),
        oracle_events.UNKNOWN_CITY: json.dumps({**event, "city": "atlantis"}),
        oracle_events.COORDINATES: json.dumps({**place, "lat": lat, "lon": lon}),
        oracle_events.INVALID: json.dumps(
            rng.choice([place, {**event, "ts": "noon"}, {**place, "lat": "56.9", "lon": 24.1}])
        ),
        oracle_events.FUTURE: json.dumps({**event, "ts": clock + rng.randrange(86_400_001, 10**9)}),
    }


def dirty(lines: list[str], rng: Random, disorder: bool = True) -> tuple[list[str], Counter[str]]:
    """The lines with dirt among them, and how many of each kind were added.

    Added under a reason of refusal: lines that must be counted under it. `stale`: positions and
    statuses older than what their courier said before. `repeat`: lines said twice, at once or
    later. With `disorder`, one line in a hundred is also said up to 300 lines too late (`late`),
    a few orders' placings far later, and one line in two hundred is contradicted at its very time
    (`tie`); without it, no figure and no alert may change.
    """
    added: Counter[str] = Counter()
    placed: list[tuple[float, str]] = [(float(i), line) for i, line in enumerate(lines)]
    if disorder:
        for i in rng.sample(range(20, len(lines)), len(lines) // 100):
            placed[i] = (i + rng.uniform(1, 300), lines[i])
            added["late"] += 1
        # Some orders are heard of long before their placing is.
        starts = [i for i in range(20, len(lines)) if '"order.placed"' in lines[i]]
        for i in rng.sample(starts, len(starts) // 30):
            placed[i] = (i + rng.uniform(200, 2000), lines[i])
            added["late"] += 1
    newest: dict[str, int] = {}
    extra: list[tuple[float, str]] = []
    for i, line in enumerate(lines):
        event = json.loads(line)
        courier_id = event.get("courier_id") if event["type"].startswith("courier.") else None
        chance = rng.random()
        if chance < 0.02:
            later = rng.choice([0.1, 0.1, rng.uniform(1, 400)])
            extra.append((i + later, line))
            added["repeat"] += 1
        elif chance < 0.03 and courier_id in newest and placed[i][0] == i:
            old = newest[courier_id] - rng.randrange(1, 90_000)
            fields = {"city": days.CITY, "ts": old, "courier_id": courier_id}
            lon, lat = days.spot(rng)
            stale = {"type": "courier.position", **fields, "lat": lat, "lon": lon, "status": "off"}
            if rng.random() < 0.3:
                stale = {"type": "courier.status", **fields, "status": "off"}
            extra.append((i + 0.2, json.dumps(stale)))
            added["stale"] += 1
        elif chance < 0.05 and i > 20:
            reason, text = rng.choice(list(broken_lines(event, event["ts"], rng).items()))
            extra.append((i + 0.3, text))
            added[reason] += 1
        elif disorder and chance < 0.055:
            tie = {**event}
            if "lat" in tie:
                tie["lon"], tie["lat"] = days.spot(rng)
            elif event["type"] == "courier.status":
                tie["status"] = "idle"
            extra.append((i + 0.4, json.dumps(tie)))
            added["tie"] += 1
        # A line that is itself moved to later has not been said yet.
        if courier_id is not None and placed[i][0] == i:
            newest[courier_id] = event["ts"]
    return [line for _, line in sorted(placed + extra, key=lambda pair: pair[0])], added
