"""What a client says and understands, without any link: both clients, sync and async, are made of it.

Nothing here waits or is thread-safe: the holder of a link calls it, one call at a time.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Tuple
from typing import Protocol as Shape

from ..errors import ClaqueError, ErrorCode
from ..events import (
    OF_SERVER,
    ConnectSuccess,
    Disconnect,
    Event,
    Exit,
    ReconnectSuccess,
    RecvC2cMessage,
    RecvGroupMessage,
    UnknownEvent,
)
from ..frames import decode, encode
from ..types import GroupInfo, Message, User, UserAuth
from .record import Record, Recorder

OPEN_WITHIN = 10.0
"""A link that neither opens nor fails within this span is given up. Unit: seconds."""
ANSWER_WITHIN = 30.0
"""A request that is not answered within this span is refused with 500. Unit: seconds."""
FRAME_MAX = 64 * 1024 * 1024
"""The longest frame that is read. Unit: bytes."""
BACKOFF_FIRST = 0.1
BACKOFF_LONGEST = 5.0
CLOSED_ON_PURPOSE = 1000
"""WebSocket close code of a link that the server ended: its session has a newer one."""

OWN_LOGOUT, TIMEOUT, ELSEWHERE = 1, 3, 4


class Waiting(Shape):
    """Somebody who waits for an answer: a future of either kind."""

    def done(self) -> bool:
        """Whether it has been answered."""
        ...

    def set_result(self, result: Any, /) -> None:
        """Tells the answer."""
        ...

    def set_exception(self, error: Any, /) -> None:
        """Tells why there is none."""
        ...


def mistake(code: ErrorCode, text: str) -> ClaqueError:
    """A refusal by this library itself."""
    return ClaqueError(code, text, origin="client")


def audience_url(endpoint: str) -> str:
    """Where the audience side of an endpoint is; an address of a WebSocket is taken as it is."""
    if endpoint.startswith(("ws://", "wss://")):
        return endpoint
    if endpoint.startswith("https://"):
        return f"wss://{endpoint[8:].rstrip('/')}/audience"
    bare = endpoint[7:] if endpoint.startswith("http://") else endpoint
    if "://" in bare:
        raise mistake(ErrorCode.BAD_PARAMETER, f"endpoint: {endpoint!r} is neither http, https, ws nor wss")
    return f"ws://{bare.rstrip('/')}/audience"


@dataclass(frozen=True)
class Config:
    """What a client is made with."""

    url: str
    app_id: str
    app_sign: str
    heartbeat_timeout: Optional[int] = None
    acknowledges: bool = True
    answer_timeout: float = ANSWER_WITHIN
    record: Optional[Record] = None


class Pauses:
    """How long to wait between attempts to come back.

    Half of it is drawn, so that an audience does not come all at once.
    """

    def __init__(self) -> None:
        self._next = BACKOFF_FIRST

    def draw(self) -> float:
        """The next one. Unit: seconds."""
        span = self._next
        self._next = min(span * 2, BACKOFF_LONGEST)
        return span / 2 + random.random() * span / 2


class Session:
    """A session: who, how far each group has come, and who waits for which answer."""

    def __init__(self, config: Config, tell: Callable[[Event], None]) -> None:
        self.config = config
        self.id = ""
        self.heartbeat = 0
        self.user: Optional[User] = None
        self.auth: Optional[UserAuth] = None
        self.renewed = False
        self._tell = tell
        self._recorder: Optional[Recorder] = None
        self._cursors: Dict[str, int] = {}
        self._number = 0
        self._pending: Dict[int, Tuple[str, Dict[str, Any], Waiting]] = {}

    # Requests.

    def request(self, method: str, params: Dict[str, Any], waiting: Waiting) -> str:
        """The text of a request; `waiting` receives its answer."""
        self._number += 1
        try:
            text = json.dumps({"id": self._number, "method": method, "params": params}, ensure_ascii=False)
            text.encode()
        except (TypeError, ValueError) as error:  # No such value in JSON, or half of an emoji.
            raise mistake(ErrorCode.PARSE, f"{method}: {error}") from None
        self._pending[self._number] = (method, params, waiting)
        if method == "login" and self.config.record is not None and self.user is not None:
            self._recorder = Recorder(self.config.record, self.config.app_id, self.user.user_id)
        if self._recorder is not None:
            self._recorder.sent(text)
        return text

    def forget(self, waiting: Waiting) -> None:
        """Nobody waits for this answer any more."""
        for number, (_, _, other) in list(self._pending.items()):
            if other is waiting:
                del self._pending[number]

    def refuse_pending(self, error: ClaqueError) -> None:
        """Ends every wait for an answer: the link is gone, or the session."""
        if self._recorder is not None:
            self._recorder.lost()
        for number in list(self._pending):
            _settle(self._pending.pop(number)[2], None, error)

    def credentials(self) -> Dict[str, Any]:
        """Parameters of a logon."""
        config = self.config
        given: Dict[str, Any] = {
            "appId": config.app_id,
            "appSign": config.app_sign,
            "user": encode(self.user),
            "userAuth": encode(self.auth),
            "acknowledges": config.acknowledges,
        }
        if config.heartbeat_timeout is not None:
            given["heartbeatTimeout"] = config.heartbeat_timeout
        return given

    def return_params(self) -> Dict[str, Any]:
        """Parameters of a `reconnect`."""
        cursors = [{"groupId": group, "seqnum": seen} for group, seen in self._cursors.items()]
        params: Dict[str, Any] = {"session": self.id, "cursors": cursors}
        if self.renewed:
            params["fresh"] = self.credentials()
        return params

    def renew(self, auth: UserAuth) -> None:
        """A fresh token, for the next return."""
        self.auth = auth
        self.renewed = True

    def end(self, code: int) -> bool:
        """The session is over, here; false if it was already."""
        if not self.id:
            return False
        self.id = ""
        self._cursors.clear()
        self.refuse_pending(mistake(ErrorCode.FORMER_SESSION, "the session has ended"))
        if self._recorder is not None:
            self._recorder.end()
        self._tell(Disconnect(code))
        return True

    # Frames.

    def receive(self, text: str) -> List[str]:
        """Takes a frame, and gives the frames to be sent because of it."""
        try:
            frame = json.loads(text)
        except ValueError:
            frame = None
        if not isinstance(frame, dict):
            raise mistake(ErrorCode.PARSE, f"a frame that is no object: {text[:80]!r}")
        if self._recorder is not None:
            self._recorder.received(frame)
        if isinstance(frame.get("event"), str):
            return self._take(frame)
        self._answered(frame)
        return []

    def _answered(self, frame: Dict[str, Any]) -> None:
        number = frame.get("id")
        if number is None:
            number = self._only_request()
        found = self._pending.pop(number, None) if isinstance(number, int) else None
        if found is None:
            return
        method, params, waiting = found
        if "error" in frame:
            error = frame["error"]
            _settle(waiting, None, ClaqueError(error["code"], f"{method}: {error['message']}", origin="audience"))
            return
        result = frame.get("result")
        try:
            # Before any event behind the answer is looked at.
            self._first(method, params, result)
        except (ClaqueError, KeyError, TypeError) as error:
            _settle(waiting, None, mistake(ErrorCode.PARSE, f"{method}: an answer that cannot be understood: {error}"))
            return
        _settle(waiting, result, None)

    def _only_request(self) -> Optional[int]:
        """The request that an answer without an ID belongs to, if only one can be meant.

        Heartbeats cannot be misread.
        """
        open_ones = [number for number, (method, _, _) in self._pending.items() if method != "heartbeat"]
        return open_ones[0] if len(open_ones) == 1 else None

    def _first(self, method: str, params: Dict[str, Any], result: Any) -> None:
        if method in ("login", "reconnect"):
            self._begin(result)
            self._tell(ConnectSuccess())
        if method == "reconnect":
            self.renewed = False
            groups = [decode(GroupInfo, group) for group in result["groups"]]
            joined = {group.group_id for group in groups}
            self._cursors = {group: seen for group, seen in self._cursors.items() if group in joined}
            self._tell(ReconnectSuccess(groups))
        if method == "joinGroup":
            self._seen(result["groupId"], result["seqnum"])
        if method == "leaveGroup":
            self._cursors.pop(params["groupId"], None)

    def _begin(self, answer: Any) -> None:
        self.id = answer["session"]
        self.heartbeat = answer["heartbeatTimeout"]
        for group in answer["groups"]:
            self._cursors.setdefault(group["groupId"], group["seqnum"])

    def _seen(self, group_id: str, seqnum: int) -> None:
        self._cursors[group_id] = max(seqnum, self._cursors.get(group_id, 0))

    def _take(self, frame: Dict[str, Any]) -> List[str]:
        name = frame.pop("event")
        replies: List[str] = []
        if name == "disconnect":
            self.end(frame["code"])
        elif name == "recovered":
            for each in frame["messages"]:
                message = replace(decode(Message, each), recovered=True)
                self._seen(frame["groupId"], message.seqnum or 0)
                self._tell(RecvGroupMessage(frame["groupId"], message))
        else:
            event = _event(name, frame)
            if isinstance(event, RecvGroupMessage):
                self._seen(event.group_id, event.message.seqnum or 0)
            if isinstance(event, RecvC2cMessage) and isinstance(frame.get("acknowledge"), str):
                replies.append(_acknowledgement(frame["acknowledge"]))
                if self._recorder is not None:
                    self._recorder.sent(replies[-1])
            if isinstance(event, Exit):
                self._cursors.pop(event.group_id, None)
            self._tell(event)
        return replies


def _event(name: str, frame: Dict[str, Any]) -> Event:
    """What a frame tells; one that this version cannot read is no reason to lose the link."""
    kind = OF_SERVER.get(name)
    if kind is None:
        return UnknownEvent(name, frame)
    try:
        return decode(kind, frame)
    except ClaqueError:
        return UnknownEvent(name, frame)


def _acknowledgement(ticket: str) -> str:
    # Nobody waits for the answer: its ID is none of a request's.
    return json.dumps({"id": f"ack-{ticket}", "method": "acknowledge", "params": {"ticket": ticket}})


def _settle(waiting: Waiting, result: Any, error: Optional[ClaqueError]) -> None:
    if waiting.done():
        return
    if error is None:
        waiting.set_result(result)
    else:
        waiting.set_exception(error)
