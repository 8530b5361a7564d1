"""`status` and `plan` of fleets over all simulated clouds, beside the clouds' own latency and the vendors' SDKs.

A fleet is made at full speed (records only); then calls get the latency of the real clouds and the
simulator says how long the longest list of each cloud had to take, page after page. The plot that it
writes is docs/images/status-growth.svg. CCLOUD_BENCH_SIZES="100 1000" says how large they are."""
import json
import os
import pathlib
import sys

import lib
import plot
from lib_fleet import call, clouds_of, regions, write_config

program = sys.argv[1]
usual = "100 1000 10000" + (" 100000" if os.environ.get("CCLOUD_BENCH_LONG") else "")
sizes = [int(word) for word in os.environ.get("CCLOUD_BENCH_SIZES", usual).split()]
#: What a script does who lists the same nodes with the vendor's SDK, one region after the other.
boto3_script = """
import boto3, os, sys
for region in sys.argv[1:]:
    client = boto3.client("ec2", region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    pages = client.get_paginator("describe_instances")
    for page in pages.paginate(PaginationConfig={"PageSize": 1000}):
        for reservation in page["Reservations"]:
            for vm in reservation["Instances"]:
                print(vm["InstanceId"], vm["State"]["Name"], vm.get("PublicIpAddress", "-"))
"""
openstack_script = """
import openstack
for vm in openstack.connect().compute.servers(details=True):
    print(vm.id, vm.status, vm.addresses)
"""


def longest_lists(sim):
    """Seconds that the longest list of each cloud took at least: its pages come one after another. What must be
    known before it (login, regions) and what only its answer leads to (details of networks) is not in it."""
    lists = {}
    for row in call(sim, "/_sim/calls?limit=0")["served"]:
        lists.setdefault(row["cloud"], []).append(row["seconds"] + row["work"])
    return {cloud: max(seconds) for cloud, seconds in lists.items()}


def work_of(sim):
    return sum(row["work"] for row in call(sim, "/_sim/calls?limit=0")["served"])


def measure(sim, folder, count):
    """[wall, chain, sim work, cpu, peak] of `status`, medians of three, with the latency of the real clouds."""
    call(sim, "/_sim/latency", {"latency": "typical"})
    seen = []
    for _ in range(3):
        call(sim, "/_sim/calls", method="DELETE")
        figure = lib.run([program, "status", "-o", "json", "-f", str(folder / "ccloud.json")], env=sim.env, cwd=folder)
        if figure.code != 0:
            raise SystemExit(f"bench: status ended with {figure.code}: {figure.output[-1500:]}")
        chains = longest_lists(sim)
        slowest = max(chains, key=chains.get)
        seen.append((figure.wall, chains[slowest], slowest, work_of(sim), figure.cpu, figure.peak))
    call(sim, "/_sim/latency", {"latency": "none"})
    seen.sort()
    return seen[1]


def only(cloud, folder):
    """The same config with that cloud's places only."""
    config = json.loads((folder / "ccloud.json").read_text())
    places = config["clusters"]["web"]["place"]
    config["clusters"]["web"]["place"] = {code: one for code, one in places.items() if one["provider"] == cloud}
    path = folder / f"only-{cloud}.json"
    path.write_text(json.dumps(config))
    return path


def peers(sim, folder, count, clouds):
    """CPU a listed node of scripts on the vendors' SDKs, for the clouds that Debian has one for, beside ours of the
    same nodes."""
    rows, ratios = [], []
    per_cloud = count // len(clouds)
    for name, cloud, script, args in (("boto3", "aws", boto3_script, regions["aws"]),
                                      ("openstack SDK", "openstack", openstack_script, [])):
        if cloud not in clouds:
            continue
        done = lib.run(["/usr/bin/python3", "-W", "ignore", "-c", script, *args], env=sim.env, cwd=folder)
        listed = done.output.count("\n")
        if done.code != 0 or listed < per_cloud // 2:
            rows.append([name, cloud, f"failed: {done.output.strip().splitlines()[-1][:60]}", ""])
            continue
        # A journal that knows of a deploy elsewhere would have its clouds looked at, too.
        env = {**sim.env, "XDG_STATE_HOME": str(folder / "nobody")}
        ours = lib.median([program, "status", "-o", "json", "-f", str(only(cloud, folder))], runs=3, env=env,
                          cwd=folder)
        ours_us, micros = ours.cpu / per_cloud * 1e6, done.cpu / listed * 1e6
        rows.append(["ccloud status", cloud, f"{ours_us:.0f}", "1"])
        rows.append([name, cloud, f"{micros:.0f}", f"{micros / ours_us:.0f}"])
        ratios.append((micros, ours_us))
    if len(ratios) == 2:
        both = [sum(side) / len(ratios) for side in zip(*ratios)]
        rows.append(["the scripts", "both", f"{both[0]:.0f}", f"{both[0] / both[1]:.0f}"])
    lib.table(f"Client CPU a listed node, {count:,} nodes (goal: 1/20)", ["client", "clouds", "us a node", "times ours"],
              rows)


status_rows, plan_rows, points = [], [], []
for size in sizes:
    with lib.simulator(program, "--boot", "none") as (sim, folder):
        clouds = clouds_of(sim)
        write_config(folder, clouds, size)
        made = lib.run([program, "deploy", "-y", "-q", "-f", str(folder / "ccloud.json")], env=sim.env, cwd=folder,
                       timeout=3000)  # 100,000 take what the clouds' rates allow
        if made.code != 0:
            raise SystemExit(f"bench: deploy ended with {made.code}: {made.output[-1500:]}")
        wall, chain, slowest, work, cpu, peak = measure(sim, folder, size)
        points.append((size, wall, chain + work))
        status_rows.append([f"{size:,}", f"{wall:.2f}", f"{chain:.2f} ({slowest})", f"{work:.2f}", f"{wall / chain:.2f}",
                            f"{cpu:.2f}", f"{cpu / size * 1e6:.0f}", f"{peak:.0f}"])
        planned = lib.median([program, "plan", "-o", "json", "-f", str(folder / "ccloud.json")], runs=3, env=sim.env,
                             cwd=folder)
        plan_rows.append([f"{size:,}", f"{planned.cpu:.2f}", f"{planned.cpu / size * 1e6:.0f}", f"{planned.peak:.0f}",
                          f"{made.wall:.0f}", f"{made.cpu / size * 1e6:.0f}"])
        if size == 10_000:
            peers(sim, folder, size, clouds)
lib.table(f"status over {', '.join(clouds)}, calls of 80 to 400 ms (goal at 10,000: 100 MB)",
          ["nodes", "wall s", "longest list s", "simulator's work s", "ratio", "CPU s", "us a node", "peak MB"],
          status_rows)
lib.table("plan with nothing to change, all of it: asking, reading, planning, JSON (goals: 0.5 s and 150 MB at 10,000)",
          ["nodes", "CPU s", "us a node", "peak MB", "deploy of them, wall s", "deploy CPU us a node"], plan_rows)
svg = pathlib.Path(__file__).resolve().parents[2] / "docs" / "images" / "status-growth.svg"
svg.parent.mkdir(exist_ok=True)
svg.write_text(plot.lines("ccloud status: seconds by nodes", ["wall", "longest list + simulator's work"], points))
