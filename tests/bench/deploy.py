"""`deploy` of 1,000 nodes over all simulated clouds, two regions of each, with the latency of the real ones and in
their time, beside the critical path that the simulator finds in what it served (/_sim/critical_path). A boto3 script
makes the AWS part of them 10 at a time, as Terraform does by default: at ten times the speed, since it takes minutes."""
import os
import sys

import lib
from lib_fleet import call, clouds_of, regions, write_config

program = sys.argv[1]
nodes = int(os.environ.get("CCLOUD_BENCH_NODES", "1000"))
peer_speed = 10

script = """
import boto3, os, sys, time
from concurrent.futures import ThreadPoolExecutor
count, regions = int(sys.argv[1]), sys.argv[2:]
for region in regions:
    ec2 = boto3.client("ec2", region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    def subnet_of(vpc):
        while True:  # what is young is denied for a while
            try: return ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/18")["Subnet"]["SubnetId"]
            except ec2.exceptions.ClientError: time.sleep(0.1)
    subnet = subnet_of(vpc)
    image = sorted(ec2.describe_images(Owners=["136693071363"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"], key=lambda i: i["CreationDate"])[-1]["ImageId"]
    def make(_):
        while True:
            try: made = ec2.run_instances(ImageId=image, InstanceType="c6a.large", SubnetId=subnet, MinCount=1, MaxCount=1); break
            except ec2.exceptions.ClientError as error:
                if "NotFound" not in str(error): raise
                time.sleep(0.1)
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


def ours():
    """The run of `deploy`, how many calls it made, and the critical path of each cloud."""
    with lib.simulator(program, "--boot", "none", "--latency", "typical") as (sim, folder):
        clouds = clouds_of(sim)
        write_config(folder, clouds, nodes)
        run = lib.run([program, "deploy", "-y", "-f", str(folder / "ccloud.json")], env=sim.env, cwd=folder)
        if run.code != 0:
            raise SystemExit(f"bench: deploy ended with {run.code}: {run.output[-1500:]}")
        return run, clouds, call(sim, "/_sim/calls?limit=0")["total"], call(sim, "/_sim/critical_path")


def boto3_part(count):
    with lib.simulator(program, "--boot", "none", "--latency", "typical", "--speed", str(peer_speed)) as (sim, folder):
        run = lib.run(["/usr/bin/python3", "-W", "ignore", "-c", script, str(count), *regions["aws"]],
                      env=sim.env, cwd=folder)
        if run.code != 0 or run.output.count("i-") != count:
            raise SystemExit(f"bench: the boto3 script ended with {run.code}: {run.output[-1500:]}")
        return run


done, clouds, calls, path = ours()
part = nodes // len(clouds) // 2 * 2
print(f"ccloud: {done.wall:.1f} s, critical path {path['seconds']:.1f} s", flush=True)
peer = boto3_part(part)
lib.table(f"deploy of {nodes:,} nodes, {len(clouds)} clouds, two regions of each, latency of the real clouds",
          ["client", "nodes", "wall s", "critical path s", "ratio", "CPU s", "us a node", "peak MB", "calls"],
          [["ccloud", nodes, f"{done.wall:.1f}", f"{path['seconds']:.1f}", f"{done.wall / path['seconds']:.2f}",
            f"{done.cpu:.2f}", f"{done.cpu / nodes * 1e6:.0f}", f"{done.peak:.0f}", calls],
           ["boto3, 10 at a time, aws alone", part, f"{peer.wall * peer_speed:.0f} (at {peer_speed} times the speed "
            f"{peer.wall:.1f})", "", "", f"{peer.cpu:.2f}", f"{peer.cpu / part * 1e6:.0f}", f"{peer.peak:.0f}", ""]])
lib.table("The chain that each cloud's part hangs on, by the simulator (goal for the whole: 1.1)",
          ["cloud", "s", "chain"],
          [[cloud, f"{one['seconds']:.1f}", " -> ".join(f"{step['action']} {step['seconds']:.1f}" for step in one["steps"])]
           for cloud, one in path["clouds"].items()])
