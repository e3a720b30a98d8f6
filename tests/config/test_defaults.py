"""The file of defaults and the reference page say what the code does."""

from msgspec import Struct
from msgspec.structs import fields

from alerts.rules import RULES, RuleSet
from config.load import load
from config.reference import (
    DEFAULT_TOML,
    NAMED,
    PAGE,
    TABLES,
    configuration_md,
    default_toml,
    meaning,
)
from config.schema import Settings


def test_the_file_of_defaults_is_the_defaults() -> None:
    """Loading `default.toml` gives exactly the settings that no file at all would."""
    config = load(DEFAULT_TOML, {}, city_required=False)
    assert config.settings == Settings()
    assert config.warnings == ()


def test_the_file_of_defaults_names_every_setting() -> None:
    """Every setting of every rule and server stands in `default.toml`, if only as a comment."""
    text = DEFAULT_TOML.read_text(encoding="utf-8")
    for rule in RULES:
        assert f"[rules.{rule}]" in text
    for cls in TABLES.values():
        assert all(
            f"{field.encode_name} =" in text or f"{field.encode_name}]" in text
            for field in fields(cls)
        )


def test_the_written_files_are_what_the_code_generates() -> None:
    """`docs/configuration.md` and `default.toml` have not drifted from the structs."""
    assert PAGE.read_text(encoding="utf-8") == configuration_md()
    assert DEFAULT_TOML.read_text(encoding="utf-8") == default_toml()


def test_every_setting_says_what_it_means() -> None:
    """No field of any table or rule is without its description."""
    rules: list[type[Struct]] = [field.type for field in fields(RuleSet)]
    every: list[type[Struct]] = [Settings, *NAMED.values(), *TABLES.values(), *rules]
    for cls in every:
        for field in fields(cls):
            assert meaning(field), f"{cls.__name__}.{field.name}"
