#include "deploy/testing/harness.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "base/check.h"
#include "config/load.h"

namespace ccloud::deploy::testing {
namespace {

Task<bool> answer(const std::function<bool(const plan::Plan&)>* ask, plan::Plan plan) {
  co_return (*ask)(plan);
}

}  // namespace

config::Config config_of(std::string_view text) {
  auto loaded = config::load_text(std::string(text), "ccloud.json", {},
                                  {.home = "/nowhere", .reads_files = false});
  if (!loaded.config) {
    for (const auto& diagnostic : loaded.diagnostics.items()) {
      std::fprintf(stderr, "%s\n", diagnostic.message.c_str());
    }
    std::abort();
  }
  return std::move(*loaded.config);
}

std::string web(int count, std::string_view more, std::string_view image) {
  return fmt::format(
      R"({{"project": "hello", "clusters": {{"web": {{"image": "{}", "size": "t3.small",
        "ssh": {{"keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUqFg0EPVfPkrOdS1Bq1pVq3BqzHfEZ2yHbFpEq0R2V a"]}},
        "network": {{"allow": [{{"tcp": 22, "from": "203.0.113.7/32"}}]}},
        "place": {{"us": {{"provider": "aws", "region": "us-east-1", "count": {}}}}}}}}}{}}})",
      image, count, more);
}

Harness::Harness() {
  std::string pattern = (std::filesystem::temp_directory_path() / "ccloud-deploy-XXXXXX");
  folder = ::mkdtemp(pattern.data());
  auto opened = journal::Journal::open(loop, folder + "/journal.db");
  CCLOUD_CHECK(opened.has_value());
  journal = std::move(*opened);
}

Harness::~Harness() {
  journal.reset();
  std::filesystem::remove_all(folder);
}

Tools Harness::tools() {
  Tools tools;
  tools.loop = &loop;
  tools.host.loop = &loop;
  tools.make_provider = cloud.factory();
  tools.catalog = &catalog::builtin();
  tools.journal = journal.get();
  tools.listener = [this](const Event& event) { events.push_back(event); };
  if (confirm) {
    tools.confirm = [this](Context, const plan::Plan& plan) { return answer(&confirm, plan); };
  }
  tools.hooks = hooks;
  tools.run_id = new_run_id(loop.wall_now());
  tools.operator_name = "tester@here";
  return tools;
}

std::unique_ptr<Session> Harness::session(std::string_view config, Options options) {
  return std::make_unique<Session>(tools(), config_of(config), std::move(options));
}

RunResult Harness::deploy(std::string_view config, Options options) {
  auto opened = session(config, std::move(options));
  return std::move(*loop.run(run_deploy(ctx, *opened)));
}

RunResult Harness::destroy(std::string_view config, Options options) {
  auto opened = session(config, std::move(options));
  return std::move(*loop.run(run_destroy(ctx, *opened)));
}

StatusResult Harness::status(std::string_view config, Options options) {
  auto opened = session(config, std::move(options));
  return std::move(*loop.run(run_status(ctx, *opened)));
}

namespace {

Task<void> sleep_for(Context ctx, async::Duration duration) {
  co_return co_await ctx.sleep(duration).result();
}

Task<void> forget_result(Context ctx, Session* session) {
  static_cast<void>(co_await run_deploy(ctx, *session));
  co_return {};
}

}  // namespace

void Harness::deploy_and_die(std::string_view config, async::Duration after) {
  // The frames are destroyed where they stand: nothing of the run's own code runs any more.
  auto dying = tools();
  dying.journal = nullptr;
  Session session(std::move(dying), config_of(config), {});
  async::Group group(loop);
  group.spawn(forget_result(ctx, &session));
  static_cast<void>(loop.run(sleep_for(ctx, after)));
}

}  // namespace ccloud::deploy::testing
