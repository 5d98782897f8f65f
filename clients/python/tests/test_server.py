"""The server: found, started, and surely stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from claque import Claque, ClaqueError, find_binary

Eventually = Callable[[Callable[[], bool], str], None]


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_ends_with_its_with() -> None:
    with Claque() as claque:
        pid = claque.pid
        assert pid is not None and lives(pid)
        gone = claque.default
        gone.call("ListLiveMessageApps", SortType=1)
    assert not lives(pid) and claque.pid is None
    with pytest.raises(RuntimeError, match="does not run"):
        claque.world()
    with pytest.raises(ConnectionError, match=r"GET http://127\.0\.0\.1:\d+/_claque/clock: .*refused"):
        gone.clock.state  # noqa: B018
    claque.stop()
    claque.start()
    assert claque.pid != pid
    claque.stop()


PARENT = """
import sys, time
from claque import Claque
claque = Claque()
claque.start()
print(claque.pid, flush=True)
if sys.argv[1] == "sleeps":
    time.sleep(600)
"""


@pytest.mark.parametrize("how", ["killed", "ends"])
def test_it_ends_with_the_process_that_started_it(how: str, eventually: Eventually) -> None:
    word = "sleeps" if how == "killed" else "ends"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, word], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if how == "killed":
            assert lives(pid)
            parent.send_signal(signal.SIGKILL)
    eventually(lambda: not lives(pid), f"the server ends when its parent is {how}")


def test_a_server_that_does_not_start_says_why() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)ended before it was ready.*no\.such"):
        Claque(readings={"no.such": "reading"}).start()


def test_a_clock_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'stands' or 'runs'"):
        Claque(clock="stopped")


def test_the_binary_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = os.environ["CLAQUE_BIN"]
    assert find_binary() == own
    monkeypatch.setenv("CLAQUE_BIN", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="which is no program"):
        find_binary()
    monkeypatch.delenv("CLAQUE_BIN")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="CLAQUE_BIN"):
        find_binary()
    (tmp_path / "claque").symlink_to(own)
    assert find_binary() == str(tmp_path / "claque")


def test_what_is_kept_in_a_folder_is_there_again(tmp_path: Path) -> None:
    with Claque(data=tmp_path) as claque:
        group = claque.default.create_group("show")
        app = claque.default.app.app_id
    with Claque(data=tmp_path) as claque:
        about = claque.default.call("DescribeLiveMessageGroup", AppId=app, GroupId=group)
    assert about["GroupId"] == "show"


def test_a_running_server_can_be_used(claque: Claque) -> None:
    with Claque(endpoint=claque.url.split("://")[1]) as other:
        assert other.pid is None
        assert other.default.call("ListLiveMessageApps", SortType=1)
    assert claque.default.call("ListLiveMessageApps", SortType=1)


def test_the_control_token_is_sent() -> None:
    with Claque(control_token="s3cret") as claque:
        assert claque.default.clock.state.frozen
        unauthenticated = Claque(endpoint=claque.url)
        unauthenticated.start()
        with pytest.raises(ClaqueError) as refused:
            unauthenticated.default.clock.advance("1s")
        assert (refused.value.code, refused.value.origin) == (401, "control")


def test_readings_and_a_running_clock_are_options() -> None:
    with Claque(clock="runs", readings={"shaper.window": "window-close"}) as claque:
        assert not claque.default.clock.state.frozen
        assert claque.default.readings["shaper.window"] == "window-close"
