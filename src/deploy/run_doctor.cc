// `doctor`: credentials, endpoints, clock and regions of every provider at the same time. What the
// drivers do not tell (servers, clocks) is seen by a Witness below each of them.
#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"
#include "deploy/checks.h"
#include "deploy/look.h"
#include "deploy/runbooks.h"
#include "deploy/witness.h"

namespace ccloud::deploy {
namespace {

/// Beyond this, other programs on this machine are near what clouds refuse (5 to 15 minutes).
constexpr std::chrono::seconds tolerated_offset{30};

using Witnesses = std::map<std::string, std::unique_ptr<Witness>>;  // by the provider's name

/// From here on every provider that is opened has a witness. The providers go before the factory
/// does, so it keeps the witnesses.
std::shared_ptr<Witnesses> set_witnesses(Session& session) {
  auto witnesses = std::make_shared<Witnesses>();
  auto& factory = session.tools().make_provider;
  factory = [inner = factory, witnesses, &loop = session.loop()](cloud::Host host,
                                                                 cloud::ProviderSettings settings) {
    auto& witness = (*witnesses)[settings.name] = std::make_unique<Witness>(loop, host.http);
    if (host.http != nullptr) host.http = witness.get();
    return inner(std::move(host), std::move(settings));
  };
  return witnesses;
}

Check skipped(std::string subject, std::string message, std::string remedy = {}) {
  auto check = good_check(std::move(subject), std::move(message));
  check.state = Check::State::skipped;
  check.remedy = std::move(remedy);
  return check;
}

/// A line for each server that was spoken to.
CheckList server_checks(const std::string& provider, const Witness& witness) {
  CheckList list;
  for (const auto& [origin, server] : witness.servers()) {
    const std::string subject = provider + ": endpoint";
    if (server.has_answered) {
      list.push_back(good_check(subject, fmt::format("{} answers in {}", origin,
                                                     server.took < std::chrono::milliseconds(1)
                                                         ? "less than 1ms"
                                                         : format_duration(server.took))));
      list.back().seconds = std::chrono::duration<double>(server.took).count();
    } else if (server.error) {
      list.push_back(bad_check(subject, placed(*server.error, provider)));
    }
  }
  return list;
}

std::optional<Check> clock_check(const std::string& provider, const Witness& witness) {
  const auto offset = witness.clock_offset();
  if (!offset) return std::nullopt;
  const std::string subject = provider + ": clock";
  if (std::chrono::abs(*offset) <= std::chrono::seconds(1)) {
    return good_check(subject, "this machine's clock is the cloud's");
  }
  auto check = good_check(subject, fmt::format("this machine is {} {} the cloud",
                                               format_duration(std::chrono::abs(*offset)),
                                               offset->count() > 0 ? "behind" : "ahead of"));
  if (std::chrono::abs(*offset) > tolerated_offset) {
    check.state = Check::State::warning;
    check.remedy =
        "set the clock (timedatectl set-ntp true): ccloud corrects its own signatures, other tools "
        "and the checks of certificates do not";
  }
  return check;
}

/// The regions that the config names for this provider, sorted.
std::set<std::string> named_regions(const config::Config& config, const std::string& provider) {
  std::set<std::string> regions;
  const auto take = [&](const auto& things) {
    for (const auto& one : things) {
      if (one.provider.value == provider) regions.insert(one.region.value);
    }
  };
  take(config.networks);
  for (const auto& cluster : config.clusters) {
    take(cluster.places);
    take(cluster.existing);
  }
  for (const auto& region : config.find_provider(provider)->regions) regions.insert(region.value);
  return regions;
}

class ProviderDoctor {
 public:
  ProviderDoctor(Session& session, const config::Provider& entry, DoctorScope scope)
      : session_(session), entry_(entry), scope_(scope) {}

  Task<void> run(Context ctx, const Witnesses* witnesses) {
    is_usable_ = co_await check_provider(ctx, session_, entry_, &checks_);
    if (is_usable_) {
      auto opened = co_await session_.provider(entry_.name);
      co_await ask_regions(ctx, opened);
    }
    const auto at = witnesses->find(entry_.name);
    if (at != witnesses->end()) add_witness(*at->second);
    co_return {};
  }

  CheckList& checks() { return checks_; }
  bool is_usable() const { return is_usable_; }

 private:
  Context limited(Context ctx) const { return ctx.with_timeout(session_.options().region_timeout); }

  Task<void> ask_regions(Context ctx, cloud::Provider* provider) {
    auto regions = co_await provider->regions(limited(ctx)).result();
    if (!regions) {
      checks_.push_back(
          bad_check(entry_.name + ": regions", placed(std::move(regions.error()), entry_.name)));
      co_return {};
    }
    const auto enabled = std::ranges::count_if(
        *regions, [](const cloud::RegionInfo& region) { return region.is_enabled; });
    checks_.push_back(
        good_check(entry_.name + ": regions",
                   fmt::format("{} of {} are enabled for this account", enabled, regions->size())));
    co_await ask_each(ctx, provider);
    co_return {};
  }

  /// One list of the project's nodes in each region that the config names: what status needs.
  Task<void> ask_each(Context ctx, cloud::Provider* provider) {
    const auto named = named_regions(session_.config(), entry_.name);
    if (named.empty()) co_return {};
    cloud::DiscoverRequest request;
    request.project = session_.config().project.value;
    request.regions.assign(named.begin(), named.end());
    request.depth = cloud::Depth::nodes;
    auto found = co_await provider->discover(limited(ctx), std::move(request)).result();
    if (!found) {
      checks_.push_back(bad_check(entry_.name + ": nodes", placed(found.error(), entry_.name)));
      co_return {};
    }
    for (const auto& region : found->regions) {
      if (!named.contains(region.region)) continue;
      const std::string subject = fmt::format("{} {}: nodes", entry_.name, region.region);
      if (region.error) {
        checks_.push_back(bad_check(subject, placed(*region.error, entry_.name, region.region)));
      } else if (region.is_forbidden) {
        checks_.push_back(
            bad_check(subject, placed(make_error(ErrorCode::permission_denied,
                                                 "the region is not open to this account",
                                                 "enable it, or choose another"),
                                      entry_.name, region.region)));
      } else {
        checks_.push_back(
            good_check(subject, fmt::format("listed, {} of this project", region.nodes.size())));
      }
    }
    co_return {};
  }

  /// A cloud that cannot be reached says nothing about the credentials; without any there is
  /// nothing to reach, which on a machine without a config only says that this cloud is not used.
  void add_witness(const Witness& witness) {
    auto servers = server_checks(entry_.name, witness);
    auto& first = checks_.front();
    const bool is_silent = std::ranges::any_of(servers, [&](const Check& check) {
      return check.error && first.error && check.error->code == first.error->code;
    });
    if (!is_usable_ && servers.empty() && scope_ == DoctorScope::machine) {
      first = skipped(first.subject, first.message, first.remedy);
    } else if (!is_usable_ && is_silent) {
      first = skipped(first.subject, "not asked: the endpoint does not answer");
    }
    std::ranges::move(servers, std::back_inserter(checks_));
    if (auto clock = clock_check(entry_.name, witness)) checks_.push_back(std::move(*clock));
  }

  Session& session_;
  const config::Provider& entry_;
  DoctorScope scope_;
  CheckList checks_;
  bool is_usable_ = false;
};

Check check_clock(Context ctx) {
  // Long before this program was written: signatures would be refused everywhere.
  const auto now = format_time(ctx.wall_now());
  if (now >= "2025-01-01") return good_check("clock", now);
  auto check = good_check("clock", "this machine believes that it is " + now);
  check.state = Check::State::bad;
  check.remedy = "set the clock: clouds refuse signatures that are minutes off";
  return check;
}

Check check_journal(Session& session) {
  if (session.tools().journal != nullptr) return good_check("journal", "it can be written");
  auto check = good_check("journal", "runs are not recorded");
  check.state = Check::State::warning;
  check.remedy = "set XDG_STATE_HOME to a folder that you may write to";
  return check;
}

}  // namespace

Task<CheckResult> run_doctor(Context ctx, Session& session, DoctorScope scope) {
  const auto witnesses = set_witnesses(session);
  std::vector<std::unique_ptr<ProviderDoctor>> doctors;
  async::Group group(session.loop());
  for (const auto& provider : session.config().providers) {
    doctors.push_back(std::make_unique<ProviderDoctor>(session, provider, scope));
    group.spawn(doctors.back()->run(ctx, witnesses.get()));
  }
  co_await group.join();
  std::vector<CheckList> parts(1);
  parts.front().push_back(check_clock(ctx));
  parts.front().push_back(check_journal(session));
  bool is_any_usable = false;
  for (const auto& doctor : doctors) {
    is_any_usable |= doctor->is_usable();
    parts.push_back(std::move(doctor->checks()));
  }
  auto result = gather_checks(std::move(parts));
  std::vector<Error> errors;
  for (const auto& check : result.checks) {
    if (check.error) errors.push_back(*check.error);
  }
  // That a server answers is nothing done yet; that its cloud knows us is.
  result.exit = exit_of(errors, is_any_usable);
  if (errors.empty() && !is_any_usable && !doctors.empty()) result.exit = Exit::credentials;
  co_return result;
}

}  // namespace ccloud::deploy
