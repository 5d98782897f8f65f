"""The library holds what the documents of the protocol list."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from typing import Any, Dict, List

import pytest

from claque import AsyncAudienceClient, AudienceClient, ClaqueError, ErrorCode, GroupInfo, Message, User, events, types
from claque.frames import camel, decode, encode

from .conftest import ROOT, load
from .test_session import snake

ASYNCAPI = (ROOT / "docs/asyncapi.yaml").read_text(encoding="utf-8")
NOT_MESSAGES = ("result", "error")
BY_ITSELF = ("acknowledge",)
"""What clients send by themselves, and have no method for."""


def block(name: str, indent: int) -> List[str]:
    """The lines below a key of the document."""
    lines = ASYNCAPI.splitlines()
    head = " " * indent + name + ":"
    start = next(at for at, line in enumerate(lines) if line == head) + 1
    rest = lines[start:]
    end = next(
        (at for at, line in enumerate(rest) if line.strip() and len(line) - len(line.lstrip()) <= indent), len(rest)
    )
    return rest[:end]


def message_names() -> List[str]:
    found = [match[1] for line in block("messages", 4) if (match := re.match(r" {6}(\w+): \{ \$ref", line))]
    assert len(found) > 30
    return [name for name in found if name not in NOT_MESSAGES]


def schema_keys(name: str) -> List[str]:
    lines = block(name, 4)
    at = next(at for at, line in enumerate(lines) if line.strip() == "properties:")
    return [match[1] for line in lines[at:] if (match := re.match(r" {8}(\w+):", line))]


def test_every_method_is_there_in_both_clients_with_its_parameters() -> None:
    methods = [name for name in message_names() if name not in events.OF_SERVER and name != "recovered"]
    assert len(methods) > 20
    for method in methods:
        if method in BY_ITSELF:
            continue
        for client in (AudienceClient, AsyncAudienceClient):
            assert callable(getattr(client, snake(method), None)), method
        if method in ("login", "reconnect", "logout", "heartbeat"):
            continue
        documented = [snake(name) for name in schema_keys(f"{method}Params")]
        given = list(inspect.signature(getattr(AudienceClient, snake(method))).parameters)[1:]
        assert sorted(given) == sorted(documented), method


def test_every_event_has_a_class() -> None:
    said = [name for name in message_names() if re.search(rf"event: {{ const: {name} }}", ASYNCAPI)]
    assert len(said) > 10
    assert sorted(said) == sorted([*events.OF_SERVER, "recovered"])
    for name, kind in events.OF_SERVER.items():
        fields = [camel(field.name) for field in dataclasses.fields(kind)]
        documented = re.search(
            rf"required: \[event(?:, )?([^\]]*)\]\n +properties:\n +event: {{ const: {name} }}", ASYNCAPI
        )
        assert documented is not None, name
        assert sorted(fields) == sorted(filter(None, documented[1].split(", "))), name


@pytest.mark.parametrize(
    "name", ["GroupInfo", "GroupCreated", "UserPage", "MessagePage", "MuteState", "Info", "Message", "User"]
)
def test_every_object_has_its_fields(name: str) -> None:
    fields = [camel(field.name) for field in dataclasses.fields(getattr(types, name))]
    own = ["recovered"] if name == "Message" else []
    assert sorted(fields) == sorted(schema_keys(name) + own)


def test_every_code_has_a_name() -> None:
    listed = re.search(r"Code:\n +type: integer\n +enum: \[([\d, ]+)\]", ASYNCAPI)
    assert listed is not None
    assert sorted(ErrorCode) == sorted(int(code) for code in listed[1].split(", "))


def test_the_async_methods_are_those_of_the_sync_client() -> None:
    module = load("write_async", "clients/python/tools/write_async.py")
    kept = (ROOT / "clients/python/src/claque/audience/aio_methods.py").read_text(encoding="utf-8")
    assert module.derived() == kept, "run clients/python/tools/write_async.py"


MESSAGE: Dict[str, Any] = {
    "messageId": "m",
    "type": 1,
    "sender": {"userId": "ada"},
    "data": "x",
    "timestamp": 1,
    "level": 0,
}


def test_objects_survive_there_and_back() -> None:
    message = decode(Message, {**MESSAGE, "seqnum": 3, "something": "new"})
    assert (message.sender, message.seqnum, message.group_id) == (User("ada"), 3, None)
    assert encode(message) == {**MESSAGE, "seqnum": 3}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"messageId": None}, "Message.messageId: None is of the wrong kind"),
        ({"type": "1"}, "Message.type: '1' is of the wrong kind"),
        ({"level": True}, "Message.level: True is of the wrong kind"),
        ({"sender": []}, r"Message.sender: \[\] is of the wrong kind"),
        ({"sender": {}}, "Message.sender has no userId"),
    ],
)
def test_what_is_no_such_object_is_refused(change: Dict[str, Any], said: str) -> None:
    with pytest.raises(ClaqueError, match=said) as refused:
        decode(Message, {**MESSAGE, **change})
    assert refused.value.code == ErrorCode.PARSE


def test_all_annotations_can_be_read() -> None:
    assert typing.get_type_hints(GroupInfo)["admins"] == List[str]
