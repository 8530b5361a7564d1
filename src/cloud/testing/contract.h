// The contract that every driver keeps towards a cloud that is slow, busy, confused or forgetful,
// as tests over loopback. A driver's test plugs in with one line:
//
//   const bool has_contract = cloud::testing::register_contract("aws", &aws_subject);
//
// The suite plays the faults; the subject knows its cloud's wire format.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cloud/provider.h"

namespace ccloud::cloud::testing {

enum class RequestKind { list_nodes, create_nodes, delete_nodes, other };

struct ContractSubject {
  /// Opens the driver; its cloud is at `url`.
  std::function<std::unique_ptr<Provider>(Host host, const std::string& url)> open;
  /// The host's environment, `url` likewise.
  std::function<std::map<std::string, std::string>(const std::string& url)> environment;

  /// A small cloud in good health. It holds the nodes web-us-1, web-us-2 and web-us-3 of the
  /// project "contract", listed on several pages, one of them (where the API allows) empty but with
  /// a token. Creating and deleting nodes works. Logging in, too.
  std::function<http::Response(const http::Request&)> backend;
  std::function<RequestKind(const http::Request&)> kind_of;
  /// By what a repeated create is known to be the same: its token or name.
  std::function<std::string(const http::Request&)> guard_of;

  // The cloud's own words for:
  http::Response throttled;
  http::Response server_error;
  http::Response expired;    ///< credentials, and new ones would do; status 0: no such thing
  http::Response skewed;     ///< our clock is wrong; status 0: no such thing
  http::Response not_found;  ///< of a node that is to be deleted

  std::string region;
  NodeBatch batch;                              ///< one node
  std::string node_id = "i-0123456789abcdef0";  ///< of web-us-1, in this cloud's form
};

/// Registers the suite's tests under "{driver}Contract". Always true.
bool register_contract(const std::string& driver, std::function<ContractSubject()> subject);

}  // namespace ccloud::cloud::testing
