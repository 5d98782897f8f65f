"""What the tests share."""

from __future__ import annotations

import pathlib
import time
from typing import Callable

import pytest

pytest_plugins = ["pytester"]

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool], str], None]:
    """Waits until something holds."""

    def wait(holds: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < until, f"never: {what}"
            time.sleep(0.01)

    return wait
