"""Every event of the contract (section 2) as a typed, frozen struct.

One tagged union, `Event`, is the wire: `type` picks the struct, unknown fields are ignored and
a wrong type, length or range is refused by the decoder with the field's path. What a person does
is an event too and stands in `commands.py`. Decoding itself lives in `ingest/codec.py`.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

# The end of the year 9999 in milliseconds: far enough, and safe in an int64 column.
LAST_TS: Final = 253_402_300_799_999

Id = Annotated[
    str,
    Meta(min_length=1, max_length=128, description="Unique within its city; 1 to 128 characters."),
]
City = Annotated[
    str, Meta(min_length=1, max_length=128, description="The city's slug, such as riga.")
]
Timestamp = Annotated[
    int, Meta(ge=0, le=LAST_TS, description="Milliseconds since the Unix epoch, UTC.")
]
Lat = Annotated[float, Meta(ge=-90, le=90, description="WGS 84 latitude, decimal degrees.")]
Lon = Annotated[float, Meta(ge=-180, le=180, description="WGS 84 longitude, decimal degrees.")]
Text = Annotated[str, Meta(max_length=1000)]
Minutes = Annotated[float, Meta(ge=0, le=1440)]
Network = Annotated[str, Meta(max_length=64, description="The network the device is on.")]

CourierStatus = Literal["idle", "to_venue", "at_venue", "to_customer", "off"]
VenueStatusName = Literal["open", "busy", "paused", "closed"]
Payment = Literal["paid", "unpaid", "cash"]
Problem = Literal["missing_item", "wrong_item", "wrong_order", "damaged", "not_received", "other"]


class Place(Struct, frozen=True, gc=False):
    """A point on the ground."""

    lat: Lat
    lon: Lon


class CourierPosition(Struct, frozen=True, gc=False, tag="courier.position"):
    """Where a courier is; without `status` the last one stays."""

    city: City
    ts: Timestamp
    courier_id: Id
    lat: Lat
    lon: Lon
    status: CourierStatus | None = None
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    network: Network | None = None


class CourierStatusChanged(Struct, frozen=True, gc=False, tag="courier.status"):
    """What a courier is doing."""

    city: City
    ts: Timestamp
    courier_id: Id
    status: CourierStatus
    network: Network | None = None


class CourierPushResponse(Struct, frozen=True, gc=False, tag="courier.push_response"):
    """A courier's answer to a push of ours."""

    city: City
    ts: Timestamp
    courier_id: Id
    push_id: Id
    response: Literal["accepted", "declined"]


class OrderPlaced(Struct, frozen=True, gc=False, tag="order.placed"):
    """A client ordered; `ready_ts` is a first estimate, `client_id` a key account."""

    city: City
    ts: Timestamp
    order_id: Id
    venue_id: Id
    dropoff: Place
    promised_ts: Timestamp
    ready_ts: Timestamp | None = None
    client_id: Id | None = None
    payment: Payment | None = "paid"  # null, like a missing one, means paid


class OrderAccepted(Struct, frozen=True, gc=False, tag="order.accepted"):
    """The venue took the order; `ready_ts` is its promise."""

    city: City
    ts: Timestamp
    order_id: Id
    ready_ts: Timestamp | None = None


class OrderReady(Struct, frozen=True, gc=False, tag="order.ready"):
    """The order can be handed over."""

    city: City
    ts: Timestamp
    order_id: Id


class OrderAssigned(Struct, frozen=True, gc=False, tag="order.assigned"):
    """Dispatch gave the order to a courier."""

    city: City
    ts: Timestamp
    order_id: Id
    courier_id: Id


class OrderUnassigned(Struct, frozen=True, gc=False, tag="order.unassigned"):
    """The order has no courier any more."""

    city: City
    ts: Timestamp
    order_id: Id
    reason: Text | None = None


class OrderPickedUp(Struct, frozen=True, gc=False, tag="order.picked_up"):
    """A courier left the venue with the order."""

    city: City
    ts: Timestamp
    order_id: Id
    courier_id: Id | None = None


class OrderDelivered(Struct, frozen=True, gc=False, tag="order.delivered"):
    """The client has the order."""

    city: City
    ts: Timestamp
    order_id: Id


class OrderCancelled(Struct, frozen=True, gc=False, tag="order.cancelled"):
    """The order will not be delivered."""

    city: City
    ts: Timestamp
    order_id: Id
    reason: Text | None = None


class OrderPayment(Struct, frozen=True, gc=False, tag="order.payment"):
    """How the order stands to its payment."""

    city: City
    ts: Timestamp
    order_id: Id
    payment: Payment


class OrderProblem(Struct, frozen=True, gc=False, tag="order.problem"):
    """The client reports that something is wrong."""

    city: City
    ts: Timestamp
    order_id: Id
    problem: Problem
    note: Text | None = None


class VenueUpdated(Struct, frozen=True, gc=False, tag="venue.updated"):
    """Where a venue is and how long it usually takes; `client_id` a key account."""

    city: City
    ts: Timestamp
    venue_id: Id
    lat: Lat
    lon: Lon
    name: Text | None = None
    prep_minutes: Minutes | None = None
    client_id: Id | None = None


class VenueStatus(Struct, frozen=True, gc=False, tag="venue.status"):
    """Whether a venue takes orders."""

    city: City
    ts: Timestamp
    venue_id: Id
    status: VenueStatusName
    until_ts: Timestamp | None = None
    reason: Text | None = None


class VenueHeartbeat(Struct, frozen=True, gc=False, tag="venue.heartbeat"):
    """The venue's tablet answers."""

    city: City
    ts: Timestamp
    venue_id: Id
    network: Network | None = None


class CityWeather(Struct, frozen=True, gc=False, tag="city.weather"):
    """The weather over a city."""

    city: City
    ts: Timestamp
    precipitation_mm_h: float | None = None
    wind_mps: float | None = None
    temperature_c: float | None = None


CourierEvent = CourierPosition | CourierStatusChanged | CourierPushResponse
OrderEvent = (
    OrderPlaced
    | OrderAccepted
    | OrderReady
    | OrderAssigned
    | OrderUnassigned
    | OrderPickedUp
    | OrderDelivered
    | OrderCancelled
    | OrderPayment
    | OrderProblem
)
VenueEvent = VenueUpdated | VenueStatus | VenueHeartbeat
Event = CourierEvent | OrderEvent | VenueEvent | CityWeather

# The streams of a city, as in the MQTT topics; index = the number used in columns.
STREAMS: Final = ("couriers", "orders", "venues", "city")
