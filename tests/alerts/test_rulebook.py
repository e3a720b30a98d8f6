"""How overrides are laid over one another, and what stays one object."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.profiles import Profile
from alerts.rulebook import Layer, Overrides, RuleBook
from alerts.rules import RuleSet

RIGA = ZoneInfo("Europe/Riga")
LUNCH = Profile(name="lunch", days=(0, 1, 2, 3, 4), start_min=660, end_min=840)
RAIN = Profile(name="rain", days=(0, 1, 2, 3, 4, 5, 6), start_min=0, end_min=1_440)
ORDER = ("everywhere", "city", "zone", "venue", "client")


def late(after_min: float) -> dict[str, dict[str, float]]:
    """The override of one threshold."""
    return {"order_late": {"after_min": after_min}}


def test_without_overrides_all_share_one_object() -> None:
    """With no overrides every zone, venue and client has the very same default rules."""
    book = RuleBook(tz=RIGA, profiles=(LUNCH,), zones={"Centrs": Layer()})
    first = book.rules_for("Centrs", "V1", "K1", ("lunch",))
    assert first == RuleSet()
    assert book.rules_for(None, None, None, ()) is first
    assert not book.has_overrides("zone")


def test_only_overridden_ids_make_a_difference() -> None:
    """A zone with rules of its own gets them; all other zones share what the city has."""
    book = RuleBook(tz=RIGA, zones={"Centrs": Layer(rules=late(7))})
    assert book.has_overrides("zone")
    assert not book.has_overrides("venue")
    assert book.overridden("zone") == ("Centrs",)
    assert book.rules_for("Centrs", None, None, ()).order_late.after_min == 7
    assert book.rules_for("Agenskalns", "V1", None, ()) is book.rules_for("Teika", None, "K", ())
    assert book.rules_for("Centrs", "V1", None, ()) is book.rules_for("Centrs", "V2", None, ())


def test_untouched_rules_stay_the_default_objects() -> None:
    """An override of one rule leaves every other rule the same object everywhere."""
    book = RuleBook(tz=RIGA, zones={"Centrs": Layer(rules=late(7))})
    own, other = book.rules_for("Centrs"), book.rules_for("Teika")
    assert own.venue_slow is other.venue_slow
    assert own.order_late is not other.order_late


def test_an_override_to_the_default_is_the_default() -> None:
    """Writing down the default for a zone gives the same object as writing nothing."""
    book = RuleBook(tz=RIGA, zones={"Centrs": Layer(rules=late(10))})
    assert book.rules_for("Centrs") is book.rules_for("Teika")


def test_a_profile_counts_only_while_it_holds_and_only_where_it_changes_something() -> None:
    """Lunch changes its rule at lunch; a profile that changes nothing makes no new object."""
    book = RuleBook(
        tz=RIGA, profiles=(LUNCH, RAIN), city=Layer(rules=late(7), profiles={"lunch": late(20)})
    )
    assert book.rules_for(active=("lunch",)).order_late.after_min == 20
    assert book.rules_for(active=()).order_late.after_min == 7
    assert book.rules_for(active=("rain",)) is book.rules_for(active=())


def test_the_later_profile_wins_whatever_the_order_asked_in() -> None:
    """Of two profiles that hold at once the one declared later wins."""
    city = Layer(profiles={"rain": late(30), "lunch": late(20)})
    book = RuleBook(tz=RIGA, profiles=(LUNCH, RAIN), city=city)
    assert book.rules_for(active=("lunch", "rain")).order_late.after_min == 30
    assert book.rules_for(active=("rain", "lunch")) is book.rules_for(active=("lunch", "rain"))


def test_the_book_knows_its_city_s_clock() -> None:
    """Lunch in Riga holds at 9:30 UTC in winter and next changes at 12:00 UTC."""
    book = RuleBook(tz=RIGA, profiles=(LUNCH,))
    wednesday_0930_ms = 1_736_933_400_000
    assert book.active(wednesday_0930_ms) == ("lunch",)
    assert book.next_change_ms(wednesday_0930_ms) == wednesday_0930_ms + 150 * 60_000


VALUES = st.dictionaries(
    st.sampled_from(["order_late", "courier_silent"]),
    st.fixed_dictionaries({}, optional={"after_min": st.integers(0, 99), "for_s": st.just(5)}),
)
LAYERS = st.builds(
    Layer, rules=VALUES, profiles=st.dictionaries(st.sampled_from(["lunch", "rain"]), VALUES)
)


@settings(max_examples=200, deadline=None)
@given(
    layers=st.fixed_dictionaries({name: LAYERS for name in ORDER}),
    active=st.sampled_from([(), ("lunch",), ("rain",), ("rain", "lunch")]),
    field=st.sampled_from(["after_min", "for_s"]),
)
def test_the_innermost_override_wins(
    layers: Mapping[str, Layer], active: tuple[str, ...], field: str
) -> None:
    """Any value is the one of the innermost layer that sets it, its holding profiles first."""
    book = RuleBook(
        tz=RIGA,
        profiles=(LUNCH, RAIN),
        everywhere=layers["everywhere"],
        city=layers["city"],
        zones={"Z": layers["zone"]},
        venues={"V": layers["venue"]},
        clients={"K": layers["client"]},
    )
    expected: object = getattr(RuleSet().order_late, field)
    for name in ORDER:
        stack: list[Overrides] = [layers[name].rules]
        stack += [layers[name].profiles.get(p, {}) for p in ("lunch", "rain") if p in active]
        for overrides in stack:
            expected = overrides.get("order_late", {}).get(field, expected)
    rules = book.rules_for("Z", "V", "K", active)
    assert getattr(rules.order_late, field) == expected
    assert book.rules_for("Z", "V", "K", tuple(reversed(active))) is rules
