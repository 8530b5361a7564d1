"""What a change of the config does to what stands (contract, "Changes"): what goes in place, what by
replacement, what not at all; told by `plan`, done by `deploy`, and then nothing is left to do."""
import json
import urllib.request

from _lib import check, config, expect, finish, run, work, write

SIM = f"--sim={work}/sim"
made = config(providers={"aws": {"driver": "aws", "regions": ["us-east-1"]}})
web = made["clusters"]["web"]
place = web["place"]["us"]
place["count"] = 2
web["disk"] = {"size": "20GiB"}
up = run("sim", "up", "--dir", f"{work}/sim", "--boot", "none", "-o", "json")
if not check("sim up", up.code == 0, up):
    finish()


def nodes():
    status = run("status", SIM, "-o", "json").json()
    return {n["name"]: n for n in status["nodes"]}


def change(name, action, reason):
    """Every node has that action for that reason; the ids say whether it was made anew."""
    write("ccloud.json", made)
    before = nodes()
    plan = run("plan", SIM, "-o", "json")
    told = {(c["action"], c["reason"]) for c in plan.json()["changes"] if c["kind"] == "node"}
    check(f"{name}: planned", told == {(action, reason)}, (told, plan))
    done = run("deploy", SIM, "-y")
    expect(f"{name}: done", done, 0)
    after = nodes()
    is_new = all(before[n]["id"] != after[n]["id"] for n in before) if before else False
    check(f"{name}: in place or not", is_new == (action == "replace"), (before, after))
    expect(f"{name}: nothing is left", run("plan", SIM, "--detailed-exitcode"), 0)
    return after


try:
    write("ccloud.json", made)
    expect("deploy", run("deploy", SIM, "-y"), 0)
    web["size"] = "c6i.large"
    change("a type by name", "update", "size_changed")
    web["size"] = {"cpu": 2, "memory": "4GiB"}
    after = change("a requirement that is just this type", "update", "labels_changed")
    check("the type stays", {n["type"] for n in after.values()} == {"c6i.large"}, after)
    web["disk"] = {"size": "30GiB"}
    change("a larger disk", "update", "disk_grown")
    for profile in ("first", "second", None):
        web["identity"] = {"aws": profile}
        if profile is None:
            del web["identity"]
        change(f"identity {profile}", "update", "identity_changed")
    web["public_ip"] = False
    after = change("no public addresses", "replace", "address_changed")
    check("none has one", not any(n["public_ip"] for n in after.values()), after)
    del web["public_ip"]
    after = change("public addresses again", "replace", "address_changed")
    check("each has one", all(n["public_ip"] for n in after.values()), after)
    expect("stop one", run("stop", "web-us-2", SIM, "-y"), 0)
    web["image"] = "debian-13"
    after = change("another image", "replace", "image_changed")
    check("what was off stays off", after["web-us-2"]["state"] == "stopped" and
          after["web-us-1"]["state"] == "running", after)
    made["networks"] = {"n1": {"provider": "aws", "region": "us-east-1", "cidr": "10.50.0.0/20"}}
    place["network"] = "n1"
    change("another network", "replace", "network_changed")
    with urllib.request.urlopen(f"{up.json()['url']}/_sim/resources", timeout=10) as answer:
        types = json.load(answer)["types"]
    check("the old network is gone", types["aws/vpc"] == 1 and types["aws/security-group"] == 1,
          types)
    made["guards"] = {"max_destroy": 1}
    write("ccloud.json", made)
    expect("destroy heeds max_destroy", run("destroy", SIM, "--confirm", "hello"), 5,
           "--allow-destroy 2")
    expect("destroy --allow-destroy", run("destroy", SIM, "--confirm", "hello",
                                          "--allow-destroy", "2"), 0)
finally:
    expect("sim down", run("sim", "down", "--dir", f"{work}/sim"), 0)
finish()
