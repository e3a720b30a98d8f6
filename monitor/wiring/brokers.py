"""From the settings of sources to what the transports are told. Used by `app` and by drills."""

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Final

from config.edges import BrokerSettings, FileSource, MqttSource
from config.load import Loaded
from monitor.durable.recorder import Recorder
from monitor.ingest.codec import Limits
from monitor.transports.follow import FollowedFile, FollowOptions
from monitor.transports.follow_file import READ_BYTES
from monitor.transports.mqtt import MqttOptions

# Lines are bounded where the file is read: however many are bad, the good beside them are taken.
LINES: Final = Limits(max_payload_bytes=READ_BYTES, max_events=READ_BYTES)


def own_client(host: str, port: int, broker: BrokerSettings) -> MqttOptions:
    """A client of the embedded broker."""
    return MqttOptions(
        host="127.0.0.1" if host in ("", "0.0.0.0") else host,
        port=port,
        protocol=4,
        # Nobody else's: on a broker in memory there is no session to come back to.
        client_id=f"citywatch-monitor-{secrets.token_hex(8)}",
        session_expiry_s=0,
        username=broker.username,
        password=None if broker.password is None else broker.password.reveal(),
    )


def options_of(source: MqttSource, loaded: Loaded) -> MqttOptions:
    """A client of a configured broker."""

    def path(name: str | None) -> str | None:
        return None if name is None else str(loaded.resolve(name))

    return MqttOptions(
        host=source.host,
        port=source.port,
        tls=source.tls,
        ca_file=path(source.ca_file),
        cert_file=path(source.cert_file),
        key_file=path(source.key_file),
        username=source.username,
        password=None if source.password is None else source.password.reveal(),
        client_id=source.client_id,
        session_expiry_s=source.session_expiry_s,
        protocol={"auto": "auto", "3.1.1": 4, "5": 5}[source.protocol],  # type: ignore[arg-type]
        prefix=source.prefix,
        max_payload_bytes=source.max_payload_bytes,
    )


def followed(
    name: str,
    source: FileSource,
    loaded: Loaded,
    places: Mapping[str, str],
    recorder: Recorder,
) -> FollowedFile:
    """A file that is followed, from where the last life stood in it."""
    options = FollowOptions(loaded.resolve(source.path), source.from_)
    return FollowedFile(options, name, places.get(name), partial(recorder.place, name))
