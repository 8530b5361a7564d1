"""`deploy` of 1,000 nodes over all simulated clouds with the latency of the real ones, beside a boto3 script
that makes the AWS part of them 10 at a time, as Terraform does by default."""
import sys

import lib
from lib_fleet import call, clouds_of, regions, write_config

program = sys.argv[1]
nodes, speed = 1_000, 10

script = """
import boto3, os, sys, time
from concurrent.futures import ThreadPoolExecutor
count, regions = int(sys.argv[1]), sys.argv[2:]
for region in regions:
    ec2 = boto3.client("ec2", region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.get_waiter("vpc_available").wait(VpcIds=[vpc])
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/18")["Subnet"]["SubnetId"]
    image = sorted(ec2.describe_images(Owners=["136693071363"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"], key=lambda i: i["CreationDate"])[-1]["ImageId"]
    def make(_):
        made = ec2.run_instances(ImageId=image, InstanceType="c6a.large", SubnetId=subnet, MinCount=1, MaxCount=1)
        vm = made["Instances"][0]["InstanceId"]
        while True:  # the waiter's 15 s would hide the speed of the simulator
            time.sleep(0.2)
            try:
                seen = ec2.describe_instances(InstanceIds=[vm])["Reservations"][0]["Instances"][0]
            except ec2.exceptions.ClientError:
                continue
            if seen["State"]["Name"] == "running": return vm
    with ThreadPoolExecutor(10) as pool:
        for vm in pool.map(make, range(count // len(regions))): print(vm)
"""

with lib.simulator(program, "--boot", "none", "--latency", "typical", "--speed", str(speed)) as (sim, folder):
    clouds = clouds_of(sim)
    write_config(folder, clouds, nodes)
    ours = lib.run([program, "deploy", "-y", "-q", "-f", str(folder / "ccloud.json")], env=sim.env, cwd=folder)
    if ours.code != 0:
        raise SystemExit(f"bench: deploy ended with {ours.code}: {ours.output[-1500:]}")
    counts = call(sim, "/_sim/calls?limit=0")
    peer = lib.run(["/usr/bin/python3", "-W", "ignore", "-c", script, str(nodes // len(clouds)), *regions["aws"]],
                   env=sim.env, cwd=folder)
    if peer.code != 0:
        raise SystemExit(f"bench: the boto3 script ended with {peer.code}: {peer.output[-1500:]}")
    lib.table(f"deploy of {nodes:,} nodes, latency of the real clouds at {speed} times the speed",
              ["client", "nodes", "clouds", "wall s", "CPU s", "us a node", "calls"],
              [["ccloud", nodes, ", ".join(clouds), f"{ours.wall:.1f}", f"{ours.cpu:.2f}",
                f"{ours.cpu / nodes * 1e6:.0f}", counts["total"]],
               ["boto3, 10 at a time", nodes // len(clouds), "aws", f"{peer.wall:.1f}", f"{peer.cpu:.2f}",
                f"{peer.cpu / (nodes // len(clouds)) * 1e6:.0f}", ""]])
