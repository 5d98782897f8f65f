#!/usr/bin/env python3
"""A foreign service: three of the documented operations, in nothing but Python's standard library.

It exists to be judged: `docs/plugging-in.md` shows how. It prints `ready ENDPOINT` and serves until it is ended.
It is wrong on purpose where `known-failures.toml` says so: it checks neither names nor data centres, and counts no calls.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote

ID, SECRET = os.environ["FOREIGN_KEY_ID"], os.environ["FOREIGN_KEY_SECRET"]
APPS = {}


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def signed(handler, path, query, body):
    """Checks the signature of the header scheme."""
    try:
        scheme, rest = handler.headers["Authorization"].split(" ", 1)
        given = dict(part.split("=", 1) for part in rest.split(","))
        names = given["SignedHeaders"].split(";")
    except (AttributeError, KeyError, ValueError):
        raise Refused(400, "IncompleteSignature", "The request carries no signature.") from None
    if given["Credential"] != ID:
        raise Refused(404, "InvalidAccessKeyId.NotFound", "Nobody has this access key.")
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    headers = "".join(f"{name}:{handler.headers[name].strip()}\n" for name in names)
    parts = [handler.command, path, query, headers, ";".join(names), hashlib.sha256(body).hexdigest()]
    text = scheme + "\n" + hashlib.sha256("\n".join(parts).encode()).hexdigest()
    if not hmac.compare_digest(hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest(), given["Signature"]):
        raise Refused(400, "SignatureDoesNotMatch", "The signature is another one.")


def app_of(given):
    if not given.get("AppId"):
        raise Refused(400, "InputInvalid", "AppId is required.")
    if given["AppId"] not in APPS:
        raise Refused(400, "ResourceNotExist", "There is no such application.")
    return APPS[given["AppId"]]


def create(given):
    now = int(time.time())
    app = {
        "AppId": uuid.uuid4().hex, "AppKey": secrets.token_hex(16), "AppName": given.get("AppName", ""),
        "AppSign": secrets.token_hex(16), "AuditType": int(given.get("AuditType", 0)), "CreateTime": now,
        "DataCenter": given.get("DataCenter", "cn-shanghai"), "Disable": False,
        "EventCallbackUrl": given.get("EventCallbackUrl", ""), "ModifyTime": now,
        "MsgLifeCycle": int(given.get("MsgLifeCycle", 0)),
    }
    APPS[app["AppId"]] = app
    return {name: app[name] for name in ("AppId", "AppKey", "AppSign", "DataCenter")}


def describe(given):
    return app_of(given)


def disable(given):
    app = app_of(given)
    if given.get("Disable", "false").lower() not in ("true", "false"):
        raise Refused(400, "InputInvalid", "Disable is true or false.")
    app["Disable"] = given.get("Disable", "false").lower() == "true"
    return {name: app[name] for name in ("AppId", "AppSign", "Disable")}


OPERATIONS = {
    "CreateLiveMessageApp": create, "DescribeLiveMessageApp": describe, "ModifyLiveMessageAppDisable": disable,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        identity = str(uuid.uuid4()).upper()
        try:
            signed(self, path, query, body)
            operation = OPERATIONS.get(self.headers.get("x-acs-action"))
            if operation is None:
                raise Refused(404, "InvalidAction.NotFound", "There is no such operation.")
            form = parse_qsl(body.decode(), keep_blank_values=True)
            status, answer = 200, operation(dict(parse_qsl(query, keep_blank_values=True) + form))
        except Refused as refused:
            status = refused.status
            answer = {"Code": refused.code, "Message": refused.message, "HostId": self.headers.get("Host")}
        text = json.dumps({"RequestId": identity, **answer}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
