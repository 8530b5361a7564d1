// Attempts in a loop; every decision is in a function of its own.
#include "cloud/caller.h"

#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::cloud {
namespace {

/// What could not even be reached is asked again twice, not for a minute.
constexpr int attempts_without_a_connection = 3;
/// A smaller difference does not explain why a cloud finds our time wrong.
constexpr std::chrono::seconds tolerated_clock_error{30};

bool never_left(const Error& error) {
  return !error.ambiguous && (error.raw_code == "resolve" || error.raw_code == "connect" ||
                              error.raw_code == "proxy" || error.raw_code == "tls");
}

/// The end of the context, and why the call had not been done by then: what the cloud `said` before
/// tells more than that time is over.
Error given_up(Error end, const Error& last, const std::optional<Error>& said) {
  end.ambiguous = last.ambiguous;
  if (end.code != ErrorCode::timed_out || !said.has_value()) return end;
  Error error = *said;
  error.ambiguous = error.ambiguous || last.ambiguous;
  error.message += fmt::format("; again and again until there was no time left ({})", end.message);
  return error;
}

}  // namespace

/// What one attempt taught us.
struct Caller::Attempt {
  Hint hint = Hint::none;
  std::uint64_t credentials = 0;
  std::string date;  ///< of the answer
  std::optional<Error> error;
  bool has_renewed = false;
  bool has_corrected = false;
};

Caller::Caller(Host host, Dialect& dialect, CallerOptions options)
    : host_(std::move(host)),
      dialect_(&dialect),
      options_(std::move(options)),
      slots_(*host_.loop, std::max<std::size_t>(1, options_.concurrency)) {}

Task<http::Response> Caller::call(Context ctx, Call call) {
  Attempt seen;
  call.send.may_repeat = call.idempotency == async::Idempotency::idempotent;
  for (int count = 1;; ++count) {
    seen.hint = Hint::none;
    auto outcome = co_await attempt(ctx, call, seen).result();
    if (outcome.has_value()) co_return outcome;
    if (ctx.ended().has_value())
      co_return finished(call, given_up(*ctx.ended(), outcome.error(), seen.error));
    seen.error = outcome.error();
    if (cure(seen)) continue;
    if (!is_worth_another_try(call, seen, count)) co_return finished(call, *seen.error);
    const auto wait = async::backoff(options_.retry, count, *seen.error, async::random_unit());
    const auto left = ctx.remaining();
    if (left.has_value() && *left <= wait) co_return finished(call, *seen.error);
    auto slept = co_await ctx.sleep(wait).result();
    if (!slept.has_value())
      co_return finished(call, given_up(slept.error(), *seen.error, seen.error));
  }
}

Task<http::Response> Caller::attempt(Context ctx, const Call& call, Attempt& seen) {
  async::Limiter* const bucket = limiter(call);
  if (bucket != nullptr) co_await bucket->acquire(ctx, call.cost);
  // Signed before it takes a slot: fetching credentials is a call of its own.
  auto ready = co_await dialect_->sign(ctx, call, ctx.wall_now() + clock_offset_);
  seen.credentials = ready.credentials;
  if (!options_.user_agent.empty()) {
    http::set_header(ready.request.headers, "User-Agent", options_.user_agent);
  }
  const auto slot = co_await slots_.acquire(ctx);
  auto response = co_await host_.http->send(ctx, std::move(ready.request), call.send);
  auto failure = dialect_->classify(call, response);
  if (!failure.has_value()) {
    if (bucket != nullptr) bucket->succeeded();
    co_return response;
  }
  if (failure->error.code == ErrorCode::rate_limited && bucket != nullptr) bucket->throttled();
  if (!failure->error.retry_after.has_value()) {
    failure->error.retry_after = retry_after_of(response, ctx.wall_now() + clock_offset_);
  }
  seen.hint = failure->hint;
  seen.date = http::find_header(response.headers, "date");
  co_return std::move(failure->error);
}

async::Limiter* Caller::limiter(const Call& call) {
  if (!call.rate.has_value()) return nullptr;
  const std::string key = fmt::format("{}/{}/{}", call.service, call.region, call.rate_class);
  auto& bucket = limiters_[key];
  if (!bucket) bucket = std::make_unique<async::Limiter>(*host_.loop, *call.rate);
  return bucket.get();
}

bool Caller::is_worth_another_try(const Call& call, Attempt& seen, int count) {
  if (!async::may_retry(*seen.error, call.idempotency)) return false;
  const int most = call.max_attempts > 0 ? call.max_attempts : options_.retry.max_attempts;
  return count < (never_left(*seen.error) ? std::min(most, attempts_without_a_connection) : most);
}

/// What the hint asks for, each at most once a call; true when another attempt is worth it.
bool Caller::cure(Attempt& seen) {
  const bool blames_clock =
      seen.hint == Hint::check_clock || seen.hint == Hint::clock_or_credentials;
  if (blames_clock && !seen.has_corrected && correct_clock(seen)) {
    seen.has_corrected = true;
    return true;
  }
  const bool blames_credentials =
      seen.hint == Hint::renew_credentials || seen.hint == Hint::clock_or_credentials;
  if (!blames_credentials || seen.has_renewed) return false;
  seen.has_renewed = true;
  dialect_->drop_credentials(seen.credentials);
  return true;
}

bool Caller::correct_clock(const Attempt& seen) {
  const auto theirs = parse_http_date(seen.date);
  if (!theirs.has_value()) return false;
  const auto offset = std::chrono::round<std::chrono::seconds>(*theirs - host_.loop->wall_now());
  if (std::chrono::abs(offset - clock_offset_) < tolerated_clock_error) return false;
  clock_offset_ = offset;
  return true;
}

Error Caller::finished(const Call& call, Error error) const {
  if (error.provider.empty()) error.provider = options_.provider;
  if (error.region.empty()) error.region = call.region;
  return call.what.empty() ? error : with_context(std::move(error), call.what);
}

std::string user_agent(const ProviderSettings& settings) {
  if (settings.run_id.empty() && settings.operator_name.empty()) return {};
  std::string text = "ccloud";
  if (!settings.run_id.empty()) text += " run/" + settings.run_id;
  if (!settings.operator_name.empty()) text += " operator/" + settings.operator_name;
  std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
  return text;
}

Error error_of_status(const http::Response& response, std::string_view said) {
  const int status = response.status;
  const auto code = [&] {
    switch (status) {
      case 400:
      case 405:
      case 406:
      case 413:
      case 415:
      case 422:
        return ErrorCode::invalid_argument;
      case 401:
      case 407:
        return ErrorCode::unauthenticated;
      case 403:
        return ErrorCode::permission_denied;
      case 404:
      case 410:
        return ErrorCode::not_found;
      case 409:
      case 412:
        return ErrorCode::conflict;
      case 408:
      case 504:
        return ErrorCode::timed_out;
      case 429:
        return ErrorCode::rate_limited;
      default:
        return status >= 500 ? ErrorCode::unavailable : ErrorCode::protocol;
    }
  }();
  Error error = make_error(
      code, said.empty() ? fmt::format("the service answered HTTP {}", status) : std::string(said));
  error.ambiguous = status >= 500 || status == 408;
  return error;
}

std::optional<std::chrono::milliseconds> retry_after_of(const http::Response& response,
                                                        async::WallTime now) {
  const auto text = trim(http::find_header(response.headers, "retry-after"));
  if (text.empty()) return std::nullopt;
  constexpr std::chrono::seconds longest{600};
  if (const auto seconds = parse_int(text); seconds.has_value() && *seconds >= 0) {
    return std::min(longest, std::chrono::seconds(*seconds));
  }
  const auto when = parse_http_date(text);
  if (!when.has_value()) return std::nullopt;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(*when - now);
  return std::clamp(wait, std::chrono::seconds(0), longest);
}

std::optional<async::WallTime> parse_http_date(std::string_view text) {
  std::tm parts{};
  const std::string copy(trim(text));
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

}  // namespace ccloud::cloud
