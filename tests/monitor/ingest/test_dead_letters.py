"""What was refused is counted for good and kept for a while."""

from monitor.ingest.codec import decode
from monitor.ingest.dead_letters import DeadLetters


def test_every_refusal_is_counted_and_only_the_latest_are_kept() -> None:
    """The ring forgets the oldest, the counts forget nothing."""
    letters = DeadLetters(keep=3)
    for n in range(5):
        letters.add("mqtt", n, decode(b"broken").rejected)
    letters.add("http", 5, decode(b"{}").rejected)
    assert letters.counts == {"malformed": 5, "invalid": 1}
    assert letters.counts_by_source == {("mqtt", "malformed"): 5, ("http", "invalid"): 1}
    assert letters.total == 6
    assert [letter.received_ms for letter in letters.latest()] == [5, 4, 3]
    assert [letter.received_ms for letter in letters.latest(1, reason="malformed")] == [4]
    newest = letters.latest(1)[0]
    assert (newest.source, newest.reason, newest.sample) == ("http", "invalid", "{}")
