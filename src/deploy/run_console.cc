// The serial consoles of nodes, as their clouds keep them: the way to see why a node cannot be
// reached.
#include "async/group.h"
#include "cloud/marks.h"
#include "deploy/look.h"
#include "deploy/runbooks.h"

namespace ccloud::deploy {
namespace {

Task<std::string> read_console(Context ctx, Session& session, NodeRow row) {
  auto* provider = co_await session.provider(row.provider);
  if (!provider->capabilities().has_console) {
    co_return make_error(ErrorCode::invalid_argument, "this cloud shows no console");
  }
  auto node = cloud::ref_of(row.instance);
  node.name = row.name;
  auto text =
      co_await provider->console(ctx.with_timeout(session.options().region_timeout), node).result();
  if (!text) co_return placed(std::move(text.error()), row.provider, row.region);
  co_return std::move(*text);
}

}  // namespace

Task<ConsoleResult> run_console(Context ctx, Session& session) {
  auto status = co_await run_status(ctx, session);
  const auto missing =
      std::erase_if(status.nodes, [](const NodeRow& row) { return row.instance.id.empty(); });
  std::vector<Task<std::string>> tasks;
  tasks.reserve(status.nodes.size());
  for (const auto& row : status.nodes) tasks.push_back(read_console(ctx, session, row));
  auto texts = co_await async::when_all(ctx.loop(), std::move(tasks));
  ConsoleResult result{.nodes = {}, .errors = std::move(status.errors), .has_missing = missing > 0};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    result.nodes.push_back({.node = status.nodes[i].name, .text = std::move(texts[i])});
  }
  co_return result;
}

}  // namespace ccloud::deploy
