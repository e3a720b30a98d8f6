"""Bytes to events: one JSON object, a JSON array, or NDJSON lines a payload.

Lives here: decoding, the limits on a payload, and the reasons a single event is refused for. Does
not live here: what depends on the clock or the configured cities (`gate`), counting and keeping
what was refused (`dead_letters`). Called by `feed`, by the HTTP route and by the replay.

Bad input never raises and never costs its neighbours: every event that can't be read becomes one
`Rejected` in its place. Payloads are decoded one by one, never joined, so that a crafted payload
can't shift or swallow the one beside it (measured: joining gains 2 %).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec
import numpy as np

from monitor.core.events import Event
from monitor.core.reports import Incoming

RejectReason = Literal[
    "malformed",  # not JSON, or not UTF-8
    "unknown_type",  # JSON, but its `type` is none of ours
    "invalid",  # a field missing, of the wrong type or out of its range
    "coordinates",  # a latitude or longitude out of its range or not finite
    "future",  # too far ahead of the clock (from the gate)
    "unknown_city",  # a city that is not configured (from the gate)
    "no_room",  # somebody new in a city that holds as many as it may (from the gate)
    "too_large",  # a payload above the bound on bytes
    "too_many",  # a payload with more events than the bound
]
REASONS: Final[tuple[RejectReason, ...]] = (
    "malformed",
    "unknown_type",
    "invalid",
    "coordinates",
    "future",
    "unknown_city",
    "no_room",
    "too_large",
    "too_many",
)

SAMPLE_BYTES: Final = 200
DETAIL_CHARS: Final = 300
PART_BYTES: Final = 128 * 1024  # of a text whose line ends are looked at together

_BLANK: Final = b" \t\r\n"
_LINE_END, _CLOSES, _OPENS = b"\n}{"
_BOM: Final = b"\xef\xbb\xbf"
# What the decoder raises for bad bytes: DecodeError for syntax and schema, UnicodeDecodeError for
# invalid UTF-8 in a field we keep, RecursionError for deep nesting.
_BAD: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_COORDINATE_PATH: Final = re.compile(r" - at `\$(?:\.dropoff)?\.(?:lat|lon)`$")
_TYPE_PATH: Final = re.compile(r"^Invalid value .* - at `\$\.type`$", re.DOTALL)
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one payload may hold; beyond it, it is refused whole (`too_large`, `too_many`)."""

    max_payload_bytes: int = 8 * 1024 * 1024
    max_events: int = 100_000


DEFAULT_LIMITS: Final = Limits()


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """One event refused: `index` is its place among all events, good or bad, that were decoded."""

    index: int
    reason: RejectReason
    detail: str  # the decoder's words with the path of the field, at most DETAIL_CHARS
    sample: str  # the first SAMPLE_BYTES bytes of what was refused, as text


@dataclass(slots=True)
class Decoded:
    """What came out: events in their order, and what was refused."""

    events: list[Incoming] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    size: int = field(default=0, compare=False)  # bytes of the payloads

    @property
    def count(self) -> int:
        """Events seen, good or bad."""
        return len(self.events) + len(self.rejected)


@dataclass(frozen=True, slots=True)
class Wire:
    """The decoders for one union of event structs; build it once, it is costly."""

    one: msgspec.json.Decoder[Any]
    many: msgspec.json.Decoder[list[Any]]

    @staticmethod
    def of(union: Any) -> "Wire":
        """The decoders for a tagged union of structs."""
        return Wire(msgspec.json.Decoder(union), msgspec.json.Decoder(list[union]))


PUBLIC: Final = Wire.of(Event)  # what anybody may send
RECORDED: Final = Wire.of(Incoming)  # our own recordings: commands and reports as well
_RAW: Final = msgspec.json.Decoder(msgspec.Raw)
_RAW_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])


def decode(payload: bytes, limits: Limits = DEFAULT_LIMITS, wire: Wire = PUBLIC) -> Decoded:
    """Every event of one payload; never raises for what the payload holds."""
    found = _decode(payload, limits, wire)
    found.size = len(payload)
    return found


def decode_many(
    payloads: Sequence[bytes], limits: Limits = DEFAULT_LIMITS, wire: Wire = PUBLIC
) -> Decoded:
    """Every event of a batch of payloads, in order; indexes run through the whole batch.

    Fast when each payload is one good event; else payload by payload, event by event where needed.
    """
    decode_one = wire.one.decode
    most = limits.max_payload_bytes
    # All of them together are within the bound of one, but for the largest batches.
    size = sum(map(len, payloads))
    fits = size <= most or max(map(len, payloads)) <= most
    if fits:
        try:
            return Decoded(list(map(decode_one, payloads)), size=size)
        except _BAD:
            pass
    out = Decoded(size=size)
    for payload in payloads:
        try:
            if fits:
                out.events.append(decode_one(payload))
                continue
        except _BAD:
            pass
        _append(out, _decode(payload, limits, wire))
    return out


def decode_recorded(lines: bytes) -> Decoded:
    """The events of a recording, line by line, and people's commands as well; never for a stream.

    A line is good or bad by itself, wherever a chunk of the recording begins; without bounds,
    because whoever reads the file bounds its lines.
    """
    text = _begun(lines)
    return _lines(text, RECORDED) if text else Decoded()


def sample_of(data: bytes) -> str:
    """The beginning of refused bytes as text that is safe to show."""
    return data[:SAMPLE_BYTES].decode("utf-8", "replace")


def _decode(payload: bytes, limits: Limits, wire: Wire) -> Decoded:
    if len(payload) > limits.max_payload_bytes:
        words = f"{len(payload)} bytes; a payload may hold {limits.max_payload_bytes}"
        return _refused("too_large", words, payload)
    text = _begun(payload)
    if not text:
        return Decoded()
    found = _document(text, wire)
    if found is None:
        found = _broken(text, wire)
    if found.count > limits.max_events:
        words = f"{found.count} events; a payload may hold {limits.max_events}"
        return _refused("too_many", words, text)
    return found


def _begun(payload: bytes) -> bytes:
    """From its first document on; what is blank at its end stays, for that is not copied."""
    return payload.lstrip(_BLANK).removeprefix(_BOM).lstrip(_BLANK)


def _refused(reason: RejectReason, detail: str, payload: bytes) -> Decoded:
    """A payload refused whole."""
    out = Decoded()
    _reject(out, reason, detail, payload)
    return out


def _append(out: Decoded, found: Decoded) -> None:
    """Adds `found` after what is there, its indexes moved on."""
    shift = out.count
    out.events.extend(found.events)
    for bad in found.rejected:
        out.rejected.append(msgspec.structs.replace(bad, index=bad.index + shift))


def _document(text: bytes, wire: Wire) -> Decoded | None:
    """The events of one JSON document, or None if the text is not one."""
    is_array = text.startswith(b"[")
    try:
        if is_array:
            return Decoded(wire.many.decode(text))
        return Decoded([wire.one.decode(text)])
    except _BAD:
        pass
    out = Decoded()
    try:
        if is_array:
            items = [bytes(item) for item in _RAW_ITEMS.decode(text)]
        else:
            _RAW.decode(text)
            items = [text.strip(_BLANK)]
    except _BAD:
        return None
    for item in items:
        _single(out, item, wire)
    return out


def _broken(text: bytes, wire: Wire) -> Decoded:
    """What is no document: lines, or an array broken somewhere, whichever gives more events."""
    found = _lines(text, wire)
    if not text.startswith(b"[") or not found.rejected:
        return found
    items = Decoded()
    for item in _split_array(text):
        _single(items, item, wire)
    return items if len(items.events) >= len(found.events) else found


def _ends_between_objects(text: bytes) -> int | None:
    """How many line ends stand before the last character, None if one is not between two braces.

    By numpy, a part at a time, so that its masks stay in the cache: counting bytes twice takes four
    times as long, half as long as decoding them.
    """
    characters = np.frombuffer(text, np.uint8)
    count = 0
    for start in range(1, len(text) - 1, PART_BYTES):
        stop = min(start + PART_BYTES, len(text) - 1)
        ends = characters[start:stop] == _LINE_END
        here = int(np.count_nonzero(ends))
        ends &= characters[start - 1 : stop - 1] == _CLOSES
        ends &= characters[start + 1 : stop + 1] == _OPENS
        if np.count_nonzero(ends) != here:
            return None
        count += here
    return count


def _lines(text: bytes, wire: Wire) -> Decoded:
    """NDJSON: each line a document of its own.

    All at once where every line end stands between two objects, which it never does inside a JSON
    document, and there are as many documents as lines: then each line holds one.
    """
    ends = _ends_between_objects(text)
    try:
        if ends is not None and len(events := wire.one.decode_lines(text)) == ends + 1:
            return Decoded(events)
    except _BAD:
        pass
    lines = [line for line in (raw.strip(_BLANK) for raw in text.split(b"\n")) if line]
    out = Decoded()
    for line in lines:
        try:
            out.events.append(wire.one.decode(line))
        except _BAD:
            found = _document(line, wire) if line.startswith(b"[") else None
            if found is None:
                _single(out, line, wire)
            else:
                _append(out, found)
    return out


def _split_array(text: bytes) -> list[bytes]:
    """The items of an array that is not JSON as a whole (a NaN in one item, an end cut off)."""
    items: list[bytes] = []
    depth, start = 0, 1
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
            if depth == 0:
                items.append(text[start : token.start()])
                start = token.end()
                break
        elif mark == b"," and depth == 1:
            items.append(text[start : token.start()])
            start = token.end()
    items.append(text[start:])
    stripped = [item.strip(_BLANK) for item in items]
    return [item for item in stripped if item]


def _single(out: Decoded, item: bytes, wire: Wire) -> None:
    """One event, or the reason it is none."""
    try:
        out.events.append(wire.one.decode(item))
    except _BAD as fault:
        _reject(out, _reason(item, fault), _words(fault), item)


def _reason(item: bytes, fault: Exception) -> RejectReason:
    try:
        _RAW.decode(item)
    except _BAD:
        return "malformed"  # a schema fault may come first; broken JSON is broken all the same
    if not isinstance(fault, msgspec.ValidationError):
        return "malformed"
    words = str(fault)
    if _TYPE_PATH.match(words):
        return "unknown_type"
    if _COORDINATE_PATH.search(words) and not words.startswith("Expected `float`, got"):
        return "coordinates"
    return "invalid"


def _words(fault: Exception) -> str:
    if isinstance(fault, RecursionError):
        return "nested too deeply"
    if isinstance(fault, UnicodeDecodeError):
        return f"not UTF-8: {fault.reason}"
    words = str(fault)
    return words if len(words) <= DETAIL_CHARS else words[: DETAIL_CHARS - 1] + "…"


def _reject(out: Decoded, reason: RejectReason, detail: str, data: bytes) -> None:
    out.rejected.append(Rejected(out.count, reason, detail, sample_of(data)))
