#!/usr/bin/env python3
"""All five clouds at once, one config: 60 nodes in 8 regions. Deployed, shown, disturbed behind ccloud's back
through each cloud's own wire API (tests/conformance/drift.py does it with the vendors' clients: a node stopped, one deleted, tags removed, a rule added), repaired,
scaled up and down, stripped of public addresses and a label, destroyed. What there is then is counted in
/_sim/resources, not by ccloud.

    clouds.py PATH_TO_CCLOUD

Prints "N passed, N failed".
"""
import collections
import sys

from _clouds import CLOUDS, Lab, code_of, config

PROJECT = "everywhere"


def count_nodes(lab, name, factor=1.0):
    """Each node once, in its region, on every cloud."""
    for driver, (_, node, _, regions) in CLOUDS.items():
        there = collections.Counter((one["region"], one["tags"].get("ccloud-node"))
                                    for one in lab.resources(driver, node))
        wanted = {(region, f"gw-{code_of(driver, number)}-{index}")
                  for number, (region, count) in enumerate(regions.items(), 1)
                  for index in range(1, round(count * factor) + 1)}
        lab.check(f"{name}: {driver} has its {len(wanted)} nodes, each once",
                  set(there) == wanted and sum(there.values()) == len(wanted),
                  sorted(set(there) ^ wanted))


def deploy(lab, name, *words):
    code, run = lab.json("deploy", "-y", *words)
    lab.check(f"{name}: deploy ends with 0", code == 0, run)
    return run


def check_quiet(lab, name):
    before = lab.get("/_sim/calls?limit=0")["writes"]
    run = deploy(lab, name)
    after = lab.get("/_sim/calls?limit=0")["writes"]
    lab.check(f"{name}: a further deploy changes nothing", after == before and not run["changes"],
              (after - before, run["changes"]))


def check_status(lab, name, nodes):
    code, status = lab.json("status", "--fresh")
    rows = status["nodes"]
    lab.check(f"{name}: status shows {nodes} running nodes of every provider, without drift",
              code == 0 and status["complete"] and len(rows) == nodes
              and {row["driver"] for row in rows} == set(CLOUDS)
              and all(row["state"] == "running" and not row["drift"] for row in rows),
              (code, status["summary"], [row for row in rows if row["drift"]][:3]))


def disturb(lab, clients):
    """Nodes 1 to 3 (and 4 of Google) of each cloud's first place, and its firewall; what was done, by node name."""
    done = {}
    for driver, (_, node, firewall, regions) in CLOUDS.items():
        region, client = next(iter(regions)), clients[driver]
        nodes = {one["tags"]["ccloud-node"]: one for one in lab.resources(driver, node)}
        first, second, third = (f"gw-{code_of(driver, 1)}-{index}" for index in (1, 2, 3))
        client.stop(nodes[first])
        client.delete(nodes[second])
        client.untag(nodes[third], "team")
        done.update({first: "stopped", second: "deleted", third: "untagged"})
        if driver == "gcp":  # where its disk still tells whose it is
            fourth = f"gw-{code_of(driver, 1)}-4"
            client.untag(nodes[fourth], "ccloud-project")
            done[fourth] = "unmarked"
        group = next(one for one in lab.resources(driver, firewall) if one["region"] in (region, "global"))
        client.open_port(group, 9999)
    return done


def check_found(lab, done):
    code, plan = lab.json("plan", "--detailed-exitcode")
    changes = {one["address"]: one for one in plan["changes"] if one["action"] != "keep"}
    lab.check("drift: plan says that there is something to do", code == 2, (code, plan["summary"]))
    wanted = {"stopped": {"update"}, "deleted": {"create", "replace"}, "untagged": {"update"},
              "unmarked": {"update"}}
    wrong = {name: (what, changes.get(f"node.{name}")) for name, what in done.items()
             if changes.get(f"node.{name}", {}).get("action") not in wanted[what]}
    lab.check(f"drift: plan finds all {len(done)} disturbed nodes", not wrong, wrong)
    rules = collections.Counter(one["provider"] for one in changes.values()
                                if one["kind"] == "firewall" and one["action"] == "update")
    lab.check("drift: plan finds the added rule on every cloud", set(rules) == set(CLOUDS), rules)
    others = [address for address, one in changes.items()
              if one["kind"] == "node" and address.removeprefix("node.") not in done]
    lab.check("drift: plan leaves every other node alone", not others, others)
    _, status = lab.json("status", "--fresh")
    rows = {row["name"]: row for row in status["nodes"]}
    unseen = {name: rows.get(name) for name, what in done.items()
              if not (rows.get(name, {}).get("drift")
                      or what in ("deleted", "unmarked") and rows.get(name, {}).get("state") in
                      (None, "missing", "terminated", "terminating"))}
    lab.check("drift: status shows it", not unseen, unseen)


def check_repaired(lab):
    for driver, (_, node, _, _) in CLOUDS.items():
        odd = [(one["tags"].get("ccloud-node"), one.get("state"), one["tags"].get("team"))
               for one in lab.resources(driver, node)
               if one.get("state") != "running" or one["tags"].get("team") != "edge"]
        lab.check(f"repair: on {driver} all run and carry their label again", not odd, odd)
    code, plan = lab.json("plan", "--detailed-exitcode")
    lab.check("repair: nothing is left to do", code == 0, plan["summary"])


def withdraw(lab, factor):
    """What is taken out of the config leaves every cloud: public addresses, by replacement, and a label."""
    closed = config(PROJECT, factor)
    del closed["labels"]
    closed["clusters"]["gw"]["public_ip"] = False
    lab.write(closed)
    code, plan = lab.json("plan", "--detailed-exitcode")
    told = {(one["provider"], one["action"], one["reason"]) for one in plan["changes"]
            if one["kind"] == "node" and one["action"] != "keep"}
    lab.check("withdraw: plan replaces the nodes of every cloud for their addresses",
              code == 2 and told == {(driver, "replace", "address_changed") for driver in CLOUDS}, told)
    relabelled = {one["provider"] for one in plan["changes"]
                  if one["kind"] == "network" and one["reason"] == "labels_changed"}
    lab.check("withdraw: plan relabels the networks where it can, and says where it cannot",
              relabelled == set(CLOUDS) - {"gcp"} and any("network.gcp." in note for note in plan["notes"]),
              (relabelled, plan["notes"]))
    deploy(lab, "withdraw")
    count_nodes(lab, "withdraw", factor)
    _, status = lab.json("status", "--fresh")
    public = [row["name"] for row in status["nodes"] if row["public_ip"]]
    lab.check("withdraw: no node has a public address", status["nodes"] and not public, public)
    labelled = [(one["cloud"], one["type"], one["name"]) for one in lab.get("/_sim/resources")["resources"]
                if "team" in one["tags"]]
    lab.check("withdraw: nothing carries the label any more", not labelled, labelled)
    check_quiet(lab, "withdraw")


def tour(lab, make_client):
    """The whole scenario; `make_client` gives a driver's client for what happens behind ccloud's back."""
    nodes = sum(sum(regions.values()) for _, _, _, regions in CLOUDS.values())
    lab.write(config(PROJECT))
    deploy(lab, "first")
    count_nodes(lab, "first")
    check_status(lab, "first", nodes)
    check_quiet(lab, "first")

    done = disturb(lab, {driver: make_client(driver) for driver in CLOUDS})
    check_found(lab, done)
    deploy(lab, "repair")
    count_nodes(lab, "repair")
    check_repaired(lab)

    for name, factor in (("up", 1.5), ("down", 0.5)):
        lab.write(config(PROJECT, factor))
        deploy(lab, name)
        count_nodes(lab, name, factor)
        check_quiet(lab, name)

    withdraw(lab, 0.5)

    code, run = lab.json("destroy", "-y", "--confirm", PROJECT)
    left = lab.get("/_sim/resources")
    lab.check("destroy leaves nothing", code == 0 and left["count"] == 0,
              (code, left["types"], run["errors"]))


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: clouds.py PATH_TO_CCLOUD")
    with Lab(sys.argv[1], PROJECT) as lab:
        tour(lab, lambda driver: CLOUDS[driver][0](lab.env))
        return lab.end()


if __name__ == "__main__":
    sys.exit(main())
