#!/usr/bin/env python3
"""Others' clients against our simulated AWS: boto3 and awscli drive every operation that the
simulator offers; what it accepts and what it answers is held against botocore's own service models.

Usage: sim_boto3.py PATH_TO_CCLOUD. Prints "N passed, N failed"; starts and ends its own simulator.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
import botocore.exceptions
import botocore.parsers
from botocore.config import Config

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "ccloud"
RESULTS = {"passed": 0, "failed": 0}
UNKNOWN_ELEMENTS = set()
# EC2 has them, botocore 1.29 (Debian 12) does not know them yet.
NEWER_PARAMETERS = {"DescribeImages.MaxResults", "DescribeImages.NextToken"}
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


# ---- the simulator

def command(*words):
    done = subprocess.run([PROGRAM, "sim", *words], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"sim {' '.join(words)}: {done.returncode} {done.stderr}")
    return done.stdout


def start(directory):
    command("up", "--dir", directory, "--boot", "none")
    lines = command("env", "--dir", directory)
    for name, value in re.findall(r"^export (\w+)='(.*)'$", lines, re.M):
        os.environ[name] = value


def admin(path, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["CCLOUD_SIM_URL"] + "/_sim/" + path, data, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)


def client(service, region="us-east-1", **more):
    config = Config(retries={"max_attempts": 0, "mode": "standard"}, proxies={},
                    connect_timeout=5, read_timeout=20)
    return boto3.client(service, region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                        config=config, **more)


def code_of(function, **arguments):
    """The error code and status with which a call ends."""
    try:
        function(**arguments)
    except botocore.exceptions.ClientError as error:
        return (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
    return ("", 200)


def expect(actual, wanted):
    assert actual == wanted, f"{actual!r} instead of {wanted!r}"


# ---- what botocore knows

def local(tag):
    return tag.rsplit("}", 1)[-1]


def walk_xml(node, shape, path, is_ec2):
    """Reports elements that the model does not know."""
    if shape.type_name == "structure":
        names = {}
        for member, inner in shape.members.items():
            names[inner.serialization.get("name", member)] = inner
        for child in node:
            name = local(child.tag)
            if name not in names:
                UNKNOWN_ELEMENTS.add(f"{path}/{name}")
                continue
            walk_xml(child, names[name], f"{path}/{name}", is_ec2)
    elif shape.type_name == "list":
        for child in node:
            wanted = shape.member.serialization.get("name", "member")
            if local(child.tag) != wanted:
                UNKNOWN_ELEMENTS.add(f"{path}/{local(child.tag)} (not {wanted})")
            walk_xml(child, shape.member, f"{path}[]", is_ec2)
    elif len(node):
        UNKNOWN_ELEMENTS.add(f"{path} has elements, the model says {shape.type_name}")


def watch_answers():
    original = botocore.parsers.EC2QueryParser.parse

    def parse(self, response, shape):
        if response["status_code"] == 200 and shape is not None:
            root = ElementTree.fromstring(response["body"])
            for child in list(root):
                # EC2 sends both nearly everywhere, the model leaves most of them out.
                if local(child.tag) == "requestId" or (
                        local(child.tag) == "return" and "Return" not in shape.members):
                    root.remove(child)
            walk_xml(root, shape, shape.name, True)
        return original(self, response, shape)

    botocore.parsers.EC2QueryParser.parse = parse


def input_names(shape, prefix=""):
    """Every query key of an EC2 input shape, list positions as N."""
    if shape.type_name == "structure":
        names = set()
        for member, inner in shape.members.items():
            name = inner.serialization.get("queryName")
            if name is None:
                name = inner.serialization.get("name", member)
                name = name[0].upper() + name[1:]
            names |= input_names(inner, f"{prefix}.{name}" if prefix else name)
        return names
    if shape.type_name == "list":
        return input_names(shape.member, prefix + ".N")
    return {prefix}


@check
def parameters_are_those_of_the_model():
    model = client("ec2").meta.service_model
    wrong = []
    for operation in admin("operations")["operations"]:
        if operation["service"] != "ec2" or operation["cloud"] != "aws":
            continue
        known = input_names(model.operation_model(operation["name"]).input_shape)
        for word in operation["parameters"].split():
            name = re.sub(r"(:\w+)?!?$", "", word)
            if name not in known and f"{operation['name']}.{name}" not in NEWER_PARAMETERS:
                wrong.append(f"{operation['name']}.{name}")
    expect(wrong, [])


# ---- the operations

class World:
    """What the checks build up together."""
    vpc = subnet = group = gateway = table = image = None
    instances = []


def tags(kind, **pairs):
    return [{"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in pairs.items()]}]


@check
def who_am_i():
    sts = client("sts")
    identity = sts.get_caller_identity()
    assert re.fullmatch(r"\d{12}", identity["Account"])
    role = sts.assume_role(RoleArn=f"arn:aws:iam::{identity['Account']}:role/some/deployer",
                           RoleSessionName="conformance")
    keys = role["Credentials"]
    other = client("sts", aws_access_key_id=keys["AccessKeyId"],
                   aws_secret_access_key=keys["SecretAccessKey"],
                   aws_session_token=keys["SessionToken"])
    assert other.get_caller_identity()["Arn"].endswith(":assumed-role/deployer/conformance")
    client("ec2", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
           aws_session_token=keys["SessionToken"]).describe_vpcs()
    expect(code_of(sts.assume_role, RoleArn="arn:aws:iam::000000000000:role/x",
                   RoleSessionName="conformance"), ("AccessDenied", 403))


@check
def web_identity_needs_no_signature():
    account = client("sts").get_caller_identity()["Account"]
    folder = os.path.dirname(os.environ["AWS_CONFIG_FILE"])
    with open(os.path.join(folder, "aws-web-identity-token"), encoding="utf-8") as file:
        token = file.read()
    sts = client("sts")
    role = f"arn:aws:iam::{account}:role/web"
    keys = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="web",
                                             WebIdentityToken=token)["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIA")
    expect(code_of(sts.assume_role_with_web_identity, RoleArn=role, RoleSessionName="web",
                   WebIdentityToken="forged")[0], "InvalidIdentityToken")


@check
def bad_credentials_are_refused():
    unknown = {"aws_access_key_id": "AKIAUNKNOWN", "aws_secret_access_key": "x"}
    expect(code_of(client("ec2", **unknown).describe_vpcs), ("AuthFailure", 401))
    expect(code_of(client("sts", **unknown).get_caller_identity), ("InvalidClientTokenId", 403))
    wrong = {"aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "wrong"}
    expect(code_of(client("ec2", **wrong).describe_vpcs), ("AuthFailure", 401))
    expect(code_of(client("sts", **wrong).get_caller_identity), ("SignatureDoesNotMatch", 403))
    expect(code_of(client("ec2", "ap-east-1").describe_vpcs), ("AuthFailure", 401))
    expect(code_of(client("ec2", "cn-north-1").describe_vpcs), ("AuthFailure", 401))


@check
def partitions_have_keys_of_their_own():
    for profile, region, count in (("sim-cn", "cn-north-1", 2), ("sim-gov", "us-gov-west-1", 2)):
        session = boto3.Session(profile_name=profile)
        ec2 = session.client("ec2", region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
        expect(len(ec2.describe_regions()["Regions"]), count)


@check
def regions_zones_and_types():
    ec2 = client("ec2")
    enabled = [r["RegionName"] for r in ec2.describe_regions()["Regions"]]
    assert "us-east-1" in enabled and "ap-east-1" not in enabled
    every = ec2.describe_regions(AllRegions=True)["Regions"]
    assert {"not-opted-in", "opt-in-not-required"} == {r["OptInStatus"] for r in every}
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    expect(len(zones), 6)
    named = ec2.describe_instance_types(InstanceTypes=["t3.micro"])["InstanceTypes"][0]
    expect((named["VCpuInfo"]["DefaultVCpus"], named["MemoryInfo"]["SizeInMiB"]), (2, 1024))
    pages = list(ec2.get_paginator("describe_instance_types").paginate(
        PaginationConfig={"PageSize": 20},
        Filters=[{"Name": "processor-info.supported-architecture", "Values": ["arm64"]}]))
    assert len(pages) > 1 and all(len(p["InstanceTypes"]) <= 20 for p in pages)
    offered = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["c7i.large"]}])
    locations = {o["Location"] for p in offered for o in p["InstanceTypeOfferings"]}
    assert "us-east-1a" in locations and "us-east-1e" not in locations
    expect(code_of(ec2.describe_instance_types, InstanceTypes=["t9.huge"])[0], "InvalidInstanceType")
    attributes = ec2.describe_account_attributes(AttributeNames=["default-vpc"])["AccountAttributes"]
    assert attributes[0]["AttributeValues"][0]["AttributeValue"].startswith("vpc-")


@check
def images_and_their_parameters():
    ec2, ssm = client("ec2"), client("ssm")
    for name, owner, path in (
            ("debian-12-amd64-*", "136693071363", "/aws/service/debian/release/12/latest/amd64"),
            ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*", "099720109477",
             "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"),
            ("al2023-ami-2023.*-x86_64", "amazon",
             "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")):
        found = ec2.describe_images(Owners=[owner], Filters=[
            {"Name": "name", "Values": [name]}, {"Name": "state", "Values": ["available"]}])["Images"]
        newest = max(found, key=lambda image: image["CreationDate"])
        expect(ssm.get_parameter(Name=path)["Parameter"]["Value"], newest["ImageId"])
        World.image = World.image or newest["ImageId"]
    expect(code_of(ssm.get_parameter, Name="/aws/service/none")[0], "ParameterNotFound")
    expect(code_of(ec2.describe_images, ImageIds=["ami-00000000000000000"])[0], "InvalidAMIID.NotFound")


@check
def quotas():
    quota = client("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode="L-1216C47A")
    assert quota["Quota"]["Value"] > 1000


@check
def a_network_is_built():
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/20", TagSpecifications=tags("vpc", mark="x"))["Vpc"]
    World.vpc = vpc["VpcId"]
    ec2.get_waiter("vpc_available").wait(VpcIds=[World.vpc])
    ec2.modify_vpc_attribute(VpcId=World.vpc, EnableDnsHostnames={"Value": True})
    attribute = ec2.describe_vpc_attribute(VpcId=World.vpc, Attribute="enableDnsHostnames")
    expect(attribute["EnableDnsHostnames"]["Value"], True)
    World.subnet = ec2.create_subnet(VpcId=World.vpc, CidrBlock="10.10.0.0/23",
                                     AvailabilityZone="us-east-1b",
                                     TagSpecifications=tags("subnet", mark="x"))["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=World.subnet, MapPublicIpOnLaunch={"Value": True})
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [World.vpc]}])["Subnets"][0]
    expect((subnet["AvailableIpAddressCount"], subnet["MapPublicIpOnLaunch"]), (507, True))
    World.gateway = ec2.create_internet_gateway(
        TagSpecifications=tags("internet-gateway", mark="x"))["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=World.gateway, VpcId=World.vpc)
    found = ec2.describe_internet_gateways(
        Filters=[{"Name": "attachment.vpc-id", "Values": [World.vpc]}])["InternetGateways"]
    expect(found[0]["InternetGatewayId"], World.gateway)
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [World.vpc]},
                                              {"Name": "association.main", "Values": ["true"]}])
    main = main["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=World.gateway)
    ec2.replace_route(RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=World.gateway)
    World.table = ec2.create_route_table(
        VpcId=World.vpc, TagSpecifications=tags("route-table", mark="x"))["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=World.table, DestinationCidrBlock="0.0.0.0/0",
                     GatewayId=World.gateway)
    ec2.delete_route(RouteTableId=World.table, DestinationCidrBlock="0.0.0.0/0")
    associated = ec2.associate_route_table(RouteTableId=World.table, SubnetId=World.subnet)
    ec2.disassociate_route_table(AssociationId=associated["AssociationId"])


@check
def network_mistakes_are_refused():
    ec2 = client("ec2")
    expect(code_of(ec2.create_vpc, CidrBlock="10.0.0.0/8")[0], "InvalidVpc.Range")
    expect(code_of(ec2.create_vpc, CidrBlock="nonsense")[0], "InvalidParameterValue")
    expect(code_of(ec2.create_subnet, VpcId=World.vpc, CidrBlock="10.10.1.0/24")[0],
           "InvalidSubnet.Conflict")
    expect(code_of(ec2.create_subnet, VpcId=World.vpc, CidrBlock="10.99.1.0/24")[0],
           "InvalidSubnet.Range")
    expect(code_of(ec2.delete_vpc, VpcId=World.vpc), ("DependencyViolation", 400))
    expect(code_of(ec2.describe_vpcs, VpcIds=["vpc-00000000000000000"])[0], "InvalidVpcID.NotFound")
    expect(code_of(ec2.describe_vpcs, VpcIds=["nonsense"])[0], "InvalidVpcID.Malformed")
    expect(code_of(ec2.describe_vpcs, Filters=[{"Name": "colour", "Values": ["red"]}])[0],
           "InvalidParameterValue")
    expect(code_of(ec2.attach_internet_gateway, InternetGatewayId=World.gateway, VpcId=World.vpc)[0],
           "Resource.AlreadyAssociated")


@check
def groups_and_rules():
    ec2 = client("ec2")
    World.group = ec2.create_security_group(GroupName="web", Description="of a test", VpcId=World.vpc,
                                            TagSpecifications=tags("security-group", mark="x"))["GroupId"]
    expect(code_of(ec2.create_security_group, GroupName="WEB", Description="again", VpcId=World.vpc)[0],
           "InvalidGroup.Duplicate")
    rules = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
              "IpRanges": [{"CidrIp": "203.0.113.0/24", "Description": "office"}],
              "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]},
             {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": World.group}]}]
    made = ec2.authorize_security_group_ingress(GroupId=World.group, IpPermissions=rules)
    expect(len(made["SecurityGroupRules"]), 3)
    expect(code_of(ec2.authorize_security_group_ingress, GroupId=World.group, IpPermissions=rules)[0],
           "InvalidPermission.Duplicate")
    shown = ec2.describe_security_groups(GroupIds=[World.group])["SecurityGroups"][0]
    ssh = [p for p in shown["IpPermissions"] if p["IpProtocol"] == "tcp"][0]
    expect((ssh["FromPort"], ssh["IpRanges"][0]["CidrIp"]), (22, "203.0.113.0/24"))
    expect(len(shown["IpPermissionsEgress"]), 1)
    listed = ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [World.group]}])["SecurityGroupRules"]
    expect(len(listed), 4)
    ec2.revoke_security_group_ingress(GroupId=World.group, IpPermissions=rules[:1])
    expect(code_of(ec2.revoke_security_group_ingress, GroupId=World.group, IpPermissions=rules[:1])[0],
           "InvalidPermission.NotFound")
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=World.group, IpPermissions=everything)
    ec2.authorize_security_group_egress(GroupId=World.group, IpPermissions=everything)
    expect(code_of(ec2.authorize_security_group_ingress, GroupId=World.group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])[0],
        "InvalidParameterValue")


@check
def key_pairs():
    ec2 = client("ec2")
    line = b"ssh-ed25519 " + base64.b64encode(
        b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(32))) + b" anna"
    made = ec2.import_key_pair(KeyName="anna", PublicKeyMaterial=line,
                               TagSpecifications=tags("key-pair", mark="x"))
    expect(code_of(ec2.import_key_pair, KeyName="anna", PublicKeyMaterial=line)[0],
           "InvalidKeyPair.Duplicate")
    expect(code_of(ec2.import_key_pair, KeyName="bad", PublicKeyMaterial=b"nonsense")[0],
           "InvalidKey.Format")
    shown = ec2.describe_key_pairs(KeyNames=["anna"], IncludePublicKey=True)["KeyPairs"][0]
    expect((shown["KeyPairId"], shown["PublicKey"]), (made["KeyPairId"], line.decode()))
    fresh = ec2.create_key_pair(KeyName="fresh", KeyType="ed25519")
    assert "PRIVATE KEY" in fresh["KeyMaterial"]
    ec2.delete_key_pair(KeyName="fresh")
    ec2.delete_key_pair(KeyName="never was")
    expect(code_of(ec2.describe_key_pairs, KeyNames=["fresh"])[0], "InvalidKeyPair.NotFound")


def order(**more):
    wanted = {"ImageId": World.image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    wanted.update(more)
    return wanted


@check
def instances_run():
    ec2 = client("ec2")
    made = ec2.run_instances(**order(
        MinCount=3, MaxCount=3, KeyName="anna", ClientToken="token-1", UserData="#!/bin/sh\ntrue\n",
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": World.subnet, "Groups": [World.group],
                            "AssociatePublicIpAddress": True, "DeleteOnTermination": True}],
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda",
                              "Ebs": {"VolumeSize": 40, "VolumeType": "gp3"}}],
        IamInstanceProfile={"Name": "node"},
        MetadataOptions={"HttpTokens": "required", "HttpEndpoint": "enabled"},
        TagSpecifications=tags("instance", mark="x", Name="a") + tags("volume", mark="x")
        + tags("network-interface", mark="x")))
    expect({i["State"]["Name"] for i in made["Instances"]}, {"pending"})
    expect([i["AmiLaunchIndex"] for i in made["Instances"]], [0, 1, 2])
    World.instances = [i["InstanceId"] for i in made["Instances"]]
    ec2.get_waiter("instance_running").wait(InstanceIds=World.instances)
    ec2.get_waiter("instance_status_ok").wait(InstanceIds=World.instances)
    shown = ec2.describe_instances(InstanceIds=World.instances)["Reservations"][0]["Instances"][0]
    assert shown["PublicIpAddress"] and shown["PrivateIpAddress"].startswith("10.10.")
    expect(shown["Placement"]["AvailabilityZone"], "us-east-1b")
    assert shown["IamInstanceProfile"]["Arn"].endswith(":instance-profile/node")
    volume = shown["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    expect(ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"], 40)
    interface = shown["NetworkInterfaces"][0]["NetworkInterfaceId"]
    nic = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    expect(nic["Attachment"]["InstanceId"], shown["InstanceId"])


@check
def tokens_are_idempotent_by_zone():
    ec2 = client("ec2")
    one = ec2.run_instances(**order(ClientToken="same", SubnetId=World.subnet))
    two = ec2.run_instances(**order(ClientToken="same", SubnetId=World.subnet))
    expect(one["Instances"][0]["InstanceId"], two["Instances"][0]["InstanceId"])
    expect(code_of(ec2.run_instances, **order(ClientToken="same", SubnetId=World.subnet,
                                              InstanceType="t3.small"))[0],
           "IdempotentParameterMismatch")
    elsewhere = ec2.run_instances(**order(ClientToken="same",
                                          Placement={"AvailabilityZone": "us-east-1c"}))
    assert elsewhere["Instances"][0]["InstanceId"] != one["Instances"][0]["InstanceId"]
    both = [one["Instances"][0]["InstanceId"], elsewhere["Instances"][0]["InstanceId"]]
    ec2.terminate_instances(InstanceIds=both)
    again = ec2.run_instances(**order(ClientToken="same", SubnetId=World.subnet))
    expect(again["Instances"][0]["State"]["Name"], "terminated")


@check
def launch_mistakes_are_refused():
    ec2 = client("ec2")
    for wanted, arguments in (
            ("InvalidAMIID.NotFound", order(ImageId="ami-00000000000000000")),
            ("InvalidAMIID.Malformed", order(ImageId="debian")),
            ("InvalidParameterValue", order(InstanceType="t9.huge")),
            ("InvalidParameterValue", order(InstanceType="t4g.micro")),
            ("InvalidKeyPair.NotFound", order(KeyName="nobody")),
            ("InvalidSubnetID.NotFound", order(SubnetId="subnet-00000000000000000")),
            ("InvalidGroup.NotFound", order(SecurityGroupIds=["sg-00000000000000000"])),
            ("InvalidParameter", order(SecurityGroupIds=[World.group])),
            ("Unsupported", order(Placement={"AvailabilityZone": "us-east-1e"})),
            ("InvalidParameterValue", order(MinCount=2, MaxCount=1)),
            ("InvalidParameterValue", order(UserData="x" * 16385)),
            ("InvalidBlockDeviceMapping", order(BlockDeviceMappings=[
                {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 1}}])),
            ("InvalidParameterValue", order(TagSpecifications=tags("vpc", a="b"))),
            ("InvalidParameterValue", order(TagSpecifications=tags("instance", **{"aws:a": "b"}))),
            ("UnknownParameter", order(KernelId="aki-1")),
            ("DryRunOperation", order(DryRun=True))):
        expect((wanted, code_of(ec2.run_instances, **arguments)[0]), (wanted, wanted))


@check
def lists_are_paged_and_filtered():
    ec2 = client("ec2", "eu-west-1")
    image = ec2.describe_images(Owners=["136693071363"], Filters=[
        {"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
    for number in range(3):
        ec2.run_instances(**order(ImageId=image, MinCount=5, MaxCount=5, TagSpecifications=tags(
            "instance", batch=str(number), all="yes")))
    pages = list(ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 6}))
    sizes = [sum(len(r["Instances"]) for r in p["Reservations"]) for p in pages]
    expect(sizes, [6, 6, 3])
    expect(code_of(ec2.describe_instances, MaxResults=4)[0], "InvalidParameterValue")
    expect(code_of(ec2.describe_instances, MaxResults=10, NextToken="no")[0], "InvalidNextToken")

    def count(*filters):
        found = ec2.describe_instances(Filters=[{"Name": n, "Values": v} for n, v in filters])
        return sum(len(r["Instances"]) for r in found["Reservations"])
    expect(count(("tag:batch", ["1"])), 5)
    expect(count(("tag:batch", ["0", "2"])), 10)
    expect(count(("tag:batch", ["?"]), ("tag-key", ["all"])), 15)
    expect(count(("tag:batch", ["1"]), ("instance-state-name", ["stopped"])), 0)
    found = ec2.get_paginator("describe_tags").paginate(
        Filters=[{"Name": "key", "Values": ["all"]}, {"Name": "value", "Values": ["yes"]}],
        PaginationConfig={"PageSize": 5})
    expect(sum(len(p["Tags"]) for p in found), 15)
    status = ec2.describe_instance_status(IncludeAllInstances=True, MaxResults=10)
    expect(len(status["InstanceStatuses"]), 10)


@check
def tags_change():
    ec2 = client("ec2")
    one = World.instances[0]
    ec2.create_tags(Resources=[one, World.vpc], Tags=[{"Key": "role", "Value": "gateway"}])
    found = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["role"]}])["Tags"]
    expect({(t["ResourceId"], t["ResourceType"]) for t in found}, {(one, "instance"), (World.vpc, "vpc")})
    ec2.delete_tags(Resources=[one], Tags=[{"Key": "role", "Value": "other"}])
    ec2.delete_tags(Resources=[World.vpc], Tags=[{"Key": "role"}])
    expect(len(ec2.describe_tags(Filters=[{"Name": "key", "Values": ["role"]}])["Tags"]), 1)
    many = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
    expect(code_of(ec2.create_tags, Resources=[one], Tags=many)[0], "TagLimitExceeded")


@check
def power_and_size():
    ec2 = client("ec2")
    one = World.instances[0]
    expect(code_of(ec2.modify_instance_attribute, InstanceId=one,
                   InstanceType={"Value": "t3.small"})[0], "IncorrectInstanceState")
    changed = ec2.stop_instances(InstanceIds=[one])["StoppingInstances"][0]
    expect((changed["CurrentState"]["Name"], changed["PreviousState"]["Name"]), ("stopping", "running"))
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[one])
    stopped = ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]
    assert "PublicIpAddress" not in stopped
    expect(code_of(ec2.reboot_instances, InstanceIds=[one])[0], "IncorrectInstanceState")
    ec2.modify_instance_attribute(InstanceId=one, InstanceType={"Value": "t3.small"})
    kind = ec2.describe_instance_attribute(InstanceId=one, Attribute="instanceType")
    expect(kind["InstanceType"]["Value"], "t3.small")
    ec2.start_instances(InstanceIds=[one])
    ec2.get_waiter("instance_running").wait(InstanceIds=[one])
    ec2.reboot_instances(InstanceIds=[one])
    assert "is up" in ec2.get_console_output(InstanceId=one)["Output"]


@check
def groups_of_an_instance_change():
    ec2 = client("ec2")
    other = ec2.create_security_group(GroupName="other", Description="x", VpcId=World.vpc)["GroupId"]
    ec2.modify_instance_attribute(InstanceId=World.instances[0], Groups=[other])
    groups = ec2.describe_instance_attribute(InstanceId=World.instances[0], Attribute="groupSet")
    expect([g["GroupId"] for g in groups["Groups"]], [other])
    expect(code_of(ec2.delete_security_group, GroupId=other)[0], "DependencyViolation")
    ec2.modify_instance_attribute(InstanceId=World.instances[0], Groups=[World.group])
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": World.group}]}])
    ec2.delete_security_group(GroupId=other)


@check
def profiles_of_an_instance_change():
    ec2 = client("ec2")
    one = World.instances[0]
    mine = [{"Name": "instance-id", "Values": [one]}]
    for known in ec2.describe_iam_instance_profile_associations(Filters=mine)["IamInstanceProfileAssociations"]:
        ec2.disassociate_iam_instance_profile(AssociationId=known["AssociationId"])
    made = ec2.associate_iam_instance_profile(InstanceId=one, IamInstanceProfile={"Name": "first"})
    association = made["IamInstanceProfileAssociation"]["AssociationId"]
    expect(code_of(ec2.associate_iam_instance_profile, InstanceId=one,
                   IamInstanceProfile={"Name": "second"})[0], "IncorrectState")
    arn = "arn:aws:iam::123456789012:instance-profile/second"
    ec2.replace_iam_instance_profile_association(AssociationId=association,
                                                 IamInstanceProfile={"Arn": arn})
    shown = ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]
    expect(shown["IamInstanceProfile"]["Arn"], arn)
    expect(code_of(ec2.disassociate_iam_instance_profile, AssociationId=association)[0],
           "InvalidAssociationID.NotFound")
    now = ec2.describe_iam_instance_profile_associations(Filters=mine)["IamInstanceProfileAssociations"]
    expect([(a["InstanceId"], a["State"]) for a in now], [(one, "associated")])
    ec2.disassociate_iam_instance_profile(AssociationId=now[0]["AssociationId"])
    expect(ec2.describe_iam_instance_profile_associations(Filters=mine)["IamInstanceProfileAssociations"], [])


@check
def volumes_grow():
    ec2 = client("ec2")
    volume = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id",
                                            "Values": World.instances[:1]}])["Volumes"][0]["VolumeId"]
    ec2.modify_volume(VolumeId=volume, Size=60)
    expect(ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"], 60)
    going = ec2.describe_volumes_modifications(VolumeIds=[volume])["VolumesModifications"][0]
    expect(going["ModificationState"], "completed")
    expect(code_of(ec2.modify_volume, VolumeId=volume, Size=10)[0], "InvalidParameterValue")
    expect(code_of(ec2.delete_volume, VolumeId=volume)[0], "VolumeInUse")


@check
def addresses():
    ec2 = client("ec2")
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip", mark="x"))
    linked = ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=World.instances[1])
    shown = ec2.describe_addresses(AllocationIds=[made["AllocationId"]])["Addresses"][0]
    expect((shown["InstanceId"], shown["AssociationId"]), (World.instances[1], linked["AssociationId"]))
    expect(code_of(ec2.release_address, AllocationId=made["AllocationId"])[0], "InvalidIPAddress.InUse")
    ec2.disassociate_address(AssociationId=linked["AssociationId"])
    ec2.release_address(AllocationId=made["AllocationId"])
    expect(code_of(ec2.describe_addresses, AllocationIds=[made["AllocationId"]])[0],
           "InvalidAllocationID.NotFound")


@check
def faults_reach_the_client():
    ec2 = client("ec2")
    admin("faults", "PUT", {"rules": [
        {"fault": "throttle", "action": "DescribeVpcs", "count": 1},
        {"fault": "lost-reply", "action": "DescribeVpcs", "count": 1},
        {"fault": "unavailable", "action": "DescribeVpcs", "count": 1}]})
    expect(code_of(ec2.describe_vpcs), ("RequestLimitExceeded", 503))
    try:
        ec2.describe_vpcs()
        raise AssertionError("the reply was not lost")
    except (botocore.exceptions.ConnectionClosedError, botocore.exceptions.HTTPClientError):
        pass
    expect(code_of(ec2.describe_vpcs), ("Unavailable", 503))
    admin("faults", "DELETE")
    ec2.describe_vpcs()


@check
def awscli_agrees():
    aws = shutil.which("aws")
    if aws is None:
        print("skipped: awscli is not installed")
        return

    def run(*words):
        done = subprocess.run([aws, "--endpoint-url", os.environ["AWS_ENDPOINT_URL"], "--output", "json",
                               *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    expect(len(run("ec2", "describe-regions")["Regions"]), 17)
    expect(len(run("ec2", "describe-instances", "--filters",
                   "Name=tag:mark,Values=x")["Reservations"][0]["Instances"]), 3)
    assert run("sts", "get-caller-identity")["Account"]


@check
def everything_goes_away():
    ec2 = client("ec2")
    expect(code_of(ec2.terminate_instances, InstanceIds=[World.instances[0], "i-00000000000000000"])[0],
           "InvalidInstanceID.NotFound")
    ec2.modify_instance_attribute(InstanceId=World.instances[0], DisableApiTermination={"Value": True})
    expect(code_of(ec2.terminate_instances, InstanceIds=World.instances)[0], "OperationNotPermitted")
    ec2.modify_instance_attribute(InstanceId=World.instances[0], DisableApiTermination={"Value": False})
    expect(code_of(ec2.delete_subnet, SubnetId=World.subnet)[0], "DependencyViolation")
    ec2.terminate_instances(InstanceIds=World.instances)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=World.instances)
    ec2.delete_security_group(GroupId=World.group)
    ec2.delete_route_table(RouteTableId=World.table)
    ec2.detach_internet_gateway(InternetGatewayId=World.gateway, VpcId=World.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=World.gateway)
    ec2.delete_subnet(SubnetId=World.subnet)
    ec2.delete_vpc(VpcId=World.vpc)
    ec2.delete_key_pair(KeyName="anna")
    left = admin("resources?tag:mark=x")
    expect(left["count"], 0)


@check
def every_operation_was_driven():
    served = admin("calls?limit=0")["counts"]["aws"]
    offered = [o["name"] for o in admin("operations")["operations"] if o["cloud"] == "aws"]
    expect([name for name in offered if name not in served], [])
    assert len(offered) > 60


@check
def answers_are_those_of_the_model():
    expect(sorted(UNKNOWN_ELEMENTS), [])


def main():
    directory = tempfile.mkdtemp(prefix="ccloud-sim-")
    try:
        start(directory)
        watch_answers()
        for function in CHECKS:
            try:
                function()
                RESULTS["passed"] += 1
            except Exception:  # each check is reported on its own
                RESULTS["failed"] += 1
                print(f"FAILED {function.__name__}")
                traceback.print_exc(limit=-2, file=sys.stdout)
    finally:
        subprocess.run([PROGRAM, "sim", "down", "--dir", directory], timeout=60, check=False)
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{RESULTS['passed']} passed, {RESULTS['failed']} failed")
    return 1 if RESULTS["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
