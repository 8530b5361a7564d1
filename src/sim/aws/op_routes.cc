// Internet gateways and route tables. A table's fields hold its routes ("route:CIDR" = target) and
// its associations ("rtbassoc-..." = subnet).
#include <fmt/format.h>

#include "sim/aws/listing.h"
#include "sim/aws/network.h"

namespace ccloud::sim::aws {
namespace {

const std::string& field(const Resource& resource, std::string_view name) {
  static const std::string nothing;
  const auto found = resource.fields.find(name);
  return found == resource.fields.end() ? nothing : found->second;
}

// ---- internet gateways

void write_gateway(Ec2& ec2, const Resource& gateway) {
  ec2.xml.leaf("internetGatewayId", gateway.id)
      .leaf("ownerId", ec2.place.account)
      .open("attachmentSet");
  if (!field(gateway, "vpc").empty()) {
    ec2.xml.open("item")
        .leaf("vpcId", field(gateway, "vpc"))
        .leaf("state", "available")
        .close("item");
  }
  ec2.xml.close("attachmentSet");
  ec2.write_tags(gateway);
}

Answer<> create_gateway(Ec2& ec2) {
  if (auto good = check_tag_types(ec2.params, "internet-gateway"); !good) return good;
  const auto used = static_cast<double>(ec2.world.list(ec2.place, "internet-gateway").size());
  if (auto room = ec2.check_quota("internet gateways", 5, used, "InternetGatewayLimitExceeded");
      !room) {
    return room;
  }
  Resource gateway;
  gateway.id = ec2.new_id("igw-");
  auto made = ec2.create(std::move(gateway), "internet-gateway");
  if (!made) return std::unexpected(made.error());
  ec2.xml.open("internetGateway");
  write_gateway(ec2, **made);
  ec2.xml.close("internetGateway");
  return {};
}

Answer<> attach_gateway(Ec2& ec2) {
  auto gateway = ec2.see("internet-gateway", ec2.params.get("InternetGatewayId"));
  if (!gateway) return std::unexpected(gateway.error());
  auto vpc = ec2.see("vpc", ec2.params.get("VpcId"));
  if (!vpc) return std::unexpected(vpc.error());
  if (!field(**gateway, "vpc").empty()) {
    return fail("Resource.AlreadyAssociated",
                fmt::format("resource {} is already attached to network {}", (*gateway)->id,
                            field(**gateway, "vpc")));
  }
  for (const auto& [serial, other] : ec2.world.list(ec2.place, "internet-gateway")) {
    if (field(*other, "vpc") == (*vpc)->id) {
      return fail("InvalidParameterValue",
                  fmt::format("Network {} already has an internet gateway attached", (*vpc)->id));
    }
  }
  (*gateway)->fields["vpc"] = (*vpc)->id;
  ec2.write_true();
  return {};
}

Answer<> detach_gateway(Ec2& ec2) {
  auto gateway = ec2.see("internet-gateway", ec2.params.get("InternetGatewayId"));
  if (!gateway) return std::unexpected(gateway.error());
  auto vpc = ec2.see("vpc", ec2.params.get("VpcId"));
  if (!vpc) return std::unexpected(vpc.error());
  const auto id = (*vpc)->id;
  if (field(**gateway, "vpc") != id) {
    return fail("Gateway.NotAttached",
                fmt::format("resource {} is not attached to network {}", (*gateway)->id, id));
  }
  const auto has_address = [&](const Machine& machine) {
    return machine.network == id && !machine.public_ip.empty();
  };
  if (has_machines(ec2.world, ec2.place, has_address)) {
    return fail("DependencyViolation",
                fmt::format("Network {} has some mapped public address(es). Please unmap those "
                            "public address(es) before detaching the gateway.",
                            id));
  }
  (*gateway)->fields.erase("vpc");
  ec2.write_true();
  return {};
}

Answer<> delete_gateway(Ec2& ec2) {
  auto gateway = ec2.see("internet-gateway", ec2.params.get("InternetGatewayId"));
  if (!gateway) return std::unexpected(gateway.error());
  if (!field(**gateway, "vpc").empty()) {
    return fail("DependencyViolation",
                fmt::format("The internetGateway '{}' has dependencies and cannot be deleted.",
                            (*gateway)->id));
  }
  ec2.world.remove(**gateway);
  ec2.write_true();
  return {};
}

constexpr Field<Resource> gateway_fields[] = {
    {"internet-gateway-id", [](const Resource& g) { return Values{g.id}; }},
    {"attachment.vpc-id", [](const Resource& g) { return Values{field(g, "vpc")}; }},
    {"attachment.state",
     [](const Resource& g) { return Values{field(g, "vpc").empty() ? "" : "available"}; }},
    {"owner-id", [](const Resource& g) { return Values{g.place.account}; }},
};

Answer<> describe_gateways(Ec2& ec2) {
  auto found = select<Resource>(ec2, {.type = "internet-gateway", .ids = "InternetGatewayId"},
                                gateway_fields);
  if (!found) return std::unexpected(found.error());
  ec2.xml.list("internetGatewaySet", found->all,
               [&](const Resource* g) { write_gateway(ec2, *g); });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

// ---- route tables

std::vector<std::pair<std::string, std::string>> with_prefix(const Resource& table,
                                                             std::string_view prefix) {
  std::vector<std::pair<std::string, std::string>> all;
  for (auto it = table.fields.lower_bound(prefix);
       it != table.fields.end() && it->first.starts_with(prefix); ++it) {
    all.emplace_back(it->first, it->second);
  }
  return all;
}

void write_association(Ec2& ec2, const Resource& table, const std::string& id,
                       const std::string& subnet) {
  ec2.xml.leaf("routeTableAssociationId", id)
      .leaf("routeTableId", table.id)
      .optional("subnetId", subnet)
      .leaf("main", subnet.empty())
      .open("associationState")
      .leaf("state", "associated")
      .close("associationState");
}

void write_table(Ec2& ec2, const Resource& table) {
  ec2.xml.leaf("routeTableId", table.id)
      .leaf("vpcId", field(table, "vpc"))
      .leaf("ownerId", ec2.place.account);
  ec2.xml.list("routeSet", with_prefix(table, "route:"), [&](const auto& route) {
    const bool is_local = route.second == "local";
    const bool is_gone = !is_local && ec2.world.find(ec2.place, route.second) == nullptr;
    ec2.xml.leaf("destinationCidrBlock", route.first.substr(6))
        .leaf("gatewayId", route.second)
        .leaf("state", is_gone ? "blackhole" : "active")
        .leaf("origin", is_local ? "CreateRouteTable" : "CreateRoute");
  });
  auto associations = with_prefix(table, "rtbassoc-");
  if (!field(table, "main").empty()) associations.emplace_back(field(table, "main"), "");
  ec2.xml.list("associationSet", associations, [&](const auto& association) {
    write_association(ec2, table, association.first, association.second);
  });
  ec2.xml.open("propagatingVgwSet").close("propagatingVgwSet");
  ec2.write_tags(table);
}

Answer<> create_table(Ec2& ec2) {
  auto vpc = ec2.see_as<Network>("vpc", ec2.params.get("VpcId"));
  if (!vpc) return std::unexpected(vpc.error());
  if (auto good = check_tag_types(ec2.params, "route-table"); !good) return good;
  Resource table;
  table.id = ec2.new_id("rtb-");
  table.fields["vpc"] = (*vpc)->id;
  table.fields[route_key((*vpc)->cidrs.front())] = "local";
  auto made = ec2.create(std::move(table), "route-table");
  if (!made) return std::unexpected(made.error());
  ec2.xml.open("routeTable");
  write_table(ec2, **made);
  ec2.xml.close("routeTable");
  return {};
}

constexpr Field<Resource> table_fields[] = {
    {"route-table-id", [](const Resource& t) { return Values{t.id}; }},
    {"vpc-id", [](const Resource& t) { return Values{field(t, "vpc")}; }},
    {"association.main",
     [](const Resource& t) { return Values{field(t, "main").empty() ? "false" : "true"}; }},
    {"association.route-table-association-id",
     [](const Resource& t) {
       Values ids;
       for (const auto& [id, subnet] : with_prefix(t, "rtbassoc-")) ids.push_back(id);
       if (!field(t, "main").empty()) ids.push_back(field(t, "main"));
       return ids;
     }},
    {"association.subnet-id",
     [](const Resource& t) {
       Values subnets;
       for (const auto& [id, subnet] : with_prefix(t, "rtbassoc-")) subnets.push_back(subnet);
       return subnets;
     }},
    {"route.destination-cidr-block",
     [](const Resource& t) {
       Values cidrs;
       for (const auto& [key, target] : with_prefix(t, "route:")) cidrs.push_back(key.substr(6));
       return cidrs;
     }},
    {"route.gateway-id",
     [](const Resource& t) {
       Values targets;
       for (const auto& [key, target] : with_prefix(t, "route:")) targets.push_back(target);
       return targets;
     }},
};

Answer<> describe_tables(Ec2& ec2) {
  auto found = select<Resource>(
      ec2, {.type = "route-table", .ids = "RouteTableId", .page_high = 100}, table_fields);
  if (!found) return std::unexpected(found.error());
  ec2.xml.list("routeTableSet", found->all, [&](const Resource* t) { write_table(ec2, *t); });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

Answer<> put_route(Ec2& ec2, bool is_new) {
  auto table = ec2.see("route-table", ec2.params.get("RouteTableId"));
  if (!table) return std::unexpected(table.error());
  const auto& text = ec2.params.get("DestinationCidrBlock");
  if (auto cidr = vpc_cidr(text, 0, 32); !cidr) return std::unexpected(cidr.error());
  auto gateway = ec2.see("internet-gateway", ec2.params.get("GatewayId"));
  if (!gateway) return std::unexpected(gateway.error());
  if (field(**gateway, "vpc") != field(**table, "vpc")) {
    return fail("InvalidParameterValue",
                fmt::format("route table {} and network gateway {} belong to different networks",
                            (*table)->id, (*gateway)->id));
  }
  auto& fields = (*table)->fields;
  const auto key = route_key(text);
  const auto old = fields.find(key);
  if (is_new && old != fields.end() && old->second != (*gateway)->id) {
    return fail("RouteAlreadyExists",
                fmt::format("The route identified by {} already exists.", text));
  }
  if (!is_new && old == fields.end()) {
    return fail("InvalidParameterValue",
                fmt::format("There is no route defined for '{}' in the route table.", text));
  }
  fields[key] = (*gateway)->id;
  ec2.write_true();
  return {};
}

Answer<> create_route(Ec2& ec2) { return put_route(ec2, true); }
Answer<> replace_route(Ec2& ec2) { return put_route(ec2, false); }

Answer<> delete_route(Ec2& ec2) {
  auto table = ec2.see("route-table", ec2.params.get("RouteTableId"));
  if (!table) return std::unexpected(table.error());
  const auto& text = ec2.params.get("DestinationCidrBlock");
  const auto found = (*table)->fields.find(route_key(text));
  if (found == (*table)->fields.end()) {
    return fail("InvalidRoute.NotFound",
                fmt::format("no route with destination-cidr-block {} in route table {}", text,
                            (*table)->id));
  }
  if (found->second == "local") {
    return fail("InvalidParameterValue", "cannot remove local route in route table");
  }
  (*table)->fields.erase(found);
  ec2.write_true();
  return {};
}

Answer<> associate_table(Ec2& ec2) {
  auto table = ec2.see("route-table", ec2.params.get("RouteTableId"));
  if (!table) return std::unexpected(table.error());
  auto subnet = ec2.see_as<Subnet>("subnet", ec2.params.get("SubnetId"));
  if (!subnet) return std::unexpected(subnet.error());
  if ((*subnet)->network != field(**table, "vpc")) {
    return fail("InvalidParameterValue",
                fmt::format("Route table {} and subnet {} belong to different networks",
                            (*table)->id, (*subnet)->id));
  }
  for (const auto& [serial, other] : ec2.world.list(ec2.place, "route-table")) {
    for (const auto& [id, associated] : with_prefix(*other, "rtbassoc-")) {
      if (associated != (*subnet)->id) continue;
      return fail("Resource.AlreadyAssociated",
                  fmt::format("the specified association for route table {} conflicts with an "
                              "existing association",
                              (*table)->id));
    }
  }
  const auto id = ec2.new_id("rtbassoc-");
  (*table)->fields[id] = (*subnet)->id;
  ec2.xml.leaf("associationId", id);
  ec2.xml.open("associationState").leaf("state", "associated").close("associationState");
  return {};
}

Answer<> disassociate_table(Ec2& ec2) {
  const auto& id = ec2.params.get("AssociationId");
  for (const auto& [serial, table] : ec2.world.list(ec2.place, "route-table")) {
    if (id.starts_with("rtbassoc-") && table->fields.erase(id) > 0) {
      ec2.write_true();
      return {};
    }
  }
  return fail("InvalidAssociationID.NotFound",
              fmt::format("The association ID '{}' does not exist", id));
}

Answer<> delete_table(Ec2& ec2) {
  auto table = ec2.see("route-table", ec2.params.get("RouteTableId"));
  if (!table) return std::unexpected(table.error());
  const bool is_used =
      !field(**table, "main").empty() || !with_prefix(**table, "rtbassoc-").empty();
  if (is_used) {
    return fail(
        "DependencyViolation",
        fmt::format("The routeTable '{}' has dependencies and cannot be deleted.", (*table)->id));
  }
  ec2.world.remove(**table);
  ec2.write_true();
  return {};
}

}  // namespace

std::vector<Operation> route_operations() {
  return {
      {"CreateInternetGateway", CCLOUD_EC2_TAGS, true, create_gateway},
      {"AttachInternetGateway", "InternetGatewayId! VpcId!", true, attach_gateway},
      {"DetachInternetGateway", "InternetGatewayId! VpcId!", true, detach_gateway},
      {"DeleteInternetGateway", "InternetGatewayId!", true, delete_gateway},
      {"DescribeInternetGateways", "InternetGatewayId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_gateways},
      {"CreateRouteTable", "VpcId! ClientToken" CCLOUD_EC2_TAGS, true, create_table},
      {"DescribeRouteTables", "RouteTableId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_tables},
      {"CreateRoute", "RouteTableId! DestinationCidrBlock! GatewayId!", true, create_route},
      {"ReplaceRoute", "RouteTableId! DestinationCidrBlock! GatewayId!", true, replace_route},
      {"DeleteRoute", "RouteTableId! DestinationCidrBlock!", true, delete_route},
      {"AssociateRouteTable", "RouteTableId! SubnetId!", true, associate_table},
      {"DisassociateRouteTable", "AssociationId!", true, disassociate_table},
      {"DeleteRouteTable", "RouteTableId!", true, delete_table},
  };
}

}  // namespace ccloud::sim::aws
