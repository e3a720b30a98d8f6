"""The real Debian Mosquitto on a free loopback port, with a configuration of its own.

Lives here: starting, killing and restarting the broker, its passwords and its certificates, and
publishing with `mosquitto_pub`. Used by the contract suite of the sources and by the benchmarks.
"""

import asyncio
import subprocess
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.servers import STOP_DEADLINE_S, Server, free_port, running, until_listening

MOSQUITTO: Final = "/usr/sbin/mosquitto"


@dataclass
class Mosquitto(Server):
    """One broker; it keeps its port and its sessions over `kill` and `start`."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: Sequence[str] = ("allow_anonymous true",)

    async def start(self) -> None:
        """Starts it and waits until it listens."""
        config = self.folder / "mosquitto.conf"
        lines = [
            "user root",  # stay who we are, to read the test's own files; ignored unless root
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self.folder}/",
            "autosave_interval 1",
            "max_queued_messages 0",
            "log_dest none",
            *self.settings,
        ]
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        await self.spawn(MOSQUITTO, "-c", str(config))
        await until_listening(self.port)

    async def publish(self, topic: str, payload: bytes, *options: str) -> None:
        """One message through `mosquitto_pub`, with `options` such as `-q 1 -V mqttv5`."""
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-s"]
        process = await asyncio.create_subprocess_exec(
            *command, *options, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(STOP_DEADLINE_S):
            _, said = await process.communicate(payload)
        if process.returncode:
            raise OSError(f"mosquitto_pub: {said.decode().strip()}")


def mosquitto(
    folder: Path, settings: Sequence[str] = ("allow_anonymous true",)
) -> AbstractAsyncContextManager[Mosquitto]:
    """A broker for the length of a test."""
    return running(Mosquitto(folder, settings=settings))


def password_file(folder: Path, username: str, password: str) -> Path:
    """A file for Mosquitto's `password_file`."""
    path = folder / "passwords"
    command = ["mosquitto_passwd", "-b", "-c", str(path), username, password]
    subprocess.run(command, check=True, capture_output=True)
    return path
