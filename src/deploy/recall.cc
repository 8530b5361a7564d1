#include "deploy/recall.h"

#include <algorithm>

#include <fmt/format.h>

namespace ccloud::deploy {
namespace {

bool are_implied(const config::Config& config) {
  return std::ranges::all_of(config.providers, &config::Provider::is_implied);
}

config::Provider implied(const std::string& name, config::Driver driver) {
  config::Provider provider;
  provider.name = name;
  provider.driver.value = driver;
  provider.is_implied = true;
  return provider;
}

}  // namespace

Task<void> recall_providers(Context ctx, Session& session, plan::PlanOptions& options) {
  auto* journal = session.tools().journal;
  if (journal == nullptr) co_return {};
  std::vector<std::string> known;
  for (const auto& provider : session.config().providers) known.push_back(provider.name);
  const auto left =
      co_await journal->left(ctx, session.config().project.value, std::move(known)).result();
  if (!left) co_return {};  // it helps, and stops nobody
  const bool may_add = are_implied(session.config());
  for (const auto& one : *left) {
    const auto driver = config::parse_driver(one.provider);
    if (driver && may_add) {
      session.add_provider(implied(one.provider, *driver));
      options.recalled.insert(one.provider);
      continue;
    }
    options.notes.push_back(fmt::format(
        "{}: this machine has deployed {} node{} there, and the config names that provider no "
        "longer: put it back under `providers` until a deploy has emptied it",
        one.provider, one.nodes, one.nodes == 1 ? "" : "s"));
  }
  co_return {};
}

}  // namespace ccloud::deploy
