"""Every limit of the WebSocket stream: unit, default, and what happens when it is hit.

`config` fills it from `[stream]`, the docs are generated from it, and `hub`, `session`, `outbox`
and `server` read it. No other number of the stream is set anywhere else.
"""

from typing import Annotated

from msgspec import Meta, Struct


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bounds of the stream; raises `ValueError` when two of them contradict each other."""

    clients_max: Annotated[
        int,
        Meta(ge=1, le=100_000, description="Clients at once. One more is refused with HTTP 503."),
    ] = 2_000
    clients_per_address: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Clients at once from one address. One more is refused with HTTP 429. "
            "Behind a reverse proxy all clients have one address: raise it there.",
        ),
    ] = 200
    hello_timeout_s: Annotated[
        float,
        Meta(gt=0, le=300, description="Seconds to say hello. Closed with 4001 after that."),
    ] = 10.0
    message_in_bytes: Annotated[
        int,
        Meta(ge=256, le=1 << 20, description="Bytes of one message in. Closed with 1009 above."),
    ] = 16_384
    messages_per_s: Annotated[
        float,
        Meta(
            gt=0,
            le=10_000,
            description="Messages in a second, any kind, with a burst of twice as many. Those "
            "above are answered with the error rate_limited and count as bad messages.",
        ),
    ] = 20.0
    bad_messages_max: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            description="Refused messages in one connection. Closed with 1008 at the next.",
        ),
    ] = 50
    commands_per_s: Annotated[
        float,
        Meta(
            gt=0,
            le=1_000,
            description="Commands a second, with a burst of twice as many. Those above are "
            "refused with a result rate_limited.",
        ),
    ] = 5.0
    commands_at_once: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000,
            description="Commands of one client under way. Those above are refused as busy.",
        ),
    ] = 4
    command_timeout_s: Annotated[
        float,
        Meta(gt=0, le=300, description="Seconds a command may take. Answered with timeout then."),
    ] = 10.0
    topics_per_client: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Topics (a layer of a city) one client watches. A subscription beyond is "
            "refused with the error too_many_topics.",
        ),
    ] = 200
    message_out_bytes: Annotated[
        int,
        Meta(
            ge=1_024,
            le=16 << 20,
            description="Bytes of one message out. Larger snapshots come in parts and larger "
            "changes as several deltas (a single item above it goes alone).",
        ),
    ] = 131_072
    write_buffer_bytes: Annotated[
        int,
        Meta(
            ge=1_024,
            le=16 << 20,
            description="Bytes handed to a client's socket and not yet sent, in the program and in "
            "the kernel each, before its writer waits. What comes meanwhile stays in its outbox.",
        ),
    ] = 65_536
    conflate_after_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=60_000,
            description="Milliseconds a message may wait in an outbox. Older, the client counts "
            "as slow: zones, venues, orders and couriers are cut to the latest of each.",
        ),
    ] = 500
    outbox_high_bytes: Annotated[
        int,
        Meta(
            ge=4_096,
            le=1 << 30,
            description="Bytes waiting in one outbox. Above, it is conflated at once and "
            "over_high_s runs.",
        ),
    ] = 1 << 20
    outbox_hard_bytes: Annotated[
        int,
        Meta(
            ge=4_096,
            le=1 << 30,
            description="Bytes waiting in one outbox, never passed. What would pass it, conflated, "
            "closes the client with 4009.",
        ),
    ] = 8 << 20
    over_high_s: Annotated[
        float,
        Meta(
            ge=0,
            le=3_600,
            description="Seconds an outbox may stay above outbox_high_bytes. Closed with 4008.",
        ),
    ] = 20.0
    stall_s: Annotated[
        float,
        Meta(
            gt=0,
            le=3_600,
            description="Seconds one message may wait for the socket. Closed with 4010.",
        ),
    ] = 30.0
    ping_interval_s: Annotated[
        float, Meta(gt=0, le=3_600, description="Seconds between pings to a client.")
    ] = 15.0
    ping_timeout_s: Annotated[
        float,
        Meta(
            gt=0,
            le=3_600,
            description="Seconds to answer a ping; a half-open socket ends here, with 1011.",
        ),
    ] = 15.0
    close_timeout_s: Annotated[
        float,
        Meta(
            gt=0,
            le=300,
            description="Seconds for the closing handshake, at a stop too. The connection is cut "
            "after that.",
        ),
    ] = 3.0
    frames_per_s: Annotated[
        float,
        Meta(
            gt=0,
            le=20,
            description="Frames a second of couriers watched as columns, where something changed.",
        ),
    ] = 4.0
    keyframe_s: Annotated[
        float,
        Meta(
            ge=0,
            le=3_600,
            description="Seconds between two whole frames of couriers watched as columns; those "
            "between them hold what changed.",
        ),
    ] = 10.0
    resume_count: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            description="Deltas kept per topic for clients that come back; the oldest go first. "
            "Who missed more gets a snapshot. Alerts have limits of their own.",
        ),
    ] = 1_000
    resume_s: Annotated[
        float,
        Meta(
            ge=0,
            le=86_400,
            description="Seconds a delta is kept, and a topic is kept going after its last "
            "watcher left.",
        ),
    ] = 120.0
    resume_bytes: Annotated[
        int, Meta(ge=0, le=1 << 30, description="Bytes of deltas kept per topic.")
    ] = 2 << 20
    resume_alerts_count: Annotated[
        int, Meta(ge=0, le=1_000_000, description="Deltas kept per city's alerts.")
    ] = 20_000
    resume_alerts_s: Annotated[
        float, Meta(ge=0, le=604_800, description="Seconds an alert's delta is kept.")
    ] = 3_600.0
    resume_alerts_bytes: Annotated[
        int, Meta(ge=0, le=1 << 30, description="Bytes of deltas kept per city's alerts.")
    ] = 4 << 20

    def __post_init__(self) -> None:
        if self.outbox_high_bytes > self.outbox_hard_bytes:
            raise ValueError("outbox_high_bytes is above outbox_hard_bytes")
        if self.message_out_bytes > self.outbox_hard_bytes:
            raise ValueError("message_out_bytes is above outbox_hard_bytes")
