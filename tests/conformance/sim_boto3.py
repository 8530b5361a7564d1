#!/usr/bin/env python3
"""Others' clients against our simulated AWS: boto3 and awscli drive every operation that the
simulator offers; what it accepts and what it answers is held against botocore's own service models.

Usage: sim_boto3.py PATH_TO_CCLOUD. Prints "N passed, N failed"; starts and ends its own simulator.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

import botocore.exceptions

from ec2.harness import CHECKS, PROGRAM, RESULTS, World, admin, check, client, code_of, expect, start
from ec2.model import UNKNOWN_ELEMENTS, watch_answers
# They add their checks, in this order.
import ec2.account  # noqa: F401
import ec2.network  # noqa: F401
import ec2.nodes  # noqa: F401


@check
def faults_reach_the_client():
    ec2 = client("ec2")
    admin("faults", "PUT", {"rules": [
        {"fault": "throttle", "action": "DescribeVpcs", "count": 1},
        {"fault": "lost-reply", "action": "DescribeVpcs", "count": 1},
        {"fault": "unavailable", "action": "DescribeVpcs", "count": 1}]})
    expect(code_of(ec2.describe_vpcs), ("RequestLimitExceeded", 503))
    try:
        ec2.describe_vpcs()
        raise AssertionError("the reply was not lost")
    except (botocore.exceptions.ConnectionClosedError, botocore.exceptions.HTTPClientError):
        pass
    expect(code_of(ec2.describe_vpcs), ("Unavailable", 503))
    admin("faults", "DELETE")
    ec2.describe_vpcs()


@check
def awscli_agrees():
    aws = shutil.which("aws")
    if aws is None:
        print("skipped: awscli is not installed")
        return

    def run(*words):
        done = subprocess.run([aws, "--endpoint-url", os.environ["AWS_ENDPOINT_URL"], "--output", "json",
                               *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    expect(len(run("ec2", "describe-regions")["Regions"]), 17)
    expect(len(run("ec2", "describe-instances", "--filters",
                   "Name=tag:mark,Values=x")["Reservations"][0]["Instances"]), 3)
    assert run("sts", "get-caller-identity")["Account"]


@check
def everything_goes_away():
    ec2 = client("ec2")
    expect(code_of(ec2.terminate_instances, InstanceIds=[World.instances[0], "i-00000000000000000"])[0],
           "InvalidInstanceID.NotFound")
    ec2.modify_instance_attribute(InstanceId=World.instances[0], DisableApiTermination={"Value": True})
    expect(code_of(ec2.terminate_instances, InstanceIds=World.instances)[0], "OperationNotPermitted")
    ec2.modify_instance_attribute(InstanceId=World.instances[0], DisableApiTermination={"Value": False})
    expect(code_of(ec2.delete_subnet, SubnetId=World.subnet)[0], "DependencyViolation")
    ec2.terminate_instances(InstanceIds=World.instances)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=World.instances)
    ec2.delete_security_group(GroupId=World.group)
    ec2.delete_route_table(RouteTableId=World.table)
    ec2.detach_internet_gateway(InternetGatewayId=World.gateway, VpcId=World.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=World.gateway)
    ec2.delete_subnet(SubnetId=World.subnet)
    ec2.delete_vpc(VpcId=World.vpc)
    ec2.delete_key_pair(KeyName="anna")
    left = admin("resources?tag:mark=x")
    expect(left["count"], 0)


@check
def every_operation_was_driven():
    served = admin("calls?limit=0")["counts"]["aws"]
    offered = [o["name"] for o in admin("operations")["operations"] if o["cloud"] == "aws"]
    expect([name for name in offered if name not in served], [])
    assert len(offered) > 60


@check
def answers_are_those_of_the_model():
    expect(sorted(UNKNOWN_ELEMENTS), [])


def main():
    directory = tempfile.mkdtemp(prefix="ccloud-sim-")
    try:
        start(directory)
        watch_answers()
        for function in CHECKS:
            try:
                function()
                RESULTS["passed"] += 1
            except Exception:  # each check is reported on its own
                RESULTS["failed"] += 1
                print(f"FAILED {function.__name__}")
                traceback.print_exc(limit=-2, file=sys.stdout)
    finally:
        subprocess.run([PROGRAM, "sim", "down", "--dir", directory], timeout=60, check=False)
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{RESULTS['passed']} passed, {RESULTS['failed']} failed")
    return 1 if RESULTS["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
