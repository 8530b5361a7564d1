#!/usr/bin/env python3
"""`existing` machines that really are others': made by boto3 and by the openstack SDK on the simulated clouds, with
no mark of ours. status shows them, deploy and destroy leave them alone to the last tag. A client that is not
installed is skipped, aloud.

Usage: existing.py PATH_TO_CCLOUD
"""
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

# Debian's clients are for Debian's python, and another one may come first.
debian = "/usr/bin/python3"
if sys.executable != debian and os.path.exists(debian) and importlib.util.find_spec("openstack") is None:
    os.execv(debian, [debian, *sys.argv])

program = str(pathlib.Path(sys.argv[1]).resolve())
folder = pathlib.Path(tempfile.mkdtemp(prefix="ccloud-existing-"))
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUqFg0EPVfPkrOdS1Bq1pVq3BqzHfEZ2yHbFpEq0R2V e2e"
passed = failed = skipped = 0


def check(what, good, more=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok  ' if good else 'FAIL'} {what}{'' if good else ': ' + str(more)[-1500:]}", flush=True)


def run(*words):
    return subprocess.run([program, *words], cwd=folder, text=True, capture_output=True, timeout=120)


def by_boto3():
    """Two machines with the tag, one without it, in the default network."""
    import boto3
    ec2 = boto3.client("ec2", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    wanted = [{"Name": "architecture", "Values": ["x86_64"]}]
    image = ec2.describe_images(Owners=["136693071363"], Filters=wanted)["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Role", "Value": "gateway"}, {"Key": "Name", "Value": "gw"}]}]
    made = ec2.run_instances(ImageId=image, InstanceType="t3.small", MinCount=2, MaxCount=2, TagSpecifications=tags)
    ec2.run_instances(ImageId=image, InstanceType="t3.small", MinCount=1, MaxCount=1)
    return {one["InstanceId"] for one in made["Instances"]}


def by_openstack_sdk():
    """One server with the metadata, one without, on a network of their own."""
    import openstack
    cloud = openstack.connect()
    network = cloud.network.create_network(name="theirs")
    cloud.network.create_subnet(network_id=network.id, ip_version=4, cidr="192.168.7.0/24")
    image, flavor = next(iter(cloud.image.images())).id, next(iter(cloud.compute.flavors())).id
    def server(name, **more):
        return cloud.compute.create_server(name=name, image_id=image, flavor_id=flavor,
                                           networks=[{"uuid": network.id}], **more).id
    server("other")
    return {server("gw", metadata={"Role": "gateway"})}


def theirs():
    """Everything that is not ours, as the clouds hold it."""
    with urllib.request.urlopen(os.environ["CCLOUD_SIM_URL"] + "/_sim/resources", timeout=20) as answer:
        found = json.load(answer)["resources"]
    ours = [one for one in found if "ccloud" in json.dumps(one)]
    return sorted(json.dumps(one, sort_keys=True) for one in found if one not in ours), len(ours)


def main():
    global skipped
    wanted = {}
    for name, cloud, region, make in (("boto3", "aws", "us-east-1", by_boto3),
                                      ("openstack", "openstack", "RegionOne", by_openstack_sdk)):
        try:
            __import__(name)
        except ImportError:
            skipped += 1
            print(f"skipped: no {name} (Debian: python3-{name}{'sdk' if name == 'openstack' else ''})", flush=True)
            continue
        wanted[cloud] = (region, make())
    if not wanted:
        return
    existing = [{"provider": cloud, "region": region, "match": {"Role": "gateway"}}
                for cloud, (region, _) in wanted.items()]
    cluster = {"image": "debian-12", "size": {"cpu": 2, "memory": "4GiB"}, "ssh": {"keys": [KEY]},
               "network": {"allow": [{"tcp": 22, "from": "198.18.0.0/15"}]},
               "place": {cloud[:2]: {"provider": cloud, "region": region, "count": 1}
                         for cloud, (region, _) in wanted.items()}}
    (folder / "ccloud.json").write_text(json.dumps(
        {"project": "mine", "clusters": {"old": {"ssh": {"user": "ops"}, "existing": existing}, "web": cluster}}))
    before, _ = theirs()
    shown = run("status", "-o", "json")
    ids = {node["id"] for node in json.loads(shown.stdout)["nodes"] if node["cluster"] == "old"}
    check("exactly the machines with the tag are shown", ids == set().union(*(made for _, made in wanted.values())),
          (ids, wanted))
    done = run("deploy", "-y")
    check("deploy makes ours beside them", done.returncode == 0, done.stderr)
    now, ours = theirs()
    # Our router's interface on OpenStack has no name: it may be more than before, never less.
    check("and leaves theirs as they were", ours > 0 and set(before) <= set(now), set(before) - set(now))
    for refused in ("stop", "replace"):
        done = run(refused, "cluster=old", "-y")
        check(f"{refused} is refused", done.returncode != 0, done.stdout + done.stderr)
    done = run("destroy", "--confirm", "mine")
    now, ours = theirs()
    check("destroy takes ours and leaves theirs", done.returncode == 0 and now == before and ours == 0,
          (done.stderr, ours, set(now) ^ set(before)))


try:
    subprocess.run([program, "sim", "up", "--dir", str(folder / "sim"), "--boot", "none"], check=True,
                   capture_output=True, timeout=60)
    lines = subprocess.run([program, "sim", "env", "--dir", str(folder / "sim")], check=True, text=True,
                           capture_output=True).stdout
    os.environ.update(re.findall(r"^export (\w+)='(.*)'$", lines, re.M))
    os.environ.update(HOME=str(folder), XDG_STATE_HOME=str(folder / "state"))
    main()
finally:
    subprocess.run([program, "sim", "down", "--dir", str(folder / "sim")], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed else 0 if passed else 77)
