"""The settings of targets: what is accepted, and every fault told without a secret."""

from pathlib import Path

import pytest

from config.targets import DEFAULT_TEMPLATE, SlackSettings, TelegramSettings
from tests.support import pages
from tests.support.configs import CITY, faults, loaded

WEBHOOK = 'type = "webhook"\nurl = "https://x.example/"\nsecret = "sixteen-letters-x"\n'
SLACK = 'type = "slack"\nurl = "https://hooks.example/T0/s3cr3t"\n'
TELEGRAM = 'type = "telegram"\ntoken = "123:s3cr3t"\nchat_id = "-100"\n'
ALERTMANAGER = 'type = "alertmanager"\nurls = ["https://am.example"]\n'


def wrong(folder: Path, text: str) -> str:
    """The one fault of a target."""
    (fault,) = faults(folder, f"{CITY}[targets.x]\n{text}")
    return str(fault)


def test_the_targets_of_the_page_are_good_ones(tmp_path: Path) -> None:
    """The configuration that docs/webhooks.md shows loads."""
    (text,) = pages.blocks(pages.text_of("webhooks.md"), "toml")
    text = text.replace("/run/secrets/slack-url", "slack-url")
    (tmp_path / "slack-url").write_text("https://hooks.example/T0\n", encoding="utf-8")
    env = {"BACKOFFICE_SECRET": "x" * 16, "TELEGRAM_TOKEN": "123:abc"}
    targets = loaded(tmp_path, CITY + text, env).settings.targets
    assert list(targets) == ["backoffice", "desk", "night", "prometheus"]


def test_chats_have_a_template_by_default(tmp_path: Path) -> None:
    """Nothing but where to send is required."""
    text = f"{CITY}[targets.a]\n{SLACK}[targets.b]\n{TELEGRAM}"
    targets = loaded(tmp_path, text).settings.targets
    for one in targets.values():
        assert isinstance(one, SlackSettings | TelegramSettings)
        assert one.template == DEFAULT_TEMPLATE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (WEBHOOK.replace("https", "http"), "not https"),
        (WEBHOOK.replace("x.example", "10.0.0.7"), "allow_private = true lets it be"),
        (WEBHOOK.replace("x.example", "localhost:9"), "allow_private = true lets it be"),
        (WEBHOOK.replace("https", "ftp"), "begins with https://"),
        (WEBHOOK.replace("x.example", "me:s3cr3t@x.example"), "without a password"),
        (WEBHOOK.replace("sixteen-letters-x", "s3cr3t"), "shorter than 16"),
        (WEBHOOK + 'key_id = "a b"\n', "is not 1 to 64 of"),
        (WEBHOOK + "allow_all = true\n", "unknown key"),
        (SLACK.replace("https://", ""), "begins with https://"),
        (SLACK.replace("https", "http"), "not https"),
        (SLACK.replace("hooks", "me:s3cr3t@hooks"), "without a password"),
        (SLACK + 'template = "$titel"\n', 'did you mean "title"?'),
        (SLACK + 'template = "$oh $ah"\n', "$oh is not known (see docs/webhooks.md); $ah is not"),
        (SLACK + 'template = "costs 5$"\n', "write $$"),
        (TELEGRAM.replace("123:s3cr3t", "s3cr3t"), "a bot's token"),
        (TELEGRAM.replace("123:s3cr3t", "123:s3cr3t/../x"), "a bot's token"),
        (TELEGRAM.replace('"-100"', '"desk"'), "the number of a chat"),
        (ALERTMANAGER.replace('"https://am.example"', ""), "must not be empty"),
        (ALERTMANAGER + 'rules = ["zone_shortages"]\n', 'did you mean "zone_shortage"?'),
        (ALERTMANAGER + 'username = "me"\n', "go together"),
        (ALERTMANAGER + 'min_severity = "high"\n', "is not one of info, warning, critical"),
        ('type = "pager"\n', "is not one of mqtt, webhook"),
    ],
)
def test_a_fault_of_a_target_is_told_and_shows_no_secret(
    tmp_path: Path, text: str, reason: str
) -> None:
    """One fault each, with its reason."""
    told = wrong(tmp_path, text)
    assert reason in told
    assert "s3cr3t" not in told
