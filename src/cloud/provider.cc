#include "cloud/provider.h"

namespace ccloud::cloud {

Task<Network> Provider::complete_network(Context, NetworkSpec, Network chosen) { co_return chosen; }

Task<Network> Provider::ensure_network(Context ctx, NetworkSpec spec) {
  auto chosen = co_await choose_network(ctx, spec);
  co_return co_await complete_network(ctx, std::move(spec), std::move(chosen));
}

}  // namespace ccloud::cloud
