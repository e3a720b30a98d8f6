"""One watcher as the hub and its columns know it; made by `connection`, told through `wake`."""

from collections.abc import Callable

from ws.auth import Identity
from ws.delta import Topic
from ws.outbox import Outbox
from ws.reasons import CloseReason
from ws.topics import Subscription


class Client:
    """One watcher.

    `wake` is called when something waits in `outbox` or `ending` was set; it must not block.
    """

    def __init__(self, outbox: Outbox, wake: Callable[[], None]) -> None:
        self.outbox = outbox
        self.wake = wake
        self.identity: Identity | None = None
        self.watches: dict[Topic, Subscription] = {}
        self.ending: CloseReason | None = None

    def end(self, reason: CloseReason) -> None:
        """Ask the server to close it; the first reason stands."""
        if self.ending is None:
            self.ending = reason
            self.wake()
