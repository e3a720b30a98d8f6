"""What people ask for over the stream, turned into commands of the engine.

Who may do what stands in `core/roles.py`, for the HTTP API too. The words are those of the
commands, on alerts (`ack`, `claim`, `silence`, …) and actions (`approve`, `push`, `pause`, …), with
`city` and the command's own fields as arguments.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, Final

import msgspec

from alerts.act import Outcome
from monitor.core.audit import AuditEntry, act_of, reason_of, subject_of
from monitor.core.commands import Command
from monitor.core.roles import reaches, role_for
from ws.auth import ANONYMOUS, Identity
from ws.commands import ClientInfo, CommandResult

_DECODER: Final = msgspec.json.Decoder(Command)
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


def acting(watching: Iterable[Identity]) -> int:
    """How many people these are who may act: each name once, the nameless each for himself."""
    able = [one for one in watching if reaches(one.role, "watcher")]
    named = {one.name for one in able if one != ANONYMOUS}
    return len(named) + sum(one == ANONYMOUS for one in able)


class People:
    """The command port of the stream: checks who asks for what, and answers what came of it.

    `refused` hears of each command that is one but does not come to the engine, for the audit.
    """

    def __init__(
        self,
        submit: Callable[[Command], Awaitable[Outcome]],
        now_ms: Callable[[], int],
        cities: Callable[[], Collection[str]],
        refused: Callable[[AuditEntry], None],
    ) -> None:
        self._submit = submit
        self._now_ms = now_ms
        self._cities = cities
        self._refused = refused

    async def __call__(self, client: ClientInfo, name: str, args: bytes) -> CommandResult:
        """Carry out one command of a client."""
        try:
            fields = _OBJECT.decode(args)
            fields |= {"type": f"command.{name}", "by": client.identity.name, "ts": self._now_ms()}
            command = _DECODER.decode(msgspec.json.encode(fields))
        except msgspec.ValidationError as error:
            code = "unknown_command" if "`$.type`" in str(error) else "invalid"
            return CommandResult(False, code, str(error))
        except msgspec.DecodeError as error:
            return CommandResult(False, "invalid", str(error))
        known = command.city in self._cities()
        if not known or not client.identity.may_see(command.city):
            # A city that he may not see is as unknown to him as any; the audit knows better.
            self._note(command, known, "forbidden" if known else "unknown_city")
            return CommandResult(False, "unknown_city", f"no city {command.city!r} for you")
        needed = role_for(command)
        if not reaches(client.identity.role, needed):
            self._note(command, known, "forbidden")
            return CommandResult(
                False, "forbidden", f"this needs the role {needed}; yours is {client.identity.role}"
            )
        outcome = await self._submit(command)
        return CommandResult(
            outcome.ok,
            outcome.refusal or "done",
            outcome.message,
            msgspec.json.encode(_detail(outcome)),
        )

    def _note(self, command: Command, city_is_known: bool, code: str) -> None:
        entry = AuditEntry(
            ts=command.ts,
            city=command.city if city_is_known else "",
            by=command.by,
            act=act_of(command),
            subject=subject_of(command),
            ok=False,
            code=code,
            reason=reason_of(command),
        )
        self._refused(entry)


def _detail(outcome: Outcome) -> dict[str, object]:
    told: dict[str, object] = {
        "by": outcome.by,
        "since_ts": outcome.since_ts,
        "id": outcome.id,
    }
    return told | {"said": outcome.said} if outcome.said else told
