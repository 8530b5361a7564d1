#!/usr/bin/env python3
"""Never lost, never twice: `deploy` and `destroy` are killed (SIGKILL) at random instants against a
simulated AWS, then run again, every other time as another machine (an empty journal). What there is
then is counted in /_sim/resources, not by ccloud.

    kill.py PATH_TO_CCLOUD [--rounds N] [--seed S] [--count NODES]

Prints one line a round, exits 1 at the first round that leaks, doubles or does not finish.
"""
import argparse
import collections
import glob
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


def config(count):
    place = lambda region: {"provider": "aws", "region": region, "count": count}
    return {
        "project": "killed",
        "providers": {"aws": {"driver": "aws", "regions": ["us-east-1", "us-west-2"]}},
        "clusters": {
            "web": {
                "image": "debian-12",
                "size": "t3.small",
                "ssh": {"keys": [KEY]},
                "network": {"allow": [{"tcp": 22, "from": "203.0.113.7/32"},
                                      {"tcp": 8080, "from": "cluster:web"}]},
                "place": {"use1": place("us-east-1"), "usw2": place("us-west-2")},
            }
        },
    }


class Lab:
    def __init__(self, ccloud, count, seed):
        self.ccloud = ccloud
        self.count = count
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="ccloud-kill-")
        self.file = os.path.join(self.folder, "ccloud.json")
        self.sim = os.path.join(self.folder, "sim")
        with open(self.file, "w") as out:
            json.dump(config(count), out)

    def up(self, *options):
        self.run("sim", "up", "--dir", self.sim, "--boot", "none", "--latency", "typical",
                 "--speed", "20", *options, check=True)
        text = self.run("sim", "env", "--dir", self.sim, check=True).stdout
        self.url = re.search(r"CCLOUD_SIM_URL='([^']+)'", text).group(1)

    def down(self):
        self.run("sim", "down", "--dir", self.sim)
        shutil.rmtree(self.folder, ignore_errors=True)

    def become_another_machine(self):
        """The journal of a simulated cloud lives with the simulator; others' journals are empty."""
        for path in glob.glob(os.path.join(self.sim, "journal.db*")):
            os.remove(path)

    def environment(self):
        env = dict(os.environ)
        env["XDG_STATE_HOME"] = os.path.join(self.folder, "state")
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
            words += ["--confirm", "killed"]
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
        seen = self.get("/_sim/resources?tag:ccloud-project=killed")
        # "failed": a birth that failed has ended, EC2 shows it as terminated.
        nodes = [r for r in seen["resources"]
                 if r["type"] == "instance" and r.get("state") != "failed"]
        names = collections.Counter(r["tags"]["ccloud-node"] for r in nodes)
        wanted = {f"web-{place}-{i}" for place in ("use1", "usw2")
                  for i in range(1, self.count + 1)}
        if set(names) != wanted or max(names.values()) != 1:
            found = sorted((r["tags"]["ccloud-node"], r["id"], r.get("state")) for r in nodes)
            fail(f"wanted each of {sorted(wanted)} once, found {found}")
        kinds = collections.Counter(r["type"] for r in seen["resources"])
        for kind in ("vpc", "security-group"):
            if kinds[kind] != 2:
                fail(f"wanted 2 of {kind}, found {dict(kinds)}")

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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ccloud")
    rounds = 12 if os.environ.get("CCLOUD_LONG") else 4
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=3)
    options = parser.parse_args()
    lab = Lab(os.path.abspath(options.ccloud), options.count, options.seed)
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
        print(f"kill: a deploy takes {deploying:.1f} s, a destroy {destroying:.1f} s")
        for number in range(1, options.rounds + 1):
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
            print(f"kill: round {number} of {options.rounds}: killed after {told}: all right")
    finally:
        lab.down()
    print("kill: no double, no leak")


if __name__ == "__main__":
    main()
