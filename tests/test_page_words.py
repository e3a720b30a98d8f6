"""The live map has words, in each of its languages, for every name that the server sends."""

import json
from pathlib import Path
from string import Formatter
from typing import Any, Final, get_args

import pytest

from alerts.act import Refusal
from alerts.action import KINDS, ActionState, Answer, Hindrance, TargetState
from alerts.alert import Cause, Ending
from alerts.phrases import CODES, ENGLISH
from alerts.rules import RULES, SEVERITIES, Mode, SubjectKind
from monitor.core.events import CourierStatus, Payment, Problem, VenueStatusName
from monitor.core.roles import ROLES
from monitor.core.views.rows import ORDER_STATES
from monitor.core.views.trend import FIGURES

LANGUAGES: Final = ("en", "lv", "ru", "fa", "uz")
FOLDER: Final = Path(__file__).parents[1] / "web" / "src" / "i18n"
# What stands before the name in the key of its words.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "said": tuple(code for code in CODES if code != "cause"),  # that is `reason`
    "reason": get_args(Cause),
    "hindrance": get_args(Hindrance),
    "refusal": get_args(Refusal),
    "rule": RULES,
    "severity": SEVERITIES,
    "ending": get_args(Ending),
    "kind": KINDS,
    "kind.short": KINDS,
    "action.line": KINDS,
    "action.state": get_args(ActionState),
    "mode": (*get_args(Mode), "by_hand"),
    "target.state": get_args(TargetState),
    "target.answer": get_args(Answer),
    "subject": get_args(SubjectKind),
    "figure": FIGURES,
    "role": ROLES,
    "map.state": ORDER_STATES,
    "map.courier": get_args(CourierStatus),
    "map.venue": get_args(VenueStatusName),
    "payment": get_args(Payment),
    "problem": get_args(Problem),
}


def catalogue(language: str) -> dict[str, Any]:
    """The words of a language by their keys."""
    words: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_the_server_has_words(language: str) -> None:
    """A name that is added here and forgotten there would be shown in English, or bare."""
    words = catalogue(language)
    wanted = {f"{prefix}.{name}" for prefix, names in NAMES.items() for name in names}
    assert sorted(wanted - words.keys()) == []


def test_no_words_are_left_of_a_phrase_that_is_gone() -> None:
    """But for what joins two phrases."""
    told = {key.removeprefix("said.") for key in catalogue("en") if key.startswith("said.")}
    assert told - {"both"} == set(NAMES["said"])


def test_phrases_name_the_values_that_they_come_with() -> None:
    """A place in the page's words is filled only if the server sends a value of that name; lengths
    of time in seconds are written without their `_s`."""
    words = catalogue("en")
    for code, template in ENGLISH.items():
        forms = words[f"said.{code}"]
        texts = forms.values() if isinstance(forms, dict) else (forms,)
        sent = {
            name.removesuffix("_s")
            for text in (template if isinstance(template, tuple) else (template,))
            for _, name, _, _ in Formatter().parse(text)
            if name
        }
        for text in texts:
            used = {name for _, name, _, _ in Formatter().parse(text) if name}
            assert used <= sent, code
