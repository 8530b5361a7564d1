// When to give up on pages and polls, and how long to wait meanwhile.
#include "cloud/paging.h"

#include <fmt/format.h>

#include "async/retry.h"
#include "base/text.h"

namespace ccloud::cloud::detail {
namespace {

constexpr std::size_t most_pages = 10'000;
/// An empty page may come with the token that led to it: the list goes on, or it never ends.
constexpr int most_repeats = 20;

}  // namespace

Result<void> PageGuard::check(const std::string& next) {
  if (next.empty()) return {};
  if (++seen_[next] > most_repeats) {
    return make_error(ErrorCode::protocol, "the list comes to the same page again and again");
  }
  if (++count_ == most_pages) {
    return make_error(ErrorCode::protocol, fmt::format("the list has over {} pages", most_pages));
  }
  return {};
}

Waits::Waits(Context ctx, PollPolicy policy)
    : ctx_(std::move(ctx)), policy_(policy), begin_(ctx_.now()), wait_(policy.first) {}

std::optional<async::Duration> Waits::next() {
  if (ctx_.now() - begin_ + wait_ > policy_.deadline) return std::nullopt;
  // The jitter keeps many pollers from marching in step.
  const auto jittered =
      std::chrono::duration_cast<async::Duration>(wait_ * (0.75 + async::random_unit() / 2));
  wait_ = std::min(policy_.most, wait_ + wait_ / 2);
  return jittered;
}

Error Waits::timed_out(std::string_view what) const {
  return make_error(
      ErrorCode::timed_out,
      fmt::format("{}: not done after {}", what, format_duration(ctx_.now() - begin_)),
      "run the command again; it takes up where this one ended");
}

}  // namespace ccloud::cloud::detail
