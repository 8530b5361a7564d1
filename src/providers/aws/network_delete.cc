// Taking a network of ours apart, from the inside out. What somebody else put into it stays, and so
// does the network.
#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/aws/errors.h"
#include "providers/aws/networks.h"

namespace ccloud::aws {
namespace {

using cloud::Network;

/// Interfaces of terminated nodes linger for some minutes (fact sheet 3).
constexpr cloud::PollPolicy until_free{.first = std::chrono::milliseconds(500),
                                       .most = std::chrono::seconds(5),
                                       .deadline = std::chrono::minutes(10)};

std::string what_of(const Network& network) {
  return fmt::format("deleting the network {}", network.name.empty() ? network.id : network.name);
}

bool is_gone(const Error& error) {
  return is_missing(error) || error.raw_code == "Gateway.NotAttached";
}

/// The call, repeated while something is still in the way; "not there" is done.
Task<void> remove(Context ctx, Api& api, std::string region, std::string what, Form form) {
  const auto step = [&] { return cloud::effect_of(api.ec2(ctx, region, what, form), is_gone); };
  co_return co_await cloud::repeat_while(ctx, until_free, step, is_busy).result();
}

Task<void> refuse_foreign_interfaces(Context ctx, Api& api, const Network& network) {
  const auto project = network.labels.find(std::string(cloud::mark_project));
  std::vector<std::string> foreign;
  Form form("DescribeNetworkInterfaces");
  form.filter("vpc-id", {network.id});
  co_await api.ec2_pages(
      ctx, network.region, what_of(network), std::move(form), 1000, [&](Node root) {
        for (const Node item : root.items("networkInterfaceSet")) {
          const auto labels = read_tags(item);
          const auto mark = labels.find(std::string(cloud::mark_project));
          const bool is_ours = mark != labels.end() && project != network.labels.end() &&
                               mark->second == project->second;
          // Interfaces of nodes carry their marks; those of nodes that are gone vanish by
          // themselves.
          if (!is_ours) foreign.push_back(item.text("networkInterfaceId"));
        }
      });
  if (foreign.empty()) co_return {};
  co_return make_error(ErrorCode::conflict,
                       fmt::format("{}: {} of {} interfaces in it are not ccloud's, for example {}",
                                   what_of(network), foreign.size(), network.id, foreign.front()),
                       "remove what else was put into this network, then run the command again");
}

Task<void> delete_subnets(Context ctx, Api& api, const Network& network) {
  std::vector<Task<void>> steps;
  Form form("DescribeSubnets");
  form.filter("vpc-id", {network.id});
  co_await api.ec2_pages(
      ctx, network.region, what_of(network), std::move(form), 1000, [&](Node root) {
        for (const Node item : root.items("subnetSet")) {
          Form drop("DeleteSubnet");
          drop.add("SubnetId", item.text("subnetId"));
          steps.push_back(remove(ctx, api, network.region, what_of(network), std::move(drop)));
        }
      });
  for (auto& done : co_await async::when_all(api.loop(), std::move(steps))) co_await done;
  co_return {};
}

}  // namespace

Task<void> delete_gateway(Context ctx, Api& api, std::string region, std::string gateway_id,
                          std::string network_id) {
  const std::string what = fmt::format("deleting the gateway {}", gateway_id);
  if (!network_id.empty()) {
    Form detach("DetachInternetGateway");
    detach.add("InternetGatewayId", gateway_id).add("VpcId", network_id);
    co_await remove(ctx, api, region, what, std::move(detach));
  }
  Form drop("DeleteInternetGateway");
  drop.add("InternetGatewayId", gateway_id);
  co_await remove(ctx, api, region, what, std::move(drop));
  co_return {};
}

namespace {

/// Everything in it that lists show, then itself.
Task<void> delete_once(Context ctx, Api& api, const Network& network) {
  co_await delete_subnets(ctx, api, network);
  Form gateways("DescribeInternetGateways");
  gateways.filter("attachment.vpc-id", {network.id});
  const auto found = co_await api.ec2(ctx, network.region, what_of(network), std::move(gateways));
  for (const Node item : found.root().items("internetGatewaySet")) {
    co_await delete_gateway(ctx, api, network.region, item.text("internetGatewayId"), network.id);
  }
  Form drop("DeleteVpc");
  drop.add("VpcId", network.id);
  co_await cloud::effect_of(api.ec2(ctx, network.region, what_of(network), std::move(drop)),
                            is_gone);
  co_return {};
}

}  // namespace

/// A list that is behind may lack a part: they are asked again, not only the network's end.
Task<void> delete_network(Context ctx, Api& api, Network network) {
  if (!network.is_owned) co_return {};
  co_await refuse_foreign_interfaces(ctx, api, network);
  const auto step = [&] { return delete_once(ctx, api, network); };
  co_return co_await cloud::repeat_while(ctx, until_free, step, is_busy).result();
}

}  // namespace ccloud::aws
