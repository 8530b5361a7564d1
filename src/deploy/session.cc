// A session: opens providers when they are first needed, stamps events.
#include "deploy/session.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::deploy {

std::string new_run_id(async::WallTime now) {
  std::string digits;
  for (const char c : format_time(now)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return fmt::format("{}-{}-{}", digits.substr(0, 8), digits.substr(8, 6), hex(random_bytes(2)));
}

Session::Session(Tools tools, config::Config config, Options options)
    : tools_(std::move(tools)), config_(std::move(config)), options_(std::move(options)) {}

Session::~Session() = default;

Result<cloud::Provider*> Session::provider(const std::string& name) {
  auto at = providers_.find(name);
  if (at == providers_.end()) {
    const auto* entry = config_.find_provider(name);
    if (entry == nullptr) {
      return make_error(ErrorCode::internal, fmt::format("provider {} is not in the config", name));
    }
    cloud::ProviderSettings settings;
    settings.name = name;
    settings.driver = std::string(config::to_string(entry->driver.value));
    settings.profile = entry->credentials.profile;
    settings.credentials_file = entry->credentials.file;
    settings.credentials_command = entry->credentials.command;
    if (entry->account) settings.account = entry->account->value;
    for (const auto& region : entry->regions) settings.regions.push_back(region.value);
    if (entry->endpoint) settings.endpoint = entry->endpoint->value;
    if (entry->cloud) settings.cloud = entry->cloud->value;
    if (options_.concurrency > 0) {
      settings.concurrency = options_.concurrency;
    } else if (entry->concurrency) {
      settings.concurrency = static_cast<std::size_t>(entry->concurrency->value);
    }
    settings.run_id = tools_.run_id;
    settings.operator_name = tools_.operator_name;
    cloud::Host host = tools_.host;
    if (host.http != nullptr) {
      auto& pulse = pulses_[name] = std::make_unique<Pulse>(*tools_.loop, host.http);
      host.http = pulse.get();
    }
    at = providers_.emplace(name, tools_.make_provider(std::move(host), std::move(settings))).first;
  }
  if (!at->second) {
    Error error = at->second.error();
    if (error.provider.empty()) error.provider = name;
    return error;
  }
  return at->second->get();
}

const Pulse* Session::pulse(const std::string& name) const {
  const auto at = pulses_.find(name);
  return at == pulses_.end() ? nullptr : at->second.get();
}

async::Duration Session::lag(const std::string& provider_name) {
  if (options_.visibility_lag) return *options_.visibility_lag;
  const auto opened = provider(provider_name);
  return opened ? (*opened)->capabilities().visibility_lag : async::Duration(0);
}

void Session::emit(Event event) {
  if (!tools_.listener) return;
  event.at = tools_.loop->wall_now();
  event.run = tools_.run_id;
  event.progress = progress_;
  tools_.listener(event);
}

void Session::note(std::string message) {
  Event event;
  event.kind = Event::Kind::note;
  event.message = std::move(message);
  emit(std::move(event));
}

}  // namespace ccloud::deploy
