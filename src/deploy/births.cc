// The token chain, walked.
#include "deploy/births.h"

#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "base/hash.h"
#include "base/text.h"
#include "cloud/marks.h"
#include "deploy/look.h"

namespace ccloud::deploy {
namespace {

/// A cloud that answers every token with a dead instance is broken; so many links are not.
constexpr int chain_limit = 60;

bool is_dead(const cloud::Instance& instance) {
  return instance.state == cloud::NodeState::terminating ||
         instance.state == cloud::NodeState::terminated;
}

/// One round: what runs, what failed for good, and what was dead or died, by name.
struct Round {
  std::vector<std::pair<std::string, std::string>> dead_on_arrival;  ///< name, id
  std::vector<std::pair<std::string, std::string>> died;
};

class Bearer {
 public:
  Bearer(Context ctx, Context work, Session& session, NodeWatch& watch, const plan::Birth& birth,
         std::function<void(const Born&)> on_born)
      : ctx_(ctx),
        work_(work),
        session_(session),
        watch_(watch),
        birth_(birth),
        on_born_(std::move(on_born)) {}

  Task<std::vector<Born>> run(cloud::NodeBatch batch) {
    auto* provider = co_await session_.provider(birth_.provider);
    int attempt = 1;
    for (int link = 0; link < chain_limit; ++link) {
      if (auto ended = ctx_.check(); !ended) {
        for (const auto& name : batch.names) finish(name, ended.error());
        break;
      }
      auto answers = co_await provider->create_nodes(work_, batch).result();
      if (!answers) {
        for (const auto& name : batch.names) finish(name, answers.error());
        break;
      }
      Round round;
      co_await wait_for(std::move(*answers), &round);
      if (!round.died.empty() && ++attempt > session_.options().birth_attempts) {
        for (const auto& [name, id] : round.died) finish(name, last_death_);
        round.died.clear();
      }
      for (const auto& [name, id] : round.died) tell_retry(name);
      if (!next_batch(batch, round)) break;
    }
    co_return std::move(born_);
  }

 private:
  void finish(const std::string& name, Result<cloud::Instance> instance) {
    if (!instance) {
      instance = Result<cloud::Instance>(
          placed(std::move(instance.error()), birth_.provider, birth_.region));
    }
    born_.push_back({name, std::move(instance)});
    on_born_(born_.back());
  }

  Task<void> wait_one(std::string name, cloud::Instance instance, Round* round) {
    const std::string id = instance.id;
    if (instance.state != cloud::NodeState::running || instance.private_ip.empty()) {
      auto running = co_await watch_
                         .until(ctx_, birth_.provider, birth_.region, id, NodeWatch::Goal::running,
                                session_.options().boot_timeout)
                         .result();
      if (!running && running.error().raw_code == "died") {
        last_death_ = running.error();
        round->died.emplace_back(name, id);
        co_return {};
      }
      if (!running) {
        finish(name, std::move(running.error()));
        co_return {};
      }
      instance = std::move(*running);
    }
    instance.name = name;
    finish(name, std::move(instance));
    co_return {};
  }

  Task<void> wait_for(std::vector<cloud::Created> answers, Round* round) {
    async::Group group(session_.loop());
    for (auto& answer : answers) {
      if (!answer.instance) {
        finish(answer.name, std::move(answer.instance.error()));
      } else if (is_dead(*answer.instance)) {
        round->dead_on_arrival.emplace_back(answer.name, answer.instance->id);
      } else {
        tell_made(answer.name, answer.instance->id);
        group.spawn(wait_one(answer.name, std::move(*answer.instance), round));
      }
    }
    co_await group.join();
    co_return {};
  }

  Event event_of(Event::Kind kind, const std::string& name) const {
    Event event;
    event.kind = kind;
    event.address = "node." + name;
    event.action = plan::Action::create;
    event.provider = birth_.provider;
    event.region = birth_.region;
    return event;
  }

  void tell_made(const std::string& name, const std::string& id) {
    auto event = event_of(Event::Kind::node_booting, name);
    event.message = id;
    session_.emit(std::move(event));
  }

  void tell_retry(const std::string& name) {
    auto event = event_of(Event::Kind::retrying, name);
    event.error = last_death_;
    event.message = "it died at birth and is made again";
    session_.emit(std::move(event));
  }

  /// The whole batch again is the next link of its chain; a part of it has a chain of its own.
  bool next_batch(cloud::NodeBatch& batch, Round& round) const {
    auto again = std::move(round.dead_on_arrival);
    again.insert(again.end(), round.died.begin(), round.died.end());
    if (again.empty()) return false;
    const auto order = [&](const std::string& name) {
      return std::ranges::find(batch.names, name) - batch.names.begin();
    };
    std::ranges::sort(again, {}, [&](const auto& dead) { return order(dead.first); });
    std::vector<std::string> names;
    std::vector<std::string> ids;
    for (auto& [name, id] : again) {
      names.push_back(name);
      ids.push_back(id);
    }
    if (names == batch.names) {
      batch.token = cloud::next_token(batch.token, join(ids, ","));
    } else {
      batch.names = std::move(names);
      batch.token = batch_token(birth_.provider, batch);
    }
    return true;
  }

  Context ctx_;
  Context work_;
  Session& session_;
  NodeWatch& watch_;
  const plan::Birth& birth_;
  std::function<void(const Born&)> on_born_;
  std::vector<Born> born_;
  Error last_death_;
};

}  // namespace

Result<cloud::NodeBatch> make_batch(const plan::Birth& birth, const Ground& ground,
                                    std::string zone, std::vector<std::string> names) {
  cloud::NodeBatch batch;
  batch.project = birth.project;
  batch.cluster = birth.cluster;
  batch.names = std::move(names);
  batch.region = birth.region;
  batch.zone = std::move(zone);
  batch.type = birth.type;
  batch.image = birth.image;
  batch.disk = birth.disk;
  batch.public_ip = birth.has_public_ip;
  batch.network = ground.network;
  for (const auto& subnet : ground.network.subnets) {
    const bool fits = subnet.zone == batch.zone || subnet.zone.empty() || batch.zone.empty();
    if (fits && batch.subnet_id.empty()) batch.subnet_id = subnet.id;
  }
  if (batch.subnet_id.empty() && !ground.network.subnets.empty()) {
    return make_error(
        ErrorCode::invalid_argument,
        fmt::format("network {} has no subnet in zone {}", birth.network, batch.zone),
        "name a subnet for the zone in `networks`, or take the zone out of the place");
  }
  batch.firewall_ids = ground.firewall_ids;
  batch.firewall_names = ground.firewall_names;
  batch.key_name = birth.key_name;
  batch.identity = birth.identity;
  batch.login_user = birth.login_user;
  batch.ssh_keys = birth.ssh_keys;
  batch.user_data = birth.user_data;
  batch.labels = birth.labels;
  batch.token = batch_token(birth.provider, batch);
  return batch;
}

std::string batch_token(const std::string& provider, const cloud::NodeBatch& batch) {
  std::vector<std::string> parts = {batch.project,
                                    provider,
                                    batch.region,
                                    batch.zone,
                                    cloud::encode_names(batch.names),
                                    batch.type,
                                    batch.image.id,
                                    fmt::format("{} {}", batch.disk.gib, batch.disk.type),
                                    batch.public_ip ? "public" : "private",
                                    batch.network.id,
                                    batch.subnet_id,
                                    join(batch.firewall_ids, ","),
                                    batch.key_name,
                                    batch.identity,
                                    sha256_hex(batch.user_data)};
  for (const auto& [key, value] : batch.labels) {
    parts.push_back(key);
    parts.push_back(value);
  }
  return cloud::token_of(parts);
}

Task<std::vector<Born>> bear(Context ctx, Context work, Session& session, NodeWatch& watch,
                             const plan::Birth& birth, cloud::NodeBatch batch,
                             std::function<void(const Born&)> on_born) {
  Bearer bearer(ctx, work, session, watch, birth, std::move(on_born));
  co_return co_await bearer.run(std::move(batch));
}

}  // namespace ccloud::deploy
