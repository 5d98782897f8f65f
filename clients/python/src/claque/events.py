"""What audience clients are sent: one class for each documented event, and those that the client tells of its link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Dict, List, Type

from .errors import ClaqueError
from .types import GroupInfo, Info, Message, MuteState, User


@dataclass(frozen=True)
class Event:
    """Something that a client was sent. `name` is the documented one."""

    name: ClassVar[str] = ""


@dataclass(frozen=True)
class MemberChange(Event):
    """Members came or went. The lists are empty in a supergroup."""

    name: ClassVar[str] = "memberchange"
    group_id: str
    member_count: int
    join_users: List[User]
    leave_users: List[User]
    is_big_group: bool


@dataclass(frozen=True)
class RecvGroupMessage(Event):
    """A group message; also one that was missed and came back (`message.recovered`)."""

    name: ClassVar[str] = "recvgroupmessage"
    group_id: str
    message: Message


@dataclass(frozen=True)
class RecvC2cMessage(Event):
    """A message to this user alone. Where its sender waits for it, it has been acknowledged already."""

    name: ClassVar[str] = "recvc2cmessage"
    message: Message


@dataclass(frozen=True)
class DeleteGroupMessage(Event):
    """A group message was recalled."""

    name: ClassVar[str] = "deletegroupmessage"
    group_id: str
    message_id: str


@dataclass(frozen=True)
class DeleteC2cMessage(Event):
    """A message to this user was recalled. The name is Claque's own."""

    name: ClassVar[str] = "deletec2cmessage"
    message_id: str


@dataclass(frozen=True)
class Exit(Event):
    """This user is out of a group: reason 1, it was dissolved; 2, kicked."""

    name: ClassVar[str] = "exit"
    group_id: str
    reason: int


@dataclass(frozen=True)
class MuteChange(Event):
    """The mutes of a group changed."""

    name: ClassVar[str] = "mutechange"
    group_id: str
    status: MuteState


@dataclass(frozen=True)
class InfoChange(Event):
    """Extension information or administrators of a group changed."""

    name: ClassVar[str] = "infochange"
    group_id: str
    info: Info


@dataclass(frozen=True)
class GroupStatistics(Event):
    """Counters of a group, broadcast on demand of the older family. The name is Claque's own."""

    name: ClassVar[str] = "statistics"
    group_id: str
    online_count: int
    pv: int


@dataclass(frozen=True)
class Like(Event):
    """Likes of a group, broadcast on demand of the older family. The name is Claque's own."""

    name: ClassVar[str] = "like"
    group_id: str
    like_count: int


@dataclass(frozen=True)
class TokenExpired(Event):
    """The session's token has expired. The link stays up; coming back after its loss needs a fresh one."""

    name: ClassVar[str] = "tokenexpired"


@dataclass(frozen=True)
class Disconnect(Event):
    """The session has ended: 1 own logout, 2 kicked, 3 timeout or other, 4 logged on elsewhere."""

    name: ClassVar[str] = "disconnect"
    code: int


@dataclass(frozen=True)
class Connecting(Event):
    """The client tries to open a link."""

    name: ClassVar[str] = "connecting"


@dataclass(frozen=True)
class ConnectSuccess(Event):
    """The link is up and the session on it."""

    name: ClassVar[str] = "connectsuccess"


@dataclass(frozen=True)
class ConnectFailed(Event):
    """An attempt failed."""

    name: ClassVar[str] = "connectfailed"
    error: ClaqueError


@dataclass(frozen=True)
class ReconnectSuccess(Event):
    """The session is back on a new link; what was missed comes behind."""

    name: ClassVar[str] = "reconnectsuccess"
    groups: List[GroupInfo]


@dataclass(frozen=True)
class UnknownEvent(Event):
    """An event that this version of the library does not know."""

    event: str
    fields: Dict[str, Any]


OF_SERVER: Dict[str, Type[Event]] = {
    kind.name: kind
    for kind in (
        MemberChange,
        RecvGroupMessage,
        RecvC2cMessage,
        DeleteGroupMessage,
        DeleteC2cMessage,
        Exit,
        MuteChange,
        InfoChange,
        GroupStatistics,
        Like,
        TokenExpired,
        Disconnect,
    )
}
"""Events that the server sends as they stand, by name. `recovered` becomes several `recvgroupmessage`."""
