// RunInstances: one call for many alike nodes, repeatable by anyone with the same config.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "async/group.h"
#include "base/hash.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/aws/errors.h"
#include "providers/aws/labels.h"
#include "providers/aws/nodes.h"

namespace ccloud::aws {
namespace {

using cloud::Created;
using cloud::Instance;
using cloud::NodeBatch;
using cloud::NodeState;

/// How many dead births of one name are walked past before we call it a failure.
constexpr int longest_chain = 20;

bool is_dead(const Instance& instance) {
  return instance.state == NodeState::terminated || instance.state == NodeState::terminating ||
         instance.state == NodeState::error;
}

std::string what_of(const std::vector<std::string>& names) {
  return names.size() == 1 ? fmt::format("creating the node {}", names.front())
                           : fmt::format("creating {} nodes ({} to {})", names.size(),
                                         names.front(), names.back());
}

std::string subnet_for(const NodeBatch& batch) {
  if (!batch.subnet_id.empty()) return batch.subnet_id;
  for (const auto& subnet : batch.network.subnets) {
    if (batch.zone.empty() || subnet.zone == batch.zone) return subnet.id;
  }
  return {};
}

/// The volume type by the config's word. Throughput-optimised disks cannot boot, so "hdd" is the
/// magnetic type that can.
std::string_view volume_type(const std::string& disk_type) {
  return disk_type == "hdd" ? "standard" : "gp3";
}

/// Members of the call's reservation, by launch index.
Result<std::vector<Instance>> read_members(const Xml& xml, const std::string& region) {
  auto members = read_instances(xml.root(), region);
  if (members.empty()) {
    return make_error(ErrorCode::protocol, "the answer to RunInstances names no instance");
  }
  return members;
}

/// The same token with another body: another machine was first, with another version of the image
/// or of ccloud. What it made is what there is.
Task<std::vector<Instance>> find_by_token(Context ctx, Api& api, std::string region,
                                          std::string token) {
  Form form("DescribeInstances");
  form.filter("client-token", {token});
  std::vector<Instance> found;
  co_await api.ec2_pages(ctx, region, "looking up nodes by their token", std::move(form), 1000,
                         [&](Node root) {
                           for (auto& one : read_instances(root, region)) {
                             found.push_back(std::move(one));
                           }
                         });
  co_return found;
}

Task<std::vector<Instance>> run_instances(Context ctx, Api& api, const NodeBatch& batch,
                                          std::vector<std::string> names, std::string token) {
  const std::string what = what_of(names);
  const Form form = run_instances_form(batch, names, token);
  const auto run = [&] { return api.ec2(ctx, batch.region, what, form); };
  // Group, key, subnet or profile may be too young to be seen.
  const auto is_young = [](const Error& error) {
    return is_missing(error) && !error.raw_code.starts_with("InvalidAMI");
  };
  auto made = co_await cloud::repeat_while(ctx,
                                           {.first = std::chrono::milliseconds(500),
                                            .most = std::chrono::seconds(1),
                                            .deadline = std::chrono::minutes(1)},
                                           run, is_young)
                  .result();
  if (!made.has_value() && made.error().raw_code == "IdempotentParameterMismatch") {
    auto found = co_await find_by_token(ctx, api, batch.region, token);
    if (found.empty()) co_return made.error();
    co_return found;
  }
  if (!made.has_value()) co_return made.error();
  co_return read_members(*made, batch.region);
}

/// Writes the single names; until then (and should this fail) readers take them from the batch's
/// tag and the launch index.
Task<void> write_name(Context ctx, Api& api, std::string region, std::string id, std::string name,
                      bool has_own) {
  cloud::Labels labels = {{std::string(cloud::mark_node), name}};
  if (!has_own) labels = named(std::move(labels), name);
  Form form("CreateTags");
  form.list("ResourceId", {id}).tags(labels);
  const std::string what = fmt::format("naming the node {}", name);
  const auto step = [&] { return cloud::effect_of(api.ec2(ctx, region, what, form)); };
  co_await cloud::repeat_while(
      ctx, {.first = std::chrono::seconds(1), .deadline = std::chrono::minutes(2)}, step,
      is_missing);
  co_return {};
}

/// `has_own`: the user's label says what consoles show.
Task<void> write_names(Context ctx, Api& api, const std::vector<Instance>& members, bool has_own) {
  std::vector<Task<void>> tasks;
  for (const auto& member : members) {
    tasks.push_back(write_name(ctx, api, member.region, member.id, member.name, has_own));
  }
  static_cast<void>(co_await async::when_all(api.loop(), std::move(tasks)));
  co_return {};
}

struct Outcome {
  std::vector<Instance> alive;
  std::optional<Error> error;  ///< why the rest of the names is missing
};

/// Makes the names, walking the chain past births that ended: what is dead passes its names on to a
/// call with the next token.
Task<Outcome> create_group(Context ctx, Api& api, const NodeBatch& batch,
                           std::vector<std::string> names) {
  Outcome outcome;
  std::string token = cloud::token_of({batch.token, cloud::encode_names(names)});
  for (int link = 0; link < longest_chain && !names.empty(); ++link) {
    auto members = co_await run_instances(ctx, api, batch, names, token).result();
    if (!members.has_value()) {
      outcome.error = members.error();
      co_return outcome;
    }
    std::vector<std::string> left = names;
    std::vector<Instance> fresh;
    std::string dead_id;
    for (std::size_t i = 0; i < members->size() && i < names.size(); ++i) {
      Instance& member = (*members)[i];
      if (is_dead(member)) {
        if (dead_id.empty() || member.id < dead_id) dead_id = member.id;
        continue;
      }
      // A repeated call shows the single name already, a new one the batch's tag.
      if (std::ranges::find(names, member.name) == names.end()) member.name = names[i];
      std::erase(left, member.name);
      fresh.push_back(std::move(member));
    }
    if (names.size() > 1) co_await write_names(ctx, api, fresh, batch.labels.contains("Name"));
    std::ranges::move(fresh, std::back_inserter(outcome.alive));
    if (dead_id.empty()) {
      // Fewer than asked for: the rest is a call of its own, whose error says why.
      if (left.size() == names.size()) break;
      token = cloud::token_of({batch.token, cloud::encode_names(left)});
    } else {
      token = cloud::next_token(token, dead_id);
    }
    names = std::move(left);
  }
  if (!names.empty()) {
    outcome.error = make_error(ErrorCode::capacity,
                               fmt::format("{}: they end as soon as they are made", what_of(names)),
                               "look at their state reasons in the EC2 console");
  }
  co_return outcome;
}

}  // namespace

Form run_instances_form(const NodeBatch& batch, const std::vector<std::string>& names,
                        const std::string& token) {
  cloud::Labels labels = batch.labels;
  Form form("RunInstances");
  form.add("ImageId", batch.image.id)
      .add("InstanceType", batch.type)
      .add("MinCount", std::int64_t{1})
      .add("MaxCount", static_cast<std::int64_t>(names.size()))
      .add("ClientToken", token);
  if (!batch.key_name.empty()) form.add("KeyName", batch.key_name);
  if (!batch.user_data.empty()) form.add("UserData", base64(batch.user_data));
  form.add("NetworkInterface.1.DeviceIndex", std::int64_t{0})
      .add("NetworkInterface.1.SubnetId", subnet_for(batch))
      .list("NetworkInterface.1.SecurityGroupId", batch.firewall_ids)
      .flag("NetworkInterface.1.AssociatePublicIpAddress", batch.public_ip)
      .flag("NetworkInterface.1.DeleteOnTermination", true);
  if (!batch.image.root_device.empty()) {
    form.add("BlockDeviceMapping.1.DeviceName", batch.image.root_device);
    // What is asked for and too small is EC2's to refuse: a larger one would never be as wanted.
    const auto gib = batch.disk.gib > 0 ? batch.disk.gib : batch.image.min_disk_gib;
    if (gib > 0) form.add("BlockDeviceMapping.1.Ebs.VolumeSize", gib);
    form.add("BlockDeviceMapping.1.Ebs.VolumeType", std::string(volume_type(batch.disk.type)))
        .flag("BlockDeviceMapping.1.Ebs.DeleteOnTermination", true);
  }
  if (!batch.identity.empty()) {
    const bool is_arn = batch.identity.starts_with("arn:");
    form.add(is_arn ? "IamInstanceProfile.Arn" : "IamInstanceProfile.Name", batch.identity);
  }
  // Version 1 of the metadata service gives a node's role to whoever can make it fetch a URL.
  form.add("MetadataOptions.HttpTokens", "required").add("MetadataOptions.HttpEndpoint", "enabled");
  form.tag_specification("volume", labels).tag_specification("network-interface", labels);
  labels[std::string(cloud::mark_node)] = cloud::encode_names(names);
  if (names.size() == 1) labels = named(std::move(labels), names.front());
  form.tag_specification("instance", labels);
  return form;
}

Task<std::vector<Created>> create_nodes(Context ctx, Api& api, NodeBatch batch) {
  if (subnet_for(batch).empty()) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("the network {} has no subnet in {}", batch.network.name,
                                     batch.zone.empty() ? batch.region : batch.zone),
                         "name one in `subnets` of the network, or choose other zones");
  }
  const auto groups = cloud::split_names(batch.names, tag_value_limit, most_per_call);
  std::vector<Task<Outcome>> tasks;
  for (const auto& names : groups) tasks.push_back(create_group(ctx, api, batch, names));
  auto outcomes = co_await async::when_all(api.loop(), std::move(tasks));
  std::vector<Created> created;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::map<std::string, Instance> alive;
    if (outcomes[i].has_value()) {
      for (auto& instance : outcomes[i]->alive) alive.emplace(instance.name, std::move(instance));
    }
    const Error failed = !outcomes[i].has_value()
                             ? outcomes[i].error()
                             : outcomes[i]->error.value_or(make_error(
                                   ErrorCode::internal, "the node is missing in the answer"));
    for (const auto& name : groups[i]) {
      const auto found = alive.find(name);
      Result<Instance> made = failed;
      if (found != alive.end()) made = found->second;
      created.push_back(Created{.name = name, .instance = std::move(made)});
    }
  }
  co_return created;
}

}  // namespace ccloud::aws
