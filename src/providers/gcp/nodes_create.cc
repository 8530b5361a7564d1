// Machines. Each is one insert under a name and a requestId that every machine computes alike: a
// lost reply or a second operator makes no double, and a requestId that gives an old operation
// again leads on to the next one of its chain (design 4.1).
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "cloud/marks.h"
#include "providers/gcp/driver.h"
#include "providers/gcp/errors.h"
#include "providers/gcp/first_boot.h"

namespace ccloud::gcp {

using cloud::NodeState;

namespace {

/// An accepted insert finds out within this whether there is room; usually in seconds.
constexpr std::chrono::minutes patience{3};
/// An answer with an operation older than this is a repetition of an earlier insert.
constexpr std::chrono::seconds fresh{5};
constexpr int most_links = 60;
/// Inserts of our own that failed for a passing reason.
constexpr int most_failures = 3;

std::string request_id(const std::string& token, const std::string& name) {
  return name_uuid(fmt::format("ccloud insert {} {}", token, name));
}

Result<void> check_batch(const cloud::NodeBatch& batch) {
  constexpr std::size_t longest_value = 262144;
  const auto script = startup_script(batch.user_data);
  if (!script && lacks_cloud_init(batch.image.id)) {
    Error error = make_error(
        ErrorCode::invalid_argument,
        fmt::format("the image {} has no cloud-init to carry out the cloud-config in user_data",
                    batch.image.name.empty() ? batch.image.id : batch.image.name),
        "write the user data as a #! script, or use an Ubuntu image");
    error.raw_code = "not-supported";
    return error;
  }
  const auto size = std::max(batch.user_data.size(), script ? script->size() : 0);
  if (size <= longest_value) return {};
  return make_error(
      ErrorCode::invalid_argument,
      fmt::format("the user data has {} bytes as it is sent; Google takes {}", size, longest_value),
      "let the script fetch what is large");
}

cloud::Instance expected(const cloud::NodeBatch& batch, const MachineParts& parts,
                         const std::string& id) {
  cloud::Instance out;
  out.id = id;
  out.labels = parts.labels;
  cloud::apply_marks(out, 0);
  out.region = batch.region;
  out.zone = parts.zone;
  out.state = NodeState::pending;
  out.type = batch.type;
  out.image = batch.image.id;
  out.network_id = batch.network.id;
  out.subnet_id = batch.subnet_id;
  out.firewall_ids = batch.firewall_ids;
  out.identity = batch.identity;
  return out;
}

}  // namespace

/// Where the caller leaves the zone to the cloud: the same one for the same name, always.
Task<std::string> Driver::pick_zone(Context ctx, std::string region, std::string node) {
  const auto zones = co_await zones_of(ctx, region);
  if (zones.empty()) {
    co_return make_error(ErrorCode::not_found, fmt::format("region {} has no zones", region));
  }
  const auto digest = sha256(node);
  co_return zones[static_cast<unsigned char>(digest.front()) % zones.size()];
}

/// The machine that has the name already: ours, by this very call or another operator's. Nothing
/// when it is on its way out.
Task<std::optional<cloud::Instance>> Driver::adopt(Context ctx, cloud::NodeBatch batch,
                                                   MachineParts parts) {
  const auto project = co_await api_.project(ctx);
  const auto path =
      fmt::format("{}/zones/{}/instances/{}", co_await project_path(ctx), parts.zone, parts.name);
  const auto node = parts.labels.at(std::string(cloud::mark_node));
  for (const auto end = ctx.now() + patience; ctx.now() < end;) {
    const auto found =
        co_await api_
            .get(ctx,
                 {.region = batch.region, .path = path, .what = fmt::format("reading {}", node)})
            .result();
    if (!found && found.error().code == ErrorCode::not_found) co_return std::nullopt;
    if (!found) co_return found.error();
    auto there = parse_machine(found->root(), project);
    const auto mark = there.labels.find(std::string(cloud::mark_project));
    if (mark != there.labels.end() && mark->second != batch.project) {
      co_return make_error(
          ErrorCode::already_exists,
          fmt::format("{} exists and belongs to project {}", parts.name, mark->second),
          "delete it, or use another name");
    }
    const bool is_going =
        there.state == NodeState::stopping || there.state == NodeState::terminating;
    if (is_going && !there.is_power_off_wanted) {
      co_await ctx.sleep(std::chrono::seconds(2));
      continue;
    }
    if (mark == there.labels.end()) {  // somebody took its labels away
      co_await set_labels(ctx, {there.id, node, batch.region, parts.zone, batch.project},
                          parts.labels, {});
      there.labels = parts.labels;
      cloud::apply_marks(there, 0);
    }
    co_return there;
  }
  co_return make_error(ErrorCode::timed_out,
                       fmt::format("creating {}: its predecessor is still going away", node),
                       "run the command again; it takes up where this one ended");
}

Task<cloud::Instance> Driver::create_node(Context ctx, cloud::NodeBatch batch, MachineParts parts) {
  const auto node = parts.labels.at(std::string(cloud::mark_node));
  const auto path = fmt::format("{}/zones/{}/instances", co_await project_path(ctx), parts.zone);
  const auto body = encode_machine(batch, parts);
  auto token = batch.token;
  int failures = 0;
  for (int link = 0; link < most_links; ++link) {
    auto sent = co_await api_
                    .send(ctx, {.region = batch.region,
                                .method = "POST",
                                .path = path,
                                .query = {{"requestId", request_id(token, parts.name)}},
                                .body = body,
                                .what = fmt::format("creating {}", node)})
                    .result();
    if (!sent && sent.error().code != ErrorCode::already_exists) co_return sent.error();
    bool is_taken = !sent;
    if (sent) {
      const bool was_done = sent->is_done;
      const bool is_old = was_done && sent->age > fresh;
      const auto done = co_await api_.wait(ctx, std::move(*sent), patience);
      is_taken = done.error && done.error->code == ErrorCode::already_exists;
      if (done.error && !is_taken) {
        const bool is_worth_it = is_old || (is_passing(*done.error) && ++failures < most_failures);
        if (!is_worth_it) co_return *done.error;
        if (!is_old) co_await ctx.sleep(std::chrono::seconds(failures));
        token = cloud::next_token(token, done.id);
        continue;
      }
      if (!is_taken && !was_done) co_return expected(batch, parts, done.target_id);
      if (!is_taken) {
        auto there = co_await adopt(ctx, batch, parts);
        if (there) co_return std::move(*there);
        // It was made by this request once, and is dead: the caller takes the next token.
        auto dead = expected(batch, parts, done.target_id);
        dead.state = NodeState::terminated;
        co_return dead;
      }
    }
    auto there = co_await adopt(ctx, batch, parts);
    if (there) co_return std::move(*there);
    // It went away while we looked: the refusal is what this requestId answers from now on.
    token = cloud::next_token(token, parts.name);
  }
  co_return make_error(ErrorCode::conflict,
                       fmt::format("creating {}: every attempt before this one ended badly", node),
                       "try again in an hour, when Google has forgotten them");
}

Task<std::vector<cloud::Created>> Driver::create_nodes(Context ctx, cloud::NodeBatch batch) {
  co_await check_batch(batch);
  if (batch.subnet_id.empty() && !batch.network.subnets.empty()) {
    batch.subnet_id = batch.network.subnets.front().id;
  }
  MachineParts parts;
  parts.project = co_await api_.project(ctx);
  std::vector<Task<cloud::Instance>> tasks;
  for (const auto& name : batch.names) {
    parts.name = machine_name(batch.project, name);
    parts.zone = batch.zone.empty() ? co_await pick_zone(ctx, batch.region, name) : batch.zone;
    parts.labels = batch.labels;
    parts.labels[std::string(cloud::mark_node)] = name;
    tasks.push_back(create_node(ctx, batch, parts));
  }
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  std::vector<cloud::Created> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back({.name = batch.names[i], .instance = std::move(results[i])});
  }
  co_return out;
}

}  // namespace ccloud::gcp
