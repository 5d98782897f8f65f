"""A world: calls, clock, ledger, faults, callbacks."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Iterator

import pytest

from claque import Claque, ClaqueError, Clock, Ledger, MemberChange, RecvGroupMessage, World

COMMENT = 10001


def test_calls_are_signed_and_refusals_have_their_names(claque_world: World) -> None:
    group = claque_world.create_group("show", CreatorId="host", Administrators=["ada", "bob"])
    about = claque_world.call("DescribeLiveMessageGroup", AppId=claque_world.app.app_id, GroupId=group)
    assert about["AdminList"] == ["ada", "bob"]
    with pytest.raises(ClaqueError) as refused:
        claque_world.call("DescribeLiveMessageGroup", AppId=claque_world.app.app_id, GroupId="nowhere")
    error = refused.value
    assert (error.code, error.origin, error.status) == ("ResourceNotExist", "operation", 404)
    assert error.request_id


def test_texts_of_every_kind_survive_the_signature(claque_world: World) -> None:
    text = "a b+c&d=e/ü%20~'*\"🎁\n"
    group = claque_world.create_group("show", GroupInfo=text)
    about = claque_world.call("DescribeLiveMessageGroup", AppId=claque_world.app.app_id, GroupId=group)
    assert about["GroupInfo"] == text


def test_a_wrong_secret_is_refused(claque_world: World) -> None:
    claque_world.access_key_secret = "another"
    with pytest.raises(ClaqueError) as refused:
        claque_world.call("ListLiveMessageApps", SortType=1)
    assert (refused.value.code, refused.value.status) == ("SignatureDoesNotMatch", 400)


def test_the_clock_stands_until_it_is_moved(claque_clock: Clock) -> None:
    before = claque_clock.now
    assert claque_clock.state.frozen and claque_clock.now == before
    assert claque_clock.advance("1500ms").now == before + timedelta(milliseconds=1500)
    assert claque_clock.advance(0.5).now == before + timedelta(seconds=2)
    assert claque_clock.advance(timedelta(days=31)).now == before + timedelta(days=31, seconds=2)
    year = datetime(2100, 1, 1, tzinfo=timezone.utc)
    assert claque_clock.advance_to(year).now == year
    with pytest.raises(ValueError, match="time never goes back"):
        claque_clock.advance(-1)
    with pytest.raises(ValueError, match="no time zone"):
        claque_clock.advance_to(datetime(2101, 1, 1))
    with pytest.raises(ClaqueError) as refused:
        claque_clock.advance("soon")
    assert (refused.value.code, refused.value.origin) == (400, "control")
    assert not claque_clock.run("10x").frozen
    assert claque_clock.stand().frozen


def test_the_ledger_tells_what_was_shed_and_why(claque_world: World, ledger: Ledger) -> None:
    claque_world.reset(unix_seconds=1_800_000_000)
    claque_world.create_group("show")
    bob = claque_world.login("bob", group="show")
    sent = [bob.send_group_message("show", COMMENT, f"comment {n}") for n in range(60)]
    with pytest.raises(AssertionError, match=f"{sent[59]} was not delivered: at 08:00:00.0 it is neither"):
        ledger.assert_delivered(sent[59])
    claque_world.clock.advance("1s")
    ledger.assert_delivered(sent[0])
    ledger.assert_delivered(sent[59])
    entry = ledger.assert_shed(sent[55], rule="shaper.overload.discards", winner=sent[49])
    assert (entry.sender, entry.type, entry.level, entry.data) == ("bob", COMMENT, "NORMAL", "comment 55")
    story = f"{sent[55]} was shed at 08:00:01.0: outranked by {sent[49]} (rule shaper.overload.discards)"
    assert str(entry) == story
    with pytest.raises(AssertionError) as wrong:
        ledger.assert_delivered(sent[55])
    assert str(wrong.value) == story
    with pytest.raises(
        AssertionError, match=f"{sent[0]} was not shed: it was delivered at 08:00:00.0 to 1 members of show"
    ):
        ledger.assert_shed(sent[0])
    with pytest.raises(AssertionError, match="expected rule shaper.floor"):
        ledger.assert_shed(sent[55], rule="shaper.floor.latest-per-type")
    with pytest.raises(AssertionError, match=f"expected {sent[1]} to have its place"):
        ledger.assert_shed(sent[55], winner=sent[1])
    with pytest.raises(AssertionError, match="outranked by"):
        ledger.assert_nothing_shed("show")
    ledger.assert_nothing_shed("another")
    assert [entry.message_id for entry in ledger.entries("show", sender="bob", type=COMMENT)] == sent[50:59]
    assert ledger.entries(rule="no.such") == ledger.entries(sender="ada") == ledger.entries(type=1) == []
    assert ledger.overdue() == []


def test_faults_last_as_long_as_asked(claque_world: World) -> None:
    with claque_world.faults.during("ListLiveMessageApps", fail="ServerError"):
        assert [fault["operation"] for fault in claque_world.faults.list()] == ["ListLiveMessageApps"]
        with pytest.raises(ClaqueError) as refused:
            claque_world.call("ListLiveMessageApps", SortType=1)
        assert refused.value.code == "ServerError"
    assert claque_world.faults.list() == []
    claque_world.call("ListLiveMessageApps", SortType=1)
    with pytest.raises(ClaqueError, match="no documented operation"):
        claque_world.faults.set("NoSuch", fail="ServerError")


def test_a_crowd_makes_a_supergroup(claque_world: World) -> None:
    claque_world.create_group("arena")
    claque_world.crowd("arena", join=2000)
    ada = claque_world.login("ada", group="arena")
    assert ada.query_group("arena").is_big_group
    assert ada.wait_for(MemberChange).join_users == []
    claque_world.crowd("arena", chat_per_second=10, chat_seconds=2)
    claque_world.clock.advance("3s")
    assert len(ada.arrived(RecvGroupMessage)) == 20


def test_readings_are_chosen(claque_world: World) -> None:
    name, value = "shaper.window", claque_world.readings["shaper.window"]
    claque_world.set_readings({name: "window-close"})
    assert claque_world.readings[name] == "window-close" != value


@pytest.mark.claque(readings={"shaper.window": "window-close"}, clock="runs")
def test_a_marker_shapes_the_world(claque_world: World) -> None:
    assert claque_world.readings["shaper.window"] == "window-close"
    assert not claque_world.clock.state.frozen


def test_worlds_share_nothing(claque: Claque) -> None:
    with claque.world() as one, claque.world() as other:
        one.create_group("show")
        before = other.clock.now
        one.clock.advance("31d")
        assert other.clock.now == before
        assert one.access_key_id != other.access_key_id
        with pytest.raises(ClaqueError) as refused:
            other.call("DescribeLiveMessageGroup", AppId=one.app.app_id, GroupId="show")
        assert refused.value.code == "ResourceNotExist"
        other.create_group("show")
        ada, twin = one.login("ada", group="show"), other.login("ada", group="show")
        ada.send_group_message("show", COMMENT, "here")
        assert len(ada.arrived(RecvGroupMessage)) == 1
        assert twin.arrived(RecvGroupMessage) == []
        # Readings, faults and an end of one are nobody else's.
        one.faults.set(method="queryGroup", fail=500)
        twin.query_group("show")
        one.close()
        twin.query_group("show")
    with pytest.raises(ClaqueError):
        one.call("ListLiveMessageApps", SortType=1)


class Receiver(BaseHTTPRequestHandler):
    """A back end that takes every callback."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/events"
    server.shutdown()
    thread.join()
    server.server_close()


def test_callbacks_are_listed_with_what_became_of_them(claque_world: World, receiver: str) -> None:
    app = claque_world.create_app(EventCallbackUrl=receiver)
    app.create_group("show")
    app.login("ada", group="show")
    claque_world.clock.advance("1s")
    joined = claque_world.callbacks.wait_for(where=lambda one: one.delivered and "show" in str(one.body))
    assert joined.url == receiver and not joined.given_up and len(joined.tries) == 1
    claque_world.callbacks.replay(joined.number)
    again = claque_world.callbacks.wait_for(where=lambda one: one.number == joined.number and len(one.tries) == 2)
    assert again.delivered
    with pytest.raises(TimeoutError, match="no callback with {'no': 'such'}"):
        claque_world.callbacks.wait_for(0.05, no="such")
