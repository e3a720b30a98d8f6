"""The hub: takes what is published, keeps who watches what, and fills the clients' outboxes.

Theory: epoch, seq and prev. An epoch is one life of the hub. Its `seq` rises by one with every
delta published, of any topic, and every delta says in `prev` where its topic stood before.

- Messages to one client come in the order of `seq`. A `delta` covers all that changed in its topic
  after `prev` up to `seq` as far as the client watches it; items are whole, so that applying one
  twice does no harm. `items` are put in place first, then `gone` taken away (an unknown key is
  nothing special).
- A client keeps `at[city, layer]`, the `seq` of the last `snapshot`, `resumed` or `delta` of the
  topic. A delta whose `prev` is greater than that means that something is missing: subscribe anew
  with `fresh`. (For a box, or when the client was slow, `prev` is what it was last sent.)
- A snapshot replaces what the client held of its layers, once its last part has come: before, the
  parts are only gathered. The parts of one come one after the other. It is taken after the
  subscription stands, without an await between, so that nothing falls between it and the deltas.
- A topic asked for is whole once it is named in a `snapshot` of which the last part has come, or
  in `resumed`; one `subscribe` may bring several of both. While all topics are whole, the greatest
  `seq` seen is the client's position: it holds all of them up to there, and sets each `at` at
  least to it when it reconnects. While one is not whole, the position stays.
- With `resume: {epoch, seq}`, its position, in its next `hello` and the same subscriptions, it
  gets, topic by topic, what it missed and then `resumed`, or a new `snapshot` with the reason. A
  conflated layer under a box is never resumed, because nobody remembers what the box held.
- Couriers watched as columns have none of this: `columns` tells how they are sent.

The hub does no I/O: `publish` fills outboxes and calls each client's `wake`. Whoever makes
deltas only for the watched asks `wants`: a topic is watched until `resume_s` after its last
subscriber left, so that its history has no hole; alerts always are.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from msgspec import Raw

from ws import messages
from ws.auth import Identity
from ws.client import Client
from ws.columns import ColumnStream
from ws.delta import Delta, Item, Topic, pieces
from ws.history import History, bounds_of
from ws.limits import Limits
from ws.messages import Form, Position, SnapshotReason
from ws.reasons import CloseReason, ResumeOutcome
from ws.stats import Stats
from ws.topics import COURIERS, Box, Subscription, is_conflated

__all__ = ["Client", "Hub", "Item", "Stats", "Topic"]

# The whole of a city's layer as it is now, for a new subscription. It may be ahead of what was
# published: what it holds and loses before the next `publish` must be told as gone there.
SnapshotOf = Callable[[str, str], Sequence[Item]]


class _Channel:
    """A topic as long as it is watched."""

    def __init__(self, history: History, seq: int) -> None:
        self.history = history
        self.seq = seq
        self.watchers: dict[Client, Subscription] = {}
        self.idle_since_s: float | None = None
        self.whole: Sequence[Item] | None = None  # the snapshot, good until the next delta


class Hub:
    """Publish and subscribe, with snapshots, history and bounds.

    `snapshot` gives the whole of a layer, `now_ms` the wall clock, `monotonic_s` a clock that
    only goes forward, `epoch` a word that no earlier life of the server has used, `server` what
    the welcome calls it.
    """

    def __init__(
        self,
        *,
        epoch: str,
        snapshot: SnapshotOf,
        now_ms: Callable[[], int],
        limits: Limits | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
        server: str = "citywatch",
    ) -> None:
        self.epoch = epoch
        self.seq = 0
        self.limits = limits or Limits()
        self.stats = Stats()
        self.now_ms = now_ms
        self.monotonic_s = monotonic_s
        self._snapshot = snapshot
        self._server = server
        self._channels: dict[Topic, _Channel] = {}
        self._clients: set[Client] = set()
        self.columns = ColumnStream(self.limits, self.stats, self._settle, monotonic_s)

    # --- publishers

    def wants(self, city: str, layer: str) -> bool:
        """Whether deltas of this topic reach anybody, now or on a resume."""
        if not is_conflated(layer):
            return True
        channel = self._channels.get(Topic(city, layer))
        if channel is None:
            return False
        idle = channel.idle_since_s
        if idle is not None and self.monotonic_s() - idle > self.limits.resume_s:
            del self._channels[Topic(city, layer)]
            return False
        return True

    def publish(
        self, city: str, layer: str, items: Sequence[Item], gone: Sequence[str], ts_ms: int
    ) -> None:
        """Tell the watchers of a topic which items changed or came, and which are gone.

        Items are whole. But for alerts, which keep their order and may repeat, a key comes once
        in a call. Nothing is sent here: outboxes are filled and their writers woken.
        """
        if not (items or gone) or not self.wants(city, layer):
            return
        channel = self._channel(Topic(city, layer))
        channel.whole = None
        now_s = self.monotonic_s()
        for delta in self._cut(channel, Topic(city, layer), items, gone, ts_ms):
            channel.history.add(delta, now_s)
            for client, subscription in channel.watchers.items():
                kept, left = subscription.cut(delta)
                if kept or left:
                    client.outbox.put_delta(delta, kept, left, now_s)
        for client in channel.watchers:
            self._settle(client, now_s)

    def _cut(
        self,
        channel: _Channel,
        topic: Topic,
        items: Sequence[Item],
        gone: Sequence[str],
        ts_ms: int,
    ) -> Iterable[Delta]:
        """The change as deltas of at most `message_out_bytes`, each with its own seq."""
        for kept, left in pieces(items, gone, self.limits.message_out_bytes):
            self.seq += 1
            delta = Delta(topic, self.seq, channel.seq, ts_ms, kept, left)
            channel.seq = self.seq
            self.stats.deltas += 1
            yield delta

    # --- clients

    @property
    def clients(self) -> int:
        """Clients attached."""
        return len(self._clients)

    def watching(self, city: str) -> list[Identity]:
        """Who watches anything of a city, one entry a client."""
        return [
            client.identity
            for client in self._clients
            if client.identity is not None and any(topic.city == city for topic in client.watches)
        ]

    def attach(self, client: Client) -> None:
        """A client came."""
        self._clients.add(client)
        self.stats.clients = len(self._clients)

    def detach(self, client: Client, reason: CloseReason) -> None:
        """A client is gone; `reason` is counted."""
        self._clients.discard(client)
        self.stats.clients = len(self._clients)
        self.stats.closed[reason.value] += 1
        for topic in list(client.watches):
            self._leave(client, topic)

    def end_all(self, reason: CloseReason) -> None:
        """Ask the server to close every client."""
        for client in list(self._clients):
            client.end(reason)

    def greet(self, client: Client, identity: Identity, cities: Sequence[str]) -> None:
        """Let the client in: the welcome goes out."""
        client.identity = identity
        limits = self.limits
        welcome = messages.Welcome(
            server=self._server,
            protocol=messages.PROTOCOL,
            epoch=self.epoch,
            seq=self.seq,
            ts=self.now_ms(),
            name=identity.name,
            role=identity.role,
            cities=cities,
            limits=messages.WelcomeLimits(
                message_in_bytes=limits.message_in_bytes,
                messages_per_s=limits.messages_per_s,
                commands_per_s=limits.commands_per_s,
                topics_per_client=limits.topics_per_client,
                ping_interval_s=limits.ping_interval_s,
            ),
        )
        self.send(client, welcome)

    def send(self, client: Client, message: messages.ServerMessage) -> None:
        """Put an answer in the client's outbox, behind what waits there."""
        now_s = self.monotonic_s()
        client.outbox.put(messages.encode(message), now_s)
        self._settle(client, now_s)

    def subscribe(
        self,
        client: Client,
        subscription_id: str,
        city: str,
        layers: Sequence[str],
        box: Box | None = None,
        position: Position | None = None,
        form: Form = "json",
    ) -> None:
        """Watch `layers` of `city`, from `position` on where that can be, else from a snapshot.

        Replaces what the client watched of these topics. The layers are each named once. Couriers
        in the form of columns begin at their next beat.
        """
        resumed: list[str] = []
        anew: dict[SnapshotReason, list[Topic]] = {}
        since = position.seq if position is not None else 0
        now_s = self.monotonic_s()
        for layer in layers:
            topic = Topic(city, layer)
            # A position is from before the connection: no good for what is watched in it already.
            since_when = None if topic in client.watches else position
            columns = form == "columns" and layer == COURIERS
            watch = Subscription(subscription_id, topic, box, columns)
            self._join(client, watch)
            if watch.columns:
                continue
            missed, reason = self._missed(client.watches[topic], since_when)
            if missed is None:
                anew.setdefault(reason, []).append(topic)
                continue
            resumed.append(layer)
            client.outbox.begin(topic, since)
            for delta in missed:
                client.outbox.put_delta(delta, delta.items, delta.gone, now_s)
        for reason, topics in anew.items():
            self._put_snapshot(client, subscription_id, topics, reason, now_s)
            self.stats.resumes[reason] += len(topics)
        if resumed:
            self.stats.resumes[ResumeOutcome.RESUMED.value] += len(resumed)
            self._put_resumed(client, subscription_id, city, since, resumed, now_s)
        self._settle(client, now_s)

    def unsubscribe(self, client: Client, subscription_id: str) -> bool:
        """Stop what the subscription still holds; False when it holds nothing."""
        topics = [t for t, watch in client.watches.items() if watch.id == subscription_id]
        for topic in topics:
            self._leave(client, topic)
            client.outbox.forget(topic)
        return bool(topics)

    # --- within

    def _channel(self, topic: Topic) -> _Channel:
        channel = self._channels.get(topic)
        if channel is None:
            # A seq of its own: what went unpublished until now lies before it, so that nobody
            # resumes across it.
            self.seq += 1
            channel = _Channel(History(bounds_of(topic.layer, self.limits), self.seq), self.seq)
            channel.idle_since_s = self.monotonic_s()
            self._channels[topic] = channel
        return channel

    def _join(self, client: Client, subscription: Subscription) -> None:
        topic = subscription.topic
        older = client.watches.get(topic)
        if older is not None and older.columns != subscription.columns:
            self._leave(client, topic)
            client.outbox.forget(topic)
        client.watches[topic] = subscription
        if subscription.columns:
            self.columns.join(client, topic.city)
            return
        channel = self._channel(topic)
        channel.idle_since_s = None
        channel.watchers[client] = subscription

    def _leave(self, client: Client, topic: Topic) -> None:
        if client.watches.pop(topic).columns:
            self.columns.leave(client, topic.city)
            return
        channel = self._channels[topic]
        del channel.watchers[client]
        if not channel.watchers:
            channel.idle_since_s = self.monotonic_s()
            channel.whole = None

    def _missed(
        self, subscription: Subscription, position: Position | None
    ) -> tuple[Sequence[Delta] | None, SnapshotReason]:
        """What the client missed of the topic; None, and why, if it must have a snapshot."""
        if position is None:
            return None, "new"
        if position.epoch != self.epoch or position.seq > self.seq:
            return None, "other_epoch"
        if subscription.box is not None:
            return None, "box"
        return self._channels[subscription.topic].history.since(position.seq), "too_long_ago"

    def _put_snapshot(
        self,
        client: Client,
        subscription_id: str,
        topics: Sequence[Topic],
        reason: SnapshotReason,
        now_s: float,
    ) -> None:
        parts: list[dict[str, list[Raw]]] = [{topic.layer: [] for topic in topics}]
        room = self.limits.message_out_bytes
        for topic in topics:
            for item in client.watches[topic].begin(self._whole(topic)):
                if len(item.body) + 1 > room and any(parts[-1].values()):
                    parts.append({})
                    room = self.limits.message_out_bytes
                parts[-1].setdefault(topic.layer, []).append(Raw(item.body))
                room -= len(item.body) + 1
        ts_ms = self.now_ms()
        for number, part in enumerate(parts, 1):
            message = messages.Snapshot(
                id=subscription_id,
                epoch=self.epoch,
                seq=self.seq,
                ts=ts_ms,
                city=topics[0].city,
                reason=reason,
                part=number,
                parts=len(parts),
                layers=part,
            )
            covers = [(topic, self.seq) for topic in topics]
            client.outbox.put(messages.encode(message), now_s, covers)

    def _put_resumed(
        self,
        client: Client,
        subscription_id: str,
        city: str,
        since: int,
        layers: Sequence[str],
        now_s: float,
    ) -> None:
        message = messages.Resumed(
            id=subscription_id,
            epoch=self.epoch,
            seq=self.seq,
            ts=self.now_ms(),
            city=city,
            since=since,
            layers=layers,
        )
        covers = [(Topic(city, layer), self.seq) for layer in layers]
        client.outbox.put(messages.encode(message), now_s, covers)

    def _whole(self, topic: Topic) -> Sequence[Item]:
        """The topic's snapshot, made once for all who come before its next delta."""
        channel = self._channels[topic]
        if channel.whole is None:
            channel.whole = self._snapshot(topic.city, topic.layer)
        return channel.whole

    def _settle(self, client: Client, now_s: float) -> None:
        """After something was put: wake the writer, or have the client closed."""
        outbox = client.outbox
        self.stats.conflated += outbox.conflated
        self.stats.frames_skipped += outbox.skipped
        outbox.conflated = outbox.skipped = 0
        failed = outbox.judge(now_s)
        if failed is not None:
            client.end(failed)
        elif outbox:
            client.wake()
