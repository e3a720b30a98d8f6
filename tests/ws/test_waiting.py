"""What waits for one client, at the bounds: frames, sizes, pieces of a change, boxes, histories."""

from tests.support.frame_town import CITY
from tests.ws.town import item
from ws.delta import Delta, Topic, gone_bytes, pieces
from ws.history import bounds_of
from ws.limits import Limits
from ws.outbox import Binary, Outbox
from ws.reasons import CloseReason
from ws.session import Session
from ws.stats import Stats
from ws.topics import Box, Subscription

COURIERS = Topic(CITY, "couriers")
ZONES = Topic(CITY, "zones")


def test_a_keyframe_takes_the_place_of_all_that_wait_of_its_topic() -> None:
    """Of two deltas and a keyframe of one topic, and a delta of another, two frames are sent."""
    outbox, other = Outbox(Limits()), Topic("oslo", "couriers")
    for number in (b"1", b"2"):
        outbox.put_frame(COURIERS, Binary(number), 0.0, whole=False)
    outbox.put_frame(other, Binary(b"theirs"), 0.0, whole=False)
    assert outbox.put_frame(COURIERS, Binary(b"whole"), 0.0, whole=True)
    taken = [outbox.take(0.0) for _ in range(3)]
    assert taken == [b"theirs", b"whole", None]
    assert outbox.skipped == 2


def test_frames_that_go_do_not_excuse_what_stays_above_the_high_mark() -> None:
    """The time above it runs on while other messages alone are above it."""
    limits = Limits(
        message_out_bytes=1_024,
        outbox_high_bytes=4_096,
        outbox_hard_bytes=20_000,
        over_high_s=10,
    )
    outbox = Outbox(limits)
    outbox.put_frame(COURIERS, Binary(b"f" * 100), 0.0, whole=True)
    outbox.put(b"x" * 5_000, 0.0)
    assert not outbox.put_frame(COURIERS, Binary(b"g" * 100), 9.0, whole=False)
    assert outbox.judge(10.5) is CloseReason.TOO_SLOW


def test_whoever_gets_all_of_a_delta_is_sent_the_bytes_that_all_share() -> None:
    """The very object, not one that is equal to it."""
    delta = Delta(ZONES, 2, 1, 0, (item("zones", "a", 1),), ("b",))
    outbox = Outbox(Limits())
    outbox.put_delta(delta, delta.items, delta.gone, 0.0)
    assert outbox.take(0.0) is delta.wire


def test_what_is_gone_counts_at_its_size_in_a_cut_delta() -> None:
    """A cut delta is never counted smaller than it is on the wire."""
    gone = tuple(f"courier-{n}-ü" for n in range(50))
    delta = Delta(COURIERS, 2, 1, 0, (item("couriers", "a", 1),), (*gone, "z"))
    outbox = Outbox(Limits())
    outbox.put_delta(delta, (), gone, 0.0)
    size, wire = outbox.size, outbox.take(0.0)
    assert wire is not None
    assert len(wire) <= size


def test_a_change_in_which_many_go_comes_in_pieces() -> None:
    """No piece of what goes is above the limit, and all of it comes in its order."""
    gone, limit = [f"{n:0128}" for n in range(100)], 4_096
    found = list(pieces((), gone, limit))
    assert [key for _, piece in found for key in piece] == gone
    assert all(0 < gone_bytes(piece) <= limit for _, piece in found)


def test_the_history_of_alerts_has_bounds_of_its_own() -> None:
    """Number, bytes and seconds, each from its own limit."""
    limits = Limits(
        resume_count=1,
        resume_bytes=2_000,
        resume_s=3,
        resume_alerts_count=4,
        resume_alerts_bytes=5_000,
        resume_alerts_s=6,
    )
    told = [bounds_of(layer, limits) for layer in ("zones", "alerts")]
    assert [(each.count, each.bytes, each.seconds) for each in told] == [
        (1, 2_000, 3),
        (4, 5_000, 6),
    ]


def test_the_edge_of_a_box_is_in_it() -> None:
    """On the west and the east side, over the date line too, and in a box of no width."""
    places = [item("couriers", str(lon), 1, lon) for lon in (-170.0, -169.0, 0.0, 169.0, 170.0)]
    for west, east, inside in (
        (170, -170, ["-170.0", "170.0"]),
        (-169, 169, ["-169.0", "0.0", "169.0"]),
        (0, 0, ["0.0"]),
    ):
        box = Box(west=west, south=0, east=east, north=0)
        watch = Subscription("w", COURIERS, box)
        assert [kept.key for kept in watch.begin(places)] == inside


def test_messages_come_in_bursts_of_two_seconds_worth() -> None:
    """At ten a second twenty at once are taken, and ten more a second later."""
    session = Session(
        Limits(messages_per_s=10, bad_messages_max=1_000), Stats(), lambda token: None, list
    )
    ping = '{"type":"ping"}'

    def taken(now_s: float) -> int:
        answers = [session.receive(ping, now_s, 0)[0] for _ in range(50)]
        return sum("Pong" in repr(answer) for answer in answers)

    assert (taken(0.0), taken(1.0)) == (20, 10)
