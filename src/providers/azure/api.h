// One call to Resource Manager with the token, the errors, the paging and the asynchronous
// operations that all of them share. The mechanism (retries, limits, refresh) is cloud/caller's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/retry.h"
#include "cloud/provider.h"
#include "json/reader.h"
#include "providers/azure/login.h"

namespace ccloud::azure {

struct Call {
  std::string region{};
  std::string method = "GET";
  std::string path{};  ///< after the host; may have a query, without api-version
  std::string_view version{};
  std::string body{};
  http::Headers headers{};
  std::string what{};  ///< for messages: "creating web-us-1"
};

/// What goes on after a call was accepted.
struct Operation {
  std::string url;
  bool has_status_document = false;  ///< Azure-AsyncOperation; else Location or the resource
  bool is_resource = false;          ///< poll `properties.provisioningState`
  std::optional<std::chrono::milliseconds> wait{};
  std::string region{};
  std::string what{};
};

struct Accepted {
  int status = 200;
  json::Document body;
  std::optional<Operation> operation;  ///< nullopt: it is done
};

class Api {
 public:
  Api(cloud::Host host, cloud::ProviderSettings settings, Login login);
  ~Api();

  const Login& login() const;
  const Versions& versions() const { return login().cloud.versions; }
  /// The configured one, or the only one that the credentials see.
  Task<std::string> subscription(Context ctx);

  /// An empty body is JSON null.
  Task<json::Document> get(Context ctx, Call call);
  /// Every page's document, following nextLink on the same host only.
  Task<std::vector<json::Document>> pages(Context ctx, Call call);
  Task<Accepted> send(Context ctx, Call call);
  /// True when it has ended well; an error when it failed; false after `patience`.
  Task<bool> wait(Context ctx, Operation operation, async::Duration patience);
  /// send() and wait() to the end.
  Task<json::Document> carry_out(Context ctx, Call call,
                                 async::Duration patience = std::chrono::minutes(10));
  /// A text behind a signed URL: no token goes there.
  Task<std::string> read_blob(Context ctx, std::string url, std::string what);

 private:
  Task<json::Document> page(Context ctx, Call call, std::string url);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccloud::azure
