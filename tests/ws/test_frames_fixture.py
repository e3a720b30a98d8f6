"""The frames that the page's decoder is tested with are those that the monitor makes."""

from tests.support import frame_fixture


def test_the_fixture_of_the_page_is_what_the_encoder_makes() -> None:
    """The committed story is up to date: else `python -m tests.support.frame_fixture`."""
    assert frame_fixture.FILE.read_text(encoding="utf-8") == frame_fixture.text()
