#!/usr/bin/env python3
"""Machines that others made, on all clouds: another project's nodes stand for them. `existing` finds
them by their tags; status, exec, copy, logs, ssh and update work on them; nothing creates, changes or
deletes them, whatever deploy and destroy are asked to do.

    existing.py PATH_TO_CCLOUD
"""
import json
import os
import sys
import urllib.request

from _lab import Checks, ask, lab_of

PLACES = {"us": ("aws", "us-east-1"), "we": ("azure", "westeurope"), "eu": ("gcp", "europe-west1"),
          "hk": ("alibaba", "cn-hongkong"), "os": ("openstack", "RegionOne")}
ALL = "cluster=old"
REFUSED = 64


def theirs(lab):
    """The config of those who made the machines: one on each cloud, and one that no tag gives away."""
    lab.cluster["place"] = {code: {"provider": provider, "region": region, "count": 1,
                                   "labels": {"role": "old"}}
                            for code, (provider, region) in PLACES.items()}
    lab.cluster["place"]["xx"] = {"provider": "aws", "region": "us-east-1", "count": 1}
    lab.cluster["ssh"]["user"] = "ops"
    lab.config["project"] = "others"
    lab.write()


def ours(lab):
    """One machine of our own beside them, so that deploy has something to do."""
    existing = [{"provider": provider, "region": region, "match": {"role": "old"}}
                for provider, region in PLACES.values()]
    lab.config = {"project": "mine", "clusters": {
        "old": {"ssh": lab.login, "existing": existing},
        "web": {**lab.cluster, "place": {"us": {"provider": "aws", "region": "us-east-1",
                                                "count": 1}}}}}
    lab.service(cluster="old", update={"batch": "100%", "min_healthy": "0%"})


def fingerprint(lab):
    """What the clouds hold of the others' machines, to the last tag."""
    with urllib.request.urlopen(lab.url + "/_sim/resources", timeout=20) as answer:
        found = json.load(answer)["resources"]
    return sorted(json.dumps(one, sort_keys=True) for one in found
                  if one.get("tags", {}).get("ccloud-project") == "others")


def check_look(lab, t):
    rows = [row for row in lab.json("status")["nodes"] if row["cluster"] == "old"]
    t.that("one is found on each cloud, the one without the tag is not",
           sorted(row["provider"] for row in rows) == sorted(p for p, _ in PLACES.values())
           and all(row["place"] in ("", None) and row["drift"] is None
                   and row["state"] == "running" for row in rows), rows)
    t.ended("people are told whose they are", lab.run("status"), 0, "made by others")
    found = lab.json("plan")["changes"]
    t.that("plan says nothing of them", found and not any(
        "old" in one["address"] for one in found if one["kind"] == "node"), found)


def reached(done):
    return sorted(one["node"] for one in done.get("results", []) if one["exit"] == 0
                  and one["stdout"].strip())


def check_reach(lab, t, names):
    done = lab.json("exec", ALL, "--", "hostname")
    t.that("exec reaches all", reached(done) == names, done)
    with open(lab.path("note"), "w") as out:
        out.write("for others\n")
    t.ended("copy up", lab.run("copy", lab.path("note"), ALL + ":/tmp/note"), 0)
    os.mkdir(lab.path("down"))
    done = lab.run("copy", ALL + ":/tmp/note", lab.path("down"))
    t.that("copy down", done.returncode == 0 and sorted(os.listdir(lab.path("down"))) == names, done)
    for name in names:
        t.ended(f"ssh {name}", lab.run("ssh", name, "--", "cat", "/tmp/note"), 0, "for others")


def check_service(lab, t, names):
    t.ended("deploy makes ours", lab.run("deploy", "-y"), 0, "web-us-1")
    t.ended("the first update installs on theirs", lab.run("update", "-y"), 0)
    rows = [row for row in lab.json("status", "--health")["nodes"] if row["cluster"] == "old"]
    t.that("status --health asks them", len(rows) == len(names) and all(
        row["reachable"] and row["health"] == "healthy" and row["services"][0]["version"] == "1.0"
        for row in rows), rows)
    lab.config["services"]["app"]["version"] = "2.0"
    lab.write()
    t.ended("update moves them", lab.run("update", "-y"), 0)
    answers = {row["name"]: ask(row["public_ip"]) for row in rows}
    t.that("they serve the new version", all(said == (200, "2.0") for said in answers.values()),
           answers)
    done = lab.run("logs", ALL, "--service", "app")
    t.that("logs of all", done.returncode == 0 and all(name in done.stdout for name in names)
           and "serving 2.0" in done.stdout, done)


def check_untouched(lab, t, names, before):
    for words in (["stop", ALL], ["restart", ALL], ["replace", ALL]):
        done = lab.run(*words, "-y")
        t.ended(f"{words[0]} is refused", done, REFUSED, "no node of this project")
    t.ended("destroy takes ours", lab.run("destroy", "--confirm", "mine"), 0)
    t.that("and none of theirs, to the last tag", fingerprint(lab) == before,
           (set(fingerprint(lab)) ^ set(before)))
    done = lab.json("exec", ALL, "--", "hostname")
    t.that("they are reached still", reached(done) == names, done)


def main():
    t = Checks()
    with lab_of(sys.argv[1], {"us": 1}) as lab:
        lab.login = {"user": "ops", "identity": "id"}
        theirs(lab)
        t.ended("others have machines on five clouds", lab.run("deploy", "-y"), 0)
        names = sorted(name for name in lab.nodes() if "-xx-" not in name)
        before = fingerprint(lab)
        for version in ("1.0", "2.0"):
            lab.make_version(version)
        ours(lab)
        check_look(lab, t)
        check_reach(lab, t, names)
        check_service(lab, t, names)
        check_untouched(lab, t, names, before)
    t.finish()


main()
