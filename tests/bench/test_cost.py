"""The tables of the page of costs."""

from bench.cases import CASES
from bench.cost import PAGE, TABLE, filled

SPREAD = {"min": 1.0, "median": 1.5, "max": 2.0}
HEAD = {"cpu_s": 1.0, "peak_mb": 50, "load": 0.3}


def test_a_table_is_written_from_its_case_and_others_are_left() -> None:
    """Only the tables whose case was run change, and each says where it was measured."""
    page = (
        "Before\n<!-- bench: decode | variant ratio couriers -->\nold\n<!-- end -->\nbetween\n"
        "<!-- bench: locate | variant -->\nkept\n<!-- end -->\n"
    )
    record = {"case": "decode", "variant": "by one", **HEAD, "ratio": SPREAD, "events_per_s": 10**6}
    assert filled(page, [record], "A machine") == (
        "Before\n<!-- bench: decode | variant ratio couriers -->\n\n"
        "| variant | ratio | couriers |\n| --- | --- | --- |\n"
        "| by one | 1.5 (1 to 2) | 4,500,000 |\n\n"
        "A machine, load 0.3: `citywatch bench decode`\n\n<!-- end -->\nbetween\n"
        "<!-- bench: locate | variant -->\nkept\n<!-- end -->\n"
    )


def test_a_curve_is_one_line_that_begins_with_the_smallest() -> None:
    """Growth is told as the cost of the smallest and the ratios of the others to it."""
    growth = {"case": "growth", **HEAD, "ratio": SPREAD, "base_size": 10, "base_us": 2.5}
    records = [
        {**growth, "curve": "beat over watchers", "size": size, "us": 9.0} for size in (100, 1_000)
    ]
    page = filled("<!-- bench: growth | -->\n<!-- end -->", records, "A machine")
    assert "| beat over watchers | 10: 2.5 µs | 100: 1.5 (1 to 2) | 1,000: 1.5 (" in page


def test_every_table_of_the_page_belongs_to_a_case() -> None:
    """What the page shows can be measured anew by a name that there is."""
    found = [case for _, case, _, _ in TABLE.findall(PAGE.read_text("utf-8"))]
    assert found
    assert set(found) <= set(CASES)
