"""Metrics for Prometheus: a registry of our own, the step's histograms, figures read at a scrape.

Counting stays where the counted things happen, as plain numbers; a source of `Reading`s is asked
for them when somebody scrapes, so that no event pays for its metrics. Which readings there are
stands in `api/readings.py`. The only file that knows `prometheus_client`.
"""

import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    exposition,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

STEP_SECONDS: Final = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
)
LAG_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
STEP_EVENTS: Final = (1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000, 20_000)


class Reading(Struct, frozen=True):
    """One metric as it stands: `samples` are pairs of label values and the figure.

    A counter's name is without `_total`.
    """

    kind: Literal["counter", "gauge"]
    name: str
    help: str
    labels: tuple[str, ...]
    samples: Sequence[tuple[tuple[str, ...], float]]


Readings = Callable[[], Iterable[Reading]]


class Telemetry:
    """What `/metrics` shows: the process, the build, the step, and all sources added."""

    def __init__(self, version: str = "") -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._step_seconds = Histogram(
            "citywatch_step_duration_seconds",
            "Time that one step of the engine took.",
            registry=self._registry,
            buckets=STEP_SECONDS,
        )
        self._step_events = Histogram(
            "citywatch_step_events",
            "Events that one step of the engine took.",
            registry=self._registry,
            buckets=STEP_EVENTS,
        )
        self._lag = Histogram(
            "citywatch_loop_lag_seconds",
            "How late the event loop woke, looked at 20 times a second.",
            registry=self._registry,
            buckets=LAG_SECONDS,
        )
        build = Info("citywatch_build", "What is running.", registry=self._registry)
        build.info({"version": version, "python": platform.python_version()})

    def saw_step(self, seconds: float, events: int) -> None:
        """Count one step: the engine's `on_step`."""
        self._step_seconds.observe(seconds)
        self._step_events.observe(events)

    def saw_lag(self, seconds: float) -> None:
        """The event loop woke so late: heard from `Stalls`."""
        self._lag.observe(seconds)

    def add(self, readings: Readings) -> None:
        """Ask `readings` at every scrape; raises ValueError where a name is taken already."""
        self._registry.register(_Live(readings))

    def render(self, accept: str) -> tuple[bytes, str]:
        """All metrics in the format that an Accept header prefers, and its content type."""
        encode, content_type = exposition.choose_encoder(accept)
        return encode(self._registry), content_type


class _Live(Collector):
    """Turns readings into metrics when asked."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        for reading in self._readings():
            family = CounterMetricFamily if reading.kind == "counter" else GaugeMetricFamily
            metric = family(reading.name, reading.help, labels=reading.labels)
            for labels, figure in reading.samples:
                metric.add_metric(labels, figure)
            yield metric
