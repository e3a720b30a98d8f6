"""The port for commands: what the stream asks of whoever carries them out, and gets back."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from ws.auth import Identity


class ClientInfo(Struct, frozen=True):
    """Who sends a command, and from where."""

    connection: int
    address: str
    identity: Identity


class CommandResult(Struct, frozen=True):
    """What came of it: `code` is a word for programs, `message` one for people.

    `detail` is any JSON value, encoded.
    """

    ok: bool
    code: str = "done"
    message: str = ""
    detail: bytes = b"null"


# Carries out a command: the client, its name, its arguments as a JSON object in bytes. It is
# cancelled after `command_timeout_s` and when the client leaves.
CommandPort = Callable[[ClientInfo, str, bytes], Awaitable[CommandResult]]


async def refuse_all(client: ClientInfo, name: str, args: bytes) -> CommandResult:
    """The `CommandPort` of a stream that only shows."""
    return CommandResult(ok=False, code="unknown_command", message=f"no command {name!r} here")
