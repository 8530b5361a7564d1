// Copying to and from a node over any Shell: a tar stream through `tar` on the node, then the
// digests of what arrived. What the node has must be tar and sha256sum, no more.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ssh/shell.h"
#include "ssh/tar.h"

namespace ccloud::ssh {

/// Bytes of file data done so far, and in all (0 when not known).
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct Transfer {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> skipped{};  ///< pipes, sockets and devices: "site/queue (a pipe)"
};

/// The name that a source gets in the destination's folder; empty when it has none (`/`).
std::string name_there(const std::string& source);

struct Upload {
  std::vector<std::string> sources{};  ///< local files and directories
  std::string destination{};  ///< on the node; as with scp: into it when it is a directory,
                              ///< ends in `/` or there are several sources, else its name
  Progress progress{};
  bool is_last = false;
};
Task<Transfer> upload(Context ctx, Shell& shell, Target target, Upload what);

struct Download {
  std::vector<std::string> sources{};  ///< on the node
  std::string destination{};           ///< here, by the same rule
  Progress progress{};
  bool is_last = false;
};
Task<Transfer> download(Context ctx, Shell& shell, Target target, Download what);

/// Runs `line` on the node with the sources as a tar stream on its standard input.
struct Sent {
  Transfer transfer{};
  std::string out{};                             ///< what `line` printed
  std::map<std::string, std::string> digests{};  ///< SHA-256 by name in the stream
};
Task<Sent> send_tar(Context ctx, Shell& shell, Target target, std::vector<TarSource> sources,
                    std::string line, Progress progress);

}  // namespace ccloud::ssh
