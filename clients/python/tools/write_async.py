"""Derives the methods of the async client from those of the sync one, so that the two cannot differ.

python3 clients/python/tools/write_async.py
"""

import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "src/claque/audience"


def derived() -> str:
    """What `aio_methods.py` must hold."""
    text = (FOLDER / "methods.py").read_text(encoding="utf-8")
    for old, new in (
        ('each one request."""', 'each one request.\n\nWritten by `tools/write_async.py`: change `methods.py`.\n"""'),
        ("class Methods:", "class AsyncMethods:"),
        ("    def ", "    async def "),
        ("(self._ask(", "(await self._ask("),
        (", self._ask(", ", await self._ask("),
        ("        self._ask(", "        await self._ask("),
        ('str(await self._ask("', 'str((await self._ask("'),
        (')["messageId"])', '))["messageId"])'),
    ):
        text = text.replace(old, new)
    return text


if __name__ == "__main__":
    (FOLDER / "aio_methods.py").write_text(derived(), encoding="utf-8")
