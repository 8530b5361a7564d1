// One call to one service of one region, with the token, the microversion, the errors and the
// paging that all of them share. The mechanism (retries, limits, refresh) is cloud/caller's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/retry.h"
#include "cloud/provider.h"
#include "json/reader.h"
#include "providers/openstack/identity.h"

namespace ccloud::openstack {

struct Call {
  std::string region{};
  Service service = Service::compute;
  std::string method = "GET";
  std::string path{};  ///< after the endpoint's URL, with the query
  std::string body{};
  async::Idempotency idempotency = async::Idempotency::idempotent;
  std::string what{};  ///< for messages: "listing the servers"
};

class Api {
 public:
  Api(cloud::Host host, cloud::ProviderSettings settings, Login login);
  ~Api();

  const Login& login() const;
  Task<Token> token(Context ctx);
  /// The answer's body; an empty one is JSON null.
  Task<json::Document> send(Context ctx, Call call);
  /// Every element of `collection` over all pages (limit and marker).
  Task<std::vector<json::Document>> pages(Context ctx, Call call, std::string collection);

 private:
  /// Learns which microversion the region's compute service and we have in common.
  Task<void> agree(Context ctx, std::string region, std::string endpoint);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccloud::openstack
