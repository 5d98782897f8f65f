"""Plays the story through the older official Python SDK, unmodified: only the endpoint is named."""

import importlib
import json

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

import story


class Sdk:
    # This SDK compares the string to sign with its own, and finds that only the secret can differ.
    WRONG_SECRET = "InvalidAccessKeySecret"

    def __init__(self, secret):
        verify = story.CA if story.SCHEME == "https" else True
        self.client = AcsClient(story.KEY_ID, secret, "cn-shanghai", verify=verify)

    def call(self, action, parameters):
        module = importlib.import_module(f"aliyunsdklive.request.v20161101.{action}Request")
        request = getattr(module, action + "Request")()
        request.set_accept_format("json")
        request.set_endpoint(f"{story.SCHEME}://{story.HOST}")
        for name, value in parameters.items():
            getattr(request, "set_" + name)(value)
        try:
            return json.loads(self.client.do_action_with_exception(request))
        except ServerException as error:
            assert error.get_request_id(), f"{action}: no request ID in {error}"
            raise story.Refused(error.get_http_status(), error.get_error_code()) from error


story.play("aliyun-python-sdk-live", Sdk)
