#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/text.h"
#include "cli/json_documents.h"
#include "cli/names.h"
#include "cli/rollout_watch.h"
#include "cli/run_watch.h"
#include "cli/table.h"
#include "cli/testing/golden.h"
#include "cli/view_plan.h"
#include "cli/view_run.h"
#include "cli/view_status.h"
#include "json/reader.h"

namespace ccloud::cli {
namespace {

using plan::Action;
using plan::Change;
using plan::Kind;
using plan::Reason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const auto noon = *parse_time("2026-01-01T12:00:00Z");

Change change(Kind kind, std::string address, Action action, Reason reason, plan::Facts before,
              plan::Facts after, std::string why = {}) {
  Change out;
  out.kind = kind;
  out.address = std::move(address);
  out.action = action;
  out.reason = reason;
  out.why = std::move(why);
  out.provider = "aws";
  out.region = "us-east-1";
  out.before = std::move(before);
  out.after = std::move(after);
  return out;
}

Change new_node(int index, std::string zone) {
  return change(Kind::node, fmt::format("node.web-us-{}", index), Action::create, Reason::not_there,
                {}, {{"type", "c7i.large"}, {"image", "debian-12"}, {"zone", std::move(zone)}});
}

plan::Plan sample_plan() {
  plan::Plan plan;
  plan.project = "hello";
  plan.environment = "prod";
  plan.changes.push_back(change(Kind::network, "network.aws.us-east-1.default", Action::create,
                                Reason::not_there, {}, {{"cidr", "10.64.0.0/16"}}));
  for (int i = 1; i <= 6; ++i) plan.changes.push_back(new_node(i, i % 2 == 0 ? "b" : "a"));
  plan.changes.push_back(change(Kind::node, "node.web-us-7", Action::replace, Reason::image_changed,
                                {{"image", "debian-12"}}, {{"image", "debian-13"}},
                                "the image changed from debian-12 to debian-13"));
  plan.changes.push_back(change(Kind::node, "node.web-us-8", Action::update, Reason::labels_changed,
                                {{"label team", "a"}}, {{"label team", "b"}}, "labels changed"));
  plan.changes.push_back(change(Kind::node, "node.old-us-1", Action::destroy,
                                Reason::cluster_removed, {{"type", "t3.small"}, {"zone", "a"}}, {},
                                "its cluster is not in the file any more"));
  plan.summary = {7, 1, 1, 1, 12};
  plan.estimate = {14, 45};
  plan::Birth birth;
  birth.cluster = "web";
  birth.place = "us";
  birth.provider = "aws";
  birth.region = "us-east-1";
  birth.type = "c7i.large";
  birth.type_why = "2 vCPU and 4 GiB were asked for; the cheapest current type that has them";
  birth.next_types = {"c6i.large: 0.0850 USD/h", "m7i.large: 0.1008 USD/h", "not shown"};
  birth.image.id = "ami-0abc";
  birth.image.name = "debian-12-amd64-20260101";
  plan.births.push_back(birth);
  plan.notes.push_back("region me-south-1 is not enabled for this account");
  return plan;
}

TEST(PlanView, GroupsWhatIsAlikeAndSaysWhy) {
  expect_golden("plan.txt", render_plan(sample_plan(), {Style{false}, 80, false}));
  expect_golden("plan_wide_color.txt", render_plan(sample_plan(), {Style{true}, 200, false}));
}

TEST(PlanView, TellsWhatIsRefusedAndWhatCouldNotBePlanned) {
  plan::Plan plan = sample_plan();
  plan.changes.clear();
  plan.births.clear();
  plan.refusals.push_back({plan::Refusal::Guard::max_destroy,
                           "this would destroy 5 nodes, and guards.max_destroy is 2",
                           "--allow-destroy 5 allows it once",
                           {}});
  plan::Problem problem;
  problem.provider = "hk";
  problem.region = "cn-hongkong";
  problem.cluster = "gw";
  problem.place = "hk";
  problem.error = make_error(ErrorCode::unavailable, "no connection", "check the network");
  plan.problems.push_back(problem);
  expect_golden("plan_refused.txt", render_plan(plan, {Style{false}, 80, false}));

  plan.summary = {};
  EXPECT_EQ(plan_summary(plan, Style{false}), "INCOMPLETE") << "what is not known is not unchanged";
}

TEST(PlanView, StaysShortForTenThousandNodes) {
  plan::Plan plan;
  plan.project = "big";
  for (int i = 1; i <= 10000; ++i) plan.changes.push_back(new_node(i, "a"));
  plan.summary = {10000, 0, 0, 0, 0};
  const std::string text = render_plan(plan, {Style{false}, 80, false});
  EXPECT_THAT(text, HasSubstr("10,000 nodes web-us-[1-10000]"));
  EXPECT_LT(split(text, '\n').size(), 10U);
}

TEST(Names, BecomeRangesThatAreSelectors) {
  EXPECT_THAT(compress_names({"web-us-1", "web-us-3", "web-us-2", "db-eu-7", "web-us-9", "lone"}),
              ElementsAre("web-us-[1-3,9]", "db-eu-7", "lone"));
  EXPECT_EQ(name_list({"a", "b", "c"}, 2), "a, b and 1 more");
}

TEST(Table, DropsTheLeastColumnsAndThenCuts) {
  Table table({{"NAME"}, {"STATE", 1}, {"LABELS", 9}, {"N", 0, true}});
  table.add({"web-us-1", "running", "a=b,c=d,e=f", "7"});
  EXPECT_EQ(table.render({}, 80),
            "NAME      STATE    LABELS       N\nweb-us-1  running  a=b,c=d,e=f  7\n");
  EXPECT_EQ(table.render({}, 25), "NAME      STATE    N\nweb-us-1  running  7\n");
  EXPECT_EQ(table.render({}, 10), "NAME     N\nweb-us…  7\n");
}

deploy::NodeRow row(std::string name, cloud::NodeState state) {
  deploy::NodeRow row;
  row.name = std::move(name);
  row.cluster = "web";
  row.place = "us";
  row.provider = "aws";
  row.driver = "aws";
  row.region = "us-east-1";
  row.instance.state = state;
  if (state != cloud::NodeState::missing) {
    row.instance.id = "i-0" + row.name;
    row.instance.type = "c7i.large";
    row.instance.zone = "us-east-1a";
    row.instance.public_ip = "203.0.113.9";
    row.instance.private_ip = "10.64.0.9";
    row.instance.created = "2026-01-01T09:00:00Z";
  }
  return row;
}

deploy::StatusResult small_status() {
  deploy::StatusResult result;
  result.project = "hello";
  result.nodes.push_back(row("web-us-1", cloud::NodeState::running));
  result.nodes.push_back(row("web-us-2", cloud::NodeState::running));
  result.nodes.back().drift = {Action::replace, Reason::image_changed, "the image changed"};
  result.nodes.push_back(row("web-us-3", cloud::NodeState::missing));
  result.nodes.back().drift = {Action::create, Reason::not_there, "nothing carries its mark"};
  result.nodes.push_back(row("web-us-4", cloud::NodeState::stopped));
  result.nodes.back().instance.is_power_off_wanted = true;
  result.nodes.push_back(row("gw-hk-1", cloud::NodeState::running));
  result.nodes.back().cluster = "gw";
  result.nodes.back().place = "hk";
  result.nodes.back().provider = "hk";
  result.nodes.back().is_cached = true;
  result.nodes.back().age_seconds = 400;
  result.is_complete = false;
  result.drifted = 2;
  for (const auto& node : result.nodes) ++result.by_state[node.instance.state];
  Error error = make_error(ErrorCode::timed_out, "no answer within 30 s", "try again later");
  error.provider = "hk";
  error.region = "cn-hongkong";
  result.errors.push_back(error);
  return result;
}

TEST(StatusView, ShowsTheSumThenTheNodesThenTheErrors) {
  StatusView view;
  view.now = noon;
  view.width = 80;
  expect_golden("status_80.txt", render_status(small_status(), view));
  view.width = 200;
  view.is_wide = true;
  expect_golden("status_200.txt", render_status(small_status(), view));
}

TEST(StatusView, MarksWhatChangedSinceTheLastLook) {
  const auto result = small_status();
  std::map<std::string, std::string> last;
  for (const auto& node : result.nodes) last[node.name] = fingerprint(node);
  last["web-us-2"] = "other";
  StatusView view;
  view.now = noon;
  view.width = 80;
  view.last = &last;
  const std::string text = render_status(result, view);
  EXPECT_THAT(text, HasSubstr("»  web-us-2"));
  EXPECT_THAT(text, Not(HasSubstr("»  web-us-1")));
}

TEST(StatusView, ListsOnlyWhatIsWrongWhenThereAreTooMany) {
  deploy::StatusResult result;
  result.project = "big";
  for (int i = 1; i <= 10000; ++i) {
    result.nodes.push_back(row(fmt::format("web-us-{}", i),
                               i == 77 ? cloud::NodeState::error : cloud::NodeState::running));
  }
  result.by_state = {{cloud::NodeState::running, 9999}, {cloud::NodeState::error, 1}};
  StatusView view;
  view.now = noon;
  view.width = 80;
  view.most_nodes = 60;
  expect_golden("status_10000.txt", render_status(result, view));
}

deploy::RunResult sample_run() {
  deploy::RunResult result;
  result.run = "20260101-120000-1a2b";
  result.command = "deploy";
  result.project = "hello";
  result.result = "partly";
  result.exit = deploy::Exit::partly;
  result.seconds = 42.4;
  for (int i = 1; i <= 5; ++i) {
    deploy::ChangeResult one;
    one.address = fmt::format("node.web-us-{}", i);
    one.action = Action::create;
    one.outcome = i <= 3 ? deploy::Outcome::done : deploy::Outcome::failed;
    if (i > 3) {
      one.error = make_error(ErrorCode::capacity, "no capacity for c7i.large in us-east-1a",
                             "another zone or size may have some");
    }
    result.changes.push_back(one);
  }
  deploy::ChangeResult skipped;
  skipped.address = "service.gateway.web-us-4";
  skipped.kind = Kind::service;
  skipped.action = Action::create;
  skipped.skipped_because = "node.web-us-4 failed";
  result.changes.push_back(skipped);
  return result;
}

TEST(RunView, SaysWhatFailedWhyAndWhatToDoNext) {
  const RunView view{Style{false}, 80, " --sim"};
  expect_golden("run_partly.txt",
                render_run_line(sample_run(), view) + render_run_rest(sample_run(), view));
  deploy::RunResult none;
  none.command = "deploy";
  none.result = "nothing to do";
  EXPECT_THAT(render_run_line(none, {}), HasSubstr("nothing to do"));
}

TEST(Documents, CarryTheirSchemaAndTheContractsFields) {
  const auto run = json::parse(run_document(sample_run(), Form::line));
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->root().get("schema").string_or(), "ccloud.run/1");
  EXPECT_EQ(run->root().get("changes").at(4).get("outcome").string_or(), "failed");
  EXPECT_EQ(run->root().get("changes").at(4).get("error").get("code").string_or(), "capacity");
  const auto status = json::parse(status_document(small_status(), Form::pretty));
  ASSERT_TRUE(status.has_value());
  const json::Value root = status->root();
  EXPECT_EQ(root.get("schema").string_or(), "ccloud.status/1");
  EXPECT_FALSE(root.get("complete").bool_or(true));
  for (const char* field :
       {"name",        "cluster", "place",    "provider",  "driver",    "region",     "zone",
        "id",          "state",   "type",     "image",     "public_ip", "private_ip", "created",
        "age_of_data", "labels",  "services", "reachable", "health",    "drift"}) {
    EXPECT_TRUE(root.get("nodes").at(0).has(field)) << field;
  }
  EXPECT_TRUE(root.get("nodes").at(0).get("reachable").is_null());
  EXPECT_EQ(root.get("errors").at(0).get("provider").string_or(), "hk");
}

deploy::Event event(deploy::Event::Kind kind, std::string address, int second) {
  deploy::Event out;
  out.kind = kind;
  out.at = noon + std::chrono::seconds(second);
  out.address = std::move(address);
  out.action = Action::create;
  out.provider = "aws";
  out.region = "us-east-1";
  out.progress = {4, 1, 3, 12};
  return out;
}

TEST(LiveView, ShowsNodesByStateFlightsFailuresAndTheTimeLeft) {
  using EventKind = deploy::Event::Kind;
  RunState state;
  auto started = event(EventKind::run_started, "", 0);
  started.message = "deploy";
  state.take(started);
  state.take(event(EventKind::planned, "", 1));
  state.expect(60);
  for (int i = 1; i <= 6; ++i) {
    state.take(event(EventKind::change_started, fmt::format("node.web-us-{}", i), i));
  }
  state.take(event(EventKind::change_done, "node.web-us-1", 8));
  state.take(event(EventKind::node_running, "node.web-us-1", 12));
  state.take(event(EventKind::node_booting, "node.web-us-2", 9));
  auto failed = event(EventKind::change_failed, "node.web-us-3", 10);
  failed.error = make_error(ErrorCode::capacity, "no capacity in us-east-1a");
  state.take(failed);
  const auto lines = state.picture(noon + std::chrono::seconds(20), {80, 24}, Style{});
  expect_golden("live.txt", fmt::format("{}\n", fmt::join(lines, "\n")));
  EXPECT_EQ(state.picture(noon, {80, 4}, Style{}).size(), 4U);
}

rollout::Event step_of(rollout::Event::Kind kind, std::string node, int second) {
  rollout::Event out;
  out.kind = kind;
  out.at = noon + std::chrono::seconds(second);
  out.service = "app";
  out.node = std::move(node);
  if (!out.node.empty()) out.place = out.node.substr(4, 2);
  return out;
}

TEST(LiveView, OfARolloutShowsPlacesFlightsAndTheBake) {
  using EventKind = rollout::Event::Kind;
  RolloutState state("update");
  EXPECT_TRUE(state.picture(noon, {80, 24}, Style{}).empty());
  auto wave = step_of(EventKind::wave, "web-us-1", 0);
  wave.wave = 1;
  wave.waves = 2;
  wave.message = "us";
  wave.total = 4;
  state.take(wave);
  for (const auto* node : {"web-us-1", "web-us-2", "web-eu-1"}) {
    auto step = step_of(EventKind::step, node, 2);
    step.step = "ship";
    state.take(step);
    step.step = "start";
    step.at += std::chrono::seconds(1);
    state.take(step);
  }
  auto moved = step_of(EventKind::settled, "web-us-1", 5);
  moved.outcome = "moved";
  moved.done = 1;
  moved.total = 4;
  state.take(moved);
  auto noted = step_of(EventKind::step, "web-us-1", 6);
  noted.step = "done";
  state.take(noted);
  auto failed = step_of(EventKind::settled, "web-us-2", 6);
  failed.outcome = "failed";
  failed.done = failed.failed = 1;
  failed.total = 4;
  state.take(failed);
  auto bake = step_of(EventKind::baking, "", 7);
  bake.took = std::chrono::seconds(10);
  state.take(bake);
  const auto lines = state.picture(noon + std::chrono::seconds(9), {80, 24}, Style{});
  expect_golden("live-rollout.txt", fmt::format("{}\n", fmt::join(lines, "\n")));
  EXPECT_EQ(state.picture(noon, {80, 2}, Style{}).size(), 2U);
}

TEST(Style, OnALightGroundTheColoursAreDark) {
  const auto env = [](const char* term, const char* ground) {
    return [=](const std::string& name) -> std::optional<std::string> {
      if (name == "TERM") return term;
      if (name == "COLORFGBG" && ground != nullptr) return ground;
      return std::nullopt;
    };
  };
  EXPECT_EQ(ground_of(env("xterm-256color", nullptr)), Ground::dark);
  EXPECT_EQ(ground_of(env("xterm-256color", "15;0")), Ground::dark);
  EXPECT_EQ(ground_of(env("xterm-256color", "7;default;8")), Ground::dark);
  EXPECT_EQ(ground_of(env("xterm-256color", "0;15")), Ground::light);
  EXPECT_EQ(ground_of(env("xterm-256color", "0;default;7")), Ground::light);
  EXPECT_EQ(ground_of(env("xterm", "0;15")), Ground::dark) << "it may know eight colours only";
  EXPECT_EQ(Style({.has_color = true}).yellow("x"), "\x1b[33mx\x1b[0m");
  EXPECT_EQ(Style({.has_color = true, .ground = Ground::light}).yellow("x"),
            "\x1b[38;5;130mx\x1b[0m");
  EXPECT_EQ(Style({.has_color = false, .ground = Ground::light}).yellow("x"), "x");
}

TEST(LiveArea, IsCutToTheTerminalAndRestoresTheCursor) {
  Io io(Io::Fake{true, false, {20, 5}, ""});
  {
    LiveArea area(io);
    area.draw({"one", "a line that is much longer than twenty columns", "3", "4", "5"});
    EXPECT_TRUE(is_cursor_hidden());
    area.draw({"two"});
  }
  EXPECT_FALSE(is_cursor_hidden());
  EXPECT_EQ(io.captured_err(),
            "\x1b[?25lone\x1b[K\na line that is muc…\x1b[K\n3\x1b[K\n\x1b[J"
            "\r\x1b[3Atwo\x1b[K\n\x1b[J"
            "\r\x1b[1A\x1b[J\x1b[?25h");
}

}  // namespace
}  // namespace ccloud::cli
