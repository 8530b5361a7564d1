#!/usr/bin/env python3
"""Never lost, never twice, in bad weather: replies get lost after the work was done, calls are
throttled, reset or answered with 500 and 503, reads are stale, machines fail to boot. `deploy` is
repeated until it ends with 0; then every node is there once, and after `destroy` nothing is left.

    faults.py PATH_TO_CCLOUD [--rounds N] [--seed S] [--count NODES]
"""
import argparse
import json
import os
import sys
import urllib.request

import kill

WEATHER = [
    {"fault": "lost-reply", "action": "Create*", "probability": 0.15},
    {"fault": "lost-reply", "action": "RunInstances", "probability": 0.4},
    {"fault": "lost-reply", "action": "Delete*", "probability": 0.15},
    {"fault": "lost-reply", "action": "TerminateInstances", "probability": 0.3},
    {"fault": "throttle", "probability": 0.05},
    {"fault": "error", "probability": 0.03},
    {"fault": "unavailable", "probability": 0.03},
    {"fault": "reset", "probability": 0.03},
    {"fault": "stale", "action": "Describe*", "probability": 0.1, "seconds": 0.5},
    {"fault": "fail-boot", "probability": 0.2, "count": 2},
]


def put(lab, rules):
    request = urllib.request.Request(lab.url + "/_sim/faults", method="PUT",
                                     data=json.dumps({"rules": rules}).encode())
    urllib.request.urlopen(request, timeout=30).close()


def until_done(lab, name, times=6):
    """How many runs it took."""
    for number in range(1, times + 1):
        done = lab.run(*lab.command(name))
        if done.returncode == 0:
            return number
        if done.returncode not in (1, 3, 69):
            kill.fail(f"{name} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    kill.fail(f"{name} is not done after {times} runs\n{done.stdout}{done.stderr}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ccloud")
    rounds = 8 if os.environ.get("CCLOUD_LONG") else 2
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=3)
    options = parser.parse_args()
    lab = kill.Lab(os.path.abspath(options.ccloud), options.count, options.seed, kill.ON_AWS)
    lab.up("--seed", str(options.seed))
    try:
        for number in range(1, options.rounds + 1):
            put(lab, WEATHER)
            runs = until_done(lab, "deploy")
            put(lab, [])
            lab.finish("deploy")  # whatever a stale read hid is put right
            lab.check_deployed()
            lab.check_quiet()
            put(lab, WEATHER)
            ends = until_done(lab, "destroy")
            put(lab, [])
            lab.finish("destroy")
            lab.check_empty()
            print(f"faults: round {number} of {options.rounds}: deploy took {runs} runs, "
                  f"destroy {ends}: all right", flush=True)
    finally:
        lab.down()
    print("faults: no double, no leak")


if __name__ == "__main__":
    sys.exit(main())
