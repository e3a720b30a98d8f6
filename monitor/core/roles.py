"""What each role may do, for the API and the stream alike.

A viewer looks; a watcher acts on alerts, silences and actions; a lead may also take an alert from
whoever holds it and switch kinds of actions off; an admin may do everything there is.
"""

from typing import Final, Literal, get_args

from monitor.core.commands import Command, ReleaseAlert, SwitchActions

Role = Literal["viewer", "watcher", "lead", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


def reaches(role: str, needed: Role) -> bool:
    """Whether `role` may do what `needed` may; an unknown role may nothing."""
    known: tuple[str, ...] = ROLES
    return role in known and known.index(role) >= known.index(needed)


def role_for(command: Command) -> Role:
    """The least role that may give a command."""
    if isinstance(command, SwitchActions) or (isinstance(command, ReleaseAlert) and command.force):
        return "lead"
    return "watcher"
