"""The documented methods of groups and messages, each one request."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Union

from ..frames import decode, parameters
from ..types import GroupCreated, GroupInfo, MessagePage, MuteState, UserPage


class Methods:
    """What a client that is logged on may ask for. Every refusal is a `ClaqueError` with a documented code."""

    def _ask(self, method: str, params: Dict[str, Any]) -> Any:
        raise NotImplementedError

    # Groups, members and mutes.

    def create_group(
        self, group_id: Optional[str] = None, group_name: Optional[str] = None, group_meta: Optional[str] = None
    ) -> GroupCreated:
        """Creates a group; without an ID, the service makes one. Needs the role `admin`."""
        params = parameters(group_id=group_id, group_name=group_name, group_meta=group_meta)
        return decode(GroupCreated, self._ask("createGroup", params))

    def close_group(self, group_id: str) -> None:
        """Dissolves a group. Needs the role `admin`."""
        self._ask("closeGroup", parameters(group_id=group_id))

    def join_group(self, group_id: str) -> GroupInfo:
        """Joins a group."""
        return decode(GroupInfo, self._ask("joinGroup", parameters(group_id=group_id)))

    def leave_group(self, group_id: str) -> None:
        """Leaves a group."""
        self._ask("leaveGroup", parameters(group_id=group_id))

    def query_group(self, group_id: str) -> GroupInfo:
        """Reads a group."""
        return decode(GroupInfo, self._ask("queryGroup", parameters(group_id=group_id)))

    def modify_group(
        self, group_id: str, group_meta: Optional[str] = None, admins: Optional[Sequence[str]] = None
    ) -> None:
        """Changes extension information or administrators; what is not named stays. For the group's staff."""
        self._ask("modifyGroup", parameters(group_id=group_id, group_meta=group_meta, admins=admins))

    def list_recent_group_user(self, group_id: str) -> UserPage:
        """The newest members and the member count."""
        return decode(UserPage, self._ask("listRecentGroupUser", parameters(group_id=group_id)))

    def list_group_user(
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
        return decode(UserPage, self._ask("listGroupUser", params))

    def mute_all(self, group_id: str) -> None:
        """Mutes everybody. For the group's staff."""
        self._ask("muteAll", parameters(group_id=group_id))

    def cancel_mute_all(self, group_id: str) -> None:
        """Lifts the mute of everybody. For the group's staff."""
        self._ask("cancelMuteAll", parameters(group_id=group_id))

    def mute_user(self, group_id: str, user_list: Sequence[str]) -> None:
        """Mutes users. For the group's staff."""
        self._ask("muteUser", parameters(group_id=group_id, user_list=user_list))

    def cancel_mute_user(self, group_id: str, user_list: Sequence[str]) -> None:
        """Lifts the mute of users. For the group's staff."""
        self._ask("cancelMuteUser", parameters(group_id=group_id, user_list=user_list))

    def list_mute_users(self, group_id: str) -> MuteState:
        """The mute state. For the group's staff."""
        return decode(MuteState, self._ask("listMuteUsers", parameters(group_id=group_id)))

    # Messages.

    def send_group_message(
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
        return str(self._ask("sendGroupMessage", params)["messageId"])

    def send_c2c_message(self, receiver_id: str, type: int, data: str, *, skip_audit: Optional[bool] = None) -> str:
        """Sends to one user, and gives the message ID."""
        params = parameters(receiver_id=receiver_id, type=type, data=data, skip_audit=skip_audit)
        return str(self._ask("sendC2cMessage", params)["messageId"])

    def list_recent_message(
        self, group_id: str, seqnum: Optional[int] = None, page_size: Optional[int] = None
    ) -> MessagePage:
        """The newest messages of the cache, newest first, below a sequence number if one is given."""
        params = parameters(group_id=group_id, seqnum=seqnum, page_size=page_size)
        return decode(MessagePage, self._ask("listRecentMessage", params))

    def list_message(
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
        return decode(MessagePage, self._ask("listMessage", params))

    def list_history_message(
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
        return decode(MessagePage, self._ask("listHistoryMessage", params))

    def delete_message(self, group_id: str, message_id: str) -> None:
        """Recalls a message: one's own, or any as the group's staff."""
        self._ask("deleteMessage", parameters(group_id=group_id, message_id=message_id))

    def heartbeat(self) -> None:
        """Waits until every event that the server has sent so far has arrived: the answer comes behind them."""
        self._ask("heartbeat", {})
