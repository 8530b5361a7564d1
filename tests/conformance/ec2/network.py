"""Networks, security groups, key pairs."""
import base64

from ec2.harness import check, client, code_of, expect, World, tags


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
