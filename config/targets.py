"""The settings of the targets that actions are sent to: brokers, webhooks, chats, Alertmanager.

Structs only, one a kind, told apart by `type`; `monitor/delivery` has a file for each. What a
single struct can tell of itself is checked here, what must hold between them in `checks`.
"""

import ipaddress
from string import Template
from typing import Annotated, Final
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from alerts.rules import RULES, Severity
from config.faults import nearest
from config.fields import Name
from config.secret import Secret

URL_FORM: Final = "a URL that begins with https:// or http://, without a password in it"
TOKEN_FORM: Final = "a bot's token: digits, a colon, then letters, digits, - and _"

# Hidden in faults: one that is refused may hold a password.
Url = Annotated[
    str,
    Meta(
        pattern=r"^https?://[^\s/?#@\\]+([/?][^\s#\\]*)?\Z",
        extra={"form": URL_FORM, "hidden": True},
    ),
]

# What `$name` may stand for in a template, and what it then says.
TEMPLATE_FIELDS: Final[dict[str, str]] = {
    "title": "what it is about, in one line",
    "severity": "info, warning or critical",
    "count": "how many alerts it tells of",
    "reasons": "why, a line for each alert",
    "city": "the city",
    "step": "New, Update, Still open, Escalated, Over; for other letters what they are",
    "level": "how often it was escalated",
    "first_id": "the id of the most urgent alert",
    "id": "the id of the notice or action",
}
DEFAULT_TEMPLATE: Final = "$step: $title\n$city, $severity\n$reasons"
Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        description="The message; `$title` and its like are replaced, see docs/webhooks.md.",
    ),
]


class Reached(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a target that is reached over HTTP may be."""

    allow_private: Annotated[
        bool, Meta(description="Whether its address may be private, and its URL http.")
    ] = False
    allow_http: Annotated[bool, Meta(description="Whether its URL may be http.")] = False


class MqttTargetSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="mqtt"
):
    """Letters on topics of a broker that is a source already, or of the embedded one."""

    source: Annotated[
        Name, Meta(description="Its name under `[sources]`, or `broker` for the embedded one.")
    ]


class WebhookSettings(Reached, frozen=True, kw_only=True, tag_field="type", tag="webhook"):
    """Letters as JSON, signed, to a program of yours; docs/webhooks.md tells what it must do."""

    url: Annotated[Url, Meta(description="Where they are posted to.")]
    secret: Annotated[Secret, Meta(description="Signs them; at least 16 characters.")]
    key_id: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9._-]{1,64}\Z",
            extra={"form": "1 to 64 of A-Z, a-z, 0-9, ., _ and -"},
            description="Names the secret, so that a receiver can hold two while it is changed.",
        ),
    ] = "1"

    def __post_init__(self) -> None:
        _check_scheme(self.url, self)
        if len(self.secret.reveal()) < 16:
            raise ValueError("secret is shorter than 16 characters")


class SlackSettings(Reached, frozen=True, kw_only=True, tag_field="type", tag="slack"):
    """Messages by an incoming webhook of Slack, Mattermost or Rocket.Chat."""

    url: Annotated[Secret, Meta(description="The webhook's URL, which is a secret.")]
    template: Text = DEFAULT_TEMPLATE

    def __post_init__(self) -> None:
        _check_scheme(self.url.reveal(), self)
        _check_template(self.template)


class TelegramSettings(Reached, frozen=True, kw_only=True, tag_field="type", tag="telegram"):
    """Messages by a Telegram bot."""

    token: Annotated[Secret, Meta(description="The bot's token.")]
    chat_id: Annotated[
        str,
        Meta(
            pattern=r"^(-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64})\Z",
            extra={"form": "the number of a chat, as text, or @ and a channel's name"},
            description="The chat: its number, as text, or a channel's `@name`.",
        ),
    ]
    base_url: Annotated[Url, Meta(description="The Bot API, or a local server of it.")] = (
        "https://api.telegram.org"
    )
    template: Text = DEFAULT_TEMPLATE

    def __post_init__(self) -> None:
        _check_scheme(self.base_url, self)
        _check_template(self.template)
        number, _, rest = self.token.reveal().partition(":")
        if not (number.isdecimal() and rest.isascii() and rest.replace("-", "_").isidentifier()):
            raise ValueError(f"token is not {TOKEN_FORM}")


class AlertmanagerSettings(
    Reached, frozen=True, kw_only=True, tag_field="type", tag="alertmanager"
):
    """Alerts, as long as they fire, in a Prometheus Alertmanager."""

    urls: Annotated[
        tuple[Url, ...],
        Meta(min_length=1, description="Every peer; `/api/v2/alerts` is put behind each."),
    ]
    rules: Annotated[
        tuple[Name, ...], Meta(description="Only alerts of these rules; empty: of all.")
    ] = ()
    min_severity: Annotated[Severity, Meta(description="Only alerts as urgent as this.")] = "info"
    page_url: Annotated[
        Url | None,
        Meta(description="Where people look an alert up; `{id}` in it becomes the alert's id."),
    ] = None
    username: Annotated[Name | None, Meta(description="Name to sign in with.")] = None
    password: Annotated[Secret | None, Meta(description="Password to sign in with.")] = None

    def __post_init__(self) -> None:
        for url in self.urls:
            _check_scheme(url, self)
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        for rule in self.rules:
            if rule not in RULES:
                raise ValueError(f'rules: unknown rule "{rule}"{nearest(rule, RULES)}')


TargetSettings = (
    MqttTargetSettings | WebhookSettings | SlackSettings | TelegramSettings | AlertmanagerSettings
)


def _check_scheme(url: str, reached: Reached) -> None:
    """Raises ValueError, which does not quote the URL. An empty one has a fault of its own."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"url is not {URL_FORM}")
    if not reached.allow_private and _is_private(parts.hostname or ""):
        raise ValueError("the URL's address is private: allow_private = true lets it be")
    if parts.scheme == "http" and not (reached.allow_http or reached.allow_private):
        words = "allow_http = true lets it be, at a private address allow_private = true"
        raise ValueError(f"the URL is not https: {words}")


def _is_private(host: str) -> bool:
    """Whether the host is a private address as it stands; a name is judged when it is resolved."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"


def _check_template(text: str) -> None:
    template = Template(text)
    if not template.is_valid():
        raise ValueError("template has a $ that begins no name; write $$ for a plain one")
    unknown = [
        f"${name} is not known{nearest(name, TEMPLATE_FIELDS) or ' (see docs/webhooks.md)'}"
        for name in template.get_identifiers()
        if name not in TEMPLATE_FIELDS
    ]
    if unknown:
        raise ValueError(f"template: {'; '.join(unknown)}")
