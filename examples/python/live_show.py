"""A small live show, tested: the official Python SDK for the back end, a few lines of WebSocket for its viewers.

    pip install -r examples/python/requirements.txt
    claque serve --listen 127.0.0.1:0 --exec 'python3 examples/python/live_show.py'
"""

import hashlib
import json
import os
import threading
import urllib.request

from alibabacloud_live20161101 import models
from alibabacloud_live20161101.client import Client
from alibabacloud_tea_openapi.models import Config
from darabonba.exceptions import DaraException
from websockets.sync.client import connect

ENDPOINT = os.environ["CLAQUE_ENDPOINT"]
COMMENT, GIFT = 10001, 10002


def control(path, body=None):
    """The tester's hand on the server: what `claque ctl` does too."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"http://{ENDPOINT}/_claque/{path}", data, timeout=10) as answer:
        return json.load(answer)


class Viewer:
    """A viewer's phone: a link that comes back, and everything it received."""

    def __init__(self, app, user):
        self.app, self.user = app, user
        self.events, self.answers, self.cursor = [], {}, 0
        self.changed = threading.Condition()
        token = f"{app.app_id}{app.app_key}{user}AK4000000000"
        self.session = self.open("login", {
            "appId": app.app_id,
            "appSign": app.app_sign,
            "user": {"userId": user},
            "userAuth": {
                "nonce": "AK", "timestamp": 4000000000, "role": "", "token": hashlib.sha256(token.encode()).hexdigest(),
            },
        })["session"]

    def open(self, method, params):
        self.link = connect(f"ws://{ENDPOINT}/audience")
        threading.Thread(target=self.listen, args=(self.link,), daemon=True).start()
        return self.ask(method, params)

    def come_back(self):
        cursors = [{"groupId": "show", "seqnum": self.cursor}]
        self.open("reconnect", {"session": self.session, "cursors": cursors})

    def listen(self, link):
        try:
            for text in link:
                frame = json.loads(text)
                with self.changed:
                    if "event" in frame:
                        self.note(frame)
                    else:
                        self.answers[frame["id"]] = frame
                    self.changed.notify_all()
        except Exception:  # The link was lost: that is what this test is about.
            pass

    def note(self, event):
        self.events.append(event)
        for message in [event["message"]] if event["event"] == "recvgroupmessage" else event.get("messages", []):
            self.cursor = max(self.cursor, message["seqnum"])

    def tell(self, method, params):
        with self.changed:
            number = self.number = getattr(self, "number", 0) + 1
        self.link.send(json.dumps({"id": number, "method": method, "params": params}))
        return number

    def answer(self, number):
        with self.changed:
            assert self.changed.wait_for(lambda: number in self.answers, timeout=10), f"no answer to {number}"
            return self.answers.pop(number)

    def ask(self, method, params):
        answer = self.answer(self.tell(method, params))
        assert "error" not in answer, f"{self.user}, {method}: {answer}"
        return answer["result"]

    def say(self, data, **more):
        return self.tell("sendGroupMessage", {"groupId": "show", "type": COMMENT, "data": data, **more})

    def bodies(self):
        """Bodies of the group messages so far, in order; the answer to a heartbeat comes behind them."""
        self.ask("heartbeat", {})
        live = [event["message"]["data"] for event in self.events if event["event"] == "recvgroupmessage"]
        missed = [message["data"] for event in self.events for message in event.get("messages", [])]
        return live, missed


def main():
    config = Config(
        access_key_id=os.environ["CLAQUE_ACCESS_KEY_ID"],
        access_key_secret=os.environ["CLAQUE_ACCESS_KEY_SECRET"],
        endpoint=ENDPOINT,
        protocol="http",
    )
    service = Client(config)
    control("clock", {"freeze": True})

    # The show, and three viewers.
    app = service.create_live_message_app(models.CreateLiveMessageAppRequest(app_name="evening")).body
    show = {"app_id": app.app_id, "group_id": "show"}
    service.create_live_message_group(models.CreateLiveMessageGroupRequest(**show, creator_id="host"))
    ada, bob, eve = (Viewer(app, user) for user in ("ada", "bob", "eve"))
    for viewer in (ada, bob, eve):
        viewer.ask("joinGroup", {"groupId": "show"})
    about = service.describe_live_message_group(models.DescribeLiveMessageGroupRequest(**show)).body
    assert about.online_user_counts == 3, about

    # A burst over the limit: every sender learns of success, and some comments are missing all the same.
    answers = [bob.answer(number) for number in [bob.say(f"comment {count}") for count in range(120)]]
    sent = {answer["result"]["messageId"] for answer in answers}
    control("clock", {"advance": "10s"})
    live, _ = ada.bodies()
    shed = control("ledger?group=show")["shed"]
    assert len(sent) == 120 and 50 <= len(live) < 120, len(live)
    assert len(shed) == 120 - len(live) and all(entry["messageId"] in sent for entry in shed)
    print(f"burst: 120 sent, {len(live)} passed, {len(shed)} shed in silence under {shed[0]['rule']}")

    # Ada's phone loses its connection; of what she misses, the gift comes back and the comment does not.
    control("outage", {"app": app.app_id, "user": "ada", "down": True})
    for body, kind, weight in (("a comment", COMMENT, 5), ("a gift", GIFT, 1_000_000)):
        service.send_live_message_group(models.SendLiveMessageGroupRequest(
            **show, sender_id="host", msg_type=kind, body=body, weight=weight,
        ))
    control("outage", {"app": app.app_id, "user": "ada", "down": False})
    ada.come_back()
    live, missed = ada.bodies()
    assert missed == ["a gift"] and "a comment" not in live, (missed, live[-3:])
    print("outage: the gift came back, the comment did not")

    # Eve is muted and notified of it.
    service.add_live_message_group_band(models.AddLiveMessageGroupBandRequest(**show, banned_users=["eve"]))
    refused = eve.answer(eve.say("let me speak"))
    assert refused["error"]["code"] == 442, refused
    assert any(event["event"] == "mutechange" for event in eve.events)
    print("mute: eve is refused with 442")

    # A deleted group can be restored for thirty days, not for thirty-one.
    service.delete_live_message_group(models.DeleteLiveMessageGroupRequest(**show, operator_id="host"))
    control("clock", {"advance": "31d"})
    try:
        service.recover_live_message_deleted_group(models.RecoverLiveMessageDeletedGroupRequest(**show))
        raise AssertionError("a group was restored after 31 days")
    except DaraException as error:
        assert error.code == "ResourceNotExist", error
    print("jump: after 31 days the group is gone for good")


main()
