#!/usr/bin/env python3
"""Two people at once: two `deploy`s of the same config at the same time, from two "machines" (each
with a journal of its own), against a simulated AWS with the real clouds' lag. What there is then is
counted in /_sim/resources.

    two_people.py PATH_TO_CCLOUD

Prints "N passed, N failed".
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUqFg0EPVfPkrOdS1Bq1pVq3BqzHfEZ2yHbFpEq0R2V e2e"
CONFIG = {
    "project": "shared",
    "providers": {"aws": {"driver": "aws", "regions": ["us-east-1", "eu-west-1"]}},
    "clusters": {"web": {
        "size": "t3.micro", "image": "al2023", "ssh": {"keys": [KEY]},
        "network": {"allow": [{"tcp": 22, "from": "203.0.113.0/24"}]},
        "place": {"us": {"provider": "aws", "region": "us-east-1", "count": 9},
                  "eu": {"provider": "aws", "region": "eu-west-1", "count": 5}}}},
}
counts = {"passed": 0, "failed": 0}


def check(name, holds, detail=""):
    counts["passed" if holds else "failed"] += 1
    print(f"{'ok    ' if holds else 'FAILED'} {name}" + ("" if holds else f": {detail}"), flush=True)


class Lab:
    """One simulator and a config; each `who` is a machine with a journal of its own."""

    def __init__(self, ccloud, folder, *up):
        self.ccloud, self.folder, self.sim = ccloud, folder, os.path.join(folder, "sim")
        self.variables = {}
        with open(os.path.join(folder, "ccloud.json"), "w") as out:
            json.dump(CONFIG, out)
        done = self.start("a", "sim", "up", "--dir", self.sim, "--boot", "none", *up)
        if done.wait() != 0:
            sys.exit(f"the simulator does not start: {done.stderr.read()}")
        text = self.start("a", "sim", "env", "--dir", self.sim).communicate()[0]
        self.variables = dict(re.findall(r"export (\w+)='([^']*)'", text))
        self.url = self.variables["CCLOUD_SIM_URL"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.start("a", "sim", "down", "--dir", self.sim).wait()

    def start(self, who, *words):
        env = {**os.environ, **self.variables, "HOME": self.folder,
               "XDG_STATE_HOME": os.path.join(self.folder, who)}
        return subprocess.Popen([self.ccloud, *words], cwd=self.folder, env=env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def run(self, who, *words):
        process = self.start(who, *words)
        try:
            out, err = process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        return process.returncode, (out + err)[-1500:]

    def resources(self):
        with urllib.request.urlopen(f"{self.url}/_sim/resources", timeout=10) as answer:
            return json.load(answer)

    def check_once(self, name):
        there = self.resources()
        kinds = collections.Counter(there["types"])
        check(f"{name}: 14 nodes and 2 networks, none twice",
              kinds["aws/instance"] == 14 and kinds["aws/vpc"] == 2
              and kinds["aws/internet-gateway"] == 2 and kinds["aws/security-group"] == 2,
              dict(kinds))

    def destroy(self, name):
        for _ in range(3):
            code, said = self.run("a", "destroy", "--confirm", "shared", "-y")
            if code == 0:
                break
        left = self.resources()
        check(f"{name}: destroy leaves nothing", code == 0 and left["count"] == 0,
              (code, left["types"], said))


def two_people(ccloud):
    with tempfile.TemporaryDirectory(prefix="ccloud-two-") as folder:
        with Lab(ccloud, folder, "--latency", "typical", "--speed", "4") as lab:
            both = [lab.start(who, "deploy", "-y") for who in ("a", "b")]
            said = [one.communicate(timeout=300) for one in both]
            check("two people: both deploys end well", [one.returncode for one in both] == [0, 0],
                  [(one.returncode, (out + err)[-1500:]) for one, (out, err) in zip(both, said)])
            code, text = lab.run("b", "deploy", "-y")
            check("two people: another deploy ends well", code == 0, (code, text))
            lab.check_once("two people")
            lab.destroy("two people")


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: faults.py PATH_TO_CCLOUD")
    two_people(os.path.abspath(sys.argv[1]))
    print(f"\n{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
