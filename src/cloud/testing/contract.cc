// The clauses. Each runs the real driver and the real HTTP client against a real server on
// loopback.
#include "cloud/testing/contract.h"

#include <deque>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cloud/testing/fake_http.h"
#include "http/server.h"

namespace ccloud::cloud::testing {
namespace {

using namespace std::chrono_literals;
using Delivery = http::ServerReply::Delivery;

struct Fault {
  RequestKind on = RequestKind::list_nodes;
  http::Response response{};
  Delivery delivery = Delivery::send;
  bool takes_effect = false;  ///< the backend sees the request all the same
};

struct Seen {
  RequestKind kind;
  http::Request request;
  async::TimePoint at;
};

/// The subject's cloud behind a server that plays faults first.
class Bench {
 public:
  explicit Bench(ContractSubject subject) : subject_(std::move(subject)) {
    server_ = std::move(*http::Server::make(
        host_.loop, {}, [this](const http::Request& request) { return answer(request); }));
    client_ = http::make_client(host_.loop, {.user_agent = "ccloud-test", .loopback_only = true});
    host_.environment = subject_.environment(server_->url());
    Host host = host_.host();
    host.http = client_.get();
    provider_ = subject_.open(std::move(host), server_->url());
  }

  void play(Fault fault) { faults_.push_back(std::move(fault)); }
  void play_for_ever(Fault fault) { for_ever_ = std::move(fault); }

  Result<Inventory> discover() {
    return run(provider_->discover(
        ctx(), {.project = "contract", .regions = {subject_.region}, .depth = Depth::nodes}));
  }
  Result<std::vector<Created>> create() {
    return run(provider_->create_nodes(ctx(), subject_.batch));
  }
  Result<std::vector<NodeOutcome>> remove() {
    return run(provider_->delete_nodes(ctx(), {{.id = subject_.node_id,
                                                .name = "web-us-1",
                                                .region = subject_.region,
                                                .zone = subject_.batch.zone}}));
  }

  std::vector<Seen> seen(RequestKind kind) const {
    std::vector<Seen> some;
    for (const auto& one : seen_) {
      if (one.kind == kind) some.push_back(one);
    }
    return some;
  }
  const ContractSubject& subject() const { return subject_; }

 private:
  Context ctx() { return Context(host_.loop).with_timeout(20s); }

  template <class T>
  Result<T> run(Task<T> task) {
    return host_.loop.run(std::move(task));
  }

  http::ServerReply answer(const http::Request& request) {
    const auto kind = subject_.kind_of(request);
    seen_.push_back({kind, request, host_.loop.now()});
    std::optional<Fault> fault;
    if (!faults_.empty() && faults_.front().on == kind) {
      fault = std::move(faults_.front());
      faults_.pop_front();
    } else if (for_ever_.has_value() && for_ever_->on == kind) {
      fault = for_ever_;
    }
    if (!fault.has_value()) return {.response = subject_.backend(request)};
    if (fault->takes_effect) static_cast<void>(subject_.backend(request));
    return {.response = fault->response, .delivery = fault->delivery};
  }

  ContractSubject subject_;
  FakeHost host_{async::ClockKind::real};
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<Provider> provider_;
  std::deque<Fault> faults_;
  std::optional<Fault> for_ever_;
  std::vector<Seen> seen_;
};

void expect_three_nodes(const Result<Inventory>& inventory) {
  ASSERT_TRUE(inventory.has_value()) << describe(inventory.error());
  ASSERT_EQ(inventory->regions.size(), 1U);
  const auto& region = inventory->regions.front();
  ASSERT_FALSE(region.error.has_value()) << describe(*region.error);
  std::set<std::string> names;
  for (const auto& node : region.nodes) names.insert(node.name);
  EXPECT_THAT(names, ::testing::ElementsAre("web-us-1", "web-us-2", "web-us-3"));
  EXPECT_EQ(region.nodes.size(), 3U);
}

/// A region's failure stands in its inventory, or is the whole task's.
std::optional<Error> failure_of(const Result<Inventory>& inventory) {
  if (!inventory.has_value()) return inventory.error();
  return inventory->regions.front().error;
}

http::Response with_header(http::Response response, std::string name, std::string value) {
  http::set_header(response.headers, name, std::move(value));
  return response;
}

void follows_all_pages(Bench& bench) {
  expect_three_nodes(bench.discover());
  EXPECT_GE(bench.seen(RequestKind::list_nodes).size(), 2U);
}

void throttle_is_retried(Bench& bench) {
  bench.play({.response = bench.subject().throttled});
  expect_three_nodes(bench.discover());
}

void waits_as_long_as_retry_after_says(Bench& bench) {
  bench.play({.response = with_header(bench.subject().throttled, "Retry-After", "1")});
  expect_three_nodes(bench.discover());
  const auto lists = bench.seen(RequestKind::list_nodes);
  ASSERT_GE(lists.size(), 2U);
  EXPECT_GE(lists[1].at - lists[0].at, 990ms);
}

void server_error_is_retried(Bench& bench) {
  bench.play({.response = bench.subject().server_error});
  bench.play({.response = {.status = 502, .body = "<html>bad gateway</html>"}});
  expect_three_nodes(bench.discover());
}

void reset_of_a_list_is_retried(Bench& bench) {
  bench.play({.delivery = Delivery::reset});
  expect_three_nodes(bench.discover());
}

void lost_reply_after_a_create_makes_no_double(Bench& bench) {
  bench.play({.on = RequestKind::create_nodes, .delivery = Delivery::reset, .takes_effect = true});
  const auto created = bench.create();
  ASSERT_TRUE(created.has_value()) << describe(created.error());
  ASSERT_EQ(created->size(), 1U);
  EXPECT_TRUE(created->front().instance.has_value()) << describe(created->front().instance.error());
  std::set<std::string> guards;
  for (const auto& one : bench.seen(RequestKind::create_nodes)) {
    guards.insert(bench.subject().guard_of(one.request));
  }
  EXPECT_EQ(guards.size(), 1U);
  EXPECT_FALSE(guards.begin()->empty());
}

void the_same_batch_has_the_same_guard(Bench& bench) {
  static_cast<void>(bench.create());
  static_cast<void>(bench.create());
  const auto creates = bench.seen(RequestKind::create_nodes);
  ASSERT_GE(creates.size(), 1U);
  for (const auto& one : creates) {
    EXPECT_EQ(bench.subject().guard_of(one.request),
              bench.subject().guard_of(creates.front().request));
  }
}

void expired_credentials_are_renewed_once(Bench& bench) {
  if (bench.subject().expired.status == 0) GTEST_SKIP() << "credentials do not expire here";
  bench.play({.response = bench.subject().expired});
  expect_three_nodes(bench.discover());
}

void credentials_that_stay_expired_end_it(Bench& bench) {
  if (bench.subject().expired.status == 0) GTEST_SKIP() << "credentials do not expire here";
  bench.play_for_ever({.response = bench.subject().expired});
  const auto error = failure_of(bench.discover());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::unauthenticated);
  EXPECT_FALSE(error->remedy.empty());
  EXPECT_LE(bench.seen(RequestKind::list_nodes).size(), 3U);
}

void a_wrong_clock_is_corrected(Bench& bench) {
  if (bench.subject().skewed.status == 0) GTEST_SKIP() << "signatures hold no time here";
  const auto later = std::chrono::system_clock::now() + 3h;
  const auto days = std::chrono::floor<std::chrono::days>(later);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(later - days));
  constexpr const char* day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string text = fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} GMT", day_names[std::chrono::weekday(days).c_encoding()],
      static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count());
  bench.play({.response = with_header(bench.subject().skewed, "Date", text)});
  expect_three_nodes(bench.discover());
}

void not_found_on_delete_is_success(Bench& bench) {
  bench.play_for_ever({.on = RequestKind::delete_nodes, .response = bench.subject().not_found});
  const auto gone = bench.remove();
  ASSERT_TRUE(gone.has_value()) << describe(gone.error());
  ASSERT_EQ(gone->size(), 1U);
  EXPECT_TRUE(gone->front().result.has_value()) << describe(gone->front().result.error());
}

void lost_reply_of_a_delete_is_retried(Bench& bench) {
  bench.play({.on = RequestKind::delete_nodes, .delivery = Delivery::reset, .takes_effect = true});
  const auto gone = bench.remove();
  ASSERT_TRUE(gone.has_value()) << describe(gone.error());
  EXPECT_TRUE(gone->front().result.has_value()) << describe(gone->front().result.error());
}

void errors_name_provider_and_region(Bench& bench) {
  bench.play_for_ever({.response = {.status = 403, .body = "{}"}});
  const auto error = failure_of(bench.discover());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::permission_denied);
  EXPECT_FALSE(error->provider.empty());
  EXPECT_FALSE(error->remedy.empty());
}

void garbage_is_a_protocol_error(Bench& bench) {
  bench.play_for_ever({.response = {.status = 200, .body = "\x01 this is neither"}});
  const auto error = failure_of(bench.discover());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::protocol);
}

class ContractTest : public ::testing::Test {
 public:
  ContractTest(std::function<ContractSubject()> subject, void (*clause)(Bench&))
      : subject_(std::move(subject)), clause_(clause) {}
  void TestBody() override {
    Bench bench(subject_());
    clause_(bench);
  }

 private:
  std::function<ContractSubject()> subject_;
  void (*clause_)(Bench&);
};

}  // namespace

bool register_contract(const std::string& driver, std::function<ContractSubject()> subject) {
  struct Clause {
    const char* name;
    void (*check)(Bench&);
  };
  constexpr Clause clauses[] = {
      {"FollowsAllPages", follows_all_pages},
      {"ThrottleIsRetried", throttle_is_retried},
      {"WaitsAsLongAsRetryAfterSays", waits_as_long_as_retry_after_says},
      {"ServerErrorIsRetried", server_error_is_retried},
      {"ResetOfAListIsRetried", reset_of_a_list_is_retried},
      {"LostReplyAfterACreateMakesNoDouble", lost_reply_after_a_create_makes_no_double},
      {"TheSameBatchHasTheSameGuard", the_same_batch_has_the_same_guard},
      {"ExpiredCredentialsAreRenewedOnce", expired_credentials_are_renewed_once},
      {"CredentialsThatStayExpiredEndIt", credentials_that_stay_expired_end_it},
      {"AWrongClockIsCorrected", a_wrong_clock_is_corrected},
      {"NotFoundOnDeleteIsSuccess", not_found_on_delete_is_success},
      {"LostReplyOfADeleteIsRetried", lost_reply_of_a_delete_is_retried},
      {"ErrorsNameProviderAndRegion", errors_name_provider_and_region},
      {"GarbageIsAProtocolError", garbage_is_a_protocol_error},
  };
  for (const auto& clause : clauses) {
    ::testing::RegisterTest((driver + "Contract").c_str(), clause.name, nullptr, nullptr, __FILE__,
                            __LINE__, [subject, check = clause.check]() -> ContractTest* {
                              return new ContractTest(subject, check);
                            });
  }
  return true;
}

}  // namespace ccloud::cloud::testing
