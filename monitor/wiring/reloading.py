"""Reading the configuration anew while the monitor runs; who takes it is told in `app.py`."""

import logging
import os
from pathlib import Path
from typing import Final

from config.faults import ConfigError
from config.load import Loaded, load
from config.schema import Settings
from monitor.wiring.plans import Planned, make_plans

log = logging.getLogger("citywatch")

# The tables that only a restart changes.
FIXED: Final = (
    *("http", "stream", "map", "broker", "sources"),
    *("engine", "store", "recording", "targets"),
)
# What of such a table the keeper asks for each time: it holds from its next snapshot on.
LIVE: Final = {"store": ("snapshot_s", "journal_keep_s", "letters_days", "audit_days")}


def read_anew(path: Path, begun_with: Settings) -> tuple[Loaded, Planned] | None:
    """The new configuration, or None where it has a fault: each stands in the log then.

    What differs from the settings of the start and needs a restart is named in the log as well.
    """
    try:
        loaded = load(path, os.environ)
        planned = make_plans(loaded)
    except ConfigError as error:
        for fault in error.faults:
            log.error("reload refused: %s", fault)
        return None
    fixed = [name for name in FIXED if _fixed(loaded.settings, name) != _fixed(begun_with, name)]
    if fixed:
        log.warning("reload: a change of %s needs a restart", ", ".join(fixed))
    return loaded, planned


def _fixed(settings: Settings, name: str) -> object:
    """A table without what may change while the monitor runs."""
    table = getattr(settings, name)
    if name not in LIVE:
        return table
    return {
        field: getattr(table, field) for field in table.__struct_fields__ if field not in LIVE[name]
    }
