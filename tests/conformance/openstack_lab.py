#!/usr/bin/env python3
"""Our driver against a real OpenStack control plane: the whole line, counted with the openstack client.

The control plane is started by a lab kit that is not part of this repository: CCLOUD_OPENSTACK_LAB names its folder
(default: ../shared/labs/openstack beside the checkout). Skipped aloud (77) where there is none, or not enough memory.
Usage: openstack_lab.py PATH_TO_CCLOUD
"""
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

program = str(pathlib.Path(sys.argv[1]).resolve())
root = pathlib.Path(__file__).resolve().parents[2]
lab = pathlib.Path(os.environ.get("CCLOUD_OPENSTACK_LAB", root.parent / "shared" / "labs" / "openstack"))
nodes = int(os.environ.get("CCLOUD_OPENSTACK_NODES", "60"))


def skip(why):
    print(f"skipped: {why}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(77)


if not (lab / "up").exists():
    skip(f"no OpenStack lab at {lab} (set CCLOUD_OPENSTACK_LAB)")
if os.geteuid() != 0:
    skip("the lab needs root")
with open("/proc/meminfo") as info:
    free = int(next(line for line in info if line.startswith("MemAvailable")).split()[1]) // 1024
if free < 3500:
    skip(f"the lab needs 3 GB of memory, {free} MB are free")

passed = failed = 0


def check(what, good, more=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok  ' if good else 'FAIL'} {what}{'' if good else ': ' + str(more)[-1500:]}", flush=True)
    return good


folder = pathlib.Path(tempfile.mkdtemp(prefix="ccloud-lab-"))
state = pathlib.Path(os.environ.get("OPENSTACK_LAB_DIR", "/tmp/openstack-lab"))
env = dict(os.environ, OS_CLIENT_CONFIG_FILE=str(state / "clouds.yaml"), OS_CLOUD="lab",
           XDG_STATE_HOME=str(folder / "state"), OPENSTACK_LAB_DIR=str(state))
for name in list(env):
    if name.startswith("OS_") and name not in ("OS_CLIENT_CONFIG_FILE", "OS_CLOUD"):
        del env[name]


def ccloud(*args, cloud="lab", timeout=1200, environment=None):
    return subprocess.run([program, *args, "-f", str(folder / "ccloud.json")], text=True,
                          env={**env, "OS_CLOUD": cloud, **(environment or {})}, capture_output=True,
                          timeout=timeout, stdin=subprocess.DEVNULL)


def openstack(*args):
    done = subprocess.run(["openstack", *args, "-f", "json"], text=True, env=env, capture_output=True,
                          timeout=300)
    return json.loads(done.stdout) if done.stdout.strip() else []


def servers():
    return openstack("server", "list", "--limit", "-1")


class Gateway:
    """Stands before the lab's Keystone and Nova and passes everything on. The first server that it sees being made
    ends all tokens given out so far: they are revoked, and Nova gets them changed from then on, since its middleware
    goes on taking a token that it has seen for as long as [keystone_authtoken] token_cache_time."""

    def __init__(self, keystone, nova):
        self.keystone, self.nova = keystone, nova
        self.tokens, self.revoked, self.refused, self.lock = [], set(), 0, threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                reply, text = outer.pass_on(self.command, self.path, self.headers, body)
                self.send_response(reply.status)
                for name in ("Content-Type", "X-Subject-Token", "WWW-Authenticate", "Location"):
                    if name in reply.headers:
                        self.send_header(name, reply.headers[name])
                if reply.status != 204:
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def pass_on(self, method, path, headers, body):
        to_nova = path.startswith("/nova/")
        passed_on = {name: value for name, value in headers.items()
                     if name.lower() not in ("host", "connection", "content-length", "accept-encoding")}
        with self.lock:
            if to_nova and headers.get("X-Auth-Token") in self.revoked:
                passed_on["X-Auth-Token"] = "ended"
        url = self.nova + path.removeprefix("/nova") if to_nova else self.keystone + path
        try:
            reply = urllib.request.urlopen(urllib.request.Request(url, body or None, passed_on, method=method), timeout=60)
        except urllib.error.HTTPError as error:
            reply = error
        text = reply.read()
        with self.lock:
            self.refused += to_nova and reply.status == 401
            if path.endswith("/auth/tokens") and "X-Subject-Token" in reply.headers:
                self.tokens.append(reply.headers["X-Subject-Token"])
                text = text.replace(self.nova.encode(), (self.url + "/nova").encode())
            if method == "POST" and path.endswith("/servers") and reply.status == 202 and not self.revoked:
                self.revoke_all()
        return reply, text

    def revoke_all(self):
        for token in self.tokens:
            self.revoked.add(token)
            urllib.request.urlopen(urllib.request.Request(
                self.keystone + "/v3/auth/tokens", method="DELETE",
                headers={"X-Auth-Token": token, "X-Subject-Token": token}), timeout=60).close()


def lab_address(service, port):
    return f"http://127.0.0.1:{os.environ.get(f'OPENSTACK_LAB_{service}_PORT', port)}"


def lose_token(before, after):
    """Deploys from `before` to `after` nodes; the token ends as soon as the first new server is there."""
    gateway = Gateway(lab_address("KEYSTONE", 5000), lab_address("NOVA", 8774))
    write(after, endpoint=gateway.url + "/v3")
    done = ccloud("deploy", "-y", "--timeout", "15m")
    gateway.server.shutdown()
    told = (done.returncode, len(gateway.tokens), gateway.refused, done.stdout + done.stderr)
    check("the token ended in the middle: Nova refused it", gateway.revoked and gateway.refused > 0, told)
    check("it is renewed, and the deploy ends with 0",
          done.returncode == 0 and len(servers()) == after and len(gateway.tokens) > 1, told)
    names = [one["Name"] for one in servers()]
    check("nothing is there twice after that", len(set(names)) == len(names) == after, names)


def write(count, project="lab-test", big=0, endpoint=None):
    (folder / "ccloud.json").write_text(json.dumps({
        "project": project,
        "labels": {"team": "lab"},
        "networks": {"main": {"provider": "os", "region": "RegionOne", "cidr": "10.40.0.0/20"}},
        "providers": {"os": {"driver": "openstack", **({"endpoint": endpoint} if endpoint else {})}},
        "clusters": {"web": {
            "image": "debian-12", "size": {"cpu": 1, "memory": "512MiB"},
            "ssh": {"user": "debian", "keys": [str(folder / "key.pub")]},
            "network": {"allow": [{"tcp": 22, "from": "203.0.113.0/24"}, {"tcp": "7000-7010", "from": "cluster:web"}]},
            "place": {"dc": {"network": "main", "count": count},
                      **({"big": {"network": "main", "count": big, "size": "lab.too-big"}} if big else {})}}}},
        indent=1))


def left():
    found = [f"server {one['Name']}" for one in servers()]
    for kind in ("network", "router", "security group", "keypair"):
        found += [f"{kind} {one['Name']}" for one in openstack(*kind.split(), "list")
                  if one["Name"].startswith("ccloud_")]
    return found + [f"floating ip {one['Floating IP Address']}" for one in openstack("floating", "ip", "list")]


def scenario():
    write(nodes)
    done = ccloud("plan", "-o", "json")
    summary = json.loads(done.stdout or "{}").get("summary", {})
    check(f"plan shows {nodes} nodes to make", done.returncode == 0 and summary.get("create", 0) >= nodes,
          done.stdout + done.stderr)

    done = ccloud("deploy", "-y", "--timeout", "15m")
    check("deploy ends with 0", done.returncode == 0, done.stdout + done.stderr)
    there = servers()
    check(f"the openstack client counts {nodes} servers, all ACTIVE",
          len(there) == nodes and all(one["Status"] == "ACTIVE" for one in there),
          [one["Status"] for one in there])

    done = ccloud("status", "-o", "json")
    status = json.loads(done.stdout or "{}")
    ours = {one["id"]: one["public_ip"] for one in status.get("nodes", [])}
    check("status agrees with the openstack client, ids and addresses",
          status.get("complete") is True and set(ours) == {one["ID"] for one in there} and all(ours.values()),
          done.stdout + done.stderr)

    done = ccloud("plan", "--detailed-exitcode")
    check("a second plan finds nothing to do", done.returncode == 0, done.stdout + done.stderr)

    victim = sorted(there, key=lambda one: one["Name"])[0]
    subprocess.run(["openstack", "server", "delete", "--wait", victim["ID"]], env=env, timeout=300)
    done = ccloud("deploy", "-y", "--timeout", "10m")
    check("a server lost behind our back is made anew",
          done.returncode == 0 and sorted(one["Name"] for one in servers()) == sorted(one["Name"] for one in there),
          done.stdout + done.stderr)

    done = ccloud("status", "web-dc-1", "-o", "json", cloud="lab-appcred")
    check("an application credential works", done.returncode == 0, done.stdout + done.stderr)

    write(3)
    done = ccloud("deploy", "-y", "--timeout", "10m")
    check("scaling down leaves 3", done.returncode == 0 and len(servers()) == 3, done.stdout + done.stderr)

    lose_token(3, max(6, nodes // 5))
    write(3)
    done = ccloud("deploy", "-y", "--timeout", "10m", cloud="lab-appcred")
    check("an application credential deploys: scaling down again leaves 3", done.returncode == 0 and len(servers()) == 3, done.stdout + done.stderr)

    write(3, big=1)
    done = ccloud("deploy", "-y", "--timeout", "5m")
    check("a flavor that fits no host is told with the cloud's reason",
          done.returncode in (1, 3) and "No valid host" in done.stdout + done.stderr,
          (done.returncode, done.stdout + done.stderr))

    write(3)
    done = ccloud("destroy", "-y", "--confirm", "lab-test")
    check("destroy ends with 0", done.returncode == 0, done.stdout + done.stderr)
    check("nothing of ours is left", not left(), left())

    write(5, project="lab-quota")
    done = ccloud("deploy", "-y", "--timeout", "5m", cloud="lab-small")
    check("a quota that is too small is told as such",
          done.returncode in (1, 3) and "quota" in (done.stdout + done.stderr).lower(),
          (done.returncode, done.stdout + done.stderr))
    done = ccloud("destroy", "-y", "--confirm", "lab-quota", cloud="lab-small")
    check("what the small project got is destroyed", done.returncode == 0, done.stdout + done.stderr)

    done = ccloud("status", environment={"OS_CLOUD": "no-such-cloud"})
    check("an unknown cloud is 77 with a remedy", done.returncode == 77 and "clouds.yaml" in done.stdout + done.stderr,
          (done.returncode, done.stdout + done.stderr))


print(f"starting the lab at {lab}", flush=True)
was_up = (state / "clouds.yaml").exists() and subprocess.run(
    ["openstack", "token", "issue"], env=env, capture_output=True).returncode == 0
started = subprocess.run([str(lab / "up")], env=env, capture_output=True, text=True, timeout=1200)
try:
    if started.returncode != 0:
        skip(f"the lab did not start: {started.stdout[-500:]} {started.stderr[-500:]}")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    scenario()
finally:
    if not was_up:
        subprocess.run([str(lab / "down")], env=env, capture_output=True, timeout=300)
    shutil.rmtree(folder, ignore_errors=True)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
