"""What a client sent and received, as lines that `claque audit` judges (docs/audit-format.md)."""

from __future__ import annotations

import json
import os
import random
import threading
import time
import warnings
from typing import Any, Callable, Dict, Optional, Union

Record = Union[str, "os.PathLike[str]", Callable[[str], Any]]
"""Where lines go: the name of a file to which they are added, or whatever takes one line."""
CLOCK_ERROR = 1.0
"""This machine's clock is taken to be wrong by so much at the most. Unit: seconds."""


def _left_out(what: str) -> str:
    """Stands where a secret stood. `claque audit` knows it."""
    return f"left out: {what}"


def _without_secrets(frame: Dict[str, Any]) -> Dict[str, Any]:
    """A frame without the token that proves who the user is."""
    params = frame.get("params") or {}
    if frame.get("method") == "reconnect" and "fresh" in params:
        fresh = _without_secrets({"method": "login", "params": params["fresh"]})["params"]
        return {**frame, "params": {**params, "fresh": fresh}}
    if frame.get("method") != "login":
        return frame
    auth = {**(params.get("userAuth") or {}), "token": _left_out("token")}
    return {**frame, "params": {**params, "appSign": _left_out(f"sign of {params.get('appId')}"), "userAuth": auth}}


def _micros() -> int:
    return time.time_ns() // 1000


class Recorder:
    """Writes one session's lines."""

    def __init__(self, to: Record, app_id: str, user_id: str) -> None:
        self._lock = threading.Lock()
        self._file = None if callable(to) else open(to, "a", encoding="utf-8")
        self._write: Optional[Callable[[str], Any]] = to if callable(to) else self._add
        self._began = _micros()
        self._source = f"{user_id} {self._began} {random.randrange(1 << 32):08x}"
        self._about = {"id": self._source, "app": app_id, "user": user_id}
        self._error = int(CLOCK_ERROR * 1_000_000)
        self._up = False
        self._line({"header": {"version": 1, "clockErrorMicros": self._error}})

    def _add(self, line: str) -> None:
        assert self._file is not None
        self._file.write(line)
        self._file.flush()

    def sent(self, text: str) -> None:
        """A frame of the client's. The first on a link is a logon of either kind."""
        frame = json.loads(text)
        if frame["method"] in ("login", "reconnect"):
            self.lost()
            self._up = True
            self._seen({"link": "up"})
        self._seen({"sent": _without_secrets(frame)})

    def received(self, frame: Dict[str, Any]) -> None:
        """A frame of the server's."""
        self._seen({"received": frame})

    def lost(self) -> None:
        """The link is gone."""
        if self._up:
            self._up = False
            self._seen({"link": "lost"})

    def end(self) -> None:
        """The session is over: nothing of it is missing."""
        self.lost()
        # By a clock that may be wrong, what is certainly within is shorter by twice that error.
        slack = 2 * self._error
        claim = {"client": self._source, "from": self._began - slack, "to": _micros() + slack}
        self._line({"complete": claim})
        self._write = None
        if self._file is not None:
            self._file.close()

    def _seen(self, what: Dict[str, Any]) -> None:
        self._line({"at": _micros(), "client": {**self._about, **what}})

    def _line(self, what: Dict[str, Any]) -> None:
        with self._lock:
            if self._write is None:
                return
            try:
                self._write(json.dumps({"source": self._source, **what}, ensure_ascii=False) + "\n")
            except Exception as error:
                # The client goes on; a recording in which something is missing must not claim to be whole.
                self._write = None
                warnings.warn(f"the recording of {self._source} ends here: {error}", RuntimeWarning, stacklevel=2)
