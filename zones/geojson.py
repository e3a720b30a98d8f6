"""Zone files: a GeoJSON FeatureCollection (RFC 7946) to a `ZoneSet` and back.

Every fault of a file is found in one pass, each with the number of its feature, so that whoever
mends the file mends it once. Reading the bytes from disk belongs to `config`; single polygons,
rings and their mending stand in `rings.py`.
"""

import json
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from zones.polygons import ZoneSet
from zones.rings import Shape, read_shape

LONGEST_ID: Final = 128


@dataclass(frozen=True, slots=True)
class ZoneFault:
    """One fault: the feature's number counted from 1 (0: the file itself), its id if known."""

    feature: int
    zone_id: str | None
    reason: str

    def __str__(self) -> str:
        if self.feature == 0:
            return self.reason
        called = "" if self.zone_id is None else f" ({self.zone_id})"
        return f"feature {self.feature}{called}: {self.reason}"


class ZoneFileError(ValueError):
    """A zone file cannot be used; `faults` holds every reason, in the order of the file."""

    def __init__(self, faults: tuple[ZoneFault, ...]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


def parse_zones(data: bytes, *, repair: bool = False) -> tuple[ZoneSet, tuple[str, ...]]:
    """The zones of a GeoJSON file, and one note for each feature that was mended.

    The zone's id is the feature's `id`, else its property `zone_id`, `id` or `name` (a number
    becomes a string); its name is the property `name`, else the id; `priority` is a number, 0
    when absent. With `repair` an invalid ring is mended by shapely's `make_valid`, of which the
    polygons are kept. Raises ZoneFileError with all faults at once.
    """
    features = _features(data)
    faults: list[ZoneFault] = []
    notes: list[str] = []
    first_with: dict[str, int] = {}
    ids: list[str] = []
    names: list[str] = []
    shapes: list[Shape] = []
    priorities: list[float] = []
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            faults.append(ZoneFault(number, None, 'not an object of type "Feature"'))
            continue
        zone_id, reasons = _zone_id(feature)
        if zone_id is not None and first_with.setdefault(zone_id, number) != number:
            reasons.append(f"its id already belongs to feature {first_with[zone_id]}")
        priority, wrong_priority = _priority(feature)
        reasons += wrong_priority
        shape = read_shape(feature.get("geometry"), repair=repair)
        reasons += shape.faults
        faults += [ZoneFault(number, zone_id, reason) for reason in reasons]
        notes += [str(ZoneFault(number, zone_id, f"mended: {why}")) for why in shape.mended]
        if zone_id is not None:
            ids.append(zone_id)
            names.append(_name(feature, zone_id))
        shapes.append(shape)
        priorities.append(priority)
    if not features:
        faults.append(ZoneFault(0, None, "the collection holds no feature"))
    if faults:
        raise ZoneFileError(tuple(faults))
    geometries: NDArray[np.object_] = np.empty(len(shapes), dtype=object)
    geometries[:] = [shape.geometry for shape in shapes]
    zones = ZoneSet(tuple(ids), tuple(names), geometries, np.array(priorities, dtype=np.float64))
    return zones, tuple(notes)


def to_geojson(zones: ZoneSet) -> dict[str, object]:
    """The zones as a FeatureCollection that `parse_zones` reads back to the same zones."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": zone_id,
                "properties": {"zone_id": zone_id, "name": name, "priority": float(priority)},
                "geometry": shapely.geometry.mapping(geometry),
            }
            for zone_id, name, geometry, priority in zip(
                zones.ids, zones.names, zones.geometries, zones.priority, strict=True
            )
        ],
    }


def _features(data: bytes) -> list[object]:
    """The features of a collection as they stand; raises ZoneFileError when it is none."""
    try:
        document = json.loads(data)
    except RecursionError:
        raise _file_fault("not JSON: nested too deeply") from None
    except ValueError as fault:
        raise _file_fault(f"not JSON: {fault}") from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise _file_fault('not a GeoJSON object of type "FeatureCollection"')
    features = document.get("features")
    if not isinstance(features, list):
        raise _file_fault('"features" is not an array')
    return features


def _file_fault(reason: str) -> ZoneFileError:
    return ZoneFileError((ZoneFault(0, None, reason),))


def _properties(feature: dict[str, object]) -> dict[str, object]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _zone_id(feature: dict[str, object]) -> tuple[str | None, list[str]]:
    """The feature's id, or None and why it has none. A null counts as absent, as in the RFC."""
    properties = _properties(feature)
    found = feature.get("id")
    for key in ("zone_id", "id", "name"):
        if found is None:
            found = properties.get(key)
    if found is None:
        return None, ["no id: neither id nor the properties zone_id, id or name"]
    if isinstance(found, float) and math.isfinite(found):
        found = int(found) if found.is_integer() else repr(found)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str):
        return None, ["its id is neither a string nor a number"]
    if not 1 <= len(found) <= LONGEST_ID:
        return None, [f"its id has {len(found)} characters, not 1 to {LONGEST_ID}"]
    if not _encodable(found):
        return None, ["its id holds half a surrogate pair, which UTF-8 cannot carry"]
    return found, []


def _name(feature: dict[str, object], zone_id: str) -> str:
    name = _properties(feature).get("name")
    return name if isinstance(name, str) and name and _encodable(name) else zone_id


def _encodable(text: str) -> bool:
    """JSON may escape a lone surrogate; no encoder downstream would take it."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _priority(feature: dict[str, object]) -> tuple[float, list[str]]:
    priority = _properties(feature).get("priority")
    if priority is None:
        return 0.0, []
    if isinstance(priority, bool) or not isinstance(priority, int | float):
        return 0.0, ["its priority is not a number"]
    if not -1e15 <= priority <= 1e15:
        return 0.0, ["its priority is not a finite number of at most 1e15"]
    return float(priority), []
