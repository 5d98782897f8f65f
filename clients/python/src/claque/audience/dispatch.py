"""Callbacks of the sync client: on a thread of their own, so that they may ask the client for something."""

from __future__ import annotations

import queue
import threading
import traceback
from typing import Any, Callable, List, Optional, Tuple, Type

from ..events import Event

CALLS_MAX = 100_000
"""Events that wait for a callback that is slow; further ones do not reach callbacks."""

Listener = Tuple[Type[Event], Callable[[Any], None]]


class Dispatcher:
    """Tells events to callbacks, one after another, in order. Thread-safe."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._listeners: List[Listener] = []
        self._events: "queue.Queue[Optional[Event]]" = queue.Queue(CALLS_MAX)
        self._thread: Optional[threading.Thread] = None

    def on(self, kind: Type[Any], callback: Callable[[Any], None]) -> None:
        """Calls back at every such event from now on."""
        with self._lock:
            self._listeners.append((kind, callback))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def off(self, kind: Type[Any], callback: Callable[[Any], None]) -> None:
        """Takes a callback away."""
        with self._lock:
            self._listeners = [one for one in self._listeners if one != (kind, callback)]

    def tell(self, event: Event) -> None:
        """Hands an event over, and does not wait."""
        with self._lock:
            if self._thread is None:
                return
            try:
                self._events.put_nowait(event)
            except queue.Full:
                pass

    def close(self) -> None:
        """No more events; what waits still reaches its callbacks."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            self._events.put(None)
            thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            event = self._events.get()
            if event is None:
                return
            with self._lock:
                called = [callback for kind, callback in self._listeners if isinstance(event, kind)]
            for callback in called:
                try:
                    callback(event)
                except Exception:
                    # As with any callback: the mistake is shown, and nobody else suffers from it.
                    traceback.print_exc()
