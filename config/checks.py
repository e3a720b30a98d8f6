"""What must hold between the settings of servers, sources, tokens and the engine.

Cities and profiles are checked by `cities`, the rules by `rulebooks`.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from config.city import CitySettings
from config.edges import FileSource, MqttSource, SourceSettings, TokenSettings
from config.faults import Key, nearest
from config.findings import Findings
from config.packed import HEAD_BYTES, refusal
from config.schema import Settings
from config.targets import MqttTargetSettings

ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})
TOKEN_MIN_LENGTH: Final = 16  # shorter ones can be guessed over the network


def check(settings: Settings, base: Path, findings: Findings) -> None:
    """All checks of this file. `base` is the folder that paths are relative to."""
    _engine(settings, findings)
    _bodies(settings, findings)
    _ports(settings, findings)
    _exposure(settings, findings)
    _broker(settings, findings)
    for name, source in settings.sources.items():
        if isinstance(source, MqttSource):
            _mqtt(source, ("sources", name), base, findings)
        else:
            _file(source, ("sources", name, "path"), base, findings)
    _sessions(settings.sources, findings)
    _followed_once(settings.sources, base, findings)
    _targets(settings, findings)
    _basemap(settings.map.basemap_pmtiles, base, findings)
    for name, token in settings.tokens.items():
        _token(token, ("tokens", name), settings.cities, findings)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _engine(settings: Settings, findings: Findings) -> None:
    inbox: Key = ("engine", "inbox_max_events")
    batch: Key = ("engine", "batch_max_events")
    engine = settings.engine
    if findings.sound(inbox, batch) and engine.batch_max_events > engine.inbox_max_events:
        findings.fault(batch, f"is above inbox_max_events ({engine.inbox_max_events})")
    longest = max((city.courier_stale_s for city in settings.cities.values()), default=0)
    if settings.retention.courier_s < longest:
        findings.fault(
            ("retention", "courier_s"), f"is below a city's courier_stale_s ({longest:g})"
        )


def _bodies(settings: Settings, findings: Findings) -> None:
    one: Key = ("http", "limits", "inflated_bytes")
    together: Key = ("http", "limits", "held_bytes")
    limits = settings.http.limits
    if findings.sound(one, together) and limits.inflated_bytes > limits.held_bytes:
        findings.fault(together, f"is below inflated_bytes, that of one ({limits.inflated_bytes})")


def _servers(settings: Settings) -> list[tuple[str, str, int]]:
    found = [
        ("http", settings.http.host, settings.http.port),
        ("stream", settings.stream.host, settings.stream.port),
    ]
    if settings.broker.enabled:
        found.append(("broker", settings.broker.host, settings.broker.port))
    return found


def _ports(settings: Settings, findings: Findings) -> None:
    """No two of our servers on one port, unless on different addresses."""
    servers = _servers(settings)
    for index, (table, host, port) in enumerate(servers):
        for other, other_host, other_port in servers[:index]:
            same_host = host == other_host or bool({host, other_host} & ANY_ADDRESS)
            keys: tuple[Key, Key] = ((table, "port"), (other, "port"))
            if port == other_port != 0 and same_host and findings.sound(*keys):
                findings.fault((table, "port"), f"{port} is the port of [{other}] as well")


def _exposure(settings: Settings, findings: Findings) -> None:
    for table, host, _ in _servers(settings):
        if is_loopback(host):
            continue
        if table == "broker":
            if settings.broker.username is None:
                findings.warn(
                    ("broker", "host"), f"{host} is reached from outside, and no username is asked"
                )
        elif not settings.tokens:
            findings.warn(
                (table, "host"), f"{host} is reached from outside, and no [tokens] are asked"
            )


def _broker(settings: Settings, findings: Findings) -> None:
    broker = settings.broker
    if (broker.username is None) != (broker.password is None):
        findings.fault(("broker",), "username and password go together")


def _mqtt(source: MqttSource, key: Key, base: Path, findings: Findings) -> None:
    if (source.cert_file is None) != (source.key_file is None):
        findings.fault(key, "cert_file and key_file go together")
    for name in ("ca_file", "cert_file", "key_file"):
        path = getattr(source, name)
        if path is None:
            continue
        if not source.tls:
            findings.warn((*key, name), "has no effect without tls = true")
        if not (base / path).is_file():
            findings.fault((*key, name), f"no such file: {base / path}")
    if source.password is not None and source.username is None:
        findings.fault((*key, "password"), "needs a username")
    if source.password is not None and not source.tls and not is_loopback(source.host):
        findings.warn((*key, "password"), "travels unencrypted: tls is off")


def _file(source: FileSource, key: Key, base: Path, findings: Findings) -> None:
    """A file that may be missing still, but can be followed once it is there."""
    path = base / source.path
    head = b""
    try:
        if path.exists() and not path.is_file():
            raise ValueError("it is no regular file")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        findings.warn(key, f"no such file yet, it is waited for: {path}")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        findings.fault(key, f"{path} cannot be read: {why or error}")
    if (words := refusal(source.path, head)) is not None:
        findings.fault(key, words)


def _followed_once(sources: Mapping[str, SourceSettings], base: Path, findings: Findings) -> None:
    """No two sources follow one file: each event would come twice."""
    seen: dict[Path, str] = {}
    for name, source in sources.items():
        if not isinstance(source, FileSource) or not findings.sound(("sources", name, "path")):
            continue
        path = (base / source.path).absolute()
        if path in seen:
            findings.fault(("sources", name, "path"), f"[sources.{seen[path]}] follows it already")
        seen.setdefault(path, name)


def _targets(settings: Settings, findings: Findings) -> None:
    """A target on a broker needs that broker among the sources."""
    brokers = [name for name, one in settings.sources.items() if isinstance(one, MqttSource)]
    if settings.broker.enabled:
        brokers.append("broker")
    for name, target in settings.targets.items():
        if not isinstance(target, MqttTargetSettings) or target.source in brokers:
            continue
        if not findings.refused(("sources", target.source)):
            words = f'"{target.source}" is neither a broker in [sources] nor the embedded one'
            findings.fault(("targets", name, "source"), f"{words}{nearest(target.source, brokers)}")


def _basemap(path: str | None, base: Path, findings: Findings) -> None:
    """No reason not to watch a city, so a warning: the page does without."""
    if path is not None and not (base / path).is_file():
        findings.warn(
            ("map", "basemap_pmtiles"), f"no such file, the map has no ground: {base / path}"
        )


def _sessions(sources: Mapping[str, SourceSettings], findings: Findings) -> None:
    """No two sources under one name at one broker: it would throw each out for the other."""
    seen: dict[tuple[str, int, str], str] = {}
    for name, source in sources.items():
        if not isinstance(source, MqttSource):
            continue
        session = (source.host, source.port, source.client_id)
        if session in seen:
            findings.fault(
                ("sources", name, "client_id"),
                f"[sources.{seen[session]}] has the same one at the same broker",
            )
        seen.setdefault(session, name)


def _token(
    token: TokenSettings, key: Key, cities: Mapping[str, CitySettings], findings: Findings
) -> None:
    plain: Key = (*key, "token")
    hashed: Key = (*key, "token_sha256")
    if findings.sound(plain, hashed) and (token.token is None) == (token.token_sha256 is None):
        findings.fault(key, "needs either token or token_sha256")
    if token.token is not None and len(token.token.reveal()) < TOKEN_MIN_LENGTH:
        findings.warn(plain, f"is shorter than {TOKEN_MIN_LENGTH} characters")
    for index, city in enumerate(token.cities):
        if city not in cities and not findings.refused(("cities", city)):
            findings.fault((*key, "cities", index), f'unknown city "{city}"{nearest(city, cities)}')
