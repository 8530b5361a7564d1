// Lists that come in pages, and waiting for what takes its time: the loops that every driver needs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/context.h"

namespace ccloud::cloud {

/// Calls `page(token)`, first with "", then with each token it returns, until that is empty. Empty
/// pages with a token are normal. A token that comes 20 times, or 10,000 pages, is a protocol
/// error.
Task<void> for_each_page(Context ctx, std::function<Task<std::string>(std::string token)> page);

struct PollPolicy {
  async::Duration first = std::chrono::seconds(1);
  async::Duration most = std::chrono::seconds(15);
  async::Duration deadline = std::chrono::minutes(10);
};

/// Asks `is_done` until it says true, waiting longer each time (with jitter). An error of `is_done`
/// ends it; the deadline gives timed_out with "{what}: not done after ...".
Task<void> poll_until(Context ctx, PollPolicy policy, std::string what,
                      std::function<Task<bool>()> is_done);

/// Repeats `step` while it fails with an error that `is_passing` accepts (a dependency that is
/// still going away, an id that is not visible yet).
Task<void> repeat_while(Context ctx, PollPolicy policy, std::function<Task<void>()> step,
                        std::function<bool(const Error&)> is_passing);

}  // namespace ccloud::cloud
