"""Who watches the couriers of a city as columns, and what each of them is sent at a beat.

Theory. A city watched so has a `handle`, good until its slots are numbered anew or its box moves;
then everything begins anew under another. At a beat the publisher hands over the columns as they
are. Out of them come, made once for all who watch: the `slots` message with the couriers who came
and went, the delta from what was told at the last beat, and a keyframe where one is due or asked
for. Both frames of a beat lead to the same state and have the same `seq`.

A client gets the whole of the slots and a keyframe at the first beat after it joined, then deltas.
One that is behind (`Outbox.put_frame`) loses the frames that wait for it and gets a keyframe in
their place, at this beat or the first at which there is room: a delta never follows a gap.
`slots` messages are never left out, and come before the first frame that needs them.

The hub owns this, the publisher calls `wants` and `publish`. No I/O.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from math import inf
from typing import Final

from ws import frames, messages
from ws.client import Client
from ws.delta import Topic
from ws.frames import F64, I64, U8, Head, Picture
from ws.limits import Limits
from ws.outbox import Binary
from ws.stats import Stats
from ws.topics import COURIERS, Box

BLOCK: Final = 32  # slots whose ids come packed together
END: Final = b"\xff"  # behind each of them, in no UTF-8
_BYTES_AN_ID: Final = 64  # allowed for in a part of the slots; few ids are longer


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The couriers of a city by slot, as they are; columns of one length, in degrees and ms.

    `ids` has those of `BLOCK` slots in each `bytes`: UTF-8, with `END` behind each, and nothing
    before it where a slot is empty; a block that did not change is best the same object. `table` is
    what numbers the slots: when it is another object, they have nothing to do with the earlier
    ones. The arrays are read during the call only.
    """

    table: object
    ids: list[bytes]
    lon: F64
    lat: F64
    fix_ms: I64
    status: U8
    box: Box


class _Channel:
    """A city as long as somebody watches it."""

    def __init__(self, city: str) -> None:
        self.city = city
        self.topic = Topic(city, COURIERS)
        self.watchers: set[Client] = set()
        self.new: set[Client] = set()  # of these, the ones that know nothing yet
        self.behind: set[Client] = set()  # and those that need a keyframe
        self.table: object = None
        self.handle = 0
        self.seq = 0
        self.box = Box(0, 0, 0, 0)
        self.ids: list[bytes] = []
        self.told: Picture | None = None
        self.keyframe_s = -inf

    def begin(self, columns: Columns, handle: int) -> None:
        """Begin anew under another handle: nobody knows anything."""
        self.table, self.box, self.handle = columns.table, columns.box, handle
        self.seq, self.ids, self.told = 0, columns.ids, None
        self.new = set(self.watchers)
        self.behind = set(self.watchers)

    def follows(self, columns: Columns) -> bool:
        """Whether these columns are the next state of what was told."""
        return (
            self.table is columns.table
            and self.box == columns.box
            and (self.told is None or len(columns.lon) >= len(self.told))
        )


class ColumnStream:
    """All cities watched as columns. `settle` is called for a client after something was put."""

    def __init__(
        self,
        limits: Limits,
        stats: Stats,
        settle: Callable[[Client, float], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._limits = limits
        self._stats = stats
        self._settle = settle
        self._monotonic_s = monotonic_s
        self._channels: dict[str, _Channel] = {}
        self._handles = 0

    def wants(self, city: str) -> bool:
        """Whether anybody watches this city's couriers as columns."""
        return city in self._channels

    def join(self, client: Client, city: str) -> None:
        """From the next beat on the client watches, beginning with the whole."""
        channel = self._channels.setdefault(city, _Channel(city))
        channel.watchers.add(client)
        channel.new.add(client)
        channel.behind.add(client)

    def leave(self, client: Client, city: str) -> None:
        """The client no longer watches; with the last one all that is held of the city goes."""
        channel = self._channels[city]
        for clients in (channel.watchers, channel.new, channel.behind):
            clients.discard(client)
        if not channel.watchers:
            del self._channels[city]

    def ask(self, client: Client, city: str) -> None:
        """Give the client a keyframe at the next beat; nothing if it does not watch."""
        channel = self._channels.get(city)
        if channel is not None and client in channel.watchers:
            channel.behind.add(client)

    def publish(self, city: str, columns: Columns, ts_ms: int) -> None:
        """One beat of a city: fill the outboxes of those who watch, if anything is to be told."""
        channel = self._channels.get(city)
        if channel is None:
            return
        if not channel.follows(columns):
            self._handles += 1
            channel.begin(columns, self._handles)
        changes = self._follow_ids(channel, columns.ids)
        whole = self._whole(channel) if channel.new else []
        now_s = self._monotonic_s()
        beat = self._beat(channel, columns, ts_ms, now_s)
        for client in channel.watchers:
            for wire in whole if client in channel.new else changes:
                client.outbox.put(wire, now_s)
            if self._put(channel, client, beat, now_s):
                channel.behind.discard(client)
            else:
                channel.behind.add(client)
        channel.new.clear()
        for client in channel.watchers:
            self._settle(client, now_s)

    def _beat(self, channel: _Channel, columns: Columns, ts_ms: int, now_s: float) -> "_Beat":
        """The frames of this beat; what the channel told is then what they tell."""
        now = frames.picture(
            columns.lon, columns.lat, columns.fix_ms, columns.status, channel.box, ts_ms
        )
        told, change = channel.told, None
        head = Head(channel.handle, channel.seq + 1, channel.seq, ts_ms, channel.box)
        due = told is None or now_s - channel.keyframe_s >= self._limits.keyframe_s
        if told is not None and not due:
            change = frames.delta(head, told, now)
            if change is None:
                head = Head(channel.handle, channel.seq, 0, ts_ms, channel.box)
            elif len(change) >= frames.keyframe_bytes(len(now)):
                change, due = None, True
        if due:
            channel.keyframe_s = now_s
        if due or change is not None:
            self._stats.frames += 1
        channel.seq, channel.told = head.seq, now
        return _Beat(head, now, None if change is None else Binary(change), due)

    def _put(self, channel: _Channel, client: Client, beat: "_Beat", now_s: float) -> bool:
        """Give the client its frame of this beat; False when it needs a keyframe at the next."""
        outbox, topic = client.outbox, channel.topic
        if not beat.is_keyframe and client not in channel.behind:
            if beat.delta is None:
                return True
            if outbox.put_frame(topic, beat.delta, now_s, whole=False):
                return True
        return outbox.put_frame(topic, beat.keyframe, now_s, whole=True)

    def _follow_ids(self, channel: _Channel, ids: list[bytes]) -> list[bytes]:
        """The couriers who came and went since the last beat, as messages."""
        gone, runs = _changed(channel.ids, ids)
        if not (gone or runs):
            return []
        channel.ids = ids
        return [
            messages.encode(
                messages.Slots(
                    city=channel.city,
                    layer=COURIERS,
                    handle=channel.handle,
                    whole=False,
                    part=1,
                    parts=1,
                    gone=gone,
                    runs=runs,
                )
            )
        ]

    def _whole(self, channel: _Channel) -> list[bytes]:
        """The ids of all slots, in parts."""
        ids = chain.from_iterable(map(_unpacked, channel.ids))
        step = max(1, self._limits.message_out_bytes // _BYTES_AN_ID)
        firsts = range(0, max(1, sum(block.count(END) for block in channel.ids)), step)
        return [
            messages.encode(
                messages.Slots(
                    city=channel.city,
                    layer=COURIERS,
                    handle=channel.handle,
                    whole=True,
                    part=part,
                    parts=len(firsts),
                    gone=(),
                    runs=[(first, list(islice(ids, step)))],
                )
            )
            for part, first in enumerate(firsts, 1)
        ]


class _Beat:
    """The frames of one beat of a city; the keyframe is made only if somebody needs it."""

    def __init__(self, head: Head, now: Picture, delta: Binary | None, due: bool) -> None:
        self._head = head
        self._now = now
        self.delta = delta
        self.is_keyframe = due
        self._keyframe: Binary | None = None

    @property
    def keyframe(self) -> Binary:
        """All of it, made at its first use."""
        if self._keyframe is None:
            head = self._head
            whole = Head(head.handle, head.seq, 0, head.ts_ms, head.box)
            self._keyframe = Binary(frames.keyframe(whole, self._now))
        return self._keyframe


def _changed(
    before: list[bytes], now: list[bytes]
) -> tuple[list[int], list[tuple[int, list[str | None]]]]:
    """Slots whose courier is gone, and runs of slots that have another than before."""
    if before == now:
        return [], []
    gone: list[int] = []
    runs: list[tuple[int, list[str | None]]] = []
    for slot, old, new in _differing(before, now):
        if old is not None:
            gone.append(slot)
        if new is None:
            continue
        if runs and runs[-1][0] + len(runs[-1][1]) == slot:
            runs[-1][1].append(new)
        else:
            runs.append((slot, [new]))
    return gone, runs


def _differing(
    before: list[bytes], now: list[bytes]
) -> Iterator[tuple[int, str | None, str | None]]:
    """Slots that differ, or are new, with their ids; only blocks that differ are looked into."""
    for number, (old, new) in enumerate(zip_longest(before, now, fillvalue=b"")):
        if old is new or old == new:
            continue
        pairs = zip_longest(_unpacked(old), _unpacked(new))
        for slot, (was, is_now) in enumerate(pairs, number * BLOCK):
            if was != is_now:
                yield slot, was, is_now


def _unpacked(block: bytes) -> list[str | None]:
    return [id_.decode() or None for id_ in block.split(END)[:-1]]
