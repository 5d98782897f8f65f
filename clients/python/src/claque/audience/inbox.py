"""Events that have arrived and that nobody has taken yet."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from typing import Callable, Deque, List, Optional, Type, TypeVar

from ..events import Event

E = TypeVar("E", bound=Event)

EVENTS_MAX = 100_000
"""Events kept; the oldest give way, and are counted."""
SHOWN_MAX = 10
"""Events that a message about a missing one names."""


class Shelf:
    """The events, oldest first. Not thread-safe by itself."""

    def __init__(self) -> None:
        self.events: Deque[Event] = deque()
        self.dropped = 0
        self.ended = False

    def add(self, event: Event) -> None:
        """Puts one behind the others."""
        if len(self.events) >= EVENTS_MAX:
            self.events.popleft()
            self.dropped += 1
        self.events.append(event)

    def first(self, kind: Type[E], where: Optional[Callable[[E], bool]]) -> Optional[E]:
        """Takes the oldest that fits; the others stay."""
        for at, event in enumerate(self.events):
            if isinstance(event, kind) and (where is None or where(event)):
                del self.events[at]
                return event
        return None

    def all(self, kind: Type[E]) -> List[E]:
        """Takes all of a kind; the others stay."""
        taken = [event for event in self.events if isinstance(event, kind)]
        self.events = deque(event for event in self.events if not isinstance(event, kind))
        return taken

    def missing(self, kind: Type[Event], timeout: float) -> str:
        """What to say where none came."""
        wanted = "event" if kind is Event else kind.name or kind.__name__
        if not self.events:
            return f"no {wanted} in {timeout:g} s, and nothing else"
        shown = ", ".join(repr(event) for event in list(self.events)[:SHOWN_MAX])
        more = len(self.events) - SHOWN_MAX
        return f"no such {wanted} in {timeout:g} s, but {shown}" + (f" and {more} more" if more > 0 else "")


class Inbox:
    """A shelf for threads."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._changed = threading.Condition()

    def put(self, event: Event) -> None:
        """Puts one behind the others, and wakes who waits."""
        with self._changed:
            self._shelf.add(event)
            self._changed.notify_all()

    def end(self, ended: bool) -> None:
        """Nothing more will come; or it will."""
        with self._changed:
            self._shelf.ended = ended
            self._changed.notify_all()

    @property
    def dropped(self) -> int:
        """How many gave way."""
        return self._shelf.dropped

    def all(self, kind: Type[E]) -> List[E]:
        """Takes all of a kind; the others stay."""
        with self._changed:
            return self._shelf.all(kind)

    def wait(self, kind: Type[E], where: Optional[Callable[[E], bool]], timeout: float) -> E:
        """The oldest that fits, once there is one; raises TimeoutError."""
        until = time.monotonic() + timeout
        with self._changed:
            while True:
                found = self._shelf.first(kind, where)
                if found is not None:
                    return found
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError(self._shelf.missing(kind, timeout))
                self._changed.wait(left)

    def next_or_end(self) -> Optional[Event]:
        """The oldest of all, or None behind the last."""
        with self._changed:
            while True:
                found = self._shelf.first(Event, None)
                if found is not None or self._shelf.ended:
                    return found
                self._changed.wait()


class AsyncInbox:
    """A shelf for the tasks of one event loop."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._sleepers: List["asyncio.Future[None]"] = []

    def put(self, event: Event) -> None:
        """Puts one behind the others, and wakes who waits."""
        self._shelf.add(event)
        self._wake()

    def end(self, ended: bool) -> None:
        """Nothing more will come; or it will."""
        self._shelf.ended = ended
        self._wake()

    def _wake(self) -> None:
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)
        self._sleepers.clear()

    async def _sleep(self, timeout: Optional[float]) -> None:
        sleeper: "asyncio.Future[None]" = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        await asyncio.wait([sleeper], timeout=timeout)

    @property
    def dropped(self) -> int:
        """How many gave way."""
        return self._shelf.dropped

    def all(self, kind: Type[E]) -> List[E]:
        """Takes all of a kind; the others stay."""
        return self._shelf.all(kind)

    async def wait(self, kind: Type[E], where: Optional[Callable[[E], bool]], timeout: float) -> E:
        """The oldest that fits, once there is one; raises TimeoutError."""
        until = time.monotonic() + timeout
        while True:
            found = self._shelf.first(kind, where)
            if found is not None:
                return found
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError(self._shelf.missing(kind, timeout))
            await self._sleep(left)

    async def next_or_end(self) -> Optional[Event]:
        """The oldest of all, or None behind the last."""
        while True:
            found = self._shelf.first(Event, None)
            if found is not None or self._shelf.ended:
                return found
            await self._sleep(None)
