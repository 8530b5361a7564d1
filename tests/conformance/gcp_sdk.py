#!/usr/bin/env python3
"""Google's own clients, and Libcloud, against our Google Cloud.

@google-cloud/compute and google-auth-library come from npm into a temporary folder; google-auth and Libcloud from
Debian (python3-google-auth, python3-libcloud), each with a note where it is not there. Skipped aloud (77) without npm.
Usage: gcp_sdk.py PATH_TO_CCLOUD
"""
import subprocess

import lib_sdk

# The service account's key file with its token_uri, a workload's identity and the metadata server, as they are.
GOOGLE_AUTH = """
import os, google.auth, google.auth.transport.requests as transport
from google.oauth2 import service_account
scopes = ["https://www.googleapis.com/auth/cloud-platform"]
credentials, project = google.auth.default(scopes=scopes)
session = transport.AuthorizedSession(credentials)
url = os.environ["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"] + "projects/" + project
answer = session.get(url)
print(answer.status_code, answer.json()["name"] == project, credentials.token[:4])
"""

LIBCLOUD = """
import json, os, urllib.parse
import libcloud.common.google as google
import libcloud.compute.drivers.gce as gce
front = urllib.parse.urlparse(os.environ["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"])
key = json.load(open(os.environ["GOOGLE_APPLICATION_CREDENTIALS"]))
google.GoogleServiceAcctAuthConnection.host = gce.GCEConnection.host = front.hostname
class Front(gce.GCEConnection):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, port=front.port, **kwargs)
gce.GCENodeDriver.connectionCls = Front
class Credential(google.GoogleOAuth2Credential):
    def _get_token_from_file(self): return None
    def _write_token_to_file(self): pass
google.GoogleOAuth2Credential = Credential
driver = gce.GCENodeDriver(key["client_email"], os.environ["GOOGLE_APPLICATION_CREDENTIALS"],
                           datacenter="us-central1-a", project=key["project_id"], auth_type="SA", secure=False)
image = driver.ex_get_image_from_family("debian-12", ["debian-cloud"])
print("zones", len(driver.ex_list_zones()) > 100)
print("sizes", any(one.name == "e2-small" and one.ram == 2048 for one in driver.list_sizes()))
node = driver.create_node("lib-1", "e2-small", image, ex_tags=["web"], ex_metadata={"items": [{"key": "a", "value": "b"}]})
print("created", node.state, node.public_ips != [None], node.private_ips[0].startswith("10."))
print("listed", [one.name for one in driver.list_nodes("all")])
print("tags", driver.ex_set_node_tags(node, ["db"]), driver.ex_get_node("lib-1").extra["tags"])
labels = driver.ex_set_node_labels(driver.ex_get_node("lib-1"), {"role": "db"})
print("labels", labels, driver.ex_get_node("lib-1").extra["labels"])
print("stopped", driver.stop_node(node), driver.ex_get_node("lib-1").state)
print("started", driver.start_node(node), driver.reboot_node(node), driver.ex_get_node("lib-1").state)
volume = driver.create_volume(20, "data")
print("volume", volume.size, driver.destroy_volume(volume))
address = driver.ex_create_address("ip")
print("address", address.address.count("."), driver.ex_destroy_address(address))
firewall = driver.ex_create_firewall("web", [{"IPProtocol": "tcp", "ports": ["80"]}], target_tags=["web"])
print("firewall", firewall.allowed[0]["ports"], driver.ex_destroy_firewall(firewall))
try:
    driver.create_node("lib-1", "e2-small", image)
except google.ResourceExistsError as error:
    print("twice", error.code)
print("destroyed", driver.destroy_node(node))
try:
    driver.ex_get_node("lib-1")
except google.ResourceNotFoundError:
    print("gone")
"""
LIBCLOUD_SAYS = """zones True
sizes True
created running True True
listed ['lib-1']
tags True ['db']
labels True {'role': 'db'}
stopped True stopped
started True True running
volume 20 True
address 3 True
firewall ['80'] True
twice alreadyExists
destroyed True
gone
"""


def python(what, script, env, expected):
    """A script for Debian's Python, which must say what is expected; counted in `env` for the Node.js part."""
    done = subprocess.run(["/usr/bin/python3", "-W", "ignore", "-c", script], env=env, text=True, capture_output=True,
                          timeout=300)
    if "No module named" in done.stderr:
        print(f"note: not installed: {what}")
        return
    good = done.stdout == expected
    print(f"{'ok  ' if good else 'FAIL'} {what}" + ("" if good else f": {done.stdout}{done.stderr[-1500:]}"))
    count = "PASSED_BEFORE" if good else "FAILED_BEFORE"
    env[count] = str(int(env.get(count, 0)) + 1)


def prepare(env):
    python("google-auth logs in with the key file", GOOGLE_AUTH, env, "200 True ya29\n")
    python("Libcloud makes, changes, powers, lists and deletes", LIBCLOUD, env, LIBCLOUD_SAYS)


lib_sdk.run("gcp_sdk", ["@google-cloud/compute@6", "google-auth-library@10"], "ed25519", prepare)
