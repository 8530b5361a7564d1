#!/usr/bin/env python3
"""ccloud's whole line on AWS's wire against moto, counted with boto3.

    python3 tests/conformance/aws_moto.py PATH_TO_CCLOUD

Prints "N passed, N failed". Starts and stops its own servers on loopback.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import lib_moto

if not os.environ.get("CCLOUD_MOTO_CHILD"):
    python = lib_moto.python_with_moto()
    if python != sys.executable:
        os.environ["CCLOUD_MOTO_CHILD"] = "1"
        os.execv(python, [python, __file__, *sys.argv[1:]])

PROJECT = "moto-line"
REGIONS = {"use1": "us-east-1", "euw1": "eu-west-1", "apn1": "ap-northeast-1"}
POLICY = pathlib.Path(__file__).resolve().parents[2] / "docs" / "providers" / "aws-policy.json"
counts = {"passed": 0, "failed": 0}


def check(name, holds, detail=""):
    counts["passed" if holds else "failed"] += 1
    print(f"{'ok    ' if holds else 'FAILED'} {name}" + (f": {detail}" if not holds else ""),
          flush=True)
    return holds


def public_key(folder):
    path = pathlib.Path(folder) / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(path)],
                   check=True)
    return path.with_suffix(".pub").read_text().strip()


def base_config(key):
    cidrs = {"use1": "10.10.0.0/20", "euw1": "10.20.0.0/20", "apn1": "10.30.0.0/20"}
    return {
        "project": PROJECT,
        "labels": {"team": "tea"},
        "providers": {"aws": {"driver": "aws"}},
        "networks": {code: {"provider": "aws", "region": region, "cidr": cidrs[code]}
                     for code, region in REGIONS.items()},
        "clusters": {
            "web": {
                "size": {"cpu": 2, "memory": "4GiB"},
                "image": "al2023",
                "disk": {"size": "20GiB"},
                "ssh": {"keys": [key]},
                "network": {"allow": [{"tcp": 8443, "from": "0.0.0.0/0"},
                                      {"tcp": 22, "from": "203.0.113.0/24"},
                                      {"tcp": "7000-7010", "from": "cluster:web"}]},
                "place": {code: {"network": code, "count": 10} for code in REGIONS},
            }
        },
    }


class Line:
    """A working directory with a config, and ccloud run in it."""

    def __init__(self, program, folder, url, key="testing", secret="testing"):
        self.program = os.path.abspath(program)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8",
                    "XDG_STATE_HOME": str(self.folder / "state"), "AWS_ENDPOINT_URL": url,
                    "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
                    "AWS_EC2_METADATA_DISABLED": "true"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def write(self, config):
        (self.folder / "ccloud.json").write_text(json.dumps(config, indent=2))

    def run(self, *arguments, timeout=300, **environment):
        begin = time.time()
        done = subprocess.run([self.program, *arguments], cwd=self.folder,
                              env={**self.env, **environment}, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=timeout)
        done.seconds = time.time() - begin
        return done

    def expect(self, name, code, *arguments, **rest):
        done = self.run(*arguments, **rest)
        check(f"{name} (exit {code})", done.returncode == code,
              f"exit {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
        return done

    def document(self, *arguments):
        done = self.run(*arguments, "-o", "json")
        try:
            return json.loads(done.stdout)
        except ValueError:
            check(f"{arguments[0]} -o json is JSON", False, done.stdout[-500:] + done.stderr[-500:])
            return {}


def rules_of(group):
    rules = set()
    for permission in group["IpPermissions"]:
        ports = (permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort"))
        for one in permission["IpRanges"]:
            rules.add((*ports, one["CidrIp"]))
        for one in permission["UserIdGroupPairs"]:
            rules.add((*ports, one["GroupId"]))
    return rules


def wanted_rules(account, region, group, front_port=8443):
    """The config's three; nodes of the cluster elsewhere come in by their public addresses."""
    elsewhere = {("tcp", 7000, 7010, n["PublicIpAddress"] + "/32")
                 for n in account.nodes(PROJECT) if n["Region"] != region}
    return {("tcp", front_port, front_port, "0.0.0.0/0"), ("tcp", 22, 22, "203.0.113.0/24"),
            ("tcp", 7000, 7010, group["GroupId"])} | elsewhere


def check_nodes(account):
    nodes = account.nodes(PROJECT)
    check("30 instances", len(nodes) == 30, len(nodes))
    for code, region in REGIONS.items():
        here = [n for n in nodes if n["Region"] == region]
        names = sorted(n["TagMap"]["ccloud-node"] for n in here)
        check(f"{region}: ten names, each once",
              names == sorted(f"web-{code}-{i}" for i in range(1, 11)), names)
        zones = [n["Placement"]["AvailabilityZone"] for n in here]
        spread = [zones.count(z) for z in set(zones)]
        check(f"{region}: spread over zones", len(spread) >= 2 and max(spread) - min(spread) <= 1,
              zones)
    check("Name is the node's name", all(n["TagMap"]["Name"] == n["TagMap"]["ccloud-node"]
                                         for n in nodes))
    check("every node has its marks and labels",
          all(n["TagMap"].get("ccloud-cluster") == "web" and n["TagMap"].get("ccloud-spec")
              and n["TagMap"].get("team") == "tea" for n in nodes))
    check("every node has a public address", all(n.get("PublicIpAddress") for n in nodes))
    check("every node has the key", all(n.get("KeyName", "").startswith("ccloud-") for n in nodes))
    sizes = {v["Size"] for e in account.ec2.values() for v in e.describe_volumes(
        Filters=[{"Name": "tag:ccloud-project", "Values": [PROJECT]}])["Volumes"]}
    check("root disks have the size asked for", sizes == {20}, sizes)
    return nodes


def check_networks(account):
    mark = [{"Name": "tag:ccloud-project", "Values": [PROJECT]}]
    for region, ec2 in account.ec2.items():
        vpcs = ec2.describe_vpcs(Filters=mark)["Vpcs"]
        if not check(f"{region}: one network", len(vpcs) == 1, vpcs):
            continue
        vpc = vpcs[0]["VpcId"]
        here = [{"Name": "vpc-id", "Values": [vpc]}]
        routes = [r for t in ec2.describe_route_tables(Filters=here)["RouteTables"]
                  for r in t["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"]
        check(f"{region}: a default route to a gateway",
              len(routes) == 1 and routes[0]["GatewayId"].startswith("igw-"), routes)
        groups = ec2.describe_security_groups(Filters=mark)["SecurityGroups"]
        if check(f"{region}: one firewall", len(groups) == 1, groups):
            check(f"{region}: its rules are exact",
                  rules_of(groups[0]) == wanted_rules(account, region, groups[0]),
                  rules_of(groups[0]) ^ wanted_rules(account, region, groups[0]))


def check_status(line, account):
    status = line.document("status")
    shown = {n["id"]: n for n in status.get("nodes", [])}
    real = {n["InstanceId"]: n for n in account.nodes(PROJECT)}
    check("status shows the instances that there are", set(shown) == set(real),
          (len(shown), len(real)))
    wrong = [(shown[i], real[i]) for i in shown.keys() & real.keys() if not (
        shown[i]["name"] == real[i]["TagMap"]["ccloud-node"]
        and shown[i]["state"] == real[i]["State"]["Name"]
        and shown[i]["region"] == real[i]["Region"]
        and shown[i]["zone"] == real[i]["Placement"]["AvailabilityZone"]
        and shown[i]["type"] == real[i]["InstanceType"]
        and shown[i]["public_ip"] == real[i].get("PublicIpAddress")
        and shown[i]["private_ip"] == real[i].get("PrivateIpAddress"))]
    check("status agrees with boto3 on every node", not wrong, wrong[:1])
    check("status is complete", status.get("complete") is True, status.get("errors"))


def whole_line(program, folder, key):
    with lib_moto.Moto(folder) as moto:
        account = lib_moto.Account(moto.url, list(REGIONS.values()))
        vpcs_before = account.vpc_count()
        line = Line(program, pathlib.Path(folder) / "line", moto.url)
        config = base_config(key)
        line.write(config)
        line.expect("validate", 0, "validate")
        line.expect("plan before anything is there", 2, "plan", "--detailed-exitcode")
        deployed = line.expect("deploy 30 nodes in 3 regions", 0, "deploy", "-y")
        print(f"       deploy took {deployed.seconds:.1f} s", flush=True)
        check_nodes(account)
        check_networks(account)
        check_status(line, account)

        moto.record()
        line.expect("second deploy", 0, "deploy", "-y")
        actions = moto.recorded_actions()
        check("second deploy makes no call that changes anything",
              actions and not lib_moto.changing(actions), lib_moto.changing(actions))
        line.expect("plan finds nothing to do", 0, "plan", "--detailed-exitcode")
        moto.record()
        line.run("status", "--fresh")
        lists = moto.recorded_actions().count("DescribeInstances")
        check("status makes one node list per region", lists <= 40, lists)

        moto_changes(line, account, config)
        line.expect("destroy", 0, "destroy", "--confirm", PROJECT, "-y")
        check("destroy leaves nothing that carries the mark", not account.everything(PROJECT),
              account.everything(PROJECT))
        check("no other network was touched", account.vpc_count() == vpcs_before)
        line.expect("destroy again", 0, "destroy", "--confirm", PROJECT, "-y")


def moto_changes(line, account, config):
    """What happens to a cluster in its life."""
    lost = account.nodes(PROJECT, "us-east-1")[0]
    account.ec2["us-east-1"].terminate_instances(InstanceIds=[lost["InstanceId"]])
    line.expect("plan sees a lost node", 2, "plan", "--detailed-exitcode")
    line.expect("deploy repairs it", 0, "deploy", "-y")
    nodes = account.nodes(PROJECT)
    check("the lost node is back under its name",
          sorted(n["TagMap"]["ccloud-node"] for n in nodes).count(lost["TagMap"]["ccloud-node"])
          == 1 and len(nodes) == 30, len(nodes))

    config["clusters"]["web"]["place"]["use1"]["count"] = 12
    config["clusters"]["web"]["place"]["euw1"]["count"] = 7
    config["clusters"]["web"]["network"]["allow"][0]["tcp"] = 443
    config["labels"]["team"] = "coffee"
    line.write(config)
    line.expect("scale, change a rule and a label", 0, "deploy", "-y")
    nodes = account.nodes(PROJECT)
    per_region = {r: sum(n["Region"] == r for n in nodes) for r in REGIONS.values()}
    check("counts follow the config",
          per_region == {"us-east-1": 12, "eu-west-1": 7, "ap-northeast-1": 10}, per_region)
    check("labels follow the config", all(n["TagMap"]["team"] == "coffee" for n in nodes))
    group = account.ec2["eu-west-1"].describe_security_groups(
        Filters=[{"Name": "tag:ccloud-project", "Values": [PROJECT]}])["SecurityGroups"][0]
    want = wanted_rules(account, "eu-west-1", group, 443)
    check("rules follow the config", rules_of(group) == want, rules_of(group) ^ want)

    account.ec2["eu-west-1"].authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=23, ToPort=23, CidrIp="0.0.0.0/0")
    line.expect("plan sees a rule of somebody else", 2, "plan", "--detailed-exitcode")
    line.expect("deploy takes it away", 0, "deploy", "-y")
    group = account.ec2["eu-west-1"].describe_security_groups(
        GroupIds=[group["GroupId"]])["SecurityGroups"][0]
    check("the foreign rule is gone", rules_of(group) == want, rules_of(group) ^ want)

    line.expect("stop a node", 0, "stop", "web-apn1-1", "-y")
    line.expect("deploy leaves it stopped", 0, "deploy", "-y")
    stopped = account.nodes(PROJECT, "ap-northeast-1", states=["stopped"])
    check("one node is stopped, with its mark",
          [n["TagMap"].get("ccloud-power") for n in stopped] == ["off"], len(stopped))
    line.expect("start it", 0, "start", "web-apn1-1", "-y")
    check("it runs again", not account.nodes(PROJECT, states=["stopped"]))

    before = {n["InstanceId"] for n in account.nodes(PROJECT)}
    line.expect("replace a node", 0, "replace", "web-euw1-2", "-y")
    after = {n["InstanceId"] for n in account.nodes(PROJECT)}
    check("one node is another instance now", len(before - after) == 1 == len(after - before),
          (len(before - after), len(after - before)))
    check_status(line, account)


def existing_network(program, folder, key):
    """Nodes in a network that somebody else made."""
    with lib_moto.Moto(folder) as moto:
        account = lib_moto.Account(moto.url, ["eu-west-1"])
        ec2 = account.ec2["eu-west-1"]
        vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
        subnets = {z: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.50.{i}.0/24",
                                        AvailabilityZone=f"eu-west-1{z}")["Subnet"]["SubnetId"]
                   for i, z in enumerate("ac")}
        line = Line(program, pathlib.Path(folder) / "existing", moto.url)
        config = base_config(key)
        config["networks"] = {"old": {"provider": "aws", "region": "eu-west-1", "id": vpc,
                                      "subnets": subnets}}
        config["clusters"]["web"]["place"] = {"old": {"network": "old", "zones": ["a", "c"],
                                                      "count": 4}}
        line.write(config)
        line.expect("deploy into an existing network", 0, "deploy", "-y")
        nodes = account.nodes(PROJECT)
        used = sorted(n["SubnetId"] for n in nodes)
        check("two nodes in each of its subnets", used == sorted(list(subnets.values()) * 2), used)
        line.expect("second deploy there", 0, "plan", "--detailed-exitcode")
        line.expect("destroy there", 0, "destroy", "--confirm", PROJECT, "-y")
        check("nothing of ours is left", not account.everything(PROJECT),
              account.everything(PROJECT))
        check("the network is as it was",
              len(ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"])
              == 2)


def signatures_and_permissions(program, folder, key):
    """moto checks signatures and policies once its free actions are used up."""
    with lib_moto.Moto(folder, INITIAL_NO_AUTH_ACTION_COUNT="6") as moto:
        account = lib_moto.Account(moto.url, ["us-east-1"])
        iam = account.iam

        def user(name, actions):
            iam.create_user(UserName=name)
            made = iam.create_access_key(UserName=name)["AccessKey"]
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}))
            return made["AccessKeyId"], made["SecretAccessKey"]

        # What the docs say is enough, and nothing else.
        policy = json.loads(POLICY.read_text())
        may = user("may", sorted(action for statement in policy["Statement"]
                                 if statement["Sid"] != "OnlyWithIdentity"
                                 for action in statement["Action"]))
        may_not = user("may-not", ["ec2:Describe*", "ssm:*", "sts:*"])
        config = base_config(key)
        config["providers"]["aws"]["regions"] = ["us-east-1"]
        config["networks"] = {"use1": config["networks"]["use1"]}
        config["clusters"]["web"]["place"] = {"use1": {"network": "use1", "count": 2}}

        def line(name, credentials):
            made = Line(program, pathlib.Path(folder) / name, moto.url, *credentials)
            made.write(config)
            return made

        granted = line("granted", may)
        granted.expect("deploy with checked signatures", 0, "deploy", "-y")
        seen = lib_moto.Account(moto.url, ["us-east-1"], *may)
        check("two nodes are there", len(seen.nodes(PROJECT)) == 2)
        for command in ("stop", "start", "restart"):
            granted.expect(f"{command} with the documented policy", 0, command, "web-use1-1", "-y")
        granted.expect("replace with the documented policy", 0, "replace", "web-use1-2", "-y")
        config["labels"] = {"team": "coffee"}
        config["clusters"]["web"]["network"]["allow"].pop()
        granted.write(config)
        granted.expect("labels and rules with the documented policy", 0, "deploy", "-y")
        wrong = line("wrong", (may[0], "not-the-secret"))
        refused = wrong.expect("a wrong secret", 77, "plan")
        check("it says what to do", "secret" in refused.stdout + refused.stderr,
              refused.stderr[-800:])
        config["clusters"]["web"]["place"]["use1"]["count"] = 3
        denied = line("denied", may_not).run("deploy", "-y")
        check("a missing permission is named",
              denied.returncode in (1, 3, 77) and "ec2:" in denied.stdout + denied.stderr,
              f"exit {denied.returncode}\n{denied.stderr[-1500:]}")
        granted.expect("destroy with checked signatures", 0, "destroy", "--confirm", PROJECT, "-y")
        check("nothing is left", not seen.everything(PROJECT), seen.everything(PROJECT))


def no_way_in(program, folder, key):
    """No credentials, nobody there: within seconds, with a remedy."""
    line = Line(program, pathlib.Path(folder) / "nobody", "http://127.0.0.1:1")
    line.write(base_config(key))
    done = line.expect("an endpoint where nobody listens", 69, "plan", timeout=60)
    check("that took seconds", done.seconds < 20, done.seconds)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del line.env[name]
    done = line.expect("no credentials", 77, "plan", timeout=60)
    check("that took seconds, too", done.seconds < 10, done.seconds)
    check("it names the variables", "AWS_ACCESS_KEY_ID" in done.stdout + done.stderr)


def main():
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: aws_moto.py PATH_TO_CCLOUD")
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="ccloud-moto-") as work:
        key = public_key(work)
        for part in (no_way_in, signatures_and_permissions, existing_network, whole_line):
            print(f"\n{part.__name__}: {part.__doc__ or 'the whole line'}".splitlines()[1],
                  flush=True)
            folder = pathlib.Path(work) / part.__name__
            folder.mkdir()
            part(program, folder, key)
    print(f"\n{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
