"""Where the server's binary is."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Iterator, Optional


def _candidates() -> Iterator[Optional[str]]:
    suffix = ".exe" if os.name == "nt" else ""
    # The wheel puts it where this installation's scripts are.
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    if hasattr(sysconfig, "get_preferred_scheme"):
        folders.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    for folder in folders:
        candidate = Path(folder) / f"claque{suffix}"
        yield str(candidate) if candidate.is_file() and os.access(candidate, os.X_OK) else None
    yield shutil.which("claque")


def find_binary() -> str:
    """The binary that $CLAQUE_BIN names; else the wheel's; else the first in PATH."""
    named = os.environ.get("CLAQUE_BIN")
    if named:
        if not os.access(named, os.X_OK) or os.path.isdir(named):
            raise FileNotFoundError(f"CLAQUE_BIN is {named!r}, which is no program")
        return named
    for candidate in _candidates():
        if candidate is not None:
            return candidate
    raise FileNotFoundError(
        "no `claque` beside this Python or in PATH: install the wheel for this platform, or name a binary in CLAQUE_BIN"
    )
