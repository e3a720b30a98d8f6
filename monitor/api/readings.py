"""What `/metrics` tells of each part of the monitor, read from live counters at a scrape.

One function a part; `build_api` adds those of the state, the composition root the others. Names
follow Prometheus' conventions: base units, counters without `_total`, which the exposition adds.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from alerts.action import KINDS
from monitor.api.alerts import is_muted
from monitor.core.city import City
from monitor.core.state import State
from monitor.core.views.city import city_view
from monitor.core.views.effects import effects_view
from monitor.core.views.structs import CityView
from monitor.core.views.zones import zone_views
from monitor.ingest.dead_letters import DeadLetters
from monitor.ingest.feed import FeedCounts
from monitor.ingest.inbox import Inbox
from monitor.runtime.stalls import Stalls
from monitor.runtime.telemetry import Reading
from ws.stats import Stats

K = TypeVar("K", bound=str | tuple[str, ...])  # the value of the one label, or of all of them


class BrokerState(Protocol):
    """What is read of a connection to a broker."""

    @property
    def connected(self) -> bool: ...
    @property
    def reconnects(self) -> int: ...
    @property
    def messages(self) -> int: ...
    @property
    def oversized(self) -> int: ...


class FileState(Protocol):
    """What is read of a file that is followed."""

    @property
    def connected(self) -> bool: ...
    @property
    def lag_bytes(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def opened(self) -> int: ...


def state_readings(state: State, now_ms: int) -> Iterator[Reading]:
    """Events taken, how far the streams are behind, the figures of each city, its alerts."""
    yield counter("events", "Events taken, by type.", ("type",), state.by_type)
    yield counter(
        "event_results",
        "Events taken, by what came of them; an orphan is applied or stale besides.",
        ("result",),
        state.tally.as_dict(),
    )
    cities = list(state.cities.values())
    views = [city_view(city, now_ms) for city in cities]
    yield from _streams(views)
    yield gauge(
        "city_couriers",
        "Couriers, by how they count; silent ones are not off and past their age.",
        ("city", "count"),
        {(v.city, name): getattr(v, name) for v in views for name in ("idle", "busy", "silent")},
    )
    yield gauge(
        "city_orders",
        "Orders, by how they count: open ones, of these waiting, and late ones.",
        ("city", "count"),
        {(v.city, name): getattr(v, name) for v in views for name in ("open", "waiting", "late")},
    )
    yield gauge(
        "city_outside",
        "What has a known place that no zone covers.",
        ("city", "kind"),
        {
            (v.city, kind): count
            for v in views
            for kind, count in (("couriers", v.outside_couriers), ("orders", v.outside_orders))
        },
    )
    yield from _alerts(cities)


def _streams(views: list[CityView]) -> Iterator[Reading]:
    streams = {(v.city, name): stream for v in views for name, stream in v.streams.items()}
    yield counter(
        "stream_events",
        "Events taken, by city and stream.",
        ("city", "stream"),
        {key: stream.total for key, stream in streams.items()},
    )
    yield gauge(
        "stream_lag_seconds",
        "Now minus the newest event's time; none before the first event.",
        ("city", "stream"),
        {key: stream.age_s for key, stream in streams.items() if stream.age_s is not None},
    )
    yield gauge(
        "stream_silent",
        "Whether the stream's alert of silence is firing.",
        ("city", "stream"),
        {key: stream.silent for key, stream in streams.items()},
    )


def _alerts(cities: list[City]) -> Iterator[Reading]:
    living: dict[tuple[str, ...], int] = {}
    muted = {city.plan.slug: 0 for city in cities}
    for city in cities:
        for track in city.book.tracks.values():
            if (alert := track.alert) is not None:
                key = (alert.city, alert.rule, alert.state, alert.severity)
                living[key] = living.get(key, 0) + 1
                muted[alert.city] += is_muted(alert)
    yield gauge("alerts", "Living alerts.", ("city", "rule", "state", "severity"), living)
    yield gauge("alerts_muted", "Living alerts silenced or inhibited.", ("city",), muted)
    yield counter(
        "alerts_fired",
        "Alerts that fired, by rule.",
        ("city", "rule"),
        {(c.plan.slug, rule): count for c in cities for rule, count in c.book.fired.items()},
    )
    yield counter(
        "alerts_suppressed",
        "Alerts that fired without being told, by why.",
        ("city", "reason"),
        {(c.plan.slug, why): count for c in cities for why, count in c.book.suppressed.items()},
    )


def action_readings(state: State, now_ms: int) -> Iterator[Reading]:
    """Actions of each city: where they stand, what hinders them, what pushes came to."""
    effects = {slug: effects_view(city, now_ms) for slug, city in state.cities.items()}
    kinds = [(slug, kind, of) for slug, view in effects.items() for kind, of in view.kinds.items()]
    yield gauge(
        "actions",
        "Living actions.",
        ("city", "kind", "state"),
        {(slug, kind, state): n for slug, kind, of in kinds for state, n in of.living.items()},
    )
    yield counter(
        "action_states",
        "Actions that came to a state.",
        ("city", "kind", "state"),
        {(slug, kind, state): n for slug, kind, of in kinds for state, n in of.came_to.items()},
    )
    yield counter(
        "actions_hindered",
        "Actions not taken, by reason.",
        ("city", "reason"),
        {(slug, why): n for slug, view in effects.items() for why, n in view.hindered.items()},
    )
    yield gauge(
        "actions_switched_off",
        "Whether somebody has switched a kind of action off.",
        ("city", "kind"),
        {
            (slug, kind): kind in city.desk.actions.switches
            for slug, city in state.cities.items()
            for kind in (*KINDS, "all")
        },
    )
    yield counter(
        "pushes",
        "Couriers whom campaigns chose, by what came of it.",
        ("city", "count"),
        {
            (slug, name): count
            for slug, city in state.cities.items()
            for name, count in city.desk.push_counts.items()
        },
    )
    yield gauge(
        "push_acceptance_ratio",
        "The share of pushes accepted that plans go by.",
        ("city",),
        {slug: view.acceptance for slug, view in effects.items()},
    )
    yield gauge(
        "push_recovery_seconds",
        "Mean time from a push to the end of the shortage; none before the first.",
        ("city",),
        {slug: v.recovery_s for slug, v in effects.items() if v.recovery_s is not None},
    )


def zone_readings(state: State, now_ms: int) -> Iterator[Reading]:
    """Figures of every zone: many series, hence only where asked for."""
    views = {
        (slug, view.zone_id): view
        for slug, city in state.cities.items()
        for view in zone_views(city, now_ms)
    }
    for name, words in (
        ("idle", "Idle couriers."),
        ("busy", "Busy couriers."),
        ("open", "Open orders."),
        ("waiting", "Open orders without a courier."),
        ("ratio", "Open orders for each courier on shift."),
    ):
        figures = {key: getattr(view, name) for key, view in views.items()}
        yield gauge(f"zone_{name}", words, ("city", "zone"), figures)
    waits = {key: view.oldest_wait_s for key, view in views.items()}
    yield gauge("zone_oldest_wait_seconds", "The oldest wait.", ("city", "zone"), waits)


def rejected_readings(letters: DeadLetters) -> Iterator[Reading]:
    """Events refused."""
    yield counter(
        "events_rejected",
        "Events refused, by source and reason.",
        ("source", "reason"),
        {(source, str(why)): count for (source, why), count in letters.counts_by_source.items()},
    )


def inbox_readings(inbox: Inbox) -> Iterator[Reading]:
    """What waits between the sources and the engine."""
    counts = inbox.counts
    yield gauge("inbox_events", "Events that wait for the engine.", (), {(): inbox.depth})
    yield gauge("inbox_capacity_events", "Events that may wait.", (), {(): inbox.capacity})
    yield counter("inbox_put_events", "Events put in.", (), {(): counts.put})
    yield counter(
        "inbox_conflated_events",
        "Positions let go for a newer one while behind.",
        (),
        {(): counts.conflated},
    )
    yield counter("inbox_full_waits", "Times a source had to wait.", (), {(): counts.waits})


def stall_readings(stalls: Stalls, now_s: float) -> Iterator[Reading]:
    """What held the event loop up, at a time of its clock."""
    yield gauge(
        "loop_lag_longest_seconds",
        "How late the event loop woke at worst, in the last one to two minutes.",
        (),
        {(): stalls.lag.read(now_s)},
    )
    yield counter(
        "gc_pause_seconds",
        "Time that collections of garbage took, all together.",
        ("generation",),
        {str(n): total_s for n, total_s in enumerate(stalls.pause_s)},
    )
    yield gauge(
        "gc_pause_longest_seconds",
        "The longest collection of garbage in the last one to two minutes.",
        ("generation",),
        {str(n): longest.read(now_s) for n, longest in enumerate(stalls.pauses)},
    )


def feed_readings(feeds: Mapping[str, FeedCounts]) -> Iterator[Reading]:
    """What came in, by source."""
    for name, words in (
        ("payloads", "Payloads that came in."),
        ("bytes", "Bytes that came in, inflated."),
    ):
        counts = {(source,): getattr(feed, name) for source, feed in feeds.items()}
        yield counter(f"source_{name}", words, ("source",), counts)


def mqtt_readings(brokers: Mapping[str, BrokerState]) -> Iterator[Reading]:
    """How each connection to a broker stands."""
    by_source = {(source,): broker for source, broker in brokers.items()}
    connected = {source: broker.connected for source, broker in by_source.items()}
    yield gauge("mqtt_connected", "Whether the broker is connected.", ("source",), connected)
    for name, words in (
        ("reconnects", "Connections after the first."),
        ("messages", "Messages that came in."),
        ("oversized", "Messages dropped for their size."),
    ):
        counts = {source: getattr(broker, name) for source, broker in by_source.items()}
        yield counter(f"mqtt_{name}", words, ("source",), counts)


def file_readings(files: Mapping[str, FileState]) -> Iterator[Reading]:
    """How each file that is followed stands."""
    by_source = {(source,): file for source, file in files.items()}
    is_open = {source: file.connected for source, file in by_source.items()}
    yield gauge("file_open", "Whether the file is open.", ("source",), is_open)
    lag = {source: file.lag_bytes for source, file in by_source.items()}
    yield gauge("file_lag_bytes", "Bytes of the open file to be taken.", ("source",), lag)
    for name, words in (
        ("bytes", "Bytes taken, in whole lines."),
        ("opened", "Files opened: the first, and one after each rotation or cut."),
    ):
        counts = {source: getattr(file, name) for source, file in by_source.items()}
        yield counter(f"file_{name}", words, ("source",), counts)


def stream_readings(stats: Stats) -> Iterator[Reading]:
    """The WebSocket stream: its watchers and what they are sent."""
    yield gauge("ws_clients", "Watchers connected.", (), {(): stats.clients})
    for name, words, count in (
        ("connections", "Connections.", stats.connections),
        ("deltas", "Deltas published.", stats.deltas),
        ("sent_bytes", "Bytes sent.", stats.bytes_out),
        ("conflated", "Updates merged for slow watchers.", stats.conflated),
        ("frames", "Frames of couriers as columns, each counted once.", stats.frames),
        ("frames_skipped", "Frames that slow watchers were not sent.", stats.frames_skipped),
    ):
        yield counter(f"ws_{name}", words, (), {(): count})
    directions = {"in": stats.messages_in, "out": stats.messages_out}
    yield counter("ws_messages", "Messages, by direction.", ("direction",), directions)
    for name, words, label, counts in (
        ("closed", "Connections ended, by why.", "reason", stats.closed),
        ("refused", "Connections refused, by why.", "reason", stats.refused),
        ("errors", "Messages refused, by why.", "code", stats.errors),
        ("commands", "Commands, by what came of them.", "code", stats.commands),
        ("resumes", "Subscriptions, by what they began with.", "outcome", stats.resumes),
    ):
        yield counter(f"ws_{name}", words, (label,), counts)


def counter(name: str, words: str, labels: tuple[str, ...], figures: Mapping[K, float]) -> Reading:
    """A counter of ours with its samples, by the values of its labels."""
    return Reading("counter", f"citywatch_{name}", words, labels, _samples(figures))


def gauge(name: str, words: str, labels: tuple[str, ...], figures: Mapping[K, float]) -> Reading:
    """A gauge of ours with its samples, by the values of its labels."""
    return Reading("gauge", f"citywatch_{name}", words, labels, _samples(figures))


def _samples(figures: Mapping[K, float]) -> list[tuple[tuple[str, ...], float]]:
    return [
        ((key,) if isinstance(key, str) else key, float(figure)) for key, figure in figures.items()
    ]
