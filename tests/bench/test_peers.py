"""The peers of the comparison say what citywatch says, on a small input, without an installation.

Bytewax is not a dependency of the project; the case itself compares it.
"""

import sys
from pathlib import Path

import pytest

from bench.peers import compare, inputs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small case, with citywatch's output on it."""
    folder = tmp_path_factory.mktemp("peers")
    zones = inputs.made_zones(12, 40)
    inputs.write_case(folder, zones, events=6_000, couriers=200, orders=0.1, for_s=10)
    compare.run_citywatch(folder)
    return folder


@pytest.mark.parametrize(
    "peer",
    # The same program under another requirements file is not another peer here.
    [
        peer
        for peer in compare.PEERS
        if peer.folder != "bytewax" and peer.requirements == compare.Peer.requirements
    ],
    ids=lambda peer: "-".join((peer.folder, *peer.way)),
)
def test_a_peer_says_what_citywatch_says(folder: Path, peer: compare.Peer) -> None:
    """Every figure of every zone and minute, and every shortage, is the same."""
    figures = compare.run_peer(folder, peer, Path(sys.executable))
    compare.check_same(folder / "citywatch.out", folder / "peer.out", peer.name)
    assert figures["events"] >= 6_000


def test_the_input_brings_shortages_that_end(folder: Path) -> None:
    """What is compared holds alerts that fire and alerts that are resolved."""
    states = {line[5] for line in compare.told(folder / "citywatch.out") if line[0] == "alert"}
    assert states == {"firing", "resolved"}


def test_an_output_that_differs_is_not_measured(folder: Path, tmp_path: Path) -> None:
    """A single figure that differs is an error that names both lines."""
    ours = folder / "citywatch.out"
    theirs = tmp_path / "theirs.out"
    lines = ours.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if '"type":"zone"' in line)
    lines[at] = lines[at].replace('"idle":', '"idle":1')
    theirs.write_text("\n".join(lines))
    with pytest.raises(compare.DifferentOutputError, match="where citywatch says"):
        compare.check_same(ours, theirs, "a peer")


def test_made_zones_cover_their_box_without_overlap() -> None:
    """The zones made here are valid, and together as large as the box they divide."""
    zones = inputs.made_zones(20, 200)
    west, south, east, north = inputs.BOX
    area = sum(shape.area for shape in zones.geometries)
    assert all(shape.is_valid for shape in zones.geometries)
    assert area == pytest.approx((east - west) * (north - south), rel=0.02)
    assert 100 < inputs.vertices(zones).mean() < 400
