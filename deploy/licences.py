"""Prints the licence texts of all packages of other people that the program `claque` is made of, each text once.

python3 deploy/licences.py    in the workspace; a function of Cargo.lock
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
TARGET = "x86_64-unknown-linux-gnu"
NAMES = ("licen", "copying", "notice", "copyright", "unlicense")


def packages() -> list[dict]:
    """Those that the program is linked with, by name and version."""
    words = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]
    metadata = json.loads(subprocess.run(words, cwd=ROOT, check=True, capture_output=True).stdout)
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    (first,) = [package["id"] for package in metadata["packages"] if package["name"] == "claque"]
    found, waiting = set(), [first]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            uses = nodes[one]["deps"]
            waiting += [use["pkg"] for use in uses if any(kind["kind"] is None for kind in use["dep_kinds"])]
    ours = set(metadata["workspace_members"])
    every = [package for package in metadata["packages"] if package["id"] in found - ours]
    return sorted(every, key=lambda package: (package["name"], package["version"]))


def texts(package: dict) -> list[str]:
    """The texts that come with a package."""
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name.lower().startswith(NAMES))
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in files]


def main() -> None:
    """Prints them."""
    holders: dict[str, list[str]] = {}
    lines = ["Claque contains these packages of other people:", ""]
    for package in packages():
        name = f"{package['name']} {package['version']}"
        licence = package["license"] or "see its text"
        found = texts(package)
        lines.append(f"{name}: {licence}" + ("" if found else f"; no text in the package; {package['repository']}"))
        for text in found:
            holders.setdefault(text, []).append(name)
    for text, names in sorted(holders.items(), key=lambda one: (one[1], one[0])):
        lines += ["", "-" * 80, ", ".join(names), "", text]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
