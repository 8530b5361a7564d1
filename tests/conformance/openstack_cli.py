#!/usr/bin/env python3
"""OpenStack's own client (Debian's python3-openstackclient) and Libcloud against our simulated OpenStack.

Each creates, lists, powers, tags, deletes, and provokes the main errors. Skipped aloud (77) without the client.
Usage: openstack_cli.py PATH_TO_CCLOUD
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

program = str(pathlib.Path(sys.argv[1]).resolve())
if shutil.which("openstack") is None:
    print("skipped: no openstack client (Debian: python3-openstackclient)\n0 passed, 0 failed, 1 skipped")
    sys.exit(77)

passed = failed = 0


def check(what, good, more=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok  ' if good else 'FAIL'} {what}{'' if good else ': ' + str(more)[-800:]}", flush=True)


folder = pathlib.Path(tempfile.mkdtemp(prefix="ccloud-os-"))
sim = str(folder / "sim")
env = dict(os.environ)


def openstack(*args, as_json=True):
    done = subprocess.run(["openstack", *args, *(["-f", "json"] if as_json else [])], env=env, text=True,
                          capture_output=True, timeout=120)
    return done, (json.loads(done.stdout) if as_json and done.returncode == 0 and done.stdout.strip() else None)


def line():
    done, network = openstack("network", "create", "n1")
    check("network create", done.returncode == 0, done.stderr)
    done, _ = openstack("subnet", "create", "--network", "n1", "--subnet-range", "10.1.0.0/24", "s1")
    check("subnet create", done.returncode == 0, done.stderr)
    done, _ = openstack("subnet", "create", "--network", "n1", "--subnet-range", "10.1.0.0/25", "s2")
    check("an overlapping subnet is refused", done.returncode != 0 and "overlap" in done.stderr, done.stderr)
    done, _ = openstack("security", "group", "create", "g1")
    check("security group create", done.returncode == 0, done.stderr)
    rule = ("security", "group", "rule", "create", "--protocol", "tcp", "--dst-port", "22", "g1")
    done, _ = openstack(*rule)
    check("rule create", done.returncode == 0, done.stderr)
    done, _ = openstack(*rule)
    check("the same rule again is refused", done.returncode != 0 and "exists" in done.stderr, done.stderr)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    done, key = openstack("keypair", "create", "--public-key", str(folder / "key.pub"), "k1")
    check("keypair create", done.returncode == 0, done.stderr)
    done, server = openstack("server", "create", "--image", "debian-12", "--flavor", "m1.tiny", "--network",
                             "n1", "--key-name", "k1", "--security-group", "g1", "--property", "role=web",
                             "--wait", "s1")
    check("server create --wait", done.returncode == 0 and server["status"] == "ACTIVE", done.stderr)
    done, listed = openstack("server", "list")
    check("server list", listed and [one["Name"] for one in listed] == ["s1"], done.stderr)
    done, _ = openstack("server", "stop", "s1", as_json=False)
    check("server stop", done.returncode == 0, done.stderr)
    done, shown = openstack("server", "show", "s1")
    check("it is SHUTOFF, with its property", shown and shown["status"] == "SHUTOFF", shown)
    done, _ = openstack("server", "stop", "s1", as_json=False)
    check("stopping it again is a conflict", done.returncode != 0 and "vm_state" in done.stderr, done.stderr)
    done, _ = openstack("server", "start", "s1", as_json=False)
    check("server start", done.returncode == 0, done.stderr)
    done, address = openstack("floating", "ip", "create", "public")
    check("floating ip create", done.returncode == 0, done.stderr)
    done, _ = openstack("server", "add", "floating", "ip", "s1", address["floating_ip_address"], as_json=False)
    check("server add floating ip", done.returncode == 0, done.stderr)
    done, shown = openstack("server", "show", "s1")
    check("the server shows it", address["floating_ip_address"] in json.dumps(shown), shown)
    changes()
    done, _ = openstack("server", "create", "--image", "debian-12", "--flavor", "no-such", "--network", "n1", "s2")
    check("an unknown flavor is refused", done.returncode != 0, done.stdout)
    done, _ = openstack("network", "delete", "n1", as_json=False)
    check("a network in use is not deleted", done.returncode != 0, done.stdout)
    done, _ = openstack("server", "delete", "--wait", "s1", as_json=False)
    check("server delete --wait", done.returncode == 0, done.stderr)
    done, _ = openstack("floating", "ip", "delete", address["id"], as_json=False)
    check("floating ip delete", done.returncode == 0, done.stderr)
    for kind, name in (("network", "n1"), ("security group", "g1"), ("keypair", "k1")):
        done, _ = openstack(*kind.split(), "delete", name, as_json=False)
        check(f"{kind} delete", done.returncode == 0, done.stderr)
    wrong = dict(env, OS_PASSWORD="wrong")
    done = subprocess.run(["openstack", "token", "issue"], env=wrong, text=True, capture_output=True)
    check("a wrong password is refused", done.returncode != 0 and "401" in done.stderr, done.stderr)


def changes():
    """What changes in place."""
    done, flavors = openstack("flavor", "list")
    check("flavor list", flavors and any(one["Name"] == "m1.tiny" for one in flavors), done.stderr)
    done, _ = openstack("server", "set", "--name", "s9", "s1", as_json=False)
    done_too, shown = openstack("server", "show", "s9")
    check("a server gets another name", shown and shown["name"] == "s9", done.stderr + done_too.stderr)
    openstack("server", "set", "--name", "s1", "s9", as_json=False)
    openstack("security", "group", "create", "g2")
    done, _ = openstack("server", "add", "security", "group", "s1", "g2", as_json=False)
    _, shown = openstack("server", "show", "s1")
    check("server add security group", "g2" in json.dumps(shown), (done.stderr, shown))
    done, _ = openstack("security", "group", "delete", "g2", as_json=False)
    check("a group in use is not deleted", done.returncode != 0 and "in use" in done.stderr, done.stderr)
    openstack("server", "remove", "security", "group", "s1", "g2", as_json=False)
    done, _ = openstack("security", "group", "delete", "g2", as_json=False)
    check("taken off, it is", done.returncode == 0, done.stderr)
    for kind, name in (("network", "n1"), ("subnet", "s1")):
        done, _ = openstack(kind, "set", "--description", "ours", name, as_json=False)
        _, shown = openstack(kind, "show", name)
        check(f"{kind} set --description", shown and shown["description"] == "ours", done.stderr)
    openstack("router", "create", "r1")
    done, _ = openstack("router", "set", "--external-gateway", "public", "r1", as_json=False)
    _, shown = openstack("router", "show", "r1")
    check("router set --external-gateway", shown and "network_id" in json.dumps(shown["external_gateway_info"]),
          (done.stderr, shown))
    done, _ = openstack("router", "delete", "r1", as_json=False)
    check("router delete", done.returncode == 0, done.stderr)


def libcloud():
    script = """
import os, time
from libcloud.compute.types import Provider
from libcloud.compute.providers import get_driver
driver = get_driver(Provider.OPENSTACK)(
    os.environ["OS_USERNAME"], os.environ["OS_PASSWORD"], ex_tenant_name=os.environ["OS_PROJECT_NAME"],
    # Libcloud posts to a URL with a path as it is, so it has to be the whole one.
    ex_force_auth_url=os.environ["OS_AUTH_URL"] + "/auth/tokens", ex_force_auth_version="3.x_password",
    ex_force_service_region="RegionTwo", ex_domain_name="Default", api_version="2.2")
sizes, images = driver.list_sizes(), driver.list_images()
node = driver.create_node(name="by-libcloud", size=sizes[0], image=images[0])
for _ in range(100):
    if [one.state for one in driver.list_nodes()] == ["running"]:
        break
    time.sleep(0.1)
names = [one.name for one in driver.list_nodes() if one.state == "running"]
driver.stop_node(node)
print(len(sizes), len(images) > 2, names, driver.destroy_node(node))
"""
    done = subprocess.run(["/usr/bin/python3", "-c", script], env=env, text=True, capture_output=True)
    if "No module named" in done.stderr:
        print("note: Libcloud is not installed (python3-libcloud)")
        return
    check("Libcloud lists sizes and images, makes a node, stops and destroys it",
          done.stdout.strip() == "8 True ['by-libcloud'] True", done.stdout + done.stderr)


try:
    subprocess.run([program, "sim", "up", "--dir", sim, "--boot", "none"], check=True, capture_output=True)
    text = subprocess.run([program, "sim", "env", "--dir", sim], check=True, capture_output=True, text=True).stdout
    shell = subprocess.run(["bash", "-c", text + "\nenv -0"], check=True, capture_output=True, text=True).stdout
    env.update(pair.split("=", 1) for pair in shell.split("\0") if "=" in pair)
    line()
    libcloud()
finally:
    subprocess.run([program, "sim", "down", "--dir", sim], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
