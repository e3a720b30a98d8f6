"""What the contract suite needs of every target: letters, and a rig per kind of target.

A rig holds a target and what it sends to. A target that is not reached over HTTP has no `receiver`
and only takes letters; the others are tried with every way in which a receiver can misbehave.
"""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alerts.letter import Body, Drill, Letter, Notice, NoticeAlert, Push, VenueOrder
from config.secret import Secret
from config.targets import (
    AlertmanagerSettings,
    SlackSettings,
    TargetSettings,
    TelegramSettings,
    WebhookSettings,
)
from monitor.delivery.http import HttpClient
from monitor.delivery.target import Target
from monitor.delivery.targets import make_target
from monitor.runtime.clock import Clock, SystemClock, VirtualClock
from tests.support.alertmanager import alertmanager
from tests.support.receiver import Receiver, receiver

NOW_MS: Final = 1_800_000_000_000
SECRET: Final = "a-secret-of-some-length"
TOKEN: Final = "123456:AAE-secret_of_the_bot"
PAIR: Final = base64.b64encode(f"citywatch:{SECRET}".encode()).decode()
HURRIED_S: Final = 0.3  # for receivers that never answer

BODIES: Final[dict[str, Body]] = {
    "push": Push(
        push_id="p1",
        city="riga",
        courier_id="c1",
        action_id="a1",
        ts=NOW_MS,
        answer_by_ts=NOW_MS + 60_000,
        lon=24.1,
        lat=56.95,
        zone_id="Centrs",
        reason="9 open orders for 2 couriers",
    ),
    "venue": VenueOrder(
        change="pause",
        city="riga",
        venue_id="v1",
        action_id="a1",
        ts=NOW_MS,
        until_ts=NOW_MS + 900_000,
        reason="4 orders overdue",
        evidence={"overdue": 4.0},
    ),
    "notice": Notice(
        notice_id="n1",
        step="open",
        kind="warn_support",
        city="riga",
        ts=NOW_MS,
        level=0,
        severity="warning",
        title="Venues <slow> & silent",
        count=3,
        alerts=(
            NoticeAlert(
                id="alert-1",
                rule="venue_slow",
                severity="warning",
                state="firing",
                subject_kind="venue",
                subject_id="v1",
                zone="Centrs",
                venue="v1",
                started_ts=NOW_MS - 60_000,
                reason="Venue @channel: 4 orders overdue",
            ),
        ),
    ),
    "drill": Drill(ts=NOW_MS, words="a drill by hand"),
}


def letter(body: Body, key: str = "key-1") -> Letter:
    """A letter with this body."""
    return Letter(
        key=key,
        of=key,
        to="t",
        city="riga",
        action_id="a1",
        recipient="r1",
        created_ts=NOW_MS,
        deadline_ts=NOW_MS + 600_000,
        body=body,
    )


@dataclass
class Rig:
    """A target, what it sends to, and the secrets that it must not show.

    `hurried` is the same target without patience, for a receiver that never answers.
    `arrived`: whether a letter has come in at the far end. `refuses`: the bodies that this kind of
    target does not carry.
    """

    target: Target
    arrived: Callable[[], Awaitable[bool]]
    receiver: Receiver | None = None
    hurried: Target | None = None
    secrets: tuple[str, ...] = ()
    refuses: frozenset[str] = frozenset()


RigMaker = Callable[[Path], AbstractAsyncContextManager[Rig]]
NO_MQTT: Final = "no broker in these tests"


def made(settings: TargetSettings, http: HttpClient, clock: Clock) -> Target:
    """The target of these settings."""

    def no_mqtt(name: str, of: object) -> Target:
        raise AssertionError(NO_MQTT)

    return make_target("t", settings, http, clock, no_mqtt)


def http_rig(
    settings_of: Callable[[str], TargetSettings],
    secrets: tuple[str, ...],
    refuses: frozenset[str] = frozenset(),
) -> RigMaker:
    """A target that sends to our own recording receiver."""

    @asynccontextmanager
    async def rig(folder: Path) -> AsyncIterator[Rig]:
        clock = VirtualClock(NOW_MS)
        async with (
            receiver() as far,
            HttpClient(clock, "1.2.3") as http,
            HttpClient(clock, "1.2.3", total_s=HURRIED_S) as hurried,
        ):

            async def arrived() -> bool:
                return bool(far.effects)

            settings = settings_of(far.url)
            yield Rig(
                made(settings, http, clock),
                arrived,
                far,
                made(settings, hurried, clock),
                secrets,
                refuses,
            )

    return rig


def webhook(url: str) -> WebhookSettings:
    """A webhook at a private address."""
    return WebhookSettings(url=f"{url}/hook", secret=Secret(SECRET), allow_private=True)


def slack(url: str) -> SlackSettings:
    """A chat's webhook, its secret in the path."""
    return SlackSettings(url=Secret(f"{url}/services/T0/{SECRET}"), allow_private=True)


def telegram(url: str) -> TelegramSettings:
    """A bot of a local Bot API server."""
    return TelegramSettings(
        token=Secret(TOKEN), chat_id="-100200", base_url=url, allow_private=True
    )


def in_alertmanager(*urls: str) -> AlertmanagerSettings:
    """Peers that ask for a password."""
    return AlertmanagerSettings(
        urls=urls, username="citywatch", password=Secret(SECRET), allow_private=True
    )


@asynccontextmanager
async def real_alertmanager(folder: Path) -> AsyncIterator[Rig]:
    """The real Alertmanager, for what a well-behaved peer takes."""
    async with (
        alertmanager(folder / "alertmanager") as peer,
        HttpClient(SystemClock(), "1.2.3") as http,
    ):

        async def arrived() -> bool:
            return bool(await peer.alerts())

        target = made(in_alertmanager(peer.url), http, SystemClock())
        yield Rig(target, arrived, secrets=(SECRET,), refuses=PEOPLE_ONLY)


PEOPLE_ONLY: Final = frozenset({"push", "venue"})
HTTP_RIGS: Final[dict[str, RigMaker]] = {
    "webhook": http_rig(webhook, (SECRET,)),
    "slack": http_rig(slack, (SECRET,)),
    "telegram": http_rig(telegram, (TOKEN,)),
    "alertmanager": http_rig(in_alertmanager, (SECRET, PAIR), PEOPLE_ONLY),
}
RIGS: Final[dict[str, RigMaker]] = {**HTTP_RIGS, "real alertmanager": real_alertmanager}
