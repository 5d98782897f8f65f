"""The documented methods of groups and messages, each one request.

Written by `tools/write_async.py`: change `methods.py`.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Union

from ..frames import decode, parameters
from ..types import GroupCreated, GroupInfo, MessagePage, MuteState, UserPage


class AsyncMethods:
    """What a client that is logged on may ask for. Every refusal is a `ClaqueError` with a documented code."""

    async def _ask(self, method: str, params: Dict[str, Any]) -> Any:
        raise NotImplementedError

    # Groups, members and mutes.

    async def create_group(
        self, group_id: Optional[str] = None, group_name: Optional[str] = None, group_meta: Optional[str] = None
    ) -> GroupCreated:
        """Creates a group; without an ID, the service makes one. Needs the role `admin`."""
        params = parameters(group_id=group_id, group_name=group_name, group_meta=group_meta)
        return decode(GroupCreated, await self._ask("createGroup", params))

    async def close_group(self, group_id: str) -> None:
        """Dissolves a group. Needs the role `admin`."""
        await self._ask("closeGroup", parameters(group_id=group_id))

    async def join_group(self, group_id: str) -> GroupInfo:
        """Joins a group."""
        return decode(GroupInfo, await self._ask("joinGroup", parameters(group_id=group_id)))

    async def leave_group(self, group_id: str) -> None:
        """Leaves a group."""
        await self._ask("leaveGroup", parameters(group_id=group_id))

    async def query_group(self, group_id: str) -> GroupInfo:
        """Reads a group."""
        return decode(GroupInfo, await self._ask("queryGroup", parameters(group_id=group_id)))

    async def modify_group(
        self, group_id: str, group_meta: Optional[str] = None, admins: Optional[Sequence[str]] = None
    ) -> None:
        """Changes extension information or administrators; what is not named stays. For the group's staff."""
        await self._ask("modifyGroup", parameters(group_id=group_id, group_meta=group_meta, admins=admins))

    async def list_recent_group_user(self, group_id: str) -> UserPage:
        """The newest members and the member count."""
        return decode(UserPage, await self._ask("listRecentGroupUser", parameters(group_id=group_id)))

    async def list_group_user(
        self,
        group_id: str,
        sort_type: Optional[int] = None,
        next_page_token: Optional[int] = None,
        page_size: Optional[int] = None,
    ) -> UserPage:
        """Members by joining time. For the group's staff."""
        params = parameters(
            group_id=group_id, sort_type=sort_type, next_page_token=next_page_token, page_size=page_size
        )
        return decode(UserPage, await self._ask("listGroupUser", params))

    async def mute_all(self, group_id: str) -> None:
        """Mutes everybody. For the group's staff."""
        await self._ask("muteAll", parameters(group_id=group_id))

    async def cancel_mute_all(self, group_id: str) -> None:
        """Lifts the mute of everybody. For the group's staff."""
        await self._ask("cancelMuteAll", parameters(group_id=group_id))

    async def mute_user(self, group_id: str, user_list: Sequence[str]) -> None:
        """Mutes users. For the group's staff."""
        await self._ask("muteUser", parameters(group_id=group_id, user_list=user_list))

    async def cancel_mute_user(self, group_id: str, user_list: Sequence[str]) -> None:
        """Lifts the mute of users. For the group's staff."""
        await self._ask("cancelMuteUser", parameters(group_id=group_id, user_list=user_list))

    async def list_mute_users(self, group_id: str) -> MuteState:
        """The mute state. For the group's staff."""
        return decode(MuteState, await self._ask("listMuteUsers", parameters(group_id=group_id)))

    # Messages.

    async def send_group_message(
        self,
        group_id: str,
        type: int,
        data: str,
        *,
        level: Union[int, str, None] = None,
        repeat_count: Optional[int] = None,
        no_storage: Optional[bool] = None,
        no_cache: Optional[bool] = None,
        skip_mute_check: Optional[bool] = None,
        skip_audit: Optional[bool] = None,
    ) -> str:
        """Sends to a group that was joined, and gives the message ID.

        A message that shaping sheds later is a success too: its sender learns nothing. `world.ledger` tells.
        """
        params = parameters(
            group_id=group_id,
            type=type,
            data=data,
            level=level,
            repeat_count=repeat_count,
            no_storage=no_storage,
            no_cache=no_cache,
            skip_mute_check=skip_mute_check,
            skip_audit=skip_audit,
        )
        return str((await self._ask("sendGroupMessage", params))["messageId"])

    async def send_c2c_message(self, receiver_id: str, type: int, data: str, *, skip_audit: Optional[bool] = None) -> str:
        """Sends to one user, and gives the message ID."""
        params = parameters(receiver_id=receiver_id, type=type, data=data, skip_audit=skip_audit)
        return str((await self._ask("sendC2cMessage", params))["messageId"])

    async def list_recent_message(
        self, group_id: str, seqnum: Optional[int] = None, page_size: Optional[int] = None
    ) -> MessagePage:
        """The newest messages of the cache, newest first, below a sequence number if one is given."""
        params = parameters(group_id=group_id, seqnum=seqnum, page_size=page_size)
        return decode(MessagePage, await self._ask("listRecentMessage", params))

    async def list_message(
        self,
        group_id: str,
        type: Optional[int] = None,
        sort_type: Optional[int] = None,
        next_page_token: Optional[int] = None,
        page_size: Optional[int] = None,
        begin_time: Optional[int] = None,
        end_time: Optional[int] = None,
    ) -> MessagePage:
        """Stored messages, 10 to 30 a page. For the group's staff."""
        params = parameters(
            group_id=group_id,
            type=type,
            sort_type=sort_type,
            next_page_token=next_page_token,
            page_size=page_size,
            begin_time=begin_time,
            end_time=end_time,
        )
        return decode(MessagePage, await self._ask("listMessage", params))

    async def list_history_message(
        self,
        group_id: str,
        type: Optional[int] = None,
        sort_type: Optional[int] = None,
        next_page_token: Optional[int] = None,
        page_size: Optional[int] = None,
        begin_time: Optional[int] = None,
        end_time: Optional[int] = None,
    ) -> MessagePage:
        """Stored messages, also of a group that was not joined: 1 to 100 a page, at most two calls a second."""
        params = parameters(
            group_id=group_id,
            type=type,
            sort_type=sort_type,
            next_page_token=next_page_token,
            page_size=page_size,
            begin_time=begin_time,
            end_time=end_time,
        )
        return decode(MessagePage, await self._ask("listHistoryMessage", params))

    async def delete_message(self, group_id: str, message_id: str) -> None:
        """Recalls a message: one's own, or any as the group's staff."""
        await self._ask("deleteMessage", parameters(group_id=group_id, message_id=message_id))

    async def heartbeat(self) -> None:
        """Waits until every event that the server has sent so far has arrived: the answer comes behind them."""
        await self._ask("heartbeat", {})
