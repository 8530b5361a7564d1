// Runs runbooks against a cloud in memory on a virtual clock, as one or several machines.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/group.h"
#include "cloud/testing/fake_cloud.h"
#include "deploy/runbooks.h"

namespace ccloud::deploy::testing {

/// Aborts with the diagnostics when the text is not a sound config.
config::Config config_of(std::string_view text);

/// A cluster "web" in us-east-1 with `count` nodes; `more`: members of the file.
std::string web(int count, std::string_view more = {}, std::string_view image = "debian-12");

class Harness {
 public:
  Harness();
  ~Harness();

  Tools tools();
  std::unique_ptr<Session> session(std::string_view config, Options options = {});

  RunResult deploy(std::string_view config, Options options = {});
  RunResult destroy(std::string_view config, Options options = {});
  StatusResult status(std::string_view config, Options options = {});
  /// Runs a deploy that is given up, like a killed process, after `after`.
  void deploy_and_die(std::string_view config, async::Duration after);

  std::string folder;
  async::Loop loop{async::ClockKind::virtual_time};
  Context ctx{loop};
  cloud::testing::FakeCloud cloud{loop};
  std::unique_ptr<journal::Journal> journal;
  std::vector<Event> events;
  std::function<bool(const plan::Plan&)> confirm;
  Hooks hooks;
};

}  // namespace ccloud::deploy::testing
