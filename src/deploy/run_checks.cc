// `doctor`: whether this machine and its credentials are ready.
#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"
#include "deploy/checks.h"
#include "deploy/look.h"
#include "deploy/runbooks.h"

namespace ccloud::deploy {
namespace {

Task<void> doctor_provider(Context ctx, Session& session, const config::Provider& entry,
                           CheckList* into) {
  if (!co_await check_provider(ctx, session, entry, into)) co_return {};
  auto* provider = co_await session.provider(entry.name);
  auto regions =
      co_await provider->regions(ctx.with_timeout(session.options().region_timeout)).result();
  if (!regions) {
    into->push_back(
        bad_check(entry.name + ": regions", placed(std::move(regions.error()), entry.name)));
    co_return {};
  }
  const auto enabled = std::ranges::count_if(
      *regions, [](const cloud::RegionInfo& region) { return region.is_enabled; });
  into->push_back(
      good_check(entry.name + ": regions",
                 fmt::format("{} of {} are enabled for this account", enabled, regions->size())));
  co_return {};
}

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

Task<CheckResult> run_doctor(Context ctx, Session& session) {
  const auto& providers = session.config().providers;
  std::vector<CheckList> parts(providers.size() + 1);
  parts.front().push_back(check_clock(ctx));
  parts.front().push_back(check_journal(session));
  async::Group group(session.loop());
  for (std::size_t i = 0; i < providers.size(); ++i) {
    group.spawn(doctor_provider(ctx, session, providers[i], &parts[i + 1]));
  }
  co_await group.join();
  co_return gather_checks(std::move(parts));
}

}  // namespace ccloud::deploy
