"""The targets `slack` and `telegram`: a letter as a message that people read in a chat.

Lives here: filling the template, and what each chat wants of a text. Slack's form is understood by
Mattermost and Rocket.Chat too. The template is the configuration's and stands as it is; the fields
come from events, so a field mentions nobody and links nowhere.
"""

import re
from datetime import UTC, datetime
from string import Template
from typing import Final
from urllib.parse import quote

import msgspec

from alerts.letter import Drill, Letter, Notice, NoticeAlert, NoticeStep, Push, VenueOrder
from config.targets import SlackSettings, TelegramSettings
from monitor.delivery.addresses import Reach
from monitor.delivery.http import Answer, HttpClient
from monitor.runtime.logs import Redactor

# In UTF-16 units, as Telegram counts; Slack takes 40,000, but folds a long message away.
SLACK_MAX: Final = 3_000
TELEGRAM_MAX: Final = 4_096
STEPS: Final[dict[NoticeStep, str]] = {
    "open": "New",
    "update": "Update",
    "repeat": "Still open",
    "escalate": "Escalated",
    "close": "Over",
}
_CUT: Final = "…"
_NO_MENTION: Final = "@\u200b"  # an @ that is followed by nothing seen calls nobody


def fields_of(letter: Letter) -> dict[str, str]:
    """What the `$names` of a template stand for, before any chat's escaping."""
    fields = {"severity": "info", "count": "1", "city": letter.city, "level": "0", "first_id": ""}
    fields["id"] = letter.action_id
    match letter.body:
        case Notice() as notice:
            lines = [_line(alert) for alert in notice.alerts]
            if notice.count > len(lines):
                lines.append(f"and {notice.count - len(lines)} more")
            return {
                **fields,
                "title": _one_line(notice.title),
                "step": STEPS[notice.step],
                "severity": notice.severity,
                "count": str(notice.count),
                "reasons": "\n".join(lines),
                "level": str(notice.level),
                "first_id": notice.alerts[0].id if notice.alerts else "",
                "id": notice.notice_id,
            }
        case Push() as push:
            place = f"order {push.order_id}" if push.order_id else f"zone {push.zone_id}"
            title = f"courier {push.courier_id} to {place}, answer by {_at(push.answer_by_ts)}"
            return {**fields, "step": "Push", "title": title, "reasons": _one_line(push.reason)}
        case VenueOrder() as order:
            title = f"venue {order.venue_id}: {order.change}"
            if order.until_ts is not None:
                title += f" until {_at(order.until_ts)}"
            return {**fields, "step": "Venue", "title": title, "reasons": _one_line(order.reason)}
        case Drill() as drill:
            title = "nobody needs to do anything"
            return {
                **fields,
                "city": letter.city or "no city",
                "step": "Drill",
                "title": title,
                "reasons": _one_line(drill.words),
            }


class SlackTarget:
    """Posts `{"text": …}` to an incoming webhook, whose URL is the secret."""

    def __init__(self, name: str, settings: SlackSettings, http: HttpClient) -> None:
        self.name = name
        self._url = settings.url
        self._template = Template(settings.template)
        self._http = http
        self._reach = Reach(settings.allow_private, settings.allow_http)
        url = settings.url.reveal()
        # An answer may quote the URL, its path, or the token at its end.
        path = url.partition("://")[2].partition("/")[2]
        self._redact = Redactor([url, path, path.rpartition("/")[2]])

    async def deliver(self, letter: Letter) -> None:
        """One request; see the port."""
        fields = {name: slack_text(text) for name, text in fields_of(letter).items()}
        text = cut(self._template.substitute(fields), SLACK_MAX)
        text = re.sub(rf"&[a-z]{{0,3}}{_CUT}\Z", _CUT, text)  # no half of an `&amp;`
        body = msgspec.json.encode({"text": text})
        answer = await self._http.post(self._url.reveal(), body, self._reach)
        answer.check(self._redact)


class TelegramTarget:
    """Calls `sendMessage` of the Bot API, in plain text; the token, in the URL, is the secret."""

    def __init__(self, name: str, settings: TelegramSettings, http: HttpClient) -> None:
        self.name = name
        self._settings = settings
        self._template = Template(settings.template)
        self._http = http
        self._reach = Reach(settings.allow_private, settings.allow_http)
        self._redact = Redactor([settings.token.reveal(), _in_path(settings)])

    async def deliver(self, letter: Letter) -> None:
        """One request; see the port."""
        settings = self._settings
        fields = {name: _unmentioned(text) for name, text in fields_of(letter).items()}
        body = msgspec.json.encode(
            {
                "chat_id": settings.chat_id,
                "text": cut(self._template.substitute(fields), TELEGRAM_MAX),
                "link_preview_options": {"is_disabled": True},
            }
        )
        url = f"{settings.base_url.rstrip('/')}/bot{_in_path(settings)}/sendMessage"
        answer = await self._http.post(url, body, self._reach)
        _with_wait(answer).check(self._redact)


class _Parameters(msgspec.Struct):
    retry_after: float


class _TooMany(msgspec.Struct):
    """Telegram's answer 429: the wait stands in the body, not in a header."""

    parameters: _Parameters


def _with_wait(answer: Answer) -> Answer:
    if answer.status != 429 or answer.after_s is not None:
        return answer
    try:
        return answer.waiting(
            msgspec.json.decode(answer.text, type=_TooMany).parameters.retry_after
        )
    except msgspec.MsgspecError:
        return answer


def slack_text(text: str) -> str:
    """A text in which Slack sees no link, no mention and no command."""
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(char, entity)
    return _unmentioned(text)


def cut(text: str, most: int) -> str:
    """At most so many UTF-16 units of a text; one that is longer ends in `…`."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * most:
        return text
    # Half of a pair, if the cut falls into one, is left out.
    return units[: 2 * (most - 1)].decode("utf-16-le", "ignore") + _CUT


def _unmentioned(text: str) -> str:
    return text.replace("@", _NO_MENTION)


def _in_path(settings: TelegramSettings) -> str:
    return quote(settings.token.reveal(), safe=":")


def _line(alert: NoticeAlert) -> str:
    over = "over: " if alert.state == "resolved" else ""
    return f"- {over}{_one_line(alert.reason)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _at(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts / 1000, UTC):%H:%M} UTC"
