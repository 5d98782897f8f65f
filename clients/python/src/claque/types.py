"""What the audience side answers: the documented objects, with their names in Python's spelling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Dict, List, Optional


class MessageLevel(IntEnum):
    """Levels of a group message. Shaping prefers HIGH to MEDIUM to NORMAL; only HIGH comes back after a lost link."""

    NORMAL = 0
    HIGH = 1
    MEDIUM = 2


class SortType(IntEnum):
    """Orders of lists of audience clients: oldest first, or newest first."""

    ASC = 0
    DESC = 1


@dataclass(frozen=True)
class User:
    """A user."""

    user_id: str
    user_extension: Optional[str] = None


@dataclass(frozen=True)
class UserAuth:
    """What the application's back end hands out with a token: the token and what it was made of."""

    nonce: str
    timestamp: int
    """Expiry of the token. Unit: UNIX seconds."""
    role: str
    token: str


@dataclass(frozen=True)
class Statistics:
    """Counters of a group."""

    pv: int
    online_count: int
    msg_amount: Dict[str, int]
    """Counter by message type."""


@dataclass(frozen=True)
class MuteStatus:
    """Whether everybody, or this user, is muted."""

    mute_all: bool
    mute_self: bool


@dataclass(frozen=True)
class GroupInfo:
    """A group, as its members see it."""

    group_id: str
    group_name: str
    group_meta: str
    create_time: int
    """Unit: UNIX seconds."""
    creator: str
    admins: List[str]
    statistics: Statistics
    mute_status: MuteStatus
    is_big_group: bool
    seqnum: int
    """Of the newest message; 0: none yet."""
    high_index: int
    """Of the newest HIGH message; 0: none yet."""


@dataclass(frozen=True)
class GroupCreated:
    """What `create_group` answers."""

    group_id: str
    already_exist: bool


@dataclass(frozen=True)
class Message:
    """A message. What follows `level` is there in group messages only."""

    message_id: str
    type: int
    sender: User
    data: str
    timestamp: int
    """Unit: UNIX seconds."""
    level: int
    group_id: Optional[str] = None
    seqnum: Optional[int] = None
    high_index: Optional[int] = None
    repeat_count: Optional[int] = None
    total_msgs: Optional[int] = None
    """Running total of the type."""
    recovered: Optional[bool] = None
    """True: it was missed while the link was lost, and came back."""


@dataclass(frozen=True)
class UserPage:
    """A page of users."""

    user_list: List[User]
    total: int
    next_page_token: int
    has_more: bool


@dataclass(frozen=True)
class MessagePage:
    """A page of messages."""

    message_list: List[Message]
    next_page_token: int
    has_more: bool


@dataclass(frozen=True)
class MuteState:
    """All mutes of a group."""

    mute_all: bool
    mute_user_list: List[str]
    white_user_list: List[str]


@dataclass(frozen=True)
class Info:
    """Extension information and administrators of a group."""

    group_meta: str
    admin_list: List[str]
