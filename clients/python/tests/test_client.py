"""The sync client."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, List

import pytest
from websockets.sync.client import connect

from claque import (
    AudienceClient,
    ClaqueError,
    ConnectFailed,
    Disconnect,
    ErrorCode,
    Event,
    Exit,
    MemberChange,
    ReconnectSuccess,
    RecvC2cMessage,
    RecvGroupMessage,
    TokenExpired,
    UserAuth,
    World,
)

COMMENT = 10001


@pytest.fixture
def world(claque_world: World) -> World:
    claque_world.create_group("show", CreatorId="host")
    return claque_world


def test_states_are_refused_with_the_documented_codes(world: World) -> None:
    client = world.app.client()
    with pytest.raises(ClaqueError) as refused:
        client.join_group("show")
    assert (refused.value.code, refused.value.origin) == (ErrorCode.NOT_LOGIN, "client")
    with pytest.raises(ClaqueError) as refused:
        client.logout()
    assert refused.value.code == ErrorCode.NOT_LOGIN
    client.login("ada", world.token("ada"))
    assert client.get_current_user_id() == "ada"
    with pytest.raises(ClaqueError) as refused:
        client.login("ada", world.token("ada"))
    assert refused.value.code == ErrorCode.ALREADY_LOGIN
    with pytest.raises(ClaqueError) as refused:
        client.join_group("nowhere")
    assert (refused.value.code, refused.value.origin) == (ErrorCode.NO_GROUP, "audience")
    client.logout()
    assert client.is_logout() and client.get_current_user_id() is None


def test_a_refused_logon_leaves_a_client_that_may_try_again(world: World) -> None:
    client = world.app.client()
    with pytest.raises(ClaqueError) as refused:
        client.login("ada", UserAuth("AK", 4_000_000_000, "", "0000"))
    assert refused.value.code == ErrorCode.FORBIDDEN
    assert client.wait_for(ConnectFailed).error is refused.value
    client.login("ada", world.token("ada"))
    client.logout()
    client.login("ada", world.token("ada"))
    assert client.is_login()


def test_an_endpoint_where_nobody_is_refuses_in_time(claque_world: World) -> None:
    client = AudienceClient("http://127.0.0.1:1", "app", "sign")
    with pytest.raises(ClaqueError) as refused:
        client.login("ada", UserAuth("", 1, "", ""))
    assert (refused.value.code, refused.value.origin) == (ErrorCode.TEMPORARY, "client")
    with pytest.raises(ClaqueError) as refused:
        AudienceClient("ftp://127.0.0.1:1", "app", "sign")
    assert refused.value.code == ErrorCode.BAD_PARAMETER


def test_every_answer_goes_to_the_thread_that_asked(world: World) -> None:
    ada = world.login("ada", group="show")
    groups = [world.create_group(f"g{n}") for n in range(8)]

    def visit(group: str) -> List[str]:
        return [ada.join_group(group).group_id for _ in range(20)] + [ada.query_group(group).group_id]

    with ThreadPoolExecutor(8) as pool:
        for group, seen in zip(groups, pool.map(visit, groups)):
            assert seen == [group] * 21


def test_wait_for_takes_one_and_leaves_the_others(world: World) -> None:
    ada, bob = world.login("ada", group="show"), world.login("bob", group="show")
    ada.arrived()
    for text in ("one", "two", "three"):
        bob.send_group_message("show", COMMENT, text)
    two = ada.wait_for(RecvGroupMessage, where=lambda event: event.message.data == "two")
    assert two.message.sender.user_id == "bob"
    assert [event.message.data for event in ada.arrived(RecvGroupMessage)] == ["one", "three"]
    assert ada.arrived() == []


def test_an_event_that_does_not_come_is_told_with_what_came(world: World) -> None:
    ada = world.login("ada", group="show")
    ada.wait_for(MemberChange)
    ada.arrived()
    ada.send_group_message("show", COMMENT, "hello")
    ada.heartbeat()
    with pytest.raises(TimeoutError, match=r"no such exit in 0.05 s, but RecvGroupMessage\(.*hello"):
        ada.wait_for(Exit, timeout=0.05)
    ada.arrived()
    with pytest.raises(TimeoutError, match="no event in 0.05 s, and nothing else"):
        ada.next_event(0.05)


def test_a_callback_may_use_the_client(world: World) -> None:
    ada, bob = world.login("ada", group="show"), world.login("bob", group="show")
    answered = threading.Event()
    seen: List[Event] = []

    def greet(event: RecvGroupMessage) -> None:
        seen.append(event)
        if event.message.sender.user_id == "bob":
            ada.send_group_message("show", COMMENT, f"you said {event.message.data}")
            answered.set()

    ada.on(RecvGroupMessage, greet)
    bob.send_group_message("show", COMMENT, "hello")
    assert answered.wait(10)
    assert bob.wait_for(RecvGroupMessage, where=lambda event: event.message.data == "you said hello")
    ada.off(RecvGroupMessage, greet)
    told = len(seen)
    bob.send_group_message("show", COMMENT, "again")
    ada.arrived()
    assert len(seen) in (told, told + 1)  # Its own greeting may have been on its way.


def test_a_callback_that_fails_stops_nobody(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    ada = world.login("ada")
    told = threading.Event()

    def fails(_: Any) -> None:
        raise RuntimeError("as planned")

    ada.on(MemberChange, fails)
    ada.on(MemberChange, lambda _: told.set())
    ada.join_group("show")
    assert told.wait(10)
    assert "as planned" in capfd.readouterr().err


def test_a_lost_link_comes_back_with_what_was_high(world: World) -> None:
    ada, bob = world.login("ada", group="show"), world.login("bob", group="show")
    ada.arrived()
    with world.outage("ada"):
        ada.wait_for(ConnectFailed)
        assert ada.is_login()
        with pytest.raises(ClaqueError) as refused:
            ada.send_group_message("show", COMMENT, "anybody?")
        assert (refused.value.code, refused.value.origin) == (ErrorCode.NO_SESSION, "client")
        bob.send_group_message("show", COMMENT, "a comment")
        bob.send_group_message("show", 10002, "a gift", level="HIGH")
    assert [group.group_id for group in ada.wait_for(ReconnectSuccess).groups] == ["show"]
    missed = ada.arrived(RecvGroupMessage)
    assert [(event.message.data, event.message.recovered) for event in missed] == [("a gift", True)]
    ada.send_group_message("show", COMMENT, "here I am")


def test_reconnect_takes_a_new_link_and_loses_nothing_twice(world: World) -> None:
    ada, bob = world.login("ada", group="show"), world.login("bob", group="show")
    bob.send_group_message("show", 10002, "seen", level="HIGH")
    ada.arrived()
    ada.reconnect()
    assert ada.arrived(RecvGroupMessage) == []
    assert len(ada.arrived(ReconnectSuccess)) == 1


def test_a_logon_elsewhere_ends_the_session(world: World) -> None:
    phone = world.login("ada", group="show")
    world.login("ada")
    assert phone.wait_for(Disconnect).code == 4
    with pytest.raises(ClaqueError) as refused:
        phone.query_group("show")
    assert refused.value.code == ErrorCode.NOT_LOGIN
    assert [type(event) for event in phone][-1:] != [Disconnect]  # It was taken; the iteration ends all the same.


def test_a_session_with_a_newer_link_is_over_here(world: World) -> None:
    ada = world.login("ada", group="show")
    newer = json.dumps({"id": 1, "method": "reconnect", "params": ada._session.return_params()})
    with connect(world.audience_url, proxy=None) as link:
        link.send(newer)
        assert ada.wait_for(Disconnect).code == 4
        assert ada.is_logout()


def test_iterating_ends_behind_the_disconnect(world: World) -> None:
    ada = world.login("ada", group="show")
    names: List[str] = []
    reader = threading.Thread(target=lambda: names.extend(event.name for event in ada))
    reader.start()
    ada.heartbeat()
    ada.logout()
    reader.join(10)
    assert names == ["connecting", "connectsuccess", "memberchange", "disconnect"]


def test_an_expired_token_is_renewed_for_the_return(world: World) -> None:
    asked: List[int] = []

    def fresh() -> UserAuth:
        asked.append(1)
        return world.token("ada")

    ada = world.app.client(token_provider=fresh)
    expires = int(world.clock.now.timestamp()) + 10
    ada.login("ada", world.token("ada", expires=expires))
    world.clock.advance("11s")
    ada.wait_for(TokenExpired)
    ada.reconnect()
    assert asked and ada.is_login()


def test_without_a_fresh_token_the_session_is_over(world: World) -> None:
    ada = world.login("ada", expires=int(world.clock.now.timestamp()) + 10)
    world.clock.advance("11s")
    ada.wait_for(TokenExpired)
    with pytest.raises(ClaqueError) as ended:
        ada.reconnect()
    assert ended.value.code == ErrorCode.NO_SESSION
    assert ada.wait_for(Disconnect).code == 3


def test_a_session_that_has_ended_meanwhile_is_not_taken_up(world: World) -> None:
    ada = world.login("ada", group="show", heartbeat_timeout=15)
    world.control.post("reset")
    assert ada.wait_for(Disconnect).code == 3


def test_an_answer_that_does_not_come_is_given_up(world: World) -> None:
    ada = AudienceClient(world.audience_url, world.app.app_id, world.app.app_sign, answer_timeout=0.2)
    ada.login("ada", world.token("ada"))
    with world.faults.during(method="queryGroup", drop=True):
        with pytest.raises(ClaqueError, match="the link was lost before the answer came"):
            ada.query_group("show")
    ada.wait_for(ReconnectSuccess)
    with world.faults.during(method="queryGroup", delay="2s"):
        with pytest.raises(ClaqueError, match="queryGroup: no answer within 0.2 s") as refused:
            ada.query_group("show")
    assert (refused.value.code, refused.value.origin) == (ErrorCode.TEMPORARY, "client")
    ada.close()


def test_codes_that_are_said_on_demand_arrive(world: World) -> None:
    ada = world.login("ada")
    for code in (412, 450, 500):
        with world.faults.during(method="joinGroup", fail=code), pytest.raises(ClaqueError) as refused:
            ada.join_group("show")
        assert (refused.value.code, refused.value.origin) == (code, "audience")
    ada.join_group("show")


def test_a_text_that_cannot_be_sent_is_refused_here(world: World) -> None:
    ada = world.login("ada", group="show")
    with pytest.raises(ClaqueError) as refused:
        ada.send_group_message("show", COMMENT, "half of \ud83c")
    assert (refused.value.code, refused.value.origin) == (ErrorCode.PARSE, "client")
    ada.send_group_message("show", COMMENT, "whole: 🎁")
    assert ada.arrived(RecvGroupMessage)[0].message.data == "whole: 🎁"


def test_a_letter_is_acknowledged_by_itself(world: World) -> None:
    ada = world.login("ada")
    direct = {
        "AppId": world.app.app_id,
        "SenderId": "host",
        "MsgType": 1,
        "Body": "you have won",
        "HighReliability": True,
    }
    world.call("SendLiveMessageUser", ReceiverId="ada", **direct)
    assert ada.wait_for(RecvC2cMessage).message.data == "you have won"
    eve = world.app.client(acknowledges=False)
    eve.login("eve", world.token("eve"))
    world.call("SendLiveMessageUser", ReceiverId="eve", **{**direct, "HighReliability": False})
    assert eve.wait_for(RecvC2cMessage).message.sender.user_id == "host"


def test_closing_twice_is_no_mistake(world: World) -> None:
    with world.login("ada") as ada:
        pass
    ada.close()
    threads = {thread.name for thread in threading.enumerate()}
    assert "claque-callbacks" not in threads
