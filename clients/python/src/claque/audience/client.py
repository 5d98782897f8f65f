"""The sync client: a viewer for tests that run in threads, or without any."""

from __future__ import annotations

import concurrent.futures
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Type, TypeVar, Union

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from ..errors import ClaqueError, ErrorCode
from ..events import ConnectFailed, Connecting, Disconnect, Event, TokenExpired
from ..types import User, UserAuth
from .dispatch import Dispatcher
from .inbox import Inbox
from .methods import Methods
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

E = TypeVar("E", bound=Event)
if TYPE_CHECKING:
    Answer = concurrent.futures.Future[Any]

DEFAULT_WAIT = 10.0
"""How long an event is waited for unless something else is asked. Unit: seconds."""
HEARTBEAT_DEFAULT = 99
CLOSE_WITHIN = 1.0


def open_link(url: str) -> Connection:
    """Opens a link; raises `ClaqueError` with code 500 where that fails."""
    try:
        opened = connect(
            url,
            open_timeout=OPEN_WITHIN,
            close_timeout=CLOSE_WITHIN,
            ping_interval=None,
            max_size=FRAME_MAX,
            compression=None,
            proxy=None,
        )
        # Entered as a `with` would: what `connect` itself gives differs between versions. `close` ends it.
        return opened.__enter__()
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ConnectionClosed, EOFError) as error:
        raise mistake(ErrorCode.TEMPORARY, f"{url} cannot be reached: {error}") from None


def cut(link: Connection) -> None:
    """Ends a link here and now, whatever the other side says."""
    try:
        link.socket.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class AudienceClient(Methods):
    """A viewer's client. Its methods bear the documented names, in Python's spelling.

    All methods may be called from several threads. Events are kept until they are taken: `wait_for`, `next_event`,
    `arrived`, or by iterating; callbacks (`on`) receive them besides, on a thread of their own.

    A link that is lost comes back by itself, and HIGH messages that were missed with it; meanwhile requests are refused
    with 404. `token_provider` is asked for a fresh token when the old one has expired; it must not use the client.

    `record`, the name of a file or whatever takes a line, is given every frame without secrets, for `claque audit`.
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
        token_provider: Optional[Callable[[], UserAuth]] = None,
    ) -> None:
        url = audience_url(endpoint)
        config = Config(url, app_id, app_sign, heartbeat_timeout, acknowledges, answer_timeout, record)
        self._lock = threading.RLock()
        self._session = Session(config, self._tell)
        self._inbox = Inbox()
        self._dispatcher = Dispatcher("claque-callbacks")
        self._token_provider = token_provider
        self._link: Optional[Connection] = None
        self._reader: Optional[threading.Thread] = None
        self._leaving = False
        self._token_due = False
        self._wake = threading.Event()
        self._returns: List["concurrent.futures.Future[None]"] = []

    # The session.

    def login(self, user: Union[str, User], user_auth: UserAuth) -> None:
        """Logs on with a token of the application's back end."""
        former = self._reader
        if former is not None and not self._session.id:
            former.join(OPEN_WITHIN)  # The link of a session that has ended is being closed.
        with self._lock:
            if self._session.id or self._reader is not former:
                raise mistake(ErrorCode.ALREADY_LOGIN, "already logged on")
            self._session.user = User(user) if isinstance(user, str) else user
            self._session.auth = user_auth
            self._session.renewed = False
            self._leaving = False
            # Until the link is there, the thread is one that has ended: a second logon beside this one finds it.
            self._reader = threading.Thread(name="claque-audience")
            self._inbox.end(False)
            self._tell(Connecting())
        try:
            self._log_on()
        except ClaqueError as error:
            self._reader = None
            self._tell(ConnectFailed(error))
            raise

    def _log_on(self) -> None:
        link = open_link(self._session.config.url)
        reader = threading.Thread(target=self._run, args=(link,), name="claque-audience", daemon=True)
        with self._lock:
            self._reader = reader
        reader.start()
        try:
            self._exchange(link, "login", self._session.credentials())
        except ClaqueError:
            link.close()
            reader.join(CLOSE_WITHIN)
            raise

    def logout(self) -> None:
        """Logs off."""
        with self._lock:
            if not self._session.id:
                raise mistake(ErrorCode.NOT_LOGIN, "not logged on")
            self._leaving = True
            link = self._link
            if link is None:
                self._session.end(OWN_LOGOUT)
                self._wake.set()
        if link is not None:
            try:
                self._exchange(link, "logout", {})
            except ClaqueError:
                pass  # The link was lost: the session ends here all the same.
            with self._lock:
                self._session.end(OWN_LOGOUT)
            link.close()
        reader = self._reader
        if reader is not None and reader is not threading.current_thread():
            reader.join(OPEN_WITHIN)

    def close(self) -> None:
        """Logs off if need be, and ends all threads. May be called again."""
        if self.is_login():
            try:
                self.logout()
            except ClaqueError:
                pass  # It ended at the same moment.
        self._dispatcher.close()

    def __enter__(self) -> "AudienceClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reconnect(self) -> None:
        """Drops the link, if there is one, and comes back at once; returns when the link is back."""
        back: "concurrent.futures.Future[None]" = concurrent.futures.Future()
        with self._lock:
            if not self._session.id:
                raise mistake(ErrorCode.NOT_LOGIN, "not logged on")
            self._returns.append(back)
            self._wake.set()
            if self._link is not None:
                cut(self._link)
        back.result()

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
        """Calls back at every such event from now on. `Event` means all. A callback may use the client."""
        self._dispatcher.on(kind, callback)

    def off(self, kind: Type[E], callback: Callable[[E], None]) -> None:
        """Takes a callback away."""
        self._dispatcher.off(kind, callback)

    def wait_for(
        self, kind: Type[E], *, timeout: float = DEFAULT_WAIT, where: Optional[Callable[[E], bool]] = None
    ) -> E:
        """Takes the oldest such event, once there is one; the others stay. Raises `TimeoutError`."""
        return self._inbox.wait(kind, where, timeout)

    def next_event(self, timeout: float = DEFAULT_WAIT) -> Event:
        """Takes the oldest event, once there is one. Raises `TimeoutError`."""
        return self._inbox.wait(Event, None, timeout)

    def arrived(self, kind: Type[E] = Event) -> List[E]:  # type: ignore[assignment]
        """Takes all events of a kind that the server has sent so far; the others stay.

        None of those is still on its way then.
        """
        if self._link is not None:
            self.heartbeat()
        return self._inbox.all(kind)

    def __iter__(self) -> Iterator[Event]:
        """Events as they come; ends behind `Disconnect`."""
        while True:
            event = self._inbox.next_or_end()
            if event is None:
                return
            yield event

    @property
    def events_dropped(self) -> int:
        """Events that gave way because nobody took them."""
        return self._inbox.dropped

    # Requests.

    def _ask(self, method: str, params: Dict[str, Any]) -> Any:
        with self._lock:
            if not self._session.id:
                raise mistake(ErrorCode.NOT_LOGIN, f"{method}: not logged on")
            link = self._link
        if link is None:
            raise mistake(ErrorCode.NO_SESSION, f"{method}: the link is lost; the client is coming back")
        return self._exchange(link, method, params)

    def _exchange(self, link: Connection, method: str, params: Dict[str, Any]) -> Any:
        answer = self._send(link, method, params)
        within = self._session.config.answer_timeout
        try:
            return answer.result(within)
        except concurrent.futures.TimeoutError:
            with self._lock:
                self._session.forget(answer)
            raise mistake(ErrorCode.TEMPORARY, f"{method}: no answer within {within:g} s") from None

    def _send(self, link: Connection, method: str, params: Dict[str, Any]) -> "Answer":
        answer: "Answer" = concurrent.futures.Future()
        with self._lock:
            text = self._session.request(method, params, answer)
        try:
            link.send(text)
        except (ConnectionClosed, OSError):
            with self._lock:
                self._session.forget(answer)
            raise mistake(ErrorCode.NO_SESSION, f"{method}: the link is lost") from None
        return answer

    # The link: everything from here on runs on the reader's thread.

    def _tell(self, event: Event) -> None:
        self._inbox.put(event)
        self._dispatcher.tell(event)
        if isinstance(event, Disconnect):
            self._inbox.end(True)
            gone = mistake(ErrorCode.NO_SESSION, f"the session has ended: {event.code}")
            self._settle_returns(gone)
        elif isinstance(event, TokenExpired):
            self._token_due = True

    def _settle_returns(self, error: Optional[ClaqueError]) -> None:
        returns, self._returns = self._returns, []
        for back in returns:
            if error is None:
                back.set_result(None)
            else:
                back.set_exception(error)

    def _run(self, link: Connection) -> None:
        current: Optional[Connection] = link
        while current is not None:
            code = self._read(current)
            with self._lock:
                self._link = None
                lost = mistake(ErrorCode.NO_SESSION, "the link was lost before the answer came")
                self._session.refuse_pending(lost)
                if self._session.id and (self._leaving or code == CLOSED_ON_PURPOSE):
                    self._session.end(OWN_LOGOUT if self._leaving else ELSEWHERE)
                if not self._session.id:
                    return
            current = self._come_back()

    def _read(self, link: Connection) -> int:
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
                    self._send(link, "heartbeat", {})
                except ClaqueError:
                    pass  # The next read says how it ended.
            try:
                self._take(link, link.recv(timeout=timeout / 3 - (now - beaten)))
                heard = time.monotonic()
            except TimeoutError:
                continue
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd is not None else 1006

    def _take(self, link: Connection, frame: Union[str, bytes], back: Optional[Answer] = None) -> None:
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        with self._lock:
            had = self._session.id
            try:
                replies = self._session.receive(text)
            except ClaqueError:
                cut(link)  # A frame that is no object: nothing behind it can be trusted.
                return
            # A listener to the session's begin or return must find its link.
            returned = back is not None and back.done() and back.exception() is None
            if self._session.id and (not had or returned):
                self._link = link
            token_due, self._token_due = self._token_due, False
        if token_due:
            self._renew()
        for reply in replies:
            try:
                link.send(reply)
            except (ConnectionClosed, OSError):
                pass  # The next read says how it ended.

    def _renew(self) -> bool:
        """Asks the application for a fresh token."""
        if self._token_provider is None:
            return False
        try:
            auth = self._token_provider()
        except Exception:
            return False  # Without a token the client does as if there were no provider: it goes on, or gives up.
        self._session.renew(auth)
        return True

    def _come_back(self) -> Optional[Connection]:
        """Tries again and again until the session is taken up, or must be given up."""
        pauses = Pauses()
        # The server keeps the session for one timeout behind the one in which it noticed the loss.
        until = time.monotonic() + 2 * self._session.heartbeat
        while self._session.id and time.monotonic() < until:
            self._tell(Connecting())
            try:
                link = self._take_up()
            except ClaqueError as error:
                self._tell(ConnectFailed(error))
                # Only the server's own word is final; a link that broke under the question says nothing.
                if error.code == ErrorCode.NO_SESSION and error.origin == "audience":
                    break
                if error.code == ErrorCode.FORBIDDEN and not self._renew():
                    break
            else:
                return link
            self._wake.wait(pauses.draw())
            self._wake.clear()
        with self._lock:
            self._session.end(TIMEOUT)
        return None

    def _take_up(self) -> Connection:
        link = open_link(self._session.config.url)
        try:
            answer = self._send(link, "reconnect", self._session.return_params())
            until = time.monotonic() + self._session.config.answer_timeout
            while not answer.done():
                frame = link.recv(timeout=max(0.0, until - time.monotonic()))
                self._take(link, frame, answer)
            answer.result()
        except (ConnectionClosed, TimeoutError) as error:
            with self._lock:
                self._session.forget(answer)
            cut(link)
            raise mistake(ErrorCode.NO_SESSION, f"no answer to reconnect: {error}") from None
        except ClaqueError:
            link.close()
            raise
        with self._lock:
            self._settle_returns(None)
        return link
