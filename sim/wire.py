"""Events as the bytes of the contract: one JSON object, optional fields that are absent left out.

Used by `mdrp` for files and by `publish` for messages.
"""

from typing import Final

import msgspec

from monitor.core.events import CourierEvent, Event, OrderEvent, VenueEvent

_ENCODER: Final = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """One event as one line of JSON, without a newline."""
    line = _ENCODER.encode(event)
    # Rare for positions, which carry all their fields: only then is a dictionary worth it.
    if b":null" in line:
        fields = msgspec.structs.asdict(event)
        present = {name: value for name, value in fields.items() if value is not None}
        line = _ENCODER.encode({"type": type(event).__struct_config__.tag, **present})
    return line


def stream_and_entity(event: Event) -> tuple[str, str]:
    """The contract's stream of the event and the id it is about, as in the MQTT topics."""
    if isinstance(event, CourierEvent):
        return "couriers", event.courier_id
    if isinstance(event, OrderEvent):
        return "orders", event.order_id
    if isinstance(event, VenueEvent):
        return "venues", event.venue_id
    return "city", event.city
