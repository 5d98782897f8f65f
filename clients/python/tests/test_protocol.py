"""What a session says and understands, frame by frame."""

from __future__ import annotations

import json
from concurrent.futures import Future
from typing import Any, Dict, List, Tuple

import pytest

from claque import (
    ClaqueError,
    ConnectSuccess,
    Disconnect,
    ErrorCode,
    Event,
    Exit,
    ReconnectSuccess,
    RecvC2cMessage,
    RecvGroupMessage,
    UnknownEvent,
    User,
    UserAuth,
)
from claque.audience.protocol import Config, Pauses, Session, audience_url

MESSAGE = {"messageId": "m", "type": 1, "sender": {"userId": "bob"}, "data": "x", "timestamp": 1, "level": 1}


def group(group_id: str, seqnum: int) -> Dict[str, Any]:
    return {
        "groupId": group_id,
        "groupName": "",
        "groupMeta": "",
        "createTime": 1,
        "creator": "host",
        "admins": [],
        "statistics": {"pv": 1, "onlineCount": 1, "msgAmount": {}},
        "muteStatus": {"muteAll": False, "muteSelf": False},
        "isBigGroup": False,
        "seqnum": seqnum,
        "highIndex": 0,
    }


class Link:
    """A session and what it was sent."""

    def __init__(self) -> None:
        self.events: List[Event] = []
        self.session = Session(Config("ws://nowhere/audience", "app", "sign"), self.events.append)
        self.session.user, self.session.auth = User("ada"), UserAuth("AK", 4_000_000_000, "", "old")

    def ask(self, method: str, **params: Any) -> Tuple[int, "Future[Any]"]:
        answer: "Future[Any]" = Future()
        return json.loads(self.session.request(method, params, answer))["id"], answer

    def receive(self, **frame: Any) -> List[str]:
        return self.session.receive(json.dumps(frame))

    def answer(self, method: str, result: Any, **params: Any) -> Any:
        number, answer = self.ask(method, **params)
        self.receive(id=number, result=result)
        return answer.result(0)

    def log_on(self, *groups: Dict[str, Any]) -> None:
        self.answer("login", {"session": "s", "sid": "x", "heartbeatTimeout": 99, "groups": list(groups)})
        self.events.clear()

    def cursors(self) -> Dict[str, int]:
        return {one["groupId"]: one["seqnum"] for one in self.session.return_params()["cursors"]}


@pytest.fixture
def link() -> Link:
    made = Link()
    made.log_on(group("show", 7))
    return made


def test_cursors_follow_what_came_and_forget_what_ended(link: Link) -> None:
    assert link.cursors() == {"show": 7}
    link.receive(event="recvgroupmessage", groupId="show", message={**MESSAGE, "groupId": "show", "seqnum": 9})
    link.receive(event="recvgroupmessage", groupId="show", message={**MESSAGE, "groupId": "show", "seqnum": 8})
    assert link.cursors() == {"show": 9}
    link.answer("joinGroup", group("foyer", 3), groupId="foyer")
    link.answer("joinGroup", group("arena", 0), groupId="arena")
    assert link.cursors() == {"show": 9, "foyer": 3, "arena": 0}
    link.answer("leaveGroup", {}, groupId="foyer")
    link.receive(event="exit", groupId="arena", reason=1)
    assert link.cursors() == {"show": 9}
    assert link.events[-1] == Exit("arena", 1)


def test_a_return_names_the_session_and_forgets_groups_that_are_left(link: Link) -> None:
    link.answer("joinGroup", group("foyer", 3), groupId="foyer")
    assert link.session.return_params()["session"] == "s"
    assert "fresh" not in link.session.return_params()
    link.session.renew(UserAuth("AK", 4_000_000_001, "", "new"))
    assert link.session.return_params()["fresh"]["userAuth"]["token"] == "new"
    link.answer("reconnect", {"session": "s", "sid": "x", "heartbeatTimeout": 99, "groups": [group("show", 20)]})
    # What was missed is still to come: the cursor stays where the last message was.
    assert link.cursors() == {"show": 7}
    assert "fresh" not in link.session.return_params()
    assert [type(event) for event in link.events] == [ConnectSuccess, ReconnectSuccess]
    link.receive(event="recovered", groupId="show", messages=[{**MESSAGE, "seqnum": 12}, {**MESSAGE, "seqnum": 18}])
    recovered = [event for event in link.events if isinstance(event, RecvGroupMessage)]
    assert [(event.message.seqnum, event.message.recovered) for event in recovered] == [(12, True), (18, True)]
    assert link.cursors() == {"show": 18}


def test_answers_go_to_who_asked_in_any_order(link: Link) -> None:
    first, one = link.ask("queryGroup")
    second, other = link.ask("queryGroup")
    link.receive(id=second, error={"code": 440, "message": "the group does not exist"})
    link.receive(id=first, result={"x": 1})
    assert one.result(0) == {"x": 1}
    with pytest.raises(ClaqueError, match="440: queryGroup: the group does not exist") as refused:
        other.result(0)
    assert refused.value.origin == "audience"


def test_an_answer_without_an_id_goes_to_the_only_request(link: Link) -> None:
    link.ask("heartbeat")
    _, only = link.ask("sendGroupMessage")
    link.receive(id=None, error={"code": 604, "message": "cannot be parsed"})
    with pytest.raises(ClaqueError, match="604"):
        only.result(0)
    _, one = link.ask("queryGroup")
    _, other = link.ask("queryGroup")
    link.receive(id=None, error={"code": 604, "message": "cannot be parsed"})
    assert not one.done() and not other.done()


def test_what_nobody_waits_for_is_no_mistake(link: Link) -> None:
    number, given_up = link.ask("queryGroup")
    link.session.forget(given_up)
    link.receive(id=number, result={})
    link.receive(id="ack-17", result={})
    link.receive(id=4711, result={})
    assert not given_up.done()


def test_a_letter_is_acknowledged_before_it_is_told(link: Link) -> None:
    assert link.receive(event="recvc2cmessage", message=MESSAGE) == []
    (reply,) = link.receive(event="recvc2cmessage", message=MESSAGE, acknowledge="17")
    said = json.loads(reply)
    assert (said["method"], said["params"]) == ("acknowledge", {"ticket": "17"})
    assert [type(event) for event in link.events] == [RecvC2cMessage, RecvC2cMessage]


def test_the_end_refuses_what_waits(link: Link) -> None:
    _, waiting = link.ask("queryGroup")
    link.receive(event="disconnect", code=4)
    with pytest.raises(ClaqueError) as refused:
        waiting.result(0)
    assert refused.value.code == ErrorCode.FORMER_SESSION
    assert link.events == [Disconnect(4)]
    assert not link.session.end(1) and link.events == [Disconnect(4)]


def test_events_of_another_version_are_told_as_they_are(link: Link) -> None:
    link.receive(event="applause", groupId="show", claps=3)
    link.receive(event="exit", groupId="show")  # Without its reason.
    assert link.events == [
        UnknownEvent("applause", {"groupId": "show", "claps": 3}),
        UnknownEvent("exit", {"groupId": "show"}),
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3"])
def test_a_frame_that_is_no_object_is_refused(link: Link, text: str) -> None:
    with pytest.raises(ClaqueError, match="a frame that is no object"):
        link.session.receive(text)


def test_an_answer_that_cannot_be_understood_is_refused(link: Link) -> None:
    number, answer = link.ask("joinGroup")
    link.receive(id=number, result={"groupId": "show"})
    with pytest.raises(ClaqueError) as refused:
        answer.result(0)
    assert (refused.value.code, refused.value.origin) == (ErrorCode.PARSE, "client")


def test_pauses_grow_and_are_drawn() -> None:
    pauses = Pauses()
    drawn = [pauses.draw() for _ in range(10)]
    for least, pause in zip((0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5, 2.5, 2.5), drawn):
        assert least <= pause <= 2 * least


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("127.0.0.1:8787", "ws://127.0.0.1:8787/audience"),
        ("http://127.0.0.1:8787/", "ws://127.0.0.1:8787/audience"),
        ("https://host", "wss://host/audience"),
        ("ws://host/_claque/worlds/w1/audience", "ws://host/_claque/worlds/w1/audience"),
    ],
)
def test_an_endpoint_has_an_audience_side(endpoint: str, url: str) -> None:
    assert audience_url(endpoint) == url
