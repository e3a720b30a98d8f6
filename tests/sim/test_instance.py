"""Reading an instance: all faults at once, each with its file and line."""

from pathlib import Path

import pytest

from sim.instance import ImportFault, read_instance
from tests.sim.days import write_instance

ORDERS = "order\tx\ty\tplacement_time\trestaurant\tready_time\n"
COURIERS = "courier\tx\ty\ton_time\toff_time\n"


def faults(directory: Path) -> list[str]:
    """The faults found, without the folder in front."""
    with pytest.raises(ImportFault) as caught:
        read_instance(directory)
    assert str(caught.value).splitlines() == list(caught.value.faults)
    return [fault.removeprefix(f"{directory}/") for fault in caught.value.faults]


def test_a_whole_instance_is_read(tmp_path: Path) -> None:
    """Numbers, names and parameters arrive as they stand in the files."""
    instance = read_instance(write_instance(tmp_path))
    assert len(instance.venues) == 3
    assert len(instance.couriers) == 4
    assert len(instance.orders) == 12
    assert instance.metres_per_min == 320.0
    assert (instance.target_min, instance.maximum_min) == (40.0, 90.0)
    assert instance.venues[instance.orders[4].venue].venue_id == "r2"


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    """Columns are found by their names; Windows line ends and empty lines do no harm."""
    orders = (
        "restaurant\tready_time\tnote\torder\ty\tx\tplacement_time\r\nr1\t9\t\tq\t1\t2\t5\r\n\r\n"
    )
    order = read_instance(write_instance(tmp_path, orders=orders)).orders[0]
    assert (order.order_id, order.x, order.y, order.placed_min) == ("q", 2.0, 1.0, 5.0)


def test_missing_files_are_all_named(tmp_path: Path) -> None:
    """An empty folder gives one line for each of the four files."""
    found = faults(tmp_path)
    assert len(found) == 4
    assert all("cannot be read: No such file or directory" in fault for fault in found)


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """The directory itself must exist."""
    with pytest.raises(ImportFault, match="not a directory"):
        read_instance(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("o1\t1\tnorth\t5\tr1\t9", "'y' is not a number: 'north'"),
        ("o1\t1\tnan\t5\tr1\t9", "'y' must lie between -500000 and 500000, not 'nan'"),
        ("o1\t1\t2\t5\tr9\t9", "the restaurant 'r9' does not stand in restaurants.txt"),
        ("o1\t1\t2\t5\tr1", "5 columns where the header has 6"),
        ("\t1\t2\t5\tr1\t9", "'order' must have 1 to 128 characters, not 0"),
        ("o1\t1\t2\t-5\tr1\t9", "'placement_time' must lie between 0 and 10080, not '-5'"),
        ("o1\t1\t2\t50\tr1\t9", "ready_time 9 is before placement_time 50"),
        ("o1\t1\t2\t1_0\tr1\t9", "'placement_time' is not a number: '1_0'"),
    ],
)
def test_a_bad_order_is_told_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    """What is wrong with a line is said in one line, with the number of it."""
    orders = f"{ORDERS}o0\t1\t2\t5\tr1\t9\n{line}\n"
    assert faults(write_instance(tmp_path, orders=orders)) == [f"orders.txt:3: {fault}"]


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    """A missing column, an empty file, a double id, a missing parameter are told together."""
    found = faults(
        write_instance(
            tmp_path,
            restaurants="restaurant\tx\nr1\t1\n",
            couriers=COURIERS + "c1\t0\t0\t0\t9\nc1\t0\t0\t0\t3\nc2\t0\t0\t9\t3\n",
            orders="",
            instance_parameters="meters_per_minute\n",
        )
    )
    assert found == [
        "restaurants.txt:1: the column 'y' is missing",
        "couriers.txt:3: courier 'c1' stands here a second time",
        "couriers.txt:4: off_time 3 is before on_time 9",
        "orders.txt: empty, a header line is expected",
        "instance_parameters.txt:1: the column 'pickup service minutes' is missing",
        "instance_parameters.txt:1: the column 'dropoff service minutes' is missing",
        "instance_parameters.txt:1: the column 'target click-to-door' is missing",
        "instance_parameters.txt:1: the column 'maximum click-to-door' is missing",
    ]


def test_a_table_without_lines_is_a_fault(tmp_path: Path) -> None:
    """A day without orders or couriers cannot be simulated."""
    directory = write_instance(tmp_path, orders=ORDERS, couriers=COURIERS)
    assert faults(directory) == [
        "couriers.txt: no line under the header",
        "orders.txt: no line under the header",
    ]


def test_bytes_that_are_no_text_are_a_fault(tmp_path: Path) -> None:
    """A binary file is refused with the place of the first bad byte."""
    directory = write_instance(tmp_path)
    (directory / "orders.txt").write_bytes(b"order\xff\xfe")
    assert faults(directory) == ["orders.txt: not UTF-8 text, byte 5"]
