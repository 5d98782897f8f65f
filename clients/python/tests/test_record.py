"""What a client records, and what `claque audit` makes of it."""

from __future__ import annotations

import asyncio
import json
import pathlib
import subprocess
import warnings
from typing import Any, Dict, List

import pytest

from claque import RecvGroupMessage, World
from claque.binary import find_binary

COMMENT = 10001


def audit(*logs: pathlib.Path) -> Dict[str, Any]:
    done = subprocess.run(
        [find_binary(), "audit", "--json", *map(str, logs)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def world(claque_world: World) -> World:
    claque_world.create_group("show", CreatorId="host")
    return claque_world


def test_what_a_client_records_audits_clean(world: World, tmp_path: pathlib.Path) -> None:
    log = tmp_path / "ada.jsonl"
    ada = world.app.client(record=log)
    token = world.token("ada")
    ada.login("ada", token)
    ada.join_group("show")
    ada.send_group_message("show", COMMENT, "hello")
    assert ada.wait_for(RecvGroupMessage).message.data == "hello"
    ada.reconnect()
    ada.leave_group("show")
    ada.logout()
    text = log.read_text()
    assert token.token not in text and world.app.app_sign not in text
    lines = [json.loads(line) for line in text.splitlines()]
    links = [line["client"]["link"] for line in lines if "link" in line.get("client", {})]
    assert links == ["up", "lost", "up", "lost"]
    assert "client" in lines[-1]["complete"]
    found = audit(log)
    assert found["rules"]["message.deliver.all-members"]["verdict"] == "kept"


def test_what_an_asyncio_client_records_audits_clean(world: World, tmp_path: pathlib.Path) -> None:
    log = tmp_path / "ada.jsonl"

    async def show() -> None:
        async with world.app.async_client(record=log) as ada:
            await ada.login("ada", world.token("ada"))
            await ada.join_group("show")
            await ada.send_group_message("show", COMMENT, "hello")
            await ada.wait_for(RecvGroupMessage)

    asyncio.run(show())
    assert audit(log)["rules"]["message.deliver.all-members"]["verdict"] == "kept"


def test_a_message_that_comes_back_changed_is_flagged(world: World, tmp_path: pathlib.Path) -> None:
    lines: List[str] = []
    ada = world.app.client(record=lines.append)
    ada.login("ada", world.token("ada"))
    ada.join_group("show")
    ada.send_group_message("show", COMMENT, "hello")
    ada.wait_for(RecvGroupMessage)
    ada.logout()
    log = tmp_path / "ada.jsonl"
    log.write_text("".join(line.replace("hello", "howdy") if "recvgroupmessage" in line else line for line in lines))
    done = subprocess.run([find_binary(), "audit", "--json", str(log)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert json.loads(done.stdout)["rules"]["message.deliver.all-members"]["verdict"] == "broken"


def test_a_recording_that_cannot_be_written_claims_nothing_and_stops_nobody(world: World) -> None:
    lines: List[str] = []

    def write(line: str) -> None:
        if len(lines) == 3:
            raise OSError("the disk is full")
        lines.append(line)

    ada = world.app.client(record=write)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        ada.login("ada", world.token("ada"))
        ada.join_group("show")
        ada.logout()
    assert any("the disk is full" in str(warning.message) for warning in warned)
    assert len(lines) == 3 and not any("complete" in line for line in lines)
