"""The API of a small town, served on a loopback port for a test, and who may sign in there.

Requests of the tests go over a real connection; commands go straight through `step`.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from monitor.api.app import build_api
from monitor.api.context import ApiContext, LiveMap
from monitor.ingest.dead_letters import DeadLetters
from monitor.runtime.telemetry import Telemetry
from tests.support.cities import CITY, Town
from ws.auth import Identity

_LABEL = re.compile(r'\w+="([^"]*)"')
PEOPLE = {
    "vera": Identity("vera", "viewer"),
    "walt": Identity("walt", "watcher"),
    "wanda": Identity("wanda", "watcher"),
    "lea": Identity("lea", "lead"),
    "adam": Identity("adam", "admin"),
    "here": Identity("here", "watcher", (CITY,)),
    "elsewhere": Identity("elsewhere", "lead", ("othertown",)),
    "nobody": Identity("nobody", "stranger"),
}


def by_name(token: str | None) -> Identity | None:
    """The `authenticate` of the stage: each person's token is their name."""
    return PEOPLE.get(token or "")


def signed(name: str) -> dict[str, str]:
    """The header with which this person signs in."""
    return {"Authorization": f"Bearer {name}"}


def context_of(town: Town, **parts: Any) -> ApiContext:
    """What the API is given, some parts of it changed."""
    given: dict[str, Any] = {
        "state": lambda: town.state,
        "now_ms": town.now_ms,
        "submit": town.submit,
        "dead_letters": DeadLetters(),
        "telemetry": Telemetry("1.2.3"),
        "version": "1.2.3",
        "page": LiveMap(Path("not built")),
    }
    return ApiContext(**(given | parts))


@asynccontextmanager
async def api(town: Town, **parts: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of the town's API."""
    async with TestClient(TestServer(build_api(context_of(town, **parts)))) as client:
        yield client


def figures_of(metrics: str, name: str) -> dict[tuple[str, ...], float]:
    """The samples of one metric in the text of `/metrics`, by their labels' values."""
    return {
        tuple(_LABEL.findall(labels)): float(figure)
        for labels, figure in re.findall(rf"^{name}{{(.*)}} (\S+)$", metrics, re.MULTILINE)
    }
