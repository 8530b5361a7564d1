// A signed caller of the AWS front for tests: its own little signer, apart from the server's.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/front.h"

namespace ccloud::sim::testing {

using Form = std::vector<std::pair<std::string, std::string>>;

struct AwsCaller {
  std::string key_id;
  std::string secret;
  std::string region = "us-east-1";
  std::string service = "ec2";
  std::string session_token;

  http::Request request(const std::string& action, const Form& form, Time now) const;
};

/// Text between <name> and </name>, the first one after `from`.
std::string element(const std::string& xml, const std::string& name, std::size_t from = 0);
std::vector<std::string> elements(const std::string& xml, const std::string& name);

}  // namespace ccloud::sim::testing
