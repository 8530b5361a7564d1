"""Who calls, and what a region has before anybody makes anything in it."""
import os
import re

import boto3

from ec2.harness import check, client, code_of, expect, World


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
