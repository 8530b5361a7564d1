#!/usr/bin/env python3
"""A zone that is sold out, on every cloud that has zones: new nodes are made in the place's other zones,
ccloud says so, and the next deploy finds nothing to do. A quota is not gone around.

    capacity.py PATH_TO_CCLOUD

Prints "N passed, N failed".
"""
import sys

from _clouds import CLOUDS, Lab, config

PROJECT = "full"
# driver: region, zones of the place, the one that is sold out as the cloud names it.
ZONES = {
    "aws": ("us-east-1", ["a", "b"], "us-east-1a"),
    "azure": ("westeurope", ["1", "2"], "1"),
    "alibaba": ("cn-hongkong", ["b", "c"], "cn-hongkong-b"),
    "openstack": ("RegionOne", ["nova", "nova-2"], "nova"),
}


def small(count=4):
    content = config(PROJECT)
    content["providers"] = {driver: {"driver": driver, "regions": [region]}
                            for driver, (region, _, _) in ZONES.items()}
    content["clusters"]["gw"]["place"] = {
        driver[:3]: {"provider": driver, "region": region, "zones": zones, "count": count}
        for driver, (region, zones, _) in ZONES.items()}
    return content


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: capacity.py PATH_TO_CCLOUD")
    with Lab(sys.argv[1], PROJECT) as lab:
        lab.write(small())
        full = {"rules": [{"fault": "capacity", "cloud": driver, "zone": zone}
                          for driver, (_, _, zone) in ZONES.items()]}
        lab.put("/_sim/faults", full)
        code, run = lab.json("deploy", "-y")
        lab.check("deploy ends with 0 though a zone of each place is full", code == 0, run["errors"])
        for driver, (_, _, zone) in ZONES.items():
            zones = [one.get("zone") for one in lab.resources(driver, CLOUDS[driver][1])]
            lab.check(f"{driver}: four nodes, none in the full zone",
                      len(zones) == 4 and zone not in zones, zones)
            lab.check(f"{driver}: the result says what happened",
                      any(f"{zone} has no room" in note for note in run["notes"]), run["notes"])
        code, run = lab.json("deploy", "-y")
        lab.check("another deploy finds nothing to do", code == 0 and not run["changes"], run)

        lab.write(small(6))
        lab.put("/_sim/faults", {"rules": [{"fault": "quota", "cloud": driver} for driver in ZONES]})
        code, run = lab.json("deploy", "-y")
        codes = {one["code"] for one in run["errors"]}
        lab.check("a quota is not gone around", code in (1, 3) and codes == {"quota_exceeded"}
                  and not any("no room" in note for note in run["notes"]), (code, run["errors"]))

        lab.put("/_sim/faults", {"rules": []})
        code, run = lab.json("destroy", "-y", "--confirm", PROJECT)
        left = lab.get("/_sim/resources")
        lab.check("destroy leaves nothing", code == 0 and left["count"] == 0, (code, left["types"]))
        return lab.end()


if __name__ == "__main__":
    sys.exit(main())
