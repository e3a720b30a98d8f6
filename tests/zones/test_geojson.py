"""Zone files: what is read, what is refused and with which words, what is mended."""

import json

import pytest
import shapely

from zones.geojson import ZoneFault, ZoneFileError, parse_zones, to_geojson

SQUARE = [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]
BOW_TIE = [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]
HOLE = [[0.5, 0.5], [0.5, 1], [1, 1], [0.5, 0.5]]


def feature(coordinates: object, kind: str = "Polygon", **extra: object) -> dict[str, object]:
    """A feature as a zone file has it; its id is the property `name` unless told otherwise."""
    return {
        "type": "Feature",
        "properties": {"name": "Centrs"},
        "geometry": {"type": kind, "coordinates": coordinates},
    } | extra


def collection(*features: object) -> bytes:
    """The bytes of a zone file."""
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def faults_of(data: bytes, *, repair: bool = False) -> list[ZoneFault]:
    """The faults for which a zone file is refused."""
    with pytest.raises(ZoneFileError) as refused:
        parse_zones(data, repair=repair)
    return list(refused.value.faults)


def test_polygons_holes_and_multipolygons_are_read() -> None:
    """A hole stays a hole, the parts of a multipolygon make one zone, altitudes are dropped."""
    high = [[[x + 4, y, 12.5] for x, y in SQUARE[0]]]
    zones, notes = parse_zones(
        collection(
            feature([*SQUARE, HOLE], id="a"), feature([SQUARE, high], "MultiPolygon", id="b")
        )
    )
    assert zones.ids == ("a", "b")
    assert notes == ()
    assert zones.geometries[0].area == pytest.approx(4 - 0.125)
    assert zones.geometries[1].equals(
        shapely.union(shapely.box(0, 0, 2, 2), shapely.box(4, 0, 6, 2))
    )
    assert not zones.geometries[1].has_z


@pytest.mark.parametrize(
    ("extra", "zone_id", "name"),
    [
        ({"id": "top", "properties": {"zone_id": "z", "name": "n"}}, "top", "n"),
        ({"properties": {"zone_id": "z", "id": "i", "name": "n"}}, "z", "n"),
        ({"properties": {"id": 12, "name": "n"}}, "12", "n"),
        ({"properties": {"name": "Āgenskalns"}}, "Āgenskalns", "Āgenskalns"),
        ({"id": 7, "properties": None}, "7", "7"),
        ({"id": 7.0}, "7", "Centrs"),
        ({"id": 7.5}, "7.5", "Centrs"),
        ({"id": 0}, "0", "Centrs"),
        ({"id": None}, "Centrs", "Centrs"),
    ],
)
def test_the_id_is_taken_from_the_first_place_that_has_one(
    extra: dict[str, object], zone_id: str, name: str
) -> None:
    """The feature's id, else the properties zone_id, id, name; numbers become strings."""
    zones, _ = parse_zones(collection(feature(SQUARE) | extra))
    assert (zones.ids, zones.names) == ((zone_id,), (name,))


def test_the_priority_is_a_property() -> None:
    """A zone without a priority has 0."""
    zones, _ = parse_zones(
        collection(
            feature(SQUARE, id=1, properties={"priority": 2.5}),
            feature(SQUARE, id=2, properties={"priority": -1}),
            feature(SQUARE, id=3),
        )
    )
    assert zones.priority.tolist() == [2.5, -1, 0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\xff", "not JSON"),
        (b"[" * 100_000, "not JSON: nested too deeply"),
        (b"[]", "FeatureCollection"),
        (json.dumps(feature(SQUARE)).encode(), "FeatureCollection"),
        (b'{"type": "FeatureCollection"}', '"features" is not an array'),
        (b'{"type": "FeatureCollection", "features": {}}', '"features" is not an array'),
        (b'{"type": "FeatureCollection", "features": []}', "the collection holds no feature"),
    ],
)
def test_a_file_that_holds_no_zones_is_refused(data: bytes, reason: str) -> None:
    """What is no collection of features is one fault of the file itself."""
    (fault,) = faults_of(data)
    assert (fault.feature, fault.zone_id) == (0, None)
    assert reason in str(fault)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (feature(SQUARE, type="Point"), 'not an object of type "Feature"'),
        (17, 'not an object of type "Feature"'),
        (feature(SQUARE, geometry=None), "no geometry"),
        (feature(SQUARE, geometry={"type": ["x"]}), "a geometry of type"),
        (feature([0, 0], "Point"), "'Point', not a Polygon or MultiPolygon"),
        (feature([], "MultiPolygon"), "without polygons"),
        (feature([]), "without rings"),
        (feature(None), "without rings"),
        (feature([[], SQUARE], "MultiPolygon"), "polygon 1, a polygon without rings"),
        (feature([[]]), "ring 1: 0 positions, at least 4"),
        (feature(["ring"]), "ring 1: not an array of positions"),
        (feature([[*SQUARE[0][:3], [0, 0]], HOLE[:3]]), "ring 2: not closed"),
        (feature([SQUARE[0][:4]]), "ring 1: not closed"),
        (feature([[[0, 0], [1, 1], [0, 0]]]), "3 positions, at least 4"),
        (feature([[[0, 0], [181, 0], [2, 2], [0, 0]]]), "position 2 is not a longitude"),
        (feature([[[0, 0], [0, 90.1], [2, 2], [0, 0]]]), "position 2 is not a longitude"),
        (feature([[[0, 0], [2, 0], [2, float("nan")], [0, 0]]]), "position 3 is not a longitude"),
        (feature([[[0, 0], [10**400, 0], [2, 2], [0, 0]]]), "position 2 is not a longitude"),
        (feature([[[0, 0], [float("inf"), 0], [2, 2], [0, 0]]]), "position 2 is not a longitude"),
        (feature([[[0, 0], [1], [2, 2], [0, 0]]]), "position 2 is not an array of 2 or 3"),
        (feature([[[0, 0], 1, [2, 2], [0, 0]]]), "position 2 is not an array of 2 or 3"),
        (feature([[[0, 0], [1, 2, 3, 4], [2, 2], [0, 0]]]), "position 2 is not an array of 2 or 3"),
        (feature([[[0, 0], [True, 0], [2, 2], [0, 0]]]), "position 2 holds something"),
        (feature([[[0, 0], ["2", 0], [2, 2], [0, 0]]]), "position 2 holds something"),
        (feature([[[0, 0], [2, 0, None], [2, 2], [0, 0]]]), "position 2 holds something"),
        (feature(BOW_TIE), "invalid geometry: Self-intersection"),
        (feature([SQUARE, SQUARE], "MultiPolygon"), "invalid geometry"),
        (feature(SQUARE, properties={}), "no id"),
        (feature(SQUARE, properties=[]), "no id"),
        (feature(SQUARE, id=True), "neither a string nor a number"),
        (feature(SQUARE, id={}), "neither a string nor a number"),
        (feature(SQUARE, id=float("nan")), "neither a string nor a number"),
        (feature(SQUARE, id=""), "0 characters, not 1 to 128"),
        (feature(SQUARE, id="x" * 129), "129 characters, not 1 to 128"),
        (feature(SQUARE, id="\ud800"), "surrogate"),
        (feature(SQUARE, properties={"name": "n", "priority": "1"}), "priority is not a number"),
        (feature(SQUARE, properties={"name": "n", "priority": True}), "priority is not a number"),
        (feature(SQUARE, properties={"name": "n", "priority": float("inf")}), "finite"),
    ],
)
def test_a_faulty_feature_is_named_with_its_number(wrong: object, reason: str) -> None:
    """The fault of the second feature says 2 and why."""
    (fault,) = faults_of(collection(feature(SQUARE, id="good"), wrong))
    assert fault.feature == 2
    assert reason in fault.reason
    assert str(fault).startswith("feature 2")


def test_all_faults_are_told_at_once() -> None:
    """One reading of a bad file names every faulty feature, with its id where it has one."""
    faults = faults_of(
        collection(
            feature(BOW_TIE, id="a"),
            feature(SQUARE, id="b"),
            feature([[[0, 0], [999, 0], [1, 1], [0, 0]], [[5]]], id="b"),
            feature(SQUARE, properties={"priority": "high"}),
        )
    )
    assert [(fault.feature, fault.zone_id) for fault in faults] == [
        (1, "a"),
        (3, "b"),
        (3, "b"),
        (3, "b"),
        (4, None),
        (4, None),
    ]
    assert faults[1].reason == "its id already belongs to feature 2"


def test_an_invalid_ring_is_mended_when_asked() -> None:
    """A bow tie becomes its two triangles, and the note says which feature and why."""
    zones, notes = parse_zones(collection(feature(BOW_TIE), feature(SQUARE, id="b")), repair=True)
    assert zones.geometries[0].is_valid
    assert zones.geometries[0].area == pytest.approx(2)
    assert len(notes) == 1
    assert notes[0].startswith("feature 1 (Centrs): mended: Self-intersection")


def test_mending_drops_what_is_no_area() -> None:
    """The spike of a mended polygon goes, its area stays."""
    spiked = [[[0, 0], [2, 0], [4, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]
    zones, notes = parse_zones(collection(feature(spiked)), repair=True)
    assert zones.geometries[0].equals(shapely.box(0, 0, 2, 2))
    assert len(notes) == 1


def test_an_open_ring_is_closed_when_mending() -> None:
    """A ring whose last position is missing is closed, and the note says so."""
    zones, notes = parse_zones(collection(feature([SQUARE[0][:4]])), repair=True)
    assert zones.geometries[0].equals(shapely.box(0, 0, 2, 2))
    assert notes == ("feature 1 (Centrs): mended: ring 1 was not closed",)


def test_mending_cannot_make_an_area_of_a_line() -> None:
    """A polygon without area stays a fault."""
    line = [[[0, 0], [2, 2], [1, 1], [0, 0]]]
    (fault,) = faults_of(collection(feature(line)), repair=True)
    assert "no area is left" in fault.reason


def test_the_error_reads_as_a_sentence_for_each_fault() -> None:
    """The error's text names every fault, so that a bare print of it is of use."""
    with pytest.raises(ValueError, match=r"feature 1 \(a\): invalid .*; feature 2 \(b\): invalid"):
        parse_zones(collection(feature(BOW_TIE, id="a"), feature(BOW_TIE, id="b")))


def test_zones_survive_the_way_out_and_in() -> None:
    """What to_geojson writes is read back to the same ids, names, priorities and coordinates."""
    shifted = [[[x + 24.012173, y + 56.933836] for x, y in SQUARE[0]]]
    zones, _ = parse_zones(
        collection(
            feature([*SQUARE, HOLE], id=1, properties={"name": "Old Town", "priority": 3}),
            feature([SQUARE, shifted], "MultiPolygon", id="b"),
        )
    )
    again, notes = parse_zones(json.dumps(to_geojson(zones)).encode())
    assert notes == ()
    assert (again.ids, again.names) == (zones.ids, zones.names)
    assert again.priority.tolist() == zones.priority.tolist()
    assert shapely.to_wkb(again.geometries).tolist() == shapely.to_wkb(zones.geometries).tolist()
