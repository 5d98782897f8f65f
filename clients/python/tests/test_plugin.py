"""The pytest plugin, as a project of somebody else's has it."""

from __future__ import annotations

import pytest

from claque import Claque
from claque.pytest import _readings

EVENING = """
import pytest

def show(world):
    world.create_group("show")
    return world.login("ada", group="show")

@pytest.mark.parametrize("n", range(6))
def test_worlds_do_not_share_a_clock(claque_world, claque_clock, n):
    ada = show(claque_world)
    before = claque_clock.now
    claque_clock.advance("31d")
    assert (claque_clock.now - before).days == 31
    assert claque_world.call("ListLiveMessageApps", SortType=1)["AppList"][0]["AppId"] == claque_world.app.app_id

def test_ledgers(claque_world, claque_ledger, ledger):
    message = show(claque_world).send_group_message("show", 10001, "hello")
    ledger.assert_delivered(message)
    claque_ledger.assert_nothing_shed()
"""

ASYNC = """
from claque import RecvGroupMessage

async def test_viewers_talk(claque_world):
    claque_world.create_group("show")
    async with await claque_world.async_login("ada", group="show") as ada:
        message = await ada.send_group_message("show", 10001, "hello")
        assert (await ada.wait_for(RecvGroupMessage)).message.message_id == message
"""

FAILS = """
def test_everything_arrives(claque_world, ledger):
    claque_world.create_group("show")
    ada = claque_world.login("ada", group="show")
    sent = [ada.send_group_message("show", 10001, f"comment {n}") for n in range(60)]
    claque_world.clock.advance("1s")
    for message in sent:
        ledger.assert_delivered(message)
"""

OPTIONS = """
def test_it(claque, claque_world):
    for world in (claque.default, claque_world):
        assert world.readings["shaper.window"] == "window-close"
        assert world.readings["recovery.reach"] == "cache-only"
        assert not world.clock.state.frozen
"""


def test_it_works_under_xdist_and_asyncio(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(test_evening=EVENING, test_again=EVENING, test_async=ASYNC, test_fails=FAILS)
    result = pytester.runpytest_subprocess("-n", "2", "-W", "error")
    result.assert_outcomes(passed=15, failed=1)
    result.stdout.fnmatch_lines(["*2 workers*"])
    # A failure shows why, and what else its world has shed.
    shed = "* was shed at *: outranked by * (rule shaper.overload.discards)"
    result.stdout.fnmatch_lines([f"E *AssertionError: {shed}", "*claque: shed in this world*", shed])


def test_options_and_the_configuration_file_reach_the_server(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nclaque_clock = runs\nclaque_readings =\n  shaper.window=window-close\n")
    pytester.makepyfile(OPTIONS)
    result = pytester.runpytest_subprocess("-p", "no:asyncio", "--claque-reading", "recovery.reach=cache-only")
    result.assert_outcomes(passed=1)


def test_a_reading_that_is_none_is_refused() -> None:
    with pytest.raises(pytest.UsageError, match="a reading is ID=VALUE, not 'nonsense'"):
        _readings(["nonsense"])


def test_the_run_has_one_server(claque: Claque, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue("claque") is claque
    assert request.getfixturevalue("claque_world").server is claque
