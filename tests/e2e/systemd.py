#!/usr/bin/env python3
"""A service's whole life on nodes with systemd, as real machines have it: a unit that starts on boot,
logs in the journal, a hardening that a Python program can live with, a bad version that goes back.

    systemd.py PATH_TO_CCLOUD      needs root (sandboxes with systemd)
"""
import os
import signal
import sys
import time

from _lab import Checks, ask, lab_of, until

# Writes where services write, and starts a child.
APP = """\
import http.server, os, subprocess, sys, tempfile
VERSION = os.environ["APP_VERSION"]
open(os.path.join(tempfile.gettempdir(), "scratch"), "w").write("x")
os.makedirs("/var/lib/app", exist_ok=True) if os.getuid() == 0 else None
print("child says", subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip())
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        good = VERSION != "3.0"
        self.send_response(200 if good else 500)
        self.end_headers()
        self.wfile.write(VERSION.encode())
    def log_message(self, *words):
        print("answered", self.path, VERSION, flush=True)
print("serving " + VERSION, flush=True)
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""


def check_life(lab, t):
    t.ended("deploy makes nodes with systemd and installs the service", lab.run("deploy", "-y"), 0)
    t.that("all serve 1.0", lab.all_serve("1.0"), lab.versions())
    unit = lab.on("web-us-1", "systemctl is-active ccloud-app; systemctl is-enabled ccloud-app; "
                              "systemctl show -p User,NoNewPrivileges,MainPID ccloud-app").stdout
    t.that("by a unit that is active, enabled, hardened and the user's", "active\nenabled" in unit
           and "NoNewPrivileges=yes" in unit and "User=appuser" in unit, unit)
    t.that("its /tmp is its own, as the config's reference says",
           lab.on("web-us-1", "! test -e /tmp/scratch").returncode == 0)
    done = lab.run("status", "--health")
    t.ended("status --health", done, 0, "healthy", "app 1.0")


def check_logs(lab, t):
    t.that("the journal has it", until(
        lambda: "serving 1.0" in lab.run("logs", "web-us-1", "--service", "app").stdout, 10))
    done = lab.run("logs", "--all", "--service", "app", "--since", "10m")
    t.ended("logs --since", done, 0, "web-us-1", "web-eu-1", "serving 1.0", "child says appuser")
    done = lab.run("logs", "web-us-1", "--service", "app", "--since", "1s", "-n", "5")
    t.that("--since leaves out what is older", "serving 1.0" not in done.stdout, done)
    done = lab.run("logs", "web-us-1", "--service", "app", "-o", "jsonl", "-n", "1")
    t.ended("logs -o jsonl", done, 0, '"node":"web-us-1"')
    done = lab.run("logs", "web-us-1", "-n", "3")
    t.that("the system's log", done.returncode == 0 and done.stdout.count("\n") >= 1, done)
    follower = lab.start("logs", "web-us-*", "--service", "app", "-F", "-n", "0")
    time.sleep(3)
    for _ in range(3):
        ask(lab.nodes()["web-us-1"]["public_ip"], "/followed")
    time.sleep(1)
    follower.send_signal(signal.SIGINT)
    text, _ = follower.communicate(timeout=20)
    t.that("logs -F follows until Ctrl-C", "/followed" in text and follower.returncode == 130,
           (follower.returncode, text))


def check_update(lab, t):
    lab.service(version="2.0", **SERVICE)
    t.ended("an update", lab.run("update", "-y"), 0, "2.0")
    t.that("all serve 2.0", lab.all_serve("2.0"), lab.versions())
    lab.service(version="3.0", **SERVICE)
    done = lab.run("update", "-y")
    t.ended("a bad version goes back, exit 4, with the journal's lines", done, 4, "HTTP 500",
            "serving 3.0", "Active:")
    t.that("without those of older ones", "serving 1.0" not in done.stderr, done.stderr)
    t.that("all serve 2.0 again", lab.all_serve("2.0"), lab.versions())
    lab.service(version="4.0", **dict(SERVICE, run="/no/such/program", health=None))
    done = lab.run("update", "-y")
    t.ended("a program that is not there goes back", done, 4, "/no/such/program")
    t.that("all serve 2.0 still", lab.all_serve("2.0"), lab.versions())


def check_boot(lab, t):
    before = lab.on("web-us-1", "cat /proc/sys/kernel/random/boot_id; "
                                "systemctl show -p ActiveEnterTimestampMonotonic ccloud-app").stdout
    t.ended("restart of a node", lab.run("restart", "web-us-1", "-y"), 0)
    address = lab.nodes()["web-us-1"]["public_ip"]
    t.that("the service comes back with it", until(lambda: ask(address)[1] == "2.0", 30), before)
    lab.on("web-us-1", "sudo -n systemctl kill -s KILL ccloud-app")
    t.that("and after a crash", until(lambda: ask(address)[1] == "2.0", 15))
    lab.service(version="2.1", **SERVICE)
    t.ended("and can be updated", lab.run("update", "-y"), 0)


# A folder with all that a unit's text needs escaped.
SERVICE = {"artifact": {"path": "app.py"}, "run": "exec python3 -u app.py", "user": "appuser",
           "dir": "/srv/it's \"my\" zip %h $x \\n",
           "update": {"waves": [["us"], ["eu"]], "canary": {"count": 1, "bake": "500ms"},
                      "batch": "100%"}}


def main():
    if os.geteuid() != 0:
        print("skip: not root")
        return
    t = Checks()
    with lab_of(sys.argv[1], {"us": 2, "eu": 1}, boot="systemd") as lab:
        with open(lab.path("app.py"), "w") as out:
            out.write(APP)
        service = lab.service(**SERVICE)

        def with_version(version="1.0", **keys):
            service.update(keys, version=version, env={"APP_VERSION": version})
            for name in [name for name, value in service.items() if value is None]:
                del service[name]
            lab.config["services"] = {"app": dict(service)}
            lab.write()

        lab.service = with_version
        lab.service()
        for check in (check_life, check_logs, check_update, check_boot):
            check(lab, t)
    t.finish()


if __name__ == "__main__":
    main()
