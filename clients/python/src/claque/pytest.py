"""Fixtures for pytest; installing the package is enough to have them.

- `claque`: a server, one for the whole run (under pytest-xdist: one for each worker).
- `claque_world`: a world of its own for each test; `@pytest.mark.claque(clock="runs", readings={…})` shapes it.
- `claque_clock`, `claque_ledger` and `ledger`: the clock and the ledger of that world.

A test that fails shows what its world has shed.
"""

from __future__ import annotations

from typing import Any, Dict, Generator, Iterator, List

import pytest

from .clock import Clock
from .errors import ClaqueError
from .ledger import Ledger
from .server import Claque
from .world import World

SHED_SHOWN = 20
"""Entries that the report of a failure lists."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the command line, and of the configuration file."""
    group = parser.getgroup("claque")
    group.addoption("--claque-bin", metavar="FILE", help="the claque binary (else CLAQUE_BIN, the wheel's, PATH)")
    group.addoption("--claque-endpoint", metavar="HOST:PORT", help="use a server that runs already")
    group.addoption("--claque-clock", choices=("stands", "runs"), help="whether clocks stand or run (stands)")
    group.addoption(
        "--claque-reading", metavar="ID=VALUE", action="append", default=[], help="another reading; repeatable"
    )
    parser.addini("claque_bin", "the claque binary", default="")
    parser.addini("claque_clock", "whether clocks stand or run", default="stands")
    parser.addini("claque_readings", "other readings, one ID=VALUE a line", type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", "claque(clock=None, readings=None, name=None): shapes the test's world")


def _readings(lines: List[str]) -> Dict[str, str]:
    found = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals:
            raise pytest.UsageError(f"a reading is ID=VALUE, not {line!r}")
        found[name.strip()] = value.strip()
    return found


@pytest.fixture(scope="session")
def claque(pytestconfig: pytest.Config) -> Iterator[Claque]:
    """A server for the whole run."""
    option = pytestconfig.getoption
    lines = [*pytestconfig.getini("claque_readings"), *option("claque_reading")]
    server = Claque(
        binary=option("claque_bin") or pytestconfig.getini("claque_bin") or None,
        endpoint=option("claque_endpoint"),
        clock=option("claque_clock") or pytestconfig.getini("claque_clock"),
        readings=_readings(lines),
    )
    with server:
        yield server


@pytest.fixture
def claque_world(claque: Claque, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world of its own for each test."""
    marker = request.node.get_closest_marker("claque")
    shaped: Dict[str, Any] = {} if marker is None else dict(marker.kwargs)
    with claque.world(**shaped) as world:
        yield world


@pytest.fixture
def claque_clock(claque_world: World) -> Clock:
    """The clock of the test's world."""
    return claque_world.clock


@pytest.fixture
def claque_ledger(claque_world: World) -> Ledger:
    """The ledger of the test's world."""
    return claque_world.ledger


@pytest.fixture
def ledger(claque_world: World) -> Ledger:
    """The ledger of the test's world."""
    return claque_world.ledger


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, Any, None]:
    """Puts what was shed beside a failure."""
    outcome = yield
    report = outcome.get_result()
    world = getattr(item, "funcargs", {}).get("claque_world")
    if report.when != "call" or not report.failed or world is None:
        return
    try:
        entries = world.ledger.entries()
    except (ClaqueError, OSError):
        return  # The failure itself is what is to be seen.
    if entries:
        lines = [str(entry) for entry in entries[-SHED_SHOWN:]]
        head = f"{len(entries)} in all" if len(entries) > SHED_SHOWN else ""
        report.sections.append(("claque: shed in this world", "\n".join([head, *lines]).strip()))
