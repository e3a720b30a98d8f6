"""A city as a whole as others see it: its figures over all zones, its streams, weather and alerts.

Reads the state, changes nothing. Called by the API.
"""

import numpy as np

from monitor.core.city import City
from monitor.core.judging.city import silent_streams
from monitor.core.tables.columns import NOWHERE
from monitor.core.tables.table import NEVER
from monitor.core.views.rows import column_at, late_mask, silent_mask
from monitor.core.views.structs import CityView, StreamView, WeatherView


def city_view(city: City, now_ms: int) -> CityView:
    """The city at `now_ms`: a few passes over its columns, and one over its living alerts."""
    c, o, v, balance = city.couriers, city.orders, city.venues, city.balance
    couriers, orders = c.live_rows(), o.live_rows()
    venue = o.venue[orders]
    placed_somewhere = ~np.isnan(column_at(v.lon, venue))
    outside = o.in_open[orders] & (o.in_zone[orders] < 0) & placed_somewhere
    return CityView(
        city=city.plan.slug,
        name=city.plan.name or city.plan.slug,
        timezone=str(city.plan.rulebook.tz),
        zones=len(city.plan.zones),
        couriers=len(c),
        idle=int(balance.idle.sum()),
        busy=int(balance.busy.sum()),
        silent=int(silent_mask(city, couriers, now_ms).sum()),
        orders=len(o),
        open=int(balance.open.sum()),
        waiting=int(balance.waiting.sum()),
        late=int(late_mask(city, orders, now_ms).sum()),
        venues=len(v),
        outside_couriers=int(((c.kind[couriers] != NOWHERE) & (c.zone[couriers] < 0)).sum()),
        outside_orders=int(outside.sum()),
        streams=stream_views(city, now_ms),
        weather=_weather(city),
        alerts=alert_counts(city),
        ts=now_ms,
    )


def stream_views(city: City, now_ms: int) -> dict[str, StreamView]:
    """How each stream of the city stands, by name."""
    silent = silent_streams(city)
    return {
        name: StreamView(
            last_ts=None if stream.last_ts == NEVER else stream.last_ts,
            age_s=None if stream.last_ts == NEVER else max(now_ms - stream.last_ts, 0) / 1000,
            total=stream.total,
            silent=name in silent,
        )
        for name, stream in city.streams.items()
    }


def alert_counts(city: City) -> dict[str, dict[str, int]]:
    """How many living alerts there are, by state, then severity; what is none is left out."""
    counts: dict[str, dict[str, int]] = {}
    for track in city.book.tracks.values():
        if track.alert is not None:
            of_state = counts.setdefault(track.alert.state, {})
            of_state[track.alert.severity] = of_state.get(track.alert.severity, 0) + 1
    return counts


def _weather(city: City) -> WeatherView | None:
    told = city.weather
    if told is None:
        return None
    return WeatherView(
        ts=told.ts,
        precipitation_mm_h=told.precipitation_mm_h,
        wind_mps=told.wind_mps,
        temperature_c=told.temperature_c,
    )
