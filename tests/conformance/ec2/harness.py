"""What the checks of sim_boto3.py share: the simulator, clients for it, the list of checks (they run in the order in
which their modules are imported), and what they build up together."""
import json
import os
import re
import subprocess
import sys
import urllib.request

import boto3
import botocore.exceptions
from botocore.config import Config

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "ccloud"
RESULTS = {"passed": 0, "failed": 0}
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def command(*words):
    done = subprocess.run([PROGRAM, "sim", *words], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"sim {' '.join(words)}: {done.returncode} {done.stderr}")
    return done.stdout


def start(directory):
    command("up", "--dir", directory, "--boot", "none")
    lines = command("env", "--dir", directory)
    for name, value in re.findall(r"^export (\w+)='(.*)'$", lines, re.M):
        os.environ[name] = value


def admin(path, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["CCLOUD_SIM_URL"] + "/_sim/" + path, data, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)


def client(service, region="us-east-1", **more):
    config = Config(retries={"max_attempts": 0, "mode": "standard"}, proxies={},
                    connect_timeout=5, read_timeout=20)
    return boto3.client(service, region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                        config=config, **more)


def code_of(function, **arguments):
    """The error code and status with which a call ends."""
    try:
        function(**arguments)
    except botocore.exceptions.ClientError as error:
        return (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
    return ("", 200)


def expect(actual, wanted):
    assert actual == wanted, f"{actual!r} instead of {wanted!r}"


class World:
    """What the checks build up together."""
    vpc = subnet = group = gateway = table = image = None
    instances = []


def tags(kind, **pairs):
    return [{"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in pairs.items()]}]
