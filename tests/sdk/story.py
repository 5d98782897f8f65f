"""The story that every SDK plays, and the judge of its answers. The endpoint and the key come from the environment, as
`claque serve --exec` sets them."""

import json
import os
import pathlib
import ssl
import sys
import urllib.request

HOST = os.environ["CLAQUE_ENDPOINT"]
SCHEME = os.environ["CLAQUE_URL"].split("://")[0]
KEY_ID = os.environ["CLAQUE_ACCESS_KEY_ID"]
SECRET = os.environ["CLAQUE_ACCESS_KEY_SECRET"]
CA = os.environ.get("CLAQUE_CA", "")
# Only the calls, whatever they are answered: for a recording that is to be judged, and made again, without the control API.
CALLS_ONLY = os.environ.get("CLAQUE_STORY") == "calls"


class Refused(Exception):
    def __init__(self, status, code):
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


def control(path, body):
    request = urllib.request.Request(
        f"{SCHEME}://{HOST}/_claque/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    context = ssl.create_default_context(cafile=CA) if SCHEME == "https" else None
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:
        return json.load(answer)


def filled(value, known):
    if isinstance(value, str) and value.startswith("$"):
        return known.get(value[1:], "none") if CALLS_ONLY else known[value[1:]]
    if isinstance(value, dict):
        return {name: filled(inner, known) for name, inner in value.items()}
    return value


def field(body, path):
    for name in path.split("."):
        body = body[int(name)] if isinstance(body, list) else body[name]
    return body


def refusal(sdk, step, parameters):
    try:
        answer = sdk.call(step["call"], parameters)
    except Refused as refused:
        return {"status": refused.status, "code": refused.code}
    raise AssertionError(f"{step['call']} was accepted: {answer}")


def play(name, make):
    sdk = make(SECRET)
    steps = json.loads(pathlib.Path(__file__).with_name("story.json").read_text())
    known = {}
    actions = set()
    for step in steps:
        parameters = filled(step["with"], known)
        if "control" in step:
            if not CALLS_ONLY:
                control(step["control"], parameters)
            continue
        action = step["call"]
        actions.add(action)
        if CALLS_ONLY:
            try:
                body = sdk.call(action, parameters)
                known.update({variable: field(body, path) for variable, path in step.get("save", {}).items()})
            except Refused:
                pass
            continue
        if "refused" in step:
            seen = refusal(sdk, step, parameters)
            assert seen == step["refused"], f"{action}: refused with {seen}, expected {step['refused']}"
            continue
        body = sdk.call(action, parameters)
        assert body["RequestId"], f"{action}: no request ID"
        for path, expected in step.get("expect", {}).items():
            seen = field(body, path)
            assert seen == filled(expected, known), f"{action}: {path} is {seen!r}, expected {expected!r}"
        for variable, path in step.get("save", {}).items():
            known[variable] = field(body, path)
    wrong = refusal(make("wrong"), {"call": "DescribeLiveMessageApp"}, {"AppId": known["app"]})
    expected = getattr(make, "WRONG_SECRET", "SignatureDoesNotMatch")
    assert wrong["code"] == expected, f"a wrong secret is refused with {wrong}"
    assert len(actions) == 54, f"{len(actions)} of 54 operations"
    print(f"{name} over {SCHEME}: {len(steps)} steps, {len(actions)} operations", file=sys.stderr)
