#!/usr/bin/env python3
"""What others' programs make of `ccloud export`: Prometheus's promtool (file and HTTP service discovery),
ansible-inventory (a script that calls ccloud) and OpenSSH, over nodes on all simulated clouds. Consumers
that are not installed are skipped, aloud; without any the suite is.

Usage: export.py PATH_TO_CCLOUD
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

program = str(pathlib.Path(sys.argv[1]).resolve())
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUqFg0EPVfPkrOdS1Bq1pVq3BqzHfEZ2yHbFpEq0R2V e2e"
PLACES = {"us": ("aws", "us-east-1"), "we": ("azure", "westeurope"), "eu": ("gcp", "europe-west1"),
          "hk": ("alibaba", "cn-hongkong"), "os": ("openstack", "RegionOne")}
folder = pathlib.Path(tempfile.mkdtemp(prefix="ccloud-export-"))
env = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "LANG": "C.UTF-8"}
passed = failed = skipped = 0


def check(what, good, more=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok  ' if good else 'FAIL'} {what}{'' if good else ': ' + str(more)[-1500:]}", flush=True)


def has(name, package):
    global skipped
    if shutil.which(name):
        return True
    skipped += 1
    print(f"skipped: no {name} (Debian: {package})", flush=True)
    return False


def run(*words):
    return subprocess.run(words, cwd=folder, env=env, text=True, capture_output=True, timeout=120)


def ccloud(*words):
    return run(program, *words, f"--sim={folder / 'sim'}")


def alias_of(node):
    """By what name ccloud keeps a node's host key; Azure's ids here end in #GENERATION."""
    return node["id"].lower().replace("#", "_")


def known_hosts():
    """Where ccloud remembers host keys of this simulator's nodes."""
    return next(folder.glob("**/ccloud/sims/*")) / "known_hosts"


def prometheus(nodes):
    exported = ccloud("export", "prometheus", "--port", "9256")
    wanted = {f"{node['public_ip']}:9256" for node in nodes.values()}
    check("every node is a target", {one["targets"][0] for one in json.loads(exported.stdout)} == wanted, exported)
    (folder / "targets.json").write_text(exported.stdout)

    class Targets(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(exported.stdout.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Targets)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (folder / "prometheus.yml").write_text(json.dumps({"scrape_configs": [
        {"job_name": "file", "file_sd_configs": [{"files": ["targets.json"]}]},
        {"job_name": "http", "http_sd_configs": [{"url": f"http://127.0.0.1:{server.server_port}/"}]}]}))
    told = run("promtool", "check", "config", "prometheus.yml")
    check("promtool check config", told.returncode == 0 and "SUCCESS" in told.stdout, told)
    for job in ("file", "http"):
        told = run("promtool", "check", "service-discovery", "--timeout", "5s", "prometheus.yml", job)
        found = json.loads(told.stdout or "[]")
        labels = [one["labels"] for one in found if one.get("labels")]
        check(f"promtool finds every node by {job}_sd", {one["__address__"] for one in labels} == wanted, told)
        check(f"with the labels that tell nodes apart by {job}_sd", {one.get("provider") for one in labels} ==
              {provider for provider, _ in PLACES.values()} and all(one.get("cluster") == "web" for one in labels),
              labels)
    (folder / "targets.json").write_text('[{"targets": "x"}]')
    check("promtool would refuse what is no target list", run("promtool", "check", "config", "prometheus.yml")
          .returncode != 0)
    server.shutdown()


def ansible(nodes):
    script = folder / "inventory.sh"
    script.write_text(f"#!/bin/sh\nexec '{program}' -f '{folder}/ccloud.json' export ansible --sim='{folder}/sim' \"$@\"\n")
    script.chmod(0o755)
    told = run("ansible-inventory", "-i", str(script), "--list")
    hosts = json.loads(told.stdout or "{}").get("_meta", {}).get("hostvars", {})
    check("ansible-inventory lists every node", told.returncode == 0 and set(hosts) == set(nodes), told)
    check("with its address", all(hosts[name]["ansible_host"] == node["public_ip"] for name, node in nodes.items()),
          hosts)
    check("with its host key's name and file", all(
        f"HostKeyAlias={alias_of(node)}" in hosts[name]["ansible_ssh_common_args"]
        and f"{known_hosts()}" in hosts[name]["ansible_ssh_common_args"]
        for name, node in nodes.items()), hosts)
    told = run("ansible-inventory", "-i", str(script), "--graph", "web")
    check("the cluster is a group", told.returncode == 0 and all(f"--{name}\n" in told.stdout for name in nodes), told)
    told = run("ansible-inventory", "-i", str(script), "--host", "web-eu-1")
    check("one host", told.returncode == 0 and "ansible_host" in told.stdout, told)


def ssh(nodes):
    exported = ccloud("export", "ssh")
    (folder / "ssh.conf").write_text(exported.stdout)
    for name, node in nodes.items():
        told = run("ssh", "-G", "-F", "ssh.conf", name)
        check(f"ssh -G {name}", told.returncode == 0 and f"\nhostname {node['public_ip']}\n" in told.stdout
              and "\nport 22\n" in told.stdout, told)
        # The same memory of host keys as ccloud's own commands, in no need of a prompt.
        wanted = (f"\nhostkeyalias {alias_of(node)}\n", f"\nuserknownhostsfile {known_hosts()} ",
                  "\nstricthostkeychecking accept-new\n")
        check(f"ssh -G {name}: host keys", all(line in told.stdout for line in wanted), told)
    (folder / ".ssh").mkdir(exist_ok=True)
    (folder / ".ssh/config").write_text("Host web-us-*\n  StrictHostKeyChecking yes\n")
    (folder / "ssh.conf").write_text(ccloud("export", "ssh").stdout)
    (folder / ".ssh/config").unlink()
    for name, strictness in (("web-us-1", "true"), ("web-eu-1", "accept-new")):
        told = run("ssh", "-G", "-F", "ssh.conf", name)
        check(f"ssh -G {name}: as strict as ssh_config wants it", f"\nstricthostkeychecking {strictness}\n"
              in told.stdout, told)


consumers = [(name, package, tell) for name, package, tell in (
    ("promtool", "prometheus", prometheus), ("ansible-inventory", "ansible-core", ansible),
    ("ssh", "openssh-client", ssh)) if has(name, package)]
if not consumers:
    print(f"0 passed, 0 failed, {skipped} skipped")
    sys.exit(77)
(folder / "ccloud.json").write_text(json.dumps({"project": "hello", "clusters": {"web": {
    "image": "debian-12", "size": {"cpu": 2, "memory": "4GiB"}, "ssh": {"keys": [KEY]},
    "network": {"allow": [{"tcp": 22, "from": "198.18.0.0/15"}]},
    "place": {code: {"provider": provider, "region": region, "count": 2}
              for code, (provider, region) in PLACES.items()}}}}))
try:
    up = run(program, "sim", "up", "--dir", str(folder / "sim"), "--boot", "none")
    deployed = ccloud("deploy", "-y")
    check("ten nodes on five clouds", up.returncode == 0 and deployed.returncode == 0, f"{up} {deployed}")
    rows = {node["name"]: node for node in json.loads(ccloud("status", "-o", "json").stdout)["nodes"]}
    for _, _, tell in consumers:
        tell(rows)
finally:
    run(program, "sim", "down", "--dir", str(folder / "sim"))
    shutil.rmtree(folder, ignore_errors=True)
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed else 0)
