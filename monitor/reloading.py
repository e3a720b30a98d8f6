"""Reading the configuration anew while the monitor runs; who takes it is told in `app.py`."""

import logging
import os
from pathlib import Path
from typing import Final

from config.faults import ConfigError
from config.load import Loaded, load
from config.schema import Settings
from monitor.plans import Planned, make_plans

log = logging.getLogger("citywatch")

# The tables that only a restart changes.
FIXED: Final = (
    *("http", "stream", "map", "broker", "sources"),
    *("engine", "store", "recording", "targets"),
)


def read_anew(path: Path, now: Settings) -> tuple[Loaded, Planned] | None:
    """The new configuration, or None where it has a fault: each stands in the log then.

    What differs from `now` and needs a restart is named in the log as well.
    """
    try:
        loaded = load(path, os.environ)
        planned = make_plans(loaded)
    except ConfigError as error:
        for fault in error.faults:
            log.error("reload refused: %s", fault)
        return None
    fixed = [name for name in FIXED if getattr(loaded.settings, name) != getattr(now, name)]
    if fixed:
        log.warning("reload: a change of %s needs a restart", ", ".join(fixed))
    return loaded, planned
