// cgroup v2 for nodes with systemd: each gets a group of its own below the warden's. Works beside
// a v1 or hybrid host too, then without controllers, which systemd can live with.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace ccloud::sim::sandbox {

/// Mounts the hierarchy at `at`, in a mount namespace of the caller's own (made here), and gives
/// the caller's own group in it.
Result<std::filesystem::path> open_cgroups(const std::filesystem::path& at);
Result<void> make_cgroup(const std::filesystem::path& group);
/// With everything below; only empty groups go, which after their processes' end they are.
void remove_cgroup(const std::filesystem::path& group);

}  // namespace ccloud::sim::sandbox
