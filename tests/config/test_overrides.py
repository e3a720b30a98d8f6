"""From the tables of a file to the rules of one subject at one time."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rulebook import RuleBook
from alerts.rules import RuleSet
from config.cities import DAYS, weekdays
from config.guide import GUIDE
from config.rulebooks import rulebook
from tests.support.configs import CITY, loaded

RIGA = ZoneInfo("Europe/Riga")


def at(text: str) -> int:
    """Milliseconds of a local time in Riga."""
    return int(datetime.fromisoformat(text).replace(tzinfo=RIGA).timestamp() * 1000)


def late(book: RuleBook, time: str, **subject: str) -> float:
    """How late an order must be for the rule at a local time."""
    ids = {f"{kind}_id": value for kind, value in subject.items()}
    return book.rules_for(**ids, active=book.active(at(time))).order_late.after_min


@pytest.fixture
def guide(tmp_path: Path) -> RuleBook:
    """The rule book of the example that the reference page shows."""
    example = GUIDE.split("```toml\n")[2].split("```")[0]
    return rulebook(loaded(tmp_path, CITY + example).settings, "riga")


def test_the_example_of_the_docs_means_what_it_says(guide: RuleBook) -> None:
    """In the page's example the city, its lunch, a client and the client's lunch all differ."""
    assert late(guide, "2025-01-15T10:00") == 15
    assert late(guide, "2025-01-15T12:00") == 20
    assert late(guide, "2025-01-18T12:00") == 15  # a Saturday
    assert late(guide, "2025-01-15T10:00", client="acme") == 5
    assert late(guide, "2025-01-15T12:00", client="acme", zone="centrs") == 8
    assert guide.rules_for(zone_id="centrs").zone_shortage.ratio_raise == 1.8
    assert guide.rules_for(venue_id="v1").venue_slow.overdue_raise == 5
    assert guide.rules_for(active=("lunch",)).zone_shortage.for_s == 60
    assert guide.tz == RIGA


def test_the_least_configuration_has_the_default_rules(tmp_path: Path) -> None:
    """A city without overrides has one shared set of rules, the defaults."""
    book = rulebook(loaded(tmp_path, CITY).settings, "riga")
    assert book.rules_for("Z", "V", "K", ()) is book.rules_for(None, None, None, ())
    assert book.rules_for() == RuleSet()
    assert book.profiles == ()


def test_a_city_shifts_a_profile_and_has_one_of_its_own(tmp_path: Path) -> None:
    """Riga's lunch begins later than elsewhere, and its market day is nobody else's."""
    text = CITY + (
        '[profiles.lunch]\nfrom = "11:00"\nto = "14:00"\n'
        '[cities.riga.profiles.lunch]\nfrom = "12:00"\ndays = ["sat-sun"]\n'
        '[cities.riga.profiles.market]\ndays = ["fri"]\nfrom = "22:00"\nto = "02:00"\n'
    )
    lunch, market = rulebook(loaded(tmp_path, text).settings, "riga").profiles
    assert (lunch.name, lunch.days, lunch.start_min, lunch.end_min) == ("lunch", (5, 6), 720, 840)
    assert (market.name, market.days, market.end_min) == ("market", (4,), 120)


def test_a_city_s_own_profile_may_differ_for_a_zone(tmp_path: Path) -> None:
    """A zone may name a profile that only its city declares."""
    text = CITY + (
        '[cities.riga.profiles.market]\nfrom = "08:00"\nto = "24:00"\n'
        "[cities.riga.zone.A.profiles.market.rules.order_late]\nafter_min = 3\n"
    )
    book = rulebook(loaded(tmp_path, text).settings, "riga")
    assert late(book, "2025-01-15T23:59", zone="A") == 3
    assert late(book, "2025-01-16T07:59", zone="A") == 10


@given(st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_a_range_of_days_goes_round_the_week(first: str, last: str) -> None:
    """A range holds every day from its first to its last, over the week's end if need be."""
    walked = [DAYS.index(first)]
    while DAYS[walked[-1]] != last:
        walked.append((walked[-1] + 1) % 7)
    assert weekdays((f"{first}-{last}",)) == tuple(sorted(walked))
    assert weekdays((first, last)) == tuple(sorted({walked[0], walked[-1]}))


def test_root_rules_that_repeat_a_default_change_nothing(tmp_path: Path) -> None:
    """Writing down defaults leaves the settings equal to the ones without."""
    text = CITY + '[rules.order_late]\nafter_min = 10\nmode = "auto"\n'
    assert loaded(tmp_path, text).settings == loaded(tmp_path, CITY).settings


WARNED = [
    (
        "[rules.zone_shortage]\nratio_raise = 3\n",
        6,
        "ratio_raise (3) is above critical_ratio_raise (2, the default)",
    ),
    ('[http]\nhost = "0.0.0.0"\n', 6, "0.0.0.0 is reached from outside, and no [tokens] are asked"),
    (
        '[broker]\nenabled = true\nhost = "::"\n',
        7,
        ":: is reached from outside, and no username is asked",
    ),
    ('[tokens.a]\ntoken = "short"\n', 6, "is shorter than 16 characters"),
    (
        '[sources.a]\ntype = "mqtt"\nhost = "far"\nusername = "u"\npassword = "p"\n',
        9,
        "travels unencrypted: tls is off",
    ),
    (
        "[cities.riga.venue.V1.rules.zone_shortage]\nfor_s = 1\n",
        5,
        "has no effect: zone_shortage is judged per zone, which belongs to no venue",
    ),
]


@pytest.mark.parametrize(("text", "line", "reason"), WARNED)
def test_what_is_likely_a_mistake_is_warned_of(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    """An open door, a weak token or an override without effect loads, with a warning."""
    (warning,) = loaded(tmp_path, CITY + text).warnings
    assert (warning.line, warning.reason) == (line, reason)


def test_a_sound_configuration_has_no_warning(tmp_path: Path) -> None:
    """Servers open to the outside with tokens and passwords are nothing to warn of."""
    text = CITY + (
        '[http]\nhost = "0.0.0.0"\n[stream]\nhost = "::1"\n'
        '[broker]\nenabled = true\nhost = "0.0.0.0"\nusername = "u"\npassword = "p"\n'
        '[tokens.a]\ntoken = "long enough a token"\nrole = "admin"\ncities = ["riga"]\n[targets]\n'
    )
    assert loaded(tmp_path, text).warnings == ()
