"""The clock of a world, in the tester's hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Optional, Union

from .http import ControlApi

Span = Union[str, int, float, timedelta]
"""A span of time: `"31d"`, `"800ms"`, a timedelta, or a number of seconds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def span_text(span: Span) -> str:
    """A span as the control API reads it."""
    if isinstance(span, str):
        return span
    seconds = span if isinstance(span, timedelta) else timedelta(seconds=span)
    micros = seconds // timedelta(microseconds=1)
    if micros < 0:
        raise ValueError(f"{span!r}: time never goes back; reset the world instead")
    return f"{micros}us"


def moment(micros: int) -> datetime:
    """A point of the world's time."""
    return _EPOCH + timedelta(microseconds=micros)


def time_of_day(micros: int) -> str:
    """`20:10:04.2`: the time of day, in UTC, with as many digits as are needed, and one at least."""
    at = moment(micros)
    fraction = f"{at.microsecond:06d}".rstrip("0") or "0"
    return f"{at:%H:%M:%S}.{fraction}"


@dataclass(frozen=True)
class ClockState:
    """What the clock shows."""

    now: datetime
    frozen: bool
    next_deadline: Optional[datetime]
    """When something is due by itself; None: nothing is."""


def _state(answer: Any) -> ClockState:
    due = answer["nextDeadlineMicros"]
    return ClockState(moment(answer["nowMicros"]), answer["frozen"], None if due is None else moment(due))


class Clock:
    """Stands still or runs; moves on when asked to. Thread-safe.

    When a change returns, everything that was due has been done, and what clients and callbacks are sent is on its way.
    While the clock stands, the calls of one second stay used up until it is moved on.
    """

    def __init__(self, control: ControlApi) -> None:
        self._control = control

    def _change(self, **change: Any) -> ClockState:
        return _state(self._control.post("clock", change))

    @property
    def state(self) -> ClockState:
        """What it shows."""
        return _state(self._control.get("clock"))

    @property
    def now(self) -> datetime:
        """The world's time, in UTC."""
        return self.state.now

    def advance(self, span: Span) -> ClockState:
        """Moves on by a span: `"31d"`, `"800ms"`, a timedelta, or seconds."""
        return self._change(advance=span_text(span))

    def advance_to(self, at: datetime) -> ClockState:
        """Moves on to a whole second."""
        if at.tzinfo is None:
            raise ValueError(f"{at!r} has no time zone")
        return self._change(to=int(at.timestamp()))

    def stand(self) -> ClockState:
        """Stands still from now on."""
        return self._change(freeze=True)

    def run(self, speed: Optional[str] = None) -> ClockState:
        """Runs from now on, as fast as the wall's, or so many times as fast: `"10x"`, `"3/2x"`."""
        return self._change(resume=True) if speed is None else self._change(speed=speed)
