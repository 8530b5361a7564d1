// A World with the hub and the AWS front, driven without sockets and under a clock that tests move.
#pragma once

#include <memory>
#include <string>

#include "sim/aws/credentials.h"
#include "sim/hub.h"
#include "sim/testing/aws_caller.h"

namespace ccloud::sim::testing {

class AwsWorld {
 public:
  explicit AwsWorld(WorldOptions options = {});

  struct Answer {
    int status = 0;
    std::string body;
    http::ServerReply reply;
    std::string code() const { return element(body, "Code"); }
    std::string get(const std::string& name) const { return element(body, name); }
  };
  Answer call(const std::string& action, const Form& form = {});
  Answer call_as(const AwsCaller& caller, const std::string& action, const Form& form = {});
  /// RunInstances of `count` in the default network; the ids.
  std::vector<std::string> run(int count, Form more = {});

  Time now{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
  World world;
  Hub hub;
  AwsCaller caller;
};

}  // namespace ccloud::sim::testing
