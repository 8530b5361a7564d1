// Fetching an artifact to this machine, for nodes that cannot do it themselves.
#pragma once

#include <optional>
#include <string>

#include "async/context.h"
#include "async/group.h"
#include "async/task.h"

namespace ccloud::rollout {

/// The path of a file that holds what is at `url`, redirects followed; it is removed when the
/// program ends in good order.
Task<std::string> fetch_here(Context ctx, std::string url, std::string name);

/// What is at a url, fetched here when it is first needed, and once for all who need it.
class LocalCopy {
 public:
  LocalCopy(async::Loop& loop, std::string url, std::string name)
      : turn_(loop, 1), url_(std::move(url)), name_(std::move(name)) {}

  Task<std::string> path(Context ctx);

 private:
  async::Semaphore turn_;
  std::string url_;
  std::string name_;
  std::optional<Result<std::string>> outcome_;
};

}  // namespace ccloud::rollout
