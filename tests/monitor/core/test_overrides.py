"""Rules that differ by zone, venue, client and time of the week, and switch during a breach."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.profiles import Profile
from alerts.rulebook import Layer, Overrides, Setting
from tests.support.cities import T0, at, courier, placed
from tests.support.towns import Story, beat, only, town, venue

RIGA = ZoneInfo("Europe/Riga")
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
RULE = "order_unaccepted"


def layer(**fields: Setting) -> Layer:
    """Other settings of `order_unaccepted`."""
    return Layer(rules={RULE: fields})


def seconds_to(text: str) -> float:
    """Seconds from T0 to a time in UTC."""
    ms = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000
    return (ms - T0) / 1000


def peak(start: str, end: str, rule: str = RULE, **fields: Setting) -> tuple[Profile, Layer]:
    """A window of every day and what it changes in one rule."""
    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in (start, end)]
    window = Profile(name="peak", days=EVERY_DAY, start_min=minutes[0], end_min=minutes[1])
    overrides: Overrides = {rule: fields}
    return window, Layer(profiles={"peak": overrides})


# --- where -----------------------------------------------------------------------------------


def test_a_zone_has_its_own_threshold() -> None:
    """In the east two minutes are too long, in the west five."""
    told = Story(town(only(RULE), zones={"east": layer(after_min=2)}))
    told.say(0, venue(0, "e", lon=0.25), venue(0))
    told.say(0, placed(0, "in east", "e"), placed(0, "in west"))
    told.until(400)
    assert told.lives(RULE, "in east") == [(120, "firing")]
    assert told.lives(RULE, "in west") == [(300, "firing")]


def test_a_venue_has_its_own_threshold_and_wins_over_its_zone() -> None:
    """Ten minutes at this venue, though its zone says two."""
    zones, venues = {"west": layer(after_min=2)}, {"v": layer(after_min=10)}
    told = Story(town(only(RULE), zones=zones, venues=venues))
    told.say(0, venue(0), venue(0, "w"))
    told.say(0, placed(0, "slow one"), placed(0, "other", "w"))
    told.until(700)
    assert told.lives(RULE, "slow one") == [(600, "firing")]
    assert told.lives(RULE, "other") == [(120, "firing")]


def test_a_key_account_has_its_own_threshold_and_wins_over_the_venue() -> None:
    """One minute for its orders, wherever they are from; told of the order or of the venue."""
    clients, venues = {"key": layer(after_min=1)}, {"v": layer(after_min=10)}
    told = Story(town(only(RULE), clients=clients, venues=venues))
    told.say(0, venue(0), venue(0, "theirs", client_id="key"))
    told.say(0, placed(0, "of key", client_id="key"), placed(0, "other"))
    told.say(0, placed(0, "at theirs", "theirs"))
    told.until(700)
    assert told.lives(RULE, "of key") == told.lives(RULE, "at theirs") == [(60, "firing")]
    assert told.lives(RULE, "other") == [(600, "firing")]


def test_a_venue_told_to_be_a_key_accounts_brings_its_orders_under_its_rules() -> None:
    """Told at 10 s, in the same place: its open order has one minute from then on."""
    told = Story(town(only(RULE), clients={"key": layer(after_min=1)}))
    told.say(0, venue(0), placed(0))
    told.say(10, venue(10, client_id="key"))
    told.until(400)
    assert told.lives(RULE, "o") == [(60, "firing")]


def test_a_city_overrides_what_holds_everywhere() -> None:
    """Everywhere ten minutes, in this city two."""
    told = Story(town({**only(RULE), RULE: {"after_min": 10}}, city=layer(after_min=2)))
    told.say(0, placed(0))
    told.until(200)
    assert told.lives(RULE, "o") == [(120, "firing")]


def test_a_rule_switched_off_for_one_venue_is_on_for_the_others() -> None:
    """Its orders may wait for ever."""
    told = Story(town(only(RULE), venues={"v": layer(enabled=False)}))
    told.say(0, placed(0, "here"), placed(0, "there", "w"))
    told.until(1000)
    assert told.firing() == {(RULE, "there")}


def test_a_venue_rule_is_overridden_by_venue() -> None:
    """This tablet may be silent for ten minutes, the others for five."""
    venues = {"v": Layer(rules={"venue_silent": {"heartbeat_min": 10}})}
    told = Story(town(only("venue_silent"), venues=venues))
    told.say(0, venue(0), venue(0, "w"), beat(0), beat(0, "w"))
    told.until(700)
    assert told.lives("venue_silent", "w") == [(300, "firing")]
    assert told.lives("venue_silent", "v") == [(600, "firing")]


def test_a_zone_shortage_is_overridden_by_zone() -> None:
    """In the middle an order may wait a minute and not five; it is as severe as is said."""
    fields: dict[str, Setting] = {"wait_raise_s": 60, "for_s": 0, "severity": "info"}
    zones = {"mid": Layer(rules={"zone_shortage": fields})}
    told = Story(town(only("zone_shortage"), zones=zones))
    told.say(0, venue(0), venue(0, "m", lon=0.15), placed(0), placed(0, "p", "m"))
    told.until(430)
    assert told.lives("zone_shortage", "mid") == [(60, "firing")]
    assert told.alert("zone_shortage", "mid").severity == "info"
    assert told.lives("zone_shortage", "west") == [(420, "firing")]


def test_a_venue_that_moves_comes_under_the_rules_of_its_new_zone() -> None:
    """In the east two minutes: the order waits for three when its venue comes there."""
    told = Story(town(only(RULE), zones={"east": layer(after_min=2)}))
    told.say(0, venue(0), placed(0))
    told.say(180, venue(180, lon=0.25))
    told.until(181)
    assert told.lives(RULE, "o") == [(180, "firing")]


# --- when ------------------------------------------------------------------------------------


def test_a_peak_changes_the_threshold_at_its_first_minute() -> None:
    """Placed 11:58, the peak from 12:00 gives two minutes: over at 12:00, not at 12:03."""
    window, changed = peak("12:00", "13:00", after_min=2)
    told = Story(town(only(RULE), profiles=(window,), city=changed))
    noon = seconds_to("2023-11-15T12:00")
    told.say(noon - 200, placed(noon - 200))
    told.until(noon - 0.001)
    assert told.firing() == set()
    told.until(noon)
    assert told.lives(RULE, "o") == [(noon, "firing")]


def test_a_peak_that_ends_gives_the_order_its_usual_time_again() -> None:
    """Placed 12:58 with ten minutes in the peak: at 13:03 it is judged by the five of always."""
    window, changed = peak("12:00", "13:00", after_min=10)
    told = Story(town(only(RULE), profiles=(window,), city=changed))
    end = seconds_to("2023-11-15T13:00")
    told.say(end - 120, placed(end - 120))
    told.until(end + 200)
    assert told.lives(RULE, "o") == [(end + 180, "firing")]


def test_a_switch_in_the_middle_of_a_breach_keeps_what_it_has_held() -> None:
    """Short for 100 s when the peak begins: with the same `for_s` it fires at 120 s."""
    window, changed = peak("12:00", "13:00", "zone_shortage", wait_raise_s=240)
    told = Story(town(only("zone_shortage"), profiles=(window,), city=changed))
    noon = seconds_to("2023-11-15T12:00")
    told.say(noon - 400, venue(noon - 400), placed(noon - 400))
    told.until(noon + 60)
    assert told.lives("zone_shortage", "west") == [(noon + 20, "firing")]


def test_a_switch_that_shortens_for_s_fires_at_once_when_it_has_held() -> None:
    """Short for 100 s, and 60 s are enough from noon on: it fires at noon."""
    window, changed = peak("12:00", "13:00", "zone_shortage", for_s=60)
    told = Story(town(only("zone_shortage"), profiles=(window,), city=changed))
    noon = seconds_to("2023-11-15T12:00")
    told.say(noon - 400, venue(noon - 400), placed(noon - 400))
    told.until(noon + 60)
    assert told.lives("zone_shortage", "west") == [(noon, "firing")]


def test_a_switch_that_ends_the_breach_ends_what_is_pending() -> None:
    """Short for 100 s by the usual bounds, not by those of the peak: nothing fires."""
    window, changed = peak(
        "12:00", "13:00", "zone_shortage", wait_raise_s=3000, critical_wait_raise_s=9000
    )
    told = Story(town(only("zone_shortage"), profiles=(window,), city=changed))
    noon = seconds_to("2023-11-15T12:00")
    told.say(noon - 400, venue(noon - 400), placed(noon - 400))
    told.until(noon + 1000)
    assert told.lives("zone_shortage", "west") == []


def test_a_rule_switched_off_by_a_peak_ends_its_alerts() -> None:
    """From noon to one nobody minds: what fires ends as `rule_off`, and comes back at one."""
    window, changed = peak("12:00", "13:00", enabled=False)
    told = Story(town(only(RULE), profiles=(window,), city=changed))
    noon = seconds_to("2023-11-15T12:00")
    told.say(noon - 400, placed(noon - 400))
    told.until(noon + 3600)
    assert told.lives(RULE, "o") == [
        (noon - 100, "firing"),
        (noon, "resolved"),
        (noon + 3600, "firing"),
    ]
    assert told.city.book.history[-1].ended == "rule_off"


@pytest.mark.parametrize(
    ("day", "start_utc"),
    [
        ("2024-03-30", "2024-03-30T01:30"),  # winter time: 03:30 in Riga
        ("2024-03-31", "2024-03-31T01:00"),  # the clocks jump from 03:00 to 04:00
        ("2024-04-01", "2024-04-01T00:30"),  # summer time
        ("2024-10-27", "2024-10-27T00:30"),  # 03:30 the first time; back at 04:00
    ],
)
def test_a_peak_begins_by_the_clock_on_the_wall_across_its_changes(
    day: str, start_utc: str
) -> None:
    """A peak from 03:30 in Riga, whatever the clocks do that night: the threshold follows."""
    window, changed = peak("03:30", "06:00", after_min=1)
    told = Story(town(only(RULE), profiles=(window,), city=changed, tz=RIGA))
    start = seconds_to(start_utc)
    told.until(start - 200)
    told.say(start - 120, placed(start - 120))
    told.until(start + 10)
    assert told.lives(RULE, "o") == [(start, "firing")], day


def test_a_feed_is_judged_by_the_times_of_the_peak_from_its_first_second() -> None:
    """At noon 30 s of silence are enough: couriers quiet for 100 s are silent then."""
    window, changed = peak("12:00", "13:00", "feed_silent", silent_s=30)
    rules: Overrides = {**only(), "feed_silent": {"silent_s": 1000}}
    told = Story(town(rules, profiles=(window,), city=changed))
    noon = seconds_to("2023-11-15T12:00")
    for i in range(20):
        second = noon - 300 + i * 10
        told.say(second, courier(second, "c", 0.05))
    told.until(noon + 1)
    assert told.lives("feed_silent", "couriers") == [(noon, "firing")]


def test_the_time_of_a_profile_is_the_citys_own() -> None:
    """12:00 in Riga is 10:00 UTC in winter."""
    window, changed = peak("12:00", "13:00", after_min=1)
    told = Story(town(only(RULE), profiles=(window,), city=changed, tz=RIGA))
    ten = seconds_to("2023-11-15T10:00")
    told.say(ten - 120, placed(ten - 120))
    told.until(ten)
    assert told.lives(RULE, "o") == [(ten, "firing")]
    assert at(ten) == told.alert(RULE, "o").fired_ts
