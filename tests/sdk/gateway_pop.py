"""Calls through the Python runtime of the newer gateway, unmodified: only the endpoint is named. Both hashes of its scheme."""

from alibabacloud_gateway_pop.client import Client as Gateway
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

import story


def make(secret, algorithm):
    client = Client(
        Config(
            access_key_id=story.KEY_ID,
            access_key_secret=secret,
            endpoint=story.HOST,
            protocol="http",
            signature_algorithm=algorithm,
        )
    )
    client._product_id = "live"
    client._spi = Gateway()

    def call(action, query, body=None):
        params = Params(
            action=action, version="2016-11-01", protocol="HTTP", pathname="/", method="POST", auth_type="AK",
            style="RPC", req_body_type="formData", body_type="json",
        )
        request = OpenApiRequest(query=query, body=body) if body else OpenApiRequest(query=query)
        return client.execute(params, request, RuntimeOptions())["body"]

    return call


for algorithm in ("ACS4-HMAC-SHA256", "ACS4-HMAC-SM3"):
    call = make(story.SECRET, algorithm)
    app = call("CreateLiveMessageApp", {"AppName": "show", "EventCallbackUrl": ""})["AppId"]
    assert call("DescribeLiveMessageApp", {"AppId": app})["AppName"] == "show"
    old = call("CreateMessageApp", {}, {"AppName": "oldshow", "Extension": '{"k": {"deep": 1}}'})["Result"]["AppId"]
    result = call("GetMessageApp", {}, {"AppId": old})["Result"]
    assert result["Extension"] == {"k": {"deep": 1}}, result
    try:
        make("wrong", algorithm)("DescribeLiveMessageApp", {"AppId": app})
    except Exception as error:
        assert "SignatureDoesNotMatch" in str(error), error
    else:
        raise AssertionError("a wrong secret was taken")
print("alibabacloud_gateway_pop: both hashes", flush=True)
