"""Who hears of an alert, and when: grouping, throttling, repeat, escalation, and always a close.

What lives here: one `Router` for a city and kind of notice, told of every change of an alert and
run when something is due; what it plans, the core makes an action and letters of. What does not:
how a group lives (`grouping.py`), what a notice says (`notices.py`), budgets and kill switches
(asked through `may_send`), delivery.
Pure: time is passed in, ids are derived from what a notice is about.
"""

from collections.abc import Callable, Collection
from operator import itemgetter
from typing import Any, Final, Literal

from msgspec import Struct, convert, to_builtins

from alerts.action import Hindrance
from alerts.alert import Alert
from alerts.grouping import FAR, REST, Group, Key, Look, key_of, member_of, told_of
from alerts.letter import NoticeStep
from alerts.notices import NoticePlan, notice_id, plan, reach
from alerts.remedies.settings import NoticeSettings

MAX_GROUPS: Final = 1_000  # of a city and kind; alerts of further ones share one group, REST
MAX_MEMBERS: Final = 10_000  # of a group; further alerts are not taken in, and counted as lost
HELD_MS: Final = 10_000  # how long after a refusal `may_send` is asked again
# In this order where several are due; a close comes before all of them and asks nobody.
STEPS: Final[tuple[NoticeStep, ...]] = ("open", "update", "escalate", "repeat")


class _Memory(Struct, kw_only=True):
    """All that a router knows, in the form in which it is dumped."""

    heard: dict[str, Alert] = {}  # as last heard, since the last run
    groups: list[Group] = []
    due_ms: int = FAR
    ask_ms: int = 0  # `may_send` is not asked before
    told: dict[str, int] = {}
    held: dict[str, int] = {}
    lost: int = 0


class Router:
    """Who hears of the alerts of one city by one kind of notice.

    `told` counts notices by step; `held` what was kept back by its reason: notices, each once a
    reason, and under `muted` alerts each time they fall silent; `lost` counts the times that an
    alert found no room.
    """

    def __init__(self, city: str, kind: Literal["warn_support", "page_on_call"]) -> None:
        self.city = city
        self.kind = kind
        self.told: dict[str, int] = {}
        self.held: dict[str, int] = {}
        self.lost = 0
        self.due_ms = FAR  # run at the latest then (ms), and once after the settings have changed
        self._heard: dict[str, Alert] = {}
        self._groups: dict[Key, Group] = {}
        self._home: dict[str, Key] = {}  # the group of each alert that is in one
        self._settings: NoticeSettings | None = None
        self._ask_ms = 0

    def hear(self, alert: Alert, now_ms: int) -> None:
        """Take note of an alert after a change of it; `run` is then due at `now_ms`.

        Pending ones, and the end of those never taken in, mean nothing here.
        """
        if alert.state == "firing" or self.knows(alert.id):
            self._heard[alert.id] = alert
            self.due_ms = min(self.due_ms, now_ms)

    def knows(self, alert_id: str) -> bool:
        """Whether the alert was taken in and has not ended: its end must then be told to `hear`,
        even if its rule has been set to another action or mode since."""
        return alert_id in self._home or alert_id in self._heard

    def unsay(self, notice_id: str, heard: Collection[str], anew: bool, now_ms: int) -> None:
        """A message of a notice was taken back before it was sent; see `Group.unsay`."""
        for group in self._groups.values():
            if group.notice_id == notice_id:
                group.unsay(heard, anew, now_ms)
                group.due_ms = 0
                self.due_ms = min(self.due_ms, now_ms)

    def run(
        self, now_ms: int, settings: NoticeSettings, may_send: Callable[[], bool]
    ) -> list[NoticePlan]:
        """What is to be told now: closes first, then the most severe.

        `may_send` is asked once for every notice that would go, except closes, and a yes is used.
        Sets `due_ms`. Running more often than due, at any time, changes nothing.
        """
        self._forget(now_ms, settings)
        for alert in self._heard.values():
            self._place(alert, settings)
        self._heard = {}
        anew = settings != self._settings
        self._settings = settings
        plans: list[NoticePlan] = []
        stirring: list[tuple[tuple[int, int, Key], Group, Look]] = []
        for group in self._groups.values():
            if anew or group.due_ms <= now_ms:
                look = group.look()
                if group.is_over(look):
                    level, to = reach(group, "close", settings.levels)
                    plans.append(self._tell(group, "close", level, to, now_ms))
                group.move(look.mood, now_ms)
                stirring.append(((-look.rank, group.since_ms, group.key), group, look))
        for _, group, look in sorted(stirring, key=itemgetter(0)):
            for step in STEPS:
                if group.at_ms(step, look, settings) <= now_ms:
                    told = self._try(group, step, settings, now_ms, may_send)
                    if told is not None:
                        plans.append(told)
                        look = group.look()
            group.move(look.mood, now_ms)
            group.due_ms = self._due(group, look, settings, now_ms)
        self.due_ms = min((group.due_ms for group in self._groups.values()), default=FAR)
        return plans

    def dump(self) -> dict[str, Any]:
        """All that it knows, as plain builtins."""
        memory = _Memory(
            heard=self._heard,
            groups=list(self._groups.values()),
            due_ms=self.due_ms,
            ask_ms=self._ask_ms,
            told=self.told,
            held=self.held,
            lost=self.lost,
        )
        dumped: dict[str, Any] = to_builtins(memory)
        return dumped

    def load(self, data: dict[str, Any]) -> None:
        """Know what `dump` gave, and nothing else. Raises msgspec.ValidationError."""
        memory = convert(data, _Memory)
        self._heard = memory.heard
        self._groups = {group.key: group for group in memory.groups}
        self._home = {alert: group.key for group in memory.groups for alert in group.members}
        self._settings = None
        self.due_ms, self._ask_ms = memory.due_ms, memory.ask_ms
        self.told, self.held, self.lost = memory.told, memory.held, memory.lost

    # --- taking in --------------------------------------------------------------------------

    def _place(self, alert: Alert, settings: NoticeSettings) -> None:
        """Put an alert as it now is into its group, or take it out.

        One that was told stays with its notice; one that was not moves with its labels.
        """
        home = self._home.get(alert.id)
        group = None if home is None else self._groups[home]
        before = None if group is None else group.members[alert.id]
        if alert.state == "resolved":
            if group is not None:
                group.end(told_of(alert))
                group.due_ms = 0
                del self._home[alert.id]
            return
        member = member_of(alert, before)
        if member.muted and (before is None or not before.muted):
            self._count_held("muted")
        key = key_of(alert, settings.group_by)
        if group is None or (home != key and not member.known):
            if group is not None:
                del group.members[alert.id], self._home[alert.id]
                group.due_ms = 0
            group = self._room(key)
            if group is None:
                self.lost += 1
                return
            self._home[alert.id] = group.key
        group.members[alert.id] = member
        group.due_ms = 0

    def _room(self, key: Key) -> Group | None:
        """The group of a key, or the one of all the rest; None where it is full."""
        if key not in self._groups and len(self._groups) >= MAX_GROUPS:
            key = REST
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key=key)
        return group if len(group.members) < MAX_MEMBERS else None

    def _forget(self, now_ms: int, settings: NoticeSettings) -> None:
        for key in [k for k, g in self._groups.items() if g.is_done(now_ms, settings)]:
            del self._groups[key]

    # --- telling ----------------------------------------------------------------------------

    def _try(
        self,
        group: Group,
        step: NoticeStep,
        settings: NoticeSettings,
        now_ms: int,
        may_send: Callable[[], bool],
    ) -> NoticePlan | None:
        """The notice that is due, or None and the reason counted."""
        level, to = reach(group, step, settings.levels)
        hindrance: Hindrance | None = None
        if not settings.enabled:
            hindrance = "switched_off"
        elif not to:
            hindrance = "no_target"
        elif now_ms < self._ask_ms:
            hindrance = "budget_spent"
        elif not may_send():
            hindrance = "budget_spent"
            self._ask_ms = now_ms + HELD_MS
        if hindrance is None:
            return self._tell(group, step, level, to, now_ms)
        if group.held != hindrance:
            group.held = hindrance
            self._count_held(hindrance)
        return None

    def _tell(
        self, group: Group, step: NoticeStep, level: int, to: tuple[str, ...], now_ms: int
    ) -> NoticePlan:
        if step == "open":
            group.notice_id = notice_id(self.city, self.kind, group.key, now_ms)
        self.told[step] = self.told.get(step, 0) + 1
        return plan(group, step, group.tell(step, level, to, now_ms), to, now_ms)

    def _due(self, group: Group, look: Look, settings: NoticeSettings, now_ms: int) -> int:
        """When time alone may bring a notice. What settings hold back, only settings let go."""
        held_ms = self._ask_ms if self._ask_ms > now_ms else FAR
        at_ms = [group.at_ms(step, look, settings) for step in STEPS]
        return min(at if at > now_ms else held_ms for at in at_ms)

    def _count_held(self, reason: Hindrance) -> None:
        self.held[reason] = self.held.get(reason, 0) + 1
