"""Makes one signed call that changes something, and prints its status and code. Standard library only."""

import base64, datetime, hashlib, hmac, json, sys, urllib.error, urllib.parse, urllib.request, uuid

KEY, SECRET = "claque-development", "claque-development-secret"


def quote(text):
    return urllib.parse.quote(text, safe="-_.~")


parameters = {
    "AccessKeyId": KEY, "Action": "CreateLiveMessageApp", "AppName": "show", "Format": "JSON",
    "SignatureMethod": "HMAC-SHA1", "SignatureNonce": uuid.uuid4().hex, "SignatureVersion": "1.0",
    "Timestamp": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "Version": "2016-11-01",
}
joined = "&".join(f"{quote(name)}={quote(value)}" for name, value in sorted(parameters.items()))
digest = hmac.new(f"{SECRET}&".encode(), f"POST&%2F&{quote(joined)}".encode(), hashlib.sha1).digest()
parameters["Signature"] = base64.b64encode(digest).decode()
request = urllib.request.Request(f"http://{sys.argv[1]}/", data=urllib.parse.urlencode(parameters).encode())
try:
    with urllib.request.urlopen(request) as answer:
        print(answer.status, "accepted")
except urllib.error.HTTPError as error:
    print(error.code, json.loads(error.read())["Code"])
