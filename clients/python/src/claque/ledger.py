"""What shaping took out in silence, and assertions that say why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional

from .clock import time_of_day
from .http import ControlApi

FEED_MAX = 2_000
"""Events of the feed that are looked at: as many as the server keeps."""


@dataclass(frozen=True)
class Shed:
    """A message that was shed: its sender was answered with success, and nobody got it."""

    message_id: str
    app_id: str
    group_id: str
    type: int
    level: str
    weight: int
    sender: str
    data: str
    rule: str
    winner: Optional[str]
    """The message that got its place; None: no single one did."""
    submitted_micros: int
    at_micros: int

    def __str__(self) -> str:
        by = f"outranked by {self.winner}" if self.winner is not None else "no other message took its place"
        return f"{self.message_id} was shed at {time_of_day(self.at_micros)}: {by} (rule {self.rule})"


@dataclass(frozen=True)
class Overdue:
    """The newest message of its type, delivered later than documented: there were more types than slots."""

    message_id: str
    app_id: str
    group_id: str
    type: int
    submitted_micros: int
    due_micros: int
    at_micros: int


def _shed(entry: Any) -> Shed:
    return Shed(
        message_id=entry["messageId"],
        app_id=entry["appId"],
        group_id=entry["groupId"],
        type=entry["type"],
        level=entry["level"],
        weight=entry["weight"],
        sender=entry["sender"],
        data=entry["data"],
        rule=entry["rule"],
        winner=entry["winner"],
        submitted_micros=entry["submittedMicros"],
        at_micros=entry["atMicros"],
    )


def _overdue(entry: Any) -> Overdue:
    return Overdue(
        message_id=entry["messageId"],
        app_id=entry["appId"],
        group_id=entry["groupId"],
        type=entry["type"],
        submitted_micros=entry["submittedMicros"],
        due_micros=entry["dueMicros"],
        at_micros=entry["atMicros"],
    )


class Ledger:
    """The ledger of a world. Thread-safe."""

    def __init__(self, control: ControlApi) -> None:
        self._control = control

    def entries(
        self,
        group: Optional[str] = None,
        *,
        app: Optional[str] = None,
        type: Optional[int] = None,
        sender: Optional[str] = None,
        rule: Optional[str] = None,
    ) -> List[Shed]:
        """Messages that were shed, oldest first; only those that fit, where something is named."""
        found = [_shed(entry) for entry in self._control.get("ledger", app=app, group=group)["shed"]]
        return [
            entry
            for entry in found
            if (type is None or entry.type == type)
            and (sender is None or entry.sender == sender)
            and (rule is None or entry.rule == rule)
        ]

    def overdue(self, group: Optional[str] = None, *, app: Optional[str] = None) -> List[Overdue]:
        """Messages that came later than documented, oldest first."""
        return [_overdue(entry) for entry in self._control.get("ledger", app=app, group=group)["overdue"]]

    def find(self, message_id: str) -> Optional[Shed]:
        """The entry of a message; None: it was not shed."""
        return next((entry for entry in self.entries() if entry.message_id == message_id), None)

    def assert_shed(self, message_id: str, *, rule: Optional[str] = None, winner: Optional[str] = None) -> Shed:
        """Holds that a message was shed, under this rule and for this winner where they are named; gives its entry."""
        entry = self.find(message_id)
        if entry is None:
            raise AssertionError(f"{message_id} was not shed: {self._whereabouts(message_id)}")
        if rule is not None and entry.rule != rule:
            raise AssertionError(f"{entry}; expected rule {rule}")
        if winner is not None and entry.winner != winner:
            raise AssertionError(f"{entry}; expected {winner} to have its place")
        return entry

    def assert_delivered(self, message_id: str) -> None:
        """Holds that a message was delivered to its group."""
        entry = self.find(message_id)
        if entry is not None:
            raise AssertionError(str(entry))
        if self._delivery(message_id) is None:
            raise AssertionError(f"{message_id} was not delivered: {self._whereabouts(message_id)}")

    def assert_nothing_shed(self, group: Optional[str] = None, *, app: Optional[str] = None) -> None:
        """Holds that nothing was shed, in this group where one is named."""
        found = self.entries(group, app=app)
        if found:
            more = f", and {len(found) - 10} more" if len(found) > 10 else ""
            raise AssertionError("; ".join(str(entry) for entry in found[:10]) + more)

    def _delivery(self, message_id: str) -> Optional[Any]:
        events = self._control.get("feed", count=str(FEED_MAX))["events"]
        kinds = ("delivered", "direct")
        its = (event for event in events if event["kind"] in kinds and event["messageId"] == message_id)
        return next(its, None)

    def _whereabouts(self, message_id: str) -> str:
        delivery = self._delivery(message_id)
        if delivery is not None:
            group = delivery.get("group")
            to = f"to {delivery['members']} members of {group}" if group is not None else "to one user"
            return f"it was delivered at {time_of_day(delivery['atMicros'])} {to}"
        now = time_of_day(self._control.get("clock")["nowMicros"])
        return (
            f"at {now} it is neither among the {FEED_MAX} newest events nor in the ledger; it waits for a slot "
            "(move the clock on), was refused, or is older"
        )
