// `doctor`: what it says of clocks, servers and credentials, with and without a config.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/testing/harness.h"
#include "deploy/witness.h"

namespace ccloud::deploy {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using ::testing::HasSubstr;
using testing::web;

/// Answers after a while with a Date (the virtual clock starts at 2026-01-01T00:00:00Z), or fails.
class DatedServer : public http::Client {
 public:
  Task<http::Response> send(Context ctx, http::Request, http::SendOptions) override {
    co_await ctx.sleep(200ms);
    if (error) co_return *error;
    http::Response response;
    response.headers = {{"date", date}};
    co_return response;
  }
  std::string date = "Thu, 01 Jan 2026 00:00:00 GMT";
  std::optional<Error> error;
};

Task<void> ask(Context ctx, http::Client* client, std::string url) {
  static_cast<void>(co_await client->send(ctx, {.url = std::move(url)}, {}).result());
  co_return {};
}

/// The harness with a cloud whose check() sends one request first, as the real drivers' do.
struct DoctorTest : ::testing::Test {
  DoctorTest() {
    h.cloud.on_call = [this](const std::string& call) {
      if (call == "check" && below != nullptr) requests.spawn(ask(h.ctx, below, url));
    };
  }

  CheckResult doctor(DoctorScope scope = DoctorScope::config) {
    auto session = h.session(web(1));
    auto& tools = session->tools();
    tools.host.http = &server;
    tools.make_provider = [this, inner = tools.make_provider](cloud::Host host,
                                                              cloud::ProviderSettings settings) {
      below = sends ? host.http : nullptr;
      return inner(std::move(host), std::move(settings));
    };
    auto result = h.loop.run(run_doctor(h.ctx, *session, scope));
    below = nullptr;
    return std::move(*result);
  }

  static const Check* find(const CheckResult& result, std::string_view subject) {
    const auto at = std::ranges::find(result.checks, subject, &Check::subject);
    return at == result.checks.end() ? nullptr : &*at;
  }

  void refuse(ErrorCode code, const std::string& message) {
    h.cloud.faults.push_back({.call = "check", .error = make_error(code, message), .delay = 1s});
  }

  Harness h;
  DatedServer server;
  std::string url = "https://api.example.test/";
  bool sends = true;
  http::Client* below = nullptr;
  async::Group requests{h.loop};
};

TEST_F(DoctorTest, AClockThatIsRightIsGood) {
  const auto result = doctor();
  EXPECT_EQ(result.exit, Exit::done);
  const auto* clock = find(result, "aws: clock");
  ASSERT_NE(clock, nullptr);
  EXPECT_EQ(clock->state, Check::State::good) << clock->message;
  const auto* endpoint = find(result, "aws: endpoint");
  ASSERT_NE(endpoint, nullptr);
  EXPECT_THAT(endpoint->message, HasSubstr("https://api.example.test answers in 200ms"));
  const auto* nodes = find(result, "aws us-east-1: nodes");
  ASSERT_NE(nodes, nullptr);
  EXPECT_EQ(nodes->state, Check::State::good);
}

TEST_F(DoctorTest, AClockThatIsOffIsAWarningThatSaysHowFar) {
  server.date = "Thu, 01 Jan 2026 00:07:00 GMT";
  const auto result = doctor();
  const auto* clock = find(result, "aws: clock");
  ASSERT_NE(clock, nullptr);
  EXPECT_EQ(clock->state, Check::State::warning);
  EXPECT_THAT(clock->message, HasSubstr("7m"));
  EXPECT_THAT(clock->message, HasSubstr("behind the cloud"));
  EXPECT_FALSE(clock->remedy.empty());
  server.date = "Wed, 31 Dec 2025 23:00:00 GMT";
  EXPECT_THAT(find(doctor(), "aws: clock")->message, HasSubstr("ahead of the cloud"));
}

TEST_F(DoctorTest, RefusedCredentialsAreToldFromAServerThatDoesNotAnswer) {
  refuse(ErrorCode::unauthenticated, "expired");
  const auto refused = doctor();
  EXPECT_EQ(refused.exit, Exit::credentials) << "that the server answers is nothing done";
  EXPECT_EQ(find(refused, "aws: credentials")->state, Check::State::bad);
  EXPECT_EQ(find(refused, "aws: endpoint")->state, Check::State::good);

  server.error = make_error(ErrorCode::unavailable, "connection refused");
  refuse(ErrorCode::unavailable, "connection refused");
  const auto silent = doctor();
  EXPECT_EQ(silent.exit, Exit::unreachable);
  EXPECT_EQ(find(silent, "aws: credentials")->state, Check::State::skipped);
  EXPECT_EQ(find(silent, "aws: endpoint")->state, Check::State::bad);
}

TEST_F(DoctorTest, WithoutAConfigACloudWithoutCredentialsIsSkipped) {
  sends = false;
  refuse(ErrorCode::unauthenticated, "no credentials found");
  const auto none = doctor(DoctorScope::machine);
  EXPECT_EQ(find(none, "aws: credentials")->state, Check::State::skipped);
  EXPECT_THAT(find(none, "aws: credentials")->message, HasSubstr("no credentials found"));
  EXPECT_EQ(none.exit, Exit::credentials);
  EXPECT_EQ(doctor(DoctorScope::machine).exit, Exit::done);

  sends = true;
  refuse(ErrorCode::unauthenticated, "expired");
  const auto refused = doctor(DoctorScope::machine);
  EXPECT_EQ(find(refused, "aws: credentials")->state, Check::State::bad) << "they were tried";
}

TEST_F(DoctorTest, AMachinesOwnMetadataServiceIsNoServerOfACloud) {
  url = "http://169.254.169.254/latest/api/token";
  refuse(ErrorCode::unauthenticated, "no credentials found");
  const auto result = doctor(DoctorScope::machine);
  EXPECT_EQ(find(result, "aws: endpoint"), nullptr);
  EXPECT_EQ(find(result, "aws: credentials")->state, Check::State::skipped);
}

TEST_F(DoctorTest, ARegionThatFailsIsNamed) {
  h.cloud.broken_regions.emplace("us-east-1", make_error(ErrorCode::unavailable, "no connection"));
  const auto result = doctor();
  const auto* nodes = find(result, "aws us-east-1: nodes");
  ASSERT_NE(nodes, nullptr);
  EXPECT_EQ(nodes->state, Check::State::bad);
  EXPECT_EQ(result.exit, Exit::partly);
}

}  // namespace
}  // namespace ccloud::deploy
