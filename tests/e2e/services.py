#!/usr/bin/env python3
"""What the config may say about a service, each of it on real nodes: artifacts of every kind, secrets,
steps, health, versions that are held, policies; and, at the same time on nodes of their own, since they
mostly wait, nodes that hang or die in the middle.

    services.py PATH_TO_CCLOUD [WORD]      only checks whose name has WORD
"""
import functools
import hashlib
import http.server
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import traceback

from _lab import Checks, ask, lab_of, until


def update(lab, *words, **keys):
    """Changes the service and updates it."""
    lab.service(**keys)
    return lab.run("update", "app", "-y", *words)


def web(lab, path="/env"):
    """What the service on web-us-1 answers."""
    return ask(lab.nodes()["web-us-1"]["public_ip"], path)[1]


def check_secrets(lab, t):
    with open(lab.path("secret.txt"), "w") as out:
        out.write("from a file, with 'quotes' and $dollars\n")
    env = {"APP_PLAIN": "a \"b\" $c `d` 'e' \\ ünï", "APP_FILE": {"secret": {"file": "secret.txt"}},
           "APP_COMMAND": {"secret": {"command": "cat secret.txt | tr a-z A-Z"}},
           "APP_ENV": {"secret": {"env": "LAB_SECRET"}}, "APP_LINES": "one\ntwo"}
    lab.service(env=env)
    done = lab.run("deploy", "-y")
    t.ended("a secret that is not there stops the install", done, 1, "LAB_SECRET")
    lab.extra_env["LAB_SECRET"] = "very-secret-word"
    done = lab.run("deploy", "-y", "-v")
    t.ended("deploy installs on the nodes that exist", done, 0)
    answer = json.loads(web(lab) or "{}")
    t.that("env: every character arrives", answer.get("env") == {
        "APP_PLAIN": env["APP_PLAIN"], "APP_FILE": "from a file, with 'quotes' and $dollars",
        "APP_COMMAND": "FROM A FILE, WITH 'QUOTES' AND $DOLLARS",
        "APP_ENV": "very-secret-word", "APP_LINES": "one\ntwo"}, answer)
    told = done.stdout + done.stderr + lab.run("rollout", "status").stdout \
        + lab.run("history").stdout
    t.that("secrets are not shown", "very-secret" not in told and "with 'quotes'" not in told)
    found = subprocess.run(["grep", "-rl", "very-secret-word", lab.home],
                           capture_output=True, text=True).stdout
    t.that("nor written down here", found == "", found)
    lab.extra_env["LAB_SECRET"] = "rotated"
    done = lab.run("update", "app", "-y")
    t.that("a secret that was exchanged is rolled out", done.returncode == 0 and
           json.loads(web(lab) or "{}")["env"]["APP_ENV"] == "rotated", done)
    done = update(lab, env={"APP_ENV": env["APP_ENV"]},
                  health={"http": ":8080/env", "interval": "300ms", "timeout": "300ms"})
    t.that("(a service that answers with its secret)", done.returncode == 0 and "rotated" in web(lab), done)
    lab.on("web-us-1", "touch /var/tmp/bad-1.0")
    told = [lab.run("status", "--health", *words).stdout for words in ([], ["-o", "json"])]
    t.that("status --health tells only the kind of such an answer",
           all("HTTP 500" in one and "rotated" not in one for one in told), told)
    lab.on("web-us-1", "rm /var/tmp/bad-1.0")


def check_user(lab, t):
    done = update(lab, version="1.1", user="appuser")
    t.ended("a user that is made", done, 0)
    t.that("the service runs as it", json.loads(web(lab) or "{}").get("user", 0) != 0, web(lab))
    files = lab.on("web-us-1", "sudo -n stat -c '%a %U' /opt/app/current/.ccloud/env.sh").stdout
    t.that("only root and it read the secrets", files.split()[0] in ("400", "600")
           and files.split()[1] == "appuser", files)


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


def serve(address, folder):
    """An HTTP server of the files in the folder; ended by its shutdown()."""
    server = http.server.ThreadingHTTPServer((address, 0),
                                             functools.partial(Files, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, "http://%s:%d/" % (address, server.server_port)


def check_artifacts(lab, t):
    # The nodes' way to this machine; they have a 127.0.0.1 of their own.
    gateway = lab.on("web-us-1", "ip route show default").stdout.split()[2]
    server, url = serve(gateway, lab.path("www"))
    here, url_here = serve("127.0.0.1", lab.path("www"))
    lab.make_version("2.0")
    os.makedirs(lab.path("www"), exist_ok=True)
    tar = lab.path("www", "app-2.0.tar.gz")
    subprocess.run(["tar", "-czf", tar, "-C", lab.path("app-2.0"), "."], check=True)
    digest = hashlib.sha256(open(tar, "rb").read()).hexdigest()
    done = update(lab, version="2.0", artifact={"url": url + "app-{version}.tar.gz",
                                                "sha256": "0" * 64})
    t.that("a URL whose SHA-256 is wrong is refused, nothing is touched",
           done.returncode in (1, 4) and lab.all_serve("1.1")
           and "SHA-256" in done.stdout + done.stderr, done)
    done = update(lab, "--retry", version="2.0",
                  artifact={"url": url + "app-{version}.tar.gz", "sha256": digest})
    t.ended("a URL with {version} and its SHA-256", done, 0)
    t.that("is what runs", lab.all_serve("2.0"), lab.versions())
    done = update(lab, version="2.1", artifact={"url": url + "nosuch-{version}.tar.gz"})
    t.that("a URL that is not there fails before the node is touched",
           done.returncode in (1, 4) and lab.all_serve("2.0") and "404" in done.stderr, done)
    lab.make_version("2.1")
    subprocess.run(["tar", "-czf", lab.path("www", "app-2.1.tgz"), "-C", lab.path("app-2.1"), "."],
                   check=True)
    done = update(lab, "--retry", version="2.1", artifact={
        "url": url_here + "app-{version}.tgz"})
    t.ended("a URL that only this machine reaches is fetched here", done, 0)
    t.that("is what runs", lab.all_serve("2.1"), lab.versions())
    for kind, pack in (("zip", ["python3", "-m", "zipfile", "-c", "{to}", "{from}/server.py"]),
                       ("tar.xz", ["tar", "-cJf", "{to}", "-C", "{from}", "server.py"])):
        version = "2.2-" + kind.replace(".", "")
        lab.make_version(version)
        subprocess.run([part.replace("{to}", lab.path(f"app-{version}.{kind}"))
                        .replace("{from}", lab.path("app-" + version)) for part in pack], check=True)
        done = update(lab, version=version, artifact={"path": "app-{version}." + kind})
        t.ended("an archive: " + kind, done, 0)
        t.that("is what runs", lab.all_serve(version), lab.versions())
    lab.make_version("2.3")
    done = update(lab, version="2.3", artifact={"path": "app-{version}/server.py"})
    t.ended("a single file", done, 0)
    t.that("is what runs", lab.all_serve("2.3"), lab.versions())
    lab.make_version("2.3.1")
    program = lab.path("app-2.3.1", "server.py")
    content = open(program).read()
    with open(program, "w") as out:
        out.write("#!/usr/bin/env python3\n" + content)
    os.chmod(program, 0o644)
    done = update(lab, version="2.3.1", artifact={"path": "app-{version}/server.py"}, run="./server.py")
    t.ended("a single file that nobody made executable, as the program", done, 0)
    t.that("is what runs", lab.all_serve("2.3.1"), lab.versions())
    done = update(lab, version="2.4", artifact={"path": "app-{version}/server.py"})
    t.ended("a file that is not here", done, 1, "app-2.4/server.py")
    server.shutdown()
    here.shutdown()


STEPS = {"drain": "echo drain {node} {place} {region} {address} {version} \"<{node}>\" >> /var/tmp/s",
         "install": "echo install $(basename $(pwd)) $APP_STEP {version} >> /var/tmp/s",
         "undrain": {"local": "echo undrain {node} {place} {region} {address} {version} >> steps"}}


def check_steps(lab, t):
    lab.make_version("3.0")
    done = update(lab, version="3.0", steps=STEPS, env={"APP_STEP": "it is"})
    t.ended("steps on the node and here", done, 0)
    there = lab.on("web-us-1", "cat /var/tmp/s").stdout.splitlines()
    row = lab.nodes()["web-us-1"]
    t.that("drain, then install, placeholders filled in", there[0].split()[:4] ==
           ["drain", "web-us-1", "us", "us-east-1"] and row["public_ip"] in there[0]
           and there[0].endswith("<web-us-1>") and there[1] == "install 3.0 it is 3.0", there)
    here = open(lab.path("steps")).read().splitlines() if os.path.exists(lab.path("steps")) else []
    t.that("the local step ran once for each node", len(here) == 6 and
           f"undrain web-us-1 us us-east-1 {row['public_ip']} 3.0" in here, here)
    lab.make_version("3.1")
    done = update(lab, version="3.1", steps={"install": "echo no database >&2; exit 3"})
    t.ended("a step that fails on the node", done, 4, "step install", "no database")
    t.that("nothing else runs then", lab.all_serve("3.0"), lab.versions())
    done = update(lab, version="3.1", steps={"undrain": {"local": "echo lb is gone >&2; exit 9"}})
    t.ended("a held version", done, 5, "--retry")
    lab.make_version("3.2")
    done = update(lab, version="3.2", steps={"undrain": {"local": "echo lb is gone >&2; exit 9"}})
    t.that("a local step that fails, also on the way back", done.returncode == 4
           and "lb is gone" in done.stdout + done.stderr, done)
    lab.make_version("3.3")
    done = update(lab, version="3.3", steps={
        "start": "cp /dev/null /var/tmp/started", "stop": "touch /var/tmp/stopped"}, run=None,
        health={"command": "test -e /var/tmp/started"})
    t.ended("start and stop of one's own, health by command", done, 0)
    t.that("both ran", lab.on("web-us-1", "ls /var/tmp/started /var/tmp/stopped").returncode == 0)
    t.that("the program of before is gone", lab.on(
        "web-us-1", "ps ax -o args | grep -q '^python3 -S server.py'").returncode != 0)
    lab.on("web-us-1", "sudo -n rm /var/tmp/stopped")
    lab.make_version("3.4")
    done = update(lab, version="3.4")
    t.ended("back to a program of ccloud's", done, 0)
    t.that("what was started in its own way was stopped in it",
           lab.on("web-us-1", "ls /var/tmp/stopped").returncode == 0)


def check_health(lab, t):
    lab.make_version("4.0")
    done = update(lab, version="4.0", health={
        "http": ":8080/", "from": "outside", "interval": "500ms", "timeout": "500ms",
        "deadline": "8s"})
    t.ended("health from outside", done, 0)
    status = lab.json("status", "--health")
    t.that("status --health asks from outside, too",
           all(row["health"] == "healthy" for row in status["nodes"]), status)
    lab.make_version("4.1", bad=True)
    done = update(lab, version="4.1", health={
        "http": ":8080/", "from": "outside", "interval": "500ms", "timeout": "500ms",
        "deadline": "3s"})
    t.ended("and finds a bad one", done, 4, "HTTP 500")
    lab.make_version("4.2")
    done = update(lab, version="4.2", health={"tcp": ":8080", "interval": "500ms",
                                              "timeout": "500ms", "deadline": "8s"})
    t.ended("health by tcp", done, 0)
    done = update(lab, version="4.2", health={"tcp": ":8081", "interval": "500ms",
                                              "timeout": "500ms", "deadline": "2s"})
    t.ended("the same version with another health is a new release", done, 4, "8081")
    done = update(lab, "--retry", version="4.2", health={
        "command": "curl -fsS http://127.0.0.1:8080/ >/dev/null || "
                   "python3 -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:8080/\")'",
        "interval": "1s", "timeout": "1s", "deadline": "15s"})
    t.ended("health by a command on the node", done, 0)
    done = update(lab, version="4.2", health=None)
    t.ended("without health: it runs", done, 0)
    lab.make_version("4.3")
    done = update(lab, version="4.3", run="echo cannot start >&2; exit 1", health=None)
    t.ended("a program that ends at once is not well", done, 4, "cannot start")
    t.that("the old one runs", lab.all_serve("4.2"), lab.versions())


def check_keep(lab, t):
    for version in ("5.0", "5.1", "5.2", "5.3"):
        lab.make_version(version)
        done = update(lab, version=version, keep=2)
    listed = lab.on("web-us-1", "ls /opt/app/releases").stdout.split()
    t.that("keep: the newest releases stay", listed == ["5.2", "5.3"], (listed, done))
    done = lab.run("update", "app", "--to", "5.1", "-y")
    t.ended("--to an older version", done, 0)
    t.that("runs", lab.all_serve("5.1"), lab.versions())
    done = lab.run("deploy", "-y")
    t.that("deploy moves no version", done.returncode == 0 and lab.all_serve("5.1"), done)
    done = lab.run("rollout", "undo", "app", "-y")
    t.ended("undo of what has ended", done, 0)
    t.that("puts back what was there", lab.all_serve("5.3"), lab.versions())
    done = lab.run("rollout", "undo", "app", "-y")
    t.ended("undo twice does nothing", done, 0)
    t.that("really", lab.all_serve("5.3"), lab.versions())


def check_policies(lab, t):
    lab.make_version("6.0", bad=True)
    lab.make_version("6.1")
    stop = {"on_failure": "stop", "batch": "50%"}
    done = update(lab, version="6.0", update=stop)
    t.ended("on_failure stop: 1, and says what is where", done, 1, "5.3", "6.0", "HTTP 500")
    versions = list(lab.versions().values())
    t.that("the bad node is left as it is", versions.count("6.0") >= 1
           and versions.count("5.3") >= 3, versions)
    status = lab.json("rollout", "status", "app")["services"][0]
    t.that("rollout status -o json says how it ended", status["unfinished"] is False
           and status["rollout"]["ending"] == "stopped" and status["rollout"]["to"] == "6.0"
           and status["rollout"]["held"] == "6.0", status)
    done = lab.run("rollout", "undo", "app", "-y", "-o", "json")
    t.that("undo of a stopped one puts back", done.returncode == 0 and lab.all_serve("5.3"), done)
    for node in ("web-us-1", "web-eu-2"):
        lab.on(node, "touch /var/tmp/bad-6.1")
    done = update(lab, version="6.1", update={"max_failures": 1, "batch": "40%"})
    t.ended("one failure more than is tolerated", done, 4)
    t.that("all have the old version", lab.all_serve("5.3"), lab.versions())
    done = update(lab, "--retry", "-o", "json", version="6.1",
                  update={"max_failures": 2, "batch": "40%"})
    document = json.loads(done.stdout)
    t.that("as many as are tolerated: 3, the rest has it", done.returncode == 3
           and sorted(lab.versions().values()).count("6.1") == 4, done)
    t.that("-o json names them, with the evidence", document["schema"] == "ccloud.run/1"
           and sorted(change["node"] for change in document["changes"]
                      if change["outcome"] == "failed") == ["web-eu-2", "web-us-1"]
           and all("evidence" in change for change in document["changes"]
                   if change["outcome"] == "failed"), document)
    lab.on("web-*", "rm -f /var/tmp/bad-6.1")
    done = lab.run("update", "app", "-y")
    t.ended("the next update brings them along", done, 0)
    lab.make_version("6.2")
    begun = time.monotonic()
    started = None
    done = update(lab, version="6.2", update={
        "waves": [{"places": ["eu"], "bake": "2s"}, ["us"]], "batch": "100%",
        "canary": {"count": 1, "bake": "1s"}})
    took = time.monotonic() - begun
    t.that("bakes are kept: 1 s, 2 s, 1 s at least", done.returncode == 0 and took > 4, took)
    # Bad only after it was moved: the bake has to notice.
    lab.make_version("6.3")
    lab.service(version="6.3", update={"waves": [["us"], ["eu"]], "batch": "100%",
                                       "canary": {"count": 1, "bake": "4s"}})
    started = lab.start("update", "app", "-y")
    t.that("(the canary has it)", until(lambda: "6.3" in lab.versions().values(), 30))
    lab.on("web-us-*", "touch /var/tmp/bad-6.3")
    text, _ = started.communicate(timeout=60)
    t.that("what turns bad while it bakes is rolled back", started.returncode == 4
           and lab.all_serve("6.2"), text)
    lab.on("web-us-*", "rm -f /var/tmp/bad-6.3")
    started = lab.start("update", "app", "-y", "--retry")
    until(lambda: "6.3" in lab.versions().values(), 30)
    started.send_signal(2)
    text, _ = started.communicate(timeout=60)
    t.that("Ctrl-C: 130, and how to go on", started.returncode == 130
           and "rollout resume" in text, text)
    status = lab.json("rollout", "status", "app")["services"][0]
    t.that("it is unfinished, and says by whom", status["unfinished"] and "@" in
           status["rollout"]["by"], status)
    done = lab.run("update", "app", "-y")
    t.ended("another update is refused meanwhile", done, 75, "rollout resume")
    done = lab.run("rollout", "resume", "app", "-y")
    t.ended("resume goes on", done, 0)
    t.that("to the end", lab.all_serve("6.3"), lab.versions())


HANG = ("if [ -e /var/tmp/hang ]; then rm /var/tmp/hang; "
        "for p in $(pgrep sshd) $(pgrep dropbear); do kill -STOP $p; done; sleep 1; fi")


def check_logs(lab, t):
    log = ("logs", "web-us-1", "--service", "app")
    done = lab.run(*log)
    t.that("logs: what the service says, each line with its time", done.returncode == 0 and
           any(re.fullmatch(r"web-us-1 \| 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ serving 1\.1", line)
               for line in done.stdout.splitlines()), done)
    done = lab.run(*log, "--since", "10m")
    t.ended("logs --since, without systemd", done, 0, "serving 1.1")
    time.sleep(2.5)
    done = lab.run(*log, "--since", "1s")
    t.that("logs --since leaves out what is older", done.returncode == 0 and "serving" not in done.stdout,
           done)
    follower = lab.start(*log, "-F", "--since", "1s")
    time.sleep(1.5)
    lab.on("web-us-1", "sudo -n kill $(cat /var/lib/ccloud/app/pid)")
    time.sleep(2.5)
    follower.send_signal(signal.SIGINT)
    text = follower.communicate(timeout=20)[0]
    t.that("logs -F --since follows until Ctrl-C", "starting it again" in text and "serving 1.1" in text
           and follower.returncode == 130, text)
    # A log that takes nothing, as on a full disk (a folder in its place): the service goes on.
    pid_of = "cat /var/lib/ccloud/app/pid"
    lab.on("web-us-1", "sudo -n sh -c 'cd /var/log/ccloud; mv app.log kept; mkdir app.log; kill $(%s)'" % pid_of)
    came_back = until(lambda: web(lab), 20)
    before = lab.on("web-us-1", pid_of).stdout
    time.sleep(3)
    t.that("a log that cannot be written does not end the service", came_back and web(lab) and
           before == lab.on("web-us-1", pid_of).stdout != "", before)
    lab.on("web-us-1", "sudo -n sh -c 'cd /var/log/ccloud; rmdir app.log; mv kept app.log'")


def check_hang(lab, t):
    """The node's SSH servers stop in the middle of its move, as on a machine that swaps to death."""
    lab.make_version("6.3")
    lab.make_version("7.0")
    lab.service(version="6.3")
    t.ended("six nodes with a service", lab.run("deploy", "-y"), 0)
    lab.on("web-us-1", "touch /var/tmp/hang; chmod 777 /var/tmp/hang")
    begun = time.monotonic()
    done = update(lab, version="7.0", steps={"install": HANG}, update={"batch": "50%"})
    took = time.monotonic() - begun
    t.that("a node that hangs in the middle does not hang the rollout", took < 120
           and done.returncode in (1, 4) and "web-us-1" in done.stdout + done.stderr, done)
    versions = lab.versions()
    versions.pop("web-us-1")
    t.that("all others have the old version", set(versions.values()) == {"6.3"}, versions)
    lab.run("restart", "web-us-1", "-y")
    time.sleep(2)
    done = lab.run("update", "app", "-y", "--retry")
    t.ended("afterwards the update goes through", done, 0)


def check_disturbing(lab, t):
    """A new image for nodes with a service, one of which is gone: by the update policy, at the version that ran."""
    lab.make_version("8.0")
    lab.make_version("8.1")
    lab.service(version="8.0", update={"waves": [["us"], ["eu"]], "batch": 1})
    t.ended("six nodes with a service", lab.run("deploy", "-y"), 0)
    t.ended("moved to another version", lab.run("update", "app", "--to", "8.1", "-y"), 0)
    told = lab.run("plan")
    t.that("plan says that the config is behind", "6 nodes run app 8.1, the config says 8.0" in told.stdout, told)
    lab.machine("web-us-1", "delete")
    lab.cluster["image"] = "debian-13"
    lab.write()
    done = lab.run("deploy", "-y", "-o", "jsonl")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    t.ended("a new image", done, 0)
    order = [(one["event"], one["address"][9:]) for one in events
             if one.get("address", "").startswith("node.web-") and one["event"] in ("change_started", "change_done")
             and one["action"] == "replace"]
    t.that("one after another, the first wave first", order == [
        (event, node) for node in [name for name in dict.fromkeys(node for _, node in order)]
        for event in ("change_started", "change_done")] and order[0][1].startswith("us-")
        and [node[:2] for _, node in order] == sorted([node[:2] for _, node in order], reverse=True), order)
    began = next(i for i, one in enumerate(events) if one.get("event") == "change_started"
                 and one.get("action") == "replace" and one["address"].startswith("node."))
    born = next(i for i, one in enumerate(events) if one.get("address") == "node.web-us-1"
                and one.get("event") == "node_running")
    t.that("the one that was gone is back before another one goes", born < began, (born, began))
    t.that("every node has the version that ran", set(lab.versions().values()) == {"8.1"}, lab.versions())
    t.that("installs are told", any(one.get("event") == "change_done" and one["address"].startswith("service.app@")
                                    for one in events), done)
    moments = random.Random(8)
    lab.cluster["image"] = "debian-12"
    lab.write()
    for _ in range(4):
        run = lab.start("deploy", "-y")
        time.sleep(moments.uniform(0.3, 3.2))
        run.kill()
        run.communicate()
    begun = time.monotonic()
    t.ended("killed four times, the next deploy ends it", lab.run("deploy", "-y"), 0)
    t.that("and holds nobody up", time.monotonic() - begun < 90, time.monotonic() - begun)
    t.ended("nothing is left to do", lab.run("plan", "--detailed-exitcode"), 0)
    t.that("every node still has that version", set(lab.versions().values()) == {"8.1"}, lab.versions())


def check_dies(lab, t):
    """A machine is gone in the middle of a rollout, another crashes."""
    for action, version in (("crash", "8.0"), ("kill", "8.1")):
        lab.make_version(version)
        lab.service(version=version, update={"waves": [["us"], ["eu"]], "batch": "34%",
                                             "canary": {"count": 1, "bake": "4s"},
                                             "min_healthy": "30%", "max_failures": 1})
        started = lab.start("update", "app", "-y")
        until(lambda: version in lab.versions().values(), 30)
        lab.machine("web-eu-3", action)
        text, _ = started.communicate(timeout=240)
        versions = lab.versions()
        others = {name: version for name, version in versions.items() if name != "web-eu-3"}
        t.that(f"{action} of a node before its turn: skipped and named, 3",
               started.returncode == 3 and "web-eu-3" in text
               and set(others.values()) == {version}, text)
        if action == "crash":
            lab.run("restart", "web-eu-3", "-y")
            until(lambda: lab.on("web-eu-3", "true").returncode == 0, 30)
            done = lab.run("update", "app", "-y")
            t.ended("and brought along once it is back", done, 0)
    done = lab.run("deploy", "-y")
    t.ended("deploy makes the lost node again, with the service", done, 0)
    t.that("at the version of its place", lab.all_serve("8.1"), lab.versions())


ALIVE = [check_secrets, check_user, check_logs, check_artifacts, check_steps, check_health, check_keep,
         check_policies]
FAILING = [check_hang, check_dies, check_disturbing]  # in this order


def run_checks(ccloud, t, checks):
    if not checks:
        return
    with lab_of(ccloud, {"us": 3, "eu": 3}) as lab:
        if checks[0] in ALIVE:
            for version in ("1.0", "1.1"):
                lab.make_version(version)
            lab.write()
            t.ended("six nodes without a service", lab.run("deploy", "-y"), 0)
        for check in checks:
            begun = time.monotonic()
            check(lab, t)
            print("      (%s: %.1f s)" % (check.__name__, time.monotonic() - begun), flush=True)


def run_failing(ccloud, t, checks):
    try:
        run_checks(ccloud, t, checks)
    except Exception:  # of a thread nobody would hear
        t.that("the checks with nodes that fail end", False, traceback.format_exc())


def main():
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    t = Checks()
    failing = threading.Thread(target=run_failing, args=(
        sys.argv[1], t, [check for check in FAILING if only in check.__name__]))
    failing.start()
    try:
        run_checks(sys.argv[1], t, [check for check in ALIVE if only in check.__name__])
    finally:
        failing.join()
    t.finish()


if __name__ == "__main__":
    main()
