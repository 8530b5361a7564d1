#!/usr/bin/env python3
"""Every setting of a cluster on every cloud, and each of them changed: plan says in place or anew as the
contract has it, deploy does it, and a second plan finds nothing more to do.

    settings.py PATH_TO_CCLOUD
"""
import json
import sys

from _clouds import KEY, Lab

REGIONS = {"aws": "us-east-1", "azure": "westeurope", "gcp": "europe-west1",
           "alibaba": "cn-hongkong", "openstack": "RegionOne"}
SIZES = {"aws": ("m5.large", "m5.xlarge"), "azure": ("Standard_D2s_v5", "Standard_D4s_v5"),
         "gcp": ("n2-standard-2", "n2-standard-4"), "alibaba": ("ecs.g7.large", "ecs.g7.xlarge"),
         "openstack": ("m1.medium", "m1.large")}


def identities(env):
    return {"aws": "web-profile", "alibaba": "WebRole",
            "azure": f"/subscriptions/{env['AZURE_SUBSCRIPTION_ID']}/resourceGroups/ids/providers/"
                     "Microsoft.ManagedIdentity/userAssignedIdentities/web",
            "gcp": f"sim-node@{env['GOOGLE_CLOUD_PROJECT']}.iam.gserviceaccount.com"}


def pins(which):
    return {cloud: sizes[which] for cloud, sizes in SIZES.items()}


def first(lab):
    """Two clusters that name each other in their rules, a place of both on each cloud."""
    with open(f"{lab.folder}/first-boot.sh", "w") as out:
        out.write("#!/bin/sh\necho hello\n")

    def places(count, **more):
        return {cloud: {"provider": cloud, "region": region, "count": count, **more}
                for cloud, region in REGIONS.items()}
    login = {"keys": [KEY], "user": "ops"}
    return {
        "project": "settings", "labels": {"team": "edge", "by": "nobody"},
        "providers": {cloud: {"driver": cloud, "regions": [region], "labels": {"by": cloud}}
                      for cloud, region in REGIONS.items()},
        "sizes": {"std": {"cpu": 2, "memory": "4GiB", "pin": pins(0)}},
        "clusters": {
            "db": {"size": "std", "image": "debian-12", "ssh": login, "public_ip": False,
                   "network": {"allow": [{"tcp": 5432, "from": "cluster:gw"},
                                         {"tcp": 22, "from": "project"}]}, "place": places(1)},
            "gw": {"size": "std", "image": "debian-12", "ssh": login, "labels": {"role": "gw"},
                   "disk": {"size": "40GiB"}, "user_data": "first-boot.sh",
                   "identity": identities(lab.env),
                   "network": {"allow": [{"tcp": 22, "from": "203.0.113.0/24"},
                                         {"udp": "7000-7010", "from": "0.0.0.0/0"},
                                         {"icmp": True, "from": "project"},
                                         {"tcp": "80-90", "from": "cluster:db"}]},
                   "place": places(2, labels={"where": "here"})}}}


def actions(lab):
    """{(kind, cluster, cloud): action} of what is to change; a node's cluster is in its name."""
    code, plan = lab.json("plan")
    changes = {}
    for change in plan["changes"] if code == 0 else []:
        cluster = change["address"].split(".")[-1].split("-")[0]
        if change["action"] != "keep":
            changes[change["kind"], cluster, change["provider"]] = change["action"]
    return changes


def nodes(cluster, action, **others):
    """All clouds' nodes of a cluster, but for `others`: cloud=action, or None for not at all."""
    wanted = {cloud: others.get(cloud, action) for cloud in REGIONS}
    return {("node", cluster, cloud): do for cloud, do in wanted.items() if do}


def firewalls(cluster):
    return {("firewall", cluster, cloud): "update" for cloud in REGIONS}


# What is changed, how, and what plan has to say of it.
STEPS = [
    ("the disk grows", lambda gw, _: gw.update(disk={"size": "80GiB"}),
     nodes("gw", "update", openstack="replace")),
    ("the rules", lambda gw, _: gw["network"].update(allow=[
        {"tcp": 22, "from": "203.0.113.0/24"}, {"udp": "7000-7020", "from": "10.0.0.0/8"},
        {"tcp": 443, "from": "project"}]), firewalls("gw")),
    ("the size", lambda _, made: made["sizes"]["std"].update(pin=pins(1)),
     {**nodes("gw", "update"), **nodes("db", "update")}),
    ("no identity", lambda gw, _: gw.pop("identity"), nodes("gw", "update", openstack=None)),
    ("a node's own labels", lambda gw, _: [place.update(labels={"where": "there"})
                                           for place in gw["place"].values()],
     nodes("gw", "update")),
    ("public addresses", lambda _, made: made["clusters"]["db"].update(public_ip=True),
     nodes("db", "replace")),
    ("the disk shrinks", lambda gw, _: gw.update(disk={"size": "40GiB"}), nodes("gw", "replace")),
    ("the image", lambda gw, _: gw.update(image="ubuntu-24.04"), nodes("gw", "replace")),
    ("user data", lambda gw, _: gw.pop("user_data"), nodes("gw", "replace")),
    ("no nodes", lambda gw, _: [place.update(count=0) for place in gw["place"].values()],
     nodes("gw", "destroy")),
]


def labels_of(lab):
    """Those of what people look at, as the simulators have them."""
    found = [one for one in lab.get("/_sim/resources?tag:ccloud-cluster=gw")["resources"]
             if not one["type"].endswith("applicationSecurityGroups")]
    return {(one["cloud"], one["type"]): one["tags"] for one in found}


def main(ccloud):
    with Lab(ccloud, "settings") as lab:
        made = first(lab)
        lab.write(made)
        code, _, err = lab.run("deploy", "-y")
        lab.check("deploy", code == 0, err)
        lab.check("and nothing more to do", not actions(lab), actions(lab))
        labels = labels_of(lab)
        lab.check("each has the nearest of the labels", {cloud for cloud, _ in labels} >= set(
            REGIONS) - {"openstack"} and all(
                tags.get("by") == cloud and tags.get("team") == "edge" and tags.get("role") == "gw"
                for (cloud, _), tags in labels.items()), labels)
        for name, change, wanted in STEPS:
            change(made["clusters"]["gw"], made)
            lab.write(made)
            seen = {key: do for key, do in actions(lab).items()
                    if key in wanted or key[0] == "node"}
            lab.check(f"{name}: plan", seen == wanted, json.dumps(sorted(map(str, seen.items()))))
            code, _, err = lab.run("deploy", "-y")
            lab.check(f"{name}: deploy", code == 0, err)
            left = actions(lab)
            lab.check(f"{name}: nothing more to do", not left, left)
        lab.check("destroy", lab.run("destroy", "--confirm", "settings")[0] == 0)
        left = [one["id"] for one in lab.get("/_sim/resources")["resources"]
                if "settings" in json.dumps(one)]
        lab.check("nothing is left", not left, left)
        return lab.end()


sys.exit(main(sys.argv[1]))
