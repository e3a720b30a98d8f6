"""What a courier may take of memory."""

from bench import memory


def test_a_courier_takes_at_most_a_hundred_bytes() -> None:
    """His id, his place in the index, his columns and his deadline, in a city of 20,000."""
    record = next(memory.run(quick=True))
    assert record.ratio is not None
    assert record.ratio.median <= 1
