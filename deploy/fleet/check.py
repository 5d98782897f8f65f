#!/usr/bin/env python3
"""Holds the manifests for Google Batch, AWS Batch and Nomad to what their own libraries know of them. `check.sh` runs it."""
import json
import pathlib

import botocore.session
import hcl2
from botocore.validate import validate_parameters
from google.cloud import batch_v1

here = pathlib.Path(__file__).parent

# The service's own description of the call that registers a job definition; a key that it does not know is an error.
model = botocore.session.get_session().get_service_model("batch")
shape = model.operation_model("RegisterJobDefinition").input_shape
validate_parameters(json.loads((here / "aws-batch.json").read_text()), shape)

# The message of the service's API; an unknown field is an error.
batch_v1.Job.from_json((here / "google-batch.json").read_text(), ignore_unknown_fields=False)

# The language alone: no library but Nomad's own knows its blocks.
(job,) = hcl2.loads((here / "nomad.hcl").read_text())["job"]
(group,) = next(iter(job.values()))["group"]
group = next(iter(group.values()))
(task,) = group["task"]
count = next(iter(task.values()))["env"][0]["CLAQUE_ARRAY_COUNT"].strip('"')
assert str(group["count"]) == count, f"nomad.hcl: count is {group['count']}, and the tasks are told {count}"
print("aws-batch.json, google-batch.json, nomad.hcl: ok")
