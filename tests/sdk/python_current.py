"""Plays the story through the current official Python SDK, unmodified: only the endpoint is named."""

import re

from alibabacloud_live20161101 import models
from alibabacloud_live20161101.client import Client
from alibabacloud_tea_openapi.models import Config
from darabonba.exceptions import DaraException

import story


def snake(action):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()


class Sdk:
    def __init__(self, secret):
        config = Config(access_key_id=story.KEY_ID, access_key_secret=secret, endpoint=story.HOST)
        if story.SCHEME == "http":
            config.protocol = "http"
        else:
            config.ca = story.CA
        self.client = Client(config)

    def call(self, action, parameters):
        request = getattr(models, action + "Request")().from_map(parameters)
        try:
            answer = getattr(self.client, snake(action))(request)
        except DaraException as error:
            assert error.request_id, f"{action}: no request ID in {error}"
            raise story.Refused(error.status_code, error.code) from error
        return answer.body.to_map()


story.play("alibabacloud-live20161101", Sdk)
