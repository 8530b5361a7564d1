// VPC: networks and vSwitches.
#include <algorithm>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/text.h"
#include "sim/alibaba/rpc.h"

namespace ccloud::sim::alibaba {
namespace {

Response create_vpc(Rpc& rpc) {
  std::optional<Response> refused;
  const auto answer = [&](const std::string& id) {
    return succeed(rpc, [&](json::Writer& out) {
      out.member("VpcId", id)
          .member("VRouterId", "vrt-" + id.substr(4))
          .member("RouteTableId", "vtb-" + id.substr(4));
      out.member("ResourceGroupId", "");
    });
  };
  if (const auto* earlier = recall(rpc, refused))
    return refused ? *refused : answer(earlier->ids.front());
  if (auto bad = check_tags(rpc)) return *bad;
  const auto cidr = parse_cidr(rpc.get("CidrBlock", "172.16.0.0/12"));
  if (!cidr || cidr->is_v6 || has_host_bits(*cidr) || cidr->prefix < 8 || cidr->prefix > 28) {
    return fail(rpc, 400, "InvalidCidrBlock.Malformed", "The specified CidrBlock is not valid.");
  }
  const auto used = static_cast<double>(rpc.world.list(rpc.place, "vpc").size());
  if (rpc.call.over_quota || used >= rpc.world.quota(rpc.place, "vpcs", 10)) {
    return fail(rpc, 400, "QuotaExceeded.Vpc", "VPC quota exceeded.");
  }
  Network vpc;
  vpc.place = rpc.place;
  vpc.type = "vpc";
  vpc.id = rpc.new_id("vpc-");
  vpc.name = rpc.get("VpcName");
  vpc.cidrs = {to_string(*cidr)};
  vpc.tags = rpc.tags();
  const auto& made = rpc.world.add(std::move(vpc));
  remember(rpc, {made.id});
  return answer(made.id);
}

Response describe_vpcs(Rpc& rpc) {
  std::vector<Resource*> found;
  const auto ids = split(rpc.get("VpcId"), ',');
  for (auto* one : rpc.all("vpc")) {
    if (ids.front().empty() || std::ranges::find(ids, one->id) != ids.end()) found.push_back(one);
  }
  const auto page = page_of(rpc, std::move(found), Paging::numbers, {.most = 50});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.key("Vpcs").begin_object().key("Vpc").begin_array();
    for (const auto* one : page.items) {
      out.begin_object()
          .member("VpcId", one->id)
          .member("VpcName", one->name)
          .member("Status", "Available");
      out.member("RegionId", one->place.region)
          .member("CidrBlock", static_cast<const Network*>(one)->cidrs.front());
      out.member("IsDefault", false)
          .member("CreationTime", second_text(one->created))
          .member("Description", "");
      std::vector<std::string> switches;
      for (const auto& [serial, resource] : rpc.world.list(rpc.place, "vswitch")) {
        if (static_cast<const Subnet&>(*resource).network == one->id)
          switches.push_back(resource->id);
      }
      write_list(out, "VSwitchIds", "VSwitchId", switches);
      write_tags(out, *one, true);
      out.end_object();
    }
    out.end_array().end_object();
  });
}

Response delete_vpc(Rpc& rpc) {
  auto* vpc = rpc.see<Network>("vpc", rpc.get("VpcId"));
  if (vpc == nullptr)
    return fail(rpc, 404, "InvalidVpcId.NotFound", "The specified VpcId does not exist.");
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "vswitch")) {
    if (static_cast<const Subnet&>(*resource).network == vpc->id)
      return fail(rpc, 400, "DependencyViolation.VSwitch",
                  "Specified object has dependent resources.");
  }
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "securitygroup")) {
    if (static_cast<const Firewall&>(*resource).network == vpc->id)
      return fail(rpc, 400, "DependencyViolation.SecurityGroup",
                  "Specified object has dependent resources.");
  }
  rpc.world.remove(*vpc);
  return done(rpc);
}

/// The first and the last three addresses are the cloud's own; the World keeps one at each end.
std::size_t free_addresses(const Subnet& subnet) {
  const std::size_t usable = World::capacity(subnet, 1) - 2;
  return usable - std::min(usable, subnet.used.size());
}

Response create_switch(Rpc& rpc) {
  std::optional<Response> refused;
  const auto answer = [&](const std::string& id) {
    return succeed(rpc, [&](json::Writer& out) { out.member("VSwitchId", id); });
  };
  if (const auto* earlier = recall(rpc, refused))
    return refused ? *refused : answer(earlier->ids.front());
  if (auto bad = require(rpc, {"VpcId", "ZoneId", "CidrBlock"})) return *bad;
  if (auto bad = check_tags(rpc)) return *bad;
  const auto* vpc = rpc.see<Network>("vpc", rpc.get("VpcId"));
  if (vpc == nullptr)
    return fail(rpc, 404, "InvalidVpcId.NotFound", "The specified VpcId does not exist.");
  const auto zones = zones_of(*find_region(rpc.place.region));
  if (std::ranges::find(zones, rpc.get("ZoneId")) == zones.end()) {
    return fail(rpc, 404, "InvalidZoneId.NotFound", "The specified ZoneId does not exist.");
  }
  const auto cidr = parse_cidr(rpc.get("CidrBlock"));
  if (!cidr || cidr->is_v6 || has_host_bits(*cidr) || cidr->prefix < 16 || cidr->prefix > 29 ||
      !contains(*parse_cidr(vpc->cidrs.front()), *cidr)) {
    return fail(rpc, 400, "InvalidCidrBlock.Malformed",
                "The specified CidrBlock is not within the VPC's.");
  }
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "vswitch")) {
    const auto& other = static_cast<const Subnet&>(*resource);
    if (other.network == vpc->id && overlaps(*parse_cidr(other.cidr), *cidr)) {
      return fail(rpc, 400, "InvalidCidrBlock.Overlapped",
                  "Specified CIDR block overlapped with other subnets.");
    }
  }
  Subnet subnet;
  subnet.place = rpc.place;
  subnet.type = "vswitch";
  subnet.id = rpc.new_id("vsw-");
  subnet.name = rpc.get("VSwitchName");
  subnet.zone = rpc.get("ZoneId");
  subnet.network = vpc->id;
  subnet.cidr = to_string(*cidr);
  subnet.tags = rpc.tags();
  const auto& made = rpc.world.add(std::move(subnet));
  remember(rpc, {made.id});
  return answer(made.id);
}

Response describe_switches(Rpc& rpc) {
  std::vector<Resource*> found;
  for (auto* one : rpc.all("vswitch")) {
    const auto& subnet = static_cast<const Subnet&>(*one);
    if (rpc.is("VpcId", subnet.network) && rpc.is("VSwitchId", subnet.id) &&
        rpc.is("ZoneId", subnet.zone)) {
      found.push_back(one);
    }
  }
  const auto page = page_of(rpc, std::move(found), Paging::numbers, {.most = 50});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.key("VSwitches").begin_object().key("VSwitch").begin_array();
    for (const auto* one : page.items) {
      const auto& subnet = static_cast<const Subnet&>(*one);
      out.begin_object().member("VSwitchId", subnet.id).member("VSwitchName", subnet.name);
      out.member("VpcId", subnet.network)
          .member("ZoneId", subnet.zone)
          .member("CidrBlock", subnet.cidr);
      out.member("Status", "Available")
          .member("IsDefault", false)
          .member("CreationTime", second_text(subnet.created));
      out.member("AvailableIpAddressCount", free_addresses(subnet));
      write_tags(out, subnet, true);
      out.end_object();
    }
    out.end_array().end_object();
  });
}

Response delete_switch(Rpc& rpc) {
  auto* subnet = rpc.see<Subnet>("vswitch", rpc.get("VSwitchId"));
  if (subnet == nullptr)
    return fail(rpc, 404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist.");
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    if (machine.subnet == subnet->id && is_there(machine)) {
      return fail(rpc, 400, "DependencyViolation", "Specified object has dependent resources.");
    }
  }
  rpc.world.remove(*subnet);
  return done(rpc);
}

}  // namespace

std::vector<Operation> network_operations() {
  return {{"vpc", "CreateVpc", true, create_vpc},
          {"vpc", "DescribeVpcs", false, describe_vpcs},
          {"vpc", "DeleteVpc", true, delete_vpc},
          {"vpc", "CreateVSwitch", true, create_switch},
          {"vpc", "DescribeVSwitches", false, describe_switches},
          {"vpc", "DeleteVSwitch", true, delete_switch}};
}

}  // namespace ccloud::sim::alibaba
