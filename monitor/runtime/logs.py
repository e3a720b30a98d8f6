"""Log lines: one line each, for people or as JSON, without secrets, and never a flood of one.

Lives here: formatters, the redaction that every line passes last, the limit on repeated lines, and
`set_up_logs`, which the composition root calls once. Everything else just uses `logging.getLogger`;
figures go into `extra={...}` and are written after the message.
"""

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Final
from urllib.parse import quote

HIDDEN: Final = "***"

# A line may be repeated so often in a window; beyond it only counted, and told with the next one.
REPEATS: Final = 5
WINDOW_S: Final = 10.0
# And so many lines of one logger and level, however they differ: a storm of alerts, each in its own
# words, must not fill the disk, nor hold the loop while its lines are written.
LINES: Final = 1_000
KEYS_KEPT: Final = 1_000  # distinct lines remembered; beyond it the longest quiet one is forgotten
SHORTEST_SECRET: Final = 4  # a shorter word would blot out half of each line

# What gives a secret away wherever it stands: headers, `key=value`, JSON members, URLs.
_TELLING: Final = (
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[\w.~+/=-]+"),
    re.compile(r"""(?i)(\b(?:password|passwd|token|secret|api_?key)\b['"]?\s*[:=]\s*['"]?)"""
               r"""[^\s'",;&)}\]]+"""),
    re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)"),
)  # fmt: skip
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "held_back",
}


class Redactor:
    """Blots out what is known to be secret, and what looks like it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for s in secrets if len(s) >= SHORTEST_SECRET for form in _forms(s)}
        known = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text with `***` in the place of every secret."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern in _TELLING:
            text = pattern.sub(rf"\1{HIDDEN}", text)
        return text


class RepeatLimit(logging.Filter):
    """Lets the same line (logger, level, template) through `repeats` times in `window_s`.

    Of one logger and level it lets `lines` through in that time. The first one of a later window
    says how many were held back. The time is the records' own.
    """

    def __init__(
        self, repeats: int = REPEATS, window_s: float = WINDOW_S, lines: int = LINES
    ) -> None:
        super().__init__()
        self._repeats, self._window_s, self._lines = repeats, window_s, lines
        # line → when its window began, how many came in it
        self._seen: OrderedDict[tuple[str, int, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; sets `held_back` on it."""
        source = (record.name, record.levelno)
        same, of_line = self._count((*source, str(record.msg)), record.created, self._repeats)
        if same >= self._repeats:
            return False
        lines, of_logger = self._count((*source, ""), record.created, self._lines)
        record.held_back = of_line + of_logger
        return lines < self._lines

    def _count(self, key: tuple[str, int, str], now_s: float, most: int) -> tuple[int, int]:
        """How many came before it in its window, and how many the one before held back."""
        began, count = self._seen.pop(key, (now_s, 0))
        held_back = 0
        if now_s - began >= self._window_s:
            held_back = max(0, count - most)
            began, count = now_s, 0
        self._seen[key] = (began, count + 1)
        if len(self._seen) > KEYS_KEPT:
            self._seen.popitem(last=False)
        return count, held_back


class TextLine(logging.Formatter):
    """`2026-11-23T11:05:43.123Z WARNING transports.mqtt: lost the broker source=main`."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """One line; line breaks in it, a traceback's too, are written as `\\n`."""
        words = [_stamp(record), f"{record.levelname:<7}", f"{_short(record.name)}:", _told(record)]
        words += [f"{key}={value}" for key, value in _extras(record).items()]
        if trace := _trace(self, record):
            words.append(trace)
        return _one_line(self._redact(" ".join(words)))


class JsonLine(logging.Formatter):
    """One JSON object: `ts`, `level`, `logger`, `message`, the extras, `trace` if there is one."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; secrets are blotted out before it is encoded."""
        members: dict[str, object] = {
            "ts": _stamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redact(_told(record)),
        }
        for key, value in _extras(record).items():
            # A member named token or password is hidden whatever it holds.
            plain = value if isinstance(value, bool | int | float | None) else str(value)
            known = self._redact(f"{key}={plain}").endswith(f"={HIDDEN}")
            text = self._redact(plain) if isinstance(plain, str) else plain
            members.setdefault(key, HIDDEN if known else text)
        if trace := _trace(self, record):
            members["trace"] = self._redact(trace)
        return json.dumps(members, ensure_ascii=False)


def set_up_logs(
    level: str = "info",
    *,
    json_lines: bool = False,
    secrets: Iterable[str] = (),
    stream: IO[str] | None = None,
) -> logging.Handler:
    """Write the root logger's lines to `stream` (standard error), not where they went before.

    `secrets` are the texts that no line may show. Raises ValueError for an unknown level.
    """
    redact = Redactor(secrets)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine(redact) if json_lines else TextLine(redact))
    handler.addFilter(RepeatLimit())
    root = logging.getLogger()
    root.setLevel(level.upper())
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    # Its access log would write a line a request.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    return handler


def _forms(secret: str) -> set[str]:
    """A text as it is, and as it stands in a representation, in JSON and in a URL."""
    raw = secret.encode(errors="surrogateescape")  # a variable's bytes may be no UTF-8
    in_url = {quote(raw), quote(raw, safe=""), quote(raw, safe=":")}
    return {secret, repr(secret)[1:-1], repr(raw)[2:-1], json.dumps(secret)[1:-1], *in_url}


def _stamp(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _short(name: str) -> str:
    return name.removeprefix("monitor.")


def _told(record: logging.LogRecord) -> str:
    held_back = getattr(record, "held_back", 0)
    return record.getMessage() + (f" ({held_back} more like it held back)" if held_back else "")


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = []
    if record.exc_info:
        parts.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return "\n".join(parts)


def _one_line(text: str) -> str:
    """Control characters escaped, so that what is logged can't forge a line or drive a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
