"""Our alerts in the real Alertmanager: there while they fire, their end heard, whoever restarts."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from alerts.alert import Alert, Subject
from alerts.rules import Severity
from config.targets import AlertmanagerSettings
from monitor.delivery.alertmanager import Peer, Postable, Writer
from monitor.delivery.http import HttpClient
from monitor.delivery.mirror import EVERY_S, QUEUE_MAX, AlertmanagerMirror
from monitor.runtime.clock import SystemClock
from tests.support.alertmanager import alertmanager
from tests.support.receiver import Receiver, receiver
from tests.support.sources import stopped
from tests.support.targets import BODIES, in_alertmanager, letter, made
from tests.support.waiting import until

CLOCK = SystemClock()


def shortage(zone: str = "Centrs", severity: Severity = "warning", **fields: Any) -> Alert:
    """A zone's shortage that began a minute ago and fires."""
    now_ms = CLOCK.now_ms()
    alert = Alert(
        id=f"{zone}-{now_ms}",
        rule="zone_shortage",
        severity=severity,
        state="firing",
        city="riga",
        subject=Subject("zone", zone),
        started_ts=now_ms - 60_000,
        fired_ts=now_ms,
        updated_ts=now_ms,
        value=1.8,
        threshold=1.5,
        reason="9 open orders for 5 couriers",
        cause="ratio",
        about={"zone": zone},
    )
    return replace(alert, **fields)


def over(alert: Alert) -> Alert:
    """The same alert, ended now."""
    now_ms = CLOCK.now_ms()
    return replace(alert, state="resolved", resolved_ts=now_ms, updated_ts=now_ms)


class City:
    """What fires and what has ended, as the engine would tell it."""

    def __init__(self) -> None:
        self.firing: dict[str, Alert] = {}
        self.ended: list[Alert] = []

    def current(self) -> tuple[list[Alert], list[Alert]]:
        """Both lists."""
        return list(self.firing.values()), self.ended

    def fire(self, *alerts: Alert) -> Iterable[Alert]:
        """They fire from now on."""
        self.firing |= {alert.id: alert for alert in alerts}
        return alerts

    def end(self, alert: Alert) -> Iterable[Alert]:
        """It is over."""
        ended = over(self.firing.pop(alert.id))
        self.ended.append(ended)
        return [ended]


@asynccontextmanager
async def mirror(
    city: City,
    *urls: str,
    every_s: float = EVERY_S,
    queue_max: int = QUEUE_MAX,
    settings: AlertmanagerSettings | None = None,
) -> AsyncIterator[AlertmanagerMirror]:
    """A mirror at work, a new one each time, as after a restart of ours."""
    async with HttpClient(CLOCK, "1") as http:
        one = AlertmanagerMirror(
            "t",
            settings or in_alertmanager(*urls),
            http,
            CLOCK,
            city.current,
            random.Random(1),
            every_s=every_s,
            queue_max=queue_max,
        )
        task = asyncio.create_task(one.run())
        try:
            yield one
        finally:
            await stopped(task)


def zones(found: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """Zone and severity of what fires in Alertmanager."""
    return {(one["labels"]["zone"], one["labels"]["severity"]) for one in found}


def showing(*expected: tuple[str, str]) -> Callable[[list[dict[str, Any]]], bool]:
    """Whether exactly these fire."""
    return lambda found: zones(found) == set(expected)


def told(far: Receiver) -> list[tuple[str, str]]:
    """What Alertmanager told its own receiver: state and zone of each alert, in order."""
    return [
        (alert["status"], alert["labels"]["zone"])
        for request in far.requests
        for alert in json.loads(request.body)["alerts"]
    ]


async def test_an_alert_is_there_while_it_fires_and_its_end_is_heard(tmp_path: Path) -> None:
    """Identity in labels, figures in annotations; the end reaches who was told of the beginning."""
    city = City()
    async with (
        receiver() as far,
        alertmanager(tmp_path / "am", far.url) as peer,
        mirror(city, peer.url) as one,
    ):
        alert = shortage()
        one.changed(city.fire(alert))
        (found,) = await peer.until(showing(("Centrs", "warning")), "it fires")
        assert found["labels"] == {
            "alertname": "zone_shortage",
            "city": "riga",
            "subject_kind": "zone",
            "subject_id": "Centrs",
            "zone": "Centrs",
            "severity": "warning",
        }
        assert found["annotations"] == {
            "reason": alert.reason,
            "alert_id": alert.id,
            "value": "1.8",
            "threshold": "1.5",
        }
        await until(lambda: ("firing", "Centrs") in told(far), "the beginning is told")
        one.changed(city.end(alert))
        await peer.until(showing(), "it is over")
        await until(lambda: ("resolved", "Centrs") in told(far), "the end is told")


async def test_a_change_of_severity_ends_the_alert_that_it_was(tmp_path: Path) -> None:
    """Only the present severity fires, up and down again, and the end ends it for good."""
    city = City()
    async with alertmanager(tmp_path / "am") as peer, mirror(city, peer.url) as one:
        alert = shortage()
        severities: tuple[Severity, ...] = ("warning", "critical", "warning", "critical")
        for severity in severities:
            one.changed(city.fire(replace(alert, severity=severity)))
            await peer.until(showing(("Centrs", severity)), f"{severity} alone fires")
        one.changed(city.end(alert))
        await peer.until(showing(), "it is over")


async def test_what_fires_again_is_not_ended_by_the_repeated_end_of_last_time(
    tmp_path: Path,
) -> None:
    """While the end of an earlier alert is repeated, a new one on the same zone goes on firing."""
    city = City()
    async with alertmanager(tmp_path / "am") as peer, mirror(city, peer.url, every_s=0.05) as one:
        first = shortage()
        one.changed(city.fire(first))
        await peer.until(showing(("Centrs", "warning")), "it fires")
        one.changed(city.end(first))
        await peer.until(showing(), "it is over")
        now_ms = CLOCK.now_ms()
        one.changed(city.fire(shortage(id="again", started_ts=now_ms)))
        await peer.until(showing(("Centrs", "warning")), "it fires again")
        posted = one.counts[0].posted
        await until(lambda: one.counts[0].posted > posted + 12, "several rounds more")
        assert zones(await peer.alerts()) == {("Centrs", "warning")}


async def test_after_a_kill_of_alertmanager_what_fires_is_there_again(tmp_path: Path) -> None:
    """It comes back by itself, and what ended in the meantime is told to have ended."""
    city = City()
    async with (
        receiver() as far,
        alertmanager(tmp_path / "am", far.url) as peer,
        mirror(city, peer.url, every_s=0.1) as one,
    ):
        stays, ends = shortage("Centrs"), shortage("Agenskalns")
        one.changed(city.fire(stays, ends))
        await until(lambda: len(set(told(far))) == 2, "both are told")
        await peer.until_logged()
        await peer.kill()
        one.changed(city.end(ends))
        await until(lambda: one.counts[0].failures > 1, "we notice")
        await peer.start()
        await peer.until(showing(("Centrs", "warning")), "the one that fires is back")
        await until(lambda: ("resolved", "Agenskalns") in told(far), "the end is told")
        assert ("resolved", "Centrs") not in told(far)


async def test_after_our_own_restart_an_end_is_heard(tmp_path: Path) -> None:
    """A new mirror, which never knew the alert to fire, says its end from the list alone."""
    city = City()
    async with receiver() as far, alertmanager(tmp_path / "am", far.url) as peer:
        alert = shortage(severity="critical")
        async with mirror(city, peer.url) as one:
            one.changed(city.fire(alert))
            await until(lambda: ("firing", "Centrs") in told(far), "the beginning is told")
        city.end(alert)  # between two lives: nobody was there to call `changed`
        async with mirror(city, peer.url):
            await peer.until(showing(), "it is over")
            await until(lambda: ("resolved", "Centrs") in told(far), "the end is told")


async def test_both_ends_restarted_at_once_lose_no_end(tmp_path: Path) -> None:
    """We and Alertmanager die together; whoever was told of the alert is told of its end."""
    city = City()
    async with receiver() as far, alertmanager(tmp_path / "am", far.url) as peer:
        alert = shortage()
        async with mirror(city, peer.url) as one:
            one.changed(city.fire(alert))
            await until(lambda: ("firing", "Centrs") in told(far), "the beginning is told")
            await peer.until_logged()
            await peer.kill()
        city.end(alert)
        async with mirror(city, peer.url):
            await peer.start()
            await until(lambda: ("resolved", "Centrs") in told(far), "the end is told")


async def test_a_peer_that_is_down_holds_up_no_other(tmp_path: Path) -> None:
    """Each peer has a queue of its own, and gets all once it is up."""
    city = City()
    async with alertmanager(tmp_path / "a") as first, alertmanager(tmp_path / "b") as second:
        await second.kill()
        async with mirror(city, second.url, first.url) as one:
            one.changed(city.fire(shortage()))
            await first.until(showing(("Centrs", "warning")), "the first has it")
            await until(lambda: one.counts[0].failures > 0, "the second does not answer")
            await second.start()
            await second.until(showing(("Centrs", "warning")), "the second has it too")


async def test_many_alerts_go_in_batches(tmp_path: Path) -> None:
    """A thousand alerts reach the real Alertmanager whole; no request holds more than 256."""
    city = City()
    alerts = [shortage(f"zone {n}") for n in range(1_000)]
    async with alertmanager(tmp_path / "am") as peer:
        async with mirror(city, peer.url) as one:
            one.changed(city.fire(*alerts))
            await peer.until(lambda found: len(found) == 1_000, "all thousand fire")
            assert one.counts[0].dropped == one.counts[0].refused == 0
        async with receiver() as far, mirror(city, far.url):
            await until(
                lambda: sum(len(request.json) for request in far.requests) >= 1_000, "all came"
            )
            assert max(len(request.json) for request in far.requests) == 256


@pytest.mark.parametrize("fault", ["label", "url", "times"])
async def test_a_bad_alert_costs_no_good_one_beside_it(tmp_path: Path, fault: str) -> None:
    """A label name, a URL or times that Alertmanager refuses are told alone."""
    async with alertmanager(tmp_path / "am") as peer, HttpClient(CLOCK, "1") as http:
        settings = in_alertmanager(peer.url)
        write = Writer(settings)
        alerts = [
            one
            for n in range(100)
            for one in write.written(write.fires("riga", shortage(f"z{n}"), CLOCK.now_ms()))
        ]
        alerts[57] = spoilt(alerts[57], fault)
        refused = await Peer(peer.url, settings, http).post(alerts)
        assert len(refused) == 1
        assert refused[0].startswith(("400 ", "422 "))
        found = zones(await peer.alerts())
        assert {zone for zone, _ in found} >= {f"z{n}" for n in range(100) if n != 57}


def spoilt(one: Postable, fault: str) -> Postable:
    """The same with a fault."""
    if fault == "label":
        return replace(one, labels={**one.labels, "not-a-name": "x"})
    if fault == "url":
        return replace(one, generator_url="no url at all")
    return replace(one, starts_at=one.ends_at, ends_at=one.starts_at)


async def test_only_the_rules_and_severities_that_are_asked_for_are_told(tmp_path: Path) -> None:
    """An alert below the least severity is not there, and one that sinks below it leaves."""
    city = City()
    async with alertmanager(tmp_path / "am") as peer:
        settings = AlertmanagerSettings(
            urls=(peer.url,),
            rules=("zone_shortage",),
            min_severity="critical",
            page_url="https://ops.example/alerts/{id}",
            allow_private=True,
        )
        async with mirror(city, settings=settings) as one:
            critical = shortage("Centrs", "critical", id="a b")
            one.changed(city.fire(critical, shortage("Agenskalns"), shortage(rule="venue_slow")))
            (found,) = await peer.until(showing(("Centrs", "critical")), "only one fires")
            assert found["generatorURL"] == "https://ops.example/alerts/a%20b"
            one.changed(city.fire(replace(critical, severity="warning")))
            await peer.until(showing(), "it is not critical any more")


async def test_a_notice_and_the_mirror_tell_of_one_and_the_same_alert(tmp_path: Path) -> None:
    """What a letter told and what the mirror tells have the same labels; a drill is there too."""
    async with alertmanager(tmp_path / "am") as peer, HttpClient(CLOCK, "1") as http:
        target = made(in_alertmanager(peer.url), http, CLOCK)
        notice = letter(BODIES["notice"])
        await target.deliver(notice)
        (found,) = await peer.alerts()
        alert = shortage(rule="venue_slow", subject=Subject("venue", "v1"))
        alert = replace(alert, about={"zone": "Centrs", "venue": "v1"})
        write = Writer(in_alertmanager(peer.url))
        (same,) = write.written(write.fires("riga", alert, CLOCK.now_ms()))
        assert found["labels"] == same.labels
        await target.deliver(letter(BODIES["drill"]))
        assert {one["labels"]["alertname"] for one in await peer.alerts()} == {
            "venue_slow",
            "citywatch_drill",
        }


async def test_one_peer_that_takes_a_notice_is_enough(tmp_path: Path) -> None:
    """The letter counts as delivered while another peer is down; the mirror tells that one later.

    With none of them up it is tried again."""
    async with alertmanager(tmp_path / "am") as peer, HttpClient(CLOCK, "1") as http:
        async with receiver() as gone:
            pass
        await made(in_alertmanager(gone.url, peer.url), http, CLOCK).deliver(
            letter(BODIES["notice"])
        )
        assert len(await peer.alerts()) == 1


def test_the_labels_hold_nothing_that_changes() -> None:
    """Value, reason and id may differ: it is the same alert to Alertmanager."""
    write = Writer(in_alertmanager("http://127.0.0.1:1"))
    one, other = shortage(), shortage(value=9.0, reason="others", id="x", updated_ts=1)
    (first,), (second,) = (write.fires("riga", alert, 0) for alert in (one, other))
    assert first.identity == second.identity


async def test_a_queue_stays_within_its_bound_and_counts_what_it_drops() -> None:
    """While a peer is down the newest words are kept; the next round brings the others again."""
    city = City()
    async with receiver() as far:
        await far.stop()
        async with mirror(city, far.url, every_s=0.2, queue_max=300) as one:
            one.changed(city.fire(*(shortage(f"z{n}") for n in range(200))))
            await until(lambda: one.counts[0].failures > 0, "it does not answer")
            assert one.counts[0].dropped > 0
            await far.start()
            await until(lambda: len({zone for zone, _ in posted(far)}) == 200, "all came")


def posted(far: Receiver) -> list[tuple[str, str]]:
    """Zone and severity of every alert that was posted to our own receiver."""
    return [
        (one["labels"]["zone"], one["labels"]["severity"])
        for request in far.requests
        for one in request.json
    ]
