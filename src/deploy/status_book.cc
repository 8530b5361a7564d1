// From what the clouds said to rows: the planner's word on what is amiss, and the last known rows
// of those that said nothing.
#include "deploy/status_book.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "base/order.h"
#include "base/text.h"
#include "cloud/marks.h"
#include "deploy/look.h"
#include "deploy/planning.h"
#include "deploy/snapshot.h"
#include "deploy/subject.h"
#include "plan/counts.h"

namespace ccloud::deploy {
namespace {

class StatusBook {
 public:
  StatusBook(Context ctx, Session& session) : ctx_(ctx), session_(session) {
    for (const auto& cluster : config().clusters) {
      services_[cluster.name] = services_of(config(), cluster.name);
    }
  }

  Task<StatusResult> fill(plan::Observed observed, const plan::PlanOptions& options,
                          const StatusUse& use) {
    const auto start = ctx_.now();
    use_ = &use;
    result_.project = config().project.value;
    result_.notes = options.notes;
    recalled_ = options.recalled;
    const bool was_answered = has_answer(observed);
    learn_drift(observed, options);
    add_nodes(observed);
    add_existing(observed);
    co_await use_cache();
    add_drift();
    narrow(options);
    sort();
    const auto& probe = session_.tools().hooks.probe;
    if (session_.options().health && use.asks_nodes && probe && !ctx_.ended()) {
      auto probed = co_await probe(ctx_, &result_.nodes).result();
      if (!probed) result_.errors.push_back(probed.error());
    }
    count();
    result_.seconds = std::chrono::duration<double>(ctx_.now() - start).count();
    result_.exit = exit_of(result_.errors, was_answered);
    co_return std::move(result_);
  }

 private:
  const config::Config& config() const { return session_.config(); }

  NodeRow row_of(const config::Provider& provider, cloud::Instance instance) const {
    NodeRow row;
    row.name = instance.name;
    row.cluster = instance.cluster;
    row.provider = provider.name;
    row.driver = std::string(config::to_string(provider.driver.value));
    row.region = instance.region;
    row.labels = cloud::without_marks(instance.labels);
    std::string_view place;
    std::int64_t index = 0;
    if (plan::parse_node_name(row.name, row.cluster, place, index)) row.place = place;
    row.instance = std::move(instance);
    if (const auto* cluster = config().find_cluster(row.cluster)) {
      row.ssh = cluster->ssh;
      if (const auto* found = cluster->find_place(row.place)) row.ssh = found->ssh;
    }
    add_services(row);
    return row;
  }

  void add_services(NodeRow& row) const {
    const auto at = services_.find(row.cluster);
    if (at == services_.end()) return;
    for (const auto& name : at->second) {
      const auto* service = config().find_service(name);
      row.services.push_back(
          {.service = name, .version = {}, .wanted = service->version.value, .health = {}});
    }
  }

  /// The config says this region: a place, a network, an existing machine, `regions`.
  bool is_named(const std::string& provider, const std::string& region) const {
    const auto is_here = [&](const auto& one) {
      return one.provider.value == provider && one.region.value == region;
    };
    if (std::ranges::any_of(config().networks, is_here)) return true;
    const auto* entry = config().find_provider(provider);
    if (entry != nullptr && std::ranges::any_of(entry->regions, [&](const auto& named) {
          return named.value == region;
        })) {
      return true;
    }
    return std::ranges::any_of(config().clusters, [&](const config::Cluster& cluster) {
      return std::ranges::any_of(cluster.places, is_here) ||
             std::ranges::any_of(cluster.existing, is_here);
    });
  }

  /// Takes the nodes out of `observed`: tens of thousands of them need not be there twice.
  void add_nodes(plan::Observed& observed) {
    std::size_t most = 0;
    for (const auto& [name, seen] : observed.providers) {
      for (const auto& region : seen.inventory.regions) most += region.nodes.size();
    }
    result_.nodes.reserve(most);
    for (const auto& provider : config().providers) {
      if (!is_asked_for(provider.name)) continue;
      auto& seen = observed.providers.at(provider.name);
      if (seen.error && recalled_.contains(provider.name)) {
        result_.notes.push_back(plan::recalled_note(provider.name, *seen.error));
        missed_.emplace_back(provider.name, "");
        continue;
      }
      if (seen.error) {
        result_.is_complete = false;
        result_.errors.push_back(*seen.error);
        missed_.emplace_back(provider.name, "");
        continue;
      }
      for (auto& region : seen.inventory.regions) {
        const bool is_wanted = is_named(provider.name, region.region);
        if (region.error || region.is_forbidden) {
          if (region.is_forbidden && !is_wanted) {
            result_.notes.push_back(fmt::format("{}: region {} is not open to this account",
                                                provider.name, region.region));
            continue;
          }
          result_.is_complete = result_.is_complete && !is_wanted;
          result_.errors.push_back(
              region.error ? *region.error
                           : placed(make_error(ErrorCode::permission_denied,
                                               "the region is not open to this account"),
                                    provider.name, region.region));
          missed_.emplace_back(provider.name, region.region);
          continue;
        }
        if (!region.nodes.empty() || is_wanted) {
          keep(provider.name, region.region, region.nodes);
        }
        for (auto& node : region.nodes) {
          if (node.state == cloud::NodeState::terminated) continue;
          result_.nodes.push_back(row_of(provider, std::move(node)));
          result_.nodes.back().age_seconds = age_of(provider.name);
        }
        region.nodes = {};
      }
    }
  }

  bool is_asked_for(const std::string& provider) const {
    return use_->only.empty() || use_->only == provider;
  }

  async::WallTime answered_at(const std::string& provider) const {
    const auto at = use_->answered.find(provider);
    return at == use_->answered.end() ? ctx_.wall_now() : at->second;
  }

  double age_of(const std::string& provider) const {
    const auto at = use_->answered.find(provider);
    if (at == use_->answered.end()) return 0;
    return std::chrono::duration<double>(ctx_.wall_now() - at->second).count();
  }

  /// For the cache.
  void keep(const std::string& provider, const std::string& key,
            const std::vector<cloud::Instance>& nodes) {
    if (!use_->saves) return;
    fresh_.push_back({provider, key, format_time(answered_at(provider)), encode_nodes(nodes)});
  }

  /// Where the machines of an `existing` entry stand in the cache: not among ours of that region.
  static std::string cache_key(const plan::OfOthers& others) {
    return fmt::format("existing/{}/{}/{}", others.cluster, others.region, others.match);
  }

  /// Takes the last known rows of what did not answer, and keeps what did. The cache is on this
  /// machine: it is read also when the time that --timeout gave is over.
  Task<void> use_cache() {
    auto* journal = session_.tools().journal;
    if (journal == nullptr) co_return {};
    const Context ctx(session_.loop());
    const std::string& project = config().project.value;
    if (!session_.options().fresh && !missed_.empty()) {
      const auto shots = co_await journal->snapshots(ctx, project).result();
      if (shots) add_cached(*shots);
    }
    if (fresh_.empty()) co_return {};
    auto saved = co_await journal->save_snapshots(ctx, project, std::move(fresh_)).result();
    if (!saved) result_.notes.push_back(saved.error().message);
    co_return {};
  }

  /// The last known rows, with their age.
  void add_cached(const std::vector<journal::Snapshot>& shots) {
    for (const auto& shot : shots) {
      const bool is_of_others = shot.region.starts_with("existing/");
      const bool is_missed = std::ranges::any_of(missed_, [&](const auto& place) {
        return place.first == shot.provider &&
               ((place.second.empty() && !is_of_others) || place.second == shot.region);
      });
      const auto* provider = config().find_provider(shot.provider);
      if (!is_missed || provider == nullptr) continue;
      const auto when = parse_time(shot.at);
      const double age = when ? std::chrono::duration<double>(ctx_.wall_now() - *when).count() : 0;
      const auto& limit = session_.options().max_age;
      const bool is_old = limit && age > std::chrono::duration<double>(*limit).count();
      for (auto& node : decode_nodes(shot.data)) {
        if (node.state == cloud::NodeState::terminated) continue;
        if (is_old) node.state = cloud::NodeState::unknown;
        const auto rest = std::string_view(shot.region).substr(is_of_others ? 9 : 0);
        if (is_of_others) node.cluster = rest.substr(0, rest.find('/'));
        auto row = row_of(*provider, node);
        row.is_cached = true;
        row.age_seconds = age;
        if (is_of_others) as_existing(row);
        result_.nodes.push_back(std::move(row));
      }
    }
  }

  /// Not one of a place: its ssh settings stand with its entry.
  void as_existing(NodeRow& row) const {
    const auto* cluster = config().find_cluster(row.cluster);
    if (cluster == nullptr) return;
    const auto entry = std::ranges::find_if(cluster->existing, [&](const auto& existing) {
      return existing.region.value == row.region && existing.provider.value == row.provider;
    });
    if (entry != cluster->existing.end()) row.ssh = entry->ssh;
    row.place.clear();
    row.is_existing = true;
  }

  /// A machine that several entries match is one row, as is one of ours that an entry matches.
  void add_existing(const plan::Observed& observed) {
    std::set<std::pair<std::string, std::string>> shown;
    for (const auto& row : result_.nodes) shown.emplace(row.provider, row.instance.id);
    for (const auto& others : observed.existing) {
      if (!is_asked_for(others.provider)) continue;
      const std::string key = cache_key(others);
      if (others.error) {
        result_.is_complete = false;
        missed_.emplace_back(others.provider, key);
        // A cloud that answers nothing at all is told once.
        if (!observed.find(others.provider)->error) result_.errors.push_back(*others.error);
        continue;
      }
      const auto* provider = config().find_provider(others.provider);
      for (const auto& instance : others.nodes) {
        if (instance.state == cloud::NodeState::terminated) continue;
        if (!shown.emplace(others.provider, instance.id).second) continue;
        auto row = row_of(*provider, instance);
        as_existing(row);
        row.age_seconds = age_of(others.provider);
        result_.nodes.push_back(std::move(row));
      }
      keep(others.provider, key, others.nodes);
    }
  }

  /// What deploy would do, by the code that deploy uses.
  void learn_drift(const plan::Observed& observed, plan::PlanOptions options) {
    options.selectors.clear();
    options.is_compared = false;
    const auto plan = plan::make_plan(config(), observed, {}, options);
    for (const auto& change : plan.changes) {
      if (change.action == plan::Action::keep) continue;
      if (change.kind != plan::Kind::node) {
        result_.drift.push_back(change);
        continue;
      }
      const auto& work = std::get<plan::NodeWork>(change.work);
      if (change.action == plan::Action::create) {
        add_missing(change, work);
      } else {
        drift_.emplace(work.observed->id, Drift{change.action, change.reason, change.why});
      }
    }
  }

  void add_drift() {
    for (auto& row : result_.nodes) {
      const auto at = drift_.find(row.instance.id);
      if (at == drift_.end() || row.is_cached || row.is_existing) continue;
      row.drift = at->second;
    }
  }

  void add_missing(const plan::Change& change, const plan::NodeWork& work) {
    const auto* provider = config().find_provider(change.provider);
    const auto* place = config().find_cluster(work.cluster)->find_place(work.place);
    cloud::Instance none;
    none.name = std::string(change.name());
    none.cluster = work.cluster;
    none.region = change.region;
    none.zone = work.zone;
    none.state = cloud::NodeState::missing;
    none.labels = place->labels;
    auto row = row_of(*provider, std::move(none));
    row.drift = Drift{change.action, change.reason, change.why};
    result_.nodes.push_back(std::move(row));
  }

  void narrow(const plan::PlanOptions& options) {
    if (options.selectors.empty()) return;
    std::erase_if(result_.nodes, [&](const NodeRow& row) {
      return !is_selected(config(), options, row.provider, row.instance);
    });
    if (!result_.errors.empty() || !use_->only.empty()) return;
    if (result_.nodes.empty()) {
      result_.notes.push_back("no node matches " + join(options.selector_texts, " "));
      return;
    }
    const auto known = plan::check_names(options.selectors, [&](std::string_view name) {
      return std::ranges::find(result_.nodes, name, &NodeRow::name) != result_.nodes.end();
    });
    if (!known) result_.notes.push_back(known.error().message);
  }

  void sort() {
    std::map<std::string, std::size_t> order;
    for (const auto& provider : config().providers) order.emplace(provider.name, order.size());
    const auto key = [&](const NodeRow& row) {
      std::string_view place;
      std::int64_t index = 0;
      plan::parse_node_name(row.name, row.cluster, place, index);
      return std::tuple(order[row.provider], std::string_view(row.region),
                        std::string_view(row.cluster), std::string_view(row.place), index,
                        std::string_view(row.name), std::string_view(row.instance.id));
    };
    sort_by_key(result_.nodes, key);
  }

  void count() {
    for (const auto& row : result_.nodes) {
      ++result_.by_state[row.instance.state];
      if (row.drift) ++result_.drifted;
    }
  }

  Context ctx_;
  Session& session_;
  const StatusUse* use_ = nullptr;
  StatusResult result_;
  std::unordered_map<std::string, Drift> drift_;  // by the node's id
  std::vector<journal::Snapshot> fresh_;
  std::set<std::string, std::less<>> recalled_;
  std::vector<std::pair<std::string, std::string>> missed_;  // provider, cache key ("": all)
  std::map<std::string, std::vector<std::string>> services_;
};

}  // namespace

Task<StatusResult> status_of(Context ctx, Session& session, plan::PlanOptions options,
                             plan::Observed observed, StatusUse use) {
  StatusBook book(ctx, session);
  co_return co_await book.fill(std::move(observed), options, use);
}

}  // namespace ccloud::deploy
