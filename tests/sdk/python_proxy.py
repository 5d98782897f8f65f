"""Plays the story through the current official Python SDK whose endpoint stays the vendor's: the server is its HTTP proxy."""

import re

from alibabacloud_live20161101 import models
from alibabacloud_live20161101.client import Client
from alibabacloud_tea_openapi.models import Config
from darabonba.exceptions import DaraException

import story


class Sdk:
    def __init__(self, secret):
        self.client = Client(
            Config(
                access_key_id=story.KEY_ID,
                access_key_secret=secret,
                endpoint="live.aliyuncs.com",
                protocol="http",
                http_proxy=f"http://{story.HOST}",
            )
        )

    def call(self, action, parameters):
        request = getattr(models, action + "Request")().from_map(parameters)
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
        try:
            return getattr(self.client, method)(request).body.to_map()
        except DaraException as error:
            raise story.Refused(error.status_code, error.code) from error


story.play("alibabacloud-live20161101 through a proxy", Sdk)
