#!/usr/bin/env python3
"""Services on real sandboxes, updated while a probe counts who answers: clean and bad versions,
nodes that hang, die, fill their disk or show another host key, drivers that are killed and taken
over from another home folder, keys changed in place, and OpenSSH's own clients beside ccloud's.

    rollout.py PATH_TO_CCLOUD [--nodes N] [--boot sandbox|systemd] [--only WORD]

Prints one line a check and at the end 'N passed, N failed'; exits 1 when one failed.
"""
import argparse
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SERVER = """\
import http.server, os
VERSION = "{version}"
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        bad = os.path.exists("/var/tmp/bad-" + VERSION) or {bad}
        body = (VERSION + " " + os.environ.get("TOKEN", "")).encode()
        self.send_response(500 if bad else 200)
        self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body)
        except BrokenPipeError:
            pass  # a probe that gave up on a busy machine; its traceback would push out the log
    def log_message(self, *words):
        pass
print("serving " + VERSION, flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
"""


class Lab:
    def __init__(self, ccloud, nodes, boot):
        self.ccloud = ccloud
        self.boot = boot
        self.per_place = nodes // 2
        self.folder = tempfile.mkdtemp(prefix="ccloud-rollout-")
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        self.sim = os.path.join(self.folder, "sim")
        self.file = os.path.join(self.folder, "ccloud.json")
        for name in ("id", "id2"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name],
                           cwd=self.folder, check=True)
        self.version = "1.0"
        self.keys = ["id.pub"]
        self.update = {"waves": [["us"], ["eu"]], "canary": {"count": 1, "bake": "1s"},
                       "batch": "50%", "min_healthy": "50%"}
        self.write()

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_version(self, version, bad=False):
        app = self.path("app-" + version)
        os.makedirs(app, exist_ok=True)
        with open(os.path.join(app, "server.py"), "w") as out:
            out.write(SERVER.format(version=version, bad=bad))
        subprocess.run(["tar", "-czf", app + ".tar.gz", "-C", app, "."], check=True)

    def write(self):
        place = lambda region: {"provider": "aws", "region": region, "count": self.per_place}
        config = {
            "project": "rolled",
            "clusters": {"web": {
                "image": "debian-12", "size": {"cpu": 2, "memory": "4GiB"},
                "ssh": {"keys": self.keys},
                "network": {"allow": [{"tcp": 22, "from": "203.0.113.7/32"}]},
                "place": {"us": place("us-east-1"), "eu": place("eu-west-1")}}},
            "services": {"app": {
                "cluster": "web", "version": self.version,
                "artifact": {"path": "app-{version}.tar.gz"},
                "run": "exec python3 -S server.py",
                "env": {"TOKEN": {"secret": {"env": "ROLLOUT_TOKEN"}}},
                "health": {"http": ":8080/", "interval": "300ms", "timeout": "300ms",
                           "healthy": 2, "unhealthy": 4, "deadline": "12s"},
                "update": self.update}}}
        with open(self.file, "w") as out:
            json.dump(config, out)

    def environment(self):
        env = {key: value for key, value in os.environ.items() if key != "SSH_AUTH_SOCK"}
        env["HOME"] = self.home
        env["XDG_STATE_HOME"] = os.path.join(self.home, "state")
        env["ROLLOUT_TOKEN"] = "not-to-be-shown"
        return env

    def command(self, *words):
        return [self.ccloud, *words, "-f", self.file, "--sim=" + self.sim]

    def run(self, *words, timeout=240):
        at = words.index("--") if "--" in words else len(words)
        line = self.command(*words[:at]) + list(words[at:])
        return subprocess.run(line, env=self.environment(), text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=timeout)

    def become_another_machine(self):
        """Another home folder: no journal, no host keys that this one learned."""
        self.home = tempfile.mkdtemp(prefix="home-", dir=self.folder)

    def up(self):
        done = subprocess.run([self.ccloud, "sim", "up", "--dir", self.sim, "--boot", self.boot],
                              env=self.environment(), text=True, capture_output=True, timeout=120)
        if done.returncode != 0:
            sys.exit("sim up: " + done.stderr)

    def down(self):
        subprocess.run([self.ccloud, "sim", "down", "--dir", self.sim], env=self.environment(),
                       capture_output=True, timeout=120)
        shutil.rmtree(self.folder, ignore_errors=True)

    def nodes(self):
        rows = json.loads(self.run("status", "-o", "json").stdout)["nodes"]
        return {row["name"]: row for row in rows if row["state"] == "running"}

    def versions(self):
        """Asked of the services themselves, not of ccloud."""
        found = {}
        for name, row in self.nodes().items():
            found[name] = ask(row["public_ip"])[1].split(" ")[0]
        return found

    def exec(self, selector, line):
        return self.run("exec", selector, "--", line)


def ask(address):
    try:
        with urllib.request.urlopen("http://%s:8080/" % address, timeout=1) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


class Probe:
    """Asks every node all the time; the fewest that answered 200 in each place at one moment."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.state = {}
        self.lowest = {}
        self.answers = 0
        self.is_over = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.watch, args=(name, row))
                        for name, row in nodes.items()]

    def watch(self, name, row):
        while not self.is_over:
            status, _ = ask(row["public_ip"])
            with self.lock:
                self.answers += 1
                self.state[name] = status == 200
                if len(self.state) == len(self.nodes):
                    place = row["place"]
                    good = sum(1 for other, fine in self.state.items()
                               if fine and self.nodes[other]["place"] == place)
                    self.lowest[place] = min(self.lowest.get(place, good), good)
            time.sleep(0.1)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, what, fine, details=""):
        if fine:
            self.passed += 1
        else:
            self.failed += 1
        print(("ok    " if fine else "FAIL  ") + what, flush=True)
        if not fine and details:
            print("      " + str(details).strip().replace("\n", "\n      ")[-1500:], flush=True)


def update(lab, version, *words):
    lab.version = version
    lab.write()
    return lab.run("update", "app", "-y", *words)


def all_have(lab, version):
    versions = lab.versions()
    return set(versions.values()) == {version} and len(versions) == 2 * lab.per_place


def told(done):
    return "exit %d\n%s%s" % (done.returncode, done.stdout, done.stderr)


def check_deploy(lab, t):
    done = lab.run("deploy", "-y")
    t.that("deploy makes the nodes and installs the service", done.returncode == 0, told(done))
    t.that("every node serves 1.0 with its secret",
           all(ask(row["public_ip"])[1] == "1.0 not-to-be-shown" for row in lab.nodes().values()))
    t.that("the secret is never shown", "not-to-be-shown" not in done.stdout + done.stderr)
    files = lab.exec("web-us-1", "stat -c '%a %U' /opt/app/current/.ccloud/env.sh")
    t.that("only root reads the secret's file on the node", "600 root" in files.stdout,
           files.stdout)
    health = lab.run("status", "--health", "-o", "json")
    rows = json.loads(health.stdout)["nodes"]
    t.that("status --health finds all healthy", all(row["health"] == "healthy" for row in rows))
    t.that("deploy has nothing more to do", "nothing" in lab.run("deploy", "-y").stdout.lower())


def check_clean(lab, t):
    with Probe(lab.nodes()) as probe:
        done = update(lab, "2.0")
    t.that("a clean update ends with 0", done.returncode == 0, told(done))
    t.that("every node serves 2.0", all_have(lab, "2.0"), lab.versions())
    least = -(-lab.per_place // 2)
    t.that("never fewer than min_healthy answered (%s, at least %d; %d answers)"
           % (probe.lowest, least, probe.answers), min(probe.lowest.values()) >= least)


def check_bad_everywhere(lab, t):
    with Probe(lab.nodes()) as probe:
        done = update(lab, "3.0-bad")
    t.that("a version that is bad everywhere ends with 4", done.returncode == 4, told(done))
    t.that("every node serves 2.0 again", all_have(lab, "2.0"), lab.versions())
    t.that("only the canary was touched", min(probe.lowest.values()) >= lab.per_place - 1,
           probe.lowest)
    t.that("the evidence is shown", "HTTP 500" in done.stderr and "serving 3.0" in done.stderr,
           done.stderr)
    t.that("the version is held", lab.run("update", "app", "-y").returncode == 5)
    retried = lab.run("update", "app", "-y", "--retry")
    t.that("--retry tries it again", retried.returncode == 4, told(retried))


def check_bad_at_some(lab, t):
    third = ["web-us-%d" % i for i in range(2, 2 + max(1, lab.per_place // 3))]
    for name in third:
        lab.exec(name, "touch /var/tmp/bad-4.0")
    done = update(lab, "4.0")
    t.that("bad at a third of a place ends with 4", done.returncode == 4, told(done))
    t.that("every touched node is back", all_have(lab, "2.0"), lab.versions())
    for name in third[1:]:
        lab.exec(name, "rm -f /var/tmp/bad-4.0")
    lab.update["max_failures"] = 1
    done = update(lab, "4.0", "--retry")
    lab.update["max_failures"] = 0
    versions = lab.versions()
    t.that("bad at one node, which is tolerated, ends with 3", done.returncode == 3, told(done))
    t.that("the one has its old version, the rest the new one",
           versions.pop(third[0]) == "2.0" and set(versions.values()) == {"4.0"}, versions)
    lab.exec(third[0], "rm -f /var/tmp/bad-4.0")
    done = lab.run("update", "app", "-y")
    t.that("the next update brings the one along", done.returncode == 0 and all_have(lab, "4.0"),
           told(done))


def check_full_disk(lab, t):
    node = "web-us-2"
    before = lab.versions()
    put = lab.exec(node, "sudo -n sh -c 'mkdir -p /opt/app && mount -t tmpfs -o size=400k tmpfs "
                         "/opt/app/releases'")
    if put.returncode != 0:
        print("skip  a full disk: nothing can be mounted on the node: " + put.stderr.strip())
        return
    done = update(lab, "5.0")
    t.that("a full disk ends with 4 before the node is touched",
           done.returncode == 4 and "disk is too full" in done.stdout + done.stderr, told(done))
    lab.exec(node, "sudo -n umount /opt/app/releases")
    t.that("every node serves what it did", lab.versions() == before, lab.versions())


def check_host_key(lab, t):
    known = glob.glob(os.path.join(lab.home, "state/ccloud/sims/*/known_hosts"))[0]
    node = lab.nodes()["web-us-2"]["id"]
    with open(known) as text:
        before = text.read()
    other = open(lab.path("id2.pub")).read().split()[1]
    changed = re.sub(r"(?m)^(%s \S+) \S+$" % re.escape(node), r"\1 " + other, before)
    with open(known, "w") as text:
        text.write(changed)
    done = lab.exec("web-us-2", "true")
    t.that("a changed host key is refused with a way out",
           done.returncode == 1 and "ssh-keygen -R" in done.stderr, told(done))
    with open(known, "w") as text:
        text.write(before)
    t.that("and accepted when it is the old one again", lab.exec("web-us-2", "true").returncode == 0)


def check_down(lab, t):
    lab.run("stop", "web-us-2", "-y")
    done = update(lab, "5.0", "--retry")
    t.that("a node that is down is skipped, counted and named, exit 3",
           done.returncode == 3 and "1 skipped" in done.stdout and "web-us-2" in done.stdout,
           told(done))
    lab.run("start", "web-us-2", "-y")
    time.sleep(3)
    t.that("a supervised service comes back with its node", ask(
        lab.nodes()["web-us-2"]["public_ip"])[0] == 200)
    done = lab.run("update", "app", "-y")
    t.that("the next update brings it along", done.returncode == 0 and all_have(lab, "5.0"),
           told(done))


def check_hang(lab, t):
    """The node's SSH stops answering in the middle: the service's start hangs it."""
    lab.make_version("5.5")
    hang = "sudo -n sh -c 'touch /var/tmp/bad-5.5; true'"
    lab.exec("web-us-2", hang)
    driver = subprocess.Popen(lab.command("update", "app", "--to", "5.5", "-y"),
                              env=lab.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    text, _ = driver.communicate(timeout=200)
    t.that("a service that hangs on one node ends with 4", driver.returncode == 4, text)
    t.that("and all serve the old version", all_have(lab, "5.0"), lab.versions())
    lab.exec("web-us-2", "sudo -n rm -f /var/tmp/bad-5.5")


def check_killed(lab, t, rounds):
    """The driver is killed after its n-th event; another home folder takes over."""
    versions = {True: "5.0", False: "6.0"}
    step = 3
    for n in range(1, rounds * step, step):
        is_undo = (n // step) % 2 == 0
        current = lab.versions()["web-us-1"]
        goal = "6.0" if current == "5.0" else "5.0"
        driver = subprocess.Popen(
            lab.command("update", "app", "--to", goal, "-y", "--retry", "-o", "jsonl"),
            env=lab.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        for _ in range(n):
            if not driver.stdout.readline():
                break
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        lab.become_another_machine()
        status = json.loads(lab.run("rollout", "status", "app", "-o", "json").stdout)["services"][0]
        what = "undo" if is_undo else "resume"
        done = lab.run("rollout", what, "app", "-y")
        wanted = current if is_undo else goal
        if not status["unfinished"]:
            wanted = lab.versions()["web-us-1"]
        t.that("killed after %d events: %s from another home folder" % (n, what),
               done.returncode == 0 and all_have(lab, wanted),
               "%s\nwanted %s\n%s" % (told(done), wanted, lab.versions()))


def check_two(lab, t):
    current = lab.versions()["web-us-1"]
    goal = "6.0" if current == "5.0" else "5.0"
    lab.update["canary"]["bake"] = "6s"
    lab.write()
    first = subprocess.Popen(lab.command("update", "app", "--to", goal, "-y", "--retry"),
                             env=lab.environment(), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(4)
    second = lab.run("update", "app", "--to", goal, "-y", "--retry")
    text, _ = first.communicate(timeout=200)
    lab.update["canary"]["bake"] = "1s"
    lab.write()
    t.that("the second of two updates is told who runs the first",
           second.returncode == 75 and "@" in second.stdout, told(second))
    t.that("the first is not disturbed", first.returncode == 0 and all_have(lab, goal), text)


def check_peers(lab, t):
    """OpenSSH's own clients, with the config that `export ssh` prints."""
    config = lab.path("ssh_config")
    text = lab.run("export", "ssh").stdout
    with open(config, "w") as out:
        out.write(text + "\nHost *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n"
                         "  LogLevel ERROR\n  IdentityFile %s\n" % lab.path("id"))
    ssh = subprocess.run(["ssh", "-F", config, "web-us-1", "echo", "in"], text=True,
                         capture_output=True, timeout=30)
    t.that("OpenSSH logs in with what `export ssh` prints", ssh.stdout == "in\n", ssh.stderr)
    data = os.urandom(3_000_000)
    with open(lab.path("data.bin"), "wb") as out:
        out.write(data)
    wanted = hashlib.sha256(data).hexdigest()
    up = lab.run("copy", lab.path("data.bin"), "web-us-1:/tmp/data.bin")
    scp = subprocess.run(["scp", "-q", "-F", config, "web-us-1:/tmp/data.bin", lab.path("scp.bin")],
                         capture_output=True, text=True, timeout=60)
    t.that("scp reads the bytes that copy wrote",
           scp.returncode == 0
           and hashlib.sha256(open(lab.path("scp.bin"), "rb").read()).hexdigest() == wanted,
           told(up) + scp.stderr)
    sftp = subprocess.run(["sftp", "-q", "-b", "-", "-F", config, "web-us-2"], text=True,
                          input="put %s /tmp/sftp.bin\n" % lab.path("data.bin"),
                          capture_output=True, timeout=60)
    down = lab.run("copy", "web-us-2:/tmp/sftp.bin", lab.path("down.bin"))
    same = os.path.exists(lab.path("down.bin")) and hashlib.sha256(
        open(lab.path("down.bin"), "rb").read()).hexdigest() == wanted
    t.that("copy reads the bytes that sftp wrote", sftp.returncode == 0 and same,
           sftp.stderr + told(down))
    done = lab.run("ssh", "web-us-1", "--", "echo", "there")
    t.that("ccloud ssh runs the ssh program", done.stdout == "there\n", told(done))
    done = lab.run("exec", "--all", "-o", "json", "--", "true")
    summary = json.loads(done.stdout)["summary"]
    t.that("exec --all answers from every node", summary["ok"] == 2 * lab.per_place, done.stdout)
    t.that("exec tells failures by its exit code",
           lab.run("exec", "--all", "--", "false").returncode == 1
           and lab.run("exec", "web-us-1", "web-us-2", "--",
                       "test -e /tmp/sftp.bin").returncode == 3)


def check_keys(lab, t):
    """A key is added, then the old one goes; a node that cannot be reached keeps its keys."""
    lab.keys = ["id.pub", "id2.pub"]
    lab.write()
    done = lab.run("deploy", "-y")
    t.that("a login key is added in place", done.returncode == 0, told(done))
    lab.keys = ["id2.pub"]
    lab.write()
    done = lab.run("deploy", "-y")
    t.that("the old one is removed in place", done.returncode == 0, told(done))
    row = lab.nodes()["web-us-1"]
    login = ["ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
             "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-l", "admin"]
    old = subprocess.run([*login, "-i", lab.path("id"), row["public_ip"], "true"],
                         capture_output=True, timeout=30)
    new = subprocess.run([*login, "-i", lab.path("id2"), row["public_ip"], "true"],
                         capture_output=True, timeout=30)
    t.that("OpenSSH: the new key opens, the old one does not",
           new.returncode == 0 and old.returncode != 0, new.stderr + old.stderr)
    lab.keys = ["id.pub", "id2.pub"]
    lab.write()
    lab.run("deploy", "-y")


def check_first_install(lab, t):
    lab.run("exec", "--all", "--", "sudo -n sh -c 'kill $(cat /var/lib/ccloud/app/supervisor.pid) "
                                   "2>/dev/null; systemctl disable -q --now ccloud-app 2>/dev/null; "
                                   "rm -rf /var/lib/ccloud/app /opt/app'")
    done = update(lab, "3.0-bad")
    t.that("a first install that fails stops with 1", done.returncode == 1, told(done))
    done = update(lab, "5.0")
    t.that("and a good version goes on from there", done.returncode == 0 and all_have(lab, "5.0"),
           told(done))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ccloud")
    parser.add_argument("--nodes", type=int, default=20)
    parser.add_argument("--boot", default="sandbox")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    lab = Lab(os.path.abspath(options.ccloud), options.nodes, options.boot)
    for version in ("1.0", "2.0", "4.0", "5.0", "6.0"):
        lab.make_version(version)
    lab.make_version("3.0-bad", bad=True)
    t = Checks()
    try:
        lab.up()
        check_deploy(lab, t)
        rest = [check_clean, check_bad_everywhere, check_bad_at_some, check_full_disk,
                check_host_key, check_down, check_hang,
                lambda lab, t: check_killed(lab, t, options.rounds), check_two, check_peers,
                check_keys, check_first_install]
        names = ["clean", "bad_everywhere", "bad_at_some", "full_disk", "host_key", "down", "hang",
                 "killed", "two", "peers", "keys", "first_install"]
        for name, check in zip(names, rest):
            if options.only and not re.search(options.only, name):
                continue
            check(lab, t)
    finally:
        lab.down()
    print("%d passed, %d failed" % (t.passed, t.failed))
    sys.exit(1 if t.failed else 0)


if __name__ == "__main__":
    main()
