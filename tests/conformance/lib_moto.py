"""Starts and stops moto, the EC2 that others wrote, and counts with boto3 what is in it.

Used by aws_moto.py. Finds moto in this Python, else in a virtual environment of its own that it
makes in the user's cache; where that cannot be done the suite is skipped, aloud.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

SKIPPED = 77


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def has_moto(python):
    probe = "import moto.server, boto3, flask, flask_cors"
    return subprocess.run([python, "-c", probe], capture_output=True).returncode == 0


def python_with_moto():
    """A Python that has moto and boto3."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    folder = cache / "ccloud-conformance" / "moto"
    own = str(folder / "bin" / "python3")
    for python in (sys.executable, own):
        if (python != own or os.path.exists(own)) and has_moto(python):
            return python
    print(f"installing moto with pip into {folder}", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True,
                       capture_output=True, timeout=120)
        subprocess.run([own, "-m", "pip", "install", "--quiet", "moto[ec2,server]"], check=True,
                       capture_output=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as problem:
        skip(f"moto is not installed and pip cannot install it ({problem})")
    if not has_moto(own):
        skip("pip installed moto, but it does not start")
    return own


class Moto:
    """One moto server on a port of the kernel's choosing."""

    def __init__(self, work, **environment):
        self.work = pathlib.Path(work)
        self.recording = self.work / "recording"
        self.log = self.work / "moto.log"
        env = dict(os.environ,
                   MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION="1",
                   MOTO_ENABLE_KEYPAIR_VALIDATION="1",
                   MOTO_ENABLE_AMI_VALIDATION="1",
                   MOTO_RECORDER_FILEPATH=str(self.recording),
                   PYTHONUNBUFFERED="1", **environment)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
                stdout=log, stderr=log, env=env)
        self.url = self._wait()

    def _wait(self):
        end = time.time() + 60
        while time.time() < end and self.process.poll() is None:
            found = re.search(r"Running on (http://127\.0\.0\.1:\d+)", self.log.read_text())
            if found:
                return found.group(1)
            time.sleep(0.1)
        self.stop()
        skip(f"moto does not start: {self.log.read_text()[-500:]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _recorder(self, what):
        request = urllib.request.Request(f"{self.url}/moto-api/recorder/{what}", method="POST")
        urllib.request.urlopen(request, timeout=10).read()

    def record(self):
        self._recorder("reset-recording")
        self._recorder("start-recording")

    def recorded_actions(self):
        """The actions that were called since record(), as moto saw them."""
        self._recorder("stop-recording")
        actions = []
        if not self.recording.exists():
            return actions
        for line in self.recording.read_text().splitlines():
            call = json.loads(line)
            target = {k.lower(): v for k, v in call["headers"].items()}.get("x-amz-target")
            body = call.get("body") or ""
            if call.get("body_encoded"):
                body = base64.b64decode(body).decode()
            found = re.search(r"(?:^|&)Action=(\w+)", body)
            actions.append(target.split(".")[-1] if target else found.group(1) if found else "?")
        return actions


def changing(actions):
    return [a for a in actions if not re.match(r"Describe|Get|List", a)]


class Account:
    """What boto3 finds in some regions."""

    def __init__(self, url, regions, key="testing", secret="testing"):
        import boto3
        self.regions = regions
        session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret)
        self.ec2 = {r: session.client("ec2", region_name=r, endpoint_url=url) for r in regions}
        self.iam = session.client("iam", region_name=regions[0], endpoint_url=url)

    def nodes(self, project, region=None, states=("pending", "running", "stopping", "stopped")):
        found = []
        for name in [region] if region else self.regions:
            pages = self.ec2[name].get_paginator("describe_instances").paginate(Filters=[
                {"Name": "tag:ccloud-project", "Values": [project]},
                {"Name": "instance-state-name", "Values": list(states)}])
            for page in pages:
                for reservation in page["Reservations"]:
                    for one in reservation["Instances"]:
                        one["Region"] = name
                        one["TagMap"] = {t["Key"]: t["Value"] for t in one["Tags"]}
                        found.append(one)
        return found

    def everything(self, project):
        """Ids of all kinds of things that carry the project's mark, instances that ended left out."""
        mark = [{"Name": "tag:ccloud-project", "Values": [project]}]
        found = [n["InstanceId"] for n in self.nodes(project)]
        for ec2 in self.ec2.values():
            found += [v["VpcId"] for v in ec2.describe_vpcs(Filters=mark)["Vpcs"]]
            found += [s["SubnetId"] for s in ec2.describe_subnets(Filters=mark)["Subnets"]]
            found += [g["GroupId"] for g in ec2.describe_security_groups(Filters=mark)["SecurityGroups"]]
            found += [g["InternetGatewayId"]
                      for g in ec2.describe_internet_gateways(Filters=mark)["InternetGateways"]]
            found += [k["KeyName"] for k in ec2.describe_key_pairs(Filters=mark)["KeyPairs"]]
            found += [v["VolumeId"] for v in ec2.describe_volumes(Filters=mark)["Volumes"]]
            found += [a["AllocationId"] for a in ec2.describe_addresses(Filters=mark)["Addresses"]]
            found += [n["NetworkInterfaceId"]
                      for n in ec2.describe_network_interfaces(Filters=mark)["NetworkInterfaces"]]
        return found

    def vpc_count(self):
        return sum(len(e.describe_vpcs()["Vpcs"]) for e in self.ec2.values())
