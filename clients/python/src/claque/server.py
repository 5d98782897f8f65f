"""A server of one's own: started on a free port, and surely stopped."""

from __future__ import annotations

import atexit
import os
import subprocess
import tempfile
import threading
from typing import IO, Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from .binary import find_binary
from .errors import ClaqueError
from .http import ControlApi
from .world import World

KEY = ("testid", "testsecret")
PACES = {"stands": "manual", "runs": "real"}
"""How the control API calls the two kinds of clocks."""
STOP_WITHIN = 5.0
LOG_SHOWN = 4_000
"""Of the log of a server that did not start. Unit: bytes."""
GUARD = """read -r word
[ "$word" = farewell ] && exit 0
kill -TERM "$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.5
  kill -0 "$1" 2>/dev/null || exit 0
done
kill -KILL "$1" 2>/dev/null"""
"""Waits for a word on its input. Whatever comes but the farewell: who started the server is gone, and it must go."""


class Claque:
    """A `claque serve` of one's own, for the time of a `with`; it ends with this process, however that ends.

    With `endpoint` nothing is started: a server that runs already is used, whose key is `access_key`.
    """

    def __init__(
        self,
        *,
        clock: str = "stands",
        readings: Optional[Mapping[str, str]] = None,
        data: Union[str, "os.PathLike[str]", None] = None,
        config: Union[str, "os.PathLike[str]", None] = None,
        memory_max: Optional[str] = None,
        access_key: Tuple[str, str] = KEY,
        control_token: Optional[str] = None,
        listen: str = "127.0.0.1:0",
        options: Sequence[str] = (),
        binary: Union[str, "os.PathLike[str]", None] = None,
        endpoint: Optional[str] = None,
        start_within: float = 30.0,
    ) -> None:
        """Nothing is started yet: `with` does, or `start`.

        `clock` is `"stands"` or `"runs"`; `readings`, `data`, `config`, `memory_max` are the options of `claque serve`,
        and `options` holds any others. `binary`: see `find_binary` for what is taken otherwise.
        """
        if clock not in ("stands", "runs"):
            raise ValueError(f"clock is {clock!r}: it 'stands' or 'runs'")
        self.access_key_id, self.access_key_secret = access_key
        self.control_token = control_token
        self.url = ""
        self._clock = clock
        self._given_endpoint = endpoint
        self._start_within = start_within
        self._binary = binary
        self._arguments = ["serve", "--listen", listen, "--access-key", f"{access_key[0]}:{access_key[1]}"]
        self._arguments += ["--frozen"] if clock == "stands" else []
        for name, value in (readings or {}).items():
            self._arguments += ["--reading", f"{name}={value}"]
        for option, its in (("--data", data), ("--config", config), ("--memory-max", memory_max)):
            self._arguments += [] if its is None else [option, os.fspath(its)]
        self._arguments += list(options)
        self._process: Optional["subprocess.Popen[str]"] = None
        self._guard: Optional["subprocess.Popen[str]"] = None
        self._output: Optional[threading.Thread] = None
        self._log: Optional[IO[bytes]] = None
        self._worlds: List[World] = []
        self._default: Optional[World] = None
        self._owner = 0

    # Start and stop.

    def __enter__(self) -> "Claque":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it, and returns once it answers."""
        if self.url:
            raise RuntimeError("it runs already")
        if self._given_endpoint is not None:
            given = self._given_endpoint.rstrip("/")
            self.url = given if "://" in given else f"http://{given}"
            return
        binary = os.fspath(self._binary) if self._binary is not None else find_binary()
        environment = {"RUST_LOG": "warn", **os.environ}
        if self.control_token is not None:
            environment["CLAQUE_CONTROL_TOKEN"] = self.control_token
        self._log = tempfile.TemporaryFile()
        self._owner = os.getpid()
        self._process = subprocess.Popen(
            [binary, *self._arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            text=True,
            # A key pressed at the terminal is for the tests: they stop the server when they are done.
            start_new_session=True,
        )
        atexit.register(self.stop)
        self._guard = _guard(self._process.pid)
        self.url = self._ready(self._process)

    def _ready(self, process: "subprocess.Popen[str]") -> str:
        found: List[str] = []
        seen = threading.Event()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:  # Read to the end: what it prints later must not fill the pipe.
                if line.startswith("ready ") and not found:
                    found.append(line.split()[1])
                    seen.set()
            seen.set()

        self._output = threading.Thread(target=read, name="claque-output", daemon=True)
        self._output.start()
        in_time = seen.wait(self._start_within)
        if not found:
            said = self._log_text()
            self.stop()
            what = "ended before it was ready" if in_time else f"was not ready in {self._start_within:g} s"
            raise RuntimeError(f"{' '.join(map(str, process.args))} {what}:\n{said}")  # type: ignore[arg-type]
        return found[0].rstrip("/")

    def _log_text(self) -> str:
        if self._log is None:
            return ""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - LOG_SHOWN))
        return self._log.read().decode(errors="replace").strip()

    def stop(self) -> None:
        """Ends its worlds, their clients and the server. May be called again."""
        if self._owner not in (0, os.getpid()):
            return  # A fork of the process that started it.
        worlds, self._worlds = self._worlds, []
        process, self._process = self._process, None
        for world in worlds:
            if process is not None:
                world._leave()
                continue
            try:
                world.close()
            except (ClaqueError, OSError):
                pass  # Somebody else's server, which may be gone already.
        self.url = ""
        self._default = None
        if process is None:
            return
        atexit.unregister(self.stop)
        process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._output is not None:
            self._output.join(STOP_WITHIN)
        if process.stdout is not None:
            process.stdout.close()
        _dismiss(self._guard)
        self._guard = None
        if self._log is not None:
            self._log.close()
            self._log = None

    @property
    def pid(self) -> Optional[int]:
        """The server's process; None where it was started by somebody else."""
        return None if self._process is None else self._process.pid

    # Worlds.

    @property
    def _control(self) -> ControlApi:
        if not self.url:
            raise RuntimeError("it does not run: use it in a `with`, or start it")
        return ControlApi(f"{self.url}/_claque/", self.control_token)

    @property
    def default(self) -> World:
        """The world that a server has from its start, with the server's own key."""
        if self._default is None:
            control = self._control.base
            self._default = World(
                self,
                None,
                endpoint=self.url,
                access_key_id=self.access_key_id,
                access_key_secret=self.access_key_secret,
                audience_url=f"ws://{self.url.split('://', 1)[1]}/audience",
                control_url=control,
            )
            self._worlds.append(self._default)
        return self._default

    def world(
        self,
        name: Optional[str] = None,
        *,
        clock: Optional[str] = None,
        readings: Optional[Mapping[str, str]] = None,
    ) -> World:
        """A world of its own; its clock is as the server's, unless something else is named. `with` ends it.

        `clock` is `"stands"`, `"runs"`, or so many times as fast as the wall's: `"10x"`.
        """
        pace = clock or self._clock
        asked: Dict[str, Any] = {"clock": PACES.get(pace, pace)}
        if name is not None:
            asked["name"] = name
        if readings:
            asked["readings"] = dict(readings)
        answer = self._control.post("worlds", asked)
        made = World(
            self,
            answer["world"],
            endpoint=answer["endpoint"],
            access_key_id=answer["accessKeyId"],
            access_key_secret=answer["accessKeySecret"],
            audience_url=answer["audience"],
            control_url=answer["control"],
            account=answer.get("account"),
        )
        self._worlds.append(made)
        return made


def _guard(pid: int) -> Optional["subprocess.Popen[str]"]:
    """A guard of the server. Without one, it outlives this process where that is killed."""
    if os.name != "posix":
        return None
    try:
        return subprocess.Popen(
            ["sh", "-c", GUARD, "claque-guard", str(pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
    except OSError:
        return None


def _dismiss(guard: Optional["subprocess.Popen[str]"]) -> None:
    if guard is None:
        return
    try:
        guard.communicate("farewell\n", STOP_WITHIN)
    except subprocess.TimeoutExpired:
        guard.kill()
        guard.wait()
