#!/usr/bin/env python3
"""Networks that others made, on all clouds: another project's stand for them. Nodes go into the zones
that have a subnet, and destroy leaves the networks; one that is not there is told by `validate
--online` and by `plan`, before anything is made.

    networks.py PATH_TO_CCLOUD
"""
import json
import sys

from _clouds import Lab, config

# cloud: how its simulator calls a network and a subnet, the region, the zones that have a subnet (the
# landlord's nodes make them; none where subnets span the region), and an id of the cloud's own form
# that is nobody's.
NETWORKS = {
    "aws": ("vpc", "subnet", "us-east-1", ["b", "d"], "vpc-0123456789abcdef0"),
    "azure": ("Microsoft.Network/virtualNetworks", "Microsoft.Network/virtualNetworks/subnets",
              "westeurope", [], "/subscriptions/{account}/resourceGroups/none/providers/"
              "Microsoft.Network/virtualNetworks/none"),
    "gcp": ("networks", "subnetworks", "europe-west1", [],
            "projects/{account}/global/networks/none"),
    "alibaba": ("vpc", "vswitch", "cn-hongkong", ["c"], "vpc-j6c0123456789abcdef0"),
    "openstack": ("network", "subnet", "RegionOne", [], "00000000-0000-0000-0000-00000000dead"),
}


def shrunk(project, count):
    """One place on each cloud, under the cloud's name."""
    made = config(project)
    made["clusters"]["gw"]["place"] = {
        cloud: {"provider": cloud, "region": region, "count": count}
        for cloud, (_, _, region, _, _) in NETWORKS.items()}
    made["providers"] = {cloud: {"driver": cloud, "regions": [region]}
                         for cloud, (_, _, region, _, _) in NETWORKS.items()}
    return made


def landlord():
    made = shrunk("landlord", 2)
    for cloud in ("aws", "alibaba"):
        made["clusters"]["gw"]["place"][cloud]["zones"] = NETWORKS[cloud][3]
    return made


def everybodys(lab, cloud, kind):
    return lab.get(f"/_sim/resources?cloud={cloud}&type={kind}")["resources"]


def networks(lab):
    """The landlord's, as the tenant's config has to name them."""
    made = {}
    for cloud, (network_kind, subnet_kind, region, _, _) in NETWORKS.items():
        network = next(found for found in everybodys(lab, cloud, network_kind)
                       if "landlord" in json.dumps(found))
        subnets = [found for found in everybodys(lab, cloud, subnet_kind)
                   if found["network"] == network["id"]]
        entry = {"provider": cloud, "region": region, "id": network["id"]}
        if cloud in ("aws", "alibaba"):
            entry["subnets"] = {subnet["zone"].removeprefix(region).lstrip("-"): subnet["id"]
                                for subnet in subnets}
        elif cloud == "azure":
            entry["id"] = network["fields"]["id"]
            entry["subnets"] = {"2": subnets[0]["name"]}
        elif cloud == "gcp":
            entry["id"] = f"projects/{network['account']}/global/networks/{network['name']}"
            entry["subnets"] = {region: subnets[0]["name"]}
        made[f"of-{cloud}"] = entry
    return made


def tenant(found, count=3):
    made = shrunk("tenant", count)
    made["networks"] = found
    for cloud, place in made["clusters"]["gw"]["place"].items():
        place["network"] = f"of-{cloud}"
    return made


def nobodys(lab, found):
    """The same with ids that are nobody's."""
    account = {cloud: everybodys(lab, cloud, NETWORKS[cloud][0])[0]["account"]
               for cloud in NETWORKS}
    return {name: {**entry, "id": NETWORKS[entry["provider"]][4].format(
        account=account[entry["provider"]])} for name, entry in found.items()}


def untouched(lab):
    """What the landlord has, to the last field."""
    kinds = [(cloud, kind) for cloud, (network, subnet, *_) in NETWORKS.items()
             for kind in (network, subnet)]
    return [json.dumps(everybodys(lab, cloud, kind), sort_keys=True) for cloud, kind in kinds]


def main(ccloud):
    with Lab(ccloud, "tenant") as lab:
        lab.write(landlord())
        lab.check("the landlord's networks", lab.run("deploy", "-y")[0] == 0)
        found = networks(lab)

        lab.write(tenant(nobodys(lab, found)))
        code, said = lab.json("validate", "--online")
        faults = sorted((item["code"], item["pointer"]) for item in said["diagnostics"]
                        if item["severity"] == "error")
        lab.check("validate --online names the networks that are not there", code == 65 and faults
                  == [("unknown-network", f"/networks/of-{cloud}/id") for cloud in sorted(NETWORKS)],
                  (code, faults))
        code, out, err = lab.run("plan")
        lab.check("so does plan", code != 0 and err.count("there is no network") == len(NETWORKS),
                  (code, out, err))
        code, out, err = lab.run("deploy", "-y")
        made = {found["type"].lower() for found in lab.get("/_sim/resources")["resources"]
                if "tenant" in json.dumps(found)}
        lab.check("deploy makes no more than keys", code == 3 and all("key" in kind for kind in made),
                  (code, made))

        lab.write(tenant(found))
        before = untouched(lab)
        code, said = lab.json("validate", "--online")
        lab.check("validate --online finds those that are", code == 0, said)
        code, out, err = lab.run("deploy", "-y")
        lab.check("deploy", code == 0, err)
        rows = lab.json("status")[1]["nodes"]
        for cloud, (_, _, region, zones, _) in NETWORKS.items():
            seen = {row["zone"].removeprefix(region).lstrip("-")
                    for row in rows if row["provider"] == cloud}
            lab.check(f"{cloud}: in the zones that have a subnet",
                      sum(row["provider"] == cloud for row in rows) == 3
                      and (not zones or seen == set(zones)), (cloud, seen))
        lab.check("nothing more to do", lab.run("plan", "--detailed-exitcode")[0] == 0)
        lab.check("destroy", lab.run("destroy", "--confirm", "tenant")[0] == 0)
        lab.check("the landlord's networks are as they were", untouched(lab) == before)
        return lab.end()


sys.exit(main(sys.argv[1]))
