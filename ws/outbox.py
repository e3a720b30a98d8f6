"""What waits for one client: bounded, in order, and cut to the latest for a slow one.

Theory. An outbox is a log of messages in the order of their `seq`, compacted like one. While the
client keeps up, a delta is a reference to bytes shared with all others. The client is behind once
its oldest message has waited `conflate_after_ms`, or something new comes while more than
`outbox_high_bytes` wait. Then every item of a conflated layer that a later delta changes again is
taken out, deltas left empty go, and neighbours of one topic become one. What is superseded comes
later with its newer value, so `seq` still rises and still says what the client holds; `prev` is
set to what it was last sent of the topic. Alerts, snapshots and answers are never touched, dropped
or overtaken.

The size is counted in bytes on the wire, an upper bound of what one client keeps alive. It never
passes `outbox_hard_bytes`: what would pass it, compacted, makes the outbox give up (`failed`),
and so does staying above `outbox_high_bytes` for `over_high_s`. An outbox that gave up is empty
and stays so; the server closes the client with the reason.

Frames of columns stand in the same log and are never cut: one that is superseded is dropped whole.
Where a frame has waited for `conflate_after_ms`, or more would wait than `outbox_high_bytes`, all
that wait of its topic go, and only a keyframe is taken after that.

Compacting costs as much as what waits. It is done again only after a quarter of that is new, so
that the cost per byte is constant. No I/O and no clock: `now_s` is passed in, of any one clock.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from ws.delta import HEAD_BYTES, Delta, Item, Topic, encode_delta, gone_bytes, item_bytes
from ws.limits import Limits
from ws.reasons import CloseReason
from ws.topics import is_conflated

# A compaction pays when this share of the deltas waiting came after the last one.
_FRESH_SHARE: Final = 0.25


class _Sealed:
    """A message that is sent as it is."""

    __slots__ = ("covers", "put_s", "size", "wire")

    def __init__(self, wire: bytes, covers: Sequence[tuple[Topic, int]], put_s: float) -> None:
        self.wire = wire
        self.covers = covers
        self.put_s = put_s
        self.size = len(wire)


class Binary(bytes):
    """A binary message, shared by all who are sent it; `framed` is what the server made of it."""

    framed: bytes | None = None


class _Frame:
    """A binary frame of a topic; dropped, it has no `wire` and no size."""

    __slots__ = ("put_s", "size", "topic", "wire")

    def __init__(self, topic: Topic, wire: Binary, put_s: float) -> None:
        self.topic = topic
        self.wire: Binary | None = wire
        self.put_s = put_s
        self.size = len(wire)

    def drop(self) -> None:
        """It is not sent after all."""
        self.wire = None
        self.size = 0


class _Waiting:
    """A delta, whole (`shared`) or cut."""

    __slots__ = ("gone", "items", "prev", "put_s", "seq", "shared", "size", "topic", "ts_ms")

    def __init__(
        self,
        delta: Delta,
        items: tuple[Item, ...],
        gone: tuple[str, ...],
        put_s: float,
        shared: Delta | None,
    ) -> None:
        self.topic = delta.topic
        self.seq = delta.seq
        self.prev = delta.prev
        self.ts_ms = delta.ts_ms
        self.put_s = put_s
        self.shared = shared
        self.items = items
        self.gone = gone
        self.size = 0
        self.measure()

    def measure(self) -> None:
        """Set the size anew after a change of the content."""
        if self.shared is not None:
            self.size = len(self.shared.wire)
        else:
            head = HEAD_BYTES + 6 * len(self.topic.city) + len(self.topic.layer)
            self.size = head + item_bytes(self.items) + gone_bytes(self.gone)


_Entry = _Sealed | _Frame | _Waiting


class Outbox:
    """One client's messages, taken one by one in their order."""

    def __init__(self, limits: Limits) -> None:
        self._high = limits.outbox_high_bytes
        self._hard = limits.outbox_hard_bytes
        self._merge_bytes = limits.message_out_bytes
        self._over_high_s = limits.over_high_s
        self._slow_s = limits.conflate_after_ms / 1000
        self._log: deque[_Entry] = deque()
        self._frames: dict[Topic, deque[_Frame]] = {}  # those in the log, oldest first
        self._sent: dict[Topic, int] = {}
        self._size = 0
        self._loose = 0  # bytes of conflated deltas waiting
        self._fresh = 0  # of those, the ones that came after the last compaction
        self._over_since_s: float | None = None
        self._finished = False
        self.failed: CloseReason | None = None
        self.conflated = 0  # items taken out, as a counter
        self.skipped = 0  # frames dropped, as a counter

    def __len__(self) -> int:
        """Messages waiting."""
        return len(self._log)

    @property
    def size(self) -> int:
        """Bytes waiting; never above `outbox_hard_bytes`."""
        return self._size

    def put(self, wire: bytes, now_s: float, covers: Sequence[tuple[Topic, int]] = ()) -> None:
        """Add a message that is never conflated.

        `covers` names the topics that the client holds up to that seq once it has this message.
        """
        self._add(_Sealed(wire, covers, now_s), now_s)

    def finish(self, wire: bytes, now_s: float) -> None:
        """Add the last message; nothing is taken in after it."""
        self.put(wire, now_s)
        self._finished = True

    def put_delta(
        self, delta: Delta, items: tuple[Item, ...], gone: tuple[str, ...], now_s: float
    ) -> None:
        """Add what concerns the client of `delta`: its own tuples for all of it, or cut ones."""
        whole = items is delta.items and gone is delta.gone
        self._add(_Waiting(delta, items, gone, now_s, delta if whole else None), now_s)

    def put_frame(self, topic: Topic, wire: Binary, now_s: float, *, whole: bool) -> bool:
        """Add a frame, a keyframe (`whole`) in the place of all that wait of its topic.

        False: there is no room for it, or the client is too far behind for a delta. Then none of
        the topic waits any more, and the next frame must be a keyframe.
        """
        if self.failed is not None or self._finished:
            return True  # it ends: nothing is taken in, nothing is missed
        waiting = self._frames.setdefault(topic, deque())
        late = bool(waiting) and now_s - waiting[0].put_s >= self._slow_s
        if whole or late or self._is_crowded(len(wire)):
            self._drop(waiting)
            if not whole or self._is_crowded(len(wire)):
                return False
        frame = _Frame(topic, wire, now_s)
        waiting.append(frame)
        self._add(frame, now_s)
        return True

    def begin(self, topic: Topic, seq: int) -> None:
        """The client holds `topic` up to `seq` already."""
        self._sent[topic] = seq

    def forget(self, topic: Topic) -> None:
        """The client no longer watches `topic`: what waits of it, alerts too, is dropped."""
        kept = [e for e in self._log if isinstance(e, _Sealed) or e.topic != topic]
        if len(kept) != len(self._log):
            self._refill(kept)
        self._sent.pop(topic, None)
        self._frames.pop(topic, None)

    def take(self, now_s: float) -> bytes | None:
        """The next message for the wire, None when nothing waits."""
        while self._log and self._log[0].size == 0:
            self._log.popleft()  # a frame dropped
        if not self._log:
            return None
        if self._log[0].put_s + self._slow_s <= now_s:
            self._compact_if_fresh()
        entry = self._log.popleft()
        self._size -= entry.size
        if self._size <= self._high:
            self._over_since_s = None
        if isinstance(entry, _Sealed):
            self._sent.update(entry.covers)
            return entry.wire
        if isinstance(entry, _Frame):
            self._frames[entry.topic].popleft()
            return entry.wire
        if is_conflated(entry.topic.layer):
            self._loose -= entry.size
            self._fresh = min(self._fresh, self._loose)
        prev = self._sent.get(entry.topic, entry.prev)
        self._sent[entry.topic] = entry.seq
        if entry.shared is not None and entry.prev <= prev:
            return entry.shared.wire
        return encode_delta(entry.topic, entry.seq, prev, entry.ts_ms, entry.items, entry.gone)

    def judge(self, now_s: float) -> CloseReason | None:
        """Give up if the client has been over the high mark for too long; says why it gave up."""
        over = self._over_since_s
        if self.failed is None and over is not None and now_s - over > self._over_high_s:
            self._give_up(CloseReason.TOO_SLOW)
        return self.failed

    def _is_crowded(self, more: int) -> bool:
        """Whether so many bytes more, behind others, would pass the high mark."""
        return self._size > 0 and self._size + more > self._high

    def _drop(self, frames: deque[_Frame]) -> None:
        for frame in frames:
            self._size -= frame.size
            frame.drop()
        self.skipped += len(frames)
        frames.clear()
        if self._size <= self._high:
            self._over_since_s = None

    def _add(self, entry: _Entry, now_s: float) -> None:
        if self.failed is not None or self._finished:
            return
        if self._size + entry.size > self._high:
            if self._size + entry.size > self._hard:
                self._compact()
            elif self._log and self._log[0].put_s < now_s:
                # One large change at one instant is no sign of a slow client.
                self._compact_if_fresh()
        if self._size + entry.size > self._hard:
            self._give_up(CloseReason.OVERFLOW)
            return
        self._log.append(entry)
        self._size += entry.size
        if isinstance(entry, _Waiting) and is_conflated(entry.topic.layer):
            self._loose += entry.size
            self._fresh += entry.size
        if self._size > self._high and self._over_since_s is None:
            self._over_since_s = now_s
        self.judge(now_s)

    def _give_up(self, reason: CloseReason) -> None:
        self.failed = reason
        self._frames.clear()
        self._refill([])

    def _refill(self, entries: Sequence[_Entry]) -> None:
        self._log = deque([entry for entry in entries if entry.size])
        self._size = sum([entry.size for entry in entries])
        self._loose = sum(
            [e.size for e in entries if isinstance(e, _Waiting) and is_conflated(e.topic.layer)]
        )
        self._fresh = min(self._fresh, self._loose)
        if self._size <= self._high:
            self._over_since_s = None

    def _compact_if_fresh(self) -> None:
        if self._fresh > 0 and self._fresh >= self._loose * _FRESH_SHARE:
            self._compact()

    def _compact(self) -> None:
        """Take out what is superseded; the newest of each key stays where it is."""
        later: dict[Topic, set[str]] = {}
        newest_first: list[_Entry] = []
        for entry in reversed(self._log):
            if not isinstance(entry, _Waiting) or not is_conflated(entry.topic.layer):
                newest_first.append(entry)
                continue
            changed_later = later.setdefault(entry.topic, set())
            if self._cut(entry, changed_later):
                newest_first.append(entry)
        self._refill(self._joined(newest_first))
        self._fresh = 0

    def _cut(self, entry: _Waiting, changed_later: set[str]) -> bool:
        """Leave in `entry` what is not in `changed_later`, and add its keys; False if all went."""
        if entry.shared is not None:
            keys: set[str] | frozenset[str] = entry.shared.keys
        else:
            keys = {item.key for item in entry.items}
            keys.update(entry.gone)
        if not changed_later.isdisjoint(keys):
            items = tuple([item for item in entry.items if item.key not in changed_later])
            gone = tuple([key for key in entry.gone if key not in changed_later])
            self.conflated += len(entry.items) + len(entry.gone) - len(items) - len(gone)
            entry.items, entry.gone, entry.shared = items, gone, None
            entry.measure()
        changed_later |= keys
        return bool(entry.items or entry.gone)

    def _joined(self, newest_first: Sequence[_Entry]) -> list[_Entry]:
        """Oldest first again, with cut neighbours of one topic made one, if not too large."""
        joined: list[_Entry] = []
        for entry in reversed(newest_first):
            last = joined[-1] if joined else None
            if (
                isinstance(entry, _Waiting)
                and isinstance(last, _Waiting)
                and entry.topic == last.topic
                and is_conflated(entry.topic.layer)
                and (entry.shared is None or last.shared is None)
                and entry.size + last.size <= self._merge_bytes
            ):
                last.items += entry.items
                last.gone += entry.gone
                last.seq, last.ts_ms, last.shared = entry.seq, entry.ts_ms, None
                last.measure()
            else:
                joined.append(entry)
        return joined
