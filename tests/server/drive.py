"""Drives a running server with `claque ctl` and with signed calls, standard library only.

Run by `.ci/server` under `claque serve --exec`: CLAQUE names the binary, CLAQUE_ENDPOINT the server; SCRATCH is a folder.
"""

import base64, datetime, hashlib, hmac, itertools, json, os, subprocess, time, urllib.error, urllib.parse, urllib.request

CLAQUE, ENDPOINT, SCRATCH = os.environ["CLAQUE"], os.environ["CLAQUE_ENDPOINT"], os.environ["SCRATCH"]
NONCES = itertools.count()


def ctl(*words, status=0):
    """What `claque ctl` prints; JSON where it is."""
    done = subprocess.run([CLAQUE, "ctl", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, f"ctl {words}: {done.returncode} {done.stderr}"
    text = done.stdout if status == 0 else done.stderr
    try:
        return json.loads(text)
    except ValueError:
        return text


def call(action, key=("owner", "owner-secret"), token=None, **parameters):
    """A call in the parameter scheme: (status, body)."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    pairs = {
        **{name: str(value) for name, value in parameters.items()},
        "Action": action, "Version": "2016-11-01", "Format": "JSON", "AccessKeyId": key[0], "Timestamp": now,
        "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
        "SignatureNonce": f"{os.getpid()}-{time.monotonic_ns()}-{next(NONCES)}",
    }
    if token is not None:
        pairs["SecurityToken"] = token
    quote = lambda text: urllib.parse.quote(text, safe="-_.~")
    joined = "&".join(f"{quote(name)}={quote(value)}" for name, value in sorted(pairs.items()))
    digest = hmac.new(f"{key[1]}&".encode(), f"POST&%2F&{quote(joined)}".encode(), hashlib.sha1).digest()
    body = f"{joined}&Signature={quote(base64.b64encode(digest).decode())}".encode()
    request = urllib.request.Request(f"http://{ENDPOINT}/", body)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def accepted(action, **parameters):
    status, body = call(action, **parameters)
    assert status == 200, f"{action}: {status} {body}"
    return body


assert ctl("health") == {"status": "ok"} and ctl("ready")["status"] == "ready"
assert "version" in ctl("version") and "claque_inputs_total" in ctl("metrics")

# Keys, accounts and policies of the config file.
app = accepted("CreateLiveMessageApp", AppName="show", AuditType=1)["AppId"]
status, body = call("CreateLiveMessageApp", key=("viewer", "viewer-secret"), AppName="mine")
assert (status, body["Code"]) == (403, "NoAuth"), (status, body)
status, body = call("ListLiveMessageApps", key=("viewer", "viewer-secret"), SortType=1)
assert status == 200, body
status, body = call("ListLiveMessageApps", key=("owner", "wrong"), SortType=1)
assert (status, body["Code"]) == (400, "SignatureDoesNotMatch"), (status, body)
group = {"AppId": app, "GroupId": "g"}
accepted("CreateLiveMessageGroup", **group, CreatorId="host")

# A clock that stands still, one member, a crowd; words of the config's file are refused.
ctl("clock", "--freeze")
start = ctl("clock")["nowMicros"]
ctl("join", "--app", app, "--group", "g", "--user", "ada")
crowd = ("crowd", "--app", app, "--group", "g")
said = ctl(*crowd, "--join", "9", "--send", "2", "--body", "well, darn it")
assert (said["members"], said["sent"], said["refused"]) == (10, 0, 2), said
ctl("leave", "--app", app, "--group", "g", "--user", "ada")
assert ctl(*crowd, "--join", "3")["joined"] == 3 and ctl(*crowd, "--leave", "3")["left"] == 3
assert ctl("groups")["groups"][0]["members"] == 9

# More than a second takes: the ledger says what was shed, under which rule, and who won.
ctl(*crowd, "--send", "60", "--level", "HIGH")
ctl(*crowd, "--send", "70")
moved = ctl("clock", "--advance", "5s")
assert moved["nowMicros"] == start + 5_000_000, moved
shed = ctl("ledger", "--group", "g")["shed"]
assert shed and all(entry["rule"] and entry["appId"] == app and entry["data"] for entry in shed), shed[:2]
assert any(entry["winner"] for entry in shed), shed[:2]
assert ctl("ledger", "--app", app, "--group", "g")["shed"] == shed
# A name that nothing has is a slip, and no empty ledger.
assert 'no application "other"' in ctl("ledger", "--app", "other", status=2)

# A snapshot, a scenario's crowd, and back again.
before = ctl("digest")
snapshot = os.path.join(SCRATCH, "before.clq")
ctl("snapshot", "--to", snapshot)
stored = ctl(*crowd, "--scenario", "evening-show", "--users", "50")
assert stored["acts"] >= 50, stored
ctl("clock", "--advance", "30m")
assert ctl("groups")["groups"][0]["members"] >= 30, ctl("groups")
assert ctl("digest") != before
ctl("restore", "--from", snapshot)
assert ctl("digest") == before and ctl("groups")["groups"][0]["members"] == 9
assert ctl("clock")["nowMicros"] == moved["nowMicros"]
ctl("restore", "--from", __file__, status=1)

# Ten times as fast as the wall, and standing still again.
ctl("clock", "--speed", "10x")
time.sleep(0.3)
ctl("clock", "--freeze")
assert ctl("clock")["nowMicros"] - moved["nowMicros"] >= 3_000_000

# Faults: a code, a delay, a dropped connection; limits; readings.
ctl("fault", "--operation", "DescribeLiveMessageGroup", "--fail", "ServerError")
status, body = call("DescribeLiveMessageGroup", **group)
assert body["Code"] == "ServerError", body
ctl("fault", "--operation", "DescribeLiveMessageGroup", "--delay", "300ms")
begun = time.monotonic()
accepted("DescribeLiveMessageGroup", **group)
assert time.monotonic() - begun >= 0.3
ctl("fault", "--operation", "DescribeLiveMessageGroup", "--drop")
try:
    raise AssertionError(call("DescribeLiveMessageGroup", **group))
except (ConnectionError, urllib.error.URLError):
    pass
ctl("fault", "--clear")
accepted("DescribeLiveMessageGroup", **group)
assert ctl("limits", "group_messages_per_second=5")["group_messages_per_second"] == 5
ctl("limits", "no_such=5", status=1)
assert any(it["value"] == "window-close" for it in ctl("readings", "shaper.window=window-close")["readings"])

# The console's own, another caller, the rules that decided, everything at a glance.
policy = os.path.join(SCRATCH, "policy.json")
with open(policy, "w") as file:
    # As the RAM console writes it: a version, capitals, single values; the case of an action does not matter.
    json.dump({"Version": "1", "Statement": {"Effect": "Allow", "Action": "live:describe*", "Resource": "*"}}, file)
ctl("key", "--id", "reader", "--secret", "reader-secret", "--policy", policy)
reader = ("reader", "reader-secret")
assert call("DescribeLiveMessageGroup", key=reader, **group)[0] == 200
assert call("ListLiveMessageApps", key=reader, SortType=1)[0] == 403
ctl("key", "--id", "guest", "--secret", "guest-secret", "--security-token", "t0ken")
assert call("ListLiveMessageApps", key=("guest", "guest-secret"), token="t0ken", SortType=1)[0] == 200
assert call("ListLiveMessageApps", key=("guest", "guest-secret"), SortType=1)[0] != 200
with open(policy, "w") as file:
    json.dump({"Version": "2012-10-17", "Statement": []}, file)
assert "Version" in ctl("key", "--id", "x", "--secret", "y", "--policy", policy, status=2)
assert "MsgTid" in ctl("console", "send-message", "--app", app, "--group", "g", "--sender", "host", "--body", "well")
ctl("console", "delete-app", "--app", app)
assert call("DescribeLiveMessageApp", AppId=app)[0] == 404
assert ctl("rules")["rules"]["shaper.budget.per-group"] > 0
assert ctl("overview")["counters"]["shed"] >= len(shed)
assert ctl("outgoing", "--proxy", "127.0.0.1:9")["proxy"] == "127.0.0.1:9" and ctl("outgoing", "--direct")["proxy"] is None

# Starting over; where there is no journal, none is compacted.
ctl("compact", status=1)
ctl("reset")
assert ctl("groups") == {"groups": []}
print("driven")
