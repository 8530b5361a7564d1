// VPCs as EC2 makes them.
#include "sim/aws/network.h"

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

Rule everything(World& world, bool is_ingress) {
  Rule rule;
  rule.id = fmt::format("sgr-0{}", world.hex_id(16));
  rule.is_ingress = is_ingress;
  rule.protocol = "-1";
  return rule;
}

}  // namespace

std::string route_key(std::string_view cidr) { return fmt::format("route:{}", cidr); }

Network& make_vpc(World& world, const Place& place, Network vpc) {
  vpc.place = place;
  vpc.type = "vpc";
  vpc.fields["dns_support"] = "true";
  vpc.fields.try_emplace("dns_hostnames", "false");
  auto& made = world.add(std::move(vpc));

  Resource table;
  table.place = place;
  table.type = "route-table";
  table.id = fmt::format("rtb-0{}", world.hex_id(16));
  table.is_builtin = true;
  table.fields["vpc"] = made.id;
  table.fields["main"] = fmt::format("rtbassoc-0{}", world.hex_id(16));
  table.fields[route_key(made.cidrs.front())] = "local";
  world.add(std::move(table));

  Firewall group;
  group.place = place;
  group.type = "security-group";
  group.id = fmt::format("sg-0{}", world.hex_id(16));
  group.name = "default";
  group.is_builtin = true;
  group.network = made.id;
  group.description = "default VPC security group";
  auto inside = everything(world, true);
  inside.group = group.id;
  group.rules.push_back(std::move(inside));
  auto out = everything(world, false);
  out.cidr = "0.0.0.0/0";
  group.rules.push_back(std::move(out));
  world.add(std::move(group));
  return made;
}

void make_default_vpc(World& world, const Place& place, const Region& region) {
  Network vpc;
  vpc.id = fmt::format("vpc-0{}", world.hex_id(16));
  vpc.is_builtin = true;
  vpc.cidrs = {"172.31.0.0/16"};
  vpc.fields["default"] = "true";
  vpc.fields["dns_hostnames"] = "true";
  const auto& made = make_vpc(world, place, std::move(vpc));

  int number = 0;
  for (const auto& zone : zones_of(region)) {
    Subnet subnet;
    subnet.place = place;
    subnet.type = "subnet";
    subnet.id = fmt::format("subnet-0{}", world.hex_id(16));
    subnet.zone = zone;
    subnet.is_builtin = true;
    subnet.network = made.id;
    subnet.cidr = fmt::format("172.31.{}.0/20", 16 * number++);
    subnet.gives_public_ip = true;
    subnet.fields["default"] = "true";
    world.add(std::move(subnet));
  }
  Resource gateway;
  gateway.place = place;
  gateway.type = "internet-gateway";
  gateway.id = fmt::format("igw-0{}", world.hex_id(16));
  gateway.is_builtin = true;
  gateway.fields["vpc"] = made.id;
  const auto& attached = world.add(std::move(gateway));
  for (const auto& [serial, table] : world.list(place, "route-table")) {
    if (table->fields["vpc"] == made.id) table->fields[route_key("0.0.0.0/0")] = attached.id;
  }
}

Answer<Cidr> vpc_cidr(const std::string& text, int low, int high) {
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->is_v6) {
    return fail("InvalidParameterValue",
                fmt::format("Value ({}) for parameter cidrBlock is invalid. This is not a valid "
                            "CIDR block.",
                            text));
  }
  if (has_host_bits(*cidr)) {
    return fail("InvalidParameterValue",
                fmt::format("Value ({}) for parameter cidrBlock is invalid. This is not a valid "
                            "CIDR block.",
                            text));
  }
  if (cidr->prefix < low || cidr->prefix > high) return fail("InvalidRange", text);
  return *cidr;
}

bool has_machines(World& world, const Place& place,
                  const std::function<bool(const Machine&)>& is_it) {
  for (const auto& [serial, resource] : world.list(place, "instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    const bool is_gone = machine.power == Power::terminated || machine.power == Power::failed;
    if (!is_gone && is_it(machine)) return true;
  }
  return false;
}

}  // namespace ccloud::sim::aws
