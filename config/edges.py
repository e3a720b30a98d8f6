"""The settings of the ways in and out: MQTT sources, HTTP, the stream, the embedded broker, tokens.

Structs only; read by `reader`, checked against each other by `checks`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from config.fields import Bytes, FilePath, Host, Name, Port, Sha256, Slug, TopicPrefix
from config.secret import Secret

Protocol = Literal["auto", "3.1.1", "5"]
Beginning = Literal["start", "end"]
Role = Literal["viewer", "watcher", "lead", "admin"]


class MqttSource(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="mqtt"
):
    """Events from an MQTT broker; the session persists, so nothing is lost while we restart."""

    host: Annotated[Host, Meta(description="Name or address of the broker.")]
    port: Annotated[
        int, Meta(ge=1, le=65_535, description="Port of the broker; with TLS usually 8883.")
    ] = 1883
    tls: Annotated[bool, Meta(description="Whether the connection is encrypted.")] = False
    ca_file: Annotated[
        FilePath | None,
        Meta(description="Certificates (PEM) to trust; else those of the system."),
    ] = None
    cert_file: Annotated[FilePath | None, Meta(description="Our own certificate (PEM).")] = None
    key_file: Annotated[FilePath | None, Meta(description="The key of `cert_file` (PEM).")] = None
    username: Annotated[Name | None, Meta(description="Name to sign in with.")] = None
    password: Annotated[Secret | None, Meta(description="Password to sign in with.")] = None
    client_id: Annotated[
        Name,
        Meta(description="Names our session at the broker; no two clients of one may share it."),
    ] = "citywatch"
    session_expiry_s: Annotated[
        int,
        Meta(ge=0, le=31_536_000, description="Seconds the broker keeps events while we are away."),
    ] = 86_400
    protocol: Annotated[Protocol, Meta(description="MQTT version; `auto` tries 5, then 3.1.1.")] = (
        "auto"
    )
    prefix: Annotated[
        TopicPrefix, Meta(description="Events come on `PREFIX/{city}/{stream}/{entity_id}`.")
    ] = "citywatch/v1"
    max_payload_bytes: Annotated[
        Bytes, Meta(description="A bigger message is dropped, and counted in the metrics.")
    ] = 1_048_576


class FileSource(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="file",
    rename={"from_": "from"},
):
    """Events from a file of JSON lines, followed as it grows and when it is rotated away.

    How far it was read is kept in the store: a restart goes on from there.
    """

    path: Annotated[
        FilePath,
        Meta(description="The file, relative to the configuration file; it may come later."),
    ]
    from_: Annotated[
        Beginning,
        Meta(description="Where to begin the first time, in a file that is there already."),
    ] = "start"


SourceSettings = MqttSource | FileSource


class HttpLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What clients may send to `POST /v1/events`."""

    body_bytes: Annotated[Bytes, Meta(description="Bytes of one request as sent; beyond: 413.")] = (
        8_388_608
    )
    inflated_bytes: Annotated[
        Bytes, Meta(description="Bytes of one request once inflated; beyond: 413.")
    ] = 67_108_864
    held_bytes: Annotated[
        Bytes,
        Meta(description="Bytes of all requests that are read or wait at once; beyond: 503."),
    ] = 268_435_456
    events_per_request: Annotated[
        int, Meta(ge=1, le=10_000_000, description="Events in one request; beyond: 413.")
    ] = 100_000
    events_per_s: Annotated[
        float,
        Meta(
            gt=0, le=10_000_000, description="Events a second and client, on average; beyond: 429."
        ),
    ] = 20_000
    burst_events: Annotated[
        float,
        Meta(
            ge=1,
            le=100_000_000,
            description="Events that a client that was quiet may send at once.",
        ),
    ] = 200_000


class HttpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The API, `POST /v1/events` and `/metrics`; always there."""

    host: Annotated[Host, Meta(description="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port to listen on; 0 for any free one.")] = 8080
    limits: Annotated[HttpLimits, Meta(description="What one client may ask.")] = HttpLimits()
    zone_metrics: Annotated[
        bool, Meta(description="Figures of every zone in /metrics: a series a zone and figure.")
    ] = False


class BrokerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The embedded MQTT broker, for a demo or a small installation; events on it are taken in."""

    enabled: Annotated[bool, Meta(description="Whether it runs.")] = False
    host: Annotated[Host, Meta(description="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port to listen on; 0 for any free one.")] = 1883
    username: Annotated[
        Name | None, Meta(description="Name that every client must give; else none is asked.")
    ] = None
    password: Annotated[Secret | None, Meta(description="Password that goes with `username`.")] = (
        None
    )


class TokenSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may use the API and the stream. Either `token` or `token_sha256` is set."""

    token: Annotated[Secret | None, Meta(description="The token itself.")] = None
    token_sha256: Annotated[
        Sha256 | None, Meta(description="SHA-256 of the token, so that the file holds no secret.")
    ] = None
    role: Annotated[Role, Meta(description="What its bearer may do.")] = "viewer"
    cities: Annotated[
        tuple[Slug, ...], Meta(description="The only cities he may see; empty for all.")
    ] = ()
