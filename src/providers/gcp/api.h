// One call to Compute Engine with the token, the errors, the paging and the operations that all of
// them share. The mechanism (retries, limits, refresh) is cloud/caller's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/provider.h"
#include "json/reader.h"
#include "providers/gcp/login.h"

namespace ccloud::gcp {

using Query = std::vector<std::pair<std::string, std::string>>;

struct Call {
  std::string region{};
  std::string method = "GET";
  std::string path{};  ///< after the base: "/projects/p/zones/z/instances"
  Query query{};
  std::string body{};
  std::string what{};  ///< for messages: "creating web-us-1"
};

/// What a mutation answers, and what waiting for it gives.
struct Operation {
  std::string path;  ///< of the operation itself, after the base
  std::string id;
  std::string target_id;  ///< of what it works on
  std::string region;     ///< for messages
  std::string what;
  bool is_done = false;
  std::optional<Error> error{};  ///< of one that is done
  /// The cloud's time between the beginning of the operation and this answer: a repeated requestId
  /// gives the old operation again.
  std::chrono::seconds age{0};
};

class Api {
 public:
  Api(cloud::Host host, cloud::ProviderSettings settings, Login login);
  ~Api();

  const Login& login() const;
  /// The project's id; the metadata server's when none is named.
  Task<std::string> project(Context ctx);

  Task<json::Document> get(Context ctx, Call call);
  /// Every page's document.
  Task<std::vector<json::Document>> pages(Context ctx, Call call);
  /// POST, PATCH or DELETE. Gets a requestId of its own unless the query has one, so that a retry
  /// after a lost reply does not act again.
  Task<Operation> send(Context ctx, Call call);
  /// The operation as it is when it is done, or after `patience`. Fails only when it cannot be
  /// asked; the operation's own failure is in it.
  Task<Operation> wait(Context ctx, Operation operation, async::Duration patience);
  /// send() and wait() to a good end.
  Task<Operation> carry_out(Context ctx, Call call,
                            async::Duration patience = std::chrono::minutes(10));

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of an answer's body; `path` is that of the call's project.
Operation parse_operation(json::Value root, std::string_view project_path);

}  // namespace ccloud::gcp
