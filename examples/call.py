#!/usr/bin/env python3
"""Calls one documented operation, with nothing but Python's standard library.

    python3 examples/call.py CreateLiveMessageApp AppName=show
    python3 examples/call.py CreateLiveMessageApp AppName=show --field AppId

The call is signed with the parameter scheme (RPC 1.0, HMAC-SHA1). The server is CLAQUE_ENDPOINT, the key
CLAQUE_ACCESS_KEY_ID and CLAQUE_ACCESS_KEY_SECRET; without them the local server and its development key. The answer is
printed as JSON, or with --field one of its fields. Exit status 1: the call was refused.
"""

import argparse
import base64
import datetime
import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid


def encoded(text):
    """Percent-encoding as the signature demands it."""
    return urllib.parse.quote(text, safe="-_.~")


def request(operation, parameters):
    key = os.environ.get("CLAQUE_ACCESS_KEY_ID", "claque-development")
    secret = os.environ.get("CLAQUE_ACCESS_KEY_SECRET", "claque-development-secret")
    values = {
        "AccessKeyId": key,
        "Action": operation,
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": uuid.uuid4().hex,
        "SignatureVersion": "1.0",
        "Timestamp": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Version": "2016-11-01",
        **parameters,
    }
    query = "&".join(f"{encoded(name)}={encoded(values[name])}" for name in sorted(values))
    text = f"POST&{encoded('/')}&{encoded(query)}"
    signature = base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()
    endpoint = os.environ.get("CLAQUE_ENDPOINT", "127.0.0.1:8787")
    return urllib.request.Request(f"http://{endpoint}/?{query}&Signature={encoded(signature)}", method="POST")


def main():
    parser = argparse.ArgumentParser(description="Calls one documented operation.")
    parser.add_argument("operation", help="such as CreateLiveMessageApp")
    parser.add_argument("parameters", nargs="*", metavar="NAME=VALUE")
    parser.add_argument("--field", help="prints this field of the answer alone")
    given = parser.parse_args()
    wrong = [text for text in given.parameters if "=" not in text]
    if wrong:
        parser.error(f"a parameter is NAME=VALUE, not {wrong[0]}")
    called = request(given.operation, dict(text.split("=", 1) for text in given.parameters))
    # A proxy of the environment is not asked: the server is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(called, timeout=30) as answer:
            fields, status = json.load(answer), 0
    except urllib.error.HTTPError as refusal:
        fields, status = json.load(refusal), 1
    except urllib.error.URLError as error:
        sys.exit(f"{called.host} does not answer: {error.reason}; `claque serve` starts a server")
    if given.field and not status:
        print(fields[given.field])
    else:
        print(json.dumps(fields, indent=2, ensure_ascii=False))
    return status


if __name__ == "__main__":
    sys.exit(main())
