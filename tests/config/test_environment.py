"""Environment variables over the file."""

from pathlib import Path

import pytest

from config.edges import MqttSource
from tests.support.configs import CITY, faults, loaded


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    """CITYWATCH__HTTP__PORT sets the port whatever the file says."""
    text = CITY + "[http]\nport = 1234\n"
    config = loaded(tmp_path, text, {"CITYWATCH__HTTP__PORT": "9000", "OTHER__HTTP__PORT": "1"})
    assert config.settings.http.port == 9000


def test_a_variable_finds_names_of_the_file_in_any_case(tmp_path: Path) -> None:
    """A zone `Centrs` and a city `new-york` are met by names in capitals with underscores."""
    text = CITY.replace("riga]", "new-york]") + (
        "[cities.new-york.zone.Centrs.rules.order_late]\nafter_min = 1\n"
    )
    name = "CITYWATCH__CITIES__NEW_YORK__ZONE__CENTRS__RULES__ORDER_LATE__AFTER_MIN"
    city = loaded(tmp_path, text, {name: "33"}).settings.cities["new-york"]
    assert city.zone["Centrs"].rules == {"order_late": {"after_min": 33}}


def test_a_variable_makes_the_tables_it_needs(tmp_path: Path) -> None:
    """A whole city and a source can come from variables alone."""
    env = {
        "CITYWATCH__CITIES__RIGA__TIMEZONE": "Europe/Riga",
        "CITYWATCH__CITIES__RIGA__HEXAGONS": "{ resolution = 7, bbox = [1, 2, 3, 4] }",
        "CITYWATCH__SOURCES__MAIN__TYPE": "mqtt",
        "CITYWATCH__SOURCES__MAIN__HOST": "127.0.0.1",
        "CITYWATCH__SOURCES__MAIN__TLS": "true",
    }
    settings = loaded(tmp_path, "", env).settings
    assert settings.cities["riga"].timezone == "Europe/Riga"
    source = settings.sources["main"]
    assert isinstance(source, MqttSource)
    assert source.tls


@pytest.mark.parametrize("text", ["12345", "true", "1979-05-27", '"12345"', "a # b", "x\ny = 1"])
def test_where_text_is_wanted_the_value_is_text(tmp_path: Path, text: str) -> None:
    """A password or a name of digits is the text it looks like."""
    env = {
        "CITYWATCH__BROKER__USERNAME": text,
        "CITYWATCH__BROKER__PASSWORD": text,
    }
    broker = loaded(tmp_path, CITY, env).settings.broker
    assert broker.username == text.strip('"')
    assert broker.password is not None
    assert broker.password.reveal() == text.strip('"')


def test_a_fault_names_the_variable(tmp_path: Path) -> None:
    """What a variable gets wrong is told with its name in place of file and line."""
    env = {
        "CITYWATCH__HTTP__PORT": "high",
        "CITYWATCH__HTTP__PROT": "1",
        "CITYWATCH__CITIES__RIGA__DETOUR__X": "1",
        "CITYWATCH__CITIES__OSLO__NAME": "Oslo",
        "CITYWATCH____PORT": "1",
    }
    text = CITY + "detour = 1.5\n"
    assert {str(fault) for fault in faults(tmp_path, text, env)} == {
        "CITYWATCH__HTTP__PORT: http.port: must be a whole number, not text",
        'CITYWATCH__HTTP__PROT: http.prot: unknown key, did you mean "port"?',
        "CITYWATCH__CITIES__RIGA__DETOUR__X: cities.riga.detour: "
        "is not a table, so nothing can be set in it",
        "CITYWATCH__CITIES__OSLO__NAME: cities.oslo.timezone: is missing",
        "CITYWATCH__CITIES__OSLO__NAME: cities.oslo: needs zones (a GeoJSON file) or hexagons",
        "CITYWATCH____PORT: is not CITYWATCH__TABLE__KEY",
    }
