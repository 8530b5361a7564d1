"""Instances, their volumes, addresses, profiles and tags."""
from ec2.harness import check, client, code_of, expect, World, tags


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
