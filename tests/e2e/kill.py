#!/usr/bin/env python3
"""Never lost, never twice: `deploy` and `destroy` are killed (SIGKILL) at random instants against
simulated clouds, then run again, every other time as another machine (an empty journal). What there
is then is counted in /_sim/resources, not by ccloud. First AWS alone, then one place on every cloud.

    kill.py PATH_TO_CCLOUD [--rounds N] [--seed S] [--count NODES]

Prints one line a round, exits 1 at the first round that leaks, doubles or does not finish.
"""
import argparse
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUqFg0EPVfPkrOdS1Bq1pVq3BqzHfEZ2yHbFpEq0R2V e2e"


# Place code: the provider it is on, its region, and of what there has to be exactly one.
ON_AWS = {
    "use1": ("aws", "us-east-1", ["vpc", "security-group", "internet-gateway"]),
    "usw2": ("aws", "us-west-2", ["vpc", "security-group", "internet-gateway"]),
}
ON_ALL = {
    "us": ("aws", "us-east-1", ["vpc", "security-group", "internet-gateway"]),
    "weu": ("azure", "westeurope", ["Microsoft.Network/virtualNetworks",
                                    "Microsoft.Network/networkSecurityGroups"]),
    "hk": ("alibaba", "cn-hongkong", ["vpc", "securitygroup"]),
    "usc1": ("gcp", "us-central1", ["subnetworks"]),
    "dc": ("openstack", "RegionOne", ["network", "subnet", "router", "security_group"]),
}
MACHINES = {"instance", "instances", "Microsoft.Compute/virtualMachines", "server"}


def config(project, count, places):
    regions = {}
    for provider, region, _ in places.values():
        regions.setdefault(provider, []).append(region)
    return {
        "project": project,
        "providers": {name: {"driver": name, "regions": of} for name, of in regions.items()},
        "clusters": {
            "web": {
                "image": "debian-12",
                "size": {"cpu": 2, "memory": "4GiB"},
                "ssh": {"keys": [KEY]},
                "network": {"allow": [{"tcp": 22, "from": "203.0.113.7/32"},
                                      {"tcp": 8080, "from": "cluster:web"}]},
                "place": {code: {"provider": provider, "region": region, "count": count}
                          for code, (provider, region, _) in places.items()},
            }
        },
    }


class Lab:
    def __init__(self, ccloud, count, seed, places):
        self.ccloud = ccloud
        self.count = count
        self.places = places
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="ccloud-kill-")
        self.become_another_machine()
        self.file = os.path.join(self.folder, "ccloud.json")
        self.sim = os.path.join(self.folder, "sim")
        self.begin("killed")

    def begin(self, project):
        """Each round has a project of its own: a cloud's tokens remember the one before for a while."""
        self.project = project
        with open(self.file, "w") as out:
            json.dump(config(project, self.count, self.places), out)

    def up(self, *options):
        self.run("sim", "up", "--dir", self.sim, "--boot", "none", "--latency", "typical",
                 "--speed", "20", *options, check=True)
        text = self.run("sim", "env", "--dir", self.sim, check=True).stdout
        self.url = re.search(r"CCLOUD_SIM_URL='([^']+)'", text).group(1)

    def down(self):
        self.run("sim", "down", "--dir", self.sim)
        shutil.rmtree(self.folder, ignore_errors=True)

    def become_another_machine(self):
        """Its journal is empty."""
        self.state = tempfile.mkdtemp(prefix="state-", dir=self.folder)

    def environment(self):
        env = dict(os.environ)
        env["XDG_STATE_HOME"] = self.state
        return env

    def run(self, *words, check=False):
        done = subprocess.run([self.ccloud, *words], env=self.environment(), text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=400)
        if check and done.returncode != 0:
            fail(f"ccloud {' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def command(self, name):
        words = [name, "-f", self.file, f"--sim={self.sim}", "-y"]
        if name == "destroy":
            words += ["--confirm", self.project]
        return words

    def finish(self, name):
        return self.run(*self.command(name), check=True)

    def kill(self, name, longest):
        """Starts the command and kills it at a random instant; says when."""
        child = subprocess.Popen([self.ccloud, *self.command(name)], env=self.environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        after = self.random.uniform(0.0, longest)
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
        child.wait()
        return after

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def check_deployed(self):
        # "failed": a birth that failed has ended, EC2 shows it as terminated.
        seen = [r for r in self.get("/_sim/resources")["resources"] if r.get("state") != "failed"]
        nodes = [(r["tags"]["ccloud-node"], r["id"], r.get("state"))
                 for r in seen if r["type"] in MACHINES]
        names = collections.Counter(name for name, _, _ in nodes)
        wanted = {f"web-{place}-{i}" for place in self.places for i in range(1, self.count + 1)}
        if set(names) != wanted or max(names.values()) != 1:
            fail(f"wanted each of {sorted(wanted)} once, found {sorted(nodes)}")
        kinds = collections.Counter((r["cloud"], r["region"], r["type"]) for r in seen)
        for cloud, region, single in self.places.values():
            for kind in single:
                if kinds[cloud, region, kind] != 1:
                    fail(f"wanted 1 of {kind} in {cloud} {region}, found {dict(kinds)}")

    def check_quiet(self):
        before = self.get("/_sim/calls?limit=0")["writes"]
        self.finish("deploy")
        after = self.get("/_sim/calls?limit=0")["writes"]
        if before != after:
            fail(f"a further deploy made {after - before} calls that change something")

    def check_empty(self):
        left = [f"{r['type']} {r['id']} {r.get('state', '')}" for r in self.get("/_sim/resources")["resources"]
                if r.get("state") != "failed"]
        if left:
            fail(f"left behind: {left}")


def fail(message):
    print(f"kill: FAILED: {message}", file=sys.stderr)
    sys.exit(1)


def rounds(lab, name, count):
    lab.up()
    try:
        start = time.monotonic()
        lab.finish("deploy")
        deploying = time.monotonic() - start
        lab.check_deployed()
        start = time.monotonic()
        lab.finish("destroy")
        destroying = time.monotonic() - start
        lab.check_empty()
        print(f"kill: {name}: a deploy takes {deploying:.1f} s, a destroy {destroying:.1f} s")
        for number in range(1, count + 1):
            lab.begin(f"killed{number}")
            times = [lab.kill("deploy", deploying) for _ in range(1 + number % 2)]
            if number % 2 == 0:
                lab.become_another_machine()
            lab.finish("deploy")
            lab.check_deployed()
            lab.check_quiet()
            times.append(lab.kill("destroy", destroying))
            lab.finish("destroy")
            lab.check_empty()
            told = ", ".join(f"{t:.2f} s" for t in times)
            print(f"kill: {name}: round {number} of {count}: killed after {told}: all right",
                  flush=True)
    finally:
        lab.down()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ccloud")
    usual = 12 if os.environ.get("CCLOUD_LONG") else 2
    parser.add_argument("--rounds", type=int, default=usual)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=3)
    options = parser.parse_args()
    program = os.path.abspath(options.ccloud)
    rounds(Lab(program, options.count, options.seed, ON_AWS), "aws", options.rounds)
    rounds(Lab(program, max(1, options.count - 1), options.seed, ON_ALL), "all clouds",
           options.rounds)
    print("kill: no double, no leak")


if __name__ == "__main__":
    main()
