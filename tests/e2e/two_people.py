#!/usr/bin/env python3
"""Two people at once: two `deploy`s of the same config at the same time, from two "machines" (each
with a home of its own), over all simulated clouds at once, with the real clouds' lag and without
any. What there is then is compared with what one deploy makes, by /_sim/resources.

    two_people.py PATH_TO_CCLOUD [ROUNDS [CLOUD...]]

Prints "N passed, N failed".
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

from _clouds import KEY

REGIONS = {"aws": "us-east-1", "azure": "westeurope", "gcp": "us-central1",
           "alibaba": "cn-hongkong", "openstack": "RegionOne"}
NODES = 2
# How long the second one begins after the first, in turn: they meet at different steps.
LEADS = [0, 0.06, 0.3]
MACHINES = {"instance", "instances", "server", "Microsoft.Compute/virtualMachines"}
counts = {"passed": 0, "failed": 0}


def check(name, holds, detail=""):
    counts["passed" if holds else "failed"] += 1
    print(f"{'ok    ' if holds else 'FAILED'} {name}" + ("" if holds else f": {detail}"), flush=True)


class Lab:
    """One simulator; each `who` is a machine with a home of its own."""

    def __init__(self, ccloud, clouds, folder, *up):
        self.ccloud, self.clouds, self.folder = ccloud, clouds, folder
        self.sim = os.path.join(folder, "sim")
        # By the variables, as with real clouds.
        self.variables = {}
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

    def write(self, project):
        """Each round has a project of its own, so that nothing is to be destroyed in between."""
        cluster = {"size": {"cpu": 2, "memory": "4GiB"}, "image": "debian-12",
                   "ssh": {"keys": [KEY]},
                   "network": {"allow": [{"tcp": 22, "from": "203.0.113.0/24"},
                                         {"tcp": 8080, "from": "cluster:web"}]},
                   "place": {cloud[:3]: {"provider": cloud, "region": REGIONS[cloud],
                                         "count": NODES} for cloud in self.clouds}}
        path = os.path.join(self.folder, project + ".json")
        with open(path, "w") as out:
            json.dump({"project": project, "clusters": {"web": cluster}}, out)
        return path

    def start(self, who, *words):
        home = os.path.join(self.folder, who)
        os.makedirs(home, exist_ok=True)
        env = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
        env.update(self.variables, HOME=home)
        return subprocess.Popen([self.ccloud, *words], cwd=self.folder, env=env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def end(self, process):
        try:
            out, err = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        return process.returncode, (out + err)[-1500:]

    def both(self, lead, *words):
        first = self.start("a", *words)
        time.sleep(lead)
        second = self.start("b", *words)
        ended = [self.end(first), self.end(second)]
        return [code for code, _ in ended], [text for code, text in ended if code != 0]

    def resources(self):
        with urllib.request.urlopen(f"{self.url}/_sim/resources", timeout=10) as answer:
            return {(one["cloud"], one["type"], one["id"]): one
                    for one in json.load(answer)["resources"] if not one.get("builtin")}


def kinds_of(resources):
    return collections.Counter((cloud, kind) for cloud, kind, _ in resources)


def machines_of(resources):
    return [one for one in resources.values() if one["type"] in MACHINES]


def check_machines(name, resources):
    """Each has a name, an address and, where the cloud shows them, a port of its own."""
    machines = machines_of(resources)
    public = [one.get("public_ip") for one in machines]
    inside = [(one["cloud"], one.get("private_ip")) for one in machines]
    check(f"{name}: each node has addresses of its own",
          all(public) and len(set(public)) == len(public) == len(set(inside)),
          [(one["cloud"], one["name"], one.get("public_ip"), one.get("private_ip"))
           for one in machines])
    ports = collections.Counter(one["name"].rpartition("_")[2] for one in resources.values()
                                if one["type"] == "port" and one["name"])
    wanted = collections.Counter(one["name"] for one in machines if one["cloud"] == "openstack")
    check(f"{name}: each server has one port", ports == wanted, (ports, wanted))


def round_of(lab, name, lead, alone):
    path = lab.write(name)
    before = lab.resources()
    codes, texts = lab.both(lead, "deploy", "-y", "-f", path)
    made = {key: one for key, one in lab.resources().items() if key not in before}
    name = f"{name}, {lead} s apart"
    check(f"{name}: both end well", codes == [0, 0], (codes, texts))
    kinds = kinds_of(made)
    check(f"{name}: what one of them makes", kinds == alone,
          {kind: (kinds[kind], alone[kind]) for kind in kinds | alone
           if kinds[kind] != alone[kind]})
    check_machines(name, made)
    code, text = lab.end(lab.start("b", "deploy", "-y", "-f", path))
    check(f"{name}: another deploy has nothing to do", code == 0 and "nothing to do" in text,
          (code, text))
    return path


def two_people(ccloud, rounds, clouds, label, *up):
    with tempfile.TemporaryDirectory(prefix="ccloud-two-") as folder:
        with Lab(ccloud, clouds, folder, *up) as lab:
            path = lab.write("alone")
            code, text = lab.end(lab.start("a", "deploy", "-y", "-f", path))
            alone = lab.resources()
            check(f"{label}: one alone makes {NODES} nodes at each cloud",
                  code == 0 and len(machines_of(alone)) == NODES * len(clouds),
                  (code, text, kinds_of(alone)))
            for index in range(rounds):
                path = round_of(lab, f"{label}-{index + 1}", LEADS[index % len(LEADS)],
                                kinds_of(alone))
            codes, texts = lab.both(0, "destroy", "-f", path, "--confirm", f"{label}-{rounds}")
            left = [key for key, one in lab.resources().items()
                    if key not in alone and f"{label}-{rounds}" in json.dumps(one)]
            check(f"{label}: two destroys leave nothing", codes == [0, 0] and not left,
                  (codes, texts, left))


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: two_people.py PATH_TO_CCLOUD [ROUNDS [CLOUD...]]")
    ccloud = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    clouds = sys.argv[3:] or list(REGIONS)
    two_people(ccloud, rounds, clouds, "lag", "--latency", "typical", "--speed", "20")
    two_people(ccloud, rounds, clouds, "swift", "--latency", "none")
    print(f"\n{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
