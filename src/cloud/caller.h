// The one way in which drivers call their clouds: wait for a slot and the rate limiter, sign, send,
// classify, and try again where that is right. Drivers give it a Dialect (how to sign, what an
// answer means) and never retry, sleep for a rate or count on their own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "async/group.h"
#include "async/limiter.h"
#include "async/retry.h"
#include "cloud/provider.h"

namespace ccloud::cloud {

/// One operation. The request carries everything but the auth headers, which each attempt gets
/// anew.
struct Call {
  std::string what{};     ///< for messages: "listing instances"
  std::string service{};  ///< what the dialect signs for: "ec2"
  std::string region{};
  http::Request request{};
  async::Idempotency idempotency = async::Idempotency::idempotent;
  http::SendOptions send{};
  std::string rate_class{};           ///< calls that share a bucket, within service and region
  std::optional<async::Rate> rate{};  ///< the documented bucket; none: no limit of our own
  double cost = 1;                    ///< tokens it takes
  int max_attempts = 0;               ///< 0: the caller's policy
};

/// What the caller should do about an error besides its code.
enum class Hint {
  none,
  renew_credentials,     ///< they have expired: drop them and try once more
  check_clock,           ///< the cloud found our time wrong: correct by its Date and try once more
  clock_or_credentials,  ///< the cloud does not say which: the clock first, then the credentials
};

struct Failure {
  Error error;
  Hint hint = Hint::none;
};

struct Signed {
  http::Request request;
  std::uint64_t credentials = 0;  ///< the generation that signed it, see Renewing
};

/// What is special about one cloud's calls.
class Dialect {
 public:
  virtual ~Dialect() = default;
  /// The request with this cloud's auth, for one attempt at time `now` (corrected by the cloud's
  /// clock). Fetches credentials when there are none.
  virtual Task<Signed> sign(Context ctx, const Call& call, async::WallTime now) = 0;
  /// nullopt: a success. `error.message` is the cloud's; the caller adds what was being done,
  /// provider and region.
  virtual std::optional<Failure> classify(const Call& call, const http::Response& response) = 0;
  /// Forget the credentials of that generation, unless they are renewed already.
  virtual void drop_credentials(std::uint64_t generation) = 0;
};

struct CallerOptions {
  std::string provider{};    ///< its name in the config, for errors
  std::string user_agent{};  ///< see user_agent(); empty: the HTTP client's own
  std::size_t concurrency = 32;
  async::RetryPolicy retry{};
};

/// Must outlive its calls; so must the host and the dialect.
class Caller {
 public:
  Caller(Host host, Dialect& dialect, CallerOptions options);

  Task<http::Response> call(Context ctx, Call call);
  /// The cloud's clock minus ours, as learnt from an answer that blamed our clock.
  std::chrono::seconds clock_offset() const { return clock_offset_; }

 private:
  struct Attempt;
  Task<http::Response> attempt(Context ctx, const Call& call, Attempt& seen);
  async::Limiter* limiter(const Call& call);
  bool is_worth_another_try(const Call& call, Attempt& seen, int count);
  bool correct_clock(const Attempt& seen);
  bool cure(Attempt& seen);
  Error finished(const Call& call, Error error) const;

  Host host_;
  Dialect* dialect_;
  CallerOptions options_;
  async::Semaphore slots_;
  std::map<std::string, std::unique_ptr<async::Limiter>> limiters_;
  std::chrono::seconds clock_offset_{0};
};

/// Run id and operator, so that the cloud's own audit log names them (contract, section 6).
std::string user_agent(const ProviderSettings& settings);

/// An error by the status alone, for bodies that say nothing; `said` is the cloud's message.
/// 5xx are ambiguous: the call may have taken effect. Retry-After is read.
Error error_of_status(const http::Response& response, std::string_view said);

/// Retry-After in seconds or as a date; nullopt without one.
std::optional<std::chrono::milliseconds> retry_after_of(const http::Response& response,
                                                        async::WallTime now);
/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<async::WallTime> parse_http_date(std::string_view text);

}  // namespace ccloud::cloud
