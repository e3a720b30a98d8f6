"""Log lines: one line each, no secret in any, no flood of one."""

import argparse
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from monitor.app import Monitor
from monitor.cli.run import read, read_anew, secrets_of
from monitor.runtime.logs import JsonLine, Redactor, RepeatLimit, TextLine, set_up_logs
from tests.support.configs import CITY


def _record(message: str, *args: object, at_s: float = 0.0, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord("monitor.app", logging.WARNING, "", 0, message, args, None)
    record.created = at_s
    vars(record).update(extra)
    return record


def test_a_line_of_text_has_time_level_name_message_and_figures() -> None:
    """The figures of a line follow its message, the time is UTC with milliseconds."""
    line = TextLine(Redactor()).format(_record("lost %s", "broker", at_s=1.5, source="main"))
    assert line == "1970-01-01T00:00:01.500Z WARNING app: lost broker source=main"


def test_a_line_of_json_holds_the_same() -> None:
    """A JSON line is one object with time, level, logger, message and the figures."""
    line = JsonLine(Redactor()).format(_record("lost %s", "broker", at_s=1.5, source="main", n=2))
    assert json.loads(line) == {
        "ts": "1970-01-01T00:00:01.500Z",
        "level": "warning",
        "logger": "monitor.app",
        "message": "lost broker",
        "source": "main",
        "n": 2,
    }


def test_what_is_logged_cannot_forge_a_line() -> None:
    """Line breaks and escape codes from outside are written out, in a traceback too."""
    try:
        raise ValueError("bad\nvalue")
    except ValueError as error:
        record = _record("name: %s", "a\n2026 INFO forged \x1b[31m")
        record.exc_info = (type(error), error, error.__traceback__)
    for formatter in (TextLine(Redactor()), JsonLine(Redactor())):
        line = formatter.format(record)
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line
        assert "ValueError" in line


@pytest.mark.parametrize(
    "told",
    [
        "the word s3cr3t-word as it is",
        "Authorization: Bearer abc.def-ghi",
        "password=hunter22 was refused",
        '{"token": "hunter22"}',
        "mqtt://user:hunter22@broker:1883",
        "api_key: hunter22",
    ],
)
def test_no_line_shows_a_secret(told: str) -> None:
    """Known secrets, and what follows a telling name, are blotted out in both forms."""
    redact = Redactor(["s3cr3t-word", ""])
    for formatter in (TextLine(redact), JsonLine(redact)):
        for line in (formatter.format(_record("%s", told)), formatter.format(_record("x", w=told))):
            assert "***" in line
            assert not any(word in line for word in ("s3cr3t-word", "abc.def", "hunter22"))


@pytest.mark.parametrize("form", [str, repr, json.dumps, quote, lambda text: repr(text.encode())])
def test_a_secret_is_hidden_however_it_is_written(form: Callable[[str], str]) -> None:
    """With marks that a representation, JSON or a URL writes otherwise it is the same secret."""
    secret = 'pä"ss\\wo rd/1'
    line = TextLine(Redactor([secret])).format(_record("for %s", form(secret)))
    assert "***" in line
    assert not any(part in line for part in ("ss", "wo", "rd"))


def test_a_member_with_a_telling_name_is_hidden_whatever_it_holds() -> None:
    """A figure called token never reaches a line."""
    record = _record("x", token="plain")
    assert json.loads(JsonLine(Redactor()).format(record))["token"] == "***"
    assert "plain" not in TextLine(Redactor()).format(record)


def test_a_repeated_line_is_held_back_and_counted() -> None:
    """Of eight like lines in a window three pass; the next window's first tells of the others."""
    limit = RepeatLimit(repeats=3, window_s=10)
    passed = [limit.filter(_record("again %d", n, at_s=n)) for n in range(8)]
    assert passed == [True] * 3 + [False] * 5
    later = _record("again %d", 9, at_s=10)
    assert limit.filter(later)
    assert TextLine(Redactor()).format(later).endswith("again 9 (5 more like it held back)")
    assert limit.filter(_record("another", at_s=5))


def test_a_storm_of_different_lines_is_held_back_and_counted() -> None:
    """Of one logger a bounded number passes in a window, each in its own words or not."""
    limit = RepeatLimit(window_s=10, lines=3)
    assert sum(limit.filter(_record(f"alert {n}")) for n in range(50)) == 3
    later = _record("alert 51", at_s=10)
    assert limit.filter(later)
    assert TextLine(Redactor()).format(later).endswith("alert 51 (47 more like it held back)")


@pytest.fixture
def _root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_root")
def test_the_root_logger_writes_to_one_place() -> None:
    """After set-up each line is written once, from the level asked for on."""
    stream = io.StringIO()
    set_up_logs("warning", stream=stream)
    set_up_logs("info", json_lines=True, secrets=["hunter22"], stream=stream)
    logging.getLogger("monitor.x").info("hello hunter22")
    logging.getLogger("monitor.x").debug("too fine")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["hello ***"]


def test_an_unknown_level_is_refused() -> None:
    """A level that logging does not know raises before anything changes."""
    before = logging.getLogger().handlers[:]
    with pytest.raises(ValueError, match="LOUD"):
        set_up_logs("loud")
    assert logging.getLogger().handlers == before


@pytest.mark.usefixtures("_root")
def test_a_secret_that_a_reload_brings_is_blotted_out_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the new configuration, and of the one before, since that may still be in use."""
    path = tmp_path / "city.toml"
    path.write_text(f'{CITY}\n[tokens.anna]\ntoken = "the-first-one-1234"')
    loaded, planned = read(path)
    monitor, hidden = Monitor(loaded, planned), secrets_of(loaded.settings)
    path.write_text(f'{CITY}\n[tokens.anna]\ntoken = "the-second-one-1234"')
    args = argparse.Namespace(config=path, log="text", log_level="info")
    read_anew(monitor, args, hidden)
    logging.getLogger("citywatch").warning("heard the-first-one-1234 and the-second-one-1234")
    assert "heard *** and ***" in capsys.readouterr().err
