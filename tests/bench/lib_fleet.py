"""Fleets over all clouds that the simulator has a front for, and what the simulator says of its calls."""
import json
import urllib.request

import lib

#: Two regions of every cloud that the simulator has a front for.
regions = {"aws": ["us-east-1", "eu-west-1"], "azure": ["westeurope", "northeurope"],
           "alibaba": ["cn-hongkong", "ap-southeast-1"], "gcp": ["us-central1", "europe-west1"],
           "openstack": ["RegionOne", "RegionTwo"]}


def call(sim, path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(sim.env["CCLOUD_SIM_URL"] + path, data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def clouds_of(sim):
    """The clouds that `sim env` points clients at."""
    signs = {"aws": "AWS_ENDPOINT_URL", "azure": "CCLOUD_AZURE_ENDPOINT", "alibaba": "CCLOUD_ALIBABA_ENDPOINT",
             "gcp": "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", "openstack": "OS_AUTH_URL"}
    return sorted(cloud for cloud, sign in signs.items() if sign in sim.env)


def write_config(folder, clouds, count):
    key = folder / "key.pub"
    if not key.exists():
        lib.make_key(folder)
    wanted = [(cloud, region) for cloud in clouds for region in regions[cloud]]
    # A cloud with one region carries as many nodes as one with two.
    places = {}
    for cloud, region in wanted:
        share = count // len(clouds) // len(regions[cloud])
        places[f"{cloud[:3]}{len(places)}"] = {"provider": cloud, "region": region, "count": share}
    first = next(iter(places.values()))
    first["count"] += count - sum(place["count"] for place in places.values())
    cluster = {"image": "debian-12", "size": {"cpu": 2, "memory": "4GiB"}, "ssh": {"keys": ["key.pub"]},
               "network": {"allow": [{"tcp": 22, "from": "198.18.0.0/15"}]}, "place": places}
    (folder / "ccloud.json").write_text(json.dumps({"project": "fleet", "clusters": {"web": cluster}}))
