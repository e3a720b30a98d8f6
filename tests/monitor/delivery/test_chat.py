"""What people read in a chat: the template filled, made harmless and kept within bounds."""

from typing import Any

import pytest
from msgspec.structs import replace

from alerts.letter import Body, Letter, Notice
from config.secret import Secret
from config.targets import DEFAULT_TEMPLATE, TEMPLATE_FIELDS, SlackSettings, TelegramSettings
from monitor.delivery.chat import SLACK_MAX, TELEGRAM_MAX, cut, fields_of
from monitor.delivery.http import HttpClient
from monitor.delivery.target import NotNowError
from monitor.runtime.clock import VirtualClock
from tests.support import pages
from tests.support.receiver import Behaviour, receiver
from tests.support.targets import BODIES, TOKEN, letter, made

NOTICE = BODIES["notice"]
assert isinstance(NOTICE, Notice)


async def message(kind: str, body: Body, template: str = DEFAULT_TEMPLATE) -> Any:
    """What arrives in a chat of this kind: path and JSON."""
    clock = VirtualClock()
    async with receiver() as far, HttpClient(clock, "1") as http:
        if kind == "slack":
            target = made(
                SlackSettings(
                    url=Secret(f"{far.url}/services/T"), template=template, allow_private=True
                ),
                http,
                clock,
            )
        else:
            target = made(
                TelegramSettings(
                    token=Secret(TOKEN),
                    chat_id="@desk",
                    base_url=f"{far.url}/",
                    template=template,
                    allow_private=True,
                ),
                http,
                clock,
            )
        await target.deliver(letter(body))
        (came,) = far.requests
        return came.path, came.json


@pytest.mark.parametrize("kind", BODIES)
def test_every_letter_fills_every_field(kind: str) -> None:
    """No name that a template may use is missing in any kind of letter."""
    assert set(fields_of(letter(BODIES[kind]))) == set(TEMPLATE_FIELDS)


def test_a_drill_of_no_city_leaves_no_gap() -> None:
    """Where the template has the city, a test of a target says that it is of none."""
    drill = replace(letter(BODIES["drill"]), city="")
    assert fields_of(drill)["city"] == "no city"


async def test_a_notice_reads_well_in_slack() -> None:
    """The default says what, where, how urgent and why; what looks like markup is only text."""
    path, said = await message("slack", NOTICE)
    assert path == "/services/T"
    assert said == {
        "text": "New: Venues &lt;slow&gt; &amp; silent\nriga, warning\n"
        "- Venue @\u200bchannel: 4 orders overdue\nand 2 more"
    }


async def test_a_notice_reads_well_in_telegram() -> None:
    """Plain text, to the chat of the settings, by the bot of the token."""
    path, said = await message("telegram", NOTICE)
    assert path == f"/bot{TOKEN}/sendMessage"
    assert said == {
        "chat_id": "@desk",
        "text": "New: Venues <slow> & silent\nriga, warning\n"
        "- Venue @\u200bchannel: 4 orders overdue\nand 2 more",
        "link_preview_options": {"is_disabled": True},
    }


async def test_a_template_is_sent_as_it_stands_and_fields_hold_no_names() -> None:
    """Markup of the template works; a dollar sign from outside is only a dollar sign."""
    body = replace(NOTICE, title="costs $count or ${city}", step="close")
    _, said = await message("slack", body, "<!here> *$step* $title $$5 $first_id ${level}$id")
    assert said["text"] == "<!here> *Over* costs $count or ${city} $5 alert-1 0n1"


async def test_a_long_message_is_cut_within_the_bounds_of_each_chat() -> None:
    """Neither half a character nor half an entity is left at the end."""
    body = replace(NOTICE, title="&" * 3_000 + "🛵" * 5_000)
    _, said = await message("slack", body)
    assert len(said["text"]) <= SLACK_MAX
    assert said["text"].endswith("&amp;…")
    for title in ("🛵" * 5_000, "x" + "🛵" * 5_000):
        _, said = await message("telegram", replace(NOTICE, title=title))
        assert TELEGRAM_MAX - 1 <= len(said["text"].encode("utf-16-le")) // 2 <= TELEGRAM_MAX
        assert said["text"].endswith("🛵…")


def test_a_text_that_fits_is_not_cut() -> None:
    """Up to the last unit; one more costs two characters."""
    assert cut("abcd", 4) == "abcd"
    assert cut("abcde", 4) == "abc…"


@pytest.mark.parametrize(
    ("body", "after_s"),
    [
        ('{"ok":false,"error_code":429,"parameters":{"retry_after":17}}', 17.0),
        ('{"ok":false,"parameters":{"retry_after":1e12}}', 86_400.0),
        ('{"ok":false,"parameters":{}}', None),
        ("busy", None),
    ],
)
async def test_telegram_says_in_the_body_how_long_to_wait(body: str, after_s: float | None) -> None:
    """Its 429 has no `Retry-After`."""
    clock = VirtualClock()
    async with receiver() as far, HttpClient(clock, "1") as http:
        settings = TelegramSettings(
            token=Secret(TOKEN), chat_id="1", base_url=far.url, allow_private=True
        )
        far.behaviour = Behaviour(status=429, body=body)
        with pytest.raises(NotNowError) as caught:
            await made(settings, http, clock).deliver(a_drill())
        assert caught.value.after_s == after_s


def a_drill() -> Letter:
    """A letter that asks nothing of anybody."""
    return letter(BODIES["drill"])


def test_the_page_tells_every_name_of_a_template() -> None:
    """In the words in which the settings declare it."""
    section = pages.section(pages.text_of("webhooks.md"), "Chats")
    for name, meaning in TEMPLATE_FIELDS.items():
        assert f"| `${name}` | {meaning} |" in section
