"""The real Debian Mosquitto on a free loopback port, with a configuration of its own.

Lives here: starting, killing and restarting the broker, its passwords and its certificates, and
publishing with `mosquitto_pub`. Used by the contract suite of the sources and by the benchmarks.
"""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MOSQUITTO: Final = "/usr/sbin/mosquitto"
START_DEADLINE_S: Final = 10.0
STOP_DEADLINE_S: Final = 5.0


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until_listening(port: int, deadline_s: float = START_DEADLINE_S) -> None:
    """Waits until something accepts connections on the loopback port."""
    async with asyncio.timeout(deadline_s):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                await writer.wait_closed()
                return


@dataclass
class Mosquitto:
    """One broker; it keeps its port and its sessions over `kill` and `start`."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: Sequence[str] = ("allow_anonymous true",)
    _process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Of the running broker."""
        assert self._process is not None
        return self._process.pid

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
        self._process = await asyncio.create_subprocess_exec(
            MOSQUITTO,
            "-c",
            str(config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await until_listening(self.port)

    async def kill(self) -> None:
        """SIGKILL: nothing is said to anybody."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """An orderly stop, sessions saved."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_DEADLINE_S):
                    await self._process.wait()
            except TimeoutError:
                await self.kill()

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


@asynccontextmanager
async def mosquitto(
    folder: Path, settings: Sequence[str] = ("allow_anonymous true",)
) -> AsyncIterator[Mosquitto]:
    """A broker for the length of a test."""
    broker = Mosquitto(folder, settings=settings)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


def password_file(folder: Path, username: str, password: str) -> Path:
    """A file for Mosquitto's `password_file`."""
    path = folder / "passwords"
    command = ["mosquitto_passwd", "-b", "-c", str(path), username, password]
    subprocess.run(command, check=True, capture_output=True)
    return path
