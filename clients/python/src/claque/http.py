"""The two HTTP sides of a server: signed calls and the control API. Only the standard library, and no proxy."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any, Mapping, Optional, Tuple

from .errors import ClaqueError
from .signing import signed_form

TIMEOUT = 60.0
"""How long an answer may take. Unit: seconds."""


def _request(url: str, method: str, body: Optional[bytes], kind: str, headers: Mapping[str, str]) -> Tuple[int, bytes]:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        raise ValueError(f"{url!r}: an address such as http://127.0.0.1:8787 is needed")
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        sent = dict(headers)
        if body is not None:
            sent["Content-Type"] = kind
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(f"{method} {url}: {error or type(error).__name__}") from error
    finally:
        connection.close()


def call(url: str, operation: str, parameters: Mapping[str, Any], key_id: str, secret: str) -> Any:
    """Calls a documented operation and gives its answer."""
    form = signed_form(operation, parameters, key_id, secret).encode()
    status, body = _request(f"{url}/", "POST", form, "application/x-www-form-urlencoded", {})
    answer = json.loads(body)
    if status >= 400:
        message = f"{operation}: {answer.get('Message')}"
        raise ClaqueError(
            str(answer.get("Code")), message, origin="operation", status=status, request_id=answer.get("RequestId")
        )
    return answer


class ControlApi:
    """The control API of one world.

    Everything that this library has no method for can be asked of it: `world.control.get("limits")`,
    `world.control.post("keys", {"id": …})`. Thread-safe.
    """

    def __init__(self, base: str, token: Optional[str] = None) -> None:
        self.base = base if base.endswith("/") else f"{base}/"
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: Optional[str]) -> Any:
        """Reads; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path + (f"?{urllib.parse.urlencode(given)}" if given else ""), None)

    def post(self, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
        """Changes."""
        return self._ask("POST", path, json.dumps(body or {}).encode())

    def delete(self, path: str) -> Any:
        """Takes away."""
        return self._ask("DELETE", path, None)

    def _ask(self, method: str, path: str, body: Optional[bytes]) -> Any:
        status, answer = _request(self.base + path, method, body, "application/json", self._headers)
        try:
            value = json.loads(answer) if answer else None
        except ValueError:
            value = {"error": answer.decode(errors="replace")}
        if status >= 400:
            said = value.get("error") if isinstance(value, dict) else value
            raise ClaqueError(status, f"{method} {path}: {said}", origin="control", status=status)
        return value
