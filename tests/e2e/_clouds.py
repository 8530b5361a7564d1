"""Every simulated cloud at once: a lab with one config over all of them, and calls to each cloud's own
wire API, signed as its documents say, for what happens behind ccloud's back. A further cloud is one
more line in CLOUDS and one more class."""
import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import uuid

# A public key made for this test; RSA, which every cloud takes.
KEY = ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDGMz0kARnTA3BnP24+vfglpAqEKWhpKmU8/7c8lOBcH75B"
       "RxpVabbQNk9tEubgrB3lyfVdwG7awcyCCMNOybQK8zGdiUtozkypvhpXFIQ+EsHRUgJlv+pqNfNqyJfH/C9m"
       "if6vPRIj+7TmnWrXuePMZT5B6ui8uf4FcyNUfWDViSmdiFJL1GkxMXhWBNV1/dX8FIaXkcRz3LBCOdAmQVwh"
       "iUhuESIVyNKXlv7DwLQ4UfOvfzpMQ9+bzUGfhuJ6jp89sveHMqyIKZyiLKCXZMi4mgRGx/9Y47zF5fvEoOEi"
       "tXrciHmAbHHNgRwAa0SOq/qdE4LFf6cd8+ZrsBGyBIkz e2e")


def http(method, url, headers=None, body=None):
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=body)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{method} {url}: {error.code} {error.read()[:400]!r}") from None


def quote(text):
    return urllib.parse.quote(str(text), safe="-_.~")


class Aws:
    """EC2's query API, Signature Version 4."""

    def __init__(self, env):
        self.env = env

    def call(self, region, **params):
        body = urllib.parse.urlencode({"Version": "2016-11-15", **params})
        host = urllib.parse.urlsplit(self.env["AWS_ENDPOINT_URL"]).netloc
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{region}/ec2/aws4_request"
        kind = "application/x-www-form-urlencoded"
        names = "content-type;host;x-amz-date"
        text = (f"POST\n/\n\ncontent-type:{kind}\nhost:{host}\nx-amz-date:{now}\n\n{names}\n"
                + hashlib.sha256(body.encode()).hexdigest())
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n" + hashlib.sha256(text.encode()).hexdigest()
        key = ("AWS4" + self.env["AWS_SECRET_ACCESS_KEY"]).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
        http("POST", self.env["AWS_ENDPOINT_URL"] + "/", {
            "Content-Type": kind, "X-Amz-Date": now, "Authorization":
            f"AWS4-HMAC-SHA256 Credential={self.env['AWS_ACCESS_KEY_ID']}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"}, body.encode())

    def stop(self, node):
        self.call(node["region"], Action="StopInstances", **{"InstanceId.1": node["id"]})

    def delete(self, node):
        self.call(node["region"], Action="TerminateInstances", **{"InstanceId.1": node["id"]})

    def untag(self, node, key):
        self.call(node["region"], Action="DeleteTags",
                  **{"ResourceId.1": node["id"], "Tag.1.Key": key})

    def open_port(self, group, port):
        one = "IpPermissions.1."
        self.call(group["region"], Action="AuthorizeSecurityGroupIngress", **{
            "GroupId": group["id"], one + "IpProtocol": "tcp", one + "FromPort": port,
            one + "ToPort": port, one + "IpRanges.1.CidrIp": "0.0.0.0/0"})


class Azure:
    """Resource Manager, bearer token of a client secret."""

    def __init__(self, env):
        self.base = env["CCLOUD_AZURE_ENDPOINT"]
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": env["AZURE_CLIENT_ID"],
            "client_secret": env["AZURE_CLIENT_SECRET"],
            "scope": "https://management.azure.com/.default"}).encode()
        _, answer = http("POST", f"{self.base}/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token",
                         {"Content-Type": "application/x-www-form-urlencoded"}, form)
        self.token = json.loads(answer)["access_token"]

    def call(self, method, path, version, body=None):
        http(method, f"{self.base}{path}?api-version={version}",
             {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
             None if body is None else json.dumps(body).encode())

    def stop(self, node):
        self.call("POST", node["id"] + "/deallocate", "2024-07-01", {})

    def delete(self, node):
        self.call("DELETE", node["id"], "2024-07-01")

    def untag(self, node, key):
        self.call("PATCH", node["id"] + "/providers/Microsoft.Resources/tags/default", "2021-04-01",
                  {"operation": "Delete", "properties": {"tags": {key: node["tags"][key]}}})

    def open_port(self, group, port):
        self.call("PUT", group["id"] + "/securityRules/extra", "2024-05-01", {"properties": {
            "priority": 4000, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
            "sourceAddressPrefix": "0.0.0.0/0", "sourcePortRange": "*",
            "destinationAddressPrefix": "*", "destinationPortRange": str(port)}})


class Alibaba:
    """RPC style, the older signature (HMAC-SHA1), which the driver does not use."""

    def __init__(self, env):
        self.env = env

    def call(self, region, **params):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        params = {"Version": "2014-05-26", "Format": "JSON", "RegionId": region, "Timestamp": now,
                  "AccessKeyId": self.env["ALIBABA_CLOUD_ACCESS_KEY_ID"], "SignatureVersion": "1.0",
                  "SignatureMethod": "HMAC-SHA1", "SignatureNonce": str(uuid.uuid4()), **params}
        query = "&".join(f"{quote(key)}={quote(params[key])}" for key in sorted(params))
        digest = hmac.new((self.env["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] + "&").encode(),
                          f"GET&%2F&{quote(query)}".encode(), "sha1").digest()
        http("GET", f"{self.env['CCLOUD_ALIBABA_ENDPOINT']}/?{query}"
                    f"&Signature={quote(base64.b64encode(digest).decode())}")

    def stop(self, node):
        self.call(node["region"], Action="StopInstance", InstanceId=node["id"])

    def delete(self, node):
        self.call(node["region"], Action="DeleteInstance", InstanceId=node["id"], Force="true")

    def untag(self, node, key):
        self.call(node["region"], Action="UntagResources", ResourceType="instance",
                  **{"ResourceId.1": node["id"], "TagKey.1": key})

    def open_port(self, group, port):
        one = "Permissions.1."
        self.call(group["region"], Action="AuthorizeSecurityGroup", **{
            "SecurityGroupId": group["id"], one + "IpProtocol": "tcp", one + "Policy": "accept",
            one + "PortRange": f"{port}/{port}", one + "SourceCidrIp": "0.0.0.0/0"})


class OpenStack:
    """Keystone's token, Nova and Neutron."""

    def __init__(self, env):
        domain = {"name": env["OS_USER_DOMAIN_NAME"]}
        login = {"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": env["OS_USERNAME"], "domain": domain, "password": env["OS_PASSWORD"]}}},
            "scope": {"project": {"name": env["OS_PROJECT_NAME"], "domain": domain}}}}
        headers, answer = http("POST", env["OS_AUTH_URL"] + "/auth/tokens",
                               {"Content-Type": "application/json"}, json.dumps(login).encode())
        self.token = headers["X-Subject-Token"]
        self.catalog = {(service["type"], end["region"]): end["url"].rstrip("/")
                        for service in json.loads(answer)["token"]["catalog"]
                        for end in service["endpoints"] if end["interface"] == "public"}

    def call(self, method, service, region, path, body=None):
        http(method, self.catalog[service, region] + path,
             {"X-Auth-Token": self.token, "Content-Type": "application/json",
              "X-OpenStack-Nova-API-Version": "2.67"},
             None if body is None else json.dumps(body).encode())

    def stop(self, node):
        self.call("POST", "compute", node["region"], f"/servers/{node['id']}/action",
                  {"os-stop": None})

    def delete(self, node):
        self.call("DELETE", "compute", node["region"], f"/servers/{node['id']}")

    def untag(self, node, key):
        self.call("DELETE", "compute", node["region"], f"/servers/{node['id']}/metadata/{key}")

    def open_port(self, group, port):
        self.call("POST", "network", group["region"], "/v2.0/security-group-rules",
                  {"security_group_rule": {
                      "security_group_id": group["id"], "direction": "ingress",
                      "ethertype": "IPv4", "protocol": "tcp", "port_range_min": port,
                      "port_range_max": port, "remote_ip_prefix": "0.0.0.0/0"}})


class Gcp:
    """Compute Engine, bearer token of an authorised user's refresh token."""

    def __init__(self, env):
        self.base = (env["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"].rstrip("/")
                     + f"/projects/{env['GOOGLE_CLOUD_PROJECT']}")
        clients = os.path.dirname(env["GOOGLE_APPLICATION_CREDENTIALS"])
        with open(os.path.join(clients, "gcp-authorized-user.json")) as file:
            user = json.load(file)
        form = urllib.parse.urlencode({
            "grant_type": "refresh_token", "client_id": user["client_id"],
            "client_secret": user["client_secret"], "refresh_token": user["refresh_token"]}).encode()
        _, answer = http("POST", user["token_uri"],
                         {"Content-Type": "application/x-www-form-urlencoded"}, form)
        self.token = json.loads(answer)["access_token"]

    def call(self, method, path, body=None):
        _, answer = http(method, self.base + path, {"Authorization": f"Bearer {self.token}",
                                                    "Content-Type": "application/json"},
                         None if body is None else json.dumps(body).encode())
        answer = json.loads(answer)
        if answer["kind"] == "compute#operation":
            scope = f"/zones/{answer['zone'].rsplit('/', 1)[1]}" if "zone" in answer else "/global"
            if answer["status"] != "DONE":
                return self.call("POST", f"{scope}/operations/{answer['name']}/wait")
            if "error" in answer:
                raise RuntimeError(f"{method} {path}: {answer['error']}")
        return answer

    def stop(self, node):
        self.call("POST", f"/zones/{node['zone']}/instances/{node['name']}/stop")

    def delete(self, node):
        self.call("DELETE", f"/zones/{node['zone']}/instances/{node['name']}")

    def untag(self, node, key):
        path = f"/zones/{node['zone']}/instances/{node['name']}"
        now = self.call("GET", path)
        labels = {name: value for name, value in now["labels"].items() if name != key}
        self.call("POST", path + "/setLabels",
                  {"labels": labels, "labelFingerprint": now["labelFingerprint"]})

    def open_port(self, rule, port):
        now = self.call("GET", f"/global/firewalls/{rule['name']}")
        self.call("POST", "/global/firewalls", {
            "name": "extra", "network": now["network"], "direction": "INGRESS",
            "sourceRanges": ["0.0.0.0/0"], "targetTags": now["targetTags"],
            "allowed": [{"IPProtocol": "tcp", "ports": [str(port)]}]})


# driver: its client, what it calls a node and a firewall, regions with node counts.
CLOUDS = {
    "aws": (Aws, "instance", "security-group", {"us-east-1": 8, "eu-west-1": 7}),
    "azure": (Azure, "Microsoft.Compute/virtualMachines", "Microsoft.Network/networkSecurityGroups",
              {"westeurope": 8, "eastus": 6}),
    "alibaba": (Alibaba, "instance", "securitygroup", {"cn-hongkong": 8, "ap-southeast-1": 6}),
    "openstack": (OpenStack, "server", "security_group", {"RegionOne": 7}),
    "gcp": (Gcp, "instances", "firewalls", {"europe-west1": 10}),
}


def code_of(driver, number):
    return f"{driver[:3]}{number}"


def config(project, factor=1.0):
    """One cluster, a place in every region of every cloud."""
    place = {}
    for driver, (_, _, _, regions) in CLOUDS.items():
        for number, (region, count) in enumerate(regions.items(), 1):
            place[code_of(driver, number)] = {"provider": driver, "region": region,
                                              "count": round(count * factor)}
    return {
        "project": project,
        "labels": {"team": "edge"},
        "providers": {driver: {"driver": driver, "regions": list(regions)}
                      for driver, (_, _, _, regions) in CLOUDS.items()},
        "clusters": {"gw": {
            "size": {"cpu": 2, "memory": "4GiB"}, "image": "debian-12", "ssh": {"keys": [KEY]},
            "network": {"allow": [{"tcp": 22, "from": "203.0.113.0/24"},
                                  {"tcp": 7000, "from": "cluster:gw"}]},
            "place": place}},
    }


class Lab:
    """A simulator without boots and a folder with the config; ccloud finds the clouds by the variables."""

    def __init__(self, ccloud, project):
        self.ccloud, self.project = os.path.abspath(ccloud), project
        self.folder = tempfile.mkdtemp(prefix="ccloud-clouds-")
        self.sim = os.path.join(self.folder, "sim")
        self.env = {**os.environ, "HOME": self.folder,
                    "XDG_STATE_HOME": os.path.join(self.folder, "state")}
        self.passed = self.failed = 0

    def __enter__(self):
        try:
            code, _, err = self.run("sim", "up", "--dir", self.sim, "--boot", "none")
            if code != 0:
                sys.exit(f"the simulator does not start: {err}")
            text = self.run("sim", "env", "--dir", self.sim)[1]
            self.env.update(re.findall(r"export (\w+)='([^']*)'", text))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.run("sim", "down", "--dir", self.sim)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, content):
        with open(os.path.join(self.folder, "ccloud.json"), "w") as out:
            json.dump(content, out)

    def run(self, *words):
        done = subprocess.run([self.ccloud, *words], cwd=self.folder, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def json(self, *words):
        code, out, err = self.run(*words, "-o", "json")
        try:
            return code, json.loads(out)
        except ValueError:
            sys.exit(f"ccloud {' '.join(words)} ended with {code} and no JSON: {out}{err}")

    def get(self, path):
        with urllib.request.urlopen(self.env["CCLOUD_SIM_URL"] + path, timeout=30) as answer:
            return json.load(answer)

    def put(self, path, body):
        request = urllib.request.Request(self.env["CCLOUD_SIM_URL"] + path, method="PUT",
                                         data=json.dumps(body).encode())
        urllib.request.urlopen(request, timeout=30).close()

    def resources(self, cloud, kind):
        found = self.get(f"/_sim/resources?cloud={cloud}&type={kind}")["resources"]
        return [one for one in found if one["tags"].get("ccloud-project", self.project) == self.project
                and one.get("state") != "failed"]

    def check(self, name, holds, detail=""):
        self.passed += bool(holds)
        self.failed += not holds
        print(f"{'ok    ' if holds else 'FAILED'} {name}"
              + ("" if holds else f": {str(detail)[-1800:]}"), flush=True)

    def end(self):
        print(f"\n{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
