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


def two_clouds(project, named):
    """A node on AWS and one on Google; `named`: by entries of `providers`."""
    both = config(project=project)
    if named:
        both["providers"] = {"a": {"driver": "aws", "regions": ["us-east-1"]}, "g": {"driver": "gcp"}}
    both["clusters"]["web"]["place"] = {
        "us": {"provider": "a" if named else "aws", "region": "us-east-1", "count": 1},
        "be": {"provider": "g" if named else "gcp", "region": "europe-west1", "count": 1}}
    return both


def a_cloud_leaves_the_config():
    """What is there is not forgotten with the last place that named its provider."""
    both = two_clouds("moved", False)
    write("moved.json", both)
    expect("two clouds", run("deploy", SIM, "-y", "-f", "moved.json"), 0)
    del both["clusters"]["web"]["place"]["us"]
    write("moved.json", both)
    expect("a driver that no place names is looked at", run("plan", SIM, "-f", "moved.json"), 0,
           "web-us-1", "4 to destroy")
    expect("and emptied", run("deploy", SIM, "-y", "-f", "moved.json"), 0)
    expect("once", run("plan", SIM, "--detailed-exitcode", "-f", "moved.json"), 0)
    expect("destroy", run("destroy", SIM, "--confirm", "moved", "-f", "moved.json"), 0)

    both = two_clouds("moved", False)
    write("moved.json", both)
    expect("two clouds again", run("deploy", SIM, "-y", "-f", "moved.json"), 0)
    del both["clusters"]["web"]["place"]["us"]
    write("moved.json", both)
    fault = urllib.request.Request(f"{up.json()['url']}/_sim/faults", method="PUT", data=json.dumps(
        {"rules": [{"fault": "unavailable", "cloud": "aws"}]}).encode())
    urllib.request.urlopen(fault, timeout=10).close()
    for command in (("plan",), ("status", "-o", "json")):
        expect("one that cannot be asked is a note: " + command[0], run(*command, SIM, "-f", "moved.json"), 0,
               "this machine has deployed nodes there")
    fault = urllib.request.Request(f"{up.json()['url']}/_sim/faults", method="PUT", data=b'{"rules": []}')
    urllib.request.urlopen(fault, timeout=10).close()
    expect("and is emptied once it can", run("destroy", SIM, "--confirm", "moved", "-f", "moved.json"), 0)

    both = two_clouds("left", True)
    write("left.json", both)
    expect("two providers", run("deploy", SIM, "-y", "-f", "left.json"), 0)
    one = two_clouds("left", True)
    del one["clusters"]["web"]["place"]["us"], one["providers"]["a"]
    write("left.json", one)
    note = "a: this machine has deployed 1 node there"
    expect("plan tells of a provider that is gone", run("plan", SIM, "-f", "left.json"), 0, note)
    expect("status, too", run("status", SIM, "-f", "left.json"), 0, note)
    expect("and destroy", run("destroy", SIM, "--confirm", "left", "-f", "left.json"), 0, note)
    write("left.json", both)
    expect("put back, it needs no --prune", run("destroy", SIM, "--confirm", "left", "-f", "left.json"), 0)
    expect("and nothing is told any more", run("plan", SIM, "-f", "left.json", "-o", "json"), 0)
    write("left.json", one)
    gone = run("status", SIM, "-f", "left.json")
    check("nor of the provider", note not in gone.out + gone.err, gone)


def a_second_name(driver, region):
    """For an account that has one: no node becomes a stray, and both names may have places."""
    named = config(project="names", providers={"m": {"driver": driver}})
    places = named["clusters"]["web"]["place"] = {
        "us": {"provider": "m", "region": region, "count": 3}}
    write("names.json", named)
    expect(f"{driver}: one name", run("deploy", SIM, "-y", "-f", "names.json"), 0)
    for name in ("a", "z"):
        named["providers"][name] = {"driver": driver}
    write("names.json", named)
    plan = ("plan", SIM, "-f", "names.json", "--detailed-exitcode")
    expect(f"{driver}: more names for it change nothing", run(*plan), 0)
    status = run("status", SIM, "-f", "names.json", "-o", "name")
    check(f"{driver}: each node is there once", len(status.out.split()) == 3, status)
    places["us"]["count"] = 2
    places["eu"] = {"provider": "a", "region": region, "count": 1}
    write("names.json", named)
    expect(f"{driver}: places on both", run("deploy", SIM, "-y", "-f", "names.json"), 0)
    expect(f"{driver}: nothing is left", run(*plan), 0)
    expect(f"{driver}: destroy", run("destroy", SIM, "--confirm", "names", "-f", "names.json"), 0)


def protection_from_birth():
    """Also when the guard is taken out with the next change."""
    guarded = config(project="guarded", guards={"protect": ["web-*"]})
    guarded["clusters"]["web"]["place"]["us"]["count"] = 2
    write("guarded.json", guarded)
    expect("protected", run("deploy", SIM, "-y", "-f", "guarded.json"), 0)
    expect("and nothing to do", run("plan", SIM, "-f", "guarded.json", "--detailed-exitcode"), 0)
    del guarded["guards"]
    guarded["clusters"]["web"]["place"]["us"]["count"] = 1
    write("guarded.json", guarded)
    expect("the mark holds", run("deploy", SIM, "-y", "-f", "guarded.json"), 5, "protected")


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
    a_cloud_leaves_the_config()
    for each in (("aws", "us-east-1"), ("gcp", "us-central1"), ("azure", "westeurope"),
                 ("alibaba", "cn-hongkong"), ("openstack", "RegionOne")):
        a_second_name(*each)
    protection_from_birth()
finally:
    expect("sim down", run("sim", "down", "--dir", f"{work}/sim"), 0)
finish()
