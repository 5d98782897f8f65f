"""Plays session.json on bare frames and prints its transcript: what every client library's must be equal to.

    python3 clients/session/play.py [BINARY] [--write]

BINARY is `claque` (else $CLAQUE_BIN, else the debug build); --write replaces transcript.txt by what was played, without
it the two are compared. It uses no client library, on purpose, and nothing but Python's standard library.
"""

import base64
import difflib
import hashlib
import hmac
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

HERE = pathlib.Path(__file__).resolve().parent
KEY, SECRET = "testid", "testsecret"
WITHIN = 10.0
LINKS_ONLY = ("connecting", "connectsuccess", "connectfailed")


class Refused(Exception):
    """A refusal: a number of the audience side, or a name and a status of the server side."""

    def __init__(self, code, status=None):
        super().__init__(f"{code}")
        self.code, self.status = code, status


class Socket:
    """As much of a WebSocket as this needs."""

    def __init__(self, host, port, path):
        self.raw = socket.create_connection((host, port), timeout=WITHIN)
        key = base64.b64encode(os.urandom(16)).decode()
        self.raw.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.file = self.raw.makefile("rb")
        if b" 101 " not in self.file.readline():
            raise OSError("the handshake was refused")
        while self.file.readline().strip():
            pass
        self.raw.settimeout(None)

    def send(self, text):
        body, mask = text.encode(), os.urandom(4)
        length = bytes([128 | len(body)]) if len(body) < 126 else bytes([254]) + struct.pack(">H", len(body))
        self.raw.sendall(b"\x81" + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(body)))

    def read(self):
        """The next text; None at the end."""
        head = self.file.read(2)
        if len(head) < 2:
            return None
        length = head[1] & 127
        if length == 126:
            (length,) = struct.unpack(">H", self.file.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.file.read(8))
        body = self.file.read(length)
        return body.decode() if head[0] & 15 == 1 else (None if head[0] & 15 == 8 else self.read())

    def close(self):
        self.raw.close()
        self.file.close()


class Client:
    """One viewer: its link, its session, and the events that nobody has looked at yet."""

    def __init__(self, place, login):
        self.place, self.login = place, login
        self.changed = threading.Condition()
        self.events, self.answers, self.number, self.cursors = [], {}, 0, {}
        self.link, self.listeners = None, []

    def open(self, method, params):
        self.link = Socket(*self.place)
        self.listeners.append(threading.Thread(target=self.listen, args=(self.link,), daemon=True))
        self.listeners[-1].start()
        result = self.ask(method, params)
        self.session = result["session"]
        for group in result["groups"]:
            self.cursors.setdefault(group["groupId"], group["seqnum"])
        return result

    def listen(self, link):
        try:
            while (text := link.read()) is not None:
                frame = json.loads(text)
                with self.changed:
                    if "event" not in frame:
                        self.answers[frame["id"]] = frame
                    else:
                        self.take(frame)
                    self.changed.notify_all()
        except (OSError, ValueError):
            pass
        link.close()
        with self.changed:
            self.answers[link] = True
            self.changed.notify_all()

    def take(self, frame):
        name = frame.pop("event")
        ticket = frame.pop("acknowledge", None)
        if ticket is not None:
            self.number += 1
            self.link.send(json.dumps({"id": self.number, "method": "acknowledge", "params": {"ticket": ticket}}))
        if name == "recovered":
            for message in frame["messages"]:
                self.seen(message)
                event = {"groupId": frame["groupId"], "message": {**message, "recovered": True}}
                self.events.append(("recvgroupmessage", event))
            return
        if name == "recvgroupmessage":
            self.seen(frame["message"])
        self.events.append((name, frame))

    def seen(self, message):
        group = message["groupId"]
        self.cursors[group] = max(message["seqnum"], self.cursors.get(group, 0))

    def ask(self, method, params):
        with self.changed:
            self.number += 1
            number = self.number
            self.link.send(json.dumps({"id": number, "method": method, "params": params}))
            if not self.changed.wait_for(lambda: number in self.answers, WITHIN):
                raise AssertionError(f"{method}: no answer in {WITHIN} s")
            answer = self.answers.pop(number)
        if "error" in answer:
            raise Refused(answer["error"]["code"])
        if method == "joinGroup":
            self.seen(answer["result"])
        return answer["result"]

    def come_back(self):
        cursors = [{"groupId": group, "seqnum": seen} for group, seen in self.cursors.items()]
        answer = self.open("reconnect", {"session": self.session, "cursors": cursors})
        # Events behind the answer may have been noted already; the return comes before them.
        self.events.insert(0, ("reconnectsuccess", {"groups": answer["groups"]}))

    def wait_for(self, name):
        with self.changed:
            there = lambda: any(event == name for event, _ in self.events)  # noqa: E731
            assert self.changed.wait_for(there, WITHIN), f"no {name} in {WITHIN} s"

    def drained(self):
        with self.changed:
            events, self.events = self.events, []
        return events


class Player:
    """The server's tester and its audience."""

    def __init__(self, url, audience):
        self.url = url
        parts = urllib.parse.urlsplit(audience)
        self.place = (parts.hostname, parts.port, parts.path)
        self.known, self.clients, self.lines, self.all = {}, {}, [], []

    # What is said and shown.

    def given(self, value, n):
        """Parameters with variables and numbers filled in."""
        if isinstance(value, dict):
            return {name: self.given(inner, n) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.given(inner, n) for inner in value]
        if isinstance(value, str):
            value = value.replace("{n}", str(n))
            return self.known[value[1:]] if value.startswith("$") else value
        return value

    def shown(self, value):
        """A value as the transcript has it."""
        names = {text: f"${name}" for name, text in self.known.items()}

        def named(inner):
            if isinstance(inner, dict):
                return {name: named(each) for name, each in inner.items() if each is not None}
            if isinstance(inner, list):
                return [named(each) for each in inner]
            return names.get(inner, inner) if isinstance(inner, str) else inner

        return json.dumps(named(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def settle(self, step, n, line, act):
        """Does what may be refused, and writes down what came of it."""
        try:
            result = act()
        except Refused as refused:
            self.lines.append(f"{line} refused {refused.code}" + (f" {refused.status}" if refused.status else ""))
            assert refused.code == step.get("refused"), f"{line}: refused with {refused.code}"
            return
        assert "refused" not in step, f"{line}: not refused with {step['refused']}, but {result}"
        for name, field in step.get("save", {}).items():
            self.known[name.replace("{n}", str(n))] = result[field]
        self.lines.append(f"{line} {self.shown(result)}")

    def show_events(self, name):
        for event, fields in self.clients[name].drained():
            if event not in LINKS_ONLY:
                self.lines.append(f"  {name} {event} {self.shown(fields)}")

    # What is done.

    def control(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_claque/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def call(self, operation, given):
        quoted = lambda text: urllib.parse.quote(text, safe="-_.~")  # noqa: E731
        pairs = {name: self.as_text(value) for name, value in given.items()}
        pairs |= {
            "Action": operation,
            "Version": "2016-11-01",
            "Format": "JSON",
            "AccessKeyId": KEY,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        query = "&".join(f"{quoted(name)}={quoted(pairs[name])}" for name in sorted(pairs))
        signed = hmac.new(f"{SECRET}&".encode(), f"GET&%2F&{quoted(query)}".encode(), hashlib.sha1).digest()
        query += "&Signature=" + quoted(base64.b64encode(signed).decode())
        try:
            with urllib.request.urlopen(f"{self.url}/?{query}", timeout=30) as answer:
                body = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(json.load(error)["Code"], error.code) from None
        del body["RequestId"]
        return body

    @staticmethod
    def as_text(value):
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else json.dumps(value)

    def log_on(self, name, given):
        user, role = given.get("userId", name), given.get("role", "")
        expires = given.get("expires", 4_000_000_000)
        known = self.known
        made = f"{known['app']}{known['appKey']}{user}AK{expires}{role}"
        token = given.get("token", hashlib.sha256(made.encode()).hexdigest())
        about = {"userId": user}
        if "userExtension" in given:
            about["userExtension"] = given["userExtension"]
        login = {
            "appId": known["app"],
            "appSign": known["appSign"],
            "user": about,
            "userAuth": {"nonce": "AK", "timestamp": expires, "role": role, "token": token},
        }
        client = Client(self.place, login)
        self.all.append(client)
        client.open("login", login)
        self.clients[name] = client
        return {}

    def step(self, step):
        given = step.get("with", {})
        if "say" in step:
            self.lines += ["", f"# {step['say']}"]
        elif "call" in step:
            self.settle(step, 0, f"call {step['call']}", lambda: self.call(step["call"], self.given(given, 0)))
        elif "client" in step:
            for n in range(1, step.get("repeat", 1) + 1):
                self.ask(step, step["client"], step["do"], self.given(given, n), n)
        elif "clock" in step:
            self.control("clock", {"advance": step["clock"]})
            self.lines.append(f"clock {step['clock']}")
        elif "events" in step or "skip" in step:
            for name in step.get("events", step.get("skip")):
                self.clients[name].ask("heartbeat", {})
                if "events" in step:
                    self.show_events(name)
                else:
                    self.clients[name].drained()
        else:
            self.handle(step)

    def ask(self, step, name, method, given, n):
        line = f"{name} {method}"
        if method == "login":
            return self.settle(step, n, line, lambda: self.log_on(name, given))
        client = self.clients[name]

        def act():
            # What a client library says by itself once its session has ended.
            if client.answers.get(client.link):
                raise Refused(602)
            return client.ask(method, given)

        self.settle(step, n, line, act)
        if method == "logout" and not any(event == "disconnect" for event, _ in client.events):
            client.events.append(("disconnect", {"code": 1}))

    def handle(self, step):
        """What the tester's hand does to links, faults and crowds, and what it looks up."""
        if "outage" in step:
            user = step["outage"]
            self.control("outage", {"app": self.known["app"], "user": user, "down": step["down"]})
            self.lines.append(f"outage {user} {'begins' if step['down'] else 'ends'}")
        elif "back" in step:
            self.clients[step["back"]].come_back()
            self.lines.append(f"{step['back']} back")
        elif "ended" in step:
            self.clients[step["ended"]].wait_for("disconnect")
            self.lines.append(f"{step['ended']} ended")
            self.show_events(step["ended"])
        elif "fault" in step:
            if step["fault"] is None:
                self.control("faults", method="DELETE")
            else:
                self.control("faults", step["fault"])
            self.lines.append(f"fault {self.shown(step['fault'])}")
        elif "crowd" in step:
            crowd = step["crowd"]
            self.control("crowd", {"app": self.known["app"], **crowd})
            self.lines.append(f"crowd {self.shown(crowd)}")
        elif "ledger" in step:
            ledger = self.control(f"ledger?app={self.known['app']}&group={step['ledger']}")
            self.lines.append(f"ledger {step['ledger']}")
            self.lines += [f"  shed {self.shown(entry)}" for entry in ledger["shed"]]
        else:
            raise AssertionError(f"no such step: {step}")


def play(binary):
    """The transcript of session.json."""
    session = json.loads((HERE / "session.json").read_text())
    options = ["serve", "--frozen", "--listen", "127.0.0.1:0", "--access-key", f"{KEY}:{SECRET}"]
    server = subprocess.Popen([binary, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    url = server.stdout.readline().split()[1]
    player = Player(url, url.replace("http", "ws", 1) + "/audience")
    try:
        player.control("reset", {"unixSeconds": session["unixSeconds"]})
        for step in session["steps"]:
            player.step(step)
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
        # The server is gone, and so are all links.
        for listener in (each for client in player.all for each in client.listeners):
            listener.join(WITHIN)
    return "\n".join(player.lines).strip() + "\n"


def main():
    arguments = [each for each in sys.argv[1:] if each != "--write"]
    built = HERE.parents[1] / "target/debug/claque"
    binary = arguments[0] if arguments else os.environ.get("CLAQUE_BIN", str(built))
    played, kept = play(binary), HERE / "transcript.txt"
    if "--write" in sys.argv:
        kept.write_text(played)
        return 0
    difference = list(
        difflib.unified_diff(kept.read_text().splitlines(), played.splitlines(), "transcript.txt", "played")
    )
    print("\n".join(difference) or f"equal: {len(played.splitlines())} lines")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
