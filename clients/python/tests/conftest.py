"""What the tests share."""

from __future__ import annotations

import importlib.util
import pathlib
import time
from typing import Any, Callable

import pytest

pytest_plugins = ["pytester"]

ROOT = pathlib.Path(__file__).resolve().parents[3]


def load(name: str, path: str) -> Any:
    """A file of the repository, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool], str], None]:
    """Waits until something holds."""

    def wait(holds: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < until, f"never: {what}"
            time.sleep(0.01)

    return wait
