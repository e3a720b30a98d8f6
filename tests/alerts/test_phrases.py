"""What the program says, as phrases and in English."""

from string import Formatter

from alerts.phrases import CODES, ENGLISH, in_english, phrase

# Those whose English is made elsewhere, with more in it than the phrase carries.
ELSEWHERE = {
    *("cause", "one_alert", "alerts", "alerts_ended", "share"),
    *("notice_more", "notice_again", "notice_higher", "notice_over"),
}


def test_every_phrase_has_its_english() -> None:
    """But for those that are part of longer sentences."""
    assert set(ENGLISH) == set(CODES) - ELSEWHERE


def test_clauses_are_joined_and_filled() -> None:
    """A figure is written as its place wants it."""
    said = (phrase("accepted_of", accepted=2, asked=5, moved=1), phrase("recovered", minutes=4.26))
    assert in_english(said) == "2 of 5 accepted, 1 came; recovered after 4.3 min"
    assert in_english(()) == ""


def test_one_is_said_otherwise_than_many() -> None:
    """By the phrase's `count`."""
    assert in_english([phrase("offered", count=1, accepted=0)]).startswith("1 courier was")
    assert in_english([phrase("offered", count=2, accepted=0)]).startswith("2 couriers were")


def test_both_forms_name_the_same_values() -> None:
    """The singular may leave out its count, and nothing else."""
    for code, template in ENGLISH.items():
        if isinstance(template, tuple):
            one, many = ({name for _, name, _, _ in Formatter().parse(text)} for text in template)
            assert one | {"count"} == many, code
