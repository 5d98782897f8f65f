"""The session that every client library plays: its transcript must be the same in all."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Callable, Dict, List

from claque import (
    AsyncAudienceClient,
    AudienceClient,
    ClaqueError,
    ConnectFailed,
    Connecting,
    ConnectSuccess,
    Disconnect,
    Event,
    ReconnectSuccess,
    User,
    UserAuth,
    World,
    find_binary,
    user_token,
)
from claque.frames import encode

from .conftest import ROOT, load

SESSION = json.loads((ROOT / "clients/session/session.json").read_text(encoding="utf-8"))
TRANSCRIPT = (ROOT / "clients/session/transcript.txt").read_text(encoding="utf-8")
CHANCE = (Connecting, ConnectSuccess, ConnectFailed)


def snake(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)


class Player:
    """Plays with the sync client; what differs for the async one is in `AsyncPlayer`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.known: Dict[str, str] = {}
        self.clients: Dict[str, Any] = {}
        self.lines: List[str] = []

    def given(self, value: Any, n: int) -> Any:
        if isinstance(value, dict):
            return {name: self.given(inner, n) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.given(inner, n) for inner in value]
        if isinstance(value, str):
            value = value.replace("{n}", str(n))
            return self.known[value[1:]] if value.startswith("$") else value
        return value

    def shown(self, value: Any) -> str:
        names = {text: f"${name}" for name, text in self.known.items()}

        def named(inner: Any) -> Any:
            if isinstance(inner, dict):
                return {name: named(each) for name, each in inner.items() if each is not None}
            if isinstance(inner, list):
                return [named(each) for each in inner]
            return names.get(inner, inner) if isinstance(inner, str) else inner

        return json.dumps(named(encode(value)), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def settle(self, step: Dict[str, Any], n: int, line: str, act: Callable[[], Any]) -> None:
        try:
            result = act()
        except ClaqueError as error:
            status = f" {error.status}" if error.status else ""
            self.lines.append(f"{line} refused {error.code}{status}")
            assert error.code == step.get("refused"), f"{line}: {error!r}"
            return
        assert "refused" not in step, f"{line}: not refused, but {result}"
        if isinstance(result, str):
            result = {"messageId": result}
        result = encode(result) or {}
        for name, field in step.get("save", {}).items():
            self.known[name.replace("{n}", str(n))] = result[field]
        self.lines.append(f"{line} {self.shown(result)}")

    def client(self, name: str) -> Any:
        return AudienceClient(self.world.audience_url, self.known["app"], self.known["appSign"])

    def done(self, value: Any) -> Any:
        return value

    def ask(self, name: str, method: str, given: Dict[str, Any]) -> Any:
        if method != "login":
            params = {snake(key): value for key, value in given.items()}
            return self.done(getattr(self.clients[name], snake(method))(**params))
        user, role = given.get("userId", name), given.get("role", "")
        auth = user_token(
            self.known["app"], self.known["appKey"], user, role=role, expires=given.get("expires", 4_000_000_000)
        )
        if "token" in given:
            auth = UserAuth(auth.nonce, auth.timestamp, auth.role, given["token"])
        client = self.client(name)
        self.done(client.login(User(user, given.get("userExtension")), auth))
        self.clients[name] = client
        return None

    def show(self, name: str, events: List[Event]) -> None:
        for event in events:
            if not isinstance(event, CHANCE):
                self.lines.append(f"  {name} {event.name} {self.shown(event)}")

    def step(self, step: Dict[str, Any]) -> None:
        given = step.get("with", {})
        if "say" in step:
            self.lines += ["", f"# {step['say']}"]
        elif "call" in step:
            operation = step["call"]

            def call() -> Any:
                answer = self.world.call(operation, **self.given(given, 0))
                del answer["RequestId"]
                return answer

            # The receiver of a direct message answers for itself: with the async client, its loop must go on meanwhile.
            self.settle(step, 0, f"call {operation}", lambda: self.aside(call))
        elif "client" in step:
            for n in range(1, step.get("repeat", 1) + 1):
                self.turn(step, n)
        elif "clock" in step:
            self.world.clock.advance(step["clock"])
            self.lines.append(f"clock {step['clock']}")
        elif "events" in step:
            for name in step["events"]:
                self.show(name, self.done(self.clients[name].arrived()))
        elif "skip" in step:
            for name in step["skip"]:
                self.done(self.clients[name].arrived())
        else:
            self.handle(step)

    def turn(self, step: Dict[str, Any], n: int) -> None:
        name, method, params = step["client"], step["do"], self.given(step.get("with", {}), n)
        self.settle(step, n, f"{name} {method}", lambda: self.ask(name, method, params))

    def aside(self, act: Callable[[], Any]) -> Any:
        return act()

    def waited(self, name: str, kind: Any) -> List[Event]:
        """The events so far, the one that is waited for included; order is kept."""
        client = self.clients[name]
        seen: List[Event] = []
        while not seen or not isinstance(seen[-1], kind):
            seen.append(self.done(client.next_event()))
        return seen

    def handle(self, step: Dict[str, Any]) -> None:
        world, app = self.world, self.known["app"]
        if "outage" in step:
            world.control.post("outage", {"app": app, "user": step["outage"], "down": step["down"]})
            self.lines.append(f"outage {step['outage']} {'begins' if step['down'] else 'ends'}")
        elif "back" in step:
            seen = self.waited(step["back"], ReconnectSuccess)
            self.lines.append(f"{step['back']} back")
            self.show(step["back"], seen)
        elif "ended" in step:
            seen = self.waited(step["ended"], Disconnect)
            self.lines.append(f"{step['ended']} ended")
            self.show(step["ended"], seen)
        elif "fault" in step:
            if step["fault"] is None:
                world.faults.clear()
            else:
                world.faults.set(**step["fault"])
            self.lines.append(f"fault {self.shown(step['fault'])}")
        elif "crowd" in step:
            world.control.post("crowd", {"app": app, **step["crowd"]})
            self.lines.append(f"crowd {self.shown(step['crowd'])}")
        elif "ledger" in step:
            self.lines.append(f"ledger {step['ledger']}")
            for entry in world.ledger.entries(step["ledger"], app=app):
                # Written as the control API has it, and so through every field of the class.
                self.lines.append(f"  shed {self.shown(entry)}")
        else:
            raise AssertionError(f"no such step: {step}")

    def play(self) -> str:
        self.world.reset(unix_seconds=SESSION["unixSeconds"])
        for step in SESSION["steps"]:
            self.step(step)
        return "\n".join(self.lines).strip() + "\n"


class AsyncPlayer(Player):
    """Plays with the async client, in a loop of its own."""

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(world)
        self.loop = loop

    def client(self, name: str) -> Any:
        return AsyncAudienceClient(self.world.audience_url, self.known["app"], self.known["appSign"])

    def done(self, value: Any) -> Any:
        return self.loop.run_until_complete(value)

    def aside(self, act: Callable[[], Any]) -> Any:
        return self.loop.run_until_complete(asyncio.to_thread(act))


def test_sync_client_plays_the_session(claque_world: World) -> None:
    player = Player(claque_world)
    try:
        assert player.play().splitlines() == TRANSCRIPT.splitlines()
    finally:
        for client in player.clients.values():
            client.close()


def test_async_client_plays_the_session(claque_world: World) -> None:
    loop = asyncio.new_event_loop()
    player = AsyncPlayer(claque_world, loop)
    try:
        assert player.play().splitlines() == TRANSCRIPT.splitlines()
    finally:
        for client in player.clients.values():
            loop.run_until_complete(client.close())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def test_every_step_is_one_of_a_case() -> None:
    named = [case for step in SESSION["steps"] for case in step.get("cases", [])]
    assert named
    missing = [case for case in named if not (ROOT / f"fixtures/cases/{case}.toml").is_file()]
    assert not missing


def test_bare_frames_play_the_same() -> None:
    assert load("play", "clients/session/play.py").play(find_binary()).splitlines() == TRANSCRIPT.splitlines()


def test_the_transcript_holds_what_the_documents_say() -> None:
    """Counted by hand from the documents, so that a transcript written anew cannot quietly say something else."""
    lines = TRANSCRIPT.splitlines()

    def sent(name: str, event: str, *parts: str) -> int:
        return sum(line.startswith(f"  {name} {event} ") and all(part in line for part in parts) for line in lines)

    # Of sixty comments in one second fifty pass, and the newest of the type some time later; nine are shed.
    assert sent("ada", "recvgroupmessage", '"data":"comment ') == 51
    assert sent("ada", "recvgroupmessage", '"data":"comment 60"') == 1
    assert sum(line.startswith("  shed ") for line in lines) == 9
    # Of what a lost link missed, HIGH messages come back, once, and no others.
    assert sent("ada", "recvgroupmessage", '"recovered":true') == sent("ada", "recvgroupmessage", "a ", "gift") == 2
    assert sent("ada", "recvgroupmessage", "a comment") == 0 < sent("bob", "recvgroupmessage", "a comment")
    # Each member of a deleted group is notified once, and so is a user who was kicked.
    assert sent("ada", "exit", '"groupId":"show","reason":1') == 1
    assert sent("eve", "exit", '"groupId":"show","reason":2') == 1
    # Members of a supergroup are not named; its notices are five seconds apart.
    big = [line for line in lines if line.startswith("  ada memberchange ") and '"groupId":"arena"' in line]
    assert len(big) == 2 and all('"joinUsers":[],"leaveUsers":[]' in line for line in big)
    # A highly reliable message to one user arrives once, and its sender learns of its success.
    assert sent("bob", "recvc2cmessage", "you have won") == 1
    assert 'call SendLiveMessageUser {"MsgTid":"letter"}' in lines
