// Services in a deploy, and the nodes of a run before this one that get them once they run.
#include "deploy/services.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "deploy/testing/harness.h"

namespace ccloud::deploy {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::web;

Task<std::vector<Hooks::ServiceOutcome>> install_all(std::set<std::string>* has,
                                                     std::vector<NodeRow> nodes) {
  std::vector<Hooks::ServiceOutcome> outcomes;
  for (const auto& node : nodes) {
    has->insert(node.name);
    outcomes.push_back({"app", node.name, std::string("1")});
  }
  co_return outcomes;
}

Task<Hooks::Lacking> find_missing(const std::set<std::string>* has, std::vector<NodeRow> nodes) {
  Hooks::Lacking missing;
  for (const auto& node : nodes) {
    if (!has->contains(node.name)) missing.services.push_back({"app", node.name});
  }
  co_return missing;
}

TEST(Deploy, AServiceThatIsNotHealthyIsNoCloudOutOfReach) {
  Harness h;
  h.deploy(web(1));
  h.hooks.install_services =
      [](Context, std::vector<NodeRow> nodes,
         const Hooks::ServiceListener&) -> Task<std::vector<Hooks::ServiceOutcome>> {
    std::vector<Hooks::ServiceOutcome> outcomes;
    outcomes.push_back(
        {"app", nodes.at(0).name, make_error(ErrorCode::timed_out, "not healthy within 2s")});
    co_return outcomes;
  };
  h.hooks.missing_services = [](Context, std::vector<NodeRow>) -> Task<Hooks::Lacking> {
    Hooks::Lacking lacking;
    lacking.services.push_back({"app", "web-us-1"});
    co_return lacking;
  };
  const auto result =
      h.deploy(web(1, R"(, "services": {"app": {"cluster": "web", "version": "1", "run": "x"}})"));
  EXPECT_EQ(result.exit, Exit::failed);
}

TEST(Deploy, NothingIsMadeForAServiceWhoseSecretIsNotHere) {
  Harness h;
  std::set<std::string> has;
  h.hooks.install_services = [&has](Context, std::vector<NodeRow> nodes,
                                    const Hooks::ServiceListener&) {
    return install_all(&has, std::move(nodes));
  };
  h.hooks.check_services = [](const std::set<std::string, std::less<>>& names) -> Result<void> {
    EXPECT_THAT(names, ::testing::ElementsAre("app"));
    return make_error(ErrorCode::not_found, "the secret's variable TOKEN is not set");
  };
  const auto result =
      h.deploy(web(2, R"(, "services": {"app": {"cluster": "web", "version": "1", "run": "x"}})"));
  EXPECT_EQ(result.exit, Exit::failed);
  EXPECT_TRUE(h.cloud.nodes.empty());
  EXPECT_TRUE(h.cloud.networks.empty());
}

TEST(Deploy, InstallsServicesOnNodesThatLackThem) {
  Harness h;
  std::set<std::string> has;
  h.hooks.install_services = [&has](Context, std::vector<NodeRow> nodes,
                                    const Hooks::ServiceListener&) {
    return install_all(&has, std::move(nodes));
  };
  h.hooks.missing_services = [&has](Context, std::vector<NodeRow> nodes) {
    return find_missing(&has, std::move(nodes));
  };
  const std::string config =
      web(2, R"(, "services": {"app": {"cluster": "web", "version": "1", "run": "x"}})");
  EXPECT_EQ(h.deploy(config).exit, Exit::done);
  EXPECT_THAT(has, SizeIs(2));
  const auto told = [&](Event::Kind kind) {
    return std::ranges::count_if(h.events, [&](const Event& event) {
      return event.kind == kind && event.address.starts_with("service.app@");
    });
  };
  EXPECT_EQ(told(Event::Kind::change_started), 2);
  EXPECT_EQ(told(Event::Kind::change_done), 2);
  EXPECT_EQ(h.events.back().progress.done, h.events.back().progress.total);
  EXPECT_EQ(h.deploy(config).result, "nothing to do");
  has.erase("web-us-2");
  const auto repaired = h.deploy(config);
  ASSERT_THAT(repaired.changes, SizeIs(1));
  EXPECT_EQ(repaired.changes[0].address, "service.app@web-us-2");
  EXPECT_EQ(repaired.changes[0].outcome, Outcome::done);
}

TEST(Deploy, NodesThatAnotherRunMadeGetTheirServicesOnceTheyRun) {
  Harness h;
  std::set<std::string> has;
  h.hooks.install_services = [&has](Context, std::vector<NodeRow> nodes,
                                    const Hooks::ServiceListener&) {
    for (const auto& node : nodes) EXPECT_EQ(node.instance.state, cloud::NodeState::running);
    return install_all(&has, std::move(nodes));
  };
  h.hooks.missing_services = [&has](Context, std::vector<NodeRow> nodes) {
    return find_missing(&has, std::move(nodes));
  };
  const std::string config =
      web(2, R"(, "services": {"app": {"cluster": "web", "version": "1", "run": "x"}})");
  h.deploy_and_die(config, 5s);
  ASSERT_EQ(h.cloud.nodes.size(), 2U);
  ASSERT_EQ(h.cloud.nodes.begin()->second.state, cloud::NodeState::pending);
  EXPECT_EQ(h.deploy(config).exit, Exit::done);
  EXPECT_THAT(has, SizeIs(2));
}

TEST(Deploy, AYoungNodeThatDoesNotAnswerYetIsNotTakenForOneThatHasItsService) {
  Harness h;
  std::set<std::string> has;
  h.hooks.install_services = [&has](Context, std::vector<NodeRow> nodes,
                                    const Hooks::ServiceListener&) {
    return install_all(&has, std::move(nodes));
  };
  const std::string config =
      web(2, R"(, "services": {"app": {"cluster": "web", "version": "1", "run": "x"}})");
  ASSERT_EQ(h.deploy(config).exit, Exit::done);
  h.hooks.missing_services = [](Context, std::vector<NodeRow> nodes) -> Task<Hooks::Lacking> {
    Hooks::Lacking silent;
    for (const auto& node : nodes) silent.silent.push_back({"app", node.name});
    co_return silent;
  };
  for (auto& [id, node] : h.cloud.nodes) {
    const bool is_young = node.name == "web-us-1";
    node.created = format_time(h.loop.wall_now() - (is_young ? 10s : 3600s));
  }
  const auto result = h.deploy(config);
  ASSERT_THAT(result.changes, SizeIs(1));
  EXPECT_EQ(result.changes[0].address, "service.app@web-us-1");
  EXPECT_EQ(result.changes[0].outcome, Outcome::done);
}

TEST(Deploy, ANodeThatAnotherRunMadeAndThatNeverRunsIsAFailure) {
  Harness h;
  h.deploy_and_die(web(2), 5s);
  ASSERT_EQ(h.cloud.nodes.size(), 2U);
  h.cloud.boot_time = 24h;
  const auto result = h.deploy(web(2));
  EXPECT_EQ(result.exit, Exit::failed);
  ASSERT_THAT(result.changes, SizeIs(2));
  EXPECT_EQ(result.changes[0].error->code, ErrorCode::timed_out);
  EXPECT_THAT(result.changes[0].error->message, HasSubstr("is pending after 10m"));
  EXPECT_THAT(result.changes[0].error->remedy, HasSubstr("ccloud logs web-us-"));
}

}  // namespace
}  // namespace ccloud::deploy
