"""Everything that is wrong with a configuration is told at once, each with its place."""

from pathlib import Path

import pytest

from config.faults import ConfigError, Fault
from config.load import load
from tests.support.configs import CITY, faults, found, loaded, marked

EVERY_FAULT = """\
colour = "red"  #! colour: unknown key

[http]
port = 70000  #! http.port: 70000 is out of range (0 to 65535)
prot = 1  #! http.prot: unknown key, did you mean "port"?
limits = 3  #! http.limits: must be a table

[stream]
port = "8081"  #! stream.port: must be a whole number, not text
limits = { outbox_high_bytes = 1_000_000_000 }  #! stream.limits: outbox_high_bytes is above outbox_hard_bytes

[broker]  #! broker: username and password go together
enabled = "yes"  #! broker.enabled: must be true or false, not text
password = "broker secret"

[engine]
clock = "systm"  #! engine.clock: "systm" is not one of system, events, did you mean "system"?
batch_max_events = 300_000  #! engine.batch_max_events: is above inbox_max_events (200000)

[retention]
order_open_s = 1e5  #! retention.order_open_s: must be a whole number, not 100000.0
courier_s = 61  #! retention.courier_s: is below a city's courier_stale_s (300)

[rules.zone_shortage]
ratio_raise = 1.2  #! rules.zone_shortage.ratio_raise: ratio_clear (1.25, the default) is above ratio_raise (1.2)
for_s = -1  #! rules.zone_shortage.for_s: -1 is out of range (0 to 86400)

[rules.zone_shortge]  #! rules.zone_shortge: unknown rule, did you mean "zone_shortage"?
for_s = 1

[rules]
city_stall = true  #! rules.city_stall: must be a table

[rules.order_late]
severity = "loud"  #! rules.order_late.severity: "loud" is not one of info, warning, critical
mode = 3  #! rules.order_late.mode: must be text, not a whole number
ater_min = 3  #! rules.order_late.ater_min: order_late has no such setting, did you mean "after_min"?

[profiles.lunch]  #! profiles.lunch: the window from 12:00 to 12:00 is empty
days = ["mon-fri", "sonday"]  #! profiles.lunch.days[1]: "sonday" is not mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri
from = "12:00"
to = "12:00"

[profiles.night]  #! profiles.night.to: is missing
days = []  #! profiles.night.days: must not be empty
from = "25:00"  #! profiles.night.from: "25:00" is not HH:MM, from 00:00 to 24:00

[profiles.late]
from = "24:00"  #! profiles.late.from: 24:00 is an end, not a beginning; write 00:00
to = "02:00"

[cities.Riga]  #! cities.Riga: "Riga" is not 1 to 64 of a-z, 0-9 and -, not beginning with -
timezone = 3  #! cities.Riga.timezone: must be text, not a whole number

[cities.riga]
timezone = "Europe/Rga"  #! cities.riga.timezone: unknown time zone "Europe/Rga", did you mean "Europe/Riga"?
zones = "nowhere.geojson"  #! cities.riga.zones: FOLDER/nowhere.geojson cannot be read: No such file or directory
detour = 0.2  #! cities.riga.detour: 0.2 is out of range (1 to 5)
courier_stale_s = 300

[cities.riga.profiles.lnch.rules.order_late]  #! cities.riga.profiles.lnch: unknown profile, did you mean "lunch"?
after_min = 3

[cities.riga.profiles.brunch]  #! cities.riga.profiles.brunch: a city's own profile needs both from and to
from = "10:00"

[cities.riga.profiles.gone]  #! cities.riga.profiles.gone: the window from 10:00 to 10:00 is empty
from = "10:00"
to = "10:00"

[cities.riga.zone."Old town".profiles.dinner.rules.zone_shortage]  #! cities.riga.zone."Old town".profiles.dinner: unknown profile
for_s = 3

[cities.riga.venue.V1.rules.venue_slow]
overrun_clear_min = 12  #! cities.riga.venue.V1.rules.venue_slow.overrun_clear_min: overrun_clear_min (12) is above overrun_raise_min (10, the default)

[cities.oslo]  #! cities.oslo.timezone: is missing
[cities.oslo.hexagons]
resolution = 16  #! cities.oslo.hexagons.resolution: 16 is out of range (0 to 15)
bbox = [10, 60, 9]  #! cities.oslo.hexagons.bbox: must have 4 values, not 3

[cities.paris]  #! cities.paris: needs zones (a GeoJSON file) or hexagons
timezone = "Europe/Paris"

[cities.rome]
timezone = "Europe/Rome"
hexagons = { resolution = 8, bbox = [
  12, 41,
  13, 91]}  #! cities.rome.hexagons.bbox[3]: 91 is out of range (-90 to 90)

[cities.bern]
timezone = "Europe/Zurich"
zones = "zones.geojson"
hexagons = { resolution = 8, bbox = [8, 46, 7, 47] }  #! cities.bern.hexagons: zones is set as well; only one of the two can be | cities.bern.hexagons.bbox: must be west < east and south < north

[sources.main]  #! sources.main: cert_file and key_file go together
type = "mqtt"
host = "broker"
tls = true
prefix = "/a/+"  #! sources.main.prefix: "/a/+" is not a topic without +, # and without / at either end
ca_file = "ca.pem"  #! sources.main.ca_file: no such file: FOLDER/ca.pem
cert_file = "zones.geojson"
password = { evn = "X" }  #! sources.main.password: must be { env = "NAME" } or { file = "path" }, did you mean "env"?

[sources.two]
type = "mqt"  #! sources.two.type: "mqt" is not one of mqtt, file, did you mean "mqtt"?

[sources.three]  #! sources.three: type is missing (one of mqtt, file)
host = "broker"

[sources.four]
type = "mqtt"
host = "broker"
client_id = "citywatch"  #! sources.four.client_id: [sources.main] has the same one at the same broker

[sources.five]
type = "file"
path = "day.ndjson.gz"  #! sources.five.path: day.ndjson.gz is compressed (gzip) and can't be followed as it grows: `citywatch replay day.ndjson.gz` reads such a file
from = "beginning"  #! sources.five.from: "beginning" is not one of start, end

[sources.six]
type = "file"
path = "."  #! sources.six.path: FOLDER cannot be read: it is no regular file

[sources.seven]
type = "file"
path = "zones.geojson"

[sources.eight]
type = "file"
path = "zones.geojson"  #! sources.eight.path: [sources.seven] follows it already

[sources.nine]  #! sources.nine.path: is missing
type = "file"

[targets.far]
type = "mqtt"
source = "seven"  #! targets.far.source: "seven" is neither a broker in [sources] nor the embedded one

[store]
type = "redis"
url = "redis://:secret@host:6379/0"  #! store.url: must be redis://HOST:PORT/DB, without a password in it

[tokens.anna]  #! tokens.anna: needs either token or token_sha256
role = "boss"  #! tokens.anna.role: "boss" is not one of viewer, watcher, lead, admin
cities = ["rga"]  #! tokens.anna.cities[0]: unknown city "rga", did you mean "riga"?

[tokens.bob]
token = { env = "BOB" }  #! tokens.bob.token: the variable BOB is not set
token_sha256 = "0123"  #! tokens.bob.token_sha256: must be 64 hexadecimal digits, in lower case

[tokens.eve]
token = { file = "eve.token" }  #! tokens.eve.token: FOLDER/eve.token cannot be read: No such file or directory

[tokens.dan]
token = 12345  #! tokens.dan.token: must be text, { env = "NAME" } or { file = "path" }

[targets.hook]  #! targets.hook: type is missing (one of mqtt, webhook, slack, telegram, alertmanager)
url = "https://example"

[actions.page_on_call]
levels = [["pager", "hook"]]  #! actions.page_on_call.levels: there is no [targets.pager]

[cities.riga.actions.push_couriers]
per_our = 3  #! cities.riga.actions.push_couriers.per_our: push_couriers has no such setting, did you mean "per_hour"?
"""  # noqa: E501 - each expectation stands on the line it is about


def test_every_kind_of_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """One file with every kind of fault gets each of them told, on the line it is on."""
    (tmp_path / "zones.geojson").write_text("{}", encoding="utf-8")
    expected = [(line, text.replace("FOLDER", str(tmp_path))) for line, text in marked(EVERY_FAULT)]
    assert sorted(found(faults(tmp_path, EVERY_FAULT)), key=str) == sorted(expected, key=str)


def test_faults_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Who mends them from top to bottom of the file works through them in order."""
    lines = [fault.line or 0 for fault in faults(tmp_path, EVERY_FAULT)]
    assert lines == sorted(lines)


def test_a_fault_is_one_line_with_file_line_and_field(tmp_path: Path) -> None:
    """A fault reads `file:line: field: reason`, as editors and terminals link it."""
    (fault,) = faults(tmp_path, CITY + "\n[http]\nport = -1\n")
    assert str(fault) == f"{tmp_path / 'city.toml'}:7: http.port: -1 is out of range (0 to 65535)"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[http\nport = 1\n", 1, "not TOML: Expected ']' at the end of a table declaration"),
        ("a = 1\na = 2\n", 2, "not TOML: Cannot overwrite a value"),
        ('a = "open\n', 1, "not TOML: "),
        ("a = [1,\n", 2, "not TOML: "),
        ("a = " + "[" * 50_000, None, "not usable: nested too deeply"),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(
    tmp_path: Path, text: str, line: int | None, reason: str
) -> None:
    """A file that is no TOML has one fault, on the line where it stops being any."""
    (fault,) = faults(tmp_path, text)
    assert fault.line == line
    assert fault.reason.startswith(reason)


def test_a_file_that_is_not_there_or_no_text_is_one_fault(tmp_path: Path) -> None:
    """No file, a folder, and bytes that are no text are faults of the user and no crash."""
    (tmp_path / "bytes.toml").write_bytes(b"a = '\xff'")
    for name, reason in [("gone.toml", "No such file"), (".", "Is a"), ("bytes.toml", "not UTF-8")]:
        with pytest.raises(ConfigError) as caught:
            load(tmp_path / name, {})
        (fault,) = caught.value.faults
        assert reason in fault.reason


def test_no_city_is_a_fault_unless_none_is_asked_for(tmp_path: Path) -> None:
    """A configuration that watches nothing is refused, but may be loaded on purpose."""
    (fault,) = faults(tmp_path, "")
    assert fault.reason.startswith("no city is configured")
    assert load(tmp_path / "city.toml", {}, city_required=False).settings.cities == {}


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """A file saved with a byte order mark loads as any other."""
    assert "riga" in loaded(tmp_path, "\ufeff" + CITY).settings.cities


def test_all_bodies_together_hold_at_least_one(tmp_path: Path) -> None:
    """A request as large as it may be would else find room never."""
    (fault,) = faults(tmp_path, CITY + "\n[http.limits]\nheld_bytes = 1_000_000\n")
    words = "http.limits.held_bytes: is below inflated_bytes, that of one (67108864)"
    assert str(fault).endswith(words)


def test_two_servers_on_one_port_are_a_fault(tmp_path: Path) -> None:
    """Two servers may not share a port, unless it is 0 or they listen at different addresses."""
    same = CITY + "\n[http]\nport = 9000\n[stream]\nport = 9000\n"
    assert found(faults(tmp_path, same)) == [(9, "stream.port: 9000 is the port of [http] as well")]
    assert not faults(tmp_path, same + 'host = "127.0.0.2"\n')
    assert not faults(tmp_path, CITY + "\n[http]\nport = 0\n[stream]\nport = 0\n")


def test_a_threshold_is_judged_as_it_holds_in_each_layer(tmp_path: Path) -> None:
    """A zone's lunch that raises below what its city clears at is refused where it stands."""
    text = CITY + (
        '[profiles.lunch]\nfrom = "11:00"\nto = "14:00"\n'
        "[cities.riga.rules.zone_shortage]\nwait_clear_s = 250\n"
        "[cities.riga.zone.A.profiles.lunch.rules.zone_shortage]\nwait_raise_s = 240\n"
    )
    assert found(faults(tmp_path, text)) == [
        (
            11,
            "cities.riga.zone.A.profiles.lunch.rules.zone_shortage.wait_raise_s: "
            "wait_clear_s (250) is above wait_raise_s (240)",
        )
    ]


def test_equal_thresholds_are_allowed(tmp_path: Path) -> None:
    """A rule that clears just below where it raises has no hysteresis, which one may want."""
    text = CITY + "[rules.zone_shortage]\nratio_raise = 1\nratio_clear = 1\n"
    assert not faults(tmp_path, text)


def test_a_fault_found_later_gets_its_place(tmp_path: Path) -> None:
    """Who parses the zone file places its faults on the line that names the file."""
    (tmp_path / "riga.geojson").write_text("{}", encoding="utf-8")
    text = '[cities.riga]\ntimezone = "Europe/Riga"\nzones = "riga.geojson"\n'
    config = loaded(tmp_path, text)
    assert config.zone_files["riga"].data == b"{}"
    assert config.resolve("riga.geojson") == config.zone_files["riga"].path
    fault = config.fault(("cities", "riga", "zones"), "feature 1: no ring")
    assert fault == Fault(
        file=str(tmp_path / "city.toml"),
        line=3,
        field="cities.riga.zones",
        reason="feature 1: no ring",
    )


def test_a_path_holds_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration named by a relative path gives absolute ones, for other processes too."""
    loaded(tmp_path, CITY)
    monkeypatch.chdir(tmp_path)
    assert load(Path("city.toml"), {}).resolve("city.db") == tmp_path / "city.db"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.ndjson", b"\x1f\x8b\x08\x00", "gzip"),
        ("a.ndjson", b"\x28\xb5\x2f\xfd", "zstd"),
        ("a.ndjson.GZ", None, "gzip"),
        ("a.zst", None, "zstd"),
        ("a.xz", b"", "xz"),
    ],
)
def test_a_compressed_file_cannot_be_followed(
    tmp_path: Path, name: str, content: bytes | None, kind: str
) -> None:
    """By its first bytes or its name it is refused, and `citywatch replay` named instead."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    (fault,) = faults(tmp_path, f'{CITY}[sources.log]\ntype = "file"\npath = "{name}"\n')
    assert fault.field == "sources.log.path"
    assert fault.reason.startswith(f"{name} is compressed ({kind})")
    assert f"citywatch replay {name}" in fault.reason


def test_a_ground_for_the_map_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    """A city is watched without it; `citywatch check` says so."""
    text = f'{CITY}[map]\nbasemap_pmtiles = "riga.pmtiles"\n'
    (warning,) = loaded(tmp_path, text).warnings
    assert "no such file, the map has no ground" in str(warning)


def test_a_file_to_follow_that_is_not_there_yet_is_a_warning(tmp_path: Path) -> None:
    """It is waited for; one that is there is none."""
    text = f'{CITY}[sources.log]\ntype = "file"\npath = "day.ndjson"\n'
    (warning,) = loaded(tmp_path, text).warnings
    assert f"no such file yet, it is waited for: {tmp_path / 'day.ndjson'}" in str(warning)
    (tmp_path / "day.ndjson").touch()
    assert not loaded(tmp_path, text).warnings
