"""The target `alertmanager`: alerts to Prometheus' Alertmanager over its API v2.

Lives here: an alert in Alertmanager's words, posting a batch to one peer, and the target, which
posts a notice's alerts once. What keeps them firing until they end is `mirror.py`; whoever sets up
a target of this type runs its mirror too, or what a notice told is over after four minutes.

**What an alert is there.** Labels are its identity: `alertname` (the rule), `city`,
`subject_kind`, `subject_id`, `zone`, `venue`, `severity`. Severity is one of them, since that is
what people route by. So an alert that becomes more urgent is another alert there, and the one it
was is ended at the same time; where that word is lost, it ends by itself after four minutes, for
nobody says any more that it fires. Whatever else changes is an annotation.
"""

import base64
from asyncio import gather
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Struct, UnsetType

from alerts.alert import Alert
from alerts.letter import Drill, Letter, Notice, NoticeAlert
from alerts.rules import SEVERITIES
from config.targets import AlertmanagerSettings
from monitor.delivery.addresses import Reach
from monitor.delivery.http import HttpClient
from monitor.delivery.target import NotNowError, RefusedError
from monitor.runtime.clock import Clock
from monitor.runtime.logs import Redactor

PATH: Final = "/api/v2/alerts"
BATCH_MAX: Final = 256
FIRES_MS: Final = 240_000  # without another word an alert is over after this
DRILL_MS: Final = 60_000
_SPLIT: Final = frozenset({400, 413, 422})  # a batch was refused for one of its alerts, or its size


LABELS: Final = (
    "alertname",
    "city",
    "subject_kind",
    "subject_id",
    "zone",
    "venue",
    "severity",
)
Identity = tuple[str, ...]  # the values of LABELS


class Word(Struct, frozen=True):
    """That an alert fires until then, or ended then; cheap to make, written out when it is sent."""

    identity: Identity
    alert: Alert | NoticeAlert
    ends_ms: int


class Postable(Struct, frozen=True, kw_only=True, rename="camel"):
    """One alert of a request; times are RFC 3339."""

    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str
    ends_at: str
    generator_url: str | UnsetType = msgspec.field(default=UNSET, name="generatorURL")


class Writer:
    """Puts alerts into Alertmanager's words, those of the rules and severities that it is told."""

    def __init__(self, settings: AlertmanagerSettings) -> None:
        self._rules = frozenset(settings.rules)
        self._severities = SEVERITIES[SEVERITIES.index(settings.min_severity) :]
        self._page_url = settings.page_url

    def fires(self, city: str, alert: Alert | NoticeAlert, now_ms: int) -> list[Word]:
        """That it fires now, until four minutes from now; nothing where it is not told of."""
        if alert.severity not in self._severities:
            return []
        return self._words(city, alert, [alert.severity], now_ms + FIRES_MS)

    def ends(self, city: str, alert: Alert | NoticeAlert, ended_ms: int) -> list[Word]:
        """That it is over, with whatever severity it was told."""
        return self._words(city, alert, self._severities, ended_ms)

    def changes(self, city: str, alert: Alert | NoticeAlert, now_ms: int) -> list[Word]:
        """What is to be said of an alert that has just become what it is."""
        if alert.state == "resolved":
            return self.ends(city, alert, alert.resolved_ts or now_ms)
        if alert.state != "firing":
            return []
        others = [severity for severity in self._severities if severity != alert.severity]
        return self._words(city, alert, others, now_ms) + self.fires(city, alert, now_ms)

    def _words(
        self, city: str, alert: Alert | NoticeAlert, severities: Sequence[str], ends_ms: int
    ) -> list[Word]:
        if self._rules and alert.rule not in self._rules:
            return []
        subject: tuple[str, str]
        if isinstance(alert, Alert):
            subject = (alert.subject.kind, alert.subject.id)
            place = (alert.about.get("zone", ""), alert.about.get("venue", ""))
        else:
            subject = (alert.subject_kind, alert.subject_id)
            place = (alert.zone or "", alert.venue or "")
        same = (alert.rule, city, *subject, *place)
        return [Word((*same, severity), alert, ends_ms) for severity in severities]

    def written(self, words: Iterable[Word]) -> list[Postable]:
        """As they are posted."""
        return [self._written(word) for word in words]

    def _written(self, word: Word) -> Postable:
        alert = word.alert
        annotations = {"reason": alert.reason, "alert_id": alert.id}
        if isinstance(alert, Alert):
            annotations |= {"value": f"{alert.value:g}", "threshold": f"{alert.threshold:g}"}
        page_url: str | UnsetType = UNSET
        if self._page_url:
            page_url = self._page_url.replace("{id}", quote(alert.id, safe=""))
        return Postable(
            # An empty label is none there.
            labels={name: text for name, text in zip(LABELS, word.identity, strict=True) if text},
            annotations=annotations,
            # One that ends before it began would be refused; clocks may differ.
            starts_at=stamp(min(alert.started_ts, word.ends_ms)),
            ends_at=stamp(word.ends_ms),
            generator_url=page_url,
        )


class Peer:
    """One Alertmanager's API."""

    def __init__(self, url: str, settings: AlertmanagerSettings, http: HttpClient) -> None:
        self._url = url.rstrip("/") + PATH
        self._http = http
        self._reach = Reach(settings.allow_private, settings.allow_http)
        self._headers: dict[str, str] = {}
        secrets = []
        if settings.username is not None and settings.password is not None:
            pair = f"{settings.username}:{settings.password.reveal()}".encode()
            encoded = base64.b64encode(pair).decode()
            self._headers["Authorization"] = f"Basic {encoded}"
            secrets = [settings.password.reveal(), encoded]
        self._redact = Redactor(secrets)

    async def post(self, alerts: Sequence[Postable]) -> list[str]:
        """Post them; why any of them were refused, in words, all others being taken.

        A refused batch is halved until the bad ones stand alone: what was stored already is the
        same alert when it comes again. Raises NotNowError, and RefusedError where the peer refuses
        us as such.
        """
        body = msgspec.json.encode(alerts)
        answer = await self._http.post(self._url, body, self._reach, self._headers)
        if answer.status not in _SPLIT:
            answer.check(self._redact)
            return []
        if len(alerts) == 1:
            return [answer.words(self._redact)]
        middle = len(alerts) // 2
        return await self.post(alerts[:middle]) + await self.post(alerts[middle:])


class AlertmanagerTarget:
    """Posts the alerts of notices, and drills, to every peer; one that takes them is enough."""

    def __init__(
        self, name: str, settings: AlertmanagerSettings, http: HttpClient, clock: Clock
    ) -> None:
        self.name = name
        self._peers = [Peer(url, settings, http) for url in settings.urls]
        self._write = Writer(settings)
        self._clock = clock

    async def deliver(self, letter: Letter) -> None:
        """One request a peer; see the port. Pushes and orders to venues are refused."""
        now_ms = self._clock.now_ms()
        match letter.body:
            case Notice(alerts=alerts):
                words = [w for a in alerts for w in self._write.changes(letter.city, a, now_ms)]
                said = self._write.written(words)
            case Drill() as drill:
                said = [_drill(letter, drill, now_ms)]
            case _:
                raise RefusedError("Alertmanager takes notices and drills, nothing else")
        if not said:
            return
        outcomes = await gather(*(self._try(peer, said) for peer in self._peers))
        if None in outcomes:
            return
        later = [outcome for outcome in outcomes if isinstance(outcome, NotNowError)]
        raise (
            min(later, key=lambda fault: fault.after_s or 0.0)
            if later
            else RefusedError(str(outcomes[0]))
        )

    async def _try(self, peer: Peer, said: Sequence[Postable]) -> NotNowError | RefusedError | None:
        """Post to one peer; why it did not take them all, None if it did."""
        try:
            refused = await peer.post(said)
        except (NotNowError, RefusedError) as fault:
            return fault
        return RefusedError(refused[0]) if refused else None


def _drill(letter: Letter, drill: Drill, now_ms: int) -> Postable:
    labels = {"alertname": "citywatch_drill", "city": letter.city, "severity": "info"}
    return Postable(
        labels={name: text for name, text in labels.items() if text},
        annotations={"reason": drill.words, "alert_id": letter.key},
        starts_at=stamp(now_ms),
        ends_at=stamp(now_ms + DRILL_MS),
    )


def stamp(ts: int) -> str:
    """A time as Alertmanager reads it."""
    return datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="milliseconds")
