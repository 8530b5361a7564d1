#!/usr/bin/env python3
"""The scenario of tests/e2e/clouds.py, five clouds, eight regions, 60 nodes, with the vendors' own clients as the ones
who disturb it: boto3, the `openstack` client, and from npm @azure/arm-*, @google-cloud/compute, @alicloud/ecs20140526.

Skipped aloud (77) where one of them cannot be had. Usage: drift.py PATH_TO_CCLOUD
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import lib_sdk

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import clouds  # noqa: E402  (of tests/e2e)
from _clouds import Lab  # noqa: E402

PACKAGES = ["@azure/arm-compute@24", "@azure/arm-network@36", "@azure/arm-resources@7", "@azure/identity@4",
            "@google-cloud/compute@6", "google-auth-library@10", "@alicloud/ecs20140526@7", "@alicloud/openapi-client@0.4"]


class Boto:
    """AWS: boto3."""

    def __init__(self, env):
        self.env = env

    def ec2(self, region):
        return boto3.client("ec2", region_name=region, endpoint_url=self.env["AWS_ENDPOINT_URL"],
                            aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"])

    def stop(self, node):
        self.ec2(node["region"]).stop_instances(InstanceIds=[node["id"]])

    def delete(self, node):
        self.ec2(node["region"]).terminate_instances(InstanceIds=[node["id"]])

    def untag(self, node, key):
        self.ec2(node["region"]).delete_tags(Resources=[node["id"]], Tags=[{"Key": key}])

    def open_port(self, group, port):
        self.ec2(group["region"]).authorize_security_group_ingress(
            GroupId=group["id"], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0")


def must(words, **more):
    done = subprocess.run(words, text=True, capture_output=True, timeout=120, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words[:4])}: {done.stdout[-600:]}{done.stderr[-1200:]}")


class OpenstackClient:
    """OpenStack: the `openstack` program."""

    def __init__(self, env):
        self.env = env

    def call(self, thing, *words):
        must(["openstack", "--os-region-name", thing["region"], *words], env=self.env)

    def stop(self, node):
        self.call(node, "server", "stop", node["id"])

    def delete(self, node):
        self.call(node, "server", "delete", "--wait", node["id"])

    def untag(self, node, key):
        self.call(node, "server", "unset", "--property", key, node["id"])

    def open_port(self, group, port):
        self.call(group, "security", "group", "rule", "create", "--ingress", "--protocol", "tcp",
                  "--dst-port", str(port), "--remote-ip", "0.0.0.0/0", group["id"])


class Npm:
    """Azure, Google, Alibaba: drift.mjs, one call of it for each deed."""

    def __init__(self, driver, folder, env):
        self.driver, self.folder, self.env = driver, folder, env

    def call(self, deed, thing, more=""):
        must(["node", "drift.mjs", self.driver, deed, json.dumps(thing), str(more)], cwd=self.folder, env=self.env)

    def stop(self, node):
        self.call("stop", node)

    def delete(self, node):
        self.call("delete", node)

    def untag(self, node, key):
        self.call("untag", node, key)

    def open_port(self, group, port):
        self.call("open", group, port)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: drift.py PATH_TO_CCLOUD")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ccloud-drift-"))
    try:
        lib_sdk.install(folder, PACKAGES)
        shutil.copy(pathlib.Path(__file__).with_name("drift.mjs"), folder)
        with Lab(sys.argv[1], clouds.PROJECT) as lab:
            own = {"aws": Boto, "openstack": OpenstackClient}
            clouds.tour(lab, lambda driver: own[driver](lab.env) if driver in own
                        else Npm(driver, folder, lab.env))
            return lab.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        import boto3
    except ImportError:
        lib_sdk.skip("no boto3 (Debian: python3-boto3)")
    if shutil.which("openstack") is None:
        lib_sdk.skip("no openstack client (Debian: python3-openstackclient)")
    sys.exit(main())
