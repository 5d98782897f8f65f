"""The async client, under pytest-asyncio."""

from __future__ import annotations

import asyncio
from typing import List

import pytest

from claque import (
    ClaqueError,
    ConnectFailed,
    Disconnect,
    ErrorCode,
    Event,
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


async def test_viewers_talk(world: World) -> None:
    async with await world.async_login("ada", group="show") as ada:
        async with await world.async_login("bob", group="show") as bob:
            message = await bob.send_group_message("show", COMMENT, "hello")
            got = await ada.wait_for(RecvGroupMessage)
            assert (got.message.message_id, got.message.data) == (message, "hello")
            assert [change.member_count for change in await ada.arrived(MemberChange)] == [1, 2]
        world.ledger.assert_delivered(message)


async def test_requests_of_many_tasks_get_their_own_answers(world: World) -> None:
    async with await world.async_login("ada") as ada:
        groups = [world.create_group(f"g{n}") for n in range(20)]
        answers = await asyncio.gather(*(ada.join_group(group) for group in groups))
        assert [answer.group_id for answer in answers] == groups


async def test_refusals_have_their_codes(world: World) -> None:
    client = world.app.async_client()
    with pytest.raises(ClaqueError) as refused:
        await client.join_group("show")
    assert (refused.value.code, refused.value.origin) == (ErrorCode.NOT_LOGIN, "client")
    with pytest.raises(ClaqueError) as refused:
        await client.login("ada", UserAuth("AK", 4_000_000_000, "", "0000"))
    assert (refused.value.code, refused.value.origin) == (ErrorCode.FORBIDDEN, "audience")
    await client.login("ada", world.token("ada"))
    with pytest.raises(ClaqueError) as refused:
        await client.join_group("nowhere")
    assert refused.value.code == ErrorCode.NO_GROUP
    await client.close()


async def test_a_lost_link_comes_back_with_what_was_high(world: World) -> None:
    async with await world.async_login("ada", group="show") as ada:
        with world.outage("ada"):
            await ada.wait_for(ConnectFailed)
            send = {"AppId": world.app.app_id, "GroupId": "show", "SenderId": "host", "MsgType": 1}
            await world.async_call("SendLiveMessageGroup", Body="a comment", Weight=5, **send)
            await world.async_call("SendLiveMessageGroup", Body="a gift", Weight=1_000_000, **send)
        await ada.wait_for(ReconnectSuccess)
        missed = await ada.arrived(RecvGroupMessage)
        assert [(event.message.data, event.message.recovered) for event in missed] == [("a gift", True)]
        await ada.reconnect()
        assert await ada.arrived(RecvGroupMessage) == []


async def test_iterating_ends_behind_the_disconnect(world: World) -> None:
    ada = await world.async_login("ada", group="show")
    seen: List[Event] = []

    async def read() -> None:
        async for event in ada:
            seen.append(event)

    reader = asyncio.ensure_future(read())
    await ada.heartbeat()
    await ada.logout()
    await asyncio.wait_for(reader, 10)
    assert [event.name for event in seen] == ["connecting", "connectsuccess", "memberchange", "disconnect"]


async def test_a_logon_elsewhere_ends_the_session(world: World) -> None:
    phone = await world.async_login("ada")
    async with await world.async_login("ada"):
        assert (await phone.wait_for(Disconnect)).code == 4
    assert phone.is_logout()


async def test_a_fresh_token_may_be_awaited(world: World) -> None:
    async def fresh() -> UserAuth:
        await asyncio.sleep(0)
        return world.token("ada")

    ada = world.app.async_client(token_provider=fresh)
    await ada.login("ada", world.token("ada", expires=int(world.clock.now.timestamp()) + 10))
    await asyncio.to_thread(world.clock.advance, "11s")
    await ada.wait_for(TokenExpired)
    await ada.reconnect()
    assert ada.is_login()
    await ada.close()


async def test_a_letter_is_acknowledged_while_its_sender_waits(world: World) -> None:
    async with await world.async_login("ada") as ada:
        await world.async_call(
            "SendLiveMessageUser",
            AppId=world.app.app_id,
            ReceiverId="ada",
            SenderId="host",
            MsgType=1,
            Body="you have won",
            HighReliability=True,
        )
        assert (await ada.wait_for(RecvC2cMessage)).message.data == "you have won"


async def test_an_event_that_does_not_come_is_told(world: World) -> None:
    async with await world.async_login("ada") as ada:
        await ada.arrived()
        with pytest.raises(TimeoutError, match="no memberchange in 0.05 s, and nothing else"):
            await ada.wait_for(MemberChange, timeout=0.05)


async def test_callbacks_are_told_in_the_loop(world: World) -> None:
    told: List[str] = []
    async with await world.async_login("ada") as ada:
        ada.on(MemberChange, lambda event: told.append(event.group_id))
        await ada.join_group("show")
        await ada.heartbeat()
        assert told == ["show"]
