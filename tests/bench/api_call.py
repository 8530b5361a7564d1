"""Client CPU of a small API call over TLS to the simulator: our HTTP client with SigV4 beside boto3, and
beside curl, which sends as many small forms over one connection unsigned: what libcurl alone takes."""
import pathlib
import shutil
import subprocess
import sys

import lib

program = sys.argv[1]
bench = pathlib.Path(program).parent / "release" / "src" / "providers" / "aws" / "aws_call_bench"
script = """
import boto3, resource, sys, warnings
warnings.filterwarnings("ignore")
count = int(sys.argv[1])
import os
client = boto3.client("sts", region_name="us-east-1", endpoint_url=os.environ["CCLOUD_SIM_AWS_HTTPS"], verify=os.environ["CCLOUD_SIM_CA"])
client.get_caller_identity()
before = resource.getrusage(resource.RUSAGE_SELF)
for _ in range(count): client.get_caller_identity()
after = resource.getrusage(resource.RUSAGE_SELF)
print((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / count * 1e6)
"""
rows = []
with lib.simulator(program, "--boot", "none") as (sim, folder):
    sim.env["AWS_CA_BUNDLE"] = sim.env["CCLOUD_SIM_CA"]

    def measured(command):
        values = []
        for _ in range(3):
            done = subprocess.run(command, env=sim.env, capture_output=True, text=True)
            if done.returncode != 0:
                raise SystemExit(f"bench: {command[0]} ended with {done.returncode}: {done.stderr[-800:]}")
            values.append(float(done.stdout.split()[-1]))
        return sorted(values)[1]

    if bench.exists():
        ours = measured([str(bench), "1000"])
        rows.append(["ccloud", f"{ours:.0f}", "1"])
        if shutil.which("curl"):
            def curl(count):
                url = f"{sim.env['CCLOUD_SIM_AWS_HTTPS']}/?[1-{count}]"
                done = lib.run(["curl", "-s", "-S", "--cacert", sim.env["CCLOUD_SIM_CA"], "-o", "/dev/null",
                                "-d", "Action=GetCallerIdentity&Version=2011-06-15", url], env=sim.env)
                if done.code != 0:
                    raise SystemExit(f"bench: curl ended with {done.code}: {done.output[-800:]}")
                return done.cpu
            floor = sorted((curl(1001) - curl(1)) * 1e3 for _ in range(3))[1]
            rows.append(["curl, unsigned", f"{floor:.0f}", f"{floor / ours:.2f}"])
        peer = measured(["/usr/bin/python3", "-c", script, "1000"])
        rows.append(["boto3", f"{peer:.0f}", f"{peer / ours:.0f}"])
    else:
        print(f"bench: {bench.name} is not built (ninja -C build/release aws_call_bench); skipped")
if rows:
    lib.table("Client CPU a small signed call, over TLS (goal: 40 us where libcurl alone takes 20)", ["client", "us a call", "times ours"], rows)
