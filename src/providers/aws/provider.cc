// Each operation of the interface and the file that carries it out.
#include "providers/aws/provider.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/aws/catalogue.h"
#include "providers/aws/discover.h"
#include "providers/aws/errors.h"
#include "providers/aws/firewalls.h"
#include "providers/aws/labels.h"
#include "providers/aws/networks.h"
#include "providers/aws/nodes.h"
#include "providers/aws/read.h"

namespace ccloud::aws {
namespace {

constexpr cloud::PollPolicy until_shown{.first = std::chrono::milliseconds(500),
                                        .most = std::chrono::seconds(4),
                                        .deadline = std::chrono::minutes(1)};

cloud::Capabilities capabilities_of_ec2() {
  cloud::Capabilities can;
  can.has_key_pairs = true;
  can.user_data_limit = 16384;
  can.max_create_batch = most_per_call;
  can.max_labels = 50;
  return can;
}

/// The id of the key of that name, which gets the labels.
Task<std::string> relabel_key(Context ctx, Api& api, cloud::KeySpec spec) {
  const std::string what = fmt::format("labelling the key {}", spec.name);
  Form form("DescribeKeyPairs");
  form.list("KeyName", {spec.name});
  const auto shown = co_await api.ec2(ctx, spec.region, what, std::move(form));
  for (const Node item : shown.root().items("keySet")) {
    const std::string id = item.text("keyPairId");
    co_await relabel(ctx, api, spec.region, {id},
                     cloud::label_change(spec.labels, read_tags(item)).set, spec.remove_labels,
                     what);
    co_return id;
  }
  co_return make_error(ErrorCode::not_found, "the key is not listed yet");
}

/// The name tells the key (the planner hashes it in): one of that name is the one.
Task<cloud::Key> ensure_key(Context ctx, Api& api, cloud::KeySpec spec) {
  Form form("ImportKeyPair");
  form.add("KeyName", spec.name)
      .add("PublicKeyMaterial", base64(spec.public_key))
      .tag_specification("key-pair", spec.labels);
  auto made =
      co_await api
          .ec2(ctx, spec.region, fmt::format("registering the key {}", spec.name), std::move(form))
          .result();
  cloud::Key key{
      .id = {}, .name = spec.name, .region = spec.region, .fingerprint = {}, .labels = spec.labels};
  if (made.has_value()) {
    key.id = made->root().text("keyPairId");
  } else if (made.error().raw_code != "InvalidKeyPair.Duplicate") {
    co_return made.error();
  } else {
    // Another run may have made it a moment ago: a list does not show it yet.
    key.id = co_await cloud::repeat_while(
        ctx, until_shown, [&] { return relabel_key(ctx, api, spec); }, is_missing);
  }
  co_return key;
}

Task<void> delete_key(Context ctx, Api& api, cloud::Key key) {
  Form form("DeleteKeyPair");
  form.add("KeyName", key.name);
  co_await cloud::effect_of(
      api.ec2(ctx, key.region, fmt::format("deleting the key {}", key.name), std::move(form)),
      cloud::is_missing);
  co_return {};
}

class AwsProvider final : public cloud::Provider {
 public:
  AwsProvider(cloud::Host host, cloud::ProviderSettings settings)
      : api_(std::move(host), std::move(settings)), capabilities_(capabilities_of_ec2()) {
    capabilities_.visibility_lag = api_.visibility_lag();
  }

  const cloud::Capabilities& capabilities() const override { return capabilities_; }

  Task<cloud::Account> check(Context ctx) override { return check_account(ctx, api_); }
  Task<std::vector<cloud::RegionInfo>> regions(Context ctx) override {
    return list_regions(ctx, api_);
  }
  Task<std::vector<cloud::Quota>> quotas(Context ctx, std::string region) override {
    return aws::quotas(ctx, api_, std::move(region));
  }
  Task<cloud::Inventory> discover(Context ctx, cloud::DiscoverRequest request) override {
    return aws::discover(ctx, api_, std::move(request));
  }
  Task<std::vector<cloud::Instance>> find_existing(Context ctx,
                                                   cloud::MatchRequest request) override {
    return aws::find_existing(ctx, api_, std::move(request));
  }
  Task<cloud::RegionCatalogue> catalogue(Context ctx, std::string region,
                                         std::vector<std::string> types) override {
    return aws::catalogue(ctx, api_, std::move(region), std::move(types));
  }
  Task<cloud::Image> resolve_image(Context ctx, std::string region,
                                   cloud::ImageQuery query) override {
    return aws::resolve_image(ctx, api_, std::move(region), std::move(query));
  }
  Task<cloud::Network> choose_network(Context ctx, cloud::NetworkSpec spec) override {
    return aws::choose_network(ctx, api_, std::move(spec));
  }
  Task<cloud::Network> complete_network(Context ctx, cloud::NetworkSpec spec,
                                        cloud::Network chosen) override {
    return aws::complete_network(ctx, api_, std::move(spec), std::move(chosen));
  }
  Task<void> delete_network(Context ctx, cloud::Network network) override {
    return aws::delete_network(ctx, api_, std::move(network));
  }
  Task<cloud::Firewall> ensure_firewall(Context ctx, cloud::FirewallSpec spec) override {
    return aws::ensure_firewall(ctx, api_, std::move(spec));
  }
  Task<void> delete_firewall(Context ctx, cloud::Firewall firewall) override {
    return aws::delete_firewall(ctx, api_, std::move(firewall));
  }
  Task<cloud::Key> ensure_key(Context ctx, cloud::KeySpec spec) override {
    return aws::ensure_key(ctx, api_, std::move(spec));
  }
  Task<void> delete_key(Context ctx, cloud::Key key) override {
    return aws::delete_key(ctx, api_, std::move(key));
  }
  Task<std::vector<cloud::Created>> create_nodes(Context ctx, cloud::NodeBatch batch) override {
    return aws::create_nodes(ctx, api_, std::move(batch));
  }
  Task<void> update_node(Context ctx, cloud::NodeUpdate update) override {
    return aws::update_node(ctx, api_, std::move(update));
  }
  Task<std::vector<cloud::NodeOutcome>> power(Context ctx, std::vector<cloud::NodeRef> nodes,
                                              cloud::PowerAction action) override {
    return aws::power(ctx, api_, std::move(nodes), action);
  }
  Task<std::vector<cloud::NodeOutcome>> delete_nodes(Context ctx,
                                                     std::vector<cloud::NodeRef> nodes) override {
    return aws::delete_nodes(ctx, api_, std::move(nodes));
  }
  Task<void> delete_leftover(Context ctx, std::string region, std::string leftover) override {
    return aws::delete_leftover(ctx, api_, std::move(region), std::move(leftover));
  }
  Task<std::string> console(Context ctx, cloud::NodeRef node) override {
    return aws::console(ctx, api_, std::move(node));
  }

 private:
  Api api_;
  cloud::Capabilities capabilities_;
};

}  // namespace

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings) {
  return std::make_unique<AwsProvider>(std::move(host), std::move(settings));
}

}  // namespace ccloud::aws
