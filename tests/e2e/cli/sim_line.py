"""The whole line on simulated clouds: plan, deploy, status, power, export, history, destroy; what is
asked and what is refused; Ctrl-C; and that nothing is left."""
import json
import os
import shutil
import signal
import subprocess
import urllib.request

from _lib import ENV, PROGRAM, check, config, expect, finish, run, work, write

SIM = f"--sim={work}/sim"
write("ccloud.json", config())
up = run("sim", "up", "--dir", f"{work}/sim", "--boot", "none", "-o", "json")
if not check("sim up", up.code == 0 and up.json().get("running") is True, up):
    finish()
url = up.json()["url"]


def resources():
    """What the simulator itself holds."""
    with urllib.request.urlopen(f"{url}/_sim/resources", timeout=10) as answer:
        return answer.read().decode()


def document(*args):
    done = run(*args, "-o", "json")
    return done, done.json()


try:
    expect("sim up again", run("sim", "up", "--dir", f"{work}/sim", "--boot", "none"), 0, "already")
    expect("sim status", run("sim", "status", "--dir", f"{work}/sim"), 0, "simulator running")
    env = run("sim", "env", "--dir", f"{work}/sim")
    check("sim env", env.code == 0 and all(
        line.startswith("export ") for line in env.out.splitlines() if line), env)

    done, plan = document("plan", SIM)
    check("plan as a document", done.code == 0 and plan.get("schema") == "ccloud.plan/1" and
          {"project", "fingerprint", "changes", "summary", "estimate"} <= set(plan) and
          plan["summary"]["create"] == len(
              [c for c in plan["changes"] if c["action"] == "create"]), done)
    expect("plan --detailed-exitcode", run("plan", SIM, "--detailed-exitcode"), 2, "3 nodes")
    expect("deploy asks, and nobody is there", run("deploy", SIM), 64, "add -y", "Plan for hello")
    expect("--no-input, too", run("deploy", SIM, "--no-input"), 64)
    expect("plan --out", run("plan", SIM, "--out", "p.json"), 0, "next: ccloud deploy p.json")
    done = run("deploy", "p.json", SIM, "-y", "-o", "jsonl")
    lines = [json.loads(line) for line in done.out.splitlines()]
    check("deploy of the reviewed plan, as lines", done.code == 0 and
          lines[-1].get("schema") == "ccloud.run/1" and lines[-1]["result"] == "done" and
          any(line.get("event") == "node_running" for line in lines[:-1]), done)
    expect("the plan is stale now", run("deploy", "p.json", SIM, "-y"), 5)
    (work / "link.json").symlink_to("linked.json")
    expect("plan --out through a link", run("plan", SIM, "--out", "link.json", "-q"), 0)
    check("the link is a link still", (work / "link.json").is_symlink())
    os.mkfifo(work / "pipe")
    with subprocess.Popen(["cat", work / "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        expect("plan --out into a pipe", run("plan", SIM, "--out", "pipe", "-q"), 0)
        try:
            said, _ = reader.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            reader.kill()
            said, _ = reader.communicate()
    check("what is no file is written to, not replaced", (work / "pipe").is_fifo() and
          json.loads(said or "{}").get("schema") == "ccloud.plan/1", said[:300])
    expect("no such plan", run("deploy", "none.json", SIM, "-y"), 64, "none.json")
    done, again = document("deploy", SIM)
    check("a second deploy has nothing to do", done.code == 0 and again["changes"] == [] and
          again["result"] == "nothing to do", done)
    expect("no changes are pending", run("plan", SIM, "--detailed-exitcode"), 0)

    done, status = document("status", SIM)
    check("status", done.code == 0 and status["complete"] is True and len(status["nodes"]) == 3 and
          all(n["state"] == "running" and n["drift"] is None for n in status["nodes"]), done)
    check("status -o name", run("status", SIM, "-o", "name").out.split() ==
          ["web-us-1", "web-us-2", "web-us-3"])
    check("status with a selector",
          run("status", "web-us-[2-3]", SIM, "-o", "name").out.split() == ["web-us-2", "web-us-3"])
    check("status by state", run("status", "state!=running", SIM, "-o", "name").out == "")
    expect("status, wide", run("status", SIM, "-o", "wide"), 0, "IMAGE")

    expect("stop", run("stop", "web-us-2", SIM, "-y"), 0, "stop done")
    done, status = document("status", SIM)
    check("it is stopped, and that is no drift", any(
        n["name"] == "web-us-2" and n["state"] == "stopped" and n["drift"] is None
        for n in status["nodes"]), done)
    check("deploy leaves it off", document("deploy", SIM)[1]["changes"] == [])
    expect("start", run("start", "web-us-2", SIM, "-y"), 0, "start done")
    expect("restart", run("restart", "--all", SIM, "-y"), 0)
    for command in (["stop", "-y"], ["replace", "-y"], ["deploy", "-y"], ["plan"],
                    ["destroy", "--confirm", "hello"]):
        done = run(command[0], "nobody-*", SIM, *command[1:])
        expect(f"{command[0]}: no node of that name", done, 64, "no node matches")
        check(f"{command[0]}: the error is a message", "no node matches" in done.err, done)
    expect("a condition that holds for nobody is no mistake",
           run("destroy", "state=error", SIM, "--confirm", "hello"), 0, "nothing to do")
    expect("no time at all", run("deploy", SIM, "-y", "--timeout", "0s"), 69)
    before = {n["name"]: n["id"] for n in document("status", SIM)[1]["nodes"]}
    expect("replace", run("replace", "web-us-1", SIM, "-y"), 0)
    after = {n["name"]: n["id"] for n in document("status", SIM)[1]["nodes"]}
    check("only that one is new", before["web-us-1"] != after["web-us-1"] and
          before["web-us-2"] == after["web-us-2"], (before, after))

    # What other tools make of the exports; those that are not installed say so.
    ssh = run("export", "ssh", SIM)
    check("export ssh", ssh.code == 0 and ssh.out.count("\nHost web-us-") == 3, ssh)
    host = subprocess.run(["ssh", "-G", "-F", write("ssh.conf", ssh.out), "web-us-2"],
                          capture_output=True, text=True)
    check("ssh -G reads it", "user admin\n" in host.stdout and "\nhostname 198.18." in host.stdout,
          host)
    inventory = run("export", "ansible", SIM)
    listed = inventory.json()
    check("export ansible", len(listed["_meta"]["hostvars"]) == 3 and
          listed["web"]["hosts"] == ["web-us-1", "web-us-2", "web-us-3"], inventory)
    check("its --host", run("export", "ansible", "--host", "web-us-1", SIM).json() ==
          listed["_meta"]["hostvars"]["web-us-1"])
    if shutil.which("ansible-inventory"):
        script = write("inventory.sh", f"#!/bin/sh\nexec '{PROGRAM}' -f '{work}/ccloud.json' "
                                       f"export ansible {SIM} \"$@\"\n")
        script.chmod(0o755)
        told = subprocess.run(["ansible-inventory", "-i", script, "--list"], capture_output=True,
                              text=True, env=ENV)
        check("ansible-inventory reads it", told.returncode == 0 and set(
            json.loads(told.stdout)["_meta"]["hostvars"]) == set(after), told)
    else:
        print("skipped: ansible-inventory is not installed")
    targets = run("export", "prometheus", "--port", "9256", SIM)
    check("export prometheus", len(targets.json()) == 3 and
          targets.json()[0]["targets"][0].endswith(":9256"), targets)
    if shutil.which("promtool"):
        write("targets.json", targets.out)
        write("prometheus.yml", "scrape_configs:\n- job_name: nodes\n  file_sd_configs:\n"
                                "  - files: [targets.json]\n")
        told = subprocess.run(["promtool", "check", "config", work / "prometheus.yml"],
                              capture_output=True, text=True)
        check("promtool reads it", told.returncode == 0 and "SUCCESS" in told.stdout, told)
    else:
        print("skipped: promtool is not installed")

    done, history = document("history", SIM)
    check("history", done.code == 0 and history["runs"][0]["command"] == "replace", done)
    expect("history of a run", run("history", history["runs"][0]["run"], SIM), 0, "web-us-1")
    expect("doctor", run("doctor", SIM), 0, "aws")
    expect("validate --online", run("validate", "--online", SIM), 0, "is valid")

    trace = work / "trace.txt"
    expect("--trace-api", run("status", SIM, "--trace-api", trace), 0)
    secret = [line.split("'")[1] for line in env.out.splitlines()
              if line.startswith("export AWS_SECRET_ACCESS_KEY=")][0]
    text = trace.read_text()
    check("the trace shows calls, no secrets", "DescribeInstances" in text and secret not in text)
    check("nobody else reads the trace", oct(os.stat(trace).st_mode & 0o777) == "0o600")

    expect("destroy wants the name", run("destroy", SIM), 64, "--confirm hello")
    expect("-y is not enough", run("destroy", SIM, "-y"), 64)
    expect("the wrong name", run("destroy", SIM, "--confirm", "helo"), 64, 'the project is "hello"')
    check("all three are still there", len(document("status", SIM)[1]["nodes"]) == 3)

    # Ctrl-C once: what is done stays, 130, and the next run does the rest.
    many = config()
    many["clusters"]["web"]["place"]["us"]["count"] = 40
    write("ccloud.json", many)
    with subprocess.Popen([PROGRAM, "deploy", SIM, "-y", "-o", "json"], cwd=work, env=ENV,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        for line in child.stderr:
            if "creating" in line:
                break
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
    check("Ctrl-C ends it with 130 and a document", child.returncode in (0, 130) and
          json.loads(out)["schema"] == "ccloud.run/1", (child.returncode, out[-2000:]))
    expect("the next deploy completes it", run("deploy", SIM, "-y"), 0)
    check("forty nodes", len(document("status", SIM)[1]["nodes"]) == 40)

    expect("destroy", run("destroy", SIM, "--confirm", "hello"), 0, "destroy done")
    left = resources()
    check("nothing carries the project's mark", "ccloud-project" not in left, left[:2000])
finally:
    down = run("sim", "down", "--dir", f"{work}/sim")
    check("sim down", down.code == 0, down)
check("nothing of it is left on the disk", not (work / "sim").exists(),
      list((work / "sim").glob("*")) if (work / "sim").exists() else "")
gone = run("sim", "status", "--dir", f"{work}/sim")
expect("no simulator runs", gone, 0, "no simulator runs")
finish()
