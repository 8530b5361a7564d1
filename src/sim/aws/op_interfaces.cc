// DescribeNetworkInterfaces: each instance's one interface.
#include "sim/aws/listing.h"

namespace ccloud::sim::aws {
namespace {

const std::string& machine_of(const Resource& eni) { return eni.fields.find("machine")->second; }

constexpr Field<Resource> fields[] = {
    {"network-interface-id", [](const Resource& e) { return Values{e.id}; }},
    {"attachment.instance-id", [](const Resource& e) { return Values{machine_of(e)}; }},
    {"availability-zone", [](const Resource& e) { return Values{e.zone}; }},
    {"status", [](const Resource& e) { return Values{e.state}; }},
    {"subnet-id", [](const Resource& e) { return Values{e.fields.find("subnet")->second}; }},
    {"vpc-id", [](const Resource& e) { return Values{e.fields.find("vpc")->second}; }},
};

Answer<> describe(Ec2& ec2) {
  auto found =
      select<Resource>(ec2, {.type = "network-interface", .ids = "NetworkInterfaceId"}, fields);
  if (!found) return std::unexpected(found.error());
  ec2.xml.list("networkInterfaceSet", found->all, [&](const Resource* eni) {
    const auto* machine = ec2.world.find_as<Machine>(ec2.place, machine_of(*eni));
    auto& xml = ec2.xml;
    xml.leaf("networkInterfaceId", eni->id)
        .leaf("subnetId", eni->fields.find("subnet")->second)
        .leaf("vpcId", eni->fields.find("vpc")->second)
        .leaf("availabilityZone", eni->zone)
        .leaf("ownerId", ec2.place.account)
        .leaf("status", eni->state)
        .leaf("interfaceType", "interface");
    if (machine != nullptr) {
      xml.leaf("privateIpAddress", machine->private_ip);
      xml.list("groupSet", machine->firewalls,
               [&](const std::string& id) { xml.leaf("groupId", id); });
      xml.open("attachment")
          .leaf("attachmentId", "eni-attach-" + eni->id.substr(4))
          .leaf("deviceIndex", 0)
          .leaf("instanceId", machine->id)
          .leaf("status", "attached")
          .leaf("deleteOnTermination", true)
          .close("attachment");
      if (!machine->public_ip.empty()) {
        xml.open("association").leaf("publicIp", machine->public_ip).close("association");
      }
    }
    ec2.write_tags(*eni);
  });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

}  // namespace

std::vector<Operation> interface_operations() {
  return {{"DescribeNetworkInterfaces", "NetworkInterfaceId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES,
           false, describe}};
}

}  // namespace ccloud::sim::aws
