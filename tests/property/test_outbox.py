"""What must hold for an outbox after any interleaving of publishing, sending and reconnecting."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ws.reader import Reader
from tests.ws.town import CITY, Town, item
from ws.hub import Client, Hub
from ws.limits import Limits
from ws.messages import Position
from ws.outbox import Outbox
from ws.reasons import CloseReason
from ws.topics import Box

LAYERS = ("zones", "alerts", "couriers")
WEST = Box(west=-180.0, south=-90.0, east=0.0, north=90.0)


@dataclass(frozen=True)
class Publish:
    """Some keys of a layer change (to a place each, or to none), others go."""

    layer: str
    keys: tuple[int, ...]
    lons: tuple[float | None, ...]
    gone: tuple[int, ...]
    padding: int


@dataclass(frozen=True)
class Send:
    """The client takes some messages, after some time."""

    messages: int
    after_s: float


@dataclass(frozen=True)
class Reconnect:
    """The connection breaks with all that waits, and the client comes back and resumes."""


@dataclass(frozen=True)
class Renew:
    """The client subscribes to a layer again, within the connection."""

    layer: str


_KEYS = st.lists(st.integers(0, 5), max_size=4, unique=True).map(tuple)
_PUBLISH = st.builds(
    Publish,
    layer=st.sampled_from(LAYERS),
    keys=_KEYS,
    lons=st.tuples(*[st.sampled_from([None, -10.0, 10.0])] * 4),
    gone=_KEYS,
    padding=st.sampled_from([0, 40, 700]),
)
_SEND = st.builds(Send, st.integers(1, 6), st.sampled_from([0.0, 0.2, 2.0]))
_QUICK = st.lists(st.one_of(_PUBLISH, _PUBLISH, _SEND), max_size=60)
_STEPS = st.lists(
    st.one_of(
        _PUBLISH,
        _PUBLISH,
        _PUBLISH,
        _SEND,
        _SEND,
        st.just(Reconnect()),
        st.builds(Renew, st.sampled_from(LAYERS)),
    ),
    max_size=50,
)


class Line:
    """A town, a hub and one client between which the test is the wire."""

    def __init__(self, limits: Limits, box: Box | None = None) -> None:
        self.now_s = 0.0
        self.town = Town()
        self.limits = limits
        self.box = box
        self.value = 0
        self.hub = Hub(
            epoch="e",
            snapshot=self.town.snapshot,
            now_ms=lambda: 0,
            limits=limits,
            monotonic_s=lambda: self.now_s,
        )
        self.town.hub = self.hub
        self.reader = Reader()
        self.client = self.connect(None)

    def connect(self, position: Position | None) -> Client:
        """A new connection that watches all layers."""
        client = Client(Outbox(self.limits), wake=lambda: None)
        self.hub.attach(client)
        self.reader.subscribing(CITY, LAYERS)
        self.hub.subscribe(client, "w", CITY, LAYERS, self.box, position)
        return client

    def reconnect(self) -> None:
        """Lose the connection, and go on where the reader stands."""
        self.hub.detach(self.client, CloseReason.CONNECTION_LOST)
        position = self.reader.reconnecting()
        self.client = self.connect(None if position is None else Position("e", position))

    def renew(self, layer: str) -> None:
        """Subscribe again."""
        self.reader.subscribing(CITY, [layer])
        self.hub.subscribe(self.client, f"again-{layer}", CITY, [layer], self.box)

    def publish(self, step: Publish) -> None:
        """Change the town, a moment later."""
        self.now_s += 0.001
        items = []
        for key, lon in zip(step.keys, step.lons, strict=False):
            self.value += 1
            items.append(item(step.layer, f"k{key}", f"{self.value}{'x' * step.padding}", lon))
        gone = [f"k{key}" for key in step.gone if key not in step.keys]
        self.town.change(step.layer, *items, gone=gone)

    def send(self, count: int, after_s: float = 0.0) -> None:
        """Bring messages over."""
        self.now_s += after_s
        for _ in range(count):
            wire = self.client.outbox.take(self.now_s)
            if wire is None:
                return
            self.reader.apply(wire)

    def run(self, steps: list[Publish | Send | Reconnect | Renew]) -> None:
        """Carry out the steps, and at last bring over all that waits."""
        for step in steps:
            match step:
                case Publish():
                    self.publish(step)
                case Send():
                    self.send(step.messages, step.after_s)
                case Reconnect():
                    self.reconnect()
                case Renew():
                    self.renew(step.layer)
            assert self.client.outbox.size <= self.limits.outbox_hard_bytes
        self.send(10_000)


def _limits(hard: int, message: int = 1_024, slow_ms: int = 1_000) -> Limits:
    return Limits(
        outbox_high_bytes=4_096,
        outbox_hard_bytes=hard,
        message_out_bytes=message,
        conflate_after_ms=slow_ms,
        over_high_s=3_600,
    )


@settings(max_examples=150, deadline=None)
@given(_STEPS, st.sampled_from([0, 1_000]))
def test_a_client_sees_what_is_true_however_slow_it_was_and_however_often_it_came_back(
    steps: list[Publish | Send | Reconnect | Renew], slow_ms: int
) -> None:
    """After any steps the view equals the town, with no gap told and the position in order."""
    line = Line(_limits(hard=1 << 20, slow_ms=slow_ms))
    line.run(steps)
    assert line.client.ending is None
    for layer in LAYERS:
        assert line.reader.view[CITY, layer] == line.town.view(layer)
    assert line.reader.gaps == []
    assert not line.reader.unwhole


@settings(max_examples=100, deadline=None)
@given(_QUICK, st.sampled_from([0, 1_000]))
def test_alerts_are_never_skipped_nor_reordered(
    steps: list[Publish | Send | Reconnect | Renew], slow_ms: int
) -> None:
    """A connection brings every alert once and in its order, and `seq` never goes back."""
    line = Line(_limits(hard=1 << 20, slow_ms=slow_ms))
    line.run(steps)
    assert line.reader.alerts == line.town.alerts
    order = [message["seq"] for message in line.reader.seen]
    assert order == sorted(order)


@settings(max_examples=60, deadline=None)
@given(_STEPS)
def test_alerts_survive_reconnects(
    steps: list[Publish | Send | Reconnect | Renew],
) -> None:
    """Once the first snapshot is whole, every alert arrives, over any reconnects."""
    line = Line(_limits(hard=1 << 20))
    line.send(10)
    line.run([step for step in steps if not isinstance(step, Renew)])
    got = [alert["value"] for alert in line.reader.alerts]
    assert set(got) == {alert["value"] for alert in line.town.alerts}


@settings(max_examples=150, deadline=None)
@given(_STEPS)
def test_an_outbox_never_passes_its_limit(
    steps: list[Publish | Send | Reconnect | Renew],
) -> None:
    """With little room the size stays within it, and a client not given up sees what is true."""
    line = Line(_limits(hard=4_096))
    line.run(steps)
    if line.client.ending is None:
        for layer in LAYERS:
            assert line.reader.view[CITY, layer] == line.town.view(layer)
        assert line.reader.gaps == []
    else:
        assert len(line.client.outbox) == 0


@settings(max_examples=150, deadline=None)
@given(_STEPS, st.sampled_from([0, 1_000]))
def test_a_box_shows_what_is_in_it(
    steps: list[Publish | Send | Reconnect | Renew], slow_ms: int
) -> None:
    """A watcher of the western half sees all there and all without a place, and every alert."""
    line = Line(_limits(hard=1 << 20, slow_ms=slow_ms), box=WEST)
    line.run(steps)
    for layer in LAYERS:
        here = line.town.items[CITY, layer].values()
        inside = {one.key for one in here if layer == "alerts" or one.lon is None or one.lon <= 0}
        view = line.town.view(layer)
        assert line.reader.view[CITY, layer] == {key: view[key] for key in view if key in inside}
    assert line.reader.gaps == []
