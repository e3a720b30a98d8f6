"""Passwords and tokens: where they come from, and that nothing shows them."""

import logging
import pickle
from pathlib import Path

import pytest

from config.secret import Secret
from tests.support.configs import CITY, faults, loaded

HIDDEN = "correct-horse-battery"


def test_a_secret_shows_itself_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """Printing, formatting and logging a secret, alone or in a list, shows three stars."""
    secret = Secret(HIDDEN)
    logging.getLogger("test").error("signing in with %s %r", secret, [secret])
    shown = f"{secret} {secret!r} {[secret]} %s" % secret + caplog.text
    assert HIDDEN not in shown
    assert shown.count("***") == 6
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_secrets_compare_by_their_text() -> None:
    """A reloaded configuration with the same password equals the one before."""
    assert Secret(HIDDEN) == Secret(HIDDEN)
    assert hash(Secret(HIDDEN)) == hash(Secret(HIDDEN))
    assert Secret(HIDDEN) != Secret("other")
    assert Secret(HIDDEN) != HIDDEN
    assert Secret("pās").matches("pās")


def test_a_secret_comes_plainly_from_a_variable_or_from_a_file(tmp_path: Path) -> None:
    """All three ways of giving a secret give the same text; a file's last newline is not part."""
    (tmp_path / "token").write_text(HIDDEN + "\n", encoding="utf-8")
    text = CITY + (
        f'[tokens.a]\ntoken = "{HIDDEN}"\n'
        '[tokens.b]\ntoken = { env = "TOKEN" }\n'
        '[tokens.c]\ntoken = { file = "token" }\n'
    )
    tokens = loaded(tmp_path, text, {"TOKEN": HIDDEN}).settings.tokens
    assert [token.token for token in tokens.values()] == [Secret(HIDDEN)] * 3


def test_loaded_settings_never_show_a_secret(tmp_path: Path) -> None:
    """The representation of whole settings holds no password and no token."""
    text = CITY + (
        f'[broker]\nusername = "u"\npassword = "{HIDDEN}"\n'
        f'[sources.main]\ntype = "mqtt"\nhost = "h"\nusername = "u"\npassword = "{HIDDEN}"\n'
        f'[tokens.a]\ntoken = "{HIDDEN}"\n'
    )
    config = loaded(tmp_path, text)
    assert HIDDEN not in repr(config)
    assert HIDDEN not in repr(config.settings)
    assert HIDDEN not in str([str(warning) for warning in config.warnings])


@pytest.mark.parametrize(
    "text",
    [
        f'[tokens.a]\ntoken_sha256 = "{HIDDEN}"\n',
        f'[tokens.a]\ntoken = ["{HIDDEN}"]\n',
        f'[tokens.a]\ntoken = {{ plain = "{HIDDEN}" }}\n',
        f'[tokens.a]\ntoken = "{HIDDEN}"\nrole = 3\n',
        f'[broker]\npassword = "{HIDDEN}"\n',
    ],
)
def test_no_fault_quotes_a_secret(tmp_path: Path, text: str) -> None:
    """A fault beside or in a secret does not tell it, not even one in the wrong place."""
    told = [str(fault) for fault in faults(tmp_path, CITY + text)]
    assert told
    assert HIDDEN not in str(told)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('""', "must not be empty"),
        ('{ env = "" }', "env must be text"),
        ('{ env = "GONE" }', "the variable GONE is not set"),
        ('{ file = "empty" }', "empty is empty"),
        ('{ file = "gone" }', "No such file"),
        ('{ file = "bytes" }', "not UTF-8"),
        ("{}", "must be {"),
    ],
)
def test_a_secret_that_cannot_be_had_is_a_fault(tmp_path: Path, value: str, reason: str) -> None:
    """No variable, no file or nothing in it is told as what it is."""
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (fault, *_) = faults(tmp_path, f"{CITY}[tokens.a]\ntoken = {value}\n")
    assert fault.field == "tokens.a.token"
    assert reason in fault.reason
