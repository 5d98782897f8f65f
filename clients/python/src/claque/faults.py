"""Faults on demand: what a client or a back end meets on a bad day."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Iterator, List, Optional, Union

from .clock import Span, span_text
from .http import ControlApi


class Faults:
    """The faults of a world. Thread-safe."""

    def __init__(self, control: ControlApi) -> None:
        self._control = control

    def set(
        self,
        operation: Optional[str] = None,
        *,
        method: Optional[str] = None,
        fail: Union[str, int, None] = None,
        delay: Optional[Span] = None,
        drop: bool = False,
    ) -> None:
        """Lets an operation, or a method of audience clients, fail with a documented code, wait, or stay unanswered.

        `faults.set("SendLiveMessageGroup", fail="ServerError")`, `faults.set(method="joinGroup", fail=450)`. With
        neither operation nor method, all operations are meant.
        """
        asked: Dict[str, Any] = {"drop": drop}
        named = {"operation": operation, "method": method, "fail": fail}
        asked.update({name: value for name, value in named.items() if value is not None})
        if delay is not None:
            asked["delay"] = span_text(delay)
        self._control.post("faults", asked)

    def list(self) -> List[Dict[str, Any]]:
        """Those in force."""
        found: List[Dict[str, Any]] = self._control.get("faults")["faults"]
        return found

    def clear(self) -> None:
        """Takes all away."""
        self._control.delete("faults")

    @contextlib.contextmanager
    def during(
        self,
        operation: Optional[str] = None,
        *,
        method: Optional[str] = None,
        fail: Union[str, int, None] = None,
        delay: Optional[Span] = None,
        drop: bool = False,
    ) -> Iterator[None]:
        """As `set`, for the time of a `with`; all faults are taken away at its end."""
        self.set(operation, method=method, fail=fail, delay=delay, drop=drop)
        try:
            yield
        finally:
            self.clear()
