// The client against real sockets on loopback, and what it says when things go wrong.
#include "http/client.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/group.h"
#include "base/hash.h"
#include "http/server.h"
#include "http/testing/tiny_server.h"

namespace ccloud::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TinyServer;

struct ClientTest : ::testing::Test {
  async::Loop loop;
  Context ctx{loop};
  ClientOptions options{.user_agent = "ccloud-test"};
  std::unique_ptr<Client> client;

  Result<Response> send(Request request, SendOptions how = {}) {
    if (!client) client = make_client(loop, options);
    return loop.run(client->send(ctx, std::move(request), std::move(how)));
  }
};

std::string ok(const std::string&) { return TinyServer::response("200 OK", "fine", "X-A: b\r\n"); }

TEST_F(ClientTest, SendsMethodHeadersAndBodyAndReadsTheAnswer) {
  TinyServer server(ok);
  const auto r = send({.method = "POST",
                       .url = server.url() + "/p?q=1",
                       .headers = {{"X-One", "1"}},
                       .body = "hello"});
  ASSERT_TRUE(r.has_value()) << r.error().message;
  EXPECT_EQ(r->status, 200);
  EXPECT_EQ(r->body, "fine");
  EXPECT_EQ(find_header(r->headers, "x-a"), "b");
  const auto seen = server.requests().at(0);
  EXPECT_THAT(seen, HasSubstr("POST /p?q=1 HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("X-One: 1\r\n"));
  EXPECT_THAT(seen, HasSubstr("User-Agent: ccloud-test\r\n"));
  EXPECT_THAT(seen, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Content-Type")));
  EXPECT_TRUE(seen.ends_with("\r\n\r\nhello"));
}

TEST_F(ClientTest, OtherMethods) {
  TinyServer server(ok);
  for (const std::string method : {"GET", "DELETE", "PUT", "PATCH", "POST"}) {
    const std::string body = method == "PUT" || method == "PATCH" ? "x" : "";
    ASSERT_TRUE(send({.method = method, .url = server.url() + "/", .headers = {}, .body = body}));
    EXPECT_TRUE(server.requests().back().starts_with(method + " / HTTP/1.1"));
  }
}

TEST_F(ClientTest, ReusesItsConnections) {
  TinyServer server(ok);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(send({.url = server.url()}).has_value());
  }
  EXPECT_EQ(server.connections(), 1);
}

Task<void> fetch(Client* client, Context ctx, std::string url, int* good) {
  auto r = co_await client->send(ctx, Request{.url = url}, {}).result();
  if (r.has_value() && r->status == 200) ++*good;
  co_return {};
}
Task<void> fetch_many(Client* client, Context ctx, std::string url, int* good) {
  async::Group group(ctx.loop());
  for (int i = 0; i < 50; ++i) group.spawn(fetch(client, ctx, url, good));
  co_await group.join();
  co_return {};
}

TEST_F(ClientTest, ManyAtOnce) {
  TinyServer server(ok);
  client = make_client(loop, options);
  int good = 0;
  ASSERT_TRUE(loop.run(fetch_many(client.get(), ctx, server.url(), &good)).has_value());
  EXPECT_EQ(good, 50);
}

TEST_F(ClientTest, ARefusedConnectionIsNotAmbiguous) {
  std::string url;
  {
    TinyServer server(ok);
    url = server.url();
  }
  const auto r = send({.method = "POST", .url = url, .headers = {}, .body = "x"});
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::unavailable);
  EXPECT_EQ(r.error().raw_code, "connect");
  EXPECT_FALSE(r.error().ambiguous);
  EXPECT_TRUE(r.error().retryable);
  EXPECT_FALSE(r.error().remedy.empty());
}

TEST_F(ClientTest, AResetAfterSendingIsAmbiguousAndSentOnce) {
  TinyServer server([n = 0](const std::string&) mutable {
    return n++ == 0 ? ok({}) : testing::reset_connection;
  });
  ASSERT_TRUE(send({.method = "POST", .url = server.url(), .headers = {}, .body = "a"}));
  const auto r = send({.method = "POST", .url = server.url(), .headers = {}, .body = "b"});
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(r.error().ambiguous);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(ClientTest, WhatMayBeRepeatedIsSentAgainOnANewConnection) {
  TinyServer server([n = 0](const std::string&) mutable {
    return n++ == 1 ? testing::reset_connection : ok({});
  });
  Request request{.method = "POST", .url = server.url(), .headers = {}, .body = "a=1"};
  ASSERT_TRUE(send(request));
  const auto begun = loop.now();
  const auto r = send(request, {.timeout = 5s, .may_repeat = true});
  ASSERT_TRUE(r.has_value()) << r.error().message;
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_LT(loop.now() - begun, 2s);  // the new socket has the old one's number, and is waited for
  EXPECT_TRUE(server.requests().back().ends_with("\r\n\r\na=1"));
}

TEST_F(ClientTest, SilenceIsATimeOut) {
  TinyServer server([](const std::string&) { return testing::say_nothing; });
  const auto r = send({.url = server.url()}, {.timeout = 50ms});
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::timed_out);
  EXPECT_TRUE(r.error().ambiguous);
}

TEST_F(ClientTest, TheContextEndsAnExchange) {
  TinyServer server([](const std::string&) { return testing::say_nothing; });
  ctx = ctx.with_timeout(50ms);
  const auto r = send({.url = server.url()});
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::timed_out);
}

TEST_F(ClientTest, AnUnknownNameIsNotRetriedBlindly) {
  const auto r = send({.url = "http://no-such-host.invalid/"});
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(r.error().ambiguous);
}

TEST_F(ClientTest, LoopbackOnlyRefusesBeforeConnecting) {
  options.loopback_only = true;
  const auto r = send({.url = "https://ec2.us-east-1.amazonaws.com/"});
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, ErrorCode::permission_denied);
  TinyServer server(ok);
  EXPECT_TRUE(send({.url = server.url()}).has_value());
}

TEST_F(ClientTest, PlainTextBehindHttpsIsExplained) {
  TinyServer server(ok);
  const auto r = send({.url = "https" + server.url().substr(4)}, {.timeout = 2s});
  ASSERT_FALSE(r.has_value());
  EXPECT_FALSE(r.error().remedy.empty());
}

/// A throw-away certificate for 127.0.0.1, made by the openssl program.
struct TlsTest : ClientTest {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("ccloud-tls-" + hex(random_bytes(8)));
  std::unique_ptr<Server> server;

  void SetUp() override {
    std::filesystem::create_directory(folder);
    const std::string command =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test "
        "-addext subjectAltName=IP:127.0.0.1 -keyout " +
        (folder / "key.pem").string() + " -out " + (folder / "ca.pem").string() + " 2>/dev/null";
    if (std::system(command.c_str()) != 0) GTEST_SKIP() << "the openssl program is not here";
    const TlsIdentity identity{.certificate = read("ca.pem"), .private_key = read("key.pem")};
    server = std::move(*Server::make(loop, {.tls = identity}, [](const Request&) {
      return ServerReply{.response = {.body = "safe"}};
    }));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string read(const char* name) const {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(TlsTest, AnUnknownAuthorityIsRefusedWithARemedy) {
  const auto r = send({.url = server->url()});
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().raw_code, "tls");
  EXPECT_THAT(r.error().remedy, HasSubstr("SSL_CERT_FILE"));
  EXPECT_FALSE(r.error().ambiguous);
  EXPECT_FALSE(r.error().retryable);
}

TEST_F(TlsTest, AnAuthorityThatIsNamedIsTrusted) {
  const auto r = send({.url = server->url()}, {.ca_file = (folder / "ca.pem").string()});
  ASSERT_TRUE(r.has_value()) << r.error().message;
  EXPECT_EQ(r->body, "safe");
}

TEST_F(ClientTest, TheTraceHidesSecrets) {
  std::string trace;
  options.on_exchange = [&](const Exchange& exchange) { trace += render_trace(exchange); };
  TinyServer server([](const std::string&) {
    return TinyServer::response("200 OK",
                                "<A><SecretAccessKey>hush1</SecretAccessKey><NextToken>n1"
                                "</NextToken><SessionToken>hush2</SessionToken></A>",
                                "X-Subject-Token: hush3\r\n");
  });
  ASSERT_TRUE(send({.method = "POST",
                    .url = server.url() + "/?X-Amz-Signature=hush4&a=b",
                    .headers = {{"Authorization", "hush5"},
                                {"Content-Type", "application/x-www-form-urlencoded"}},
                    .body = "Action=RunInstances&UserData=hush6&ClientToken=c1"}));
  ASSERT_TRUE(send({.method = "POST",
                    .url = server.url(),
                    .headers = {},
                    .body = R"({"password": "hush7", "n": "shown", "x": [{"key": "user-data",)"
                            R"( "value": "hush8\" and more"}]})"}));
  EXPECT_THAT(trace, Not(HasSubstr("hush")));
  EXPECT_THAT(trace, Not(HasSubstr("and more")));
  EXPECT_THAT(trace, HasSubstr("Action=RunInstances"));
  EXPECT_THAT(trace, HasSubstr("ClientToken=c1"));
  EXPECT_THAT(trace, HasSubstr("<NextToken>n1</NextToken>"));
  EXPECT_THAT(trace, HasSubstr("\"n\": \"shown\""));
}

}  // namespace
}  // namespace ccloud::http
