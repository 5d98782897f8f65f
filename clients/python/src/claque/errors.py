"""What is refused, and with which code."""

from __future__ import annotations

from enum import IntEnum
from typing import Optional, Union


class ErrorCode(IntEnum):
    """Documented codes of audience clients. 601 and 603 are said by the client itself; the server says the others."""

    ALREADY_LOGIN = 304
    BAD_PARAMETER = 400
    FORBIDDEN = 403
    NO_SESSION = 404
    BUSY = 412
    RECEIVER_OFFLINE = 424
    NOT_JOINED = 425
    NO_GROUP = 440
    GROUP_DELETED = 441
    MUTED = 442
    LIMIT_REACHED = 443
    MAY_NOT_JOIN = 450
    TEMPORARY = 500
    WRONG_STATE = 601
    NOT_LOGIN = 602
    FORMER_SESSION = 603
    PARSE = 604


class ClaqueError(Exception):
    """A refusal.

    `code` is a number (see `ErrorCode`) where an audience client was refused, a documented name such as
    `"InputInvalid"` where a signed call was, and the HTTP status where the control API refused. `origin` tells who said
    it:

    - `"audience"`: the server, to an audience client
    - `"operation"`: the server, to a signed call; `status` and `request_id` are set
    - `"control"`: the control API
    - `"client"`: this library: the link is lost, nobody is logged on, no answer came in time
    """

    def __init__(
        self,
        code: Union[int, str],
        message: str,
        *,
        origin: str,
        status: Optional[int] = None,
        request_id: Optional[str] = None,
    ) -> None:
        super().__init__(f"{int(code) if isinstance(code, int) else code}: {message}")
        self.code: Union[int, str] = int(code) if isinstance(code, int) else code
        self.message = message
        self.origin = origin
        self.status = status
        self.request_id = request_id
