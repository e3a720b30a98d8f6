"""The real Debian Alertmanager on a free loopback port, with a configuration of its own.

It notifies a webhook, if one is given, a tenth of a second after a change; its log of notices is
written every second, so that even a kill loses little of it.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.support.servers import Server, free_port, running

ALERTMANAGER: Final = "/usr/bin/prometheus-alertmanager"
DEADLINE_S: Final = 30.0


@dataclass
class Alertmanager(Server):
    """One Alertmanager; it keeps its port and its files over `kill` and `start`."""

    folder: Path
    webhook: str | None = None
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts it and waits until it is ready."""
        self.folder.mkdir(exist_ok=True)
        config = self.folder / "alertmanager.yml"
        hooks = [{"url": self.webhook, "send_resolved": True}] if self.webhook else []
        route = {"receiver": "all", "group_by": ["..."], "group_wait": "100ms"}
        # JSON is YAML too.
        document = {
            "route": {**route, "group_interval": "100ms", "repeat_interval": "4h"},
            "receivers": [{"name": "all", "webhook_configs": hooks}],
        }
        config.write_text(json.dumps(document), encoding="utf-8")
        await self.spawn(
            ALERTMANAGER,
            f"--config.file={config}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
            "--data.maintenance-interval=1s",
            "--log.level=error",
        )
        await self._until_ready()

    async def alerts(self) -> list[dict[str, Any]]:
        """What fires there now."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/api/v2/alerts") as answer,
        ):
            found: list[dict[str, Any]] = await answer.json()
            return found

    async def until(
        self, condition: Callable[[list[dict[str, Any]]], bool], what: str
    ) -> list[dict[str, Any]]:
        """Waits until what fires there meets a condition, and gives it."""
        found: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not condition(found := await self.alerts()):  # noqa: ASYNC110  # another's state
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"waited in vain: {what}; there are {found}") from None
        return found

    async def until_logged(self) -> None:
        """Waits until its log of notices stands on the disk."""
        log = self.folder / "data" / "nflog"
        async with asyncio.timeout(DEADLINE_S):
            while not (log.exists() and log.stat().st_size):  # noqa: ASYNC110  # another's file
                await asyncio.sleep(0.02)

    async def _until_ready(self) -> None:
        async with asyncio.timeout(DEADLINE_S), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{self.url}/-/ready") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.02)


def alertmanager(
    folder: Path, webhook: str | None = None
) -> AbstractAsyncContextManager[Alertmanager]:
    """An Alertmanager for the length of a test."""
    return running(Alertmanager(folder, webhook))
