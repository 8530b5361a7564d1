// The server over loopback, spoken to by our own client and by hand.
#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/context.h"
#include "http/client.h"

namespace ccloud::http {
namespace {

using namespace std::chrono_literals;
using Delivery = ServerReply::Delivery;

struct Fixture {
  async::Loop loop;
  std::unique_ptr<Client> client = make_client(loop, {});
  std::unique_ptr<Server> server;

  void serve(ServerHandler handler) {
    auto made = Server::make(loop, {}, std::move(handler));
    ASSERT_TRUE(made.has_value()) << describe(made.error());
    server = std::move(*made);
  }
  Result<Response> send(Request request, SendOptions options = {}) {
    request.url = server->url() + request.url;
    return loop.run(client->send(Context(loop), std::move(request), options));
  }
};

TEST(Server, HandsRequestsOverAndAnswersBack) {
  Fixture f;
  Request seen;
  f.serve([&seen](const Request& request) {
    seen = request;
    return ServerReply{.response = {.status = 201, .headers = {{"X-Answer", "yes"}}, .body = "hi"}};
  });
  const auto answer =
      f.send({.method = "PUT", .url = "/a/b?c=d%20e", .headers = {{"X-One", "1"}}, .body = "body"});
  ASSERT_TRUE(answer.has_value()) << describe(answer.error());
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "hi");
  EXPECT_EQ(find_header(answer->headers, "x-answer"), "yes");
  EXPECT_THAT(std::string(find_header(answer->headers, "date")),
              ::testing::MatchesRegex("[A-Z][a-z][a-z], [0-9]+ [A-Z][a-z][a-z] 20[0-9]+ .*GMT"));
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.url, "/a/b?c=d%20e");
  EXPECT_EQ(find_header(seen.headers, "x-one"), "1");
  EXPECT_EQ(seen.body, "body");
}

TEST(Server, ResetAndHangLoseTheReply) {
  Fixture f;
  Delivery delivery = Delivery::reset;
  f.serve([&delivery](const Request&) { return ServerReply{.delivery = delivery}; });
  const auto reset = f.send({.method = "POST", .url = "/", .body = "x"});
  ASSERT_FALSE(reset.has_value());
  EXPECT_EQ(reset.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(reset.error().ambiguous);
  delivery = Delivery::hang;
  const auto hung = f.send({.url = "/"}, {.timeout = 100ms});
  ASSERT_FALSE(hung.has_value());
  EXPECT_EQ(hung.error().code, ErrorCode::timed_out);
}

TEST(Server, DelaysWithoutBlockingOthers) {
  Fixture f;
  f.serve([](const Request& request) {
    return ServerReply{.delay = request.url == "/slow" ? 200ms : 0ms};
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(f.send({.url = "/fast"}).has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 150ms);
  EXPECT_TRUE(f.send({.url = "/slow"}).has_value());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 200ms);
}

TEST(Server, AsksAgainForALateReplyUntilThereIsOne) {
  Fixture f;
  int asked = 0;
  std::function<ServerReply()> late;
  late = [&]() -> ServerReply {
    if (++asked < 3) return {.delay = 20ms, .late = late};
    return {.response = {.body = "at last"}};
  };
  f.serve([&](const Request&) { return late(); });
  const auto begin = std::chrono::steady_clock::now();
  const auto said = f.send({.url = "/wait"});
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->body, "at last");
  EXPECT_EQ(asked, 3);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 40ms);
}

TEST(Server, TakesLargeBodiesUpToItsLimit) {
  Fixture f;
  auto made = Server::make(f.loop, {.max_body = 3'000'000}, [](const Request& request) {
    return ServerReply{.response = {.body = std::to_string(request.body.size())}};
  });
  ASSERT_TRUE(made.has_value());
  f.server = std::move(*made);
  const auto fits = f.send({.method = "POST", .url = "/", .body = std::string(2'500'000, 'x')});
  ASSERT_TRUE(fits.has_value()) << describe(fits.error());
  EXPECT_EQ(fits->body, "2500000");
  const auto more = f.send({.method = "POST", .url = "/", .body = std::string(4'000'000, 'x')});
  EXPECT_TRUE(!more.has_value() || more->status == 413);
}

TEST(Server, ListensOnLoopbackOnly) {
  async::Loop loop;
  const auto made = Server::make(loop, {.address = "0.0.0.0"}, nullptr);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace ccloud::http
