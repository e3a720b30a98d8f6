"""What the API asks of whoever plays the recording; `monitor/past/past.py` is that."""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

from msgspec import Struct

from ws.messages import Form

PastFault = Literal["not_recorded", "replays_busy", "replay_too_long", "replay_failed"]


class PastError(Exception):
    """A time can't be played; `code` is its name, the text says more."""

    def __init__(self, code: PastFault, words: str) -> None:
        super().__init__(words)
        self.code: PastFault = code


class PastAsk(Struct, frozen=True, kw_only=True):
    """What is to be told: the whole of the layers at `from_ts`, or, with `to_ts`, what changed
    from there up to then, a beat every `every_ms`."""

    city: str
    layers: tuple[str, ...]
    from_ts: int
    to_ts: int | None = None
    every_ms: int = 1_000
    form: Form = "json"
    gzip: bool = False


class StretchView(Struct, frozen=True):
    """A time that is recorded without a gap."""

    from_ts: int
    to_ts: int


class Recorded(Struct, frozen=True, kw_only=True):
    """What is recorded: the stretches, oldest first, and the bytes of all files."""

    stretches: tuple[StretchView, ...]
    bytes: int
    keep_h: float
    keep_mb: int
    replays: int
    replays_max: int


class PastPort(Protocol):
    """The recording."""

    async def recorded(self) -> Recorded:
        """What there is at the moment."""

    def play(self, viewer: str, ask: PastAsk) -> AsyncGenerator[bytes, None]:
        """NDJSON in pieces, as `docs/replay.md` describes it; raises PastError, as a rule before
        the first piece. A viewer asks for one thing at a time. Close it where it is not read out.
        """
