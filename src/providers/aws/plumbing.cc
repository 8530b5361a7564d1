#include "providers/aws/plumbing.h"

#include <fmt/format.h>

#include "async/group.h"
#include "cloud/marks.h"
#include "providers/aws/errors.h"
#include "providers/aws/labels.h"

namespace ccloud::aws {
namespace {

using cloud::NetworkSpec;

Task<std::string> find_loose_gateway(Context ctx, Api& api, const NetworkSpec& spec,
                                     std::string what) {
  Form find("DescribeInternetGateways");
  find.filter(fmt::format("tag:{}", cloud::mark_project),
              {label_of(spec.labels, cloud::mark_project)})
      .filter(fmt::format("tag:{}", cloud::mark_network), {spec.name});
  std::string id;
  const auto listed = co_await api.ec2(ctx, spec.region, std::move(what), std::move(find));
  for (const Node item : listed.root().items("internetGatewaySet")) {
    if (item.items("attachmentSet").empty()) id = item.text("internetGatewayId");
  }
  co_return id;
}

/// No token guards it: after a lost reply, look before making another. `Loose::left`: one that
/// hangs in the air may belong to a network that another machine is making at this moment.
Task<std::string> find_or_create_gateway(Context ctx, Api& api, const NetworkSpec& spec,
                                         std::string what, Loose loose) {
  const cloud::Labels labels =
      named(spec.labels,
            fmt::format("ccloud-{}-{}", label_of(spec.labels, cloud::mark_project), spec.name));
  for (int attempt = 1;; ++attempt) {
    if (loose == Loose::taken || attempt > 1) {
      auto found = co_await find_loose_gateway(ctx, api, spec, what);
      if (!found.empty()) co_return found;
    }
    Form create("CreateInternetGateway");
    create.tag_specification("internet-gateway", labels);
    auto made =
        co_await api.ec2(ctx, spec.region, what, std::move(create), Idempotency::not_idempotent)
            .result();
    if (made.has_value()) co_return made->root().text("internetGateway/internetGatewayId");
    if (!made.error().ambiguous || attempt == most_attempts) co_return made.error();
    co_await ctx.sleep(api.visibility_lag());
  }
}

/// A VPC takes one gateway: another machine's, or ours after a lost reply.
bool is_taken(const Error& error) {
  return error.raw_code == "Resource.AlreadyAssociated" ||
         (error.raw_code == "InvalidParameterValue" &&
          error.message.find("already") != std::string::npos);
}

Task<std::string> attach_gateway(Context ctx, Api& api, const NetworkSpec& spec,
                                 const std::string& vpc, Loose loose) {
  const std::string what = fmt::format("creating the gateway of the network {}", spec.name);
  for (int attempt = 1;; ++attempt) {
    const std::string id = co_await find_or_create_gateway(ctx, api, spec, what, loose);
    Form attach("AttachInternetGateway");
    attach.add("InternetGatewayId", id).add("VpcId", vpc);
    const auto step = [&] { return api.ec2(ctx, spec.region, what, attach); };
    auto done = co_await cloud::repeat_while(ctx, until_visible, step, is_missing).result();
    if (done.has_value()) co_return id;
    if (!is_taken(done.error())) co_return done.error();
    const auto plumbing = co_await read_plumbing(ctx, api, spec.region, vpc);
    // Another machine took ours for a network of its own.
    if (plumbing.gateway_id.empty() && attempt < most_attempts) continue;
    if (plumbing.gateway_id != id && !plumbing.gateway_id.empty()) {
      Form remove("DeleteInternetGateway");
      remove.add("InternetGatewayId", id);
      static_cast<void>(co_await api.ec2(ctx, spec.region, what, std::move(remove)).result());
    }
    co_return plumbing.gateway_id.empty() ? id : plumbing.gateway_id;
  }
}

/// Public names for the nodes.
Task<void> name_nodes(Context ctx, Api& api, const NetworkSpec& spec, const std::string& vpc,
                      const std::string& what) {
  Form form("ModifyVpcAttribute");
  form.add("VpcId", vpc).flag("EnableDnsHostnames.Value", true);
  const auto step = [&] { return cloud::effect_of(api.ec2(ctx, spec.region, what, form)); };
  co_return co_await cloud::repeat_while(ctx, until_visible, step, is_missing).result();
}

Task<void> have_gateway(Context ctx, Api& api, const NetworkSpec& spec, const std::string& vpc,
                        Loose loose, Plumbing& plumbing) {
  if (plumbing.gateway_id.empty()) {
    plumbing.gateway_id = co_await attach_gateway(ctx, api, spec, vpc, loose);
  }
  co_return {};
}

}  // namespace

Task<Plumbing> read_plumbing(Context ctx, Api& api, std::string region, std::string vpc) {
  Plumbing plumbing;
  const std::string what = fmt::format("looking at the network {}", vpc);
  Form gateways("DescribeInternetGateways");
  gateways.filter("attachment.vpc-id", {vpc});
  Form tables("DescribeRouteTables");
  tables.filter("vpc-id", {vpc}).filter("association.main", {"true"});
  std::vector<Task<Xml>> lists;
  lists.push_back(api.ec2(ctx, region, what, std::move(gateways)));
  lists.push_back(api.ec2(ctx, region, what, std::move(tables)));
  auto listed = co_await async::when_all(api.loop(), std::move(lists));
  const auto found = co_await std::move(listed[0]);
  for (const Node item : found.root().items("internetGatewaySet")) {
    plumbing.gateway_id = item.text("internetGatewayId");
  }
  const auto main_table = co_await std::move(listed[1]);
  for (const Node item : main_table.root().items("routeTableSet")) {
    plumbing.route_table_id = item.text("routeTableId");
    for (const Node route : item.items("routeSet")) {
      if (route.text("destinationCidrBlock") != "0.0.0.0/0") continue;
      plumbing.default_route = route.text("gatewayId");
      if (plumbing.default_route.empty()) plumbing.default_route = route.text("natGatewayId");
      plumbing.is_blackhole = route.text("state") == "blackhole";
    }
  }
  co_return plumbing;
}

Task<void> ensure_plumbing(Context ctx, Api& api, const NetworkSpec& spec, const std::string& vpc,
                           Loose loose) {
  const std::string what = fmt::format("creating the routes of the network {}", spec.name);
  // A VPC that was made a moment ago may not show the table that it was made with.
  auto plumbing = co_await cloud::poll_until(
      ctx, until_visible, what, [&] { return read_plumbing(ctx, api, spec.region, vpc); },
      [](const Plumbing& seen) { return !seen.route_table_id.empty(); });
  const bool is_whole =
      !plumbing.gateway_id.empty() && !plumbing.default_route.empty() && !plumbing.is_blackhole;
  if (is_whole) co_return {};
  // Each waits until the young network is known: at the same time.
  std::vector<Task<void>> steps;
  steps.push_back(name_nodes(ctx, api, spec, vpc, what));
  steps.push_back(have_gateway(ctx, api, spec, vpc, loose, plumbing));
  for (auto& done : co_await async::when_all(api.loop(), std::move(steps))) co_await done;
  // Last: a network with a way out counts as whole.
  Form route(plumbing.is_blackhole ? "ReplaceRoute" : "CreateRoute");
  route.add("RouteTableId", plumbing.route_table_id)
      .add("DestinationCidrBlock", "0.0.0.0/0")
      .add("GatewayId", plumbing.gateway_id);
  const auto step = [&] {
    return cloud::effect_of(api.ec2(ctx, spec.region, what, route), [](const Error& error) {
      return error.raw_code == "RouteAlreadyExists";
    });
  };
  co_return co_await cloud::repeat_while(ctx, until_visible, step, is_missing).result();
}

}  // namespace ccloud::aws
