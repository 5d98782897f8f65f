"""Signatures and tokens, as the documents describe them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.parse
import uuid
from typing import Any, Mapping

from .types import UserAuth

FAR = 4_000_000_000
"""When tokens expire unless something else is asked for: in 2096. Unit: UNIX seconds."""
VERSION = "2016-11-01"


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="-_.~")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def signed_form(operation: str, parameters: Mapping[str, Any], key_id: str, secret: str) -> str:
    """The form of a call under RPC 1.0: HMAC-SHA1 over the sorted parameters. What is None is left out."""
    pairs = {name: _as_text(value) for name, value in parameters.items() if value is not None}
    pairs.update(
        Action=operation,
        Version=VERSION,
        Format="JSON",
        AccessKeyId=key_id,
        SignatureMethod="HMAC-SHA1",
        SignatureVersion="1.0",
        SignatureNonce=uuid.uuid4().hex,
        Timestamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )
    form = "&".join(f"{_quoted(name)}={_quoted(pairs[name])}" for name in sorted(pairs))
    text = f"POST&%2F&{_quoted(form)}"
    signature = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return f"{form}&Signature={_quoted(base64.b64encode(signature).decode())}"


def user_token(
    app_id: str, app_key: str, user_id: str, *, role: str = "", expires: int = FAR, nonce: str = "AK"
) -> UserAuth:
    """A token as an application's back end makes it: SHA-256 over its parts, one behind the other."""
    parts = f"{app_id}{app_key}{user_id}{nonce}{expires}{role}"
    return UserAuth(nonce=nonce, timestamp=expires, role=role, token=hashlib.sha256(parts.encode()).hexdigest())
