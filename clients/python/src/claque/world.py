"""A world: one isolated service, with a clock, keys, a ledger and faults of its own."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Mapping, Optional, Union

from .audience import AsyncAudienceClient, AudienceClient
from .audience.aio import TokenProvider
from .audience.record import Record
from .callbacks import Callbacks
from .clock import Clock
from .errors import ClaqueError
from .faults import Faults
from .http import ControlApi, call
from .ledger import Ledger
from .signing import FAR, user_token
from .types import User, UserAuth

if TYPE_CHECKING:
    from .server import Claque


class App:
    """An application of a world, with the secrets that only its back end has."""

    def __init__(self, world: "World", app_id: str, app_key: str, app_sign: str) -> None:
        self.world = world
        self.app_id = app_id
        self.app_key = app_key
        self.app_sign = app_sign

    def __repr__(self) -> str:
        return f"App({self.app_id!r})"

    def create_group(self, group_id: str, **parameters: Any) -> str:
        """Creates a group; other parameters as documented (`CreatorId="host"`). Gives its ID."""
        self.world.call("CreateLiveMessageGroup", AppId=self.app_id, GroupId=group_id, **parameters)
        return group_id

    def token(self, user_id: str, *, role: str = "", expires: int = FAR) -> UserAuth:
        """A token for a user, as the back end makes it; role `admin` may make and close groups."""
        return user_token(self.app_id, self.app_key, user_id, role=role, expires=expires)

    def client(
        self,
        *,
        heartbeat_timeout: Optional[int] = None,
        acknowledges: bool = True,
        token_provider: Optional[Callable[[], UserAuth]] = None,
        record: Optional[Record] = None,
    ) -> AudienceClient:
        """A client of this application that is not logged on yet."""
        made = AudienceClient(
            self.world.audience_url,
            self.app_id,
            self.app_sign,
            heartbeat_timeout=heartbeat_timeout,
            acknowledges=acknowledges,
            token_provider=token_provider,
            record=record,
        )
        self.world._clients.append(made)
        return made

    def login(
        self,
        user: Union[str, User],
        *,
        group: Optional[str] = None,
        role: str = "",
        expires: int = FAR,
        heartbeat_timeout: Optional[int] = None,
    ) -> AudienceClient:
        """A client that is logged on, and has joined a group if one is named. It is closed with the world."""
        user_id = user if isinstance(user, str) else user.user_id
        made = self.client(heartbeat_timeout=heartbeat_timeout)
        made.login(user, self.token(user_id, role=role, expires=expires))
        if group is not None:
            made.join_group(group)
        return made

    def async_client(
        self,
        *,
        heartbeat_timeout: Optional[int] = None,
        acknowledges: bool = True,
        token_provider: Optional[TokenProvider] = None,
        record: Optional[Record] = None,
    ) -> AsyncAudienceClient:
        """As `client`, for asyncio."""
        return AsyncAudienceClient(
            self.world.audience_url,
            self.app_id,
            self.app_sign,
            heartbeat_timeout=heartbeat_timeout,
            acknowledges=acknowledges,
            token_provider=token_provider,
            record=record,
        )

    async def async_login(
        self,
        user: Union[str, User],
        *,
        group: Optional[str] = None,
        role: str = "",
        expires: int = FAR,
        heartbeat_timeout: Optional[int] = None,
    ) -> AsyncAudienceClient:
        """As `login`, for asyncio: `async with await app.async_login("ada") as ada:` closes it."""
        user_id = user if isinstance(user, str) else user.user_id
        made = self.async_client(heartbeat_timeout=heartbeat_timeout)
        await made.login(user, self.token(user_id, role=role, expires=expires))
        if group is not None:
            await made.join_group(group)
        return made

    @contextlib.contextmanager
    def outage(self, user_id: str) -> Iterator[None]:
        """For the time of a `with`, the user's link is lost and cannot come back."""
        self.set_outage(user_id, True)
        try:
            yield
        finally:
            try:
                self.set_outage(user_id, False)
            except ClaqueError as error:
                # The session has ended meanwhile, so that there is no outage to end.
                if error.code not in (404, 409):
                    raise

    def set_outage(self, user_id: str, down: bool) -> None:
        """Begins or ends a user's outage."""
        self.world.control.post("outage", {"app": self.app_id, "user": user_id, "down": down})

    def crowd(self, group_id: str, **asked: Any) -> Dict[str, Any]:
        """Virtual members join, leave or chat: `crowd("show", join=2001)`.

        `claque ctl crowd --help` tells what there is.
        """
        given: Dict[str, Any] = {"app": self.app_id, "group": group_id}
        for name, value in asked.items():
            first, *rest = name.split("_")
            given[first + "".join(part.capitalize() for part in rest)] = value
        answer: Dict[str, Any] = self.world.control.post("crowd", given)
        return answer


class World:
    """One isolated service: the default one of a server, or one that `Claque.world` made. Thread-safe.

    `endpoint`, `access_key_id` and `access_key_secret` are what an official SDK needs (with `protocol="http"`). `app`
    is an application made at its first use; `create_group`, `token`, `login` and the like mean it.
    """

    def __init__(
        self,
        server: "Claque",
        name: Optional[str],
        *,
        endpoint: str,
        access_key_id: str,
        access_key_secret: str,
        audience_url: str,
        control_url: str,
        account: Optional[str] = None,
    ) -> None:
        self.server = server
        self.name = name
        self.url = endpoint if "://" in endpoint else f"http://{endpoint}"
        self.url = self.url.rstrip("/")
        self.endpoint = self.url.split("://", 1)[1]
        self.access_key_id = access_key_id
        self.access_key_secret = access_key_secret
        self.audience_url = audience_url
        self.account = account
        self.control = ControlApi(control_url, server.control_token)
        self.clock = Clock(self.control)
        self.ledger = Ledger(self.control)
        self.faults = Faults(self.control)
        self.callbacks = Callbacks(self.control)
        self._app: Optional[App] = None
        self._clients: List[AudienceClient] = []
        self._closed = False

    def __repr__(self) -> str:
        return f"World({self.name!r}, {self.endpoint!r})"

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, operation: str, /, **parameters: Any) -> Dict[str, Any]:
        """Calls a documented operation, signed, with its documented parameter names; refusals are `ClaqueError`.

        Lists are given as lists; a parameter that is None is left out.
        """
        answer: Dict[str, Any] = call(self.url, operation, parameters, self.access_key_id, self.access_key_secret)
        return answer

    async def async_call(self, operation: str, /, **parameters: Any) -> Dict[str, Any]:
        """As `call`, without keeping the event loop waiting."""
        return await asyncio.to_thread(self.call, operation, **parameters)

    def create_app(self, name: str = "evening", **parameters: Any) -> App:
        """Creates an application; other parameters as documented (`EventCallbackUrl=…`)."""
        answer = self.call("CreateLiveMessageApp", AppName=name, **parameters)
        return App(self, answer["AppId"], answer["AppKey"], answer["AppSign"])

    @property
    def app(self) -> App:
        """The world's application, made at its first use."""
        if self._app is None:
            self._app = self.create_app()
        return self._app

    def create_group(self, group_id: str, **parameters: Any) -> str:
        """Creates a group; other parameters as documented (`CreatorId="host"`). Gives its ID."""
        return self.app.create_group(group_id, **parameters)

    def token(self, user_id: str, *, role: str = "", expires: int = FAR) -> UserAuth:
        """A token for a user, as the back end makes it."""
        return self.app.token(user_id, role=role, expires=expires)

    def login(
        self,
        user: Union[str, User],
        *,
        group: Optional[str] = None,
        role: str = "",
        expires: int = FAR,
        heartbeat_timeout: Optional[int] = None,
    ) -> AudienceClient:
        """A client that is logged on, and has joined a group if one is named. It is closed with the world."""
        return self.app.login(user, group=group, role=role, expires=expires, heartbeat_timeout=heartbeat_timeout)

    async def async_login(
        self,
        user: Union[str, User],
        *,
        group: Optional[str] = None,
        role: str = "",
        expires: int = FAR,
        heartbeat_timeout: Optional[int] = None,
    ) -> AsyncAudienceClient:
        """As `login`, for asyncio: `async with await world.async_login("ada") as ada:` closes it."""
        return await self.app.async_login(
            user, group=group, role=role, expires=expires, heartbeat_timeout=heartbeat_timeout
        )

    def outage(self, user_id: str) -> "contextlib.AbstractContextManager[None]":
        """For the time of a `with`, the user's link is lost and cannot come back."""
        return self.app.outage(user_id)

    def crowd(self, group_id: str, **asked: Any) -> Dict[str, Any]:
        """Virtual members join, leave or chat: `crowd("show", join=2001)`."""
        return self.app.crowd(group_id, **asked)

    @property
    def readings(self) -> Dict[str, str]:
        """What is assumed where the documents are silent: every reading and its value."""
        return {one["id"]: one["value"] for one in self.control.get("readings")["readings"]}

    def set_readings(self, readings: Mapping[str, str]) -> None:
        """Chooses others from now on."""
        self.control.post("readings", readings)

    def reset(self, *, unix_seconds: Optional[int] = None, **made_with: Any) -> None:
        """Starts over with an empty service, at this time if one is named. Clients' sessions end.

        `limits`, `readings` and what else `POST reset` takes may be named.
        """
        asked: Dict[str, Any] = dict(made_with)
        if unix_seconds is not None:
            asked["unixSeconds"] = unix_seconds
        self._end_clients()
        self.control.post("reset", asked)
        self._app = None

    def _end_clients(self) -> None:
        clients, self._clients = self._clients, []
        for client in clients:
            with contextlib.suppress(ClaqueError):
                client.close()

    def close(self) -> None:
        """Ends its clients and, unless it is the server's default one, the world. May be called again."""
        if not self._closed and self.name is not None:
            self._leave()
            self.server._control.delete(f"worlds/{self.name}")
        self._leave()

    def _leave(self) -> None:
        """Ends its clients; the world itself goes with its server, if nobody has deleted it."""
        self._closed = True
        self._end_clients()
