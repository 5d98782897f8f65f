"""Event callbacks: what the application's back end was, or should have been, notified of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional

from .http import ControlApi

LOOK_EVERY = 0.01


@dataclass(frozen=True)
class Callback:
    """A callback and what became of it."""

    number: int
    url: str
    body: Dict[str, Any]
    tries: List[str]
    """The outcome of each try, oldest first."""
    delivered: bool
    given_up: bool
    why: Optional[str]


class Callbacks:
    """The callbacks of a world, the newest 10,000. Thread-safe."""

    def __init__(self, control: ControlApi) -> None:
        self._control = control

    def list(self, **fields: Any) -> List[Callback]:
        """Those whose body has these fields, oldest first: `callbacks.list(event="join")`."""
        found = [
            Callback(one["number"], one["url"], one["body"], one["tries"], one["delivered"], one["givenUp"], one["why"])
            for one in self._control.get("callbacks")["callbacks"]
        ]
        return [one for one in found if all(one.body.get(name) == value for name, value in fields.items())]

    def wait_for(
        self, timeout: float = 10.0, *, where: Optional[Callable[[Callback], bool]] = None, **fields: Any
    ) -> Callback:
        """The oldest that fits, once there is one. Raises `TimeoutError`."""
        until = time.monotonic() + timeout
        while True:
            found = [one for one in self.list(**fields) if where is None or where(one)]
            if found:
                return found[0]
            if time.monotonic() >= until:
                raise TimeoutError(
                    f"no callback with {fields} in {timeout:g} s, but {[one.body for one in self.list()]}"
                )
            time.sleep(LOOK_EVERY)

    def replay(self, number: int) -> None:
        """Sends one again."""
        self._control.post("callbacks/replay", {"number": number})
