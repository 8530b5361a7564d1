// One thing on many nodes at once: a command, a copy (the logs: logs.h). Each node has its own
// result; none of the tasks ends with an error because of a node.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rollout/node.h"
#include "rollout/spool.h"
#include "ssh/transfer.h"

namespace ccloud::rollout {

struct Ran {
  std::string node{};
  std::optional<int> exit{};  ///< none: it did not run to its end
  std::shared_ptr<Spool> out{};
  std::shared_ptr<Spool> err{};
  double seconds = 0;
  std::optional<Error> error{};

  bool is_good() const { return exit == 0; }
};

struct ExecOptions {
  std::string command{};
  std::string input{};
  std::optional<async::Duration> timeout{};  ///< of each node
  std::size_t width = 1000;                  ///< nodes at the same time
  std::function<void(const Ran&)> on_done{};
  /// Instead of being kept, output goes here as it comes.
  std::function<void(const std::string& node, std::string_view data, bool is_stderr)> on_data{};
};
Task<std::vector<Ran>> exec_on(Context ctx, Tools tools, std::vector<Node> nodes,
                               ExecOptions options);

struct Copied {
  std::string node{};
  Result<ssh::Transfer> result;
  double seconds = 0;
};
struct CopyOptions {
  std::vector<std::string> sources{};
  std::string destination{};
  bool is_download = false;  ///< from several nodes: into DESTINATION/NODE
  std::size_t width = 64;
  std::function<void(const Copied&)> on_done{};
  /// Bytes of all nodes together.
  std::function<void(std::uint64_t done)> on_progress{};
};
Task<std::vector<Copied>> copy_on(Context ctx, Tools tools, std::vector<Node> nodes,
                                  CopyOptions options);

}  // namespace ccloud::rollout
