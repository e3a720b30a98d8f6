"""How busy a stream is, without remembering it for ever."""

from monitor.core.streams import SLOT_MS, SLOTS_KEPT, Stream


def test_a_stream_that_never_pauses_is_forgotten_by_and_by() -> None:
    """After weeks of events only the latest day's slots are kept, and counted rightly."""
    stream = Stream()
    for slot in range(SLOTS_KEPT * 3):
        stream.saw(slot * SLOT_MS, 2)
    assert len(stream._slots) <= SLOTS_KEPT
    assert stream.count_since(stream.last_ts - 60_000) == 2 * 6
