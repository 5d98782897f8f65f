"""Writes a copy of the package that installs without a Rust toolchain: the same metadata, and no binary.

python3 clients/python/tools/without_binary.py FOLDER
"""

import pathlib
import re
import shutil
import sys

PACKAGE = pathlib.Path(__file__).resolve().parents[1]
SETUPTOOLS = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
"""
FOUND = """
[tool.setuptools.packages.find]
where = ["src"]

[tool.setuptools.package-data]
claque = ["py.typed"]
"""


def main() -> None:
    """Writes it."""
    folder = pathlib.Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PACKAGE / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("README.md", "LICENSE-APACHE", "LICENSE-MIT"):
        shutil.copy(PACKAGE / name, folder)
    text = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
    text, count = re.subn(r"\[build-system\]\n(?:.+\n)+", SETUPTOOLS, text, count=1)
    if count != 1:
        raise SystemExit("pyproject.toml has no [build-system] that begins a line")
    # Only what says what the package is: the rest belongs to the tools of this folder.
    text = text[: text.index("# The wheel carries the binary")]
    (folder / "pyproject.toml").write_text(text + FOUND, encoding="utf-8")


if __name__ == "__main__":
    main()
