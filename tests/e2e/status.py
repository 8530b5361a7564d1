#!/usr/bin/env python3
"""`status` on all clouds when one is silent, throttled or refuses: whose rows are there and when, how old
they are, what --fresh and --max-age make of them, the exit codes; that -w goes on; and that `plan` and
`status` say the same of what was changed behind ccloud's back.

    status.py PATH_TO_CCLOUD
"""
import json
import re
import signal
import subprocess
import sys
import time

from _clouds import CLOUDS, Lab, config

NEW_REGIONS = {"aws": "us-west-2", "azure": "northeurope"}
SILENCE = 3  # seconds, given with --timeout: of a cloud, before its rows are last known ones


def fault(lab, *rules):
    lab.put("/_sim/faults", {"rules": list(rules)})


def by_provider(rows):
    found = {}
    for row in rows:
        found.setdefault(row["provider"], []).append(row)
    return found


def stream(lab, *words):
    """(seconds, document) for each line of -o jsonl, and the exit code."""
    begun, lines = time.monotonic(), []
    with subprocess.Popen([lab.ccloud, "status", "-o", "jsonl", *words], cwd=lab.folder, env=lab.env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as child:
        for line in child.stdout:
            lines.append((time.monotonic() - begun, json.loads(line)))
        child.stderr.read()
    return lines, child.returncode


def check_silent(lab, driver):
    fault(lab, {"fault": "timeout", "cloud": driver})
    lines, code = stream(lab, "--timeout", f"{SILENCE}s")
    rows, (_, end) = [(at, one) for at, one in lines if "name" in one], lines[-1]
    others = [at for at, one in rows if one["provider"] != driver]
    theirs = [(at, one) for at, one in rows if one["provider"] == driver]
    # Its last known rows come when it is given up: the others' must not have waited for that.
    first = min((at for at, _ in theirs), default=0)
    lab.check(f"{driver} is silent: the others' rows come first", others and max(others) < first,
              (max(others, default=None), first, code))
    lab.check("its rows are the last known ones, with their age", theirs and all(
        one["cached"] and one["age_of_data"] > 0 and one["state"] == "running" for _, one in theirs), theirs[:2])
    lab.check("every node is told once", len({one["name"] for _, one in rows}) == len(rows) == lab.total,
              (len(rows), lab.total))
    lab.check("the end says that it is not complete, 3", end["schema"] == "ccloud.status/1" and
              end["complete"] is False and {one["provider"] for one in end["errors"]} == {driver} and
              end["errors"][0]["remedy"] and code == 3, (end, code))


def check_age(lab, driver):
    silence = ("--timeout", f"{SILENCE}s")
    code, told = lab.json("status", "--fresh", *silence)
    lab.check("--fresh shows no last known rows", code == 3 and driver not in by_provider(told["nodes"]) and
              told["complete"] is False, told["errors"])
    code, told = lab.json("status", "--max-age", "1s", *silence)
    theirs = by_provider(told["nodes"])[driver]
    lab.check("beyond --max-age their state is unknown", code == 3 and
              all(row["state"] == "unknown" for row in theirs), theirs[:1])
    code, told = lab.json("status", "--max-age", "1h", *silence)
    lab.check("within it as last known", code == 3 and
              all(row["state"] == "running" for row in by_provider(told["nodes"])[driver]))


def check_all(lab):
    for kind, wanted in (("expired", 77), ("reset", 69)):
        fault(lab, {"fault": kind})
        code, told = lab.json("status", "--timeout", f"{SILENCE}s")
        lab.check(f"{kind} everywhere: {wanted}, and the last known rows", code == wanted and
                  len(told["nodes"]) == lab.total and all(row["cached"] for row in told["nodes"]),
                  (code, told["errors"]))
    fault(lab, {"fault": "throttle", "cloud": "aws", "probability": 0.5})
    lines, code = stream(lab)
    others = [at for at, one in lines if one.get("provider") not in ("aws", None) and not one["cached"]]
    lab.check("every second call to one cloud throttled: the others are there in their time", code in (0, 3) and
              len({one["name"] for _, one in lines if "name" in one}) == lab.total and max(others) < 3,
              (code, others, lines[-1]))
    fault(lab)


def check_watch(lab, driver):
    """Looks of -w while one cloud is silent: each whole set of lines ends with a summary."""
    child = subprocess.Popen([lab.ccloud, "status", "-w", "-o", "jsonl"], cwd=lab.folder, env=lab.env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ends, fresh, ages = [], [], []
    begun, is_silent = time.monotonic(), False
    for line in child.stdout:
        one = json.loads(line)
        if "name" in one:
            (ages if one["provider"] == driver else fresh).append(one["age_of_data"])
        else:
            ends.append((time.monotonic() - begun, one["complete"]))
            if not is_silent:
                is_silent = True
                fault(lab, {"fault": "timeout", "cloud": driver})
        if len(ends) == 7:
            child.send_signal(signal.SIGINT)
            break
    child.stdout.read()
    code = child.wait(20)
    gaps = [after - before for (before, _), (after, _) in zip(ends, ends[1:])]
    lab.check("-w goes on every two seconds while a cloud is silent", max(gaps) < 4 and max(fresh) < 6,
              (gaps, max(fresh)))
    lab.check("its rows grow old, then it is not complete", ends[0][1] and not ends[-1][1] and max(ages) > 6,
              (ends, max(ages)))
    lab.check("Ctrl-C ends it with 130", code == 130, code)
    fault(lab)


def facts(changes):
    return sorted((one["kind"], one["address"], one["action"], one["reason"]) for one in changes
                  if one["action"] != "keep")


def check_drift(lab, driver):
    """Nodes (stopped, labels, missing), a network and firewalls drift; plan and status speak with one voice."""
    client = CLOUDS[driver][0](lab.env)
    group = next(one for one in lab.resources(driver, CLOUDS[driver][2]))
    node = next(one for one in lab.resources(driver, CLOUDS[driver][1]) if f'"gw-{driver[:3]}1-1"' in json.dumps(one))
    client.open_port(group, 9999)
    client.stop(node)
    changed = config("fleet", 0.1)
    region = NEW_REGIONS[driver]
    changed["providers"][driver]["regions"].append(region)
    changed["clusters"]["gw"]["place"]["new"] = {"provider": driver, "region": region, "count": 1}
    changed["clusters"]["gw"]["place"][driver[:3] + "2"]["labels"] = {"stage": "two"}
    lab.write(changed)
    planned = facts(lab.json("plan")[1]["changes"])
    told = lab.json("status")[1]
    nodes = sorted(("node", "node." + row["name"], row["drift"]["action"], row["drift"]["reason"])
                   for row in told["nodes"] if row["drift"])
    lab.check(f"{driver}: status names the nodes that plan does",
              nodes == [one for one in planned if one[0] == "node"] and
              {"stopped", "labels_changed", "not_there"} <= {one[3] for one in nodes}, (planned, nodes))
    infra = facts(told["drift"])
    lab.check(f"{driver}: and the networks, firewalls and keys", infra == [one for one in planned
              if one[0] != "node"] and ("firewall", "update") in {(one[0], one[2]) for one in infra} and
              "network" in {one[0] for one in infra}, (planned, infra))
    text = lab.run("status")[1]
    lab.check("people are told of the firewall", re.search(r"drift: firewall \S+", text), text[-800:])


def main():
    with Lab(sys.argv[1], "fleet") as lab:
        lab.write(config("fleet", 0.1))
        code, out, err = lab.run("deploy", "-y")
        lab.check("nodes on all clouds", code == 0, err)
        code, told = lab.json("status")
        lab.total = len(told["nodes"])
        lab.check("status is complete", code == 0 and told["complete"] and lab.total >= len(CLOUDS) and
                  all(row["age_of_data"] == 0 for row in told["nodes"]), told)
        for driver in CLOUDS:
            check_silent(lab, driver)
        check_age(lab, list(CLOUDS)[-1])
        check_all(lab)
        check_watch(lab, "azure")
        for driver in ("aws", "azure"):
            check_drift(lab, driver)
        result = lab.end()
    sys.exit(result)


main()
