// A short lag is for the simulator's own address and nothing else.
#include "cloud/lag.h"

#include <gtest/gtest.h>

namespace ccloud::cloud {
namespace {

using namespace std::chrono_literals;

Host host_with(std::map<std::string, std::string> variables) {
  Host host;
  host.env = [variables = std::move(variables)](const std::string& name) {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  };
  return host;
}

TEST(Lag, IsShortOnlyAtTheSimulator) {
  const auto sim = host_with(
      {{"CCLOUD_SIM_LAG_MS", "50"}, {"OS_AUTH_URL", "http://127.0.0.1:4001/identity/v3"}});
  const auto lag = [&](std::string_view url) {
    return visibility_lag(sim, url, "OS_AUTH_URL", 5s);
  };
  EXPECT_EQ(lag("http://127.0.0.1:4001/identity/v3"), 1050ms);
  EXPECT_EQ(lag("http://127.0.0.1:5000/v3"), 5s);  // another cloud on this machine
  EXPECT_EQ(lag("https://keystone.example/v3"), 5s);
  EXPECT_EQ(lag(""), 5s);
}

TEST(Lag, IsNeverLongerThanAtTheRealCloud) {
  const std::string url = "http://127.0.0.1:4001";
  const auto slow = host_with({{"U", url}, {"CCLOUD_SIM_LAG_MS", "5300"}});
  EXPECT_EQ(visibility_lag(slow, url, "U", 5s), 5s);
}

TEST(Lag, IsTheUsualWithoutAWordFromTheSimulator) {
  const std::string url = "http://127.0.0.1:4001";
  EXPECT_EQ(visibility_lag(host_with({{"U", url}}), url, "U", 5s), 5s);
  EXPECT_EQ(visibility_lag(host_with({{"U", url}, {"CCLOUD_SIM_LAG_MS", "-1"}}), url, "U", 5s), 5s);
  EXPECT_EQ(visibility_lag(host_with({{"CCLOUD_SIM_LAG_MS", "0"}}), url, "U", 5s), 5s);
  // A variable that names a real cloud by now.
  const auto real = host_with({{"U", "https://api.example"}, {"CCLOUD_SIM_LAG_MS", "0"}});
  EXPECT_EQ(visibility_lag(real, "https://api.example", "U", 5s), 5s);
}

}  // namespace
}  // namespace ccloud::cloud
