// The decision alone; what lags is the caller's.
#include "cloud/lag.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace ccloud::cloud {
namespace {

/// Between one machine's look and its next call another one may do something.
constexpr std::chrono::seconds at_least{1};

}  // namespace

async::Duration visibility_lag(const Host& host, std::string_view url, const std::string& variable,
                               async::Duration usual) {
  const auto simulated = parse_int(host.env("CCLOUD_SIM_LAG_MS").value_or(""));
  const auto here = http::parse_url(url);
  const auto simulator = http::parse_url(host.env(variable).value_or(""));
  const bool is_simulator = here && simulator && http::is_loopback(*here) &&
                            http::authority(*here) == http::authority(*simulator);
  if (!simulated || *simulated < 0 || !is_simulator) return usual;
  return std::min<async::Duration>(usual, std::chrono::milliseconds(*simulated) + at_least);
}

}  // namespace ccloud::cloud
