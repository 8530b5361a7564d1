#!/usr/bin/env python3
"""The smallest permissions: the policies beside the docs, given to the simulated clouds as they are
(/_sim/permissions), suffice for the whole life of a project, and one permission less is told by its
name. OpenStack has no policies of the user's; there the role `member` is enough and `reader` is not.

    permissions.py PATH_TO_CCLOUD [DRIVER...]

Prints "N passed, N failed".
"""
import copy
import json
import pathlib
import sys

from _clouds import KEY, Lab

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "providers"


def policy(name, *path):
    found = json.loads((DOCS / name).read_text())
    for key in path:
        found = found[key]
    return found


def azure():
    return policy("azure-role.json", "Actions")


def gcp():
    return policy("gcp-role.json", "includedPermissions")


def statements(name):
    return [action for one in policy(name, "Statement") for action in one["Action"]]


def aws():
    return statements("aws-policy.json")


def alibaba():
    return statements("alibaba-policy.json")


# driver: what its policy permits; region; an identity; what is taken away to break a create and a look.
CLOUDS = {
    "aws": (aws, "us-east-1", "sim-node", "iam:PassRole", "ec2:Describe*"),
    "azure": (azure, "westeurope", "sim-node",
              "Microsoft.Network/networkInterfaces/join/action",
              "Microsoft.Resources/subscriptions/resourceGroups/read"),
    "gcp": (gcp, "europe-west1", "default", "compute.subnetworks.useExternalIp", "compute.instances.list"),
    "alibaba": (alibaba, "cn-hongkong", "sim-node", "ram:PassRole", "ecs:Describe*"),
    "openstack": (lambda: ["reader", "member"], "RegionOne", None, "member", "reader"),
}


# Needed only by what this life does not have.
LEFTOVERS = {  # of a run that was killed, and repairs of what others broke
    "aws": ["ec2:DeleteNetworkInterface", "ec2:DeleteVolume", "ec2:ReleaseAddress", "ec2:ReplaceRoute"],
    "azure": ["Microsoft.Compute/disks/delete", "Microsoft.Network/networkInterfaces/delete",
              "Microsoft.Network/publicIPAddresses/delete", "Microsoft.Network/virtualNetworks/subnets/write"],
    "gcp": ["compute.addresses.delete", "compute.disks.delete"],
    "alibaba": ["ecs:ModifyInstanceAttribute"],
}
OTHER = {
    "azure": ["Microsoft.Network/locations/operationResults/read"],  # where an answer has no other address to ask
    # Images of one's own; a region's types without a name.
    "gcp": ["compute.images.get", "compute.images.getFromFamily", "compute.images.useReadOnly",
            "compute.machineTypes.list"],
    "alibaba": ["ecs:ListTagResources"],  # more than 1,000 nodes
}

# Another identity, where the simulated cloud has one.
SECOND = {"aws": "sim-other"}


def config(driver, region, identity):
    cluster = {
        "size": {"cpu": 2, "memory": "4GiB"}, "image": "debian-12", "ssh": {"keys": [KEY]},
        "disk": {"size": "30GiB"},
        "network": {"allow": [{"tcp": 22, "from": "203.0.113.0/24"}, {"tcp": 7000, "from": "cluster:gw"}]},
        "place": {"here": {"provider": driver, "region": region, "count": 2}}}
    if driver == "openstack":
        del cluster["disk"]  # a larger one would be a volume: the simulated cloud has no Cinder
    if identity:
        cluster["identity"] = {driver: identity}
    return {"project": f"least-{driver}", "labels": {"team": "a"},
            "providers": {driver: {"driver": driver, "regions": [region]}},
            "clusters": {"gw": cluster}}


def permit(lab, driver, allowed):
    lab.put("/_sim/permissions", {"cloud": driver, "allow": allowed})


def live(lab, driver, made, spare):
    """Everything that a project does in its life, each step with exit code 0; `spare` are the permissions that
    only an accident asks for."""
    def step(name, *words):
        code, out, err = lab.run(*words)
        lab.check(f"{driver}: {name}", code == 0, (code, out, err))

    lab.write(made)
    step("validate --online", "validate", "--online")
    step("catalog zones", "catalog", "zones", "--provider", driver)
    step("catalog sizes", "catalog", "sizes", "--provider", driver)
    step("deploy", "deploy", "-y")
    step("status", "status", "--fresh")
    code, out, err = lab.run("logs", "gw-here-1", "--console")
    lab.check(f"{driver}: the console has a text", code == 0 and out.startswith("gw-here-1 | "), (code, out, err))
    for power in ("stop", "start", "restart"):
        step(power, power, "gw-here-1", "-y")
    made = copy.deepcopy(made)
    made["labels"] = {"owner": "b"}
    web = made["clusters"]["gw"]
    web["network"]["allow"][0] = {"tcp": 8443, "from": "0.0.0.0/0"}
    web["size"] = {"cpu": 4, "memory": "8GiB"}
    if "disk" in web:
        web["disk"] = {"size": "40GiB"}
    identity = web.pop("identity", None)
    web["place"]["here"]["count"] = 3
    lab.write(made)
    step("labels, rules, size, disk, identity and count change", "deploy", "-y")
    if identity:
        web["identity"] = identity
        lab.write(made)
        step("the identity comes back", "deploy", "-y")
    if driver in SECOND:
        web["identity"] = {driver: SECOND[driver]}
        lab.write(made)
        step("the identity becomes another", "deploy", "-y")
    step("nothing is left to do", "plan", "--detailed-exitcode")
    step("replace", "replace", "gw-here-2", "-y")
    step("destroy", "destroy", "--confirm", made["project"])
    unused = set(lab.get("/_sim/permissions")["unused"][driver]) - set(spare)
    lab.check(f"{driver}: no permission is there in vain", not unused, sorted(unused))
    left = lab.get(f"/_sim/resources?cloud={driver}")
    lab.check(f"{driver}: nothing is left", left["count"] == 0, left["types"])


def lack(lab, driver, made, allowed, permission, *words):
    """The command fails and names the permission, in the message or the remedy."""
    permit(lab, driver, [one for one in allowed if one != permission])
    lab.write(made)
    code, out = lab.json(*words)
    errors = out.get("errors") or [out.get("error")]
    denied = [one for one in errors if one and one["code"] == "permission_denied"]
    name = {"member": "os_compute_api", "reader": "os_compute_api"}.get(permission, permission).rstrip("*")
    told = [one for one in denied if one["remedy"] and name.lower() in (one["message"] + one["remedy"]).lower()]
    lab.check(f"{driver}: {words[0]} without {permission} is denied and says so",
              code in (1, 3, 69) and told, (code, errors))
    permit(lab, driver, allowed)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: permissions.py PATH_TO_CCLOUD [DRIVER...]")
    with Lab(sys.argv[1], "least") as lab:
        for driver in sys.argv[2:] or CLOUDS:
            allowed, region, identity, for_create, for_look = CLOUDS[driver]
            made = config(driver, region, identity)
            permit(lab, driver, allowed())
            live(lab, driver, made, [name for spare in (LEFTOVERS, OTHER) for name in spare.get(driver, ())])
            lack(lab, driver, made, allowed(), for_look, "status", "--fresh")
            lack(lab, driver, made, allowed(), for_create, "deploy", "-y")
            lab.run("destroy", "--confirm", made["project"])
        return lab.end()


if __name__ == "__main__":
    sys.exit(main())
