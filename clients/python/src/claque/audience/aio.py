"""The async client: a viewer for tests under asyncio."""

from __future__ import annotations

import asyncio
import inspect
import time
import traceback
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Awaitable,
    Callable,
    Dict,
    List,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
)

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from ..errors import ClaqueError, ErrorCode
from ..events import ConnectFailed, Connecting, Disconnect, Event, TokenExpired
from ..types import User, UserAuth
from .aio_methods import AsyncMethods
from .client import CLOSE_WITHIN, DEFAULT_WAIT, HEARTBEAT_DEFAULT
from .inbox import AsyncInbox
from .protocol import (
    ANSWER_WITHIN,
    CLOSED_ON_PURPOSE,
    ELSEWHERE,
    FRAME_MAX,
    OPEN_WITHIN,
    OWN_LOGOUT,
    TIMEOUT,
    Config,
    Pauses,
    Session,
    audience_url,
    mistake,
)
from .record import Record

if TYPE_CHECKING:
    Answer = asyncio.Future[Any]

E = TypeVar("E", bound=Event)
TokenProvider = Callable[[], Union[UserAuth, Awaitable[UserAuth]]]


async def open_link(url: str) -> ClientConnection:
    """Opens a link; raises `ClaqueError` with code 500 where that fails."""
    try:
        return await connect(
            url,
            open_timeout=OPEN_WITHIN,
            close_timeout=CLOSE_WITHIN,
            ping_interval=None,
            max_size=FRAME_MAX,
            compression=None,
            proxy=None,
        )
    except (OSError, asyncio.TimeoutError, InvalidHandshake, InvalidURI, ConnectionClosed, EOFError) as error:
        raise mistake(ErrorCode.TEMPORARY, f"{url} cannot be reached: {error}") from None


def cut(link: ClientConnection) -> None:
    """Ends a link here and now, whatever the other side says."""
    link.transport.abort()


class AsyncAudienceClient(AsyncMethods):
    """A viewer's client under asyncio. As `AudienceClient`, but its methods are awaited.

    It belongs to the event loop in which it logs on, and is not thread-safe. Callbacks (`on`) are called within the
    loop, while a frame is taken; one that wants to ask the client for something starts a task. `token_provider` may be
    a coroutine function.
    """

    def __init__(
        self,
        endpoint: str,
        app_id: str,
        app_sign: str,
        *,
        heartbeat_timeout: Optional[int] = None,
        acknowledges: bool = True,
        answer_timeout: float = ANSWER_WITHIN,
        record: Optional[Record] = None,
        token_provider: Optional[TokenProvider] = None,
    ) -> None:
        url = audience_url(endpoint)
        config = Config(url, app_id, app_sign, heartbeat_timeout, acknowledges, answer_timeout, record)
        self._session = Session(config, self._tell)
        self._inbox = AsyncInbox()
        self._listeners: List[Tuple[Type[Event], Callable[[Any], None]]] = []
        self._token_provider = token_provider
        self._token_due = False
        self._link: Optional[ClientConnection] = None
        self._reader: "Optional[asyncio.Task[None]]" = None
        self._logging_on = False
        self._leaving = False
        self._wake: Optional[asyncio.Event] = None
        self._returns: "List[asyncio.Future[None]]" = []

    # The session.

    async def login(self, user: Union[str, User], user_auth: UserAuth) -> None:
        """Logs on with a token of the application's back end."""
        if self._session.id or self._logging_on:
            raise mistake(ErrorCode.ALREADY_LOGIN, "already logged on")
        self._logging_on = True
        try:
            if self._reader is not None:
                await asyncio.wait([self._reader], timeout=OPEN_WITHIN)  # The link of a session that has ended.
            self._session.user = User(user) if isinstance(user, str) else user
            self._session.auth = user_auth
            self._session.renewed = self._leaving = False
            self._wake = asyncio.Event()
            self._inbox.end(False)
            self._tell(Connecting())
            await self._log_on()
        except ClaqueError as error:
            self._tell(ConnectFailed(error))
            raise
        finally:
            self._logging_on = False

    async def _log_on(self) -> None:
        link = await open_link(self._session.config.url)
        self._reader = asyncio.ensure_future(self._run(link))
        try:
            await self._exchange(link, "login", self._session.credentials())
        except ClaqueError:
            await link.close()
            raise

    async def logout(self) -> None:
        """Logs off."""
        if not self._session.id:
            raise mistake(ErrorCode.NOT_LOGIN, "not logged on")
        self._leaving = True
        link = self._link
        if link is not None:
            try:
                await self._exchange(link, "logout", {})
            except ClaqueError:
                pass  # The link was lost: the session ends here all the same.
        self._session.end(OWN_LOGOUT)
        if self._wake is not None:
            self._wake.set()
        if link is not None:
            await link.close()
        if self._reader is not None:
            await asyncio.wait([self._reader], timeout=OPEN_WITHIN)

    async def close(self) -> None:
        """Logs off if need be. May be called again."""
        if self.is_login():
            try:
                await self.logout()
            except ClaqueError:
                pass  # It ended at the same moment.

    async def __aenter__(self) -> "AsyncAudienceClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def reconnect(self) -> None:
        """Drops the link, if there is one, and comes back at once; returns when the link is back."""
        if not self._session.id:
            raise mistake(ErrorCode.NOT_LOGIN, "not logged on")
        back: "asyncio.Future[None]" = asyncio.get_running_loop().create_future()
        self._returns.append(back)
        if self._wake is not None:
            self._wake.set()
        if self._link is not None:
            cut(self._link)
        await back

    def is_login(self) -> bool:
        """Whether a session lives, with its link up or on its way back."""
        return bool(self._session.id)

    def is_logout(self) -> bool:
        """Whether none does."""
        return not self.is_login()

    def get_current_user_id(self) -> Optional[str]:
        """Who is logged on."""
        user = self._session.user
        return user.user_id if self.is_login() and user is not None else None

    # Events.

    def on(self, kind: Type[E], callback: Callable[[E], None]) -> None:
        """Calls back at every such event from now on. `Event` means all."""
        self._listeners.append((kind, callback))

    def off(self, kind: Type[E], callback: Callable[[E], None]) -> None:
        """Takes a callback away."""
        self._listeners = [one for one in self._listeners if one != (kind, callback)]

    async def wait_for(
        self, kind: Type[E], *, timeout: float = DEFAULT_WAIT, where: Optional[Callable[[E], bool]] = None
    ) -> E:
        """Takes the oldest such event, once there is one; the others stay. Raises `TimeoutError`."""
        return await self._inbox.wait(kind, where, timeout)

    async def next_event(self, timeout: float = DEFAULT_WAIT) -> Event:
        """Takes the oldest event, once there is one. Raises `TimeoutError`."""
        return await self._inbox.wait(Event, None, timeout)

    async def arrived(self, kind: Type[E] = Event) -> List[E]:  # type: ignore[assignment]
        """Takes all events of a kind that the server has sent so far; the others stay.

        None of those is still on its way then.
        """
        if self._link is not None:
            await self.heartbeat()
        return self._inbox.all(kind)

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Events as they come; ends behind `Disconnect`."""
        while True:
            event = await self._inbox.next_or_end()
            if event is None:
                return
            yield event

    @property
    def events_dropped(self) -> int:
        """Events that gave way because nobody took them."""
        return self._inbox.dropped

    # Requests.

    async def _ask(self, method: str, params: Dict[str, Any]) -> Any:
        if not self._session.id:
            raise mistake(ErrorCode.NOT_LOGIN, f"{method}: not logged on")
        if self._link is None:
            raise mistake(ErrorCode.NO_SESSION, f"{method}: the link is lost; the client is coming back")
        return await self._exchange(self._link, method, params)

    async def _exchange(self, link: ClientConnection, method: str, params: Dict[str, Any]) -> Any:
        answer = await self._send(link, method, params)
        within = self._session.config.answer_timeout
        try:
            return await asyncio.wait_for(answer, within)
        except asyncio.TimeoutError:
            raise mistake(ErrorCode.TEMPORARY, f"{method}: no answer within {within:g} s") from None
        finally:
            self._session.forget(answer)

    async def _send(self, link: ClientConnection, method: str, params: Dict[str, Any]) -> "Answer":
        answer: "Answer" = asyncio.get_running_loop().create_future()
        text = self._session.request(method, params, answer)
        try:
            await link.send(text)
        except (ConnectionClosed, OSError):
            self._session.forget(answer)
            raise mistake(ErrorCode.NO_SESSION, f"{method}: the link is lost") from None
        return answer

    # The link: everything from here on runs in the reader's task.

    def _tell(self, event: Event) -> None:
        self._inbox.put(event)
        for kind, callback in self._listeners:
            if isinstance(event, kind):
                try:
                    callback(event)
                except Exception:
                    # As with any callback: the mistake is shown, and nobody else suffers from it.
                    traceback.print_exc()
        if isinstance(event, Disconnect):
            self._inbox.end(True)
            self._settle_returns(mistake(ErrorCode.NO_SESSION, f"the session has ended: {event.code}"))
        elif isinstance(event, TokenExpired):
            self._token_due = True

    def _settle_returns(self, error: Optional[ClaqueError]) -> None:
        returns, self._returns = self._returns, []
        for back in returns:
            if back.done():
                continue
            if error is None:
                back.set_result(None)
            else:
                back.set_exception(error)

    async def _run(self, link: ClientConnection) -> None:
        current: Optional[ClientConnection] = link
        while current is not None:
            code = await self._read(current)
            self._link = None
            self._session.refuse_pending(mistake(ErrorCode.NO_SESSION, "the link was lost before the answer came"))
            if self._session.id and (self._leaving or code == CLOSED_ON_PURPOSE):
                self._session.end(OWN_LOGOUT if self._leaving else ELSEWHERE)
            if not self._session.id:
                return
            current = await self._come_back()

    async def _read(self, link: ClientConnection) -> int:
        """Takes frames until the link ends, and gives the close code; 1006 where there was none."""
        heard = beaten = time.monotonic()
        while True:
            timeout = self._session.heartbeat or HEARTBEAT_DEFAULT
            now = time.monotonic()
            if now - heard > timeout:
                cut(link)
            elif now - beaten >= timeout / 3 and self._session.id:
                beaten = now
                try:
                    await self._send(link, "heartbeat", {})
                except ClaqueError:
                    pass  # The next read says how it ended.
            try:
                frame = await asyncio.wait_for(link.recv(), max(0.01, timeout / 3 - (now - beaten)))
            except asyncio.TimeoutError:
                continue
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd is not None else 1006
            heard = time.monotonic()
            await self._take(link, frame)

    async def _take(self, link: ClientConnection, frame: Union[str, bytes], back: "Optional[Answer]" = None) -> None:
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        had = self._session.id
        try:
            replies = self._session.receive(text)
        except ClaqueError:
            cut(link)  # A frame that is no object: nothing behind it can be trusted.
            return
        returned = back is not None and back.done() and back.exception() is None
        # A listener to the session's begin or return must find its link: nobody is notified before this task waits.
        if self._session.id and (not had or returned):
            self._link = link
        for reply in replies:
            try:
                await link.send(reply)
            except (ConnectionClosed, OSError):
                pass  # The next read says how it ended.
        if self._token_due:
            self._token_due = False
            await self._renew()

    async def _renew(self) -> bool:
        """Asks the application for a fresh token."""
        if self._token_provider is None:
            return False
        try:
            given = self._token_provider()
            auth = await given if inspect.isawaitable(given) else given
        except Exception:
            return False  # Without a token the client does as if there were no provider: it goes on, or gives up.
        self._session.renew(auth)
        return True

    async def _come_back(self) -> Optional[ClientConnection]:
        """Tries again and again until the session is taken up, or must be given up."""
        pauses = Pauses()
        assert self._wake is not None
        # The server keeps the session for one timeout behind the one in which it noticed the loss.
        until = time.monotonic() + 2 * self._session.heartbeat
        while self._session.id and time.monotonic() < until:
            self._tell(Connecting())
            try:
                return await self._take_up()
            except ClaqueError as error:
                self._tell(ConnectFailed(error))
                # Only the server's own word is final; a link that broke under the question says nothing.
                if error.code == ErrorCode.NO_SESSION and error.origin == "audience":
                    break
                if error.code == ErrorCode.FORBIDDEN and not await self._renew():
                    break
            try:
                await asyncio.wait_for(self._wake.wait(), pauses.draw())
            except asyncio.TimeoutError:
                pass
            self._wake.clear()
        self._session.end(TIMEOUT)
        return None

    async def _take_up(self) -> ClientConnection:
        link = await open_link(self._session.config.url)
        try:
            answer = await self._send(link, "reconnect", self._session.return_params())
            until = time.monotonic() + self._session.config.answer_timeout
            while not answer.done():
                frame = await asyncio.wait_for(link.recv(), max(0.01, until - time.monotonic()))
                await self._take(link, frame, answer)
            answer.result()
        except (ConnectionClosed, asyncio.TimeoutError) as error:
            self._session.forget(answer)
            cut(link)
            raise mistake(ErrorCode.NO_SESSION, f"no answer to reconnect: {error}") from None
        except ClaqueError:
            await link.close()
            raise
        self._settle_returns(None)
        return link
