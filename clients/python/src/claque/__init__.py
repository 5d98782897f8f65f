"""Claque in Python: a stand-in for the documented service, its audience, and a hand on its clock.

    from claque import Claque

    with Claque() as claque, claque.world() as world:
        world.create_group("show")
        ada = world.login("ada", group="show")
        message = ada.send_group_message("show", 10001, "hello")
        world.ledger.assert_delivered(message)

For pytest there are fixtures: see `claque.pytest`.
"""

from .audience import AsyncAudienceClient, AudienceClient
from .binary import find_binary
from .callbacks import Callback, Callbacks
from .clock import Clock, ClockState
from .errors import ClaqueError, ErrorCode
from .events import (
    ConnectFailed,
    Connecting,
    ConnectSuccess,
    DeleteC2cMessage,
    DeleteGroupMessage,
    Disconnect,
    Event,
    Exit,
    GroupStatistics,
    InfoChange,
    Like,
    MemberChange,
    MuteChange,
    ReconnectSuccess,
    RecvC2cMessage,
    RecvGroupMessage,
    TokenExpired,
    UnknownEvent,
)
from .faults import Faults
from .http import ControlApi
from .ledger import Ledger, Overdue, Shed
from .server import Claque
from .signing import user_token
from .types import (
    GroupCreated,
    GroupInfo,
    Info,
    Message,
    MessageLevel,
    MessagePage,
    MuteState,
    MuteStatus,
    SortType,
    Statistics,
    User,
    UserAuth,
    UserPage,
)
from .world import App, World

__all__ = [
    "App",
    "AsyncAudienceClient",
    "AudienceClient",
    "Callback",
    "Callbacks",
    "Claque",
    "ClaqueError",
    "Clock",
    "ClockState",
    "ConnectFailed",
    "ConnectSuccess",
    "Connecting",
    "ControlApi",
    "DeleteC2cMessage",
    "DeleteGroupMessage",
    "Disconnect",
    "ErrorCode",
    "Event",
    "Exit",
    "Faults",
    "GroupCreated",
    "GroupInfo",
    "GroupStatistics",
    "Info",
    "InfoChange",
    "Ledger",
    "Like",
    "MemberChange",
    "Message",
    "MessageLevel",
    "MessagePage",
    "MuteChange",
    "MuteState",
    "MuteStatus",
    "Overdue",
    "ReconnectSuccess",
    "RecvC2cMessage",
    "RecvGroupMessage",
    "Shed",
    "SortType",
    "Statistics",
    "TokenExpired",
    "UnknownEvent",
    "User",
    "UserAuth",
    "UserPage",
    "World",
    "find_binary",
    "user_token",
]
