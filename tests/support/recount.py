"""An independent recount of a recorded day: what `citywatch replay` must have written.

Reads an NDJSON day with plain dictionaries and loops, point by point, from the contract alone
(sections 2, 3, 4 and 7); it imports nothing of the product. `tests/e2e/test_replay_recount.py`
holds the replay against it on made-up days; for any other day:

    python -m tests.support.recount EVENTS ZONES REPLAY_OUT [--every SECONDS] [--alerts]

prints the first differences and exits 1 when there are any. `oracle_events.py` says what an
event is, `oracle_city.py` and `oracle_orders.py` what it changes, `oracle_alerts.py` what fires.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.oracle_alerts import JUDGED, Alert, OracleAlerts
from tests.support.oracle_city import OracleCity
from tests.support.oracle_events import FUTURE, Json, RefusedError, check_event, read_line

DAY_MS = 86_400_000
COUNTS = ("events", "applied", "stale", "orphan")
FIGURES = ("idle", "busy", "open", "waiting", "oldest_wait_s")


@dataclass
class Recount:
    """What a day comes to. `figures` is keyed by (ts, city, zone_id)."""

    figures: dict[tuple[int, str, str], Json] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    events: int = 0
    applied: int = 0
    stale: int = 0
    orphan: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    first_ts: int | None = None
    last_ts: int | None = None


def recount(
    lines: Iterable[str | bytes],
    zones_geojson: Json,
    cities: Iterable[str],
    every_s: float = 60,
    alerts: bool = True,
    feeds: bool = True,
) -> Recount:
    """Go through a day once; each of `cities` has the same zones.

    The clock is the greatest `ts` so far of the events taken. A figure or a judgement for a time
    T is made just before the first taken event with a later `ts`, so that a late event which
    comes after that counts only from the next T on. Alerts are judged at whole seconds; without
    `feeds`, as with `feed_silent` switched off.
    """
    result = Recount()
    known = {name: OracleCity(zones_geojson) for name in cities}
    judges = [OracleAlerts(name, city) for name, city in known.items()] if alerts else []
    every_ms = round(every_s * 1000)
    clock: int | None = None
    next_figures = next_second = 0

    def look(until: int) -> None:
        """Figures and judgements for all times before `until`."""
        nonlocal next_figures, next_second
        while next_figures < until:
            for name, city in known.items():
                for zone_id, zone in city.figures(next_figures).items():
                    result.figures[next_figures, name, zone_id] = zone
            next_figures += every_ms
        while judges and next_second < until:
            for judge in judges:
                judge.judge(next_second)
            next_second += 1000

    for line in lines:
        try:
            members = read_line(line)
        except RefusedError as refused:
            result.events += 1
            result.rejected[refused.reason] += 1
            continue
        for member in members:
            result.events += 1
            try:
                event = check_event(member, set(known))
                # Reading: exactly one day ahead is still taken; what is refused moves no clock.
                if clock is not None and event["ts"] > clock + DAY_MS:
                    raise RefusedError(FUTURE)
            except RefusedError as refused:
                result.rejected[refused.reason] += 1
                continue
            ts = event["ts"]
            if clock is None:
                clock = result.first_ts = ts
                next_figures = -(-ts // every_ms) * every_ms
                next_second = -(-ts // 1000) * 1000
            elif ts > clock:
                look(ts)
                clock = ts
            for judge in judges:
                if feeds and judge.name == event["city"]:
                    judge.hear(event["type"], ts)
            applied, orphan = known[event["city"]].apply(event)
            result.applied += applied
            result.stale += not applied
            result.orphan += orphan
    if clock is not None:
        look(clock + 1)
    result.last_ts = clock
    for judge in judges:
        result.alerts += judge.finish()
    result.alerts.sort(key=lambda life: (life.rule, life.city, life.subject, life.fired_ts))
    return result


# --- a replay's output against it ----------------------------------------------------------


def next_whole_second(ts: int) -> int:
    """Alerts are compared to the second: a replay may judge a deadline on its very millisecond."""
    return -(-ts // 1000) * 1000


def replayed_alerts(lines: Iterable[Json]) -> list[Alert]:
    """The lives of the seven judged rules as the replay's alert lines tell them."""
    lives: dict[str, list[Json]] = {}
    for line in lines:
        if line["type"] == "alert" and line["rule"] in JUDGED and line["state"] != "pending":
            lives.setdefault(line["id"], []).append(line)
    alerts = []
    for life in lives.values():
        severities: list[tuple[int, str]] = []
        for line in life:
            ts = next_whole_second(line["updated_ts"])
            if severities and severities[-1][0] == ts:
                severities.pop()
            if line["state"] == "firing" and (
                not severities or severities[-1][1] != line["severity"]
            ):
                severities.append((ts, line["severity"]))
        first, last = life[0], life[-1]
        resolved = last["resolved_ts"]
        shortage = first["rule"] == "zone_shortage"
        alerts.append(
            Alert(
                first["rule"],
                first["city"],
                first["subject"]["id"],
                # How far back an order's breach is dated is not the recount's affair.
                next_whole_second(first["started_ts" if shortage else "fired_ts"]),
                next_whole_second(first["fired_ts"]),
                None if resolved is None else next_whole_second(resolved),
                tuple(severities),
            )
        )
    return sorted(alerts, key=lambda life: (life.rule, life.city, life.subject, life.fired_ts))


def differences(expected: Recount, lines: list[Json], alerts: bool = True) -> list[str]:
    """One sentence for each thing in which a replay's output lines differ from the recount."""
    found = []
    figures = {}
    for line in lines:
        if line["type"] == "zone":
            key = (line["ts"], line["city"], line["zone_id"])
            if key in figures:
                found.append(f"zone {key} is written twice")
            figures[key] = {name: line[name] for name in FIGURES}
    for key in sorted(expected.figures.keys() | figures.keys()):
        want, got = expected.figures.get(key), figures.get(key)
        if want != got:
            found.append(f"zone {key}: recount {want}, replay {got}")
    summary = lines[-1] if lines and lines[-1]["type"] == "summary" else {}
    found += [
        f"{name}: recount {getattr(expected, name)}, replay {summary.get(name)}"
        for name in (*COUNTS, "first_ts", "last_ts")
        if summary.get(name) != getattr(expected, name)
    ]
    if summary.get("rejected") != dict(expected.rejected):
        found.append(
            f"rejected: recount {dict(expected.rejected)}, replay {summary.get('rejected')}"
        )
    if alerts:
        want_lives, got_lives = set(expected.alerts), set(replayed_alerts(lines))
        found += [
            f"only in the recount: {life}" for life in sorted(want_lives - got_lives, key=str)
        ]
        found += [f"only in the replay: {life}" for life in sorted(got_lives - want_lives, key=str)]
    return found


def read_lines(path: Path) -> list[bytes]:
    """The lines of a plain or gzipped file."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    return data.split(b"\n")


def main(argv: list[str] | None = None) -> int:
    """Compare one replay's output with the recount; 0 when they are equal."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.recount", description=__doc__)
    parser.add_argument("events", type=Path, help="the day, NDJSON, plain or .gz")
    parser.add_argument("zones", type=Path, help="the GeoJSON zones of its cities")
    parser.add_argument("replay_out", type=Path, help="what citywatch replay wrote")
    parser.add_argument("--every", type=float, default=60, help="the replay's --every")
    parser.add_argument("--alerts", action="store_true", help="judge and compare seven rules too")
    parser.add_argument("--cities", nargs="*", help="default: the cities the replay wrote")
    options = parser.parse_args(argv)
    zones = json.loads(options.zones.read_text("utf-8"))
    replay = [json.loads(line) for line in read_lines(options.replay_out) if line]
    cities = options.cities or sorted({x["city"] for x in replay if x["type"] == "zone"})
    expected = recount(read_lines(options.events), zones, cities, options.every, options.alerts)
    found = differences(expected, replay, options.alerts)
    for difference in found[:20]:
        sys.stdout.write(difference + "\n")
    if len(found) > 20:
        sys.stdout.write(f"and {len(found) - 20} more\n")
    sys.stdout.write(
        f"{len(expected.figures)} zone lines, {expected.events} events, "
        f"{len(expected.alerts)} alerts, {len(found)} differences\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
